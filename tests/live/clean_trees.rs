//! The default plan on clean trees: no difference, every endpoint for every principal, every MUST clause both ways.

use std::collections::BTreeSet;

use crate::needs::{Test, a_tree, test};
use crate::support::{check, count_cases, matrix_log, program, tree, with_peak};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![
        test!(the_release_before_the_allowlist_agrees_everywhere).needs(a_tree("5.2.0-b5")),
        test!(the_release_with_the_allowlist_agrees_everywhere).needs(a_tree("5.2.0-b5+24103")),
        test!(a_log_of_the_matrix_is_no_false_alarm).needs(a_tree("5.2.0-b5+24103")),
    ]
}

fn clean(name: &str) {
    let tree = tree(name);
    let work = tempfile::tempdir().expect("a temporary folder");
    let run = check(&tree, &work.path().join("output"), &[]);
    run.count_live(name);
    assert_eq!(run.code, 0, "{name}: {}\n{}", run.out, run.err);
    assert_eq!(run.total("agree"), run.total("cases"));
    assert_eq!(run.results["complete"], true);
    assert_eq!(run.results["coverage"]["zero"], serde_json::json!([]), "{name} has zero cells");
    // Every endpoint of the catalogue, for every principal that is no mere spelling.
    let cases = std::fs::read_to_string(work.path().join("output/cases.txt")).expect("the list of cases");
    let pairs: BTreeSet<(&str, &str)> = cases.lines().filter_map(|id| Some((id.split('/').nth(1)?, id.splitn(5, '/').nth(4)?))).collect();
    let endpoints: BTreeSet<&str> = pairs.iter().map(|(_, target)| *target).filter(|target| !target.starts_with('?')).collect();
    assert!(endpoints.len() > 300, "{name}: {} endpoints", endpoints.len());
    for who in
        ["anonymous", "invalid", "expired-super", "no-access", "view", "write", "admin", "mixed", "super", "secure-write", "secure-super"]
    {
        let missing: Vec<_> =
            endpoints.iter().filter(|endpoint| is_listed(endpoint, &cases) && !pairs.contains(&(who, **endpoint))).collect();
        assert!(missing.is_empty(), "{name}: {who} was not tried on {missing:?}");
    }
}

/// Alias rows are names too, but not of the catalogue: they are tried by few.
fn is_listed(endpoint: &str, cases: &str) -> bool {
    cases.contains(&format!("default/mixed/url/dry/{endpoint}\n"))
}

fn the_release_before_the_allowlist_agrees_everywhere() {
    clean("5.2.0-b5");
}

fn the_release_with_the_allowlist_agrees_everywhere() {
    clean("5.2.0-b5+24103");
}

/// As somebody asks before an upgrade: would these still open? Whatever the endpoint itself makes of it, nothing is called wrong.
fn a_log_of_the_matrix_is_no_false_alarm() {
    let tree = tree("5.2.0-b5+24103");
    let work = tempfile::tempdir().expect("a temporary folder");
    let log = work.path().join("access.log");
    std::fs::write(&log, matrix_log(5000)).expect("a file");
    let mut command = program();
    command.arg("replay").arg(&log).arg("--source").arg(&tree);
    let started = std::time::Instant::now();
    let (done, peak) = with_peak(command);
    let text = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert_eq!(done.status.code(), Some(0), "{text}");
    let different = text.lines().find_map(|line| line.strip_suffix(" different requests")?.rsplit(' ').next()?.parse().ok());
    count_cases("log of the matrix", different.unwrap_or_default());
    eprintln!("log: 5000 lines in {:.1} s, {peak} KiB", started.elapsed().as_secs_f32());
}
