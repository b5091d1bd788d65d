//! From a runtime to a Matomo that serves: provisioning, slots, first answers, sessions; the same for every runtime.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::environment::{CHANGING, Changing, ChangingSlot, Environment, ServedSlot};
use super::guarded;
use super::login::open_sessions;
use super::phases::{Phases, Progress};
use super::plugins::Plugins;
use super::provisioned::Provisioned;
use super::runtime::{Looked, Runtime, SlotFolder};
use super::state;
use crate::failure::{Failure, at};
use crate::matomo::{
    Catalogue, Credentials, Database, OwnedSlotFiles, PROBE_HEADER, Release, Secrets, SlotFiles, install_assets, provision_input,
    rights_input, write_slot,
};
use crate::model::{Feature, Settings, World};
use crate::plan::{Slot, slots};

/// How often the first request is sent again after a broken connection.
const FIRST_ANSWER_RETRIES: u32 = 5;

/// What is wanted of a start, whatever the runtime.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Kind of the target: `source` or `release`.
    pub kind: &'static str,
    /// What was asked for, for reports.
    pub name: String,
    /// `Section.key` of the allowlist in `config.ini.php`.
    pub ini_key: Option<String>,
    /// Whether one more slot is served whose settings change meanwhile.
    pub changing: bool,
    /// Plugins beside the default ones.
    pub plugins: Plugins,
    /// Whether one more slot is served in which every endpoint can be run.
    pub guarded: bool,
    /// Limit of each waiting phase.
    pub limit: Duration,
}

/// The answer of `provision.php`: what it did, or the plugin that could not be switched on.
#[derive(Deserialize)]
#[serde(untagged)]
enum ProvisionAnswer {
    Failed { failed: FailedPlugin },
    Done { database_version: String, activated: Vec<String> },
}

#[derive(Deserialize)]
struct FailedPlugin {
    plugin: String,
    why: String,
    log: String,
}

/// Brings a Matomo up in a runtime whose PHP is ready.
pub async fn bring_up<R: Runtime>(
    mut runtime: R,
    wanted: &Wanted,
    mut phases: Phases,
    progress: &dyn Progress,
) -> Result<Environment, Failure> {
    phases.begin("read tree", progress);
    let share = runtime.share().to_owned();
    let assets = folder(&share, "assets")?;
    install_assets(&assets).map_err(at(&assets, "write"))?;
    wanted.plugins.install(&share)?;
    let nowhere = folder(&share, "nowhere")?;
    let mut release: Release = script(&runtime, "release", &nowhere, None).await?;
    let mut features = release.features();
    if wanted.ini_key.is_some() {
        features = features.with(Feature::AllowlistIni);
    }
    let world = World::standard();

    let (mut connection, restored) = runtime.database(&mut phases, progress).await?;
    let provisioned = match restored {
        Some(provisioned) if provisioned.tree == runtime.fingerprint() => provisioned,
        Some(provisioned) => list_again(&runtime, &release, &connection, provisioned, &mut phases, progress).await?,
        None => {
            let provisioned = provision(&runtime, (&release, &wanted.plugins), &world, &connection, &mut phases, progress).await?;
            if let Some(again) = runtime.keep(&provisioned, &mut phases, progress).await? {
                connection = again;
            }
            provisioned
        }
    };

    see_list(&provisioned.catalogue)?;
    release.plugins.extend(provisioned.activated.iter().cloned());
    let mut catalogue = provisioned.catalogue;
    // The model knows what Matomo's own plugins listen to.
    catalogue.listeners.retain(|listener| provisioned.activated.contains(&listener.plugin));

    phases.begin("write slots", progress);
    let files = SlotFiles {
        database: &connection,
        plugins: &release.plugins,
        installed: &provisioned.installed,
        salt: &provisioned.salt,
        ini_key: wanted.ini_key.as_deref(),
    };
    let mut users: Vec<SlotFolder> = Vec::new();
    for slot in slots(&catalogue.names(), wanted.ini_key.is_some()) {
        let user = folder(&share, "slots")?.join(slot.name);
        write_slot(&user, &assets, &files, &slot.settings).map_err(at(&user, "write"))?;
        users.push((slot, user));
    }

    let mut changes = None;
    if wanted.changing {
        let user = folder(&share, "slots")?.join(CHANGING);
        let slot = Slot { name: CHANGING, settings: Settings::default() };
        write_slot(&user, &assets, &files, &slot.settings).map_err(at(&user, "write"))?;
        changes = Some((user.clone(), OwnedSlotFiles::of(&files)));
        users.push((slot, user));
    }

    phases.begin("start PHP", progress);
    let urls = runtime.serve(&users).await?;
    let serve = |((slot, _), url): (SlotFolder, String)| ServedSlot { log: Some(runtime.log(slot.name)), slot, url };
    let mut served: Vec<ServedSlot> = users.into_iter().zip(urls).map(serve).collect();
    phases.begin("first answer of every slot", progress);
    for slot in &served {
        first_answer(slot, &runtime.log(slot.slot.name), wanted.limit).await?;
    }
    phases.begin("log in sessions", progress);
    let mut secrets: Secrets = provisioned.secrets.clone();
    if let Some(first) = served.first() {
        let urls: Vec<&str> = served.iter().map(|slot| slot.url.as_str()).collect();
        open_sessions(&urls, &world, &mut secrets).await.map_err(|failure| failure.log(&runtime.log(first.slot.name)))?;
    }
    let changing_slot = if changes.is_some() { served.pop() } else { None };
    let guarded = guarded::serve(&mut runtime, &files, wanted, &mut secrets, &mut phases, progress).await?;
    let user = folder(&share, "slots")?.join(served.first().map_or("default", |first| first.slot.name));
    hide_password(&mut secrets, &connection);
    phases.end();

    let versions =
        [("matomo", release.version.as_str()), ("php", runtime.php_version()), ("database", provisioned.database_version.as_str())];
    let software = versions.map(|(name, version)| (name.to_owned(), version.to_owned())).to_vec();
    let runtime = Arc::new(runtime);
    let changing = changes.zip(changing_slot).map(|((user, files), ServedSlot { url, log, .. })| {
        let now = tokio::sync::Mutex::new(Serves { files, rights: rights_input(&world), own_schema: false });
        let hand = Hand { runtime: Arc::clone(&runtime), user, assets, database: connection.clone(), now };
        ChangingSlot { url, log, hand: Box::new(hand) }
    });
    let guarded = guarded.map(|slot| guarded::looked_at(slot, &runtime, &user, &connection));
    let state = state::Provisioned { runtime: Arc::clone(&runtime), user, database: connection.clone() };
    Ok(Environment {
        kind: wanted.kind,
        name: wanted.name.clone(),
        software,
        features,
        catalogue,
        world,
        secrets,
        slots: served,
        attached: None,
        changing,
        guarded,
        coverage: None,
        state: Some(Box::new(state)),
        health: Some(Arc::new(Looked(Arc::clone(&runtime)))),
        phases,
        guard: Box::new(runtime),
    })
}

