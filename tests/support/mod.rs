//! Shared by the live tests: trees in the cache, the program, and the count of live cases compared.

#![allow(dead_code)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The tree with this name in the cache, or `None` with a line that names what is skipped.
pub fn tree(name: &str) -> Option<PathBuf> {
    let path = matomo_conformance::sut::cache_folder().join("sources").join(name);
    if path.join("vendor/autoload.php").is_file() {
        return Some(path);
    }
    eprintln!("SKIPPED live: no tree {name} in the cache");
    None
}

/// A run of the program.
pub struct Run {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// `results.json`, where one was written.
    pub results: serde_json::Value,
}

/// Runs `check` on a tree with its output in a folder.
pub fn check(tree: &Path, output: &Path, args: &[&str]) -> Run {
    let mut command = program();
    command.arg("check").arg("--source").arg(tree).arg("--output").arg(output).args(args);
    Run::of(command, output)
}

/// The program, without the environment of whoever runs the tests.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matomo-conformance"));
    command.env_remove("CI").env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY");
    for (name, _) in std::env::vars_os() {
        let ours = name.to_string_lossy().starts_with("MATOMO_CONFORMANCE_");
        if ours && name != "MATOMO_CONFORMANCE_CACHE" {
            command.env_remove(name);
        }
    }
    command
}

impl Run {
    /// What a command does, with its results in a folder.
    pub fn of(mut command: Command, output: &Path) -> Self {
        let Output { status, stdout, stderr } = command.output().expect("the program starts");
        let results = std::fs::read(output.join("results.json")).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Self {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&stdout).into_owned(),
            err: String::from_utf8_lossy(&stderr).into_owned(),
            results: results.unwrap_or_default(),
        }
    }

    /// Differences with this verdict, as (case, clause).
    pub fn differences(&self, verdict: &str) -> Vec<(String, String)> {
        let all = self.results["differences"].as_array().cloned().unwrap_or_default();
        all.iter()
            .filter(|difference| difference["verdict"] == verdict)
            .map(|difference| (text(&difference["case"]), text(&difference["clause"])))
            .collect()
    }

    /// One of the totals.
    pub fn total(&self, name: &str) -> u64 {
        self.results["totals"][name].as_u64().unwrap_or(u64::MAX)
    }

    /// Adds the compared cases to the count that CI prints at its end.
    pub fn count_live(&self, name: &str) {
        let compared: u64 = ["agree", "leak", "lockout", "wrong_reason", "known"]
            .iter()
            .map(|kind| self.total(kind))
            .filter(|count| *count != u64::MAX)
            .sum();
        count_cases(name, compared);
    }
}

/// Adds cases to the count that CI prints at its end.
pub fn count_cases(name: &str, compared: u64) {
    eprintln!("live: {name}: {compared} cases compared");
    let Some(file) = std::env::var_os("MATOMO_CONFORMANCE_LIVE_COUNT") else { return };
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(file).expect("the count can be written");
    writeln!(file, "{} {compared}", name.replace(' ', "_")).expect("the count can be written");
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A copy of a tree that shares all files with it but those that are written anew.
pub fn copy_of(tree: &Path, to: &Path) {
    let status = Command::new("cp").arg("-al").arg(tree).arg(to).status().expect("cp starts");
    let copied = status.success() || Command::new("cp").arg("-a").arg(tree).arg(to).status().expect("cp starts").success();
    assert!(copied, "{} can be copied", tree.display());
}

/// Replaces a file in a copied tree; never writes through the shared one.
pub fn rewrite(tree: &Path, file: &str, change: impl Fn(&str) -> String) {
    let path = tree.join(file);
    let old = std::fs::read_to_string(&path).expect("the file is there");
    let new = change(&old);
    assert_ne!(old, new, "the change to {file} changes nothing");
    std::fs::remove_file(&path).expect("the shared file can be unlinked");
    std::fs::write(&path, new).expect("the file can be written");
}

/// Changes one function of a copied tree: the first `from` behind its head becomes `to`; an empty one stands at its beginning.
///
/// False where the tree has no such function or line.
pub fn plant(tree: &Path, file: &str, function: &str, from: &str, to: &str) -> bool {
    let text = std::fs::read_to_string(tree.join(file)).expect("the file is there");
    let Some(head) = text.find(function) else { return false };
    let body = head + text[head..].find('{').expect("a body") + 1;
    if !text[body..].contains(from) {
        return false;
    }
    rewrite(tree, file, |text| format!("{}{}", &text[..body], text[body..].replacen(from, to, 1)));
    true
}

/// Processes of ours that still run for a folder.
pub fn processes_of(folder: &Path) -> Vec<String> {
    let mark = folder.to_string_lossy().into_owned();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("/proc can be read").flatten() {
        let environ = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if String::from_utf8_lossy(&environ).contains(&mark) {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            if line.contains("php") || line.contains("mariadb") || line.contains("mysqld") {
                found.push(line);
            }
        }
    }
    found
}
