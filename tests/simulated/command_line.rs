//! The simulated target through the command line: what it says of itself, planted faults, known differences, determinism.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::support::program;

/// A subset that starts, differs with most faults, and ends within a second or two.
const FEW: [&str; 4] = ["--only", "default/*/url/dry/VisitsSummary.*", "--only", "flag/*/url/dry/VisitsSummary.*"];

fn run(args: &[&str], output: &Path, ci: bool) -> (i32, String, Output) {
    let mut command = program();
    command.args(args).arg("--output").arg(output).current_dir(output.parent().expect("a folder")).env_remove("CI");
    if ci {
        command.env("CI", "true");
    }
    let done = command.output().expect("the program starts");
    let text = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    (done.status.code().unwrap_or(-1), text, done)
}

fn results(output: &Path) -> Value {
    serde_json::from_slice(&fs::read(output.join("results.json")).expect("results")).expect("JSON")
}

#[test]
fn without_a_target_the_simulated_one_agrees_everywhere_and_says_what_it_is() {
    let work = tempfile::tempdir().expect("a folder");
    let output = work.path().join("out");
    let (code, text, done) = run(&["check", "--verbose"], &output, false);
    assert_eq!(code, 0, "{text}");
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(err.lines().next().expect("a first line").contains("no real Matomo is tested"), "{err}");
    assert!(out.lines().last().expect("a last line").contains("no real Matomo was tested"), "{out}");
    let results = results(&output);
    assert_eq!(results["target"]["real_matomo"], false);
    assert_eq!(results["complete"], true);
    assert!(results["totals"]["agree"].as_u64().expect("a count") > 10_000);
    assert!(out.contains("gate.superuser") && out.contains("principal:"), "the table of what was covered is missing: {out}");
}

#[test]
fn entries_that_the_matomo_brings_are_named_and_honoured_and_a_planted_bug_beside_them_is_found() {
    let work = tempfile::tempdir().expect("a folder");
    let mut args = vec!["check", "--simulated"];
    for entry in ["VisitsSummary.index", "visitssummary.getSparklines", "Live.widget ", "Widgetize.iframe"] {
        args.extend(["--simulated-entry", entry]);
    }
    let output = work.path().join("out");
    let (code, text, _) = run(&args, &output, false);
    assert_eq!(code, 0, "{text}");
    let told = "its allowlist has VisitsSummary.index (from the simulated Matomo)";
    for part in [
        told,
        "never matches VisitsSummary.getSparklines",
        "\"Live.widget \" of the simulated Matomo has spaces",
        "every controller action",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(results(&output)["target"]["brought"][0]["value"], "VisitsSummary.index");
    let again: Value = serde_json::from_slice(&fs::read(output.join("target.json")).expect("a target")).expect("JSON");
    assert_eq!(again["simulated_entries"].as_array().expect("a list").len(), 4);

    for (fault, clause) in
        [("list-ignored", "gate.allowlist"), ("list-case-insensitive", "gate.allowlist"), ("admin-not-tested", "gate.write")]
    {
        let mut broken =
            vec!["check", "--simulated", "--fault", fault, "--only", "default/*/url/*", "--simulated-entry", "visitssummary.index"];
        broken.extend(["--simulated-entry", "VisitsSummary.getSparklines"]);
        let (code, text, _) = run(&broken, &output, false);
        assert_eq!(code, 2, "{fault}: {text}");
        assert!(text.contains(clause), "{fault}: {text}");
    }
    let only = ["matrix", "--simulated", "--only", "default/write/url/real/VisitsSummary.", "--simulated-entry", "VisitsSummary.index"];
    let (code, text, _) = run(&only, &work.path().join("matrix"), false);
    assert!(code == 0 && text.contains(told), "{text}");
}

#[test]
fn an_authenticator_that_takes_any_token_for_its_own_fails_the_canaries_whatever_was_selected() {
    let work = tempfile::tempdir().expect("a folder");
    let args = ["check", "--simulated", "--only", "default/view/url/dry/VisitsSummary.index"];
    assert_eq!(run(&args, &work.path().join("out"), false).0, 0);
    let (code, text, _) = run(&[&args[..], &["--fault", "other-token-ungated"]].concat(), &work.path().join("out"), false);
    assert_eq!(code, 4, "{text}");
    for token in ["a token that nobody has", "another user's token"] {
        assert!(text.contains(&format!("super was not kept from opening more by {token}")), "{token}: {text}");
    }
}

#[test]
fn a_ci_run_that_names_no_target_is_refused() {
    let work = tempfile::tempdir().expect("a folder");
    let (code, text, _) = run(&["check"], &work.path().join("out"), true);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("no target was named") && text.contains("hint:"), "{text}");
    let mut named = vec!["check", "--simulated"];
    named.extend(FEW);
    assert_eq!(run(&named, &work.path().join("out"), true).0, 0);
}

