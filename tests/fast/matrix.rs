//! `matrix` on the simulated target: one JSON, three reports made of it, and exit codes.

use std::collections::BTreeSet;
use std::fs;

use matomo_conformance::judge::Verdict;
use matomo_conformance::matomo::{CellOutcome, curl_line};
use matomo_conformance::plan::{Filter, Listed, MATRIX_PRINCIPALS, MATRIX_SLOTS, MatrixChoice, MatrixPlan, PRINCIPALS, principal};
use matomo_conformance::report::matrix::MatrixRecord;
use matomo_conformance::sut::simulation;

use crate::support::matrix::{NOTICE, Run};

/// The four files of a matrix.
const FILES: [&str; 4] = ["matrix.json", "matrix.html", "matrix.md", "matrix.csv"];

#[test]
fn every_cell_of_the_simulated_target_agrees_and_every_report_says_that_no_matomo_was_tested() {
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2+24103"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.err.lines().next().expect("a first line").contains("no real Matomo is tested"), "{}", run.err);
    assert!(run.out.lines().last().expect("a last line").contains(NOTICE), "{}", run.out);
    let matrix = run.matrix();
    assert!(matrix.complete && matrix.exit == 0 && !matrix.target.real_matomo);
    assert_eq!(matrix.slots.iter().map(|slot| slot.name.as_str()).collect::<Vec<_>>(), MATRIX_SLOTS);
    assert_eq!(matrix.principals.iter().map(|who| who.name.as_str()).collect::<Vec<_>>(), MATRIX_PRINCIPALS);
    let cells = matrix.rows.len() * MATRIX_SLOTS.len() * MATRIX_PRINCIPALS.len();
    assert!(matrix.rows.len() > 100, "{} rows", matrix.rows.len());
    assert_eq!(matrix.all().count(), cells);
    assert_eq!(matrix.totals.verdicts.agree, cells as u64);
    for outcome in
        [CellOutcome::Opened, CellOutcome::LetThrough, CellOutcome::RefusedAtGate, CellOutcome::NotAuthenticated, CellOutcome::NoRight]
    {
        assert!(matrix.totals.outcomes.get(&outcome).is_some_and(|count| *count > 0), "no cell is {}", outcome.name());
    }
    assert!(matrix.totals.rows_that_differ > 50);
    for name in ["matrix.html", "matrix.md", "matrix.csv"] {
        assert!(run.file(name).contains(NOTICE), "{name}");
    }
    let markdown = run.file("matrix.md");
    assert!(markdown.lines().next().is_some_and(|line| line.contains(NOTICE)));
    assert!(markdown.lines().last().is_some_and(|line| line.contains(NOTICE)));
    assert_eq!(fs::read_to_string(run.folder.join("cases.txt")).expect("the list").lines().count(), cells);
    assert_eq!(run.file("results.jsonl").lines().count(), cells);
}

#[test]
fn a_cell_opens_what_the_token_may_and_the_settings_let_through() {
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2+24103", "--slots", "default,flag"]);
    let matrix = run.matrix();
    let outcome = |name: &str, slot: &str, who: &str| {
        let api = name.starts_with("API:");
        let name = name.trim_start_matches("API:");
        let found = matrix.all().find(|seen| {
            let this = seen.row.name == name && (seen.row.kind.name() == "api-method") == api;
            this && seen.slot.name == slot && seen.principal.name == who
        });
        found.unwrap_or_else(|| panic!("no cell {name} {slot} {who}")).observation.outcome
    };
    for (name, slot, who, expected) in [
        ("VisitsSummary.index", "default", "view", CellOutcome::Opened),
        ("VisitsSummary.index", "default", "write", CellOutcome::RefusedAtGate),
        ("VisitsSummary.index", "flag", "write", CellOutcome::Opened),
        ("VisitsSummary.index", "flag", "super", CellOutcome::RefusedAtGate),
        ("VisitsSummary.index", "default", "anonymous", CellOutcome::NotAuthenticated),
        ("VisitsSummary.index", "default", "no-access", CellOutcome::NoRight),
        ("Widgetize.iframe", "default", "view", CellOutcome::Opened),
        ("Widgetize.iframe", "default", "admin", CellOutcome::RefusedAtGate),
        ("Dashboard.saveLayout", "flag", "write", CellOutcome::LetThrough),
        ("API:SitesManager.getSitesIdWithAtLeastViewAccess", "default", "super", CellOutcome::Opened),
        ("API:VisitsSummary.get", "default", "no-access", CellOutcome::NoRight),
    ] {
        assert_eq!(outcome(name, slot, who), expected, "{name} {slot} {who}");
    }
}

