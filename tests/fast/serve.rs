//! `serve` keeps an environment, here or in the background; its tokens go to a terminal or a file of mode 600; `clean` ends it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::serving::{Work, exported, get, left, ours, output};

fn wait_until(what: &str, limit: Duration, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + limit;
    while !done() {
        assert!(Instant::now() < end, "{what} did not happen within {} s", limit.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status().expect("kill starts");
    assert!(status.success());
}

#[test]
fn without_a_terminal_tokens_need_a_file() {
    let work = Work::new();
    for more in [&["serve", "--simulated"][..], &["serve", "--simulated", "--detach"]] {
        let (code, out, err) = output(work.path(), more);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains("--tokens FILE") && out.is_empty(), "{out}{err}");
    }
    assert!(left(work.path()).is_empty());
}

#[test]
fn a_file_that_is_there_is_never_filled_with_tokens() {
    let work = Work::new();
    let file = work.path().join("tokens");
    fs::write(&file, "mine").expect("a file");
    let (code, _, err) = output(work.path(), &["serve", "--simulated", "--tokens", file.to_str().expect("a path")]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("is there already"), "{err}");
    assert_eq!(fs::read_to_string(&file).expect("the file"), "mine");
}

#[test]
fn serve_stays_until_ctrl_c_and_leaves_nothing() {
    let work = Work::new();
    let file = work.path().join("tokens");
    let out = work.path().join("out");
    let mut command = ours(work.path(), &["serve", "--simulated=5.2+24103", "--tokens"]);
    command.arg(&file).stdout(fs::File::create(&out).expect("a file")).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program starts");
    wait_until("the end of the start", Duration::from_secs(30), || {
        fs::read_to_string(&out).is_ok_and(|text| text.contains("Ctrl-C ends it"))
    });
    assert_eq!(fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
    let (url, token) = (exported(&file, "URL_DEFAULT"), exported(&file, "TOKEN_VIEW"));
    let page = |url: &str, token: &str| {
        let path = format!("/index.php?module=VisitsSummary&action=index&idSite=1&period=day&date=today&token_auth={token}");
        get(url, &path).expect("somebody listens")
    };
    assert!(!page(&url, &token).contains("write access"), "view opens it");
    assert!(page(&url, &exported(&file, "TOKEN_WRITE")).contains("write access"), "write does not");
    assert!(!page(&exported(&file, "URL_FLAG"), &exported(&file, "TOKEN_WRITE")).contains("write access"), "but with the flag");
    let text = fs::read_to_string(&out).expect("the output");
    assert!(
        text.contains("simulated target") && text.contains(&url) && text.contains("TOKEN_VIEW_EXPIRED") && text.contains("curl "),
        "{text}"
    );
    for line in fs::read_to_string(&file).expect("the file").lines().filter(|line| !line.starts_with("export URL_")) {
        let value = line.split('\'').nth(1).expect("a value");
        assert!(!text.contains(value), "{line} is shown off a terminal");
    }
    // Another's `clean` knows that it is alive.
    let (code, cleaned, _) = output(work.path(), &["clean", "--detached"]);
    assert!(code == 0 && cleaned.contains("nothing was left behind"), "{cleaned}");
    assert!(child.try_wait().expect("it can be asked").is_none());
    signal(&child, "INT");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(get(&url, "/").is_none() && !file.exists());
    assert!(left(work.path()).is_empty(), "{:?}", left(work.path()));
}

#[test]
fn in_the_background_it_stays_until_clean_is_told_to_end_it() {
    let work = Work::new();
    let start = |name: &str| {
        let file = work.path().join(name);
        let (code, out, err) = output(work.path(), &["serve", "--simulated", "--detach", "--tokens", file.to_str().expect("a path")]);
        assert_eq!(code, 0, "{err}");
        let (_, rest) = out.split_once("`matomo-conformance clean ").expect("it says how to end it");
        (rest.split('`').next().expect("an id").to_owned(), exported(&file, "URL_DEFAULT"), file)
    };
    let (first, first_url, first_file) = start("first");
    let (second, second_url, _) = start("second");
    assert!(get(&first_url, "/index.php").is_some() && get(&second_url, "/index.php").is_some());

    let (code, out, _) = output(work.path(), &["clean"]);
    assert_eq!(code, 0);
    assert!(out.contains(&format!("serving {first}")) && out.contains(&format!("serving {second}")), "{out}");
    let (_, out, _) = output(work.path(), &["clean", "--detached", "--dry-run"]);
    assert!(out.contains(&format!("would end {first}")), "{out}");
    let (code, _, err) = output(work.path(), &["clean", "no-such-id"]);
    assert!(code == 1 && err.contains("no-such-id") && err.contains(&second), "{err}");
    assert!(get(&first_url, "/index.php").is_some(), "nothing of this ends anything");

    let (code, out, err) = output(work.path(), &["clean", &first]);
    assert!(code == 0 && out.contains(&format!("ended {first}")), "{out}{err}");
    assert!(get(&first_url, "/").is_none() && !first_file.exists());
    assert!(get(&second_url, "/index.php").is_some(), "the other one is spared");
    let (_, out, _) = output(work.path(), &["clean", "--detached"]);
    assert!(out.contains(&format!("ended {second}")), "{out}");
    assert!(get(&second_url, "/").is_none());
    assert!(left(work.path()).is_empty(), "{:?}", left(work.path()));
}

#[test]
fn a_keeper_that_is_killed_leaves_what_clean_removes() {
    let work = Work::new();
    let file = work.path().join("tokens");
    let (code, _, err) = output(work.path(), &["serve", "--simulated", "--detach", "--tokens", file.to_str().expect("a path")]);
    assert_eq!(code, 0, "{err}");
    let record = left(work.path()).into_iter().find_map(|run| fs::read_to_string(run.join("served.json")).ok()).expect("a record");
    let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
    assert!(Command::new("kill").args(["-KILL", &record["pid"].to_string()]).status().expect("kill starts").success());
    wait_until("the end of the keeper", Duration::from_secs(10), || get(record["slots"][0]["url"].as_str().expect("a URL"), "/").is_none());
    let (_, out, _) = output(work.path(), &["clean"]);
    assert!(out.contains("removed"), "{out}");
    assert!(left(work.path()).is_empty());
}

#[test]
fn a_start_that_fails_in_the_background_fails_here() {
    let work = Work::new();
    let file = work.path().join("tokens");
    let (code, out, err) =
        output(work.path(), &["serve", "--source", "no/such/tree", "--detach", "--tokens", file.to_str().expect("a path")]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("no/such/tree") && out.is_empty(), "{out}{err}");
    assert!(left(work.path()).is_empty() && !file.exists());
}
