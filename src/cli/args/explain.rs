//! Arguments of `endpoints` and `explain`, which send nothing.

use std::path::PathBuf;

use clap::Args;

use super::TargetArgs;

const ENDPOINTS_EXAMPLES: &str = "Examples:
  matomo-conformance endpoints --simulated
  matomo-conformance endpoints --source ../matomo
  matomo-conformance endpoints --source ../matomo --words";

const EXPLAIN_EXAMPLES: &str = "Examples:
  matomo-conformance explain flag/write/url/dry/CoreHome.index
  matomo-conformance explain list-even/admin/body/real/Widgetize.iframe --rules-of 5.2.0+24103
  matomo-conformance explain --list";

/// Arguments of `endpoints`.
#[derive(Debug, Args)]
#[command(after_help = ENDPOINTS_EXAMPLES)]
pub struct EndpointsArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Print what the PHP of a source tree asks a request for, instead of its endpoints; nothing is started.
    ///
    /// A line a word: parameter, header, cookie, server or session; its name; `near` where a function asks for it that decides about access or
    /// that is called by one; where it is asked for first; and the values that it is compared with. Then a line for each text or number that
    /// something is compared with near a decision.
    #[arg(long, help_heading = "Output")]
    pub words: bool,

    /// File with the names of changed files, or `-`, one a line: all that they ask for and compare is near.
    #[arg(long, value_name = "FILE", requires = "words", help_heading = "Output")]
    pub changed_files: Option<PathBuf>,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub struct ExplainArgs {
    /// Case id, as in reports: slot/principal/carrier/shape/endpoint.
    #[arg(required_unless_present = "list", value_name = "CASE")]
    pub case: Option<String>,

    /// Print what a case id is made of instead, and the faults that can be planted in the simulated Matomo: a line a name.
    #[arg(long, help_heading = "Output", conflicts_with = "case")]
    pub list: bool,

    /// Version whose rules are applied; `+24103` adds the allowlist.
    #[arg(help_heading = "Target", long, default_value = "5.8.0")]
    pub rules_of: String,
}
