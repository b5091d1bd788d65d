//! Containers as a runtime: scripts and servers inside of the PHP container, files through the folder both sides see.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use walkdir::WalkDir;

use super::apache;
use super::container::Container;
use super::engine::Engine;
use super::execution::Execution;
use super::lease::Lease;
use crate::failure::{Failure, at};
use crate::matomo::{Database, install_assets};
use crate::sut::folders::write_private;
use crate::sut::php::{ABOUT, About, GUARDED_FUNCTIONS, SERVER_SETTINGS, SETTINGS};
use crate::sut::runtime::{Runtime, SCRIPT_LIMITS, SlotFolder, has_room, workers_for};
use crate::sut::{GUARDED, Phases, Progress, Provisioned, RunFolder};

/// Where the folder of the run is mounted.
pub const SHARE_INSIDE: &str = "/conformance";
/// Where a source tree is mounted.
pub const TREE_INSIDE: &str = "/matomo";

/// Everything a run in containers started; fields are dropped in this order, and the lease removes the containers.
pub struct Containers {
    /// The container with PHP and Matomo.
    pub php: Container,
    /// The container with the database.
    pub database: Container,
    /// Name of their network.
    pub network: String,
    /// Folder of the tree inside.
    pub tree: &'static str,
    /// Whether it is the official image, which serves with Apache.
    pub official: bool,
    /// Whether PHP runs as a user who does not own the shared folder.
    pub open: bool,
    /// As whom PHP runs, as `UID:GID`.
    pub user: String,
    /// The database's password.
    pub password: String,
    /// Ports inside, one a slot.
    pub ports: Vec<u16>,
    /// How many of them serve.
    pub serving: usize,
    /// What PHP says of itself.
    pub about: Option<About>,
    /// Limit of each waiting phase.
    pub limit: Duration,
    /// Worker processes a slot.
    pub workers: usize,
    /// The folder that both sides see, on this machine.
    pub share: PathBuf,
    /// The engine.
    pub engine: Engine,
    /// Removes everything when dropped.
    pub _lease: Lease,
    /// The run's folder.
    pub _folder: RunFolder,
}

