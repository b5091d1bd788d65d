//! Fires a plan at a running Matomo: bounded concurrency, observations in the order of the plan, a journal on disk.

mod ask;
mod black_box;
mod canary;
mod corpus;
mod desk;
mod engine;
mod keeper;
mod output;
mod search;
mod sender;
mod shrinking;
mod stage;
mod trial;

pub use ask::{Known, Question};
pub use black_box::{Pace, conduct_black_box, page_canaries, principals_of};
pub use canary::{Canary, canaries};
pub use corpus::{Corpus, short};
pub use desk::{Desk, Inside, Replies};
pub use engine::{Conduct, Event, Stop, answers, conduct};
pub use keeper::{Keeper, PutBack};
pub use output::{OutputFolder, append_redacted, write_redacted};
pub use search::{Budget, Hit, Kind, Reached, Search};
pub use sender::Sender;
pub use shrinking::{MOST_REQUESTS, Way, shrink, way};
pub use stage::{Finding, Found, Loaded, Stage};
pub use trial::{Trial, Tried};
