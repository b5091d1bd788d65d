//! `replay`: a difference is repeated from its results file alone; ids, scenarios and curl lines are, too.

mod support;

use std::path::Path;

use support::program;

fn run(args: &[&str], folder: &Path) -> (i32, String) {
    let done = program().args(args).current_dir(folder).output().expect("the program starts");
    (done.status.code().unwrap_or(-1), format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr)))
}

const FAULTY: [&str; 3] = ["--simulated=5.2+24103", "--fault", "list-case-insensitive"];

#[test]
fn a_difference_is_still_there_on_the_faulty_target_and_fixed_on_the_clean_one() {
    let work = tempfile::tempdir().expect("a folder");
    let only = ["--only", "near/write/url/dry/VisitsSummary", "--output", "out"];
    assert_eq!(run(&[&["check"], &FAULTY[..], &only[..]].concat(), work.path()).0, 2);
    for what in ["out/results.json", "out/results.jsonl", "out"] {
        let (code, text) = run(&[&["replay", what], &FAULTY[..]].concat(), work.path());
        assert_eq!(code, 2, "{what}: {text}");
        assert!(text.contains("STILL THERE near/write/url/dry/VisitsSummary.") && !text.contains("FIXED"), "{what}: {text}");
        // Both answers side by side, the clauses, and the line to repeat it.
        for part in ["expected", "before", "observed", "refused: gate-some-write", "gate.allowlist", "curl -sS", "$TOKEN_WRITE"] {
            assert!(text.contains(part), "{part} is missing: {text}");
        }
        let (code, text) = run(&["replay", what, "--simulated=5.2+24103"], work.path());
        assert_eq!(code, 0, "{what}: {text}");
        assert!(text.contains("FIXED near/write/") && !text.contains("STILL"), "{what}: {text}");
    }
    // Another bug on the same case is a change.
    let (code, text) = run(&["replay", "out/results.json", "--simulated=5.2+24103", "--fault", "reason-swapped"], work.path());
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("CHANGED near/write/"), "{text}");
}

#[test]
fn a_case_a_scenario_and_a_curl_line_are_repeated() {
    let work = tempfile::tempdir().expect("a folder");
    let id = "default/super/url/dry/VisitsSummary.index";
    let (code, text) = run(&["replay", id, "--simulated=5.8"], work.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("AS IT MUST BE") && text.contains("yes gate.superuser"), "{text}");
    assert_eq!(run(&["replay", id, "--simulated=5.8", "--fault", "super-guard-gone"], work.path()).0, 2);
    let (code, text) = run(&["replay", "issue-16869-widget-ignores-flag", "--simulated=4.0.3", "--all"], work.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("told      refused: gate-some-write"), "{text}");
    let (code, text) =
        run(&["replay", "issue-16869-widget-ignores-flag", "--simulated=5.8", "--fault", "recheck-ignores-flag"], work.path());
    assert_eq!(code, 2, "{text}");
    let line = "curl -sS -i -A '' -g \"$URL_FLAG/index.php?module=ConformanceProbe&action=needView&token_auth=$TOKEN_WRITE\"";
    let (code, text) = run(&["replay", line, "--simulated=5.8"], work.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("conformance-write with write on site 1"), "{text}");
    let pasted = "curl 'http://127.0.0.1/index.php?module=ConformanceProbe&action=needView' -d 'token_auth=$TOKEN_WRITE'";
    let (code, text) = run(&["replay", pasted, "--simulated=5.8", "--fault", "gate-skipped-on-post"], work.path());
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("STILL THERE default: POST"), "{text}");
}

#[test]
fn what_cannot_be_repeated_is_named() {
    let work = tempfile::tempdir().expect("a folder");
    std::fs::write(work.path().join("x.json"), "{}").expect("a file");
    for (what, message) in [
        ("nothing", "neither a file, a scenario nor a case id"),
        ("default/nobody/url/dry/A.b", "unknown principal \"nobody\""),
        ("x.json", "no results of this program"),
        ("curl -X DELETE http://x/", "DELETE cannot be repeated"),
    ] {
        let (code, text) = run(&["replay", what, "--simulated"], work.path());
        assert_eq!(code, 1, "{what}: {text}");
        assert!(text.contains(message), "{what}: {text}");
    }
}
