//! What `serve` keeps for a test, here or in the background, and ends with it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::{Run, program};

/// A folder for a test; whatever is served in the background when it ends is ended, also where it fails.
pub struct Work(tempfile::TempDir);

impl Work {
    /// An empty one.
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = ours(self.path(), &["clean", "--detached"]).output();
    }
}

/// A temporary folder of its own, so that other runs on the machine are neither seen nor touched.
pub fn ours(work: &Path, args: &[&str]) -> Command {
    let mut command = program();
    command.args(args).env("TMPDIR", work).stdin(Stdio::null());
    command
}

pub fn output(work: &Path, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = ours(work, args).output().expect("the program starts");
    (status.code().unwrap_or(-1), String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned())
}

/// What a file of tokens exports.
pub fn exported(file: &Path, name: &str) -> String {
    let text = fs::read_to_string(file).expect("the file of tokens");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("export {name}='"))).unwrap_or_else(|| panic!("{name}"));
    line.trim_end_matches('\'').to_owned()
}

/// The whole answer to a GET request, or `None` where nobody listens.
pub fn get(url: &str, path: &str) -> Option<String> {
    let address = url.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").expect("it can be asked");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    Some(answer)
}

/// Folders of runs.
pub fn left(work: &Path) -> Vec<PathBuf> {
    let runs = fs::read_dir(work)
        .expect("the folder")
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("matomo-conformance-"));
    runs.flat_map(|entry| fs::read_dir(entry.path()).into_iter().flatten().flatten().map(|run| run.path())).collect()
}

/// An environment that `serve` keeps in the background for a test, and ends with it.
pub struct Serving {
    pub work: tempfile::TempDir,
    pub exports: BTreeMap<String, String>,
}

impl Serving {
    pub fn start(args: &[&str]) -> Self {
        let mut serving = Self { work: tempfile::tempdir().expect("a folder"), exports: BTreeMap::new() };
        let output =
            serving.command("serve", args).args(["--detach", "--tokens"]).arg(serving.tokens()).output().expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = fs::read_to_string(serving.tokens()).expect("the file of tokens");
        let pairs = text.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        serving.exports = pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned())).collect();
        serving
    }

    pub fn command(&self, name: &str, args: &[&str]) -> Command {
        let mut command = program();
        command.arg(name).args(args).env("TMPDIR", self.work.path());
        command
    }

    pub fn tokens(&self) -> PathBuf {
        self.work.path().join("tokens")
    }

    /// Checks a slot from outside, with all tokens.
    pub fn check(&self, slot: &str, args: &[&str]) -> Run {
        let output = self.work.path().join("out");
        let mut command = self.command("check", &["--url", &self.exports[slot]]);
        if !args.contains(&"--rate") {
            command.args(["--rate", "500"]);
        }
        command.arg("--output").arg(&output).arg("--tokens").arg(self.tokens()).args(args);
        let run = Run::of(command, &output);
        self.hides_tokens(&run, &output);
        run
    }

    pub fn hides_tokens(&self, run: &Run, output: &Path) {
        let files = ["cases.txt", "results.jsonl", "results.json"].map(|file| fs::read_to_string(output.join(file)).unwrap_or_default());
        let text = [run.out.as_str(), &run.err].into_iter().chain(files.iter().map(String::as_str)).collect::<String>();
        for (name, value) in self.exports.iter().filter(|(name, _)| name.starts_with("TOKEN_")) {
            assert!(!text.contains(value), "{name} is shown");
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.command("clean", &["--detached"]).output();
    }
}
