//! Observation against decision: verdicts, the clause to blame, and what a run covered.

mod blame;
mod cell;
mod comparison;
mod coverage;
mod endpoint;
mod known;
mod listener;
mod own;
mod tally;
mod verdict;

pub use blame::{attribute, suspects};
pub use cell::judge_cell;
pub use comparison::{Change, change};
pub use coverage::{ClauseCount, Coverage, DIMENSIONS};
pub use endpoint::{asks_the_probe, judge_answer};
pub use known::{Entry, KnownDifferences, List, Occurrence};
pub use listener::{cell_hanging_on, hanging_on};
pub use own::{
    BaselineChange, Law, OwnBaseline, OwnCell, OwnComparison, OwnFinding, OwnPolicy, OwnRow, Stance, baseline_line, broken_laws,
};
pub use tally::Tally;
pub use verdict::{Verdict, compare_answers, judge, judge_page, judge_told};
