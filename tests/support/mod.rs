//! Shared by all tests: trees in the cache, the program, and the count of live cases compared.

#![allow(dead_code)]

pub mod engine;
pub mod matrix;
pub mod release_server;
pub mod serving;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The tree with this name in the cache, which a test that asks for it needs: `.needs(a_tree(NAME))`.
pub fn tree(name: &str) -> PathBuf {
    let path = path_of_tree(name);
    assert!(is_tree(&path), "there is no tree {}", path.display());
    path
}

/// Where the tree with this name is, or would be.
pub fn path_of_tree(name: &str) -> PathBuf {
    matomo_conformance::sut::cache_folder().join("sources").join(name)
}

/// Whether it is there as a whole.
pub fn is_tree(path: &Path) -> bool {
    path.join("vendor/autoload.php").is_file()
}

/// A program in one of the folders of `PATH`.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Git in a repository of the test's own; what it prints.
pub fn git(repository: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "gc.auto=0"]).args(args).current_dir(repository);
    let done = command.output().expect("git starts");
    assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
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

/// An access log of so many lines, made of the matrix's own requests: of those that an address says alone, and that change nothing.
pub fn matrix_log(lines: usize) -> String {
    use matomo_conformance::model::Method;
    use matomo_conformance::plan::{Plan, spared_request};
    let listed = program().args(["check", "--simulated=5.8", "--list"]).output().expect("the program starts");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let environment = runtime.block_on(matomo_conformance::sut::simulation::start("5.8", None)).expect("it starts");
    let slots: Vec<_> = environment.slots.iter().map(|served| served.slot.clone()).collect();
    let mut plan = Plan { slots, ..Plan::default() };
    let (mut seen, mut queries) = (std::collections::HashSet::new(), Vec::new());
    for id in String::from_utf8_lossy(&listed.stdout).lines() {
        let Ok(case) = plan.parse(id) else { continue };
        let request = plan.request(case);
        let is_bare =
            request.method == Method::Get && request.body.is_none() && request.authorization.is_none() && request.cookie.is_none();
        if is_bare && spared_request(&request).is_none() && seen.insert(request.query.clone()) {
            queries.push(request.query.replace('\\', "\\\\").replace('"', "\\\""));
        }
    }
    assert!(queries.len() > 2000, "{} different requests", queries.len());
    let line = |number: usize| {
        let query = &queries[if queries.len() >= lines { number * queries.len() / lines } else { number % queries.len() }];
        format!("192.0.2.1 - - [27/Nov/2026:13:00:00 +0000] \"GET /matomo/index.php?{query} HTTP/1.1\" 200 512 \"-\" \"-\"\n")
    };
    (0..lines).map(line).collect()
}

/// Runs the program to its end: what it came to, and the most memory that it had, in KiB.
pub fn with_peak(mut command: Command) -> (Output, u64) {
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let watching = std::thread::spawn(move || {
        let mut peak = 0;
        while let Ok(text) = std::fs::read_to_string(&status) {
            let Some(line) = text.lines().find_map(|line| line.strip_prefix("VmHWM:")) else { break };
            peak = line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(peak);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        peak
    });
    let output = child.wait_with_output().expect("it ends");
    (output, watching.join().expect("a number"))
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
    let Some(body) = body_with(&text, function, from) else { return false };
    rewrite(tree, file, |text| format!("{}{}", &text[..body], text[body..].replacen(from, to, 1)));
    true
}

/// Where the body of a function begins, if these words stand behind it.
pub fn body_with(text: &str, function: &str, words: &str) -> Option<usize> {
    let head = text.find(function)?;
    let body = head + text[head..].find('{')? + 1;
    text[body..].contains(words).then_some(body)
}

/// A folder that looks like a Matomo tree.
pub fn looks_like_matomo(vendor: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = vec!["index.php", "core/Version.php", "config/global.ini.php"];
    if vendor {
        files.push("vendor/autoload.php");
    }
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, "<?php\n").expect("a file");
    }
    folder
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
