//! `replay`: a difference is repeated from its results file alone; ids, scenarios and curl lines are, too.

use std::path::Path;

use crate::support::{matrix_log, program, with_peak};

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
    let line = "curl -sS -i -A '' -g \"$URL_FLAG/index.php?module=ConformanceProbe&action=needView&idSite=1&token_auth=$TOKEN_WRITE\"";
    let (code, text) = run(&["replay", line, "--simulated=5.8"], work.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("conformance-write with write on site 1"), "{text}");
    let pasted = "curl 'http://127.0.0.1/index.php?module=ConformanceProbe&action=needView&idSite=1' -d 'token_auth=$TOKEN_WRITE'";
    let (code, text) = run(&["replay", pasted, "--simulated=5.8", "--fault", "gate-skipped-on-post"], work.path());
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("DIFFERS default: POST") && !text.contains("STILL THERE"), "it was never reported before: {text}");
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

#[test]
fn results_know_their_target_and_it_is_never_exchanged_for_another_kind() {
    let work = tempfile::tempdir().expect("a folder");
    let only = ["--only", "near/write/url/dry/VisitsSummary", "--output", "out"];
    assert_eq!(run(&[&["check"], &FAULTY[..], &only[..]].concat(), work.path()).0, 2);
    // Release and fault are used again.
    let (code, text) = run(&["replay", "out"], work.path());
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("recorded on the simulated Matomo 5.2+24103, which is used again") && text.contains("STILL THERE"), "{text}");
    // Results of a real tree that is not here are refused, and never asked of the simulated Matomo.
    let results = work.path().join("out/results.json");
    let text = std::fs::read_to_string(&results).expect("results").replace("\"kind\": \"simulated\"", "\"kind\": \"source\"");
    std::fs::write(&results, text.replace("\"name\": \"simulated\"", "\"name\": \"no-such-tree\"")).expect("written");
    std::fs::remove_file(work.path().join("out/target.json")).expect("it was there");
    for args in [&["replay", "out"][..], &["replay", "out", "--simulated"]] {
        let (code, text) = run(args, work.path());
        assert_eq!(code, 1, "{text}");
        assert!(text.contains("--source DIR or --release X.Y.Z"), "{text}");
        assert!(!text.contains("FIXED"), "{text}");
    }
    // Where nothing is recorded, nothing is guessed.
    std::fs::remove_file(&results).expect("it was there");
    let (code, text) = run(&["replay", "out"], work.path());
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("does not say which Matomo it was recorded on"), "{text}");
}

#[test]
fn nothing_is_added_to_a_pasted_request_and_nothing_is_dropped() {
    let work = tempfile::tempdir().expect("a folder");
    let line =
        "curl 'http://m.example/matomo/index.php?module=ConformanceProbe&action=needView' -d 'idSite=2&token_auth=$TOKEN_VIEW_ELSEWHERE'";
    let (code, text) = run(&["replay", line, "--simulated=5.8", "--all"], work.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("conformance-view-elsewhere") && !text.contains("period=day") && !text.contains("language=en"), "{text}");
    let (code, text) = run(&["replay", line, "--simulated=5.8", "--all", "--complete"], work.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("added: period=day&date=today"), "{text}");
    for (line, word) in [
        ("curl 'http://m.example/matomo.php?idsite=6&token_auth=T'", "matomo.php is the tracker, which has no Module.Action gate"),
        ("curl -H 'Authorization: Bearer \u{1}zzz' http://m.example/?module=API", "HTTP cannot carry"),
        ("curl --no-such-option http://m.example/?module=API", "--no-such-option"),
    ] {
        let (code, text) = run(&["replay", line, "--simulated"], work.path());
        assert_eq!(code, 1, "{line}: {text}");
        assert!(text.contains(word), "{line}: {text}");
    }
}

#[test]
fn what_nobody_here_knows_is_named_first_with_how_to_say_whose_it_is() {
    let work = tempfile::tempdir().expect("a folder");
    for (line, what) in [
        (
            "http://m.example/index.php?module=VisitsSummary&action=index&token_auth=0123456789abcdeffedcba9876543210",
            "the token 0123… in the URL",
        ),
        (
            "curl 'http://m.example/?module=API&method=VisitsSummary.get&format=json' -d token_auth=$TOKEN_NOT_OURS",
            "the token $TOKEN_NOT_OURS in the body",
        ),
        (
            "curl 'http://m.example/?module=CoreHome&action=index' -b '_pk_id=1; MATOMO_SESSID=0123456789abcdef'",
            "the session 0123… in the cookie",
        ),
    ] {
        let (code, text) = run(&["replay", line, "--simulated=5.8"], work.path());
        assert_eq!(code, 0, "{line}: {text}");
        let first = text.lines().next().expect("a line");
        assert!(first.contains(what) && first.contains("--as PRINCIPAL"), "{line}: {text}");
        assert!(!text.contains("456789abcdef"), "somebody's secret is shown: {text}");
        let (code, text) = run(&["replay", line, "--simulated=5.8", "--as", "write"], work.path());
        assert_eq!(code, 0, "{line}: {text}");
        assert!(!text.contains("asked as nobody's"), "{text}");
    }
    let (code, text) = run(&["replay", "http://m.example/?module=API&token_auth=x", "--simulated", "--as", "nobody"], work.path());
    assert_eq!(code, 1, "{text}");
}

