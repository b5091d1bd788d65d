//! Live: PHP and a database server on something that is no Matomo.

use std::fs;

use crate::needs::{Test, a_local_start, test};
use crate::support::{check, looks_like_matomo};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![test!(a_tree_that_does_not_boot_shows_the_last_lines_of_the_log).needs(a_local_start())]
}

fn a_tree_that_does_not_boot_shows_the_last_lines_of_the_log() {
    let tree = looks_like_matomo(true);
    fs::create_dir_all(tree.path().join("core")).expect("a folder");
    fs::write(tree.path().join("core/bootstrap.php"), "<?php fwrite(STDERR, 'it is broken on purpose'); exit(9);").expect("a file");
    let output = tempfile::tempdir().expect("a folder");
    let run = check(tree.path(), &output.path().join("out"), &[]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("it is broken on purpose") && run.err.contains("release"), "{}", run.err);
}
