//! Arguments of `search`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{ConcurrencyArgs, TargetArgs};

const EXAMPLES: &str = "Examples:
  matomo-conformance search --simulated --cases 2000
  matomo-conformance search --source ../matomo --for 5m --seed 7";

/// Arguments of `search`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SearchArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Random requests; by default 10000, or as many as there is time for with --for.
    #[arg(help_heading = "Run", long, value_name = "N")]
    pub cases: Option<u64>,

    /// Time for random requests: 90s, 5m, 2h.
    #[arg(help_heading = "Run", long = "for", value_name = "TIME", value_parser = duration)]
    pub time: Option<Duration>,

    /// Seed of the random requests; the same one makes the same requests.
    #[arg(help_heading = "Run", long, default_value_t = 1)]
    pub seed: u64,

    /// Folder of what was met before, one file for each class of behaviour: sent first, and added to.
    #[arg(help_heading = "Run", long, value_name = "DIR", default_value = "target/conformance-corpus")]
    pub corpus: PathBuf,

    /// Note which lines of Matomo's deciding functions run, keep requests that reach a new one, and say which never do.
    /// Needs PHP's extension pcov and the runtime local.
    #[arg(hide_short_help = true, help_heading = "Run", long)]
    pub coverage: bool,

    /// Stop at the first difference.
    #[arg(help_heading = "Run", long)]
    pub fail_fast: bool,

    /// How many at once.
    #[command(flatten)]
    pub concurrency: ConcurrencyArgs,

    /// Output directory.
    ///
    /// What was there is kept once as DIR.old.
    #[arg(
        help_heading = "Output",
        long,
        value_name = "DIR",
        default_value = "target/conformance-search",
        env = "MATOMO_CONFORMANCE_SEARCH_OUTPUT"
    )]
    pub output: PathBuf,
}

/// Reads `90s`, `5m` or `2h`.
fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.chars().next_back().unwrap_or_default();
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return Err("a number with s, m or h is needed, such as 5m".to_owned()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| "a number with s, m or h is needed, such as 5m".to_owned())?;
    Ok(Duration::from_secs(number * seconds))
}
