//! Live: the stories in `scenarios/`.

use matomo_conformance::plan::Scenario;

use crate::needs::{Test, a_tree, test};
use crate::support::{check, program, tree};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    let of = |name: &'static str| test!(the_stories_are_as_told_on_a_real_tree, name, name).needs(a_tree(name));
    ["5.2.0-b5+24103", "4.2.1"].map(of).into()
}

/// The stories alone, on the tree with the allowlist and on the last of those before #17335 was mended.
fn the_stories_are_as_told_on_a_real_tree(name: &str) {
    let tree = tree(name);
    let ids: Vec<String> = Scenario::embedded()
        .expect("they parse")
        .iter()
        .flat_map(|scenario| scenario.requests.iter().map(|told| told.case.clone()))
        .collect();
    // A pattern that takes nothing is a mistake, and a release has not every principal.
    let listed = program().arg("check").arg("--source").arg(&tree).arg("--list").output().expect("the program starts");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let ids: Vec<&String> = ids.iter().filter(|id| listed.lines().any(|line| line.starts_with(id.as_str()))).collect();
    let only: Vec<&str> = ids.iter().flat_map(|id| ["--only", id.as_str()]).collect();
    let work = tempfile::tempdir().expect("a folder");
    let run = check(&tree, &work.path().join("out"), &only);
    run.count_live(&format!("scenarios {name}"));
    assert_eq!(run.code, 0, "{name}: {}{}", run.out, run.err);
    let stories = run.results["scenarios"].as_object().expect("stories");
    assert!(stories.len() >= 12, "{name}: {}", stories.len());
    assert!(stories.values().all(|count| count["requests"] == count["as_told"]), "{name}: {stories:?}");
}
