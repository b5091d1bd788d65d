//! The database server: `MariaDB` or `MySQL`, whichever is installed, on a Unix socket in the run's folder.

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::process::{Group, find_program, run_to_end};
use crate::failure::Failure;
use crate::matomo::Database;
use crate::sut::RunFolder;

/// The installed database server.
#[derive(Clone, Debug)]
pub struct DatabaseProgram {
    server: PathBuf,
    /// `mariadb-install-db`; `None` for `MySQL`, whose server initialises itself.
    installer: Option<PathBuf>,
    /// What the server says of its version.
    pub version: String,
}

/// How often a server is asked that does not greet.
const GREETINGS: usize = 4;

/// Sizes for a test of a minute: what is installed is copied at each start.
const SMALL: [&str; 3] = ["--innodb-log-file-size=8M", "--innodb-data-file-path=ibdata1:10M:autoextend", "--innodb-autoextend-increment=2"];

impl DatabaseProgram {
    /// Finds `mariadbd` or `mysqld`, or takes the given one.
    pub fn find(given: Option<&str>) -> Result<Self, Failure> {
        let candidates = given.map_or_else(|| vec!["mariadbd", "mysqld"], |given| vec![given]);
        let server = candidates.iter().find_map(|name| find_program(name)).ok_or_else(|| {
            Failure::environment(format!("no database server found: looked for {}", candidates.join(" and ")))
                .hint("install one (Debian: apt install mariadb-server), or use --runtime containers")
        })?;
        let output = Command::new(&server).arg("--version").output();
        let version = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
        if version.is_empty() {
            return Err(
                Failure::environment(format!("{} does not tell its version", server.display())).hint("is it a MariaDB or MySQL server?")
            );
        }
        let installer = if version.contains("MariaDB") {
            let found = find_program("mariadb-install-db").or_else(|| find_program("mysql_install_db"));
            Some(found.ok_or_else(|| {
                Failure::environment("mariadb-install-db is missing beside mariadbd").hint("install MariaDB's server package as a whole")
            })?)
        } else {
            None
        };
        Ok(Self { server, installer, version })
    }

    /// Makes an empty data directory.
    pub async fn install(&self, data: &Path, run: &RunFolder, limit: Duration) -> Result<(), Failure> {
        let mut command = match &self.installer {
            Some(installer) => {
                let mut command = Command::new(installer);
                command.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
                command
            }
            None => {
                let mut command = Command::new(&self.server);
                command.args(["--no-defaults", "--initialize-insecure"]);
                command
            }
        };
        as_root(&mut command);
        command.arg(format!("--datadir={}", data.display()));
        if self.installer.is_some() {
            command.args(SMALL);
        }
        own_temporary_folder(&mut command, run)?;
        run_to_end("install-database", &mut command, run, None, limit).await
    }

    /// Starts the server and waits until it greets.
    pub async fn start(&self, data: &Path, run: &RunFolder, limit: Duration) -> Result<RunningDatabase, Failure> {
        let socket = run.path().join("db.sock");
        let mut command = Command::new(&self.server);
        command.arg("--no-defaults").arg(format!("--datadir={}", data.display())).arg(format!("--socket={}", socket.display()));
        command.arg(format!("--pid-file={}", run.path().join("db.pid").display()));
        own_temporary_folder(&mut command, run)?;
        // Durability is worth nothing here, start and stop times are.
        command.args(["--skip-networking", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M"]);
        command.args(["--max-connections=400", "--performance-schema=OFF"]);
        if self.installer.is_some() {
            command.args(SMALL);
        } else {
            command.arg("--mysqlx=OFF");
        }
        as_root(&mut command);
        let group = Group::spawn("database", &mut command, run)?;
        let end = Instant::now() + limit;
        while !greets(&socket) {
            if let Some(status) = group.ended() {
                return Err(Failure::environment(format!("the database server ended with {status}")).log(&group.log));
            }
            if Instant::now() > end {
                let what = format!("the database server was not ready within {} s", limit.as_secs());
                return Err(Failure::environment(what).log(&group.log).hint("raise --start-limit on a slow machine"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(RunningDatabase { group, socket })
    }
}

/// A server that starts removes the temporary tables in its temporary folder, also those of others that share the folder.
fn own_temporary_folder(command: &mut Command, run: &RunFolder) -> Result<(), Failure> {
    command.arg(format!("--tmpdir={}", run.sub("db-tmp")?.display()));
    Ok(())
}

/// As root a server refuses to start unless it is told that this is meant.
fn as_root(command: &mut Command) {
    if nix::unistd::geteuid().is_root() {
        command.arg("--user=root");
    }
}

/// Whether a server speaks the protocol: its greeting starts with version 10.
fn greets(socket: &Path) -> bool {
    let Ok(mut stream) = UnixStream::connect(socket) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let mut greeting = [0; 5];
    stream.read_exact(&mut greeting).is_ok() && greeting[4] == 10
}

/// A database server that serves.
#[derive(Debug)]
pub struct RunningDatabase {
    group: Group,
    socket: PathBuf,
}

impl RunningDatabase {
    /// How PHP reaches it.
    pub fn connection(&self) -> Database {
        Database {
            socket: self.socket.display().to_string(),
            host: "127.0.0.1".to_owned(),
            port: 3306,
            user: "root".to_owned(),
            password: String::new(),
            schema: "matomo_conformance".to_owned(),
            anonymous_schema: "matomo_conformance_anonymous".to_owned(),
        }
    }

    /// Whether it runs and greets. A machine that is busy may keep it from greeting at once.
    pub async fn well(&self) -> Result<(), Failure> {
        for _ in 0..GREETINGS {
            if let Some(status) = self.group.ended() {
                return Err(Failure::environment(format!("the database server ended with {status}")).log(&self.group.log));
            }
            let socket = self.socket.clone();
            if tokio::task::spawn_blocking(move || greets(&socket)).await.unwrap_or(false) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err(Failure::environment("the database server runs, but does not answer").log(&self.group.log))
    }

    /// Ends it in order, so that its data directory can be copied.
    pub fn stop(mut self) {
        self.group.stop(Duration::from_secs(20));
    }
}
