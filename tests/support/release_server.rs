//! A web server with the archive of a release, its key and its signature, made for a test.

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

use super::{Run, program};

pub const VERSION: &str = "5.2.0-b5";

/// A web server with some files, which may break off.
pub struct Server {
    pub url: String,
    pub state: Arc<Mutex<State>>,
}

#[derive(Default)]
pub struct State {
    pub files: HashMap<String, Vec<u8>>,
    /// Bytes after which each of the next transfers of an archive breaks off.
    pub breaks: Vec<usize>,
    /// Path and first byte of every request.
    pub requests: Vec<(String, usize)>,
}

impl Server {
    pub fn start(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
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

    pub fn requests(&self, name: &str) -> Vec<usize> {
        let state = self.state.lock().expect("nobody panicked");
        state.requests.iter().filter(|(path, _)| path.trim_start_matches('/') == name).map(|(_, from)| *from).collect()
    }
}

pub fn answer(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
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
pub fn key() -> SignedSecretKey {
    let subkey = SubkeyParamsBuilder::default().key_type(KeyType::Ed25519Legacy).can_sign(true).build().expect("a subkey");
    let mut params = SecretKeyParamsBuilder::default();
    params.key_type(KeyType::Ed25519Legacy).can_certify(true).can_sign(true).primary_user_id("test".into()).subkeys(vec![subkey]);
    params.build().expect("parameters").generate(rand_for_pgp::thread_rng()).expect("a key")
}

pub fn public(key: &SignedSecretKey) -> Vec<u8> {
    SignedPublicKey::from(key.clone()).to_armored_bytes(ArmorOptions::default()).expect("an armoured key")
}

pub fn signature(key: &SignedSecretKey, by_subkey: bool, data: &[u8]) -> Vec<u8> {
    let (random, hash, none) = (rand_for_pgp::thread_rng(), HashAlgorithm::Sha256, Password::empty());
    let made = if by_subkey {
        DetachedSignature::sign_binary_data(random, &key.secret_subkeys[0].key, &none, hash, data)
    } else {
        DetachedSignature::sign_binary_data(random, &key.primary_key, &none, hash, data)
    };
    made.expect("a signature").to_armored_bytes(ArmorOptions::default()).expect("an armoured signature")
}

/// An archive as Matomo's are: everything below `matomo/`, and a file beside it.
pub fn archive(tree: &Path) -> Vec<u8> {
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
pub fn small_tree() -> tempfile::TempDir {
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
pub fn noise(count: usize) -> Vec<u8> {
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
pub fn check(work: &Path, url: &str, version: &str, more: &[&str]) -> Run {
    let output = work.join("out");
    let mut command = program();
    command.args(["check", "--runtime", "local", "--release", version, "--release-url", url, "--start-limit", "60", "--output"]);
    command.arg(&output).args(more).env("MATOMO_CONFORMANCE_CACHE", work.join("cache")).env("TMPDIR", work);
    Run::of(command, &output)
}

pub fn name(suffix: &str) -> String {
    format!("matomo-{VERSION}.tar.gz{suffix}")
}

/// Everything in the cache but locks.
pub fn cached(work: &Path) -> Vec<PathBuf> {
    let folders = ["cache/sources", "cache/downloads"].map(|folder| work.join(folder));
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()));
    entries.filter(|path| path.extension().is_none_or(|ext| ext != "lock")).collect()
}

/// The archive of a small tree with its key and signature on a server.
pub struct Published {
    pub archive: Vec<u8>,
    pub server: Server,
    pub work: tempfile::TempDir,
    pub key_file: String,
}

pub fn publish(by_subkey: bool) -> Published {
    let (work, key, archive) = (tempfile::tempdir().expect("a folder"), key(), archive(small_tree().path()));
    let key_file = work.path().join("key.asc");
    fs::write(&key_file, public(&key)).expect("a file");
    let server = Server::start([(name(""), archive.clone()), (name(".asc"), signature(&key, by_subkey, &archive))]);
    Published { archive, server, work, key_file: key_file.to_string_lossy().into_owned() }
}
