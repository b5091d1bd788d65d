//! `serve` keeps an environment, here or in the background; its tokens go to a terminal or a file of mode 600; `clean` ends it.

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use support::{count_cases, processes_of, program, tree};

/// A folder for a test; whatever is served in the background when it ends is ended, also where it fails.
struct Work(tempfile::TempDir);

impl Work {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = ours(self.path(), &["clean", "--detached"]).output();
    }
}

/// A temporary folder of its own, so that other runs on the machine are neither seen nor touched.
fn ours(work: &Path, args: &[&str]) -> Command {
    let mut command = program();
    command.args(args).env("TMPDIR", work).stdin(Stdio::null());
    command
}

fn output(work: &Path, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = ours(work, args).output().expect("the program starts");
    (status.code().unwrap_or(-1), String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned())
}

fn wait_until(what: &str, limit: Duration, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + limit;
    while !done() {
        assert!(Instant::now() < end, "{what} did not happen within {} s", limit.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What a file of tokens exports.
fn exported(file: &Path, name: &str) -> String {
    let text = fs::read_to_string(file).expect("the file of tokens");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("export {name}='"))).unwrap_or_else(|| panic!("{name}"));
    line.trim_end_matches('\'').to_owned()
}

/// The whole answer to a GET request, or `None` where nobody listens.
fn get(url: &str, path: &str) -> Option<String> {
    let address = url.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").expect("it can be asked");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    Some(answer)
}

/// Folders of runs.
fn left(work: &Path) -> Vec<PathBuf> {
    let runs = fs::read_dir(work)
        .expect("the folder")
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("matomo-conformance-"));
    runs.flat_map(|entry| fs::read_dir(entry.path()).into_iter().flatten().flatten().map(|run| run.path())).collect()
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
    assert_eq!(code, 7, "{err}");
    assert!(err.contains("no/such/tree") && out.is_empty(), "{out}{err}");
    assert!(left(work.path()).is_empty() && !file.exists());
}

#[test]
fn a_terminal_shows_the_tokens() {
    let work = Work::new();
    let line = format!("{} serve --simulated --detach", env!("CARGO_BIN_EXE_matomo-conformance"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env("TMPDIR", work.path()).env_remove("CI").stdin(Stdio::null());
    let Ok(shown) = command.output() else {
        eprintln!("SKIPPED: no program `script` gives a terminal here");
        return;
    };
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    let (_, ended, _) = output(work.path(), &["clean", "--detached"]);
    assert!(text.contains("export TOKEN_VIEW='") && text.contains("export URL_DEFAULT='"), "{text}");
    assert!(ended.contains("ended"), "it outlives its terminal: {ended}");
}

#[test]
fn a_real_matomo_in_the_background_answers_and_is_gone_afterwards() {
    let Some(tree) = tree("5.2.0-b5") else { return };
    let work = Work::new();
    let file = work.path().join("tokens");
    let tree = tree.to_str().expect("a path");
    let (code, _, err) = output(work.path(), &["serve", "--source", tree, "--detach", "--tokens", file.to_str().expect("a path")]);
    assert_eq!(code, 0, "{err}");
    let url = exported(&file, "URL_DEFAULT");
    let path = format!(
        "/index.php?module=VisitsSummary&action=index&idSite=1&period=day&date=today&language=en&token_auth={}",
        exported(&file, "TOKEN_SUPER")
    );
    let refused = get(&url, &path).expect("it answers");
    assert!(refused.contains("This user has super-user access"), "{refused}");
    assert!(!processes_of(work.path()).is_empty(), "the database runs");
    let (code, out, err) = output(work.path(), &["clean", "--detached"]);
    assert!(code == 0 && out.contains("ended"), "{out}{err}");
    assert_eq!(processes_of(work.path()), Vec::<String>::new());
    assert!(left(work.path()).is_empty(), "{:?}", left(work.path()));
    count_cases("an environment in the background", 1);
}
