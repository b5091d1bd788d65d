//! Arguments of `mutants`.

use std::path::PathBuf;

use clap::Args;

use super::{OrderArgs, ProgramArgs};

const EXAMPLES: &str = "Examples:
  matomo-conformance mutants --simulated
  matomo-conformance mutants --simulated --list
  matomo-conformance mutants --source ../matomo --only core/Access.php --jobs 2";

/// Arguments of `mutants`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct MutantsArgs {
    /// Plant the faults of the table in the simulated Matomo, of this release or of all.
    #[arg(help_heading = "Target", long, value_name = "RELEASE", num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with = "source")]
    pub simulated: Option<String>,

    /// Break the access rules of a copy of this source tree, one at a time.
    #[arg(help_heading = "Target", long, value_name = "DIR")]
    pub source: Option<PathBuf>,

    /// Print the planted faults, or the mutants of a tree with their differences, instead of trying them.
    #[arg(help_heading = "Selection", long)]
    pub list: bool,

    /// Print the documents' table of the simulated Matomo at the end.
    #[arg(help_heading = "Output", long, conflicts_with = "source")]
    pub table: bool,

    /// Break the endpoints' own checks instead: each check of `plugins/*/API.php`, controllers, widgets and reports is dropped or weakened.
    #[arg(help_heading = "Selection", long, requires = "source", conflicts_with_all = ["table", "limit", "most", "reuse", "jobs", "survivors", "record"])]
    pub own_checks: bool,

    /// In which order cases are tried.
    #[command(flatten)]
    pub order: OrderArgs,

    /// What concerns source trees only.
    #[command(flatten)]
    pub php: PhpMutantsArgs,
}

/// Arguments of `mutants --source`.
#[derive(Debug, Args)]
#[command(next_help_heading = "With --source")]
pub struct PhpMutantsArgs {
    /// Take only mutants whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN", requires = "source")]
    pub only: Vec<String>,

    /// Leave out mutants whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN", requires = "source")]
    pub skip: Vec<String>,

    /// Cases that are tried on the clean tree and on known survivors; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub limit: usize,

    /// Cases that are tried at most on all other mutants; 0 for the whole plan.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub most: usize,

    /// Take from the `results.jsonl` of an earlier run on this tree what became of mutants, and try only those it leaves open.
    #[arg(long, value_name = "FILE", requires = "source")]
    pub reuse: Option<PathBuf>,

    /// Copies of the tree that are served and broken at once.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub jobs: usize,

    /// Survivors that are known, each with a reason.
    #[arg(long, value_name = "FILE", requires = "source")]
    pub survivors: Option<PathBuf>,

    /// Put the figures into this kill table and print it.
    #[arg(long, value_name = "FILE", requires = "source")]
    pub record: Option<PathBuf>,

    /// Output directory.
    ///
    /// What was there is kept once as DIR.old.
    #[arg(long, value_name = "DIR", default_value = "target/conformance-mutants", env = "MATOMO_CONFORMANCE_MUTANTS_OUTPUT")]
    pub output: PathBuf,

    /// Programs of this machine.
    #[command(flatten)]
    pub programs: ProgramArgs,

    /// Seconds each server may take to get ready.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub start_limit: u64,
}
