//! Arguments that take a part of a plan by the ids of its cases.

use clap::Args;

use crate::failure::Failure;
use crate::plan::Filter;

/// Which cases of a plan are taken.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Selection")]
pub struct FilterArgs {
    /// Take only cases whose id starts with PATTERN or matches it.
    ///
    /// With `*` it is a glob. May be given several times; each one has to take a case.
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,

    /// Leave out cases whose id starts with PATTERN or matches it.
    ///
    /// With `*` it is a glob. May be given several times.
    #[arg(long, value_name = "PATTERN")]
    pub skip: Vec<String>,
}

impl FilterArgs {
    /// The patterns, ready to be asked.
    pub fn filter(&self) -> Result<Filter, Failure> {
        Filter::new(&self.only, &self.skip).map_err(Failure::usage)
    }
}
