//! What became of a run's budget.

use serde::{Deserialize, Serialize};

use super::results::Results;
use crate::plan::Budget;

/// The budget of a run, and whether it was what ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetRecord {
    /// What was given.
    pub given: Budget,
    /// Cases that were asked.
    pub asked: u64,
    /// Cases that were planned.
    pub planned: u64,
    /// Whether it ended the run before its last case.
    pub spent: bool,
    /// Whether what it left undecided was accepted before.
    pub accepted: bool,
}

impl BudgetRecord {
    /// Why the run ended, for its closing line.
    pub fn in_words(&self) -> String {
        format!("{} of {} planned cases were asked, then the budget of {} was spent", self.asked, self.planned, self.given)
    }
}

impl Results {
    /// Whether a budget ended the run: what was not run was left out on purpose.
    pub fn budget_spent(&self) -> bool {
        self.budget.is_some_and(|budget| budget.spent)
    }

    /// Whether clauses were left undecided by a budget of which that was accepted.
    pub fn undecided_is_accepted(&self) -> bool {
        self.budget.is_some_and(|budget| budget.spent && budget.accepted)
    }
}
