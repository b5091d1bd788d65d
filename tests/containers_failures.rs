//! In containers: whatever goes wrong ends with 7, says what to do, and leaves nothing behind.

#[path = "support/engine.rs"]
mod engine;
mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use engine::{DATABASE, base_image, docker, engine, image, left_of, run_to_end};
use support::program;

/// A folder that looks enough like a tree for what fails before anything of it is run.
fn tree_of_a_kind(work: &Path) -> std::path::PathBuf {
    let tree = work.join("tree");
    for file in ["index.php", "core/Version.php", "config/global.ini.php", "vendor/autoload.php"] {
        let path = tree.join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, "<?php\n").expect("a file");
    }
    // Asked what it is, it answers for itself.
    let answer = r#"{"version": "5.2.0", "php": "", "plugins": [], "missing_plugins": [], "features": {}, "because": {}}"#;
    let boot = format!("<?php\nfile_put_contents(getenv('CONFORMANCE_ANSWER'), '{answer}');\nexit;\n");
    std::fs::write(tree.join("core/bootstrap.php"), boot).expect("a file");
    tree
}

/// Starts `check` in containers, and expects exit code 7 with these words and nothing left.
fn fails(args: &[&str], prepare: impl FnOnce(&mut Command), words: &[&str]) {
    let work = tempfile::tempdir().expect("a folder");
    let mut command = program();
    command.args(["check", "--runtime", "containers", "--source"]).arg(tree_of_a_kind(work.path()));
    command.args(args).arg("--output").arg(work.path().join("out")).env("TMPDIR", work.path());
    prepare(&mut command);
    let (pid, output) = run_to_end(command);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(7), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
    if docker(&["version"]).is_ok() {
        assert_eq!(left_of(pid), Vec::<String>::new());
    }
    let folders: Vec<_> = std::fs::read_dir(work.path()).expect("the folder").flatten().map(|entry| entry.file_name()).collect();
    assert!(folders.iter().all(|name| !name.to_string_lossy().starts_with("matomo-conformance-")), "{folders:?}");
}

#[test]
fn an_absent_engine_is_said_with_the_way_out() {
    fails(
        &[],
        |command| {
            command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
        },
        &["no container engine answers", "hint:", "--runtime local"],
    );
}

#[test]
fn an_engine_that_says_nothing_is_given_up() {
    let work = tempfile::tempdir().expect("a folder");
    let socket = work.path().join("mute.sock");
    let _mute = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    let host = format!("unix://{}", socket.display());
    fails(
        &[],
        |command| {
            command.env("DOCKER_HOST", host);
        },
        &["says nothing within 15 s", "hint:"],
    );
}

#[test]
fn an_engine_on_another_machine_is_refused() {
    fails(
        &[],
        |command| {
            command.env("DOCKER_HOST", "ssh://build.example.org");
        },
        &["on another machine", "unset DOCKER_HOST"],
    );
}

#[test]
fn a_tree_without_vendor_is_refused_before_anything_starts() {
    let remove = |command: &mut Command| {
        let tree = command.get_args().nth(4).expect("the tree").to_owned();
        std::fs::remove_dir_all(Path::new(&tree).join("vendor")).expect("vendor can be removed");
    };
    fails(&[], remove, &["has no vendor/autoload.php", "composer install"]);
}

#[test]
fn a_registry_that_cannot_be_reached_is_said() {
    if !engine("a registry that cannot be reached") {
        return;
    }
    fails(&["--database", "127.0.0.1:1/mysql:8.4"], |_| (), &["127.0.0.1:1/mysql:8.4", "registry cannot be reached", "docker/README.md"]);
}

#[test]
fn an_image_that_its_registry_does_not_have_is_said() {
    if !engine("an image that is not there") {
        return;
    }
    // A registry that has nothing: engines speak plain HTTP with those on this machine.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer_as_empty_registry(stream));
        }
    });
    let name = format!("127.0.0.1:{port}/mysql:8.4");
    fails(&["--database", &name], |_| (), &["there is no image", &name, "look the tag up"]);
}

