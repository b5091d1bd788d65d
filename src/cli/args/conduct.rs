//! Arguments that say how requests are sent: in which order, how many at once, for how long.

use clap::Args;

use crate::ask::Conduct;

/// The order of cases.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Run")]
pub struct OrderArgs {
    /// Seed of the order; it never changes which cases there are.
    #[arg(long, default_value_t = 1, hide_short_help = true)]
    pub seed: u64,
}

impl Default for OrderArgs {
    fn default() -> Self {
        Self { seed: 1 }
    }
}

/// How many requests run at once.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Run")]
pub struct ConcurrencyArgs {
    /// Requests at once; by default three for each core.
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub concurrency: Option<usize>,
}

/// For how long requests are sent.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Run")]
pub struct TimeLimitArgs {
    /// Stop after this many seconds of requests.
    #[arg(long, value_name = "SECONDS")]
    pub time_limit: Option<u64>,
}

impl ConcurrencyArgs {
    /// How a run is conducted: so many requests at once, for so long at most.
    pub fn conduct(&self, limit: &TimeLimitArgs) -> Conduct {
        Conduct::wanted(self.concurrency, limit.time_limit)
    }
}
