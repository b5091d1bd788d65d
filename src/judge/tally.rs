//! The tally of a run and the exit code that follows from it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Verdict;

/// Cases by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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
    /// As JSON without the counts that are 0.
    pub fn to_json(&self) -> Value {
        let mut json = serde_json::to_value(self).unwrap_or_default();
        if let Some(counts) = json.as_object_mut() {
            counts.retain(|_, count| *count != 0);
        }
        json
    }

    /// Adds the counts of another part.
    pub fn sum(&mut self, other: &Self) {
        self.cases += other.cases;
        self.agree += other.agree;
        self.leak += other.leak;
        self.lockout += other.lockout;
        self.wrong_reason += other.wrong_reason;
        self.unknown += other.unknown;
        self.error += other.error;
        self.not_run += other.not_run;
        self.known += other.known;
        self.stale += other.stale;
    }

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

    /// Cases that were run.
    pub fn run(&self) -> u64 {
        self.compared() + self.unknown + self.error
    }

    /// Differences that are not accepted.
    pub fn differences(&self) -> u64 {
        self.leak + self.lockout + self.wrong_reason
    }
}