#[test]
fn a_planted_fault_is_a_leak_in_every_report_and_ends_with_2() {
    let work = tempfile::tempdir().expect("a folder");
    let args = ["--simulated=5.2", "--fault", "super-guard-gone", "--slots", "default", "--plugin", "VisitsSummary"];
    let run = Run::of(&work.path().join("out"), &args);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.out.contains("LEAK default/super/url/real/VisitsSummary.index"), "{}", run.out);
    let matrix = run.matrix();
    let leaks: Vec<String> = matrix.all().filter(|seen| seen.verdict == Verdict::Leak).map(|seen| seen.id()).collect();
    assert!(leaks.contains(&"default/super/url/real/VisitsSummary.index".to_owned()), "{leaks:?}");
    assert!(leaks.iter().all(|id| id.contains("/super/")), "{leaks:?}");
    assert_eq!((matrix.exit, matrix.totals.verdicts.leak), (2, leaks.len() as u64));
    for name in ["matrix.md", "matrix.csv", "matrix.html"] {
        assert!(run.file(name).contains("leak"), "{name}");
    }
    assert!(run.file("matrix.md").contains("| **leak** | `default/super/url/real/VisitsSummary.index` |"));
    let lockout = ["--simulated=5.2", "--fault", "flag-ignored", "--slots", "flag", "--plugin", "VisitsSummary"];
    let run = Run::of(&work.path().join("other"), &lockout);
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.matrix().totals.verdicts.lockout > 0);
}

#[test]
fn reports_are_made_again_from_the_json_alone_and_are_the_same() {
    let work = tempfile::tempdir().expect("a folder");
    let run =
        Run::of(&work.path().join("out"), &["--simulated=5.8", "--fault", "super-guard-gone", "--slots", "default", "--plugin", "Goals"]);
    let json = run.folder.join("matrix.json");
    let again = Run::of(&work.path().join("again"), &["--from", json.to_str().expect("a path")]);
    assert_eq!((run.code, again.code), (2, 2), "{}{}", again.out, again.err);
    for name in FILES {
        assert!(run.file(name) == again.file(name), "{name} differs");
    }
    assert!(
        again.err.lines().next().is_some_and(|line| line.contains(NOTICE))
            && again.out.lines().last().is_some_and(|line| line.contains(NOTICE))
    );
}

#[test]
fn what_is_no_matrix_is_a_mistake_in_use_that_is_explained() {
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2", "--slots", "default", "--plugin", "Login"]);
    let text = run.file("matrix.json");
    let file = work.path().join("given.json");
    for (given, says) in [
        ("{}".to_owned(), "it is no access matrix"),
        ("nonsense".to_owned(), "expected"),
        (text.replacen("\"schema\":1", "\"schema\":99", 1), "its schema is 99"),
        (text.replacen("\"cells\":[[0,", "\"cells\":[[999,", 1), "refers to nothing"),
        (text.replacen("\"cells\":[", "\"cells\":[null,", 1), "cells instead of"),
    ] {
        fs::write(&file, &given).expect("a file");
        let again = Run::of(&work.path().join("again"), &["--from", file.to_str().expect("a path")]);
        assert_eq!(again.code, 1, "{says}: {}{}", again.out, again.err);
        assert!(again.err.contains(says) && again.err.contains("given.json") && again.err.contains("hint:"), "{says}: {}", again.err);
    }
    for (args, says) in [
        (["--slots", "nowhere"], "list-even"),
        (["--principals", "nobody"], "no-access"),
        (["--plugin", "Nothing"], "endpoints"),
        (["--only", "nothing/at/all"], "--list"),
    ] {
        let mut all = vec!["--simulated=5.2"];
        all.extend(args);
        let run = Run::of(&work.path().join("out"), &all);
        assert_eq!(run.code, if args[0] == "--only" { 4 } else { 1 }, "{args:?}: {}", run.err);
        assert!(run.err.contains(says), "{args:?}: {}", run.err);
    }
}

#[test]
fn a_run_out_of_time_ends_with_3_and_its_reports_say_so() {
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2", "--time-limit", "0", "--plugin", "Goals"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    let matrix = run.matrix();
    assert!(!matrix.complete && matrix.totals.verdicts.not_run == matrix.totals.verdicts.cases);
    assert!(run.file("matrix.md").contains("The run ended early"));
}

