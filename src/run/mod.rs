//! Fires a plan at a running Matomo: bounded concurrency, observations in the order of the plan, a journal on disk.

mod canary;
mod engine;
mod output;
mod sender;
mod stage;
mod trial;

pub use canary::{Canary, canaries};
pub use engine::{Conduct, Event, Stop, conduct};
pub use output::OutputFolder;
pub use sender::Sender;
pub use stage::{Finding, Found, Loaded, Stage};
pub use trial::{Trial, Tried};
