//! Starting a source tree: database, provisioning, slots, sessions.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::database::{DatabaseProgram, RunningDatabase};
use super::login::open_sessions;
use super::php::{Php, Serve};
use super::process::Group;
use super::template::{self, Provisioned};
use crate::failure::{Failure, at};
use crate::matomo::{
    Catalogue, Credentials, PROBE_HEADER, Release, Secrets, SlotFiles, install_assets, provision_input, provisioning_version, write_slot,
};
use crate::model::{Feature, Settings, World};
use crate::plan::{Slot, slots};
use crate::target::{Environment, Phases, Progress, RunFolder, ServedSlot, Source, cache_folder};

/// How to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// PHP program.
    pub php: Option<String>,
    /// Database server program.
    pub database: Option<String>,
    /// `Section.key` of the allowlist in `config.ini.php`.
    pub ini_key: Option<String>,
    /// Limit of each waiting phase.
    pub limit: Duration,
    /// Whether templates may be used and kept.
    pub templates: bool,
    /// Worker processes a slot.
    pub workers: usize,
    /// Files below the tree that change while it is served: PHP compiles them anew for each request.
    pub changing: Vec<&'static str>,
}

impl Default for Options {
    fn default() -> Self {
        Self { php: None, database: None, ini_key: None, limit: Duration::from_secs(60), templates: true, workers: 2, changing: Vec::new() }
    }
}

/// Everything a local run started; fields are dropped in this order.
struct Guard {
    _servers: Vec<Group>,
    _database: RunningDatabase,
    _folder: RunFolder,
}

#[derive(Deserialize)]
struct ProvisionAnswer {
    database_version: String,
}

/// Starts a source tree with all its slots.
pub async fn start(source: &Source, options: &Options, progress: &dyn Progress) -> Result<Environment, Failure> {
    let mut phases = Phases::default();
    phases.begin("check programs and tree", progress);
    let php = Php::find(options.php.as_deref())?;
    let program = DatabaseProgram::find(options.database.as_deref())?;
    let folder = RunFolder::create()?;
    let assets = folder.sub("assets")?;
    install_assets(&assets).map_err(at(&assets, "write"))?;
    let nowhere = folder.sub("nowhere")?;
    let release: Release = php.script("release", &assets, &source.path, &nowhere, &folder, None)?;
    let mut features = release.features();
    if options.ini_key.is_some() {
        features = features.with(Feature::AllowlistIni);
    }
    let world = World::standard();

    let data = folder.path().join("db");
    let parts = [program.version.as_str(), &php.version, &source.fingerprint(), &provisioning_version(), env!("CARGO_PKG_VERSION")];
    let template = template::template_path(&cache_folder(), &parts);
    phases.begin("restore database template", progress);
    let restored = if options.templates { template::restore(&template, &data) } else { None };
    let (database, provisioned) = if let Some(provisioned) = restored {
        phases.begin("start database", progress);
        (program.start(&data, &folder, options.limit)?, provisioned)
    } else {
        provision(
            &Provision {
                php: &php,
                program: &program,
                source,
                release: &release,
                world: &world,
                assets: &assets,
                data: &data,
                template: &template,
            },
            options,
            &folder,
            &mut phases,
            progress,
        )?
    };

    phases.begin("write slots", progress);
    let names = provisioned.catalogue.names();
    let all_slots = slots(&names, options.ini_key.is_some());
    let connection = database.connection();
    let files = SlotFiles {
        database: &connection,
        plugins: &release.plugins,
        installed: &provisioned.installed,
        salt: &provisioned.salt,
        ini_key: options.ini_key.as_deref(),
    };
    let mut users: Vec<(Slot, PathBuf)> = Vec::new();
    for slot in all_slots {
        let user = folder.sub("slots")?.join(slot.name);
        write_slot(&user, &assets, &files, &slot.settings).map_err(at(&user, "write"))?;
        users.push((slot, user));
    }

    phases.begin("start PHP", progress);
    // Compiled PHP is shared by all slots of the run; nothing of it outlives the run, so nothing can be stale.
    let opcache = folder.sub("opcache")?;
    // Kept compiled, a changed file is noticed by its time only, and each old text uses up memory.
    let uncached = folder.path().join("uncached.txt");
    let paths: Vec<String> = options.changing.iter().map(|file| source.path.join(file).display().to_string()).collect();
    std::fs::write(&uncached, paths.join("\n")).map_err(at(&uncached, "write"))?;
    let mut servers = Vec::new();
    let mut served = Vec::new();
    for (slot, user) in users {
        let serve = Serve {
            name: slot.name,
            tree: &source.path,
            user: &user,
            assets: &assets,
            opcache: Some(&opcache),
            uncached: &uncached,
            workers: options.workers,
        };
        let (group, url) = serve_slot(&php, &serve, &folder, options.limit).await?;
        servers.push(group);
        served.push(ServedSlot { slot, url });
    }
    phases.begin("first answer of every slot", progress);
    for (group, slot) in servers.iter_mut().zip(&served) {
        first_answer(group, &slot.url, options.limit).await?;
    }
    phases.begin("log in sessions", progress);
    let mut secrets: Secrets = provisioned.secrets.clone();
    let base = served.first().map(|slot| slot.url.clone()).unwrap_or_default();
    open_sessions(&base, &world, &mut secrets).await.map_err(|failure| match servers.first() {
        Some(group) => failure.log(&group.log),
        None => failure,
    })?;
    phases.end();

    let software = vec![
        ("matomo".to_owned(), release.version.clone()),
        ("php".to_owned(), php.version.clone()),
        ("database".to_owned(), provisioned.database_version.clone()),
    ];
    Ok(Environment {
        kind: "source",
        name: source.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        software,
        features,
        catalogue: provisioned.catalogue,
        world,
        secrets,
        slots: served,
        phases,
        guard: Box::new(Guard { _servers: servers, _database: database, _folder: folder }),
    })
}

