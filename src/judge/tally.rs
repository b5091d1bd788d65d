//! The tally of a run and the exit code that follows from it.

use serde::{Deserialize, Serialize};

use super::Verdict;

/// Cases by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Planned cases.
    pub cases: u64,
    /// Live and model agree.
    pub agree: u64,
    /// Leaks that are not accepted.
    pub leak: u64,
    /// Lockouts that are not accepted.
    pub lockout: u64,
    /// Wrong reasons that are not accepted.
    pub wrong_reason: u64,
    /// Answers that could not be read.
    pub unknown: u64,
    /// Requests without an answer.
    pub error: u64,
    /// Cases that were not run.
    pub not_run: u64,
    /// Differences accepted in the file of known differences.
    pub known: u64,
    /// Entries of that file that are out of date.
    pub stale: u64,
}

impl Tally {
    /// Counts a verdict.
    pub fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Leak => self.leak += 1,
            Verdict::Lockout => self.lockout += 1,
            Verdict::WrongReason => self.wrong_reason += 1,
            Verdict::Unknown => self.unknown += 1,
            Verdict::Error => self.error += 1,
            Verdict::NotRun => self.not_run += 1,
            Verdict::Agree => self.agree += 1,
        }
    }

    /// Cases whose live answer was compared.
    pub fn compared(&self) -> u64 {
        self.agree + self.leak + self.lockout + self.wrong_reason + self.known
    }

    /// Differences that are not accepted.
    pub fn differences(&self) -> u64 {
        self.leak + self.lockout + self.wrong_reason
    }
}
