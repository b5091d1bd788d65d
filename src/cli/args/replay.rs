//! Arguments of `replay`.

use std::path::PathBuf;

use clap::Args;

use super::TargetArgs;

const EXAMPLES: &str = "Examples:
  matomo-conformance replay target/conformance --source ../matomo
  matomo-conformance replay flag/write/url/dry/CoreHome.index --source ../matomo
  matomo-conformance replay issue-16869-widget-ignores-flag --source ../matomo --keep";

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReplayArgs {
    /// A case id, a results.json or results.jsonl (all its differences), an output directory, a scenario by name or file, a file
    /// that `search` wrote, or a curl line in one argument; several may be given.
    #[arg(required = true, value_name = "WHAT")]
    pub what: Vec<String>,

    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Take only cases whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(help_heading = "Selection", long, value_name = "PATTERN")]
    pub only: Vec<String>,

    /// Slot for curl lines whose address names none.
    #[arg(help_heading = "Selection", long, value_name = "NAME", default_value = "default")]
    pub slot: String,

    /// Show cases that are as they should be in full, too.
    #[arg(help_heading = "Output", long)]
    pub all: bool,

    /// Leave the Matomo up until Ctrl-C; tokens and addresses are put into FILE, readable by its owner only.
    #[arg(help_heading = "Run", long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "target/replay.env")]
    pub keep: Option<PathBuf>,
}
