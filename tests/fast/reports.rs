//! Reports of a run, shards that are joined again, and two Matomos compared: all on the simulated target.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use crate::support::program;

/// A subset that starts, differs with most faults, and ends within a second or two.
const FEW: [&str; 4] = ["--only", "default/*/url/dry/VisitsSummary.*", "--only", "flag/*/url/dry/VisitsSummary.*"];

/// Runs the program in a folder: exit code, standard output, standard error.
fn run(work: &Path, args: &[&str]) -> (i32, String, String) {
    run_with(work, args, &[])
}

fn run_with(work: &Path, args: &[&str], environment: &[(&str, &str)]) -> (i32, String, String) {
    let output = program().args(args).current_dir(work).envs(environment.iter().copied()).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn few<'a>(start: &[&'a str]) -> Vec<&'a str> {
    start.iter().copied().chain(FEW).collect()
}

/// An element of XML with its attributes and what is in it.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    inside: Vec<Element>,
    text: String,
}

impl Element {
    fn number(&self, attribute: &str) -> usize {
        self.attributes[attribute].parse().unwrap_or_else(|_| panic!("{attribute} of {self:?}"))
    }

    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.inside.iter().filter(move |element| element.name == name)
    }
}

fn parse_xml(text: &str) -> Element {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    let element = |start: &quick_xml::events::BytesStart<'_>| Element {
        name: String::from_utf8(start.name().as_ref().to_vec()).expect("UTF-8"),
        attributes: start
            .attributes()
            .map(|attribute| {
                let attribute = attribute.expect("an attribute");
                let name = String::from_utf8(attribute.key.as_ref().to_vec()).expect("UTF-8");
                (name, String::from_utf8(attribute.value.to_vec()).expect("UTF-8"))
            })
            .collect(),
        ..Element::default()
    };
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) => open.push(element(&start)),
            Event::Empty(start) => open.last_mut().expect("an open element").inside.push(element(&start)),
            Event::End(_) => {
                let done = open.pop().expect("an open element");
                open.last_mut().expect("an open element").inside.push(done);
            }
            Event::CData(data) => open.last_mut().expect("an open element").text += &String::from_utf8_lossy(&data),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open.len(), 1, "every element is closed");
    open.remove(0).inside.into_iter().find(|element| element.name == "testsuites").expect("a root")
}

/// What the schema of Jenkins (junit-10.xsd) allows for an element: its attributes, those that are required, and what may be in it.
fn allowed(name: &str) -> (&'static [&'static str], &'static [&'static str], &'static [&'static str]) {
    match name {
        "testsuites" => (&["name", "time", "tests", "failures", "errors"], &[], &["testsuite"]),
        "testsuite" => (
            &["name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log"],
            &["name", "tests", "failures", "errors"],
            &["testsuite", "properties", "testcase", "system-out", "system-err"],
        ),
        "testcase" => (&["name", "time", "classname", "group"], &["name"], &["skipped", "error", "failure", "system-out", "system-err"]),
        "failure" | "error" | "skipped" => (&["type", "message"], &[], &[]),
        "system-out" => (&[], &[], &[]),
        other => panic!("{other} is no element of JUnit"),
    }
}

fn check_junit(element: &Element) {
    let (known, required, inside) = allowed(&element.name);
    for attribute in element.attributes.keys() {
        assert!(known.contains(&attribute.as_str()), "{} may not have {attribute}", element.name);
    }
    assert!(required.iter().all(|name| element.attributes.contains_key(*name)), "{element:?}");
    for child in &element.inside {
        assert!(inside.contains(&child.name.as_str()), "{} may not be in {}", child.name, element.name);
        check_junit(child);
    }
    if element.name == "testsuite" {
        let cases: Vec<&Element> = element.named("testcase").collect();
        let with = |kind: &str| cases.iter().filter(|case| case.named(kind).next().is_some()).count();
        assert_eq!(element.number("tests"), cases.len());
        assert_eq!(element.number("failures"), with("failure"));
        assert_eq!(element.number("errors"), with("error"));
        let names: BTreeSet<_> = cases.iter().map(|case| (&case.attributes["classname"], &case.attributes["name"])).collect();
        assert_eq!(names.len(), cases.len(), "two test cases have the same name");
    }
}

