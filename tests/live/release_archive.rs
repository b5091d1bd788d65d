//! Live: a release that was fetched is unpacked, booted and checked.

use std::fs;

use crate::needs::{Test, a_local_start, a_tree, test};
use crate::support::release_server::{Published, Server, VERSION, archive, check, key, name, public, publish, signature};
use crate::support::tree;

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![
        test!(what_was_unpacked_is_booted).needs(a_local_start()),
        test!(a_fetched_release_is_checked_as_a_source_tree_is).needs(a_tree(VERSION)),
    ]
}

fn what_was_unpacked_is_booted() {
    let Published { server, work, key_file, .. } = publish(true);
    let run = check(work.path(), &server.url, VERSION, &["--release-key", &key_file]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("the unpacked tree was booted"), "{}", run.err);
}

fn a_fetched_release_is_checked_as_a_source_tree_is() {
    let tree = tree(VERSION);
    let (work, key, archive) = (tempfile::tempdir().expect("a folder"), key(), archive(&tree));
    let key_file = work.path().join("key.asc");
    fs::write(&key_file, public(&key)).expect("a file");
    let server = Server::start([(name(""), archive.clone()), (name(".asc"), signature(&key, false, &archive))]);
    server.state.lock().expect("nobody panicked").breaks = vec![archive.len() / 2];
    let key_file = key_file.to_string_lossy().into_owned();
    let run = check(work.path(), &server.url, VERSION, &["--release-key", &key_file, "--only", "default/view/url/dry/C*"]);
    run.count_live("a fetched release");
    assert_eq!(run.code, 0, "{}\n{}", run.out, run.err);
    assert_eq!(run.results["target"]["kind"], "release");
    assert_eq!(run.results["target"]["version"], VERSION);
}
