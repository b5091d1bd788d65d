//! In containers: the same verdicts as with processes of this machine, case by case, also under Apache in an image like the official one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use matomo_conformance::model::Names;
use matomo_conformance::plan::slots;

use crate::needs::{Test, a_base_image, a_tree, test};
use crate::support::engine::{DATABASE, stand_in};
use crate::support::{Run, check, copy_of, program, rewrite, tree};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    let mut tests: Vec<Test> = ["5.2.0-b5+24103", "4.15.1", "5.3.0-alpha+5.8", "5.3.0-alpha+6.0"]
        .into_iter()
        .map(|name| {
            test!(a_plugin_is_swept_in_containers_and_every_endpoint_of_it_asks_for_its_own_check, name, name)
                .needs(a_tree(name))
                .needs(a_base_image())
        })
        .collect();
    tests.extend([
        test!(a_broken_tree_in_containers_gets_the_same_verdicts_as_with_local_processes)
            .needs(a_tree("5.2.0-b5+24103"))
            .needs(a_base_image()),
        test!(all_slots_serve_at_once_under_apache_in_an_image_like_the_official_one).needs(a_tree("5.2.0-b5")).needs(a_base_image()),
    ]);
    tests
}

/// Every case that was compared with its verdict and the clause that decided.
fn verdicts(output: &Path) -> BTreeMap<String, (String, String)> {
    let text = std::fs::read_to_string(output.join("results.jsonl")).expect("results");
    let text_of = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    text.lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .map(|result| (text_of(&result["case"]), (text_of(&result["verdict"]), text_of(&result["clause"]))))
        .collect()
}

/// Some of each: every slot and principal, dry and real, pages and the API.
const SOME: [&str; 6] = ["--only", "*/*/url/dry/VisitsSummary.index", "--only", "*/view/body/real/*", "--only", "default/*/*/*/API.get*"];

/// Both runs came to their end with this exit code, through all slots, and say the same of each case.
fn same(one: &Run, other: &Run, code: i32, outputs: [&Path; 2]) {
    let planned: BTreeSet<&str> = slots(&Names::default(), false).iter().map(|slot| slot.name).collect();
    for run in [one, other] {
        assert_eq!(run.code, code, "{}\n{}", run.out, run.err);
        assert_eq!(run.results["complete"], true);
        let met = run.results["coverage"]["dimensions"]["slot"].as_object().expect("slots");
        assert_eq!(met.keys().map(String::as_str).collect::<BTreeSet<_>>(), planned, "{}", run.results["coverage"]);
    }
    let [first, second] = outputs.map(verdicts);
    assert!(first.len() > 200, "only {} cases", first.len());
    assert_eq!(first.len() as u64, one.total("cases"));
    let differing: Vec<_> = first.iter().filter(|(case, verdict)| second.get(*case) != Some(verdict)).collect();
    assert!(differing.is_empty() && first.len() == second.len(), "{} and {} cases; {differing:?}", first.len(), second.len());
    assert_eq!(one.results["totals"], other.results["totals"]);
    assert_eq!(one.results["clauses"], other.results["clauses"]);
    assert_eq!(one.results["target"]["features"], other.results["target"]["features"]);
}

fn a_broken_tree_in_containers_gets_the_same_verdicts_as_with_local_processes() {
    let clean = tree("5.2.0-b5+24103");
    let work = tempfile::tempdir().expect("a folder");
    // On a tree that keeps all rules two runtimes that saw nothing at all would agree, too.
    let tree = work.path().join("tree");
    copy_of(&clean, &tree);
    rewrite(&tree, "core/API/Request.php", |text| text.replace("->hasSuperUserAccess()", "->hasSuperUserAccess() && false"));
    let (here, there) = (work.path().join("local"), work.path().join("containers"));
    let local = check(&tree, &here, &[&SOME[..], &["--no-template"]].concat());
    let inside = check(&tree, &there, &[&SOME[..], &["--runtime", "containers", "--database", DATABASE]].concat());
    same(&local, &inside, 2, [&here, &there]);
    assert!(inside.total("leak") > 0 && inside.total("agree") > 100, "{}", inside.results["totals"]);
    assert_eq!(inside.differences("leak"), local.differences("leak"));
    inside.count_live("a tree in containers");
    let phases = &inside.results["times"]["start_ms"];
    for phase in ["reach engine", "get database image", "get PHP image", "start containers", "wait for database", "provision", "start PHP"]
    {
        assert!(phases[phase].is_u64(), "{phase} is missing: {phases}");
    }
}

fn all_slots_serve_at_once_under_apache_in_an_image_like_the_official_one() {
    let tree = tree("5.2.0-b5");
    stand_in(&tree, "5.2.0-b5").expect("the stand-in is built");
    let work = tempfile::tempdir().expect("a folder");
    let (here, there) = (work.path().join("local"), work.path().join("containers"));
    let local = check(&tree, &here, &SOME);
    let mut command = program();
    command.args(["check", "--release", "5.2.0-b5", "--database", DATABASE, "--output"]).arg(&there).args(SOME);
    let inside = Run::of(command, &there);
    same(&local, &inside, 0, [&here, &there]);
    assert_eq!(inside.results["target"]["kind"], "release");
    inside.count_live("a release in containers");
}

fn a_plugin_is_swept_in_containers_and_every_endpoint_of_it_asks_for_its_own_check(name: &str) {
    let tree = tree(name);
    let work = tempfile::tempdir().expect("a folder");
    let output = work.path().join("out");
    let plugin = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plugins/ConformanceExample");
    let mut command = program();
    command.args(["check", "--runtime", "containers", "--database", DATABASE, "--own-checks", "--only-plugin", "ConformanceExample"]);
    command.args(["--only", "*/ConformanceExample.*", "--only", "default/*/url/dry/ConformanceProbe.need*"]);
    command.arg("--source").arg(&tree).arg("--plugin-dir").arg(&plugin).arg("--output").arg(&output);
    let run = Run::of(command, &output);
    assert_eq!(run.code, 0, "{}\n{}", run.out, run.err);
    assert!(run.total("agree") > 200, "{}", run.out);
    let brought = "its allowlist has ConformanceExample.embed (from plugins/ConformanceExample/config/config.php)";
    assert!(run.err.contains(brought), "{}", run.err);
    let text = std::fs::read_to_string(output.join("own-checks.json")).expect("own checks");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let outcome = |endpoint: &str, who: &str| {
        let rows = report["rows"].as_array().expect("rows").iter();
        let row =
            rows.clone().find(|row| row["endpoint"].to_string().contains(endpoint)).unwrap_or_else(|| panic!("no {endpoint}: {text}"));
        row["cells"][who]["outcome"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(outcome("ConformanceExample.forgetful", "anonymous"), "opened", "the action that forgets its check");
    assert_eq!(outcome("ConformanceExample.manage", "view"), "no-right");
    run.count_live(&format!("a plugin in containers on {name}"));
}
