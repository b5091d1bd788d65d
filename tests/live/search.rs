//! Live: random requests, with random settings, and what they reach.

use std::path::Path;

use crate::needs::{Test, a_php_extension, a_tree, test};
use crate::support::{count_cases, program, tree};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![
        test!(a_search_on_a_real_tree_finds_nothing).needs(a_tree(TREE)),
        test!(a_search_with_coverage_names_the_lines_that_never_ran).needs(a_tree(TREE)).needs(a_php_extension("pcov")),
    ]
}

const TREE: &str = "5.2.0-b5+24103";

fn run(args: &[&str], folder: &Path) -> (i32, String) {
    let mut command = program();
    let done = command.args(args).current_dir(folder).output().expect("the program starts");
    (done.status.code().unwrap_or(-1), format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr)))
}

/// Random requests on a real tree, random settings included.
fn a_search_on_a_real_tree_finds_nothing() {
    let tree = tree(TREE);
    let work = tempfile::tempdir().expect("a folder");
    let (code, text) =
        run(&["search", "--source", tree.to_str().expect("a path"), "--cases", "600", "--seed", "9", "--corpus", "corpus"], work.path());
    assert_eq!(code, 0, "{text}");
    count_cases("search on 5.2.0-b5+24103", 600);
    assert!(text.contains("random settings, too"), "{text}");
}

/// With pcov the lines of the deciding functions are told, and the first request that runs one is kept.
fn a_search_with_coverage_names_the_lines_that_never_ran() {
    let tree = tree(TREE);
    let work = tempfile::tempdir().expect("a folder");
    let source = tree.to_str().expect("a path");
    let (code, text) =
        run(&["search", "--source", source, "--cases", "128", "--seed", "5", "--coverage", "--corpus", "corpus"], work.path());
    assert_eq!(code, 0, "{text}");
    count_cases("search with coverage on 5.2.0-b5+24103", 128);
    let results = std::fs::read(work.path().join("target/conformance-search/results.json")).expect("results");
    let results: serde_json::Value = serde_json::from_slice(&results).expect("JSON");
    let functions = results["lines"]["functions"].as_array().expect("functions");
    let gate = functions.iter().find(|function| function["function"] == "checkTokenAuthIsNotLimited").expect("the gate");
    // Whatever the seed: some token is let through and some is refused, so most of the gate has run, and not all of Matomo's ways to fail.
    assert!(gate["ran"].as_u64().is_some_and(|ran| ran >= 5), "{gate}");
    assert!(functions.iter().any(|function| !function["never"].as_array().expect("lines").is_empty()), "{text}");
    let kept = std::fs::read_dir(work.path().join("corpus")).expect("a corpus").flatten();
    let first = kept.filter(|file| std::fs::read_to_string(file.path()).is_ok_and(|text| text.starts_with("# first to run "))).count();
    assert!(first > 0, "no request is kept for a line: {text}");
}