#[test]
fn every_planted_fault_is_caught_the_clean_one_shows_nothing_and_the_readme_says_so() {
    let done = program().args(["mutants", "--simulated", "--table"]).output().expect("the program starts");
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(done.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&done.stderr));
    let table = text.lines().filter(|line| line.starts_with('|')).collect::<Vec<_>>().join("\n");
    let page = include_str!("../../docs/src/kill-tables.md");
    let (_, rest) = page.split_once("<!-- kill-table-simulated -->\n").expect("the page has the place");
    let (told, _) = rest.split_once("<!-- /kill-table-simulated -->").expect("the page has the place");
    let (told, now) = (rows(told), rows(&table));
    let counts = |rows: &[Vec<String>]| rows.iter().map(|row| row[..3].to_vec()).collect::<Vec<_>>();
    let write = "run `mutants --simulated --table` and put its table into docs/src/kill-tables.md";
    assert_eq!(counts(&told), counts(&now), "{write}");
    assert!(now.len() > 10 && now.iter().all(|row| row[1] == row[2]), "{table}");
    // Any reordering changes the medians; one that makes them much longer has put something off.
    for (told, now) in told.iter().zip(&now) {
        let median = |row: &[String]| row[3].parse::<u64>().expect("a number");
        assert!(median(now) <= median(told) * 2 + 50, "{now:?} against {told:?}: {write}");
    }
}

/// The cells of a table in Markdown, without its head.
fn rows(table: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    table.trim().lines().skip(2).map(cells).collect()
}

#[test]
fn a_fault_is_found_and_fail_fast_stops_at_the_first_leak() {
    let work = tempfile::tempdir().expect("a folder");
    let output = work.path().join("out");
    let mut args = vec!["check", "--simulated=5.2+24103", "--fault", "super-guard-gone"];
    args.extend(FEW);
    let (code, text, _) = run(&args, &output, false);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("LEAK") && text.contains("gate.superuser"), "{text}");
    args.push("--fail-fast");
    let (code, text, _) = run(&args, &output, false);
    assert_eq!(code, 2, "{text}");
    assert!(results(&output)["totals"]["not_run"].as_u64().expect("a count") > 0);
}