fn answer_as_empty_registry(mut stream: std::net::TcpStream) {
    let mut request = [0; 4096];
    let length = stream.read(&mut request).unwrap_or_default();
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    let (status, body) = if request.split_whitespace().nth(1) == Some("/v2/") {
        ("200 OK", "{}")
    } else {
        ("404 Not Found", r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#)
    };
    let headers = format!("Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close", body.len());
    let _ = write!(stream, "HTTP/1.1 {status}\r\n{headers}\r\n\r\n{body}");
}

#[test]
fn an_image_of_another_architecture_is_refused() {
    if !engine("an image of another architecture") {
        return;
    }
    let work = tempfile::tempdir().expect("a folder");
    let name = "conformance-test/mysql:foreign";
    let foreign = foreign_image(work.path(), name);
    if let Err(why) = foreign {
        eprintln!("SKIPPED containers: an image of another architecture: none can be loaded: {why}");
        return;
    }
    fails(&["--database", name], |_| (), &["is made for s390x", "docker image rm", "DOCKER_DEFAULT_PLATFORM"]);
}

/// An image without content that says it is made for a mainframe.
fn foreign_image(work: &Path, name: &str) -> Result<(), String> {
    let layer = work.join("empty.tar");
    std::fs::write(&layer, [0; 1024]).map_err(|error| error.to_string())?;
    // The digest of 1,024 zero bytes, which is the archive of nothing.
    let digest = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
    let config = format!(
        r#"{{"architecture":"s390x","os":"linux","config":{{"Labels":{{"org.matomo-conformance.image":"test"}}}},"rootfs":{{"type":"layers","diff_ids":["sha256:{digest}"]}}}}"#
    );
    std::fs::write(work.join("config.json"), config).map_err(|error| error.to_string())?;
    let manifest = format!(r#"[{{"Config":"config.json","RepoTags":["{name}"],"Layers":["empty.tar"]}}]"#);
    std::fs::write(work.join("manifest.json"), manifest).map_err(|error| error.to_string())?;
    let archive = work.join("image.tar");
    let packed =
        Command::new("tar").arg("-cf").arg(&archive).arg("-C").arg(work).args(["manifest.json", "config.json", "empty.tar"]).status();
    assert!(packed.is_ok_and(|status| status.success()), "tar packs");
    docker(&["load", "-q", "-i", &archive.to_string_lossy()]).map(|_| ())
}

#[test]
fn a_database_that_never_gets_ready_is_given_up_with_its_last_words() {
    if !base_image("a database that never gets ready") {
        return;
    }
    image(
        "conformance-test/mysql:mute",
        "FROM debian:bookworm-slim\nENTRYPOINT [\"sh\", \"-c\", \"echo thinking about it; exec sleep infinity\"]\n",
    );
    fails(
        &["--database", "conformance-test/mysql:mute", "--start-limit", "8"],
        |_| (),
        &["the database was not ready within 8 s", "thinking about it", "--start-limit"],
    );
}

#[test]
fn a_database_that_ends_is_noticed_at_once_with_its_last_words() {
    if !base_image("a database that ends") {
        return;
    }
    image("conformance-test/mariadb:dead", "FROM debian:bookworm-slim\nENTRYPOINT [\"sh\", \"-c\", \"echo no room for tables; exit 3\"]\n");
    fails(&["--database", "conformance-test/mariadb:dead"], |_| (), &["the database container", "no room for tables"]);
}

#[test]
fn a_start_that_takes_too_long_leaves_nothing() {
    if !base_image("a start that takes too long") {
        return;
    }
    fails(&["--database", DATABASE, "--start-limit", "0"], |_| (), &["did not", "--start-limit"]);
}

#[test]
fn a_base_image_without_packages_fails_with_the_last_lines_of_the_build() {
    if !base_image("a base image without packages") {
        return;
    }
    image(
        "conformance-test/base:bare",
        "FROM debian:bookworm-slim\nRUN printf '#!/bin/sh\\necho no packages here; exit 9\\n' >/usr/local/bin/apt-get && chmod +x /usr/local/bin/apt-get\n",
    );
    let _ = docker(&["image", "rm", "matomo-conformance/php:conformance-test-base-bare"]);
    fails(
        &["--database", DATABASE, "--php-base", "conformance-test/base:bare"],
        |_| (),
        &["building matomo-conformance/php:conformance-test-base-bare", "no packages here", "docker/README.md"],
    );
}
