//! Arguments of `cache`.

use clap::{Args, ValueEnum};

const EXAMPLES: &str = "Examples:
  matomo-conformance cache
  matomo-conformance cache clear
  matomo-conformance cache --limit 500";

/// What is done with the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CacheAction {
    /// Show every template with its size and when it was last used.
    List,
    /// Remove all templates; the next start provisions anew.
    Clear,
}

/// Arguments of `cache`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CacheArgs {
    /// What is done with it.
    #[arg(value_enum, value_name = "ACTION")]
    pub action: Option<CacheAction>,

    /// Remove first what was not used for longest, until the templates have at most so many MiB. For good
    /// `MATOMO_CONFORMANCE_CACHE_LIMIT` names it; 2048 where nothing does.
    #[arg(help_heading = "Selection", long, value_name = "MIB")]
    pub limit: Option<u64>,
}
