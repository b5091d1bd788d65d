//! Arguments of `endpoints` and `explain`, which send nothing.

use clap::Args;

use super::TargetArgs;

/// Arguments of `endpoints`.
#[derive(Debug, Args)]
pub struct EndpointsArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Case id, as in reports: slot/principal/carrier/shape/endpoint.
    pub case: String,

    /// Version whose rules are applied; `+24103` adds the allowlist.
    #[arg(long, default_value = "5.8.0")]
    pub rules_of: String,
}
