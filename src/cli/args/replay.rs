//! Arguments of `replay`.

use std::path::PathBuf;

use clap::Args;

use super::TargetArgs;

const EXAMPLES: &str = "Examples:
  matomo-conformance replay target/conformance --source ../matomo
  matomo-conformance replay flag/write/url/dry/CoreHome.index --source ../matomo
  matomo-conformance replay access.log --as view --source ../matomo
  matomo-conformance replay issue-16869-widget-ignores-flag --source ../matomo --keep";

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReplayArgs {
    /// What to repeat: a curl line, an address, a file, results, a case id or a scenario.
    ///
    /// Of other people: a line of curl, wget or `HTTPie` in one argument, an address, code that embeds a widget, a request as it goes over the
    /// wire, a file of such lines, a HAR file, an access log, or `-` for standard input. Of this program: a case id, a results.json or
    /// results.jsonl (all its differences), an output directory, a scenario by name or file, or a file that `search` wrote. Several may be given.
    #[arg(required = true, value_name = "WHAT")]
    pub what: Vec<String>,

    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Take only cases whose id, or requests whose line, starts with PATTERN or matches it as a glob (`*`).
    #[arg(help_heading = "Selection", long, value_name = "PATTERN")]
    pub only: Vec<String>,

    /// Slot for pasted requests whose address names none.
    #[arg(help_heading = "Selection", long, value_name = "NAME", default_value = "default")]
    pub slot: String,

    /// Whose token and session a pasted request has: a principal such as `view`, or `all`.
    ///
    /// With `all` it is sent as every principal, in the settings default, flag, listed, near and secure, and a table says what became of each.
    #[arg(help_heading = "Selection", long = "as", value_name = "PRINCIPAL")]
    pub principal: Option<String>,

    /// Value of a variable in a pasted line; it comes before that of the environment.
    #[arg(help_heading = "Selection", long, value_name = "VAR=VALUE")]
    pub set: Vec<String>,

    /// Add idSite, period and date to pasted requests that have them neither in the URL nor in the body.
    #[arg(help_heading = "Selection", long)]
    pub complete: bool,

    /// Show each case for itself and in full, also those that are as they should be.
    #[arg(help_heading = "Output", long)]
    pub all: bool,

    /// Print the table of `--as all` as JSON.
    #[arg(help_heading = "Output", short = 'j', long)]
    pub json: bool,

    /// Leave the Matomo up until Ctrl-C; tokens and addresses are put into FILE, readable by its owner only.
    #[arg(help_heading = "Run", long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "target/replay.env")]
    pub keep: Option<PathBuf>,
}
