//! Live: a read-only tree, Ctrl-C, SIGKILL and `clean`, two trees at once, and settings that alternate.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::needs::{Test, a_tree, test};
use crate::support::{check, copy_of, processes_of, program, tree};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![
        test!(ctrl_c_stops_everything_and_writes_an_incomplete_result).needs(a_tree("5.2.0-b5")),
        test!(clean_removes_what_a_killed_run_left_and_spares_a_living_one).needs(a_tree("5.2.0-b5")),
        test!(a_read_only_tree_serves_and_no_tree_is_ever_written_to).needs(a_tree("5.2.0-b5")),
        test!(a_filter_that_matches_nothing_concludes_nothing).needs(a_tree("5.2.0-b5")),
    ]
}

/// Starts `check` with a temporary folder of its own, so that its processes can be told from others.
fn begin(tree: &Path, temporary: &Path, output: &Path) -> Child {
    let mut command = program();
    command.args(["check", "--source"]).arg(tree).arg("--output").arg(output).env("TMPDIR", temporary);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

fn wait_until(what: &str, limit: Duration, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + limit;
    while !done() {
        assert!(Instant::now() < end, "{what} did not happen within {} s", limit.as_secs());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Whether requests are under way.
fn requests_run(output: &Path) -> bool {
    std::fs::metadata(output.join("results.jsonl")).is_ok_and(|meta| meta.len() > 0)
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status().expect("kill starts");
    assert!(status.success());
}

fn ctrl_c_stops_everything_and_writes_an_incomplete_result() {
    let tree = tree("5.2.0-b5");
    let work = tempfile::tempdir().expect("a folder");
    let output = work.path().join("out");
    let mut child = begin(&tree, work.path(), &output);
    wait_until("the first result", Duration::from_secs(180), || requests_run(&output));
    signal(&child, "INT");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    let results: serde_json::Value = serde_json::from_slice(&std::fs::read(output.join("results.json")).expect("results")).expect("JSON");
    assert_eq!(results["complete"], false);
    assert_eq!(processes_of(work.path()), Vec::<String>::new());
    let left: Vec<_> = std::fs::read_dir(work.path())
        .expect("the folder")
        .flatten()
        .map(|entry| entry.file_name())
        .filter(|name| name.to_string_lossy().starts_with("matomo-conformance-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

fn clean_removes_what_a_killed_run_left_and_spares_a_living_one() {
    let tree = tree("5.2.0-b5");
    let work = tempfile::tempdir().expect("a folder");
    let (killed_out, living_out) = (work.path().join("killed"), work.path().join("living"));
    let mut killed = begin(&tree, work.path(), &killed_out);
    let mut living = begin(&tree, work.path(), &living_out);
    wait_until("requests of both", Duration::from_secs(240), || requests_run(&killed_out) && requests_run(&living_out));
    killed.kill().expect("it can be killed");
    killed.wait().expect("it ends");
    let before = processes_of(work.path()).len();
    let clean = |args: &[&str]| {
        let output = program().arg("clean").args(args).env("TMPDIR", work.path()).output().expect("the program starts");
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(clean(&["--dry-run"]).contains("would remove"));
    assert_eq!(processes_of(work.path()).len(), before, "a dry run stops nothing");
    assert!(clean(&[]).contains("removed"));
    wait_until("the end of the killed run's processes", Duration::from_secs(20), || processes_of(work.path()).len() <= before / 2 + 1);
    assert!(living.try_wait().expect("it can be asked").is_none(), "the living run was not spared");
    assert!(clean(&[]).contains("nothing was left behind"));
    signal(&living, "TERM");
    assert_eq!(living.wait().expect("it ends").code(), Some(130));
    assert_eq!(processes_of(work.path()), Vec::<String>::new());
}

fn a_read_only_tree_serves_and_no_tree_is_ever_written_to() {
    let tree = tree("5.2.0-b5");
    let work = tempfile::tempdir().expect("a folder");
    let copy = work.path().join("tree");
    copy_of(&tree, &copy);
    // What a Matomo writes into its own document root may be there from elsewhere: without it a write shows.
    let status = Command::new("find").arg(&copy).args(["-name", ".htaccess", "-delete"]).status();
    assert!(status.expect("find starts").success());
    for file in ["tmp/empty", "favicon.ico", "robots.txt"] {
        let _ = std::fs::remove_file(copy.join(file));
    }
    let listing = |path: &Path| {
        let output = Command::new("find").arg(path).args(["-printf", "%p %s %T@ %m\n"]).output().expect("find starts");
        let mut lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let before = listing(&copy);
    let run = check(&copy, &work.path().join("out"), &["--only", "default/view/url/dry/C*", "--no-template"]);
    run.count_live("a tree that is watched");
    assert_eq!(run.code, 0, "{}\n{}", run.out, run.err);
    let after = listing(&copy);
    let new: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
    assert!(new.is_empty() && after.len() == before.len(), "the tree was written to: {new:?}");
}

fn a_filter_that_matches_nothing_concludes_nothing() {
    let tree = tree("5.2.0-b5");
    let work = tempfile::tempdir().expect("a folder");
    let run = check(&tree, &work.path().join("out"), &["--only", "nowhere/"]);
    assert_eq!(run.code, 4, "{}", run.err);
    assert!(run.err.contains("no case matches the filter"), "{}", run.err);
}
