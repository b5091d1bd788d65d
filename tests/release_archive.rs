//! `--release X.Y.Z --runtime local`: the archive is fetched from a server of the test's own, taken up where it broke off, and believed
//! only with its signature or checksum.

mod support;

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use pgp::composed::{
    ArmorOptions, DetachedSignature, KeyType, SecretKeyParamsBuilder, SignedPublicKey, SignedSecretKey, SubkeyParamsBuilder,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::types::Password;
use sha2::{Digest as _, Sha256};
use support::{Run, program, tree};

const VERSION: &str = "5.2.0-b5";

/// A web server with some files, which may break off.
struct Server {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    files: HashMap<String, Vec<u8>>,
    /// Bytes after which each of the next transfers of an archive breaks off.
    breaks: Vec<usize>,
    /// Path and first byte of every request.
    requests: Vec<(String, usize)>,
}

impl Server {
    fn start(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let state = Arc::new(Mutex::new(State { files: files.into_iter().collect(), ..State::default() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &shared);
            }
        });
        Self { url, state }
    }

    fn requests(&self, name: &str) -> Vec<usize> {
        let state = self.state.lock().expect("nobody panicked");
        state.requests.iter().filter(|(path, _)| path.trim_start_matches('/') == name).map(|(_, from)| *from).collect()
    }
}

fn answer(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut from = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(range) = header.to_lowercase().strip_prefix("range: bytes=") {
            from = range.trim().trim_end_matches('-').parse().unwrap_or_default();
        }
    }
    let mut state = state.lock().expect("nobody panicked");
    state.requests.push((path.clone(), from));
    let mut stream = stream;
    let Some(file) = state.files.get(path.trim_start_matches('/')).cloned() else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    let whole = file.len();
    let breaks = if path.ends_with(".tar.gz") && !state.breaks.is_empty() { Some(state.breaks.remove(0)) } else { None };
    drop(state);
    if from >= whole {
        let head = format!(
            "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */{whole}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        return stream.write_all(head.as_bytes());
    }
    let status =
        if from > 0 { format!("206 Partial Content\r\nContent-Range: bytes {from}-{}/{whole}", whole - 1) } else { "200 OK".to_owned() };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", whole - from)?;
    let end = breaks.map_or(whole, |count| (from + count).min(whole));
    stream.write_all(&file[from..end])
}

/// A key with a signing subkey.
fn key() -> SignedSecretKey {
    let subkey = SubkeyParamsBuilder::default().key_type(KeyType::Ed25519Legacy).can_sign(true).build().expect("a subkey");
    let mut params = SecretKeyParamsBuilder::default();
    params.key_type(KeyType::Ed25519Legacy).can_certify(true).can_sign(true).primary_user_id("test".into()).subkeys(vec![subkey]);
    params.build().expect("parameters").generate(rand_for_pgp::thread_rng()).expect("a key")
}

fn public(key: &SignedSecretKey) -> Vec<u8> {
    SignedPublicKey::from(key.clone()).to_armored_bytes(ArmorOptions::default()).expect("an armoured key")
}

fn signature(key: &SignedSecretKey, by_subkey: bool, data: &[u8]) -> Vec<u8> {
    let (random, hash, none) = (rand_for_pgp::thread_rng(), HashAlgorithm::Sha256, Password::empty());
    let made = if by_subkey {
        DetachedSignature::sign_binary_data(random, &key.secret_subkeys[0].key, &none, hash, data)
    } else {
        DetachedSignature::sign_binary_data(random, &key.primary_key, &none, hash, data)
    };
    made.expect("a signature").to_armored_bytes(ArmorOptions::default()).expect("an armoured signature")
}

/// An archive as Matomo's are: everything below `matomo/`, and a file beside it.
fn archive(tree: &Path) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    tar.follow_symlinks(false);
    tar.append_dir_all("matomo", tree).expect("the tree can be packed");
    let mut header = tar::Header::new_gnu();
    header.set_size(2);
    header.set_mode(0o644);
    header.set_cksum();
    tar.append_data(&mut header, "How to install Matomo.html", &b"so"[..]).expect("a file beside it");
    tar.into_inner().and_then(flate2::write::GzEncoder::finish).expect("an archive")
}

/// A tree that looks like Matomo's and says, when it is booted, that it was.
fn small_tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, text) in [
        ("index.php", "<?php\n"),
        ("core/Version.php", "<?php\n"),
        ("core/bootstrap.php", "<?php fwrite(STDERR, 'the unpacked tree was booted'); exit(9);"),
        ("config/global.ini.php", "\n"),
        ("vendor/autoload.php", "<?php\n"),
    ] {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    // So that it takes more than one piece to send.
    fs::write(folder.path().join("noise"), noise(300_000)).expect("a file");
    folder
}

/// Bytes that cannot be compressed.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// What `check` makes of a release with a cache of its own.
fn check(work: &Path, url: &str, version: &str, more: &[&str]) -> Run {
    let output = work.join("out");
    let mut command = program();
    command.args(["check", "--runtime", "local", "--release", version, "--release-url", url, "--start-limit", "60", "--output"]);
    command.arg(&output).args(more).env("MATOMO_CONFORMANCE_CACHE", work.join("cache")).env("TMPDIR", work);
    Run::of(command, &output)
}

fn name(suffix: &str) -> String {
    format!("matomo-{VERSION}.tar.gz{suffix}")
}

/// Everything in the cache but locks.
fn cached(work: &Path) -> Vec<PathBuf> {
    let folders = ["cache/sources", "cache/downloads"].map(|folder| work.join(folder));
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()));
    entries.filter(|path| path.extension().is_none_or(|ext| ext != "lock")).collect()
}

/// Whether PHP and a database server are here, without which nothing starts.
fn can_start() -> bool {
    program().args(["doctor", "--runtime", "local"]).output().is_ok_and(|output| output.status.success())
}

/// The archive of a small tree with its key and signature on a server.
struct Published {
    archive: Vec<u8>,
    server: Server,
    work: tempfile::TempDir,
    key_file: String,
}

fn publish(by_subkey: bool) -> Published {
    let (work, key, archive) = (tempfile::tempdir().expect("a folder"), key(), archive(small_tree().path()));
    let key_file = work.path().join("key.asc");
    fs::write(&key_file, public(&key)).expect("a file");
    let server = Server::start([(name(""), archive.clone()), (name(".asc"), signature(&key, by_subkey, &archive))]);
    Published { archive, server, work, key_file: key_file.to_string_lossy().into_owned() }
}

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
    if can_start() {
        assert!(run.err.contains("the unpacked tree was booted"), "{}", run.err);
    }
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

#[test]
fn a_fetched_release_is_checked_as_a_source_tree_is() {
    let Some(tree) = tree(VERSION) else { return };
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
