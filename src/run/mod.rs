//! Fires a plan at a running Matomo: bounded concurrency, observations in the order of the plan, a journal on disk.

mod black_box;
mod canary;
mod engine;
mod output;
mod sender;
mod stage;
mod trial;

pub use black_box::{Pace, conduct_black_box, page_canaries, principals_of};
pub use canary::{Canary, canaries};
pub use engine::{Conduct, Event, Stop, conduct};
pub use output::OutputFolder;
pub use sender::Sender;
pub use stage::{Finding, Found, Loaded, Stage};
pub use trial::{Trial, Tried};
