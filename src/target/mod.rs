//! Where a Matomo runs: started, asked, stopped, cleaned.

pub mod containers;
mod environment;
mod folders;
pub mod local;
mod login;
mod phases;
mod php;
mod provisioned;
mod runtime;
mod source;
mod start;

pub use environment::{Environment, ServedSlot, Session};
pub use folders::{Leftover, RunFolder, cache_folder, leftovers, runs_folder};
pub use phases::{Phases, Progress, Silent};
pub use provisioned::Provisioned;
pub use source::Source;
