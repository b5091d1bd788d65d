//! From target arguments to a running Matomo.

use std::time::Duration;

use super::args::{DEFAULT_SIMULATED, TargetArgs};
use super::progress::PhaseSpinner;
use super::signals::interrupted;
use crate::failure::Failure;
use crate::target::{Environment, Source, local, simulation};

/// Starts the target that the arguments name.
pub async fn start(args: &TargetArgs) -> Result<Environment, Failure> {
    start_changing(args, &[]).await
}

/// Starts a target of which some files change while it is served.
pub async fn start_changing(args: &TargetArgs, changing: &[&'static str]) -> Result<Environment, Failure> {
    let Some(tree) = &args.source else {
        if args.simulated.is_none() && in_ci() {
            return Err(Failure::usage(
                "no target was named, and with CI=true in the environment the simulated one is not taken for granted",
            )
            .hint("give --source DIR, or --simulated where that is meant"));
        }
        return simulation::start(args.simulated.as_deref().unwrap_or(DEFAULT_SIMULATED), args.fault.as_deref()).await;
    };
    if let Some(key) = &args.allowlist_ini_key
        && key.split_once('.').is_none_or(|(section, key)| section.is_empty() || key.is_empty())
    {
        return Err(Failure::usage(format!("--allowlist-ini-key {key:?} is not SECTION.KEY")));
    }
    let source = Source::open(tree)?;
    let options = local::Options {
        php: args.php.clone(),
        database: args.database_server.clone(),
        ini_key: args.allowlist_ini_key.clone(),
        limit: Duration::from_secs(args.start_limit),
        templates: !args.no_template,
        changing: changing.to_vec(),
        ..local::Options::default()
    };
    // Provisioning blocks; on a thread of its own the signal is seen while it runs.
    let starting = tokio::spawn(async move { local::start(&source, &options, &PhaseSpinner::new()).await });
    let abort = starting.abort_handle();
    tokio::select! {
        started = starting => started.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())),
        () = interrupted() => {
            abort.abort();
            Err(Failure::interrupted())
        }
    }
}

/// Whether a CI service runs the program.
fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}