/// A password that nobody chose is taken out of everything; a word somebody chose might be part of names.
fn hide_password(secrets: &mut Secrets, connection: &Database) {
    if connection.password.len() >= 16 {
        secrets.set("DATABASE_PASSWORD", connection.password.clone());
    }
}

/// Sees that Matomo's own files give it a list at all.
fn see_list(catalogue: &Catalogue) -> Result<(), Failure> {
    let Some(list) = &catalogue.brought.failed else { return Ok(()) };
    Err(Failure::environment(format!("the endpoint allowlist of {} {}", list.file, list.why))
        .hint("no other plugin can add to it, and where it throws every request with a token fails: mend the file"))
}

/// Changes the slot beside the table: its configuration files, and rights in a schema of its own, which is made when rights first
/// differ from those of the other slots.
struct Hand<R> {
    runtime: Arc<R>,
    user: PathBuf,
    assets: PathBuf,
    database: Database,
    now: tokio::sync::Mutex<Serves>,
}

/// What the slot serves now.
struct Serves {
    files: OwnedSlotFiles,
    rights: Value,
    own_schema: bool,
}

impl<R: Runtime> Changing for Hand<R> {
    fn change<'a>(&'a self, settings: &'a Settings, world: &'a World) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let mut serves = self.now.lock().await;
            let rights = rights_input(world);
            if serves.rights != rights {
                let schema = self.database.changing_schema();
                let input = json!({"database": self.database, "schema": schema, "create": !serves.own_schema, "users": rights});
                // Where that fails midway, it is not known what the rights are.
                serves.rights = Value::Null;
                self.runtime.script("rights", &self.user, Some(&input.to_string())).await?;
                if !serves.own_schema {
                    serves.files.serve_schema(schema);
                    serves.own_schema = true;
                }
                serves.rights = rights;
            }
            write_slot(&self.user, &self.assets, &serves.files.borrow(), settings).map_err(at(&self.user, "write"))
        })
    }
}

