//! Shared by the tests in containers: the engine, images built from Debian packages, and what is left in the engine.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The database that is built from Debian packages, beside `debian:bookworm-slim` under PHP.
pub const DATABASE: &str = "matomo-conformance/mariadb:bookworm";

/// Runs docker and gives what it prints; what it complains of is given where it fails.
pub fn docker(args: &[&str]) -> Result<String, String> {
    let output = Command::new("docker").args(args).stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// Whether an engine answers.
pub fn answers() -> Result<(), String> {
    docker(&["version", "--format", "{{.Server.Version}}"]).map(|_| ()).map_err(|why| format!("no container engine answers: {why}"))
}

/// Makes sure of `debian:bookworm-slim`: on this machine, from a registry, or by debootstrap.
pub fn make_base_image() -> Result<(), String> {
    let image = "debian:bookworm-slim";
    answers()?;
    // Test programs run one after the other under cargo, and at once under nextest.
    let _lock = lock("base")?;
    if docker(&["image", "inspect", image]).is_ok() || docker(&["pull", "-q", image]).is_ok() {
        return Ok(());
    }
    eprintln!("making {image} by docker/base, which takes minutes");
    let made = Command::new(root().join("docker/base")).arg("bookworm").output().map_err(|error| error.to_string())?;
    let why = String::from_utf8_lossy(&made.stderr).trim().to_owned();
    if made.status.success() { Ok(()) } else { Err(format!("it can be neither pulled nor made: {why}")) }
}

/// Held by one test at a time, in whatever process it runs.
pub fn lock(name: &str) -> Result<std::fs::File, String> {
    let path = std::env::temp_dir().join(format!("matomo-conformance-{name}.lock"));
    let lock = std::fs::File::create(path).map_err(|error| error.to_string())?;
    fs4::fs_std::FileExt::lock_exclusive(&lock).map_err(|error| error.to_string())?;
    Ok(lock)
}

/// An image without content that says it is made for a mainframe.
pub const FOREIGN_IMAGE: &str = "conformance-test/mysql:foreign";

/// Gives the engine that image.
pub fn load_foreign_image() -> Result<(), String> {
    answers()?;
    let work = tempfile::tempdir().map_err(|error| error.to_string())?;
    let work = work.path();
    let layer = work.join("empty.tar");
    std::fs::write(&layer, [0; 1024]).map_err(|error| error.to_string())?;
    // The digest of 1,024 zero bytes, which is the archive of nothing.
    let digest = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
    let config = format!(
        r#"{{"architecture":"s390x","os":"linux","config":{{"Labels":{{"org.matomo-conformance.image":"test"}}}},"rootfs":{{"type":"layers","diff_ids":["sha256:{digest}"]}}}}"#
    );
    std::fs::write(work.join("config.json"), config).map_err(|error| error.to_string())?;
    let manifest = format!(r#"[{{"Config":"config.json","RepoTags":["{FOREIGN_IMAGE}"],"Layers":["empty.tar"]}}]"#);
    std::fs::write(work.join("manifest.json"), manifest).map_err(|error| error.to_string())?;
    let archive = work.join("image.tar");
    let packed =
        Command::new("tar").arg("-cf").arg(&archive).arg("-C").arg(work).args(["manifest.json", "config.json", "empty.tar"]).status();
    assert!(packed.is_ok_and(|status| status.success()), "tar packs");
    docker(&["load", "-q", "-i", &archive.to_string_lossy()]).map(|_| ()).map_err(|why| format!("none can be loaded: {why}"))
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
    // Where another test shares the files of this tree meanwhile, their number of links changes, but nothing that is packed.
    tar.args(["-c", "--warning=no-file-changed", "--exclude=*/tests/*", "--transform"])
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
    let packed = tar.wait().map_err(|error| error.to_string())?;
    if !built.status.success() {
        return Err(String::from_utf8_lossy(&built.stderr).into_owned());
    }
    // 1 is all that tar says of files that changed.
    if matches!(packed.code(), Some(0 | 1)) { Ok(()) } else { Err(format!("the tree could not be packed: {packed}")) }
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
