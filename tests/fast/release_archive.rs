//! `--release X.Y.Z --runtime local`: the archive is fetched from a server of the test's own, taken up where it broke off, and believed
//! only with its signature or checksum.

use std::fs;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use crate::support::release_server::{Published, VERSION, cached, check, key, name, publish, signature};

#[test]
fn an_interrupted_transfer_goes_on_where_it_ended_and_the_tree_is_used() {
    let Published { archive, server, work, key_file } = publish(true);
    let third = archive.len() / 3;
    server.state.lock().expect("nobody panicked").breaks = vec![third, third];
    let run = check(work.path(), &server.url, VERSION, &["--release-key", &key_file]);
    assert_eq!(server.requests(&name("")), vec![0, third, 2 * third], "{}", run.err);
    let tree = work.path().join("cache/sources").join(VERSION);
    assert_eq!(cached(work.path()), vec![tree.clone()], "nothing else is left");
    assert!(tree.join("core/Version.php").is_file() && fs::read(tree.join("noise")).expect("the file").len() == 300_000);
    assert_eq!(run.code, 7, "{}", run.err);
    // The second time nothing is asked for.
    check(work.path(), "http://127.0.0.1:1", VERSION, &[]);
    assert_eq!(server.requests(&name("")).len(), 3);
}

#[test]
fn what_a_run_could_not_finish_is_finished_by_the_next_one() {
    let Published { archive, server, work, key_file } = publish(false);
    server.state.lock().expect("nobody panicked").breaks = vec![1000, 0, 0, 0];
    let run = check(work.path(), &server.url, VERSION, &["--release-key", &key_file]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("1000 bytes are kept") && run.err.contains("run it again"), "{}", run.err);
    assert!(!work.path().join("cache/sources").join(VERSION).exists());
    check(work.path(), &server.url, VERSION, &["--release-key", &key_file]);
    assert_eq!(server.requests(&name("")), vec![0, 1000, 1000, 1000, 1000]);
    assert!(work.path().join("cache/sources").join(VERSION).is_dir());
    // A run that was killed between the last byte and the check has it all.
    fs::remove_dir_all(work.path().join("cache/sources")).expect("it can be removed");
    fs::write(work.path().join("cache/downloads").join(name(".part")), &archive).expect("a file");
    check(work.path(), &server.url, VERSION, &["--release-key", &key_file]);
    assert_eq!(server.requests(&name("")).last(), Some(&archive.len()));
    assert!(work.path().join("cache/sources").join(VERSION).is_dir());
}

#[test]
fn an_archive_with_one_byte_changed_is_refused_and_removed() {
    let Published { archive, server, work, key_file } = publish(false);
    let mut changed = archive.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    server.state.lock().expect("nobody panicked").files.insert(name(""), changed);
    let run = check(work.path(), &server.url, VERSION, &["--release-key", &key_file]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("is not what it must be, and was removed") && run.err.contains("no signature on it"), "{}", run.err);
    assert_eq!(cached(work.path()), Vec::<PathBuf>::new());
    // The wrong bytes are not the ones the next run goes on from.
    server.state.lock().expect("nobody panicked").files.insert(name(""), archive);
    check(work.path(), &server.url, VERSION, &["--release-key", &key_file]);
    assert!(work.path().join("cache/sources").join(VERSION).is_dir());
}

#[test]
fn a_signature_of_another_key_vouches_for_nothing() {
    let Published { archive, server, work, key_file } = publish(false);
    server.state.lock().expect("nobody panicked").files.insert(name(".asc"), signature(&key(), false, &archive));
    let run = check(work.path(), &server.url, VERSION, &["--release-key", &key_file]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("no signature on it"), "{}", run.err);
    assert_eq!(cached(work.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_key_of_the_server_counts_only_with_the_fingerprint_of_matomos() {
    let Published { server, work, key_file, .. } = publish(false);
    let run = check(work.path(), &server.url, VERSION, &[]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("signature.asc") && run.err.contains("--release-key"), "{}", run.err);
    server.state.lock().expect("nobody panicked").files.insert("signature.asc".to_owned(), fs::read(key_file).expect("the key"));
    let run = check(work.path(), &server.url, VERSION, &[]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("F529A27008477483777FC23D63BB30D0E5D2C749"), "{}", run.err);
    assert_eq!(server.requests(&name("")), Vec::<usize>::new(), "nothing is fetched that nobody vouches for");
}

#[test]
fn a_checksum_decides_without_a_signature() {
    let Published { archive, server, work, .. } = publish(false);
    let wrong = format!("sha256:{}", "0".repeat(64));
    let run = check(work.path(), &server.url, VERSION, &["--release-checksum", &wrong]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("its checksum is"), "{}", run.err);
    assert_eq!(cached(work.path()), Vec::<PathBuf>::new());
    let right = Sha256::digest(&archive).iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"));
    check(work.path(), &server.url, VERSION, &["--release-checksum", &right]);
    assert!(work.path().join("cache/sources").join(VERSION).is_dir());
    assert_eq!(server.requests(&name(".asc")), Vec::<usize>::new());
    let run = check(work.path(), &server.url, VERSION, &["--release-checksum", "sha256:12"]);
    assert_eq!(run.code, 1, "{}", run.err);
}

#[test]
fn a_release_that_does_not_exist_and_a_server_that_is_not_there_are_named() {
    let Published { server, work, key_file, .. } = publish(false);
    let run = check(work.path(), &server.url, "9.9.9", &["--release-key", &key_file]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("matomo-9.9.9.tar.gz.asc") && run.err.contains("was released"), "{}", run.err);
    let digits = format!("sha256:{}", "0".repeat(64));
    let run = check(work.path(), &server.url, "9.9.9", &["--release-checksum", &digits]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("matomo-9.9.9.tar.gz does not exist"), "{}", run.err);
    let run = check(work.path(), "http://127.0.0.1:1", VERSION, &["--release-key", &key_file]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("http://127.0.0.1:1/") && run.err.contains("hint:"), "{}", run.err);
    for (args, told) in [(["--release", "../../x"], "../../x"), (["--release-url", "ftp://nowhere"], "ftp://nowhere")] {
        let run =
            if args[0] == "--release" { check(work.path(), &server.url, args[1], &[]) } else { check(work.path(), args[1], VERSION, &[]) };
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(run.err.contains(told), "{}", run.err);
    }
    assert_eq!(cached(work.path()), Vec::<PathBuf>::new());
}
