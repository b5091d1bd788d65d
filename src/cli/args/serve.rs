//! Arguments of `serve`, `clean` and `doctor`: what runs, what was left behind, what would run.

use std::path::PathBuf;

use clap::Args;

use super::{RuntimeArgs, TargetArgs};

const SERVE_EXAMPLES: &str = "Examples:
  matomo-conformance serve --source ../matomo
  matomo-conformance serve --source ../matomo --detach --tokens tokens.env";

/// Arguments of `serve`.
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub struct ServeArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Write addresses and tokens into this new file, which only its owner may read, instead of showing them on the terminal.
    #[arg(help_heading = "Output", long, value_name = "FILE")]
    pub tokens: Option<PathBuf>,

    /// Keep serving in the background when the command has ended; `clean --detached` ends it.
    #[arg(help_heading = "Run", long)]
    pub detach: bool,

    /// Be the process in the background.
    #[arg(help_heading = "Run", long, hide = true, conflicts_with = "detach")]
    pub keeper: bool,
}

const CLEAN_EXAMPLES: &str = "Examples:
  matomo-conformance clean
  matomo-conformance clean --dry-run
  matomo-conformance clean --detached";

/// Arguments of `clean`.
#[derive(Debug, Args)]
#[command(after_help = CLEAN_EXAMPLES)]
pub struct CleanArgs {
    /// Ids of environments in the background that are to be ended.
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,

    /// End all environments that `serve --detach` keeps in the background.
    #[arg(help_heading = "Selection", long)]
    pub detached: bool,

    /// Only what is older than this many minutes.
    #[arg(help_heading = "Selection", long, value_name = "MINUTES", default_value_t = 0)]
    pub older_than: u64,

    /// Say what would be removed and remove nothing.
    #[arg(help_heading = "Run", long)]
    pub dry_run: bool,

    /// Remove the images that were built for runs, too; the next run builds them anew.
    #[arg(help_heading = "Selection", long)]
    pub images: bool,
}

const DOCTOR_EXAMPLES: &str = "Examples:
  matomo-conformance doctor
  matomo-conformance doctor --runtime containers";

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = DOCTOR_EXAMPLES)]
pub struct DoctorArgs {
    /// With what a run would go.
    #[command(flatten)]
    pub programs: RuntimeArgs,
}
