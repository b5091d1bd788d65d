//! Live: a database server that runs already is used for schemas of our own names only, and gets rid of them again.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::needs::{Test, a_program, a_tree, test};
use crate::support::{check, program, tree};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![
        test!(a_server_that_runs_already_keeps_nothing_of_a_run_and_loses_nothing)
            .needs(a_tree("5.2.0-b5"))
            .needs(a_program("mariadb-install-db")),
        test!(a_server_that_does_not_let_us_in_is_said_without_the_password).needs(a_tree("5.2.0-b5")),
    ]
}

/// A `MariaDB` server of the test's own, on a port of 127.0.0.1, with a user who may use names of ours only.
struct Server {
    child: Child,
    socket: std::path::PathBuf,
    port: u16,
}

impl Server {
    fn start(work: &Path) -> Self {
        let data = work.join("data");
        let mut install = Command::new("mariadb-install-db");
        install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
        install.arg(format!("--datadir={}", data.display())).args(as_root()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(install.status().is_ok_and(|status| status.success()), "no database can be installed");
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").port();
        let socket = work.join("s");
        let mut command = Command::new("/usr/sbin/mariadbd");
        command.arg("--no-defaults").arg(format!("--datadir={}", data.display())).arg(format!("--socket={}", socket.display()));
        command.arg(format!("--port={port}")).args(["--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0"]).args(as_root());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let server = Self { child, socket, port };
        let end = Instant::now() + Duration::from_secs(60);
        while server.ask("SELECT 1").is_none() {
            assert!(Instant::now() < end, "the server does not answer");
            std::thread::sleep(Duration::from_millis(100));
        }
        let setup = "CREATE DATABASE production; CREATE TABLE production.kept (id INT); INSERT INTO production.kept VALUES (7); \
                     CREATE USER ci@'%' IDENTIFIED BY 'p@ss/word'; GRANT ALL ON `matomo\\_conformance\\_%`.* TO ci@'%'; \
                     CREATE DATABASE matomo_conformance_of_somebody_else";
        server.ask(setup).expect("it obeys");
        server
    }

    fn ask(&self, statements: &str) -> Option<String> {
        let mut command = Command::new("mariadb");
        command.args(["--no-defaults", "-u", "root", "-N", "-e", statements]).arg(format!("--socket={}", self.socket.display()));
        let output = command.output().expect("the client starts");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn schemas(&self) -> String {
        self.ask("SHOW DATABASES").expect("a list")
    }

    fn url(&self) -> String {
        format!("mysql://ci:p%40ss%2Fword@127.0.0.1:{}/", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn as_root() -> Vec<&'static str> {
    if nix::unistd::geteuid().is_root() { vec!["--user=root"] } else { Vec::new() }
}

fn a_server_that_runs_already_keeps_nothing_of_a_run_and_loses_nothing() {
    let tree = tree("5.2.0-b5");
    let work = tempfile::tempdir().expect("a folder");
    let server = Server::start(work.path());
    let before = server.schemas();
    let run = check(&tree, &work.path().join("out"), &["--only", "*/view/url/dry/VisitsSummary.index", "--database-url", &server.url()]);
    run.count_live("a database that runs already");
    assert_eq!(run.code, 0, "{}\n{}", run.out, run.err);
    assert!(!run.err.contains("p@ss") && !run.err.contains("p%40ss"), "{}", run.err);
    assert_eq!(server.schemas(), before);

    // A server that is starting is waited for; a wrong password is said at once.
    let since = Instant::now();
    let wrong = check(&tree, &work.path().join("wrong"), &["--database-url", &server.url().replace("p%40ss", "wrong")]);
    assert!(wrong.code == 7 && wrong.err.contains("Access denied"), "{} {}", wrong.code, wrong.err);
    assert!(since.elapsed() < Duration::from_secs(40), "{:?}", since.elapsed());

    // Killed, it leaves its schemas, and `clean` drops these and no others.
    let temporary = work.path().join("killed");
    std::fs::create_dir(&temporary).expect("a folder");
    let mut command = program();
    command.args(["check", "--source"]).arg(&tree).arg("--output").arg(temporary.join("out")).env("TMPDIR", &temporary);
    command.env("MATOMO_CONFORMANCE_DATABASE_URL", server.url()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut killed = command.spawn().expect("the program starts");
    let end = Instant::now() + Duration::from_secs(300);
    while !std::fs::metadata(temporary.join("out/results.jsonl")).is_ok_and(|meta| meta.len() > 0) {
        assert!(Instant::now() < end, "no request was sent");
        std::thread::sleep(Duration::from_millis(50));
    }
    killed.kill().expect("it can be killed");
    killed.wait().expect("it ends");
    assert_eq!(server.schemas().lines().count(), before.lines().count() + 2);
    let clean = program().arg("clean").env("TMPDIR", &temporary).output().expect("the program starts");
    assert!(clean.status.success(), "{}", String::from_utf8_lossy(&clean.stderr));
    assert_eq!(server.schemas(), before);
    assert_eq!(server.ask("SELECT id FROM production.kept").as_deref(), Some("7\n"));
}

fn a_server_that_does_not_let_us_in_is_said_without_the_password() {
    let tree = tree("5.2.0-b5");
    let work = tempfile::tempdir().expect("a folder");
    let args = ["--start-limit", "1", "--database-url", "mysql://ci:secretive@127.0.0.1:1/"];
    let run = check(&tree, &work.path().join("out"), &args);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("the database server at 127.0.0.1:1") && run.err.contains("hint:"), "{}", run.err);
    assert!(!run.err.contains("secretive"), "{}", run.err);
}
