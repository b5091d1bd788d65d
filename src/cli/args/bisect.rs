//! Arguments of `bisect`.

use std::path::PathBuf;

use clap::Args;

use super::{RuntimeArgs, StartArgs};

const EXAMPLES: &str = "Examples:
  matomo-conformance bisect default/view/url/dry/Goals.get --repository . --good 5.1.0 --bad 5.2.0
  matomo-conformance bisect request.txt --as view --repository ../matomo --good 5.1.0 --bad HEAD";

/// Arguments of `bisect`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BisectArgs {
    /// What is asked: a case id, or a request of other people as `replay` reads it.
    #[arg(value_name = "WHAT")]
    pub what: String,

    /// Checkout of Matomo's repository. It is only read: commits are tried in a clone that is removed at the end.
    #[arg(long, value_name = "DIR", help_heading = "Target")]
    pub repository: PathBuf,

    /// A commit, tag or branch of it that still answers as it should.
    #[arg(long, value_name = "REV", help_heading = "Target")]
    pub good: String,

    /// A later one that answers differently.
    #[arg(long, value_name = "REV", help_heading = "Target")]
    pub bad: String,

    /// Tree whose vendor/ was made for another composer.lock than the checkout's has.
    ///
    /// For commits with the composer.lock of DIR. May be given several times; where none fits, `composer install` is tried.
    #[arg(long, value_name = "DIR", help_heading = "Target")]
    pub vendor: Vec<PathBuf>,

    /// Slot for a pasted request whose address names none.
    #[arg(long, value_name = "NAME", default_value = "default", help_heading = "Selection")]
    pub slot: String,

    /// Whose token and session a pasted request has: a principal such as `view`.
    #[arg(long = "as", value_name = "PRINCIPAL", help_heading = "Selection")]
    pub principal: Option<String>,

    /// With what it runs.
    #[command(flatten)]
    pub programs: RuntimeArgs,

    /// How it is started.
    #[command(flatten)]
    pub start: StartArgs,
}
