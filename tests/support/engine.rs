//! Shared by the tests in containers: the engine, images built from Debian packages, and what is left in the engine.

#![allow(dead_code)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The database that is built from Debian packages, beside `debian:bookworm-slim` under PHP.
pub const DATABASE: &str = "matomo-conformance/mariadb:bookworm";

/// Runs docker and gives what it prints; what it complains of is given where it fails.
pub fn docker(args: &[&str]) -> Result<String, String> {
    let output = Command::new("docker").args(args).stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// Whether an engine answers; a line names what is skipped where none does.
pub fn engine(test: &str) -> bool {
    static ANSWERS: OnceLock<Result<String, String>> = OnceLock::new();
    let answers = ANSWERS.get_or_init(|| docker(&["version", "--format", "{{.Server.Version}}"]));
    if let Err(why) = answers {
        eprintln!("SKIPPED containers: {test}: no container engine answers: {why}");
    }
    answers.is_ok()
}

/// Makes sure of `debian:bookworm-slim`: on this machine, from a registry, or by debootstrap; a line names what is skipped without it.
pub fn base_image(test: &str) -> bool {
    static HAS: OnceLock<Result<(), String>> = OnceLock::new();
    if !engine(test) {
        return false;
    }
    let has = HAS.get_or_init(|| {
        let image = "debian:bookworm-slim";
        // Test programs run one after the other under cargo, and at once under nextest.
        let lock = std::fs::File::create(std::env::temp_dir().join("matomo-conformance-base.lock")).map_err(|error| error.to_string())?;
        fs4::fs_std::FileExt::lock_exclusive(&lock).map_err(|error| error.to_string())?;
        if docker(&["image", "inspect", image]).is_ok() || docker(&["pull", "-q", image]).is_ok() {
            return Ok(());
        }
        eprintln!("making {image} by docker/base, which takes minutes");
        let made = Command::new(root().join("docker/base")).arg("bookworm").output().map_err(|error| error.to_string())?;
        if made.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&made.stderr).trim().to_owned()) }
    });
    if let Err(why) = has {
        eprintln!("SKIPPED containers: {test}: debian:bookworm-slim can be neither pulled nor made: {why}");
    }
    has.is_ok()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Builds an image for a test from a Dockerfile's text, on the base image.
pub fn image(name: &str, dockerfile: &str) {
    let mut child = Command::new("docker")
        .args(["build", "-q", "--label", "org.matomo-conformance.image=test", "-t", name, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("docker starts");
    child.stdin.take().expect("a pipe").write_all(dockerfile.as_bytes()).expect("docker reads");
    let output = child.wait_with_output().expect("docker ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Builds the stand-in for the official image of a version from a tree, once.
pub fn stand_in(tree: &Path, version: &str) -> Result<(), String> {
    let image = format!("matomo:{version}-apache");
    let recipe: Vec<u8> = ["Dockerfile", "entrypoint.sh", "apache2-foreground"]
        .iter()
        .flat_map(|file| std::fs::read(root().join("tests/stand-in").join(file)).expect("the recipe is there"))
        .collect();
    let mark = format!("stand-in-{:x}", recipe.iter().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte))));
    let found = docker(&["image", "inspect", "--format", "{{index .Config.Labels \"org.matomo-conformance.image\"}}", &image]);
    if found.is_ok_and(|label| label == mark) {
        return Ok(());
    }
    let mut tar = Command::new("tar");
    tar.args(["-c", "--exclude=*/tests/*", "--transform"])
        .arg(format!("s,^{},matomo,", tree.file_name().unwrap_or_default().to_string_lossy().replace('.', "\\.")));
    tar.arg("-C").arg(tree.parent().expect("a folder")).arg(tree.file_name().expect("a name"));
    tar.arg("-C").arg(root().join("tests")).arg("stand-in");
    let mut tar = tar.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let context = tar.stdout.take().expect("a pipe");
    let built = Command::new("docker")
        .args(["build", "-q", "--network", "host", "--label", &format!("org.matomo-conformance.image={mark}"), "-t", &image])
        .args(["-f", "stand-in/Dockerfile", "-"])
        .stdin(context)
        .output()
        .map_err(|error| error.to_string())?;
    let _ = tar.wait();
    if built.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&built.stderr).into_owned()) }
}

/// Containers and networks of the run with this process id, one a line.
pub fn left_of(pid: u32) -> Vec<String> {
    let mut left = Vec::new();
    for kind in [["container", "ls", "-a"].as_slice(), ["network", "ls"].as_slice(), ["volume", "ls"].as_slice()] {
        let filter = ["--filter", "label=org.matomo-conformance.process", "--format", "{{.Label \"org.matomo-conformance.process\"}}"];
        let found = docker(&[kind, &filter].concat()).expect("the engine lists");
        left.extend(found.lines().filter(|line| line.starts_with(&format!("{pid}:"))).map(|line| format!("{} {line}", kind[0])));
    }
    left
}

/// The program with these arguments to its end, with its process id.
pub fn run_to_end(mut command: Command) -> (u32, Output) {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    (child.id(), child.wait_with_output().expect("it ends"))
}
