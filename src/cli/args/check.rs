//! Arguments of `check`.

use std::path::PathBuf;

use clap::Args;

use super::{AttachArgs, TargetArgs};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Take only cases whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,

    /// Leave out cases whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN")]
    pub skip: Vec<String>,

    /// Run the whole product of all dimensions instead of the default plan.
    #[arg(long)]
    pub full: bool,

    /// Print the ids of the planned cases instead of running them.
    #[arg(long)]
    pub list: bool,

    /// Seed of the order.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Stop at the first leak.
    #[arg(long)]
    pub fail_fast: bool,

    /// Requests at once; by default three for each core.
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,

    /// Stop after this many seconds of requests.
    #[arg(long, value_name = "SECONDS")]
    pub time_limit: Option<u64>,

    /// File of accepted differences; by default known-differences.toml where there is one.
    #[arg(long, value_name = "FILE", env = "MATOMO_CONFORMANCE_KNOWN_DIFFERENCES")]
    pub known_differences: Option<PathBuf>,

    /// Folder of known stories (*.toml) to run instead of those that come with the program.
    #[arg(long, value_name = "DIR")]
    pub scenarios: Option<PathBuf>,

    /// Output directory; what was there is kept once as DIR.old.
    #[arg(long, value_name = "DIR", default_value = "target/conformance", env = "MATOMO_CONFORMANCE_OUTPUT")]
    pub output: PathBuf,

    /// Or one that runs already.
    #[command(flatten)]
    pub attach: AttachArgs,
}
