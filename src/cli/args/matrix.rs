//! Arguments of `matrix`.

use std::path::PathBuf;

use clap::Args;

use super::{ConcurrencyArgs, FilterArgs, OwnChecksArgs, TargetArgs, TimeLimitArgs};
use crate::plan::{MATRIX_PRINCIPALS, MATRIX_SLOTS};

const EXAMPLES: &str = "Examples:
  matomo-conformance matrix --source ../matomo
  matomo-conformance matrix --source ../matomo --plugin UsersManager --slots default,flag
  matomo-conformance matrix --from target/conformance-matrix/matrix.json";

/// Arguments of `matrix`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct MatrixArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Make the reports of this matrix.json again, without any Matomo.
    #[arg(help_heading = "Target", long, value_name = "FILE", conflicts_with_all = ["source", "release", "simulated", "fault", "slots", "principals", "plugin", "baseline", "write_baseline", "only", "skip", "list"])]
    pub from: Option<PathBuf>,

    /// Settings slots, separated by commas; `all` takes every slot.
    #[arg(help_heading = "Selection", long, value_name = "NAMES", value_delimiter = ',', default_values_t = MATRIX_SLOTS.map(str::to_owned))]
    pub slots: Vec<String>,

    /// Principals, separated by commas; `all` takes every one that the release knows.
    #[arg(help_heading = "Selection", long, value_name = "NAMES", value_delimiter = ',', default_values_t = MATRIX_PRINCIPALS.map(str::to_owned))]
    pub principals: Vec<String>,

    /// Only endpoints and API methods of this plugin; may be given several times.
    #[arg(help_heading = "Selection", long, visible_alias = "only-plugin", value_name = "NAME")]
    pub plugin: Vec<String>,

    /// Which of their cases.
    #[command(flatten)]
    pub cases: FilterArgs,

    /// Leave out the endpoints' own checks, which are asked for in a slot whose database account may only read.
    #[arg(help_heading = "Selection", long, hide_short_help = true, conflicts_with_all = ["baseline", "write_baseline"])]
    pub no_own_checks: bool,

    /// With what own checks are compared.
    #[command(flatten)]
    pub own: OwnChecksArgs,

    /// Print the ids of the planned cells instead of asking for them.
    #[arg(help_heading = "Selection", long)]
    pub list: bool,

    /// How many at once.
    #[command(flatten)]
    pub concurrency: ConcurrencyArgs,

    /// For how long.
    #[command(flatten)]
    pub limit: TimeLimitArgs,

    /// Output directory.
    ///
    /// What was there is kept once as DIR.old.
    #[arg(
        help_heading = "Output",
        long,
        value_name = "DIR",
        default_value = "target/conformance-matrix",
        env = "MATOMO_CONFORMANCE_MATRIX_OUTPUT"
    )]
    pub output: PathBuf,
}
