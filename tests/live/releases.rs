//! Known bugs on the tags that have them, and on the first ones that do not: named on the one, silent on the other, and
//! neither a false alarm.

use crate::needs::{Test, a_tree, test};
use crate::support::{check, tree};

/// A known bug, the last recorded tag that has it and the first that has it not, and the cases that show it.
struct Known {
    name: &'static str,
    issue: &'static str,
    affected: &'static str,
    mended: &'static str,
    only: &'static str,
}

const fn known(name: &'static str, issue: &'static str, [affected, mended]: [&'static str; 2], only: &'static str) -> Known {
    Known { name, issue, affected, mended, only }
}

static KNOWN: [Known; 5] = [
    known("Widgetize ignores the flag", "#16869", ["4.0.3", "4.0.4"], "flag/write/url/real/?module=Widgetize*"),
    known("error pages say 200", "#17206", ["4.0.4", "4.2.1"], "default/super/url/dry/CoreHome.index"),
    known("the session wins", "#17335", ["4.2.1", "4.3.0"], "default/view/cookie+url=super/*"),
    known("an array action is fatal", "#18706", ["4.6.2", "4.7.0"], "default/view/url/dry/?module=ConformanceProbe&action*"),
    known("API errors say 200", "#19813", ["4.15.1", "5.0.0"], "default/view/url/real/?module=API*"),
];

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    let mut tests = Vec::new();
    for known in &KNOWN {
        tests.push(test!(a_known_bug_is_named_where_it_is, known.name, known).needs(a_tree(known.affected)));
        tests.push(test!(a_known_bug_is_not_named_where_it_was_mended, known.name, known).needs(a_tree(known.mended)));
    }
    tests
}

/// Issues of the known bugs that are met in a tree, which has no difference beside them.
fn bugs_met(name: &str, only: &str) -> Vec<String> {
    let tree = tree(name);
    let work = tempfile::tempdir().expect("a temporary folder");
    let run = check(&tree, &work.path().join("output"), &["--verbose", "--only", only]);
    run.count_live(name);
    assert_eq!(run.code, 0, "{name}: {}\n{}", run.out, run.err);
    let bugs = run.results["bugs"].as_array().cloned().unwrap_or_default();
    let sources: Vec<String> = bugs.iter().filter_map(|bug| Some(bug["source"].as_str()?.to_owned())).collect();
    for source in &sources {
        assert!(run.out.contains(&format!("known bug {source}: ")), "{name} does not print {source}: {}", run.out);
    }
    sources
}

fn a_known_bug_is_named_where_it_is(known: &Known) {
    let sources = bugs_met(known.affected, known.only);
    let is_named = sources.iter().any(|source| source.contains(known.issue));
    assert!(is_named, "{} has {}, but {sources:?} were met", known.affected, known.issue);
}

fn a_known_bug_is_not_named_where_it_was_mended(known: &Known) {
    let sources = bugs_met(known.mended, known.only);
    let is_named = sources.iter().any(|source| source.contains(known.issue));
    assert!(!is_named, "{} was mended, but {sources:?} were met", known.mended);
}
