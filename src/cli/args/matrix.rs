//! Arguments of `matrix`.

use std::path::PathBuf;

use clap::Args;

use super::TargetArgs;
use crate::plan::{MATRIX_PRINCIPALS, MATRIX_SLOTS};

/// Arguments of `matrix`.
#[derive(Debug, Args)]
pub struct MatrixArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Make the reports of this matrix.json again, without any Matomo.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "release", "simulated", "fault", "slots", "principals", "plugin", "only", "skip", "list"])]
    pub from: Option<PathBuf>,

    /// Settings slots, separated by commas; `all` takes every slot.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_values_t = MATRIX_SLOTS.map(str::to_owned))]
    pub slots: Vec<String>,

    /// Principals, separated by commas; `all` takes every one that the release knows.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_values_t = MATRIX_PRINCIPALS.map(str::to_owned))]
    pub principals: Vec<String>,

    /// Only endpoints and API methods of this plugin; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub plugin: Vec<String>,

    /// Take only cells whose case id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,

    /// Leave out cells whose case id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN")]
    pub skip: Vec<String>,

    /// Print the ids of the planned cells instead of asking for them.
    #[arg(long)]
    pub list: bool,

    /// Requests at once; by default three for each core.
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,

    /// Stop after this many seconds of requests.
    #[arg(long, value_name = "SECONDS")]
    pub time_limit: Option<u64>,

    /// Output directory; what was there is kept once as DIR.old.
    #[arg(long, value_name = "DIR", default_value = "target/conformance-matrix", env = "MATOMO_CONFORMANCE_MATRIX_OUTPUT")]
    pub output: PathBuf,
}