#[test]
fn a_run_writes_every_report_and_report_makes_the_same_of_its_results() {
    let work = tempfile::tempdir().expect("a folder");
    let reports = |folder: &str| ["junit.xml", "conformance.sarif", "page.md"].map(|name| format!("{folder}/{name}"));
    let (first, second) = (reports("first"), reports("second"));
    let written = ["--junit", &first[0], "--sarif", &first[1], "--markdown", &first[2]];
    let args = [&few(&["check", "--simulated=5.2+24103", "--fault", "super-guard-gone", "--output", "out"])[..], &written].concat();
    assert_eq!(run(work.path(), &args).0, 2);
    let again = ["report", "out", "--junit", &second[0], "--sarif", &second[1], "--markdown", &second[2]];
    let (code, text, err) = run(work.path(), &again);
    assert_eq!(code, 0, "{text}{err}");
    for (one, other) in first.iter().zip(&second) {
        assert_eq!(read(&work.path().join(one)), read(&work.path().join(other)), "{one}");
    }
    let (code, page, _) = run(work.path(), &["report", "out"]);
    assert_eq!((code, page.trim()), (0, read(&work.path().join(&first[2])).trim()));
    assert_eq!(run(work.path(), &["report", "out", "--exit-code"]).0, 2);
    assert!(page.contains("leak of `gate.superuser`") && page.contains("no real Matomo was tested"), "{page}");
    assert_eq!(run(work.path(), &["report", "nowhere"]).0, 1);
}

#[test]
fn the_junit_report_is_one_of_jenkins_with_a_failure_for_each_group_that_differs() {
    let work = tempfile::tempdir().expect("a folder");
    let args = few(&["check", "--simulated=5.2+24103", "--fault", "super-guard-gone", "--output", "out", "--junit", "junit.xml"]);
    assert_eq!(run(work.path(), &args).0, 2);
    let root = parse_xml(&read(&work.path().join("junit.xml")));
    check_junit(&root);
    let results = json(&work.path().join("out/results.json"));
    let differing: BTreeSet<String> = results["differences"]
        .as_array()
        .expect("differences")
        .iter()
        .map(|difference| difference["case"].as_str().expect("an id").splitn(5, '/').take(4).collect::<Vec<_>>().join("/"))
        .collect();
    let mut failed = BTreeSet::new();
    let mut cases = 0;
    for suite in root.named("testsuite").filter(|suite| suite.attributes["name"] != "run") {
        for case in suite.named("testcase") {
            cases += 1;
            if let Some(failure) = case.named("failure").next() {
                failed.insert(format!("{}/{}", case.attributes["classname"].replacen('.', "/", 1), case.attributes["name"]));
                assert_eq!(failure.attributes["type"], "leak");
                assert!(failure.text.contains("gate.superuser") && failure.text.contains("curl"), "{failure:?}");
            }
        }
    }
    assert!(!failed.is_empty());
    assert_eq!(failed, differing);
    assert_eq!(cases, results["groups"].as_object().expect("groups").len());
}

#[test]
fn what_was_not_run_is_skipped_with_a_reason_and_never_passes() {
    let work = tempfile::tempdir().expect("a folder");
    let args = few(&["check", "--simulated", "--time-limit", "0", "--output", "out", "--junit", "junit.xml"]);
    assert_eq!(run(work.path(), &args).0, 3);
    let root = parse_xml(&read(&work.path().join("junit.xml")));
    check_junit(&root);
    for suite in root.named("testsuite") {
        let cases: Vec<&Element> = suite.named("testcase").collect();
        if suite.attributes["name"] == "run" {
            let run = cases.iter().find(|case| case.attributes["name"] == "every planned case is run").expect("the case");
            assert_eq!(run.named("error").count(), 1);
            continue;
        }
        for case in cases {
            let skipped = case.named("skipped").next().unwrap_or_else(|| panic!("{case:?} passes"));
            assert!(skipped.attributes["message"].contains("time limit"), "{skipped:?}");
        }
    }
    assert_eq!(run(work.path(), &["report", "out", "--exit-code"]).0, 3);
}