#[test]
fn no_password_and_no_session_of_another_system_is_shown() {
    let work = tempfile::tempdir().expect("a folder");
    let line = "curl --user 'root:secretpw' -H 'X-Api-Key: 1234567890' -b 'PHPSESSID=9876543210' -d passwordConfirmation=hallo \
        'http://root:secretpw@m.example/index.php?module=API&method=API.getMatomoVersion&token_auth=ab1234567890abcdef'";
    for whom in [&[][..], &["--as", "view"], &["--as", "all"], &["--as", "all", "-j"]] {
        let (code, text) = run(&[&["replay", line, "--simulated=5.8", "--all"], whom].concat(), work.path());
        assert_eq!(code, 0, "{whom:?}: {text}");
        for secret in ["secretpw", "cm9vdDpzZWNyZXRwdw", "1234567890", "9876543210", "hallo"] {
            assert!(!text.contains(secret), "{whom:?}: {secret} is shown: {text}");
        }
    }
    // Of a long log, too, in which each request has a token of its own.
    let line = |number: usize| {
        let query = format!("module=CoreHome&action=index&idSite=1&period=day&date=today&token_auth={number}abcdefabcdef");
        format!("192.0.2.1 - - [27/Nov/2026:13:00:00 +0000] \"GET /index.php?{query} HTTP/1.1\" 200 512 \"-\" \"-\"\n")
    };
    let lines = (0..50).map(line).collect::<Vec<_>>().concat();
    std::fs::write(work.path().join("access.log"), lines).expect("a file");
    let (code, text) =
        run(&["replay", "access.log", "--simulated=5.8", "--fault", "unknown-keeps-anonymous", "--slot", "anonymous-view"], work.path());
    assert!(code == 2 && text.contains("$TOKEN_PASTED"), "{code}: {text}");
    assert!(!text.contains("abcdefabcdef"), "{text}");
}

#[test]
fn one_request_as_everybody_is_a_table() {
    let work = tempfile::tempdir().expect("a folder");
    let url = "https://m.example/index.php?module=Widgetize&action=iframe&moduleToWidgetize=VisitsSummary&actionToWidgetize=getSparklines&idSite=1&period=day&date=today&token_auth=0123456789abcdeffedcba9876543210";
    for (release, fault, code) in [
        ("--simulated=5.8", None, 0),
        ("--simulated=4.15.1", None, 0),
        ("--simulated=5.8", Some("super-guard-gone"), 2),
        ("--simulated=5.8", Some("list-case-insensitive"), 2),
    ] {
        let fault: Vec<&str> = fault.iter().flat_map(|fault| ["--fault", fault]).collect();
        let (found, text) = run(&[&["replay", url, release, "--as", "all"], &fault[..]].concat(), work.path());
        assert_eq!(found, code, "{release} {fault:?}: {text}");
        assert!(text.contains("gate: super-user") && text.contains("opened as view"), "{text}");
    }
    let done = program().args(["replay", url, "--simulated=5.8", "--as", "all", "-j"]).output().expect("the program starts");
    let json: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON and nothing else");
    let cells = json["requests"][0]["cells"].as_array().expect("cells");
    assert!(cells.len() > 100, "{}", cells.len());
    assert!(cells.iter().all(|cell| cell["verdict"] == "agree"));
    let of =
        |who: &str, settings: &str| cells.iter().find(|cell| cell["principal"] == who && cell["settings"] == settings).expect("a cell");
    assert_eq!(of("write", "default")["reason"], "gate-some-write");
    assert_eq!((&of("write", "listed")["answer"], &of("write", "near")["refused_at"]), (&"opened".into(), &"gate".into()));
}

#[test]
fn har_files_logs_and_standard_input_are_read() {
    let work = tempfile::tempdir().expect("a folder");
    let har = r#"{"log":{"entries":[{"request":{"method":"GET","url":"https://m.example/index.php?module=CoreHome&action=index&token_auth=$TOKEN_VIEW","headers":[]}},
        {"request":{"method":"GET","url":"https://m.example/matomo.js","headers":[]}}]}}"#;
    std::fs::write(work.path().join("x.har"), har).expect("a file");
    let (code, text) = run(&["replay", "x.har", "--simulated=5.8"], work.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("entry 1, default: GET module=CoreHome") && text.contains("1 entries ask for no index.php"), "{text}");
    let line = |query: &str| {
        format!("192.0.2.1 - - [27/Nov/2026:13:00:00 +0000] \"GET /matomo/index.php?{query} HTTP/1.1\" 200 512 \"-\" \"-\"\n")
    };
    let log = line("module=CoreHome&action=index&idSite=1&period=day&date=today&token_auth=abc").repeat(3)
        + &line("module=API&method=VisitsSummary.get&format=json");
    std::fs::write(work.path().join("access.log"), log).expect("a file");
    let (code, text) = run(&["replay", "access.log", "--simulated=5.8", "--as", "view"], work.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("opened as view"), "{text}");
    let (code, text) = run(&["replay", "access.log", "--simulated=5.8"], work.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("4 lines, 2 different requests") && text.contains("CoreHome.index"), "{text}");
    let mut child = program()
        .args(["replay", "-", "--simulated=5.8"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::io::Write::write_all(
        &mut child.stdin.take().expect("a pipe"),
        b"# a comment\ncurl 'http://m.example/?module=CoreHome&action=index'\n",
    )
    .expect("written");
    let done = child.wait_with_output().expect("it ends");
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stdout));
}

