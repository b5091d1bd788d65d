//! `check --url`: a Matomo that runs already is only asked, with tokens from a private place, at a rate, and what differs is found.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Instant;

use crate::support::serving::Serving;
use crate::support::{Run, program};

const RULES: &str = "5.2.0+24103";

/// Faults of the simulated Matomo that show in what may be asked from outside, with verdict and clause.
const FAULTS: [(&str, &str, &str); 3] = [
    ("super-guard-gone", "leak", "gate.superuser"),
    ("gate-skipped-on-post", "leak", "gate.superuser"),
    ("write-tested-as-admin", "leak", "gate.write"),
];

#[test]
fn a_clean_matomo_agrees_and_what_cannot_be_compared_is_named() {
    let serving = Serving::start(&["--simulated=5.2+24103"]);
    let run = serving.check("URL_DEFAULT", &["--rules-of", RULES]);
    assert_eq!(run.code, 0, "{}\n{}", run.out, run.err);
    assert!(run.total("agree") > 50, "{}", run.out);
    assert_eq!(run.results["target"]["kind"], "url");
    assert_eq!(run.results["target"]["readings"], serde_json::json!(["page"]));
    let named = run.results["target"]["not_compared"].to_string();
    assert!(named.contains("as whom") && named.contains("settings") && named.contains("sessions"), "{named}");
    assert!(run.err.contains("not compared: as whom") && run.err.contains("by the page alone"), "{}", run.err);
}

#[test]
fn planted_faults_are_seen_from_outside() {
    for (fault, verdict, clause) in FAULTS {
        let serving = Serving::start(&["--simulated=5.2+24103", "--fault", fault]);
        let run = serving.check("URL_DEFAULT", &["--rules-of", RULES]);
        assert_eq!(run.code, 2, "{fault}: {}\n{}", run.out, run.err);
        let found = run.differences(verdict);
        assert!(found.iter().any(|(_, named)| named == clause), "{fault}: {found:?}\n{}", run.out);
    }
}

#[test]
fn settings_count_as_they_are_stated() {
    let serving = Serving::start(&["--simulated=5.2+24103"]);
    let stated = serving.check("URL_FLAG", &["--rules-of", RULES, "--has-flag"]);
    assert_eq!(stated.code, 0, "{}\n{}", stated.out, stated.err);
    let unstated = serving.check("URL_FLAG", &["--rules-of", RULES]);
    assert_eq!(unstated.code, 2, "{}", unstated.err);
    assert!(!unstated.differences("leak").is_empty(), "{}", unstated.out);
    let secure = serving.check("URL_SECURE", &["--rules-of", RULES, "--has-only-secure-tokens"]);
    assert_eq!(secure.code, 0, "{}\n{}", secure.out, secure.err);
    let anonymous = serving.check("URL_ANONYMOUS_VIEW", &["--rules-of", RULES, "--has-anonymous-view"]);
    assert_eq!(anonymous.code, 0, "{}\n{}", anonymous.out, anonymous.err);
}

#[test]
fn what_leaves_traces_is_sent_only_where_that_is_allowed() {
    let serving = Serving::start(&["--simulated=5.2+24103"]);
    let ids = |args: &[&str]| serving.check("URL_DEFAULT", &[&["--rules-of", RULES, "--list"], args].concat()).out;
    let (without, with) = (ids(&[]), ids(&["--allow-side-effects"]));
    for trace in ["/invalid/", "/expired-", "UserCountry.getCountry", "/secure-view/url/"] {
        assert!(!without.contains(trace), "{trace}\n{without}");
    }
    assert!(with.contains("/invalid/") && with.contains("/expired-") && with.contains("UserCountry.getCountry"), "{with}");
    let run = serving.check("URL_DEFAULT", &["--rules-of", RULES, "--allow-side-effects"]);
    assert_eq!(run.code, 0, "{}\n{}", run.out, run.err);
}

#[test]
fn tokens_come_from_the_environment_or_from_a_file_that_others_cannot_read() {
    let serving = Serving::start(&["--simulated=5.2+24103"]);
    let output = serving.work.path().join("out");
    let url = serving.exports["URL_DEFAULT"].as_str();
    let run = |command: &mut Command| {
        command.args(["--url", url, "--rules-of", RULES, "--rate", "500", "--output"]).arg(&output);
        Run::of(std::mem::replace(command, Command::new("true")), &output)
    };
    let fine = run(serving.command("check", &[]).env("TOKEN_VIEW", &serving.exports["TOKEN_VIEW"]));
    assert_eq!(fine.code, 0, "{}\n{}", fine.out, fine.err);
    assert!(fine.err.contains("principals without a token: TOKEN_NO_ACCESS"), "{}", fine.err);
    serving.hides_tokens(&fine, &output);
    let none = run(&mut serving.command("check", &[]));
    assert!(none.code == 1 && none.err.contains("TOKEN_VIEW"), "{}", none.err);
    let open = serving.work.path().join("open");
    fs::copy(serving.tokens(), &open).expect("a copy");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o640)).expect("a mode");
    let refused = run(serving.command("check", &["--tokens"]).arg(&open));
    assert!(refused.code == 1 && refused.err.contains("mode 640") && refused.err.contains("chmod 600"), "{}", refused.err);
}