impl Containers {
    /// Sees that the container is up, that both sides see the same folder, and that its PHP can run Matomo.
    pub async fn check(&mut self) -> Result<(), Failure> {
        let end = Instant::now() + self.limit;
        while !self.share.join("up").exists() {
            let words = || self.engine.last_words(&self.php.id);
            if let Some(code) = self.engine.ended(&self.php).await? {
                let what = format!("the matomo container ended with {code} before it was up");
                return Err(Failure::environment(what).log_text("matomo", &words().await));
            }
            if Instant::now() > end {
                let what = format!("the matomo container did not write to {} within {} s", self.share.display(), self.limit.as_secs());
                return Err(Failure::environment(what)
                    .log_text("matomo", &words().await)
                    .hint("does the engine run on this machine, and may it mount the temporary folder? TMPDIR names another one"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        install_assets(&self.share.join("assets")).map_err(at(&self.share, "write to"))?;
        self.open_up()?;
        let mut about = self.execution("about", ["php", "-d", "display_errors=0", "-r", ABOUT]);
        "/".clone_into(&mut about.folder);
        let (code, said) = self.engine.run(&self.php, &about, self.limit).await?;
        let log = self.share.join("logs/about.log");
        let about: About = std::fs::read(&log).ok().and_then(|text| serde_json::from_slice(&text).ok()).ok_or_else(|| {
            Failure::environment(format!("PHP in the matomo container does not answer, it ended with {code}: {}", said.trim())).log(&log)
        })?;
        let (missing, _) = about.missing();
        if !missing.is_empty() {
            let what = format!("PHP {} in the matomo container lacks the extension {}", about.version, missing.join(", "));
            return Err(Failure::environment(what).hint("choose another base image with --php-base"));
        }
        self.about = Some(about);
        Ok(())
    }

    /// A path of the shared folder as it is inside.
    fn seen(&self, path: &Path) -> String {
        Path::new(SHARE_INSIDE).join(path.strip_prefix(&self.share).unwrap_or(path)).display().to_string()
    }

    fn execution<const N: usize>(&self, name: &str, command: [&str; N]) -> Execution {
        Execution {
            name: name.to_owned(),
            command: command.map(str::to_owned).into(),
            log: format!("{SHARE_INSIDE}/logs/{name}.log"),
            user: Some(self.user.clone()),
            folder: self.tree.to_owned(),
            ..Execution::default()
        }
    }

    /// Lets whoever PHP runs as read and write the shared folder. The folder around it is for its owner only.
    fn open_up(&self) -> Result<(), Failure> {
        if !self.open {
            return Ok(());
        }
        for entry in WalkDir::new(&self.share).into_iter().flatten() {
            let mode = if entry.file_type().is_dir() { 0o777 } else { 0o666 };
            // What that user made itself needs no opening, and may not be ours to open.
            let ours = std::fs::set_permissions(entry.path(), std::fs::Permissions::from_mode(mode));
            if let Err(error) = ours
                && error.kind() != std::io::ErrorKind::PermissionDenied
            {
                return Err(at(entry.path(), "change the mode of")(error));
            }
        }
        Ok(())
    }

    fn connection(&self, address: String) -> Database {
        Database {
            socket: String::new(),
            host: address,
            port: 3306,
            user: "root".to_owned(),
            password: self.password.clone(),
            schema: "matomo_conformance".to_owned(),
            anonymous_schema: "matomo_conformance_anonymous".to_owned(),
        }
    }

    /// Waits until the database lets PHP in.
    async fn wait_for_database(&self, connection: &Database) -> Result<(), Failure> {
        let end = Instant::now() + self.limit;
        let input = json!({"database": connection, "seconds": 1}).to_string();
        loop {
            let answer = self.script("database", &self.share, Some(&input)).await?;
            if answer["version"].is_string() {
                return Ok(());
            }
            let why = answer["error"].as_str().unwrap_or("no answer").to_owned();
            if let Some(code) = self.engine.ended(&self.database).await? {
                let what = format!("the database container ended with {code}");
                return Err(Failure::environment(what)
                    .log_text("database", &self.engine.last_words(&self.database.id).await)
                    .hint("is it an image of mysql or mariadb that this machine can run?"));
            }
            if Instant::now() > end {
                let what = format!("the database was not ready within {} s: {why}", self.limit.as_secs());
                return Err(Failure::environment(what)
                    .log_text("database", &self.engine.last_words(&self.database.id).await)
                    .hint("raise --start-limit on a slow machine"));
            }
        }
    }

    async fn serve_by_php(&self, slots: &[SlotFolder]) -> Result<(), Failure> {
        let starting = slots.iter().zip(self.ports.iter().skip(self.serving)).map(|((slot, user), port)| async move {
            let name = format!("php-{}", slot.name);
            let mut execution = self.execution(&name, ["php"]);
            let prepend = format!("auto_prepend_file={SHARE_INSIDE}/assets/prepend.php");
            let cache = format!("opcache.file_cache={SHARE_INSIDE}/opcache");
            // What is mounted may be edited outside.
            let looked_at = [("opcache.validate_timestamps", "1"), ("opcache.revalidate_freq", "0")];
            let guarded = (slot.name == GUARDED).then_some(&("disable_functions", GUARDED_FUNCTIONS));
            let settings =
                SETTINGS.iter().chain(&SERVER_SETTINGS).chain(&looked_at).chain(guarded).map(|(key, value)| format!("{key}={value}"));
            execution.command.extend(settings.chain([prepend, cache]).flat_map(|setting| ["-d".to_owned(), setting]));
            execution.command.extend(["-S", &format!("0.0.0.0:{port}"), "-t", self.tree].map(str::to_owned));
            execution.environment = vec![
                ("CONFORMANCE_USER_PATH".to_owned(), self.seen(user)),
                ("PHP_CLI_SERVER_WORKERS".to_owned(), workers_for(slot, self.workers).to_string()),
            ];
            let log = self.share.join("logs").join(format!("{name}.log"));
            self.begin_and_wait(&execution, &log, &Sign::Says(format!(":{port}) started"))).await
        });
        std::fs::create_dir_all(self.share.join("opcache")).map_err(at(&self.share, "write to"))?;
        futures::future::try_join_all(starting).await.map(|_| ())
    }

    async fn serve_by_apache(&self, slots: &[SlotFolder], first: &str) -> Result<(), Failure> {
        let hosts: Vec<(u16, String)> = slots.iter().zip(&self.ports).map(|((_, user), port)| (*port, self.seen(user))).collect();
        let log_inside = format!("{SHARE_INSIDE}/logs/apache.log");
        let file = self.share.join("apache.conf");
        let text = apache::configuration(&hosts, &format!("{SHARE_INSIDE}/assets/prepend.php"), &log_inside);
        std::fs::write(&file, text).map_err(at(&file, "write"))?;
        self.open_up()?;
        let include = format!("Include {SHARE_INSIDE}/apache.conf");
        let mut execution = self.execution("apache", ["apache2-foreground", "-c", &include]);
        // Apache gives up root itself, for its workers.
        execution.user = Some("0:0".to_owned());
        let (uid, gid) = self.user.split_once(':').unwrap_or(("33", "33"));
        execution.environment = vec![("APACHE_RUN_USER".to_owned(), format!("#{uid}")), ("APACHE_RUN_GROUP".to_owned(), format!("#{gid}"))];
        let client = reqwest::Client::builder().no_proxy().timeout(self.limit).build();
        let client = client.map_err(|error| Failure::environment(error.to_string()))?;
        let sign = Sign::Answers(client, format!("{first}/robots.txt"));
        self.begin_and_wait(&execution, &self.share.join("logs/apache.log"), &sign).await
    }

    /// Starts a server and waits until it serves.
    async fn begin_and_wait(&self, execution: &Execution, log: &Path, sign: &Sign) -> Result<(), Failure> {
        let id = self.engine.begin(&self.php, execution).await?;
        let end = Instant::now() + self.limit;
        while !sign.is_seen(log).await {
            if let Some(code) = self.engine.execution_ended(&id).await {
                return Err(Failure::environment(format!("{} ended with {code} in the matomo container", execution.name)).log(log));
            }
            if Instant::now() > end {
                let what = format!("{} was not ready within {} s", execution.name, self.limit.as_secs());
                return Err(Failure::environment(what).log(log).hint("raise --start-limit on a slow machine"));
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Ok(())
    }
}

/// By what a server is known to serve. A published port proves nothing: the engine itself accepts connections on it.
enum Sign {
    /// Its log says so.
    Says(String),
    /// It answers to a request.
    Answers(reqwest::Client, String),
}

impl Sign {
    async fn is_seen(&self, log: &Path) -> bool {
        match self {
            Self::Says(text) => std::fs::read_to_string(log).is_ok_and(|log| log.contains(text)),
            Self::Answers(client, url) => client.get(url).send().await.is_ok(),
        }
    }
}

impl Runtime for Containers {
    fn share(&self) -> &Path {
        &self.share
    }

    fn fingerprint(&self) -> &'static str {
        // Nothing is kept from one start to the next.
        ""
    }

    fn php_version(&self) -> &str {
        self.about.as_ref().map_or("", |about| &about.version)
    }

    async fn script(&self, name: &str, user: &Path, input: Option<&str>) -> Result<Value, Failure> {
        let (answer, given) = (self.share.join(format!("{name}.json")), self.share.join(format!("{name}.input")));
        write_private(&answer, "")?;
        let mut execution = self.execution(name, ["php"]);
        if let Some(text) = input {
            write_private(&given, text)?;
            execution.input = Some(self.seen(&given));
        }
        self.open_up()?;
        execution.command.extend(SETTINGS.iter().flat_map(|(key, value)| ["-d".to_owned(), format!("{key}={value}")]));
        execution.command.push(format!("{SHARE_INSIDE}/assets/{name}.php"));
        execution.environment = vec![
            ("CONFORMANCE_TREE".to_owned(), self.tree.to_owned()),
            ("CONFORMANCE_USER_PATH".to_owned(), self.seen(user)),
            ("CONFORMANCE_ANSWER".to_owned(), self.seen(&answer)),
        ];
        let log = self.share.join("logs").join(format!("{name}.log"));
        let (code, said) = self.engine.run(&self.php, &execution, self.limit * SCRIPT_LIMITS).await.map_err(|failure| failure.log(&log))?;
        let _ = std::fs::remove_file(&given);
        if code != 0 {
            return Err(
                Failure::environment(format!("{name} failed in the matomo container: php ended with {code} {}", said.trim())).log(&log)
            );
        }
        let text = std::fs::read(&answer).map_err(at(&answer, "read"))?;
        let _ = std::fs::remove_file(&answer);
        serde_json::from_slice(&text)
            .map_err(|error| Failure::environment(format!("{name}.php gave no readable answer: {error}")).log(&log))
    }

    async fn database(&mut self, phases: &mut Phases, progress: &dyn Progress) -> Result<(Database, Option<Provisioned>), Failure> {
        phases.begin("wait for database", progress);
        let connection = match self.engine.address(&self.database, &self.network).await {
            Ok(address) => self.connection(address),
            Err(failure) => return Err(failure.log_text("database", &self.engine.last_words(&self.database.id).await)),
        };
        self.wait_for_database(&connection).await?;
        Ok((connection, None))
    }

    async fn keep(&mut self, _: &Provisioned, _: &mut Phases, _: &dyn Progress) -> Result<Option<Database>, Failure> {
        Ok(None)
    }

    async fn serve(&mut self, slots: &[SlotFolder]) -> Result<Vec<String>, Failure> {
        if self.serving + slots.len() > self.ports.len() {
            return Err(Failure::environment(format!("{} slots, but only {} ports are published", slots.len(), self.ports.len())));
        }
        let published = self.engine.published(&self.php).await?;
        let url = |port: &u16| published.get(port).map(|outside| format!("http://127.0.0.1:{outside}"));
        let urls: Option<Vec<String>> = self.ports.iter().skip(self.serving).take(slots.len()).map(url).collect();
        let urls = urls.ok_or_else(|| Failure::environment("the engine did not publish every port on 127.0.0.1"))?;
        // Apache is told of all its slots at once; one that comes later is served by PHP itself.
        if self.official && self.serving == 0 {
            self.serve_by_apache(slots, urls.first().map(String::as_str).unwrap_or_default()).await?;
        } else {
            self.open_up()?;
            self.serve_by_php(slots).await?;
        }
        self.serving += slots.len();
        Ok(urls)
    }

    async fn well(&self) -> Result<(), Failure> {
        for container in [&self.database, &self.php] {
            if let Some(why) = self.engine.stands_still(container).await? {
                let what = format!("the {} container {why}", container.role);
                return Err(Failure::environment(what).log_text(container.role, &self.engine.last_words(&container.id).await));
            }
        }
        has_room(&self.share)
    }

    fn log(&self, slot: &str) -> PathBuf {
        let name = if self.official { "apache".to_owned() } else { format!("php-{slot}") };
        self.share.join("logs").join(format!("{name}.log"))
    }
}
