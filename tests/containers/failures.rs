//! In containers: whatever goes wrong ends with 7, says what to do, and leaves nothing behind.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use crate::needs::{Test, a_base_image, an_engine, an_image_for_another_machine, test};
use crate::support::engine::{DATABASE, FOREIGN_IMAGE, docker, image, left_of, run_to_end};
use crate::support::program;

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![
        test!(an_absent_engine_is_said_with_the_way_out),
        test!(an_engine_that_says_nothing_is_given_up),
        test!(an_engine_on_another_machine_is_refused),
        test!(a_tree_without_vendor_is_refused_before_anything_starts),
        test!(a_registry_that_cannot_be_reached_is_said).needs(an_engine()),
        test!(an_image_that_its_registry_does_not_have_is_said).needs(an_engine()),
        test!(an_image_of_another_architecture_is_refused).needs(an_image_for_another_machine()),
        test!(a_database_that_never_gets_ready_is_given_up_with_its_last_words).needs(a_base_image()),
        test!(a_database_that_ends_is_noticed_at_once_with_its_last_words).needs(a_base_image()),
        test!(a_start_that_takes_too_long_leaves_nothing).needs(a_base_image()),
        test!(a_base_image_without_packages_fails_with_the_last_lines_of_the_build).needs(a_base_image()),
    ]
}

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

fn an_absent_engine_is_said_with_the_way_out() {
    fails(
        &[],
        |command| {
            command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
        },
        &["no container engine answers", "hint:", "--runtime local"],
    );
}

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

fn an_engine_on_another_machine_is_refused() {
    fails(
        &[],
        |command| {
            command.env("DOCKER_HOST", "ssh://build.example.org");
        },
        &["on another machine", "unset DOCKER_HOST"],
    );
}

fn a_tree_without_vendor_is_refused_before_anything_starts() {
    let remove = |command: &mut Command| {
        let tree = command.get_args().nth(4).expect("the tree").to_owned();
        std::fs::remove_dir_all(Path::new(&tree).join("vendor")).expect("vendor can be removed");
    };
    fails(&[], remove, &["has no vendor/autoload.php", "composer install"]);
}

fn a_registry_that_cannot_be_reached_is_said() {
    fails(&["--database", "127.0.0.1:1/mysql:8.4"], |_| (), &["127.0.0.1:1/mysql:8.4", "registry cannot be reached", "docker/README.md"]);
}

fn an_image_that_its_registry_does_not_have_is_said() {
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

fn an_image_of_another_architecture_is_refused() {
    fails(&["--database", FOREIGN_IMAGE], |_| (), &["is made for s390x", "docker image rm", "DOCKER_DEFAULT_PLATFORM"]);
}

fn a_database_that_never_gets_ready_is_given_up_with_its_last_words() {
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

fn a_database_that_ends_is_noticed_at_once_with_its_last_words() {
    image("conformance-test/mariadb:dead", "FROM debian:bookworm-slim\nENTRYPOINT [\"sh\", \"-c\", \"echo no room for tables; exit 3\"]\n");
    fails(&["--database", "conformance-test/mariadb:dead"], |_| (), &["the database container", "no room for tables"]);
}

fn a_start_that_takes_too_long_leaves_nothing() {
    fails(&["--database", DATABASE, "--start-limit", "0"], |_| (), &["did not", "--start-limit"]);
}

fn a_base_image_without_packages_fails_with_the_last_lines_of_the_build() {
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
