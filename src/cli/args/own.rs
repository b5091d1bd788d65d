//! Arguments about own checks that several commands have.

use std::path::PathBuf;

use clap::Args;

/// With what own checks are compared.
#[derive(Clone, Debug, Default, Args)]
pub struct OwnChecksArgs {
    /// File that says who may get past each endpoint's own check: more is a leak, less a lockout.
    ///
    /// It has one sorted line an endpoint, as --write-baseline makes it. Endpoints that are new or gone are named.
    #[arg(long, value_name = "FILE", help_heading = "Run", hide_short_help = true)]
    pub baseline: Option<PathBuf>,

    /// File that says who may get past which endpoints' own checks, and who must not: a policy of one's own.
    ///
    /// A TOML table a `Module.Action` or pattern, such as `Goals.*`, with a line a role: view = "deny", admin = "allow", or "either" where it
    /// is not judged. A name outranks a pattern, a longer pattern a shorter one.
    #[arg(long, value_name = "FILE", help_heading = "Run", hide_short_help = true)]
    pub policy: Option<PathBuf>,

    /// Write who gets past each endpoint's own check into a file for --baseline.
    #[arg(long, value_name = "FILE", help_heading = "Output", hide_short_help = true)]
    pub write_baseline: Option<PathBuf>,
}

impl OwnChecksArgs {
    /// Whether any of it was asked for.
    pub fn wanted(&self) -> bool {
        self.baseline.is_some() || self.policy.is_some() || self.write_baseline.is_some()
    }
}
