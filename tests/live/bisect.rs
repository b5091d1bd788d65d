//! Live: the commit that planted a bug is found in a repository of the test's own.

use std::fs;
use std::path::Path;

use crate::needs::{Test, a_program, a_tree, test};
use crate::support::{copy_of, count_cases, git, plant, program, rewrite, tree};

const TREE: &str = "5.2.0-b5";
const CASE: &str = "default/super/url/dry/VisitsSummary.index";

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![test!(the_commit_that_planted_a_bug_is_found_and_the_repository_left_as_it_was).needs(a_tree(TREE)).needs(a_program("git"))]
}

/// Commits everything but what is installed.
fn commit(folder: &Path, subject: &str) -> String {
    git(folder, &["add", "--all", "--force", "--", ".", ":!vendor", ":!tests", ":!tmp"]);
    git(folder, &["commit", "--quiet", "-m", subject]);
    git(folder, &["rev-parse", "HEAD"])
}

fn the_commit_that_planted_a_bug_is_found_and_the_repository_left_as_it_was() {
    let work = tempfile::tempdir().expect("a folder");
    let repository = work.path().join("matomo");
    copy_of(&tree(TREE), &repository);
    git(&repository, &["init", "--quiet"]);
    let note = |text: &str| fs::write(repository.join("NOTE"), text).expect("a file");
    let good = commit(&repository, "Everything");
    note("one");
    commit(&repository, "Write a note");
    // Wherever the search begins, it meets this one sooner or later, or does not need it.
    rewrite(&repository, "core/FrontController.php", |text| format!("{text}\n(("));
    commit(&repository, "Break everything");
    rewrite(&repository, "core/FrontController.php", |text| text.trim_end_matches("\n((").to_owned());
    let same = commit(&repository, "Mend it");
    let gate = "function checkTokenAuthIsNotLimited";
    assert!(plant(&repository, "core/API/Request.php", gate, "->hasSuperUserAccess()", "->hasSuperUserAccess() && false"));
    let planted = commit(&repository, "Plant a bug");
    note("two");
    commit(&repository, "Write another note");
    note("not committed");
    let state = || {
        ["rev-parse HEAD", "status --porcelain", "worktree list", "branch --all"]
            .map(|args| git(&repository, &args.split(' ').collect::<Vec<_>>()))
    };
    let before = state();
    let ask = |bad: &str| {
        let mut command = program();
        command.args(["bisect", CASE, "--good", &good, "--bad", bad, "--repository"]).arg(&repository).env("TMPDIR", work.path());
        let done = command.output().expect("the program starts");
        (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let (code, out, err) = ask("HEAD");
    eprintln!("{out}{err}");
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.starts_with(&planted) && out.contains(" Plant a bug\n"), "{out}");
    assert!(out.contains("before    refused: gate-super-user") && out.contains("since     refused: gate-some-write"), "{out}");
    assert!(out.contains("core/API/Request.php, checkTokenAuthIsNotLimited:") && out.contains("hasSuperUserAccess() && false"), "{out}");
    assert!(out.contains(&format!("matomo-conformance replay {CASE} --source ")), "{out}");
    let (code, out, err) = ask(&same);
    assert!(code == Some(1) && err.contains("answer the same: refused: gate-super-user"), "{code:?} {out}{err}");
    assert_eq!(state(), before, "the repository is as it was");
    assert!(!fs::read_dir(work.path()).expect("a folder").flatten().any(|entry| entry.file_name() != "matomo"), "nothing is left");
    count_cases("bisect", 4);
}
