//! Observation against decision: verdicts, the clause to blame, and what a run covered.

mod blame;
mod cell;
mod coverage;
mod known;
mod tally;
mod verdict;

pub use blame::{attribute, suspects};
pub use cell::judge_cell;
pub use coverage::{ClauseCount, Coverage};
pub use known::{Entry, KnownDifferences, List, Seen};
pub use tally::Tally;
pub use verdict::{Verdict, judge, judge_page, judge_told};