/// What provisioning works with.
struct Provision<'a> {
    php: &'a Php,
    program: &'a DatabaseProgram,
    source: &'a Source,
    release: &'a Release,
    world: &'a World,
    assets: &'a Path,
    data: &'a Path,
    template: &'a Path,
}

fn provision(
    p: &Provision<'_>,
    options: &Options,
    folder: &RunFolder,
    phases: &mut Phases,
    progress: &dyn Progress,
) -> Result<(RunningDatabase, Provisioned), Failure> {
    phases.begin("install database", progress);
    p.program.install(p.data, folder)?;
    phases.begin("start database", progress);
    let database = p.program.start(p.data, folder, options.limit)?;

    phases.begin("provision", progress);
    let secrets = Credentials::invent(p.world);
    let salt = Secrets::random_token();
    let connection = database.connection();
    let user = folder.sub("provision")?;
    let files = SlotFiles { database: &connection, plugins: &p.release.plugins, installed: &[], salt: &salt, ini_key: None };
    write_slot(&user, p.assets, &files, &Settings::default()).map_err(at(&user, "write"))?;
    let input = provision_input(p.world, &secrets, &connection).to_string();
    let tree = &p.source.path;
    let answer: ProvisionAnswer = p.php.script("provision", p.assets, tree, &user, folder, Some(&input))?;

    phases.begin("list endpoints", progress);
    let catalogue: Catalogue = p.php.script("catalogue", p.assets, tree, &user, folder, None)?;
    let installed = installed_plugins(&user.join("config/config.ini.php"));
    let provisioned = Provisioned { database_version: answer.database_version, catalogue, secrets, salt, installed };
    if !options.templates {
        return Ok((database, provisioned));
    }
    phases.begin("keep database template", progress);
    database.stop();
    template::keep(p.template, p.data, &provisioned)?;
    phases.begin("start database again", progress);
    Ok((p.program.start(p.data, folder, options.limit)?, provisioned))
}

/// The plugins that Matomo noted as installed while it was provisioned.
fn installed_plugins(ini: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(ini).unwrap_or_default();
    text.lines().filter_map(|line| line.strip_prefix("PluginsInstalled[] = \"")?.strip_suffix('"')).map(str::to_owned).collect()
}

/// Starts a slot's server; tries again where somebody else was faster to take the port.
async fn serve_slot(php: &Php, serve: &Serve<'_>, folder: &RunFolder, limit: Duration) -> Result<(Group, String), Failure> {
    for attempt in 1.. {
        let (mut group, port) = php.serve(serve, folder)?;
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

/// The first answer compiles and caches; it must come from our probe.
async fn first_answer(group: &mut Group, base: &str, limit: Duration) -> Result<(), Failure> {
    let client = reqwest::Client::builder().no_proxy().timeout(limit).build().map_err(|error| Failure::environment(error.to_string()))?;
    let url = format!("{base}/index.php?module=ConformanceProbe&action=needNothing&language=en");
    let answer = client
        .get(&url)
        .send()
        .await
        .map_err(|error| Failure::environment(format!("{} gave no first answer: {error}", group.name())).log(&group.log))?;
    let status = answer.status();
    let reported = answer.headers().contains_key(PROBE_HEADER);
    if status.as_u16() == 200 && reported {
        return Ok(());
    }
    let body = answer.text().await.unwrap_or_default();
    let start: String = body.chars().take(600).collect();
    Err(Failure::environment(format!(
        "{} answered {status} {} the probe's report: {start}",
        group.name(),
        if reported { "with" } else { "without" }
    ))
    .log(&group.log))
}
