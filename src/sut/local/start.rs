//! Starting a source tree on this machine.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::database::{DatabaseProgram, RunningDatabase};
use super::given::{self, Schemas};
use super::php::{Php, Serve};
use super::process::Group;
use super::template;
use crate::failure::{Failure, at};
use crate::matomo::{Database, provisioning_version};
use crate::sut::runtime::{Runtime, SCRIPT_LIMITS, SlotFolder, has_room, workers_for};
use crate::sut::start::{Wanted, bring_up};
use crate::sut::{
    CHANGING, CoveredPart, Environment, GUARDED, LineCoverage, Phases, Plugins, Progress, Provisioned, RunFolder, Source, cache_folder,
};

/// How to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Kind of the target: `source`, or `release` where the tree was fetched as one.
    pub kind: &'static str,
    /// PHP program.
    pub php: Option<String>,
    /// Database server program.
    pub database: Option<String>,
    /// A server that runs already, as `mysql://USER:PASSWORD@HOST:PORT/`.
    pub database_url: Option<String>,
    /// `Section.key` of the allowlist in `config.ini.php`.
    pub ini_key: Option<String>,
    /// Plugins beside the default ones.
    pub plugins: Plugins,
    /// Limit of each waiting phase.
    pub limit: Duration,
    /// Whether templates may be used and kept.
    pub templates: bool,
    /// Worker processes a slot.
    pub workers: usize,
    /// Files below the tree that change while it is served: PHP compiles them anew for each request.
    pub changing: Vec<String>,
    /// Whether one more slot is served whose settings change meanwhile.
    pub changing_slot: bool,
    /// Whether one more slot is served in which every endpoint can be run.
    pub guarded: bool,
    /// Whether somebody may edit any file of the tree while it is served.
    pub edited: bool,
    /// Parts of the tree's files of which it is noted which lines run; needs the extension pcov.
    pub covered: Vec<CoveredPart>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            kind: "source",
            php: None,
            database: None,
            database_url: None,
            ini_key: None,
            plugins: Plugins::default(),
            limit: Duration::from_secs(60),
            templates: true,
            workers: 2,
            changing: Vec::new(),
            changing_slot: false,
            guarded: false,
            edited: false,
            covered: Vec::new(),
        }
    }
}

/// Starts a source tree with all its slots.
pub async fn start(source: &Source, options: &Options, progress: &dyn Progress) -> Result<Environment, Failure> {
    let mut phases = Phases::default();
    options.plugins.beside(&source.path)?;
    phases.begin("check programs", progress);
    let php = Php::find(options.php.as_deref())?;
    if !options.covered.is_empty() {
        php.needs_coverage()?;
    }
    let folder = RunFolder::create()?;
    let coverage = match options.covered.as_slice() {
        [] => None,
        parts => Some(LineCoverage::prepare(folder.path().join("coverage"), &source.path, parts)?),
    };
    let (server, template) = match &options.database_url {
        Some(url) => {
            let database = given::connection(url, &folder.id)?;
            (Server::Given(Schemas { php: php.program.clone(), assets: folder.path().join("assets"), database }), None)
        }
        None => {
            let program = DatabaseProgram::find(options.database.as_deref())?;
            let parts = [
                program.version.as_str(),
                &php.version,
                &source.fingerprint_of_provisioning(),
                &options.plugins.fingerprint(true),
                &provisioning_version(),
                env!("CARGO_PKG_VERSION"),
            ];
            let template = options.templates.then(|| template::template_path(&cache_folder(), &parts));
            (Server::Own(program, None), template)
        }
    };
    let local = Local {
        servers: Vec::new(),
        server,
        php,
        tree: source.path.clone(),
        fingerprint: source.fingerprint() + &options.plugins.fingerprint(false),
        template,
        limit: options.limit,
        workers: options.workers,
        changing: options.changing.clone(),
        edited: options.edited,
        coverage: coverage.as_ref().map(|coverage| coverage.folder().to_owned()),
        folder,
    };
    let wanted = Wanted {
        kind: options.kind,
        name: source.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        ini_key: options.ini_key.clone(),
        plugins: options.plugins.clone(),
        changing: options.changing_slot,
        guarded: options.guarded,
        limit: options.limit,
    };
    let mut environment = bring_up(local, &wanted, phases, progress).await?;
    environment.coverage = coverage;
    Ok(environment)
}

