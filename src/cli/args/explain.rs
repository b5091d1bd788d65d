//! Arguments of `endpoints` and `explain`, which send nothing.

use clap::Args;

use super::TargetArgs;

const ENDPOINTS_EXAMPLES: &str = "Examples:
  matomo-conformance endpoints --simulated
  matomo-conformance endpoints --source ../matomo";

const EXPLAIN_EXAMPLES: &str = "Examples:
  matomo-conformance explain flag/write/url/dry/CoreHome.index
  matomo-conformance explain list-even/admin/body/real/Widgetize.iframe --rules-of 5.2.0+24103";

/// Arguments of `endpoints`.
#[derive(Debug, Args)]
#[command(after_help = ENDPOINTS_EXAMPLES)]
pub struct EndpointsArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub struct ExplainArgs {
    /// Case id, as in reports: slot/principal/carrier/shape/endpoint.
    pub case: String,

    /// Version whose rules are applied; `+24103` adds the allowlist.
    #[arg(help_heading = "Target", long, default_value = "5.8.0")]
    pub rules_of: String,
}
