//! From target arguments to a running Matomo.

use std::time::Duration;

use futures::future::BoxFuture;

use super::args::{DEFAULT_SIMULATED, RuntimeName, TargetArgs};
use super::lines::covered_parts;
use super::progress::PhaseSpinner;
use super::signals::interrupted;
use super::words::words_of;
use crate::failure::Failure;
use crate::sut::archive::fetch;
use crate::sut::containers::Matomo;
use crate::sut::{Environment, Plugins, Source, containers, local, simulation};

/// What a command wants of its target beside what the arguments say.
#[derive(Clone, Debug, Default)]
pub struct Wants {
    /// Files below the tree that change while it is served.
    pub changing: Vec<String>,
    /// One more slot whose settings change while it serves, where the runtime can do that.
    pub changing_slot: bool,
    /// One more slot in which every endpoint can be run, where there is a real Matomo.
    pub guarded: bool,
    /// To let files of the tree be edited while it is served.
    pub edited: bool,
    /// To know the words of its tree.
    pub words: bool,
    /// Files below the tree that changed, whose words are near.
    pub changed_files: Vec<String>,
    /// To know which lines of the deciding functions run.
    pub coverage: bool,
}

/// Starts the target that the arguments name. Its tree is read meanwhile, where its words are wanted.
pub async fn start(args: &TargetArgs, wants: Wants) -> Result<Environment, Failure> {
    let tree = args.source.as_ref().filter(|_| wants.words).map(|tree| Source::open(tree)).transpose()?;
    let changed = wants.changed_files.clone();
    let reading = tree.map(|source| tokio::task::spawn_blocking(move || words_of(&source.path, &changed)));
    let mut environment = started(args, wants).await?;
    if let Some(reading) = reading {
        environment.catalogue.words = reading.await.map_err(Failure::internal)?;
    }
    Ok(environment)
}

async fn started(args: &TargetArgs, wants: Wants) -> Result<Environment, Failure> {
    if let Some(key) = &args.allowlist_ini_key
        && key.split_once('.').is_none_or(|(section, key)| section.is_empty() || key.is_empty())
    {
        return Err(Failure::usage(format!("--allowlist-ini-key {key:?} is not SECTION.KEY")));
    }
    let local_tree = args.source.is_some() && matches!(args.programs.runtime, None | Some(RuntimeName::Local));
    if wants.coverage && !local_tree {
        return Err(Failure::usage("--coverage needs a source tree and the runtime local").hint("give --source DIR, or leave it out"));
    }
    let plugins = Plugins::open(&args.plugins.folders, &args.plugins.activate)?;
    if !plugins.is_empty() && args.source.is_none() && args.release.is_none() {
        return Err(Failure::usage("--plugin-dir and --activate need a real Matomo").hint("give --source DIR or --release X.Y.Z"));
    }
    match (&args.source, &args.release, args.programs.runtime) {
        (Some(tree), None, None | Some(RuntimeName::Local)) => {
            let source = Source::open(tree)?;
            let covered = if wants.coverage { covered_parts(&source)? } else { Vec::new() };
            let options = local::Options {
                changing_slot: wants.changing_slot,
                edited: wants.edited,
                covered,
                plugins,
                guarded: wants.guarded,
                ..local_options(args, wants.changing)
            };
            until_interrupted(Box::pin(async move { local::start(&source, &options, &PhaseSpinner::new()).await })).await
        }
        (Some(tree), None, Some(RuntimeName::Containers)) => {
            in_containers(Matomo::Tree(Source::open(tree)?), plugins, args, wants.guarded).await
        }
        (None, Some(version), None | Some(RuntimeName::Containers)) => {
            in_containers(Matomo::Release(version.clone()), plugins, args, wants.guarded).await
        }
        (None, Some(version), Some(RuntimeName::Local)) => {
            let archive = args.release_archive.wanted(version, Duration::from_secs(args.start.start_limit));
            let options = local::Options { kind: "release", guarded: wants.guarded, plugins, ..local_options(args, wants.changing) };
            until_interrupted(Box::pin(async move {
                let progress = PhaseSpinner::new();
                let source = fetch(&archive, &progress).await?;
                local::start(&source, &options, &progress).await
            }))
            .await
        }
        (None, None, None) => simulated(args).await,
        _ => Err(Failure::usage("no target was named").hint("give --source DIR or --release X.Y.Z with --runtime")),
    }
}

/// The simulated Matomo, where it was named or nothing was.
async fn simulated(args: &TargetArgs) -> Result<Environment, Failure> {
    if args.simulated.is_none() && in_ci() {
        let what = "no target was named, and with CI=true in the environment the simulated one is not taken for granted";
        return Err(Failure::usage(what).hint("give --source DIR or --release X.Y.Z, or --simulated where that is meant"));
    }
    let release = args.simulated.as_deref().unwrap_or(DEFAULT_SIMULATED);
    simulation::start_bringing(release, args.fault.as_deref(), &args.simulated_entries).await
}

fn local_options(args: &TargetArgs, changing: Vec<String>) -> local::Options {
    local::Options {
        php: args.programs.local.php.clone(),
        database: args.programs.local.database_server.clone(),
        database_url: args.start.database_url.clone(),
        ini_key: args.allowlist_ini_key.clone(),
        limit: Duration::from_secs(args.start.start_limit),
        templates: !args.start.no_template,
        changing,
        ..local::Options::default()
    }
}

async fn in_containers(matomo: Matomo, plugins: Plugins, args: &TargetArgs, guarded: bool) -> Result<Environment, Failure> {
    if args.start.database_url.is_some() {
        return Err(Failure::usage("--database-url belongs to the runtime local").hint("name an image with --database instead"));
    }
    let options = containers::Options {
        database: args.programs.database.clone(),
        php_base: args.programs.php_base.clone(),
        php_version: args.programs.php_version.clone(),
        ini_key: args.allowlist_ini_key.clone(),
        plugins,
        limit: Duration::from_secs(args.start.start_limit),
        guarded,
        ..containers::Options::default()
    };
    until_interrupted(Box::pin(async move { containers::start(&matomo, &options, &PhaseSpinner::new()).await })).await
}

/// On a task of its own a signal is seen also while the start blocks.
async fn until_interrupted(starting: BoxFuture<'static, Result<Environment, Failure>>) -> Result<Environment, Failure> {
    let mut starting = tokio::spawn(starting);
    tokio::select! {
        started = &mut starting => started.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())),
        () = interrupted() => {
            starting.abort();
            // What it started is stopped and removed as it is dropped, and that is waited for.
            let _ = starting.await;
            Err(Failure::interrupted())
        }
    }
}

/// Whether a CI service runs the program.
fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}