/// The database server of a run.
enum Server {
    /// Its own, which runs or not.
    Own(DatabaseProgram, Option<RunningDatabase>),
    /// Somebody's, with schemas of ours.
    Given(Schemas),
}

/// Everything a local run started; fields are dropped in this order.
struct Local {
    servers: Vec<Group>,
    server: Server,
    php: Php,
    tree: PathBuf,
    fingerprint: String,
    template: Option<PathBuf>,
    limit: Duration,
    workers: usize,
    changing: Vec<String>,
    edited: bool,
    coverage: Option<PathBuf>,
    folder: RunFolder,
}

impl Local {
    fn data(&self) -> PathBuf {
        self.folder.path().join("db")
    }

    async fn start_own(&mut self) -> Result<Database, Failure> {
        let (data, folder, limit) = (self.data(), &self.folder, self.limit);
        let Server::Own(program, running) = &mut self.server else { return Err(Failure::environment("the server is not ours to start")) };
        let started = running.insert(program.start(&data, folder, limit).await?);
        Ok(started.connection())
    }

    /// Waits for a server that somebody else starts, as CI services come up beside the job.
    async fn reach_given(&self, schemas: &Schemas) -> Result<Database, Failure> {
        let database = &schemas.database;
        let input = json!({"database": database, "seconds": self.limit.as_secs()}).to_string();
        let since = std::time::Instant::now();
        let answer = self.script("database", self.folder.path(), Some(&input)).await?;
        if answer["version"].is_string() {
            // From now on there may be something to drop.
            self.folder.note_schemas(schemas)?;
            return Ok(database.clone());
        }
        let why = answer["error"].as_str().unwrap_or("no answer");
        let what = format!(
            "the database server at {}:{} does not let us in, tried for {} s: {why}",
            database.host,
            database.port,
            since.elapsed().as_secs()
        );
        Err(Failure::environment(what).hint("see that it runs and that the user may create and drop databases named matomo_conformance_…"))
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        // Servers first, so that nobody uses what is dropped.
        self.servers.clear();
        if let Server::Given(schemas) = &self.server
            && self.folder.has_schemas()
            && let Err(failure) = schemas.drop_all(self.folder.path())
        {
            let _ = writeln!(anstream::stderr(), "warning: {failure}");
        }
    }
}

impl Runtime for Local {
    fn share(&self) -> &Path {
        self.folder.path()
    }

