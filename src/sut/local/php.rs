//! PHP: the interpreter, its extensions, scripts on the command line and the built-in server.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::process::{Group, find_program, run_to_end};
use crate::failure::{Failure, at};
use crate::sut::RunFolder;
use crate::sut::coverage;
use crate::sut::folders::write_private;
use crate::sut::php::{ABOUT, About, GUARDED_FUNCTIONS, SERVER_SETTINGS, SETTINGS};

/// A PHP interpreter that can run Matomo.
#[derive(Clone, Debug)]
pub struct Php {
    /// The program.
    pub program: PathBuf,
    /// Its version.
    pub version: String,
    /// Its extensions, in lower case.
    pub extensions: Vec<String>,
}

impl Php {
    /// Finds `php`, or takes the given one, and checks its extensions.
    pub fn find(given: Option<&str>) -> Result<Self, Failure> {
        let php = Self::find_any(given)?;
        let (names, packages) = php.about().missing();
        if !names.is_empty() {
            let lacks = format!("PHP {} ({}) lacks the extension {}", php.version, php.program.display(), names.join(", "));
            return Err(Failure::environment(lacks).hint(format!("Debian: apt install {}", packages.join(" "))));
        }
        Ok(php)
    }

    /// Finds `php` without asking for extensions.
    pub fn find_any(given: Option<&str>) -> Result<Self, Failure> {
        let name = given.unwrap_or("php");
        let program = find_program(name).ok_or_else(|| {
            Failure::environment(format!("no PHP found: looked for {name}")).hint(
                "install PHP 8 (Debian: apt install php-cli php-mysql php-mbstring php-xml php-gd php-curl), name one with --php, or use --runtime containers",
            )
        })?;
        let output = Command::new(&program).args(["-d", "display_errors=0", "-r", ABOUT]).output();
        let about = output.ok().and_then(|output| serde_json::from_slice::<About>(&output.stdout).ok());
        let about = about.ok_or_else(|| {
            Failure::environment(format!("{} does not answer as PHP does", program.display())).hint("name another one with --php")
        })?;
        Ok(Self { program, version: about.version, extensions: about.extensions })
    }

    /// Whether it can note which lines run.
    pub fn needs_coverage(&self) -> Result<(), Failure> {
        if self.extensions.iter().any(|known| known == coverage::EXTENSION) {
            return Ok(());
        }
        let minor: String = self.version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        let lacks = format!("PHP {} ({}) lacks the extension {}", self.version, self.program.display(), coverage::EXTENSION);
        Err(Failure::environment(lacks).hint(format!("Debian: apt install php{minor}-pcov; or leave out --coverage")))
    }

    fn about(&self) -> About {
        About { version: self.version.clone(), extensions: self.extensions.clone() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (key, value) in SETTINGS {
            command.arg("-d").arg(format!("{key}={value}"));
        }
        command
    }

    /// Whether a file compiles; PHP's own words where it does not.
    pub fn lint(&self, file: &Path) -> Result<(), String> {
        let output = Command::new(&self.program).args(["-n", "-d", "display_errors=1", "-l"]).arg(file).output();
        let output = output.map_err(|error| format!("PHP cannot be started: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Err(text.lines().find(|line| line.contains("rror")).unwrap_or("PHP does not compile it").to_owned())
    }

    /// Runs one of our scripts inside Matomo and reads its answer.
    #[expect(clippy::too_many_arguments, reason = "all of it is needed, and there is one caller")]
    pub async fn script<T: DeserializeOwned>(
        &self,
        name: &str,
        assets: &Path,
        tree: &Path,
        user: &Path,
        run: &RunFolder,
        input: Option<&str>,
        limit: Duration,
    ) -> Result<T, Failure> {
        let answer = run.path().join(format!("{name}.json"));
        write_private(&answer, "")?;
        let mut command = self.command();
        command.arg(assets.join(format!("{name}.php")));
        command.env("CONFORMANCE_TREE", tree).env("CONFORMANCE_USER_PATH", user).env("CONFORMANCE_ANSWER", &answer);
        run_to_end(name, &mut command, run, input, limit).await?;
        let text = std::fs::read(&answer).map_err(at(&answer, "read"))?;
        let _ = std::fs::remove_file(&answer);
        serde_json::from_slice(&text).map_err(|error| {
            Failure::environment(format!("{name}.php gave no readable answer: {error}"))
                .log(&run.path().join("logs").join(format!("{name}.log")))
        })
    }

    /// Starts the built-in server for a slot on a free port.
    pub fn serve(&self, server: &Serve<'_>, run: &RunFolder) -> Result<(Group, u16), Failure> {
        let port = free_port()?;
        let mut command = self.command();
        let setting = |command: &mut Command, text: String| {
            command.arg("-d").arg(text);
        };
        setting(&mut command, format!("auto_prepend_file={}", server.assets.join("prepend.php").display()));
        for (key, value) in SERVER_SETTINGS {
            setting(&mut command, format!("{key}={value}"));
        }
        if server.guarded {
            setting(&mut command, format!("disable_functions={GUARDED_FUNCTIONS}"));
        }
        if server.edited {
            setting(&mut command, "opcache.validate_timestamps=1".to_owned());
            setting(&mut command, "opcache.revalidate_freq=0".to_owned());
        }
        if let Some(folder) = server.opcache {
            setting(&mut command, format!("opcache.file_cache={}", folder.display()));
        }
        setting(&mut command, format!("opcache.blacklist_filename={}", server.uncached.display()));
        if let Some(folder) = server.coverage {
            for text in coverage::settings(server.tree) {
                setting(&mut command, text);
            }
            command.env("CONFORMANCE_COVERAGE", folder);
        }
        command.arg("-S").arg(format!("127.0.0.1:{port}")).arg("-t").arg(server.tree);
        command
            .env("CONFORMANCE_USER_PATH", server.user)
            .env("PHP_CLI_SERVER_WORKERS", server.workers.to_string())
            .current_dir(server.tree);
        let group = Group::spawn(&format!("php-{}", server.name), &mut command, run)?;
        Ok((group, port))
    }
}

/// What the built-in server serves.
#[derive(Clone, Copy, Debug)]
pub struct Serve<'a> {
    /// Name of the slot.
    pub name: &'a str,
    /// Source tree.
    pub tree: &'a Path,
    /// User directory of the slot.
    pub user: &'a Path,
    /// Our PHP files.
    pub assets: &'a Path,
    /// Where compiled PHP is kept between runs.
    pub opcache: Option<&'a Path>,
    /// A list of files that are compiled anew for each request.
    pub uncached: &'a Path,
    /// The folder in which is noted which lines run.
    pub coverage: Option<&'a Path>,
    /// Whether any file may be edited meanwhile.
    pub edited: bool,
    /// Whether mails, processes and sockets are off.
    pub guarded: bool,
    /// Worker processes.
    pub workers: usize,
}

/// A port that is free right now. Somebody may still take it first, so who uses it has to be ready to try again.
fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| Failure::environment(format!("no free port on 127.0.0.1: {error}")))?;
    Ok(listener.local_addr().map_err(|error| Failure::environment(error.to_string()))?.port())
}
