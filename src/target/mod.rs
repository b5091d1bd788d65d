//! Where a Matomo runs: started, asked, stopped, cleaned.

mod copy;
mod environment;
mod folders;
pub mod local;
mod phases;
pub mod simulated;
pub mod simulation;
mod source;

pub use copy::TreeCopy;
pub use environment::{Environment, SIMULATED, ServedSlot, Session};
pub use folders::{Leftover, RunFolder, cache_folder, leftovers, runs_folder};
pub use phases::{Phases, Progress, Silent};
pub use source::Source;