#[test]
fn the_csv_is_read_back_by_a_library_and_has_a_line_for_each_cell() {
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2+24103"]);
    let matrix = run.matrix();
    let text = run.file("matrix.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().expect("a head").clone();
    let place = |name: &str| head.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}"));
    let (case, outcome, verdict, endpoint) = (place("case"), place("outcome"), place("verdict"), place("endpoint"));
    let lines: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("every line is as long as the head");
    assert_eq!(lines.len(), matrix.all().count());
    for (line, seen) in lines.iter().zip(matrix.all()) {
        assert_eq!((&line[case], &line[endpoint]), (seen.id().as_str(), seen.row.name.as_str()));
        assert_eq!((&line[outcome], &line[verdict]), (seen.observation.outcome.name(), seen.verdict.name()), "{}", seen.id());
    }
    assert_eq!(lines.iter().map(|line| line[case].to_owned()).collect::<BTreeSet<_>>().len(), lines.len(), "a case stands twice");
}

#[test]
fn the_tables_of_the_markdown_have_as_many_cells_in_each_line_as_in_their_head() {
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2", "--fault", "list-ignored"]);
    let mut head: Option<usize> = None;
    let mut tables = 0;
    for line in run.file("matrix.md").lines() {
        if !line.starts_with('|') {
            head = None;
            continue;
        }
        let cells = line.replace("\\|", "").matches('|').count();
        match head {
            None => {
                head = Some(cells);
                tables += 1;
            }
            Some(head) => assert_eq!(cells, head, "{line}"),
        }
    }
    assert!(tables > 20, "{tables} tables");
}

/// Tokens and cookies are 32 hexadecimal digits; the one that belongs to nobody is the only one that may be written.
fn tokens_in(text: &str) -> Vec<String> {
    let nobody = PRINCIPALS.iter().find(|who| who.name == "invalid").and_then(|who| who.token).expect("a token of nobody");
    let words = text.split(|letter: char| !letter.is_ascii_hexdigit());
    words.filter(|word| word.len() == 32 && *word != nobody).map(str::to_owned).collect()
}

#[test]
fn no_token_stands_in_any_file() {
    assert_eq!(tokens_in("a=00112233445566778899aabbccddeeff&").len(), 1, "the search finds tokens");
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=6.0", "--principals", "all", "--slots", "default,secure"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let mut files = 0;
    for entry in fs::read_dir(&run.folder).expect("the folder").flatten() {
        let text = fs::read_to_string(entry.path()).expect("a text");
        assert_eq!(tokens_in(&text), Vec::<String>::new(), "{}", entry.path().display());
        assert!(text.contains("view") || text.is_empty(), "{} is not what was meant to be searched", entry.path().display());
        files += 1;
    }
    assert!(files >= FILES.len() + 2, "{files} files");
    assert_eq!(tokens_in(&(run.out.clone() + &run.err)), Vec::<String>::new());
    assert!(run.file("matrix.json").contains("$TOKEN_SUPER_SCOPED_VIEW"), "tokens are named by what stands for them");
}

/// What is filled into the templates of the document is what the plan would have made of each case.
#[test]
fn the_id_and_the_curl_line_of_every_cell_are_those_of_its_case() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let environment = runtime.block_on(simulation::start("6.0", None)).expect("it starts");
    let catalogue = &environment.catalogue;
    let listed = Listed {
        endpoints: catalogue.own_endpoints().map(|(name, endpoint)| (name.clone(), endpoint.kind, 0)).collect(),
        methods: catalogue.api_methods.iter().map(|name| (name.clone(), vec!["userEmail".to_owned()])).collect(),
    };
    let slots = environment.slots.iter().map(|served| served.slot.clone()).collect();
    let principals = PRINCIPALS.iter().filter(|who| principal(who.name).is_some()).collect();
    let choice = MatrixChoice { principals, plugins: BTreeSet::new(), filter: Filter::default() };
    let plan = MatrixPlan::new(&listed, slots, &choice);
    let matrix = MatrixRecord::new(&environment, &plan, String::new()).finish(Vec::new());
    let lines = |case: &_| (plan.plan.id(*case), curl_line(plan.plan.slot(*case).name, &plan.plan.request(*case)));
    let planned: BTreeSet<(String, String)> = plan.plan.cases.iter().map(lines).collect();
    let told: BTreeSet<(String, String)> = matrix.all().map(|seen| (seen.id(), seen.curl())).collect();
    assert!(planned.len() > 10_000, "{} cases", planned.len());
    assert_eq!(planned.symmetric_difference(&told).next(), None);
}
