//! What a run covered: every clause both ways, every value of every dimension.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{CLAUSES, Clause, ClauseId, Exists, Features, Strength, Trace, Ways};

/// How often a clause was asked, by answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseCount {
    /// It held.
    pub held: u64,
    /// It did not hold.
    pub not_held: u64,
}

/// What is counted of every case.
pub const DIMENSIONS: [&str; 5] = ["slot", "principal", "carrier", "shape", "verdict"];

/// Counts over a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// By clause id, in the order of the model.
    pub clauses: Vec<(ClauseId, ClauseCount)>,
    /// By dimension and value; values that no case had are there with 0.
    pub dimensions: BTreeMap<&'static str, BTreeMap<String, u64>>,
}

impl Coverage {
    /// Nothing counted yet; every clause of the release is listed.
    pub fn new(features: &Features) -> Self {
        let clauses = CLAUSES.iter().filter(|clause| clause.exists.in_release(features)).map(|clause| (clause.id, ClauseCount::default()));
        Self { clauses: clauses.collect(), dimensions: BTreeMap::new() }
    }

    /// Declares a value of a dimension, so that it shows even if no case has it.
    pub fn declare(&mut self, dimension: &'static str, value: &str) {
        self.dimensions.entry(dimension).or_default().entry(value.to_owned()).or_insert(0);
    }

    /// Counts a case's value.
    pub fn count(&mut self, dimension: &'static str, value: &str) {
        let values = self.dimensions.entry(dimension).or_default();
        match values.get_mut(value) {
            Some(count) => *count += 1,
            None => {
                values.insert(value.to_owned(), 1);
            }
        }
    }

    /// Counts the clauses of a decision.
    pub fn trace(&mut self, trace: &Trace) {
        for step in &trace.steps {
            if let Some((_, count)) = self.clauses.iter_mut().find(|(id, _)| *id == step.clause) {
                if step.held {
                    count.held += 1;
                } else {
                    count.not_held += 1;
                }
            }
        }
    }

    /// Adds what another part of the same run covered.
    pub fn add(&mut self, other: &Self) {
        for (id, count) in &other.clauses {
            match self.clauses.iter_mut().find(|(known, _)| known == id) {
                Some((_, sum)) => {
                    sum.held += count.held;
                    sum.not_held += count.not_held;
                }
                None => self.clauses.push((*id, *count)),
            }
        }
        for (dimension, values) in &other.dimensions {
            for (value, count) in values {
                *self.dimensions.entry(dimension).or_default().entry(value.clone()).or_insert(0) += count;
            }
        }
    }

    /// MUST clauses that were not decided in every way they can be.
    pub fn undecided(&self) -> Vec<ClauseId> {
        let open = |(id, count): &(ClauseId, ClauseCount)| {
            let clause = id.clause();
            let enough = match clause.ways {
                Ways::Both => count.held > 0 && count.not_held > 0,
                Ways::Held => count.held > 0,
                Ways::NotHeld => count.not_held > 0,
            };
            (clause.strength == Strength::Must && !enough).then_some(*id)
        };
        self.clauses.iter().filter_map(open).collect()
    }

    /// Bugs of the release that were met: what it does, though later releases were mended. With the number of cases.
    pub fn bugs_met(&self) -> Vec<(&'static Clause, u64)> {
        self.quirks_met().into_iter().filter(|(clause, _)| matches!(clause.exists, Exists::Without(_))).collect()
    }

    /// What was met that nobody promised, bugs of the release included. With the number of cases.
    pub fn quirks_met(&self) -> Vec<(&'static Clause, u64)> {
        let held = self.clauses.iter().filter(|(_, count)| count.held > 0);
        held.map(|(id, count)| (id.clause(), count.held)).filter(|(clause, _)| clause.strength == Strength::Quirk).collect()
    }

    /// Values of dimensions that no case had.
    pub fn zero_cells(&self) -> Vec<(&'static str, &str)> {
        let cells = self
            .dimensions
            .iter()
            .flat_map(|(dimension, values)| values.iter().map(move |(value, count)| (*dimension, value.as_str(), *count)));
        cells.filter(|(_, _, count)| *count == 0).map(|(dimension, value, _)| (dimension, value)).collect()
    }
}
