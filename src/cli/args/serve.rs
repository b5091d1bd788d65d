//! Arguments of `serve`, `clean` and `doctor`: what runs, what was left behind, what would run.

use std::path::PathBuf;

use clap::Args;

use super::{RuntimeArgs, TargetArgs};

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Write addresses and tokens into this new file, which only its owner may read, instead of showing them on the terminal.
    #[arg(long, value_name = "FILE")]
    pub tokens: Option<PathBuf>,

    /// Keep serving in the background when the command has ended; `clean --detached` ends it.
    #[arg(long)]
    pub detach: bool,

    /// Be the process in the background.
    #[arg(long, hide = true, conflicts_with = "detach")]
    pub keeper: bool,
}

/// Arguments of `clean`.
#[derive(Debug, Args)]
pub struct CleanArgs {
    /// Ids of environments in the background that are to be ended.
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,

    /// End all environments that `serve --detach` keeps in the background.
    #[arg(long)]
    pub detached: bool,

    /// Only what is older than this many minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 0)]
    pub older_than: u64,

    /// Say what would be removed and remove nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// Remove the images that were built for runs, too; the next run builds them anew.
    #[arg(long)]
    pub images: bool,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// With what a run would go.
    #[command(flatten)]
    pub programs: RuntimeArgs,
}
