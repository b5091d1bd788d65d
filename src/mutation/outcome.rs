//! What became of a mutant, and the sums over all.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mutant::Mutant;

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fate")]
pub enum MutantFate {
    /// It does not parse, does not start, or answers nothing that can be read: it says nothing about the plan.
    Unviable {
        /// What was seen.
        why: String,
    },
    /// A case differs from what must be.
    Caught {
        /// The first case that differs.
        case: String,
        /// Its verdict.
        verdict: String,
        /// The clause that the case points to.
        clause: String,
        /// Cases compared up to there.
        requests: usize,
    },
    /// No case differs, but some answers could not be read, or the difference did not go away with the mutant.
    Unclear {
        /// The first such case.
        case: String,
        /// What was seen.
        why: String,
        /// Cases compared.
        requests: usize,
    },
    /// No case differs.
    Survived {
        /// Cases compared.
        requests: usize,
    },
}

impl MutantFate {
    /// Name as in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unviable { .. } => "unviable",
            Self::Caught { .. } => "caught",
            Self::Unclear { .. } => "unclear",
            Self::Survived { .. } => "survived",
        }
    }
}

/// What an earlier run wrote of its mutants, a JSON object a line.
#[derive(Debug, Default)]
pub struct Journal {
    lines: HashMap<String, Value>,
}

impl Journal {
    /// Reads the text of a `results.jsonl`; a line that was not written to its end is passed over.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        Self { lines: lines.filter_map(|line| Some((line["id"].as_str()?.to_owned(), line))).collect() }
    }

    /// What became of this very mutant, where that needs not be tried again: it was caught or unviable, or survived so many
    /// cases at least.
    pub fn fate(&self, mutant: &Mutant, cases: usize) -> Option<MutantFate> {
        let line = self.lines.get(&mutant.id)?;
        let same = serde_json::to_value(mutant).ok()?;
        if same.as_object()?.iter().any(|(name, value)| line.get(name) != Some(value)) {
            return None;
        }
        match serde_json::from_value(line.clone()).ok()? {
            MutantFate::Unclear { .. } => None,
            MutantFate::Survived { requests } if requests < cases => None,
            settled => Some(settled),
        }
    }
}

/// A mutant and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct MutantOutcome {
    /// The mutant.
    #[serde(flatten)]
    pub mutant: Mutant,
    /// What became of it.
    #[serde(flatten)]
    pub fate: MutantFate,
}

/// Sums over outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KillTally {
    /// All mutants that were tried.
    pub mutants: usize,
    /// Of them unviable.
    pub unviable: usize,
    /// Of them caught.
    pub caught: usize,
    /// Of them unclear.
    pub unclear: usize,
    /// Of them survivors.
    pub survived: usize,
    /// Median number of cases up to the first difference.
    pub median_requests: usize,
}

impl KillTally {
    /// Sums up.
    pub fn of(outcomes: &[MutantOutcome]) -> Self {
        let mut tally = Self { mutants: outcomes.len(), ..Self::default() };
        let mut requests = Vec::new();
        for outcome in outcomes {
            match &outcome.fate {
                MutantFate::Unviable { .. } => tally.unviable += 1,
                MutantFate::Caught { requests: after, .. } => {
                    tally.caught += 1;
                    requests.push(*after);
                }
                MutantFate::Unclear { .. } => tally.unclear += 1,
                MutantFate::Survived { .. } => tally.survived += 1,
            }
        }
        requests.sort_unstable();
        tally.median_requests = requests.get(requests.len() / 2).copied().unwrap_or_default();
        tally
    }

    /// Mutants that say something about the plan.
    pub fn viable(&self) -> usize {
        self.mutants - self.unviable
    }
}
