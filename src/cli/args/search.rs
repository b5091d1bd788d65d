//! Arguments of `search` and `replay`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::TargetArgs;

/// Arguments of `search`.
#[derive(Debug, Args)]
pub struct SearchArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Random requests; by default 10000, or as many as there is time for with --for.
    #[arg(long, value_name = "N")]
    pub cases: Option<u64>,

    /// Time for random requests: 90s, 5m, 2h.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub time: Option<Duration>,

    /// Seed of the random requests; the same one makes the same requests.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Folder of what was met before, one file for each class of behaviour: sent first, and added to.
    #[arg(long, value_name = "DIR", default_value = "target/conformance-corpus")]
    pub corpus: PathBuf,

    /// Stop at the first difference.
    #[arg(long)]
    pub fail_fast: bool,

    /// Requests at once; by default three for each core.
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,

    /// Output directory; what was there is kept once as DIR.old.
    #[arg(long, value_name = "DIR", default_value = "target/conformance-search", env = "MATOMO_CONFORMANCE_SEARCH_OUTPUT")]
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

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// A case id, a results.json or results.jsonl (all its differences), an output directory, a scenario by name or file, a file
    /// that `search` wrote, or a curl line in one argument; several may be given.
    #[arg(required = true, value_name = "WHAT")]
    pub what: Vec<String>,

    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Take only cases whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,

    /// Slot for curl lines whose address names none.
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub slot: String,

    /// Show cases that are as they should be in full, too.
    #[arg(long)]
    pub all: bool,

    /// Leave the Matomo up until Ctrl-C; tokens and addresses are put into FILE, readable by its owner only.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "target/replay.env")]
    pub keep: Option<PathBuf>,
}