#[test]
fn a_log_of_the_matrix_is_no_false_alarm_and_memory_does_not_grow_with_it() {
    let work = tempfile::tempdir().expect("a folder");
    let whole = matrix_log(5000);
    let mut peaks = Vec::new();
    for (name, lines) in [("short.log", 500), ("long.log", 5000)] {
        let log: String = whole.lines().take(lines).flat_map(|line| [line, "\n"]).collect();
        std::fs::write(work.path().join(name), log).expect("a file");
        let mut command = program();
        command.args(["replay", name, "--simulated=5.8"]).current_dir(work.path());
        let started = std::time::Instant::now();
        let (done, peak) = with_peak(command);
        let text = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.status.code(), Some(0), "{name}: {text}");
        assert!(text.contains(&format!("{name}: {lines} lines")), "{text}");
        eprintln!("log: {lines} lines in {:.1} s, {peak} KiB", started.elapsed().as_secs_f32());
        peaks.push(peak);
    }
    assert!(peaks[1] < peaks[0] + 16 * 1024, "{peaks:?} KiB");
    // What would be a false alarm is seen as one.
    let (code, text) = run(&["replay", "short.log", "--simulated=5.8", "--fault", "super-guard-gone"], work.path());
    assert_eq!(code, 2, "{text}");
}

#[test]
fn bad_input_is_one_error_with_its_line_and_nothing_is_sent() {
    let work = tempfile::tempdir().expect("a folder");
    let good = "192.0.2.1 - - [27/Nov/2026:13:00:00 +0000] \"GET /index.php?module=A HTTP/1.1\" 200 5\n";
    for (name, bytes, why) in [
        ("empty", Vec::new(), "line 1: there is nothing in it"),
        ("binary", vec![0x7f, b'E', b'L', b'F', 0, 0xff, 0xfe], "line 1: it is no text"),
        ("cut.har", b"{\"log\":{\"entries\":[{\"request\":{".to_vec(), "ends too early"),
        ("other.log", b"2026-11-27 13:00:00 GET /index.php - 80\n".to_vec(), "line 1: "),
        ("mixed.log", format!("{good}{good}GET /index.php\n").into_bytes(), "line 3: it is no line of an access log"),
        ("long", format!("curl http://m.example/?{}", "a".repeat(1 << 20)).into_bytes(), "line 1: it is longer"),
        ("long.log", format!("{good}{}", "a".repeat(1 << 20)).into_bytes(), "line 2: it is longer"),
        ("words.txt", b"curl http://m.example/?module=A\ncurl -X DELETE http://m.example/\n".to_vec(), "line 2: the method DELETE"),
    ] {
        std::fs::write(work.path().join(name), bytes).expect("a file");
        let (code, text) = run(&["replay", name, "--simulated"], work.path());
        assert_eq!(code, 1, "{name}: {text}");
        assert!(text.contains(why) && text.contains("can be repeated") && text.matches("error:").count() == 1, "{name}: {text}");
        assert!(!text.contains("to repeat\n"), "{name}: something was started: {text}");
    }
}

/// Whoever pastes a line that is refused pastes its secrets, and the error stands in a log that many read.
#[test]
fn no_error_about_a_line_shows_its_secrets() {
    let work = tempfile::tempdir().expect("a folder");
    std::fs::write(work.path().join("other.txt"), "curl http://m.example/?1\nopen 'http://m.example/?module=A&token_auth=s3cret'\n")
        .expect("a file");
    for line in [
        "curl 'http://m.example/?token_auth=s3cret&a=b c'",
        "http://m.example/index.php?token_auth=s3cret&a=b c",
        "docker exec -e token_auth=s3cret m curl http://m.example/?module=A",
        "curl token_auth=s3cret http://m.example/",
        "curl -G -d 'token_auth=s3cret b' http://m.example/",
        "curl -F 'token_auth=s3cret;type=x' http://m.example/",
        "open 'http://m.example/?module=A&token_auth=s3cret'; curl http://m.example/",
        "nonsense with token_auth=s3cret",
        "other.txt",
    ] {
        let (code, text) = run(&["replay", line, "--simulated"], work.path());
        assert_eq!(code, 1, "{line}: {text}");
        assert!(text.contains("error: ") && !text.contains("s3cret"), "{line}: {text}");
    }
}
