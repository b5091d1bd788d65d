//! Says what the program is built from, and rebuilds when embedded PHP or scenarios change: the macro that embeds them cannot say so itself.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/matomo/assets");
    println!("cargo:rerun-if-changed=scenarios");
    // A development build would be made anew after each commit, and is seldom that of a commit.
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = if is_release { packaged().or_else(checked_out) } else { None };
    println!("cargo:rustc-env=CONFORMANCE_COMMIT={}", commit.as_deref().unwrap_or("development build"));
}

/// The commit that a published package was made of.
fn packaged() -> Option<String> {
    let text = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = text.split_once("\"sha1\": \"")?;
    Some(format!("commit {}", rest.get(..10)?))
}

/// The commit of the checkout, and whether it has changes of its own.
fn checked_out() -> Option<String> {
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    if Path::new(&log).exists() {
        println!("cargo:rerun-if-changed={log}");
    }
    let hash = git(&["rev-parse", "--short=10", "HEAD"])?;
    let is_changed = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some(format!("commit {hash}{}", if is_changed { " with changes" } else { "" }))
}

fn git(args: &[&str]) -> Option<String> {
    let done = Command::new("git").args(args).output().ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
}