#[test]
fn a_token_that_is_not_what_its_name_says_is_told() {
    let serving = Serving::start(&["--simulated=5.2+24103"]);
    let output = serving.work.path().join("out");
    let mut command =
        serving.command("check", &["--url", &serving.exports["URL_DEFAULT"], "--rules-of", RULES, "--rate", "500", "--output"]);
    command.arg(&output).env("TOKEN_VIEW", &serving.exports["TOKEN_WRITE"]);
    let run = Run::of(command, &output);
    assert_ne!(run.code, 0);
    assert!(run.err.contains("view was not kept to what its name says: SitesManager.getSitesIdWithWriteAccess"), "{}", run.err);
}

#[test]
fn bad_addresses_are_refused_before_anything_is_sent() {
    let run = |args: &[&str]| {
        let output = program().arg("check").args(args).env("TOKEN_VIEW", "a".repeat(32)).output().expect("the program starts");
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let work = tempfile::tempdir().expect("a folder");
    let out = work.path().join("out").to_string_lossy().into_owned();
    let (code, err) = run(&["--url", "http://matomo.invalid/", "--output", &out]);
    assert!(code == 1 && err.contains("without https") && err.contains("--allow-plain-http"), "{err}");
    let (code, err) = run(&["--url", "https://matomo.invalid/?token_auth=secretive", "--output", &out]);
    assert!(code == 1 && !err.contains("secretive"), "{err}");
    let (code, err) = run(&["--url", "http://127.0.0.1:1/", "--output", &out]);
    assert!(code == 7 && err.contains("does not tell its version"), "{err}");
    let (code, err) = run(&["--url", "http://127.0.0.1:1/", "--rate", "0", "--output", &out]);
    assert_eq!(code, 1, "{err}");
    let (code, err) = run(&["--url", "http://127.0.0.1:1/", "--source", "x", "--output", &out]);
    assert_eq!(code, 1, "{err}");
}

#[test]
fn the_rate_is_kept() {
    let serving = Serving::start(&["--simulated=5.2+24103"]);
    let since = Instant::now();
    let run = serving.check("URL_DEFAULT", &["--rules-of", RULES, "--rate", "20", "--only", "default/view/url/"]);
    assert_eq!(run.code, 0, "{}\n{}", run.out, run.err);
    let sent = run.total("cases") + 30;
    assert!(since.elapsed().as_millis() > u128::from(sent - 5) * 50, "{sent} requests in {:?}", since.elapsed());
}

#[test]
fn a_matomo_that_goes_away_ends_the_run_at_once_and_is_no_difference() {
    for cases_before in [0, 3, 20] {
        let serving = Serving::start(&["--simulated=5.2+24103"]);
        let output = serving.work.path().join("out");
        let url = serving.exports["URL_DEFAULT"].clone();
        let mut command = serving.command("check", &["--url", &url, "--rules-of", RULES, "--rate", "25", "--output"]);
        command.arg(&output).arg("--tokens").arg(serving.tokens());
        let mut running =
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("the program starts");
        // Canaries are asked first, at the same rate.
        while !output.join("cases.txt").exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
            assert!(running.try_wait().expect("a process").is_none(), "it ended before it asked anything");
        }
        std::thread::sleep(std::time::Duration::from_millis(1600 * u64::from(cases_before > 0) + cases_before * 40));
        drop(serving.command("clean", &["--detached"]).output());
        let gone = Instant::now();
        let done = running.wait_with_output().expect("it ends");
        let (out, err) = (String::from_utf8_lossy(&done.stdout).into_owned(), String::from_utf8_lossy(&done.stderr).into_owned());
        assert_eq!(done.status.code(), Some(7), "{cases_before}: {out}{err}");
        assert!(gone.elapsed().as_secs() < 15, "{cases_before}: it went on for {:?}", gone.elapsed());
        assert!(err.contains("is not well any more"), "{cases_before}: {out}{err}");
        let results: serde_json::Value = serde_json::from_slice(&fs::read(output.join("results.json")).expect("results")).expect("JSON");
        let total = |name: &str| results["totals"][name].as_u64().expect("a count");
        assert_eq!(
            total("leak") + total("lockout") + total("wrong_reason") + total("unknown") + total("error"),
            0,
            "{}",
            results["totals"]
        );
        assert_eq!(results["complete"], false);
        assert!(results["ended_early"].as_str().is_some_and(|why| why.contains("not well any more")), "{}", results["ended_early"]);
    }
}
