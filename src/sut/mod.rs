//! Where a Matomo runs: started, asked, stopped, cleaned.

pub mod archive;
pub mod attached;
pub mod containers;
mod copy;
mod coverage;
mod environment;
mod folders;
mod guarded;
pub mod local;
mod login;
mod owner;
mod phases;
mod php;
mod plugins;
mod provisioned;
mod runtime;
mod served;
pub mod simulation;
mod source;
mod start;
pub mod state;

pub use attached::Attached;
pub use copy::TreeCopy;
pub use coverage::{CoveredPart, LineCoverage, Lines, News};
pub use environment::{CHANGING, Changing, ChangingSlot, Environment, GUARDED, GuardedSlot, Health, SIMULATED, ServedSlot, Session};
pub use folders::{Leftover, RunFolder, cache_folder, create_private, leftovers, runs_folder};
pub use login::{open_dead_sessions, open_sessions};
pub use owner::Owner;
pub use phases::{Phases, Progress, Silent};
pub use plugins::{GivenPlugin, Plugins};
pub use provisioned::Provisioned;
pub use served::{Served, ServedUrl, ServedUser};
pub use source::Source;