    fn php_version(&self) -> &str {
        &self.php.version
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    async fn script(&self, name: &str, user: &Path, input: Option<&str>) -> Result<Value, Failure> {
        let (assets, limit) = (self.folder.path().join("assets"), self.limit * SCRIPT_LIMITS);
        self.php.script(name, &assets, &self.tree, user, &self.folder, input, limit).await
    }

    async fn database(&mut self, phases: &mut Phases, progress: &dyn Progress) -> Result<(Database, Option<Provisioned>), Failure> {
        if let Server::Given(schemas) = &self.server {
            phases.begin("reach database", progress);
            return Ok((self.reach_given(schemas).await?, None));
        }
        phases.begin("restore database template", progress);
        let restored = self.template.as_ref().and_then(|template| template::restore(template, &self.data()));
        if restored.is_none()
            && let Server::Own(program, _) = &self.server
        {
            phases.begin("install database", progress);
            program.install(&self.data(), &self.folder, self.limit * SCRIPT_LIMITS).await?;
        }
        phases.begin("start database", progress);
        Ok((self.start_own().await?, restored))
    }

    async fn keep(&mut self, provisioned: &Provisioned, phases: &mut Phases, progress: &dyn Progress) -> Result<Option<Database>, Failure> {
        let Some(template) = self.template.clone() else { return Ok(None) };
        phases.begin("keep database template", progress);
        if let Server::Own(_, running) = &mut self.server
            && let Some(database) = running.take()
        {
            database.stop();
        }
        // A start that leaves nothing behind is slower next time, and no worse.
        if let Err(failure) = template::keep(&template, &self.data(), provisioned) {
            let _ = writeln!(anstream::stderr(), "warning: no template is kept: {}", failure.what);
        }
        template::keep_within(&cache_folder(), template::limit());
        phases.begin("start database again", progress);
        self.start_own().await.map(Some)
    }

    async fn serve(&mut self, slots: &[SlotFolder]) -> Result<Vec<String>, Failure> {
        // Compiled PHP is shared by all slots of the run; nothing of it outlives the run, so nothing can be stale.
        let opcache = self.folder.sub("opcache")?;
        let assets = self.folder.path().join("assets");
        // Kept compiled, a changed file is noticed by its time only, and each old text uses up memory.
        let uncached = self.folder.path().join("uncached.txt");
        let of_tree = self.changing.iter().map(|file| self.tree.join(file));
        let of_slot = slots
            .iter()
            .filter(|(slot, _)| slot.name == CHANGING)
            .flat_map(|(_, user)| ["config/config.php", "plugins/ConformanceProbe/config/config.php"].map(|file| user.join(file)));
        let paths: Vec<String> = of_tree.chain(of_slot).map(|path| path.display().to_string()).collect();
        std::fs::write(&uncached, paths.join("\n")).map_err(at(&uncached, "write"))?;
        let mut urls = Vec::new();
        for (slot, user) in slots {
            let serve = Serve {
                name: slot.name,
                tree: &self.tree,
                user,
                assets: &assets,
                opcache: Some(&opcache),
                uncached: &uncached,
                coverage: self.coverage.as_deref(),
                edited: self.edited,
                guarded: slot.name == GUARDED,
                workers: workers_for(slot, self.workers),
            };
            let (group, url) = serve_slot(&self.php, &serve, &self.folder, self.limit).await?;
            self.servers.push(group);
            urls.push(url);
        }
        Ok(urls)
    }

    async fn well(&self) -> Result<(), Failure> {
        if let Server::Own(_, Some(database)) = &self.server {
            database.well().await?;
        }
        for server in &self.servers {
            if let Some(status) = server.failed() {
                return Err(Failure::environment(format!("PHP's server {} ended with {status}", server.name())).log(&server.log));
            }
        }
        has_room(self.folder.path())
    }

    fn log(&self, slot: &str) -> PathBuf {
        self.folder.log_file(&format!("php-{slot}"))
    }
}

/// Starts a slot's server; tries again where somebody else was faster to take the port.
async fn serve_slot(php: &Php, serve: &Serve<'_>, folder: &RunFolder, limit: Duration) -> Result<(Group, String), Failure> {
    for attempt in 1.. {
        let (group, port) = php.serve(serve, folder)?;
        let end = Instant::now() + limit;
        loop {
            if let Some(status) = group.ended() {
                let log = std::fs::read_to_string(&group.log).unwrap_or_default();
                if attempt < 5 && log.contains("in use") {
                    break;
                }
                return Err(Failure::environment(format!("PHP's server for slot {} ended with {status}", serve.name)).log(&group.log));
            }
            // A stranger may have taken the port meanwhile: only PHP's own word that it listens counts.
            let listens = std::fs::read_to_string(&group.log).is_ok_and(|log| log.contains(&format!(":{port}) started")));
            if listens && tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok((group, format!("http://127.0.0.1:{port}")));
            }
            if Instant::now() > end {
                return Err(Failure::environment(format!(
                    "PHP's server for slot {} was not ready within {} s",
                    serve.name,
                    limit.as_secs()
                ))
                .log(&group.log));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    Err(Failure::environment(format!("no port could be had for slot {}", serve.name)))
}
