//! Arguments of `compare`.

use std::path::PathBuf;

use clap::Args;

use super::{ConcurrencyArgs, FilterArgs, OrderArgs, PluginArgs, ReleaseArchiveArgs, RuntimeArgs, StartArgs, SweepArgs};

const EXAMPLES: &str = "Examples:
  matomo-conformance compare --base main-results --head ../matomo
  matomo-conformance compare --base 5.2.0 --head 5.3.0 --expected-changes expected-changes.toml
  matomo-conformance compare --base simulated:5.8 --head simulated:5.8:flag-opens-super";

/// Arguments of `compare`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompareArgs {
    /// The Matomo before: results, a source tree, a release or a simulated one.
    ///
    /// An output directory or results.json of `check`, a source tree by path or name, a release as X.Y.Z, or `simulated:RELEASE:FAULT`
    /// (both may be left out).
    #[arg(help_heading = "Target", long, value_name = "WHAT")]
    pub base: String,

    /// The Matomo after, in the same words.
    #[arg(help_heading = "Target", long, value_name = "WHAT")]
    pub head: String,

    /// Which cases.
    #[command(flatten)]
    pub cases: FilterArgs,

    /// Run the whole product of all dimensions instead of the default plan.
    #[arg(long, help_heading = "Selection")]
    pub full: bool,

    /// Leave out the endpoints' own checks; they are compared where both are source trees or releases.
    #[arg(long, help_heading = "Selection", hide_short_help = true)]
    pub no_own_checks: bool,

    /// Compare the endpoints' own checks and nothing else.
    ///
    /// Each side is a source tree, a release, or results of `check --own-checks`.
    #[arg(long, help_heading = "Selection", hide_short_help = true, conflicts_with_all = ["no_own_checks", "only", "skip", "full"])]
    pub only_own_checks: bool,

    /// To which endpoints the sweep, and the own checks, are kept.
    #[command(flatten)]
    pub sweep: SweepArgs,

    /// In which order.
    #[command(flatten)]
    pub order: OrderArgs,

    /// How many at once.
    #[command(flatten)]
    pub concurrency: ConcurrencyArgs,

    /// File of changes that are expected, in the form of the file of known differences.
    ///
    /// A leak is what was opened, a lockout what was closed, `expected` is what the base does, `observed` what the head does.
    #[arg(help_heading = "Run", long, value_name = "FILE", env = "MATOMO_CONFORMANCE_EXPECTED_CHANGES")]
    pub expected_changes: Option<PathBuf>,

    /// Output directory, with the results of both in it.
    ///
    /// What was there is kept once as DIR.old.
    #[arg(
        help_heading = "Output",
        long,
        value_name = "DIR",
        default_value = "target/conformance-compare",
        env = "MATOMO_CONFORMANCE_COMPARE_OUTPUT"
    )]
    pub output: PathBuf,

    /// How an archive of a release is had.
    #[command(flatten)]
    pub release_archive: ReleaseArchiveArgs,

    /// With what they run.
    #[command(flatten)]
    pub programs: RuntimeArgs,

    /// Plugins beside the default ones of both.
    #[command(flatten)]
    pub plugins: PluginArgs,

    /// How they are started.
    #[command(flatten)]
    pub start: StartArgs,
}
