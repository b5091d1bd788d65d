//! What people and machines read, word for word: a change of it is looked at in the review of a pull request.
//!
//! `INSTA_UPDATE=always cargo test --test fast snapshots` writes the files anew.

use std::path::Path;

use clap::CommandFactory as _;
use regex::Regex;

use crate::support::program;

/// A subset that starts and ends at once.
const FEW: [&str; 2] = ["--only", "default/*/url/dry/VisitsSummary.*"];

/// What differs from run to run and from version to version, in the order in which it is replaced.
const CHANGES: [(&str, &str); 8] = [
    (r"\d{4}-\d\d-\d\d(T| )\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", "TIME"),
    (r"\d+ requests per second", "N requests per second"),
    (r"in \d+ s\b", "in N s"),
    (r#"time="[0-9.]+""#, r#"time="N""#),
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r#"(uuid|guid)"?[=:] ?"[^"]+""#, "$1 ID"),
    (r"\| \d+(\.\d+)? s \|", "| N s |"),
    (r"matomo-conformance \d+\.\d+\.\d+", "matomo-conformance VERSION"),
];

fn steady(text: &str, work: &Path) -> String {
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    let text = text.replace(&work.display().to_string(), "WORK").replace(&version, "\"VERSION\"");
    CHANGES.iter().fold(text, |text, (pattern, with)| Regex::new(pattern).expect("a pattern").replace_all(&text, *with).into_owned())
}

fn same(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

/// Runs `check` with every report, and holds the screen and the reports to what they were.
fn check(name: &str, code: i32, args: &[&str]) {
    let work = tempfile::tempdir().expect("a folder");
    let mut command = program();
    command.args(["check", "--simulated=5.2+24103"]).args(FEW).args(args).current_dir(work.path()).env("COLUMNS", "100");
    command.args(["--output", "out", "--junit", "junit.xml", "--sarif", "out.sarif", "--markdown", "out.md"]);
    let done = command.output().expect("the program starts");
    assert_eq!(done.status.code(), Some(code), "{}", String::from_utf8_lossy(&done.stderr));
    same(&format!("{name}_screen"), &steady(&String::from_utf8_lossy(&done.stdout), work.path()));
    for file in ["junit.xml", "out.sarif", "out.md"] {
        let text = std::fs::read_to_string(work.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        // One element a line, so that a review shows which one changed.
        let text = if file == "junit.xml" { text.replace("><", ">\n<") } else { text };
        same(&format!("{name}_{}", file.rsplit('.').next().unwrap_or(file)), &steady(&text, work.path()));
    }
}

#[test]
fn a_red_run_is_told_as_it_was() {
    check("red", 2, &["--fault", "super-guard-gone"]);
}

#[test]
fn a_run_without_a_difference_is_told_as_it_was() {
    check("green", 0, &[]);
}

#[test]
fn the_help_of_every_command_is_as_it_was() {
    let cli = matomo_conformance::cli::Cli::command();
    for command in cli.get_subcommands().filter(|command| command.get_name() != "help") {
        for (flag, kind) in [("-h", "short"), ("--help", "long")] {
            let done = program().args([command.get_name(), flag]).env("COLUMNS", "100").output().expect("the program starts");
            assert_eq!(done.status.code(), Some(0));
            let text = String::from_utf8_lossy(&done.stdout).into_owned();
            same(&format!("help_{}_{kind}", command.get_name()), &steady(&text, Path::new("/nowhere")));
        }
    }
}