#[test]
fn the_sarif_report_has_a_rule_for_each_clause_that_differs_at_its_file() {
    let work = tempfile::tempdir().expect("a folder");
    let args = few(&["check", "--simulated=5.2+24103", "--fault", "super-guard-gone", "--output", "out", "--sarif", "out.sarif"]);
    assert_eq!(run(work.path(), &args).0, 2);
    let sarif = json(&work.path().join("out.sarif"));
    assert_eq!(sarif["version"], "2.1.0");
    let found = &sarif["runs"][0];
    assert_eq!(found["invocations"][0]["exitCode"], 2);
    let rules = found["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = found["results"].as_array().expect("results");
    assert!(!results.is_empty());
    let mut cases = 0;
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small")];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["text"].as_str().is_some_and(|help| help.len() > 80), "{rule}");
        let id = result["ruleId"].as_str().expect("an id");
        let clause = id.parse::<matomo_conformance::model::ClauseId>().expect("a clause").clause();
        assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], clause.file);
        assert_eq!(result["level"], "error");
        cases += result["occurrenceCount"].as_u64().expect("a count");
    }
    assert_eq!(cases, json(&work.path().join("out/results.json"))["totals"]["leak"].as_u64().expect("a count"));
    let clean = few(&["check", "--simulated=5.2+24103", "--output", "clean", "--sarif", "clean.sarif"]);
    assert_eq!(run(work.path(), &clean).0, 0);
    assert_eq!(json(&work.path().join("clean.sarif"))["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn annotations_and_step_summary_are_written_in_github_actions_only() {
    let work = tempfile::tempdir().expect("a folder");
    let args = few(&["check", "--simulated=5.2+24103", "--fault", "super-guard-gone", "--output", "out"]);
    let summary = work.path().join("summary.md");
    let name = summary.to_str().expect("a path");
    fs::write(&summary, "of the step before\n").expect("a file");
    let (_, out, _) = run_with(work.path(), &args, &[("GITHUB_STEP_SUMMARY", name)]);
    assert!(!out.contains("::error"), "{out}");
    assert_eq!(read(&summary), "of the step before\n");
    let (code, out, _) = run_with(work.path(), &args, &[("GITHUB_STEP_SUMMARY", name), ("GITHUB_ACTIONS", "true")]);
    assert_eq!(code, 2);
    let annotation = out.lines().find(|line| line.starts_with("::error file=core/API/Request.php,line=1,title=leak of gate.superuser"));
    assert!(annotation.is_some_and(|line| line.contains("%0Aexpected")), "{out}");
    let page = read(&summary);
    assert!(page.starts_with("of the step before\n") && page.contains("leak of `gate.superuser`"), "{page}");
}

/// What may differ between two runs of the same plan.
fn without_times(path: &Path) -> Value {
    let mut results = json(path);
    results.as_object_mut().expect("an object").remove("times");
    results
}

#[test]
fn merged_shards_are_the_whole_run_byte_for_byte() {
    let work = tempfile::tempdir().expect("a folder");
    let entry = |case: &str| {
        format!(
            "[[known]]\ncase = \"{case}\"\nverdict = \"leak\"\nexpected = \"gate-super-user\"\nobserved = \"opened\"\nreason = \"r\"\nlink = \"l\"\n"
        )
    };
    let known = entry("default/super/url/dry/VisitsSummary.index") + &entry("default/view/url/dry/VisitsSummary.index");
    fs::write(work.path().join("known-differences.toml"), known).expect("a file");
    let check = |more: &[&str]| {
        let args = few(&["check", "--simulated=5.2+24103", "--fault", "super-guard-gone"]);
        run(work.path(), &[&args[..], more].concat())
    };
    let (whole, ..) = check(&["--output", "whole"]);
    for number in 1..=3 {
        let (code, out, err) = check(&["--shard", &format!("{number}/3"), "--output", &format!("shard-{number}")]);
        assert!(code == 2 || code == 0, "{out}{err}");
        assert!(out.contains(&format!("shard {number}/3 of ")), "{out}");
    }
    let (code, out, err) = run(work.path(), &["merge", "shard-3", "shard-1", "shard-2", "--output", "merged", "--junit", "junit.xml"]);
    assert_eq!(code, whole, "{out}{err}");
    for file in ["cases.txt", "results.jsonl"] {
        assert_eq!(read(&work.path().join("merged").join(file)), read(&work.path().join("whole").join(file)), "{file}");
    }
    assert_eq!(without_times(&work.path().join("merged/results.json")), without_times(&work.path().join("whole/results.json")));
    assert_eq!(json(&work.path().join("merged/results.json"))["known"].as_array().map(Vec::len), Some(1));
    check_junit(&parse_xml(&read(&work.path().join("junit.xml"))));
}

#[test]
fn no_clause_is_missed_by_a_shard_alone_and_all_are_decided_by_all_together() {
    let work = tempfile::tempdir().expect("a folder");
    for shard in ["1/2", "2/2"] {
        let folder = shard.replace('/', "-of-");
        let (code, out, err) = run(work.path(), &["check", "--simulated=5.8", "--shard", shard, "--output", &folder]);
        assert_eq!(code, 0, "{out}{err}");
    }
    let (code, out, err) = run(work.path(), &["merge", "1-of-2", "2-of-2", "--output", "merged"]);
    assert_eq!(code, 0, "{out}{err}");
    let merged = json(&work.path().join("merged/results.json"));
    assert_eq!((&merged["complete"], merged["undecided"].as_array().map(Vec::len)), (&Value::Bool(true), Some(0)));
    // What a shard did not decide is held against the merged result.
    let mut half = json(&work.path().join("1-of-2/results.json"));
    half["clauses"]["gate.superuser"]["held"] = 0.into();
    fs::write(work.path().join("1-of-2/results.json"), half.to_string()).expect("a file");
    let mut half = json(&work.path().join("2-of-2/results.json"));
    half["clauses"]["gate.superuser"]["held"] = 0.into();
    fs::write(work.path().join("2-of-2/results.json"), half.to_string()).expect("a file");
    let (code, out, err) = run(work.path(), &["merge", "1-of-2", "2-of-2", "--output", "merged"]);
    assert_eq!(code, 4, "{out}{err}");
    assert!(err.contains("gate.superuser"), "{err}");
}

#[test]
fn shards_that_are_missing_or_do_not_fit_are_never_green() {
    let work = tempfile::tempdir().expect("a folder");
    let check = |shard: &str, folder: &str, more: &[&str]| {
        let args = few(&["check", "--simulated=5.2", "--shard", shard, "--output", folder]);
        assert_eq!(run(work.path(), &[&args[..], more].concat()).0, 0);
    };
    check("1/2", "one", &[]);
    check("2/2", "two", &[]);
    check("2/2", "seeded", &["--seed", "9"]);
    check("2/2", "narrowed", &["--skip", "flag/"]);
    check("2/3", "of-three", &[]);
    let merge = |folders: &[&str]| run(work.path(), &[&["merge", "--output", "merged"], folders].concat());
    assert_eq!(merge(&["one", "two"]).0, 0);
    let (code, out, err) = merge(&["one"]);
    assert_eq!(code, 4, "{out}{err}");
    let merged = json(&work.path().join("merged/results.json"));
    assert_eq!(merged["complete"], false);
    assert!(merged["totals"]["not_run"].as_u64().is_some_and(|count| count > 0));
    for (folder, why) in [("seeded", "seed"), ("narrowed", "plan"), ("of-three", "shard"), ("one", "both shard")] {
        let (code, _, err) = merge(&["one", folder]);
        assert!(code == 1 && err.contains(why), "{folder}: {code} {err}");
    }
    fs::rename(work.path().join("two/results.json"), work.path().join("results.json")).expect("a rename");
    let (code, _, err) = merge(&["one", "two"]);
    assert!(code == 4 && err.contains("did not end"), "{code} {err}");
    fs::rename(work.path().join("results.json"), work.path().join("two/results.json")).expect("a rename");
    let journal = work.path().join("two/results.jsonl");
    let text = read(&journal);
    let (all_but_one, _) = text.trim_end().rsplit_once('\n').expect("lines");
    fs::write(&journal, format!("{all_but_one}\n")).expect("a file");
    let (code, _, err) = merge(&["one", "two"]);
    assert!(code == 1 && err.contains("results.jsonl has"), "{code} {err}");
    let (code, _, err) = run(work.path(), &["check", "--simulated", "--shard", "0/4"]);
    assert!(code == 1 && err.contains("counted from 1"), "{code} {err}");
}

#[test]
fn changed_files_narrow_the_sweep_and_nothing_else() {
    let work = tempfile::tempdir().expect("a folder");
    let list = |text: &str| {
        fs::write(work.path().join("changed"), text).expect("a file");
        let (code, out, err) = run(work.path(), &["check", "--simulated", "--changed-files", "changed", "--list"]);
        assert_eq!(code, 0, "{err}");
        out.lines().map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let (_, all, _) = run(work.path(), &["check", "--simulated", "--list"]);
    let all: BTreeSet<String> = all.lines().map(str::to_owned).collect();
    let none = list("README.md\n");
    let goals = list("plugins/Goals/Controller.php\n");
    assert!(none.len() < goals.len() && goals.len() < all.len(), "{} {} {}", none.len(), goals.len(), all.len());
    assert!(none.is_subset(&goals) && goals.is_subset(&all));
    assert_eq!(list("plugins/Goals/API.php\ncore/Access.php\n"), all);
    fs::write(work.path().join("changed"), "\n").expect("a file");
    let (code, _, err) = run(work.path(), &["check", "--simulated", "--changed-files", "changed"]);
    assert!(code == 1 && err.contains("names no changed file"), "{code} {err}");
    // The gate plan alone decides every clause both ways.
    fs::write(work.path().join("changed"), "README.md\n").expect("a file");
    let (code, out, err) = run(work.path(), &["check", "--simulated", "--changed-files", "changed", "--output", "out"]);
    assert_eq!(code, 0, "{out}{err}");
    let results = json(&work.path().join("out/results.json"));
    assert_eq!(results["plan"]["touched"]["plugins"], serde_json::json!([]));
    for (clause, count) in results["clauses"].as_object().expect("clauses").iter().filter(|(_, count)| count["strength"] == "MUST") {
        assert!(count["held"] != 0 || count["not_held"] != 0, "{clause} was never asked");
    }
}

fn compare(work: &Path, base: &str, head: &str, more: &[&str]) -> (i32, String, String) {
    let args = few(&["compare", "--base", base, "--head", head, "--output", "compared"]);
    run(work, &[&args[..], more].concat())
}

#[test]
fn the_same_matomo_twice_has_no_difference() {
    let work = tempfile::tempdir().expect("a folder");
    let (code, out, err) = compare(work.path(), "simulated:5.2", "simulated:5.2", &[]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("no difference") && out.contains("no real Matomo was tested"), "{out}");
    let compared = json(&work.path().join("compared/comparison.json"));
    assert!(compared["compared"].as_u64().is_some_and(|count| count > 10));
    // Results that are there are taken as they are, by folder or by file.
    let (code, out, err) = compare(work.path(), "compared/base", "compared.old/head/results.json", &[]);
    assert_eq!(code, 1, "{out}{err}");
    fs::rename(work.path().join("compared"), work.path().join("kept")).expect("a rename");
    let (code, out, err) = compare(work.path(), "kept/base", "kept/head/results.json", &[]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(compare(work.path(), "nowhere", "kept/head", &[]).0, 1);
}

#[test]
fn a_bug_is_what_was_opened_against_the_rules_and_can_be_expected() {
    let work = tempfile::tempdir().expect("a folder");
    let (base, head) = ("simulated:5.2+24103", "simulated:5.2+24103:super-guard-gone");
    let (code, out, err) = compare(work.path(), base, head, &[]);
    assert_eq!(code, 2, "{out}{err}");
    assert!(out.contains("OPENED") && out.contains("against head's rules (gate.superuser)"), "{out}");
    // What is against the rules comes before what they say.
    let order = |words: &str| out.find(words).unwrap_or(usize::MAX);
    assert!(order("cases, against the rules of the head") < order("cases, as the rules of the head say"), "{out}");
    let compared = json(&work.path().join("compared/comparison.json"));
    assert!(compared["totals"]["opened"].as_u64().is_some_and(|count| count > 0));
    for change in compared["changes"].as_array().expect("changes").iter().filter(|change| change["change"] == "opened") {
        assert!(change["group"].as_str().is_some_and(|group| group.contains("super")), "{change}");
        assert_eq!((&change["base"], &change["head"]), (&"gate-super-user".into(), &"opened".into()));
        assert_eq!(change["as_the_rules_of_head_say"], 0);
    }
    let page = read(&work.path().join("compared/comparison.md"));
    assert!(page.contains("### opened:") && page.contains("gate.superuser"), "{page}");
    let (code, out, _) = compare(work.path(), head, base, &[]);
    assert!(code == 2 && out.contains("CLOSED"), "{out}");
    // The guard is a canary of every run, and without it no answer proves anything, however much of it is expected.
    let entry = |outcome: &str| {
        format!(
            "[[known]]\ncase = \"*\"\nverdict = \"leak\"\nexpected = \"{outcome}\"\nobserved = \"opened\"\nreason = \"r\"\nlink = \"l\"\n"
        )
    };
    fs::write(work.path().join("expected.toml"), entry("gate-super-user")).expect("a file");
    let (code, out, _) = compare(work.path(), base, head, &["--expected-changes", "expected.toml"]);
    assert!(code == 4 && out.contains("canaries failed on head") && out.contains("known: default/super/"), "{code} {out}");
    // Another bug leaves the canaries alone: what its entry names is accepted, and anything else is not.
    let near = ["--only", "near/write/", "--skip", "near/*/?*", "--expected-changes", "expected.toml"];
    let head = "simulated:5.2+24103:list-case-insensitive";
    let (code, out, _) = compare(work.path(), base, head, &near);
    assert!(code == 2 && out.contains("OPENED"), "{code} {out}");
    fs::write(work.path().join("expected.toml"), entry("gate-some-write")).expect("a file");
    let (code, out, err) = compare(work.path(), base, head, &near);
    assert_eq!(code, 0, "{out}{err}");
    assert!(json(&work.path().join("compared/comparison.json"))["known"].as_array().is_some_and(|known| !known.is_empty()));
}

#[test]
fn what_a_release_opens_by_its_rules_is_told_from_a_bug() {
    let work = tempfile::tempdir().expect("a folder");
    let only = ["--only", "list-even/write/url/dry/"];
    let (code, out, err) = compare(work.path(), "simulated:5.2", "simulated:5.2+24103", &only);
    assert_eq!(code, 2, "{out}{err}");
    assert!(out.contains("feature allowlist: only in head"), "{out}");
    let compared = json(&work.path().join("compared/comparison.json"));
    let opened: Vec<&Value> = compared["changes"].as_array().expect("changes").iter().filter(|one| one["change"] == "opened").collect();
    assert!(!opened.is_empty());
    for change in opened {
        let endpoints = change["endpoints"].as_array().expect("endpoints");
        assert_eq!(change["as_the_rules_of_head_say"], endpoints.len());
        assert!(change["group"].as_str().is_some_and(|group| group.starts_with("list-even/")), "{change}");
    }
}

#[test]
fn endpoints_of_one_side_and_cases_that_were_not_run_are_named() {
    let work = tempfile::tempdir().expect("a folder");
    assert_eq!(compare(work.path(), "simulated:5.2", "simulated:5.2", &[]).0, 0);
    fs::rename(work.path().join("compared"), work.path().join("kept")).expect("a rename");
    let removed = "VisitsSummary.index";
    for file in ["cases.txt", "results.jsonl"] {
        let path = work.path().join("kept/base").join(file);
        let text = read(&path);
        let kept: Vec<&str> = text.lines().filter(|line| !line.contains(removed)).collect();
        fs::write(&path, kept.join("\n") + "\n").expect("a file");
    }
    let (code, out, err) = compare(work.path(), "kept/base", "kept/head", &[]);
    assert_eq!(code, 2, "{out}{err}");
    assert!(out.contains("NEW 1 endpoint") && out.contains(&format!("{removed}: opened by ")), "{out}");
    let new = &json(&work.path().join("compared/comparison.json"))["new_endpoints"];
    let by: Vec<&str> = new[removed]["opened_by"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
    assert!(by.contains(&"view") && !by.contains(&"write") && !by.contains(&"super"), "{by:?}");
    let (code, out, _) = compare(work.path(), "kept/head", "kept/base", &[]);
    assert!(code == 2 && out.contains("GONE 1 endpoint"), "{out}");
    let stopped = few(&["check", "--simulated=5.2", "--time-limit", "0", "--output", "stopped"]);
    assert_eq!(run(work.path(), &stopped).0, 3);
    let (code, out, _) = compare(work.path(), "kept/head", "stopped", &[]);
    assert!(code == 4 && out.contains("nothing was compared"), "{code} {out}");
}

#[test]
fn every_report_counts_what_results_json_has_no_room_for() {
    let work = tempfile::tempdir().expect("a folder");
    let written = ["--junit", "junit.xml", "--sarif", "out.sarif", "--markdown", "page.md", "--verbose", "--only", "*super*"];
    let args = [&["check", "--simulated=5.2+24103", "--fault", "super-guard-gone", "--output", "out"][..], &written].concat();
    let (code, out, err) = run(work.path(), &args);
    assert_eq!(code, 2, "{out}{err}");
    let results = json(&work.path().join("out/results.json"));
    let leaks = results["totals"]["leak"].as_u64().expect("a count");
    let kept = results["differences"].as_array().expect("differences");
    assert!(leaks > 2000 && kept.len() == 2000, "{leaks} leaks, {} kept", kept.len());
    assert_eq!(results["differences_left_out"], leaks - 2000);
    let counted: BTreeMap<String, u64> = results["differences_by_clause"]
        .as_array()
        .expect("counts")
        .iter()
        .map(|count| (count["clause"].as_str().expect("an id").to_owned(), count["cases"].as_u64().expect("a count")))
        .collect();
    assert_eq!(counted.values().sum::<u64>(), leaks);
    let sarif = json(&work.path().join("out.sarif"));
    let page = read(&work.path().join("page.md"));
    for found in sarif["runs"][0]["results"].as_array().expect("results") {
        let (clause, cases) = (found["ruleId"].as_str().expect("an id"), &counted[found["ruleId"].as_str().expect("an id")]);
        assert_eq!(found["occurrenceCount"], *cases);
        assert!(found["message"]["text"].as_str().is_some_and(|text| text.starts_with(&format!("leak in {cases} case"))), "{found}");
        assert!(page.contains(&format!("### leak of `{clause}`, {cases} case")), "{page}");
        assert!(*cases <= 3 || out.contains(&format!("… and {} more leaks of {clause}; all in results.jsonl", cases - 3)), "{out}");
    }
    assert!(!out.contains("results.json\n") && !read(&work.path().join("junit.xml")).contains("see results.json\n"));
    // Both files name the same clause.
    let settled: BTreeMap<&str, &str> =
        kept.iter().map(|one| (one["case"].as_str().expect("an id"), one["clause"].as_str().expect("a clause"))).collect();
    let journal = read(&work.path().join("out/results.jsonl"));
    let lines: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let both: Vec<&Value> = lines.iter().filter(|line| settled.contains_key(line["case"].as_str().expect("an id"))).collect();
    assert_eq!(both.len(), kept.iter().filter(|one| one["company"].is_null()).count());
    for line in both {
        assert_eq!(line["clause"], settled[line["case"].as_str().expect("an id")], "{line}");
    }
}

#[test]
fn no_output_shows_a_form_of_the_program_and_canaries_that_fail_of_a_leak_stand_below_it() {
    let work = tempfile::tempdir().expect("a folder");
    for fault in ["super-guard-gone", "expired-accepted", "list-case-insensitive"] {
        let written = ["--junit", "junit.xml", "--sarif", "out.sarif", "--markdown", "page.md", "--fault", fault, "--output", "out"];
        for more in [&[][..], &["--verbose"]] {
            let args =
                [&["check", "--simulated=5.2+24103", "--only", "default/*/url/dry/V*", "--only", "near/*/url/dry/V*"][..], &written, more];
            let (_, out, err) = run(work.path(), &args.concat());
            let mut all = vec![("stdout", out), ("stderr", err)];
            for file in ["junit.xml", "out.sarif", "page.md", "out/results.json", "out/results.jsonl"] {
                all.push((file, read(&work.path().join(file))));
            }
            for (name, text) in &all {
                for (at, _) in text.match_indices(" { ") {
                    let before = text[..at].chars().next_back();
                    assert!(!before.is_some_and(char::is_alphanumeric), "{fault}, {name}: …{}", &text[at.saturating_sub(60)..at + 3]);
                }
                assert!(!text.contains("Some(") && !text.contains("Reason::"), "{fault}, {name}");
            }
            if fault == "super-guard-gone" {
                let page = &all[4].1;
                let (differences, canaries) = (page.find("### leak of"), page.find("### Canaries that failed because of what differs"));
                assert!(differences.is_some() && canaries > differences, "{page}");
                assert!(!page.contains("What prevents a conclusion"), "{page}");
                assert!(all[1].1.contains("failed because of what differs"), "{}", all[1].1);
            }
        }
    }
}
