//! `results.json`: the machine-readable result of a run, with a versioned schema.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::lines::LinesReport;
use crate::judge::{ClauseCount, Coverage, Tally, Verdict};
use crate::matomo::Observation;
use crate::model::{Answer, Clause, Trace, clause};
use crate::target::Environment;

/// Version of the schema of `results.json`.
pub const SCHEMA: u32 = 1;

/// A case in which live and model differ, or that could not be concluded.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// Id of the case.
    pub case: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The clause that the live Matomo seems to break.
    pub clause: &'static str,
    /// Every clause it may point to, the likeliest first.
    pub suspects: Vec<&'static str>,
    /// What must become of the request.
    pub expected: Answer,
    /// What became of it.
    pub observed: Observation,
    /// Clauses asked, in order.
    pub trace: Trace,
    /// The line that repeats it.
    pub curl: String,
    /// The story that tells otherwise, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
}

/// How much of a story is as it was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoryCount {
    /// Requests that were run.
    pub requests: u64,
    /// Those with the outcome that was told.
    pub as_told: u64,
}

/// A difference that an entry of the file of known differences accepts.
#[derive(Clone, Debug, Serialize)]
pub struct Accepted {
    /// Id of the case.
    pub case: String,
    /// The verdict.
    pub verdict: Verdict,
    /// `known`, or `flaky`.
    pub list: &'static str,
    /// Why it is accepted.
    pub reason: String,
    /// Issue or pull request.
    pub link: String,
}

/// What a run found.
pub struct Results<'a> {
    /// The Matomo it ran on.
    pub environment: &'a Environment,
    /// Seed of the order.
    pub seed: u64,
    /// Cases by verdict.
    pub tally: Tally,
    /// What was covered.
    pub coverage: Coverage,
    /// Stories by name.
    pub scenarios: BTreeMap<String, StoryCount>,
    /// Differences in the order of the plan.
    pub differences: Vec<Difference>,
    /// Differences beyond those kept in `differences`; all are in the journal.
    pub left_out: u64,
    /// Accepted differences in the order of the plan.
    pub accepted: Vec<Accepted>,
    /// Entries of the file of known differences that are out of date: pattern and what is wrong.
    pub stale: Vec<(String, String)>,
    /// Exit code of the run.
    pub exit: u8,
    /// Whether every planned case was run.
    pub complete: bool,
    /// Which lines of Matomo's deciding functions ran, where that was noted.
    pub lines: Option<LinesReport>,
}

impl Results<'_> {
    /// The JSON document; `complete` stands last.
    pub fn to_json(&self) -> Value {
        let environment = self.environment;
        let features: BTreeMap<String, Value> = environment
            .features
            .because
            .iter()
            .map(|(feature, why)| (feature.name(), json!({"has": environment.features.has(*feature), "because": why})))
            .collect();
        let clauses: serde_json::Map<String, Value> =
            self.coverage.clauses.iter().map(|(id, count)| ((*id).to_owned(), clause_json(id, *count))).collect();
        let zero: Vec<String> = self.coverage.zero_cells().iter().map(|(dimension, value)| format!("{dimension}={value}")).collect();
        json!({
            "schema": SCHEMA,
            "target": {
                "kind": environment.kind,
                "name": environment.name,
                "version": environment.features.version,
                "software": environment.software.iter().cloned().collect::<BTreeMap<_, _>>(),
                "features": features,
                "real_matomo": !environment.is_simulated(),
                "readings": if environment.attached.is_some() { json!(["page"]) } else { json!(["probe", "page"]) },
                "not_compared": environment.attached.as_ref().map(|attached| attached.not_compared.clone()).unwrap_or_default(),
            },
            "seed": self.seed,
            "totals": self.tally,
            "clauses": clauses,
            "bugs": self.coverage.bugs_met().iter().map(|(clause, cases)| quirk_json(clause, *cases)).collect::<Vec<_>>(),
            "quirks": self.coverage.quirks_met().iter().map(|(clause, cases)| quirk_json(clause, *cases)).collect::<Vec<_>>(),
            "coverage": {"dimensions": self.coverage.dimensions, "zero": zero},
            "scenarios": self.scenarios,
            "differences": self.differences,
            "differences_left_out": self.left_out,
            "known": self.accepted,
            "stale": self.stale.iter().map(|(case, why)| json!({"case": case, "why": why})).collect::<Vec<_>>(),
            "times": {"start_ms": environment.phases.all().iter().map(|(name, took)| (name.clone(), json!(took.as_millis()))).collect::<serde_json::Map<_, _>>()},
            "exit": self.exit,
            "lines": self.lines.as_ref().map(LinesReport::to_json),
            "complete": self.complete,
        })
    }
}

fn quirk_json(clause: &Clause, cases: u64) -> Value {
    json!({"clause": clause.id, "source": clause.source, "cases": cases})
}

fn clause_json(id: &str, count: ClauseCount) -> Value {
    let known = clause(id);
    json!({
        "held": count.held,
        "not_held": count.not_held,
        "strength": known.map(|clause| clause.strength),
        "source": known.map(|clause| clause.source),
    })
}
