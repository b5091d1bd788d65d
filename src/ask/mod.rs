//! Fires a plan at a running Matomo: bounded concurrency, observations in the order of the plan, a journal on disk.

mod black_box;
mod canary;
mod client;
mod corpus;
mod database_guard;
mod engine;
mod exact_sender;
mod mutant_runner;
mod output;
mod own_checks;
mod question;
mod search;
mod sender;
mod served_tree;
mod shrinking;
mod split;
mod watch;

pub use black_box::{Pace, conduct_black_box, page_canaries, principals_of};
pub use canary::{Canary, canaries};
pub use client::{Client, Inside, Responder};
pub use corpus::{Corpus, short};
pub use database_guard::{DatabaseGuard, PutBack};
pub use engine::{Conduct, Event, Stop, answers, conduct};
pub use exact_sender::ExactSender;
pub use mutant_runner::{MutantResult, MutantRunner};
pub use output::{OutputFolder, append_redacted, writable, write_redacted};
pub use own_checks::OwnChecks;
pub use question::{Known, Question};
pub use search::{Budget, Hit, HitKind, Reached, Search};
pub use sender::Sender;
pub use served_tree::{Finding, FirstDifference, Loaded, ServedTree};
pub use shrinking::{Differs, MOST_REQUESTS, differs, shrink};
pub use split::{Split, Splitter};
pub use watch::{Watch, Watching};