#[test]
fn a_word_that_makes_a_difference_is_named_alone_and_so_is_a_pair() {
    let work = tempfile::tempdir().expect("a folder");
    let output = work.path().join("out");
    let company = |fault: &str| {
        let (code, text, _) =
            run(&["check", "--simulated=5.2+24103", "--fault", fault, "--only", "default/super/url/dry/*"], &output, false);
        assert_eq!(code, 2, "{text}");
        let results = results(&output);
        let differences = results["differences"].as_array().expect("a list").clone();
        let named = |difference: &Value| Some((difference["case"].as_str()?.to_owned(), difference["company"].as_str()?.to_owned()));
        (text, differences.iter().filter_map(named).collect::<Vec<_>>())
    };
    let (text, named) = company("company-disable-link");
    let sentence = "a super user's token passes where `disableLink=1` in the URL is there";
    assert!(text.contains(sentence), "{text}");
    let case = "default/super/url/dry/??module=ConformanceProbe&action=needNothing&idSite=1&period=day&date=today&&disableLink=1";
    assert!(named.iter().any(|(id, _)| id == case), "{named:#?}");
    // The id alone repeats it.
    let done = program().args(["replay", "--simulated=5.2+24103", "--fault", "company-disable-link", case]).output().expect("it starts");
    assert_eq!(done.status.code(), Some(2), "{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    let (_, named) = company("company-pair");
    assert!(!named.is_empty());
    for (case, says) in named {
        assert!(case.matches('=').count() < 12 && says.contains("inPopover") && says.contains("showtitle"), "{case}: {says}");
    }
    let (_, named) = company("company-origin");
    assert!(named.iter().any(|(_, says)| says.contains("as a header")), "{named:#?}");
}

#[test]
fn the_same_seed_gives_the_same_results_on_any_number_of_requests_at_once() {
    let work = tempfile::tempdir().expect("a folder");
    let mut seen: Vec<(String, Value)> = Vec::new();
    for concurrency in ["1", "2", "9"] {
        let output = work.path().join(concurrency);
        let mut args = vec!["check", "--simulated=5.8", "--fault", "write-tested-as-admin", "--seed", "7", "--concurrency", concurrency];
        args.extend(FEW);
        assert_eq!(run(&args, &output, false).0, 2);
        let mut results = results(&output);
        results.as_object_mut().expect("an object").remove("times");
        seen.push((fs::read_to_string(output.join("results.jsonl")).expect("a journal"), results));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "results differ");
    let other = work.path().join("other");
    let mut args = vec!["check", "--simulated=5.8", "--fault", "write-tested-as-admin", "--seed", "8"];
    args.extend(FEW);
    assert_eq!(run(&args, &other, false).0, 2);
    let order = |path: &Path| fs::read_to_string(path.join("cases.txt")).expect("the list");
    assert_ne!(order(&other), order(&work.path().join("1")), "the seed shuffles nothing");
}

#[test]
fn a_known_difference_is_accepted_counted_and_shown_and_a_stale_one_fails_the_run() {
    let work = tempfile::tempdir().expect("a folder");
    let output = work.path().join("out");
    let file = work.path().join("known.toml");
    let entry = |case: &str, observed: &str| {
        format!(
            "[[known]]\ncase = \"{case}\"\nverdict = \"leak\"\nexpected = \"gate-super-user\"\nobserved = \"{observed}\"\nreason = \"planted\"\nlink = \"#1\"\n"
        )
    };
    let check = |text: &str, fault: bool, all: bool| {
        fs::write(&file, text).expect("a file");
        let mut args = vec!["check", "--simulated=5.2", "--known-differences", file.to_str().expect("a path")];
        if fault {
            args.extend(["--fault", "super-guard-gone"]);
        }
        if !all {
            args.extend(["--only", "default/super/url/dry/"]);
        }
        let (code, text, _) = run(&args, &output, false);
        (code, text, results(&output))
    };
    let (code, text, found) = check(&entry("default/super/url/dry/*", "opened"), true, false);
    // Other requests of the filter reach no endpoint: they differ in another way and are not covered by the entry.
    assert!(found["totals"]["known"].as_u64().expect("a count") > 50, "{text}");
    assert_eq!(found["totals"]["leak"].as_u64().expect("a count") > 0, code == 2, "{text}");
    assert!(text.contains("planted [#1]"), "{text}");
    let (code, text, _) = check(&entry("default/super/url/dry/CoreHome.index", "opened"), false, true);
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("STALE"), "{text}");
    assert_eq!(
        check(&entry("default/super/url/dry/CoreHome.index", "opened"), false, false).0,
        0,
        "a part of the plan proves nothing stale"
    );
    let (code, text, _) = check("[[known]]\ncase = 1\n", false, false);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("known.toml") && text.contains("line 2"), "{text}");
}