/// Fills an empty database through Matomo's own classes and asks for the endpoints.
async fn provision<R: Runtime>(
    runtime: &R,
    (release, plugins): (&Release, &Plugins),
    world: &World,
    connection: &Database,
    phases: &mut Phases,
    progress: &dyn Progress,
) -> Result<Provisioned, Failure> {
    phases.begin("provision", progress);
    let secrets = Credentials::invent(world);
    let salt = Secrets::random_token();
    let user = folder(runtime.share(), "provision")?;
    let files = SlotFiles { database: connection, plugins: &release.plugins, installed: &[], salt: &salt, ini_key: None };
    write_slot(&user, &runtime.share().join("assets"), &files, &Settings::default()).map_err(at(&user, "write"))?;
    let mut input = provision_input(world, &secrets, connection);
    input["activate"] = plugins.wanted().into();
    let (database_version, activated) = match script(runtime, "provision", &user, Some(&input.to_string())).await? {
        ProvisionAnswer::Done { database_version, activated } => (database_version, activated),
        ProvisionAnswer::Failed { failed: FailedPlugin { plugin, why, log } } => {
            return Err(Failure::environment(format!("the plugin {plugin} cannot be switched on: {why}")).log_text("where it failed", &log));
        }
    };

    phases.begin("list endpoints", progress);
    let catalogue: Catalogue = script(runtime, "catalogue", &user, None).await?;
    let installed = installed_plugins(&user.join("config/config.ini.php"));
    let tree = runtime.fingerprint().to_owned();
    Ok(Provisioned { database_version, tree, catalogue, secrets, salt, installed, activated })
}

/// The endpoints of a tree whose database is that of another one with the same schema and plugins.
async fn list_again<R: Runtime>(
    runtime: &R,
    release: &Release,
    connection: &Database,
    provisioned: Provisioned,
    phases: &mut Phases,
    progress: &dyn Progress,
) -> Result<Provisioned, Failure> {
    phases.begin("list endpoints", progress);
    let user = folder(runtime.share(), "provision")?;
    let plugins: Vec<String> = release.plugins.iter().chain(&provisioned.activated).cloned().collect();
    let files =
        SlotFiles { database: connection, plugins: &plugins, installed: &provisioned.installed, salt: &provisioned.salt, ini_key: None };
    write_slot(&user, &runtime.share().join("assets"), &files, &Settings::default()).map_err(at(&user, "write"))?;
    let catalogue = script(runtime, "catalogue", &user, None).await?;
    Ok(Provisioned { catalogue, tree: runtime.fingerprint().to_owned(), ..provisioned })
}

pub(super) async fn script<R: Runtime, T: DeserializeOwned>(
    runtime: &R,
    name: &str,
    user: &Path,
    input: Option<&str>,
) -> Result<T, Failure> {
    let answer = runtime.script(name, user, input).await?;
    serde_json::from_value(answer).map_err(|error| Failure::environment(format!("{name}.php gave an unexpected answer: {error}")))
}

pub(super) fn folder(share: &Path, name: &str) -> Result<PathBuf, Failure> {
    let path = share.join(name);
    std::fs::create_dir_all(&path).map_err(at(&path, "create the folder"))?;
    Ok(path)
}

/// The plugins that Matomo noted as installed while it was provisioned.
fn installed_plugins(ini: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(ini).unwrap_or_default();
    text.lines().filter_map(|line| line.strip_prefix("PluginsInstalled[] = \"")?.strip_suffix('"')).map(str::to_owned).collect()
}

/// The first answer compiles and caches; it must come from our probe.
pub(super) async fn first_answer(served: &ServedSlot, log: &Path, limit: Duration) -> Result<(), Failure> {
    let client = reqwest::Client::builder().no_proxy().timeout(limit).build().map_err(|error| Failure::environment(error.to_string()))?;
    let url = format!("{}/index.php?module=ConformanceProbe&action=needNothing&language=en", served.url);
    let name = served.slot.name;
    // A worker may still be on its way up when the port already answers.
    let mut answer = client.get(&url).send().await;
    for _ in 0..FIRST_ANSWER_RETRIES {
        if answer.as_ref().err().is_none_or(reqwest::Error::is_timeout) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        answer = client.get(&url).send().await;
    }
    let answer = answer.map_err(|error| Failure::environment(format!("slot {name} gave no first answer: {error}")).log(log))?;
    let status = answer.status();
    let reported = answer.headers().contains_key(PROBE_HEADER);
    if status.as_u16() == 200 && reported {
        return Ok(());
    }
    let body = answer.text().await.unwrap_or_default();
    let start: String = body.chars().take(600).collect();
    let word = if reported { "with" } else { "without" };
    Err(Failure::environment(format!("slot {name} answered {status} {word} the probe's report: {start}")).log(log))
}
