//! `results.json`: the machine-readable result of a run, with a versioned schema. All other reports are made from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::budget::BudgetRecord;
use super::found::{ClauseCases, Counts};
use super::lines::LinesReport;
use crate::judge::{ClauseCount, Coverage, Tally, Verdict};
use crate::matomo::{BroughtEntry, Observation};
use crate::model::{Answer, Clause, ClauseId, Trace};
use crate::plan::{ChangedPlugins, Plan, Shard};
use crate::sut::Environment;

/// Version of the schema of `results.json`.
pub const SCHEMA: u32 = 1;

/// A case in which live and model differ, or that could not be concluded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Difference {
    /// Id of the case.
    pub case: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The clause that the live Matomo seems to break.
    pub clause: ClauseId,
    /// Every clause it may point to, the likeliest first.
    pub suspects: Vec<ClauseId>,
    /// What must become of the request.
    pub expected: Answer,
    /// The status that must come with it, where one is promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_status: Option<u16>,
    /// What became of it.
    pub observed: Observation,
    /// Clauses asked, in order.
    pub trace: Trace,
    /// The line that repeats it.
    pub curl: String,
    /// The story that tells otherwise, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// What makes the difference, where a request in company was split: words that decide nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
}

/// How much of a story is as it was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryCount {
    /// Requests that were run.
    pub requests: u64,
    /// Those with the outcome that was told.
    pub as_told: u64,
}

/// A difference that an entry of the file of known differences accepts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Accepted {
    /// Id of the case.
    pub case: String,
    /// The verdict.
    pub verdict: Verdict,
    /// `known`, or `flaky`.
    pub list: String,
    /// Why it is accepted.
    pub reason: String,
    /// Issue or pull request.
    pub link: String,
}

/// An entry of the file of known differences, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRecord {
    /// `known`, or `flaky`.
    pub list: String,
    /// Its pattern.
    pub case: String,
    /// Cases that it accepted.
    pub met: u64,
    /// What is wrong with it, where something is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drifted: Option<String>,
}

/// A canary that did not answer as it must.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryRecord {
    /// The principal.
    pub principal: String,
    /// `accepted` or `refused`.
    pub should_be: String,
    /// What was seen instead.
    pub seen: String,
}

impl CanaryRecord {
    /// In one sentence.
    pub fn in_words(&self) -> String {
        format!("{} was not {}: {}", self.principal, self.should_be, self.seen)
    }
}

/// The Matomo that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRecord {
    /// `source`, `release`, `url` or `simulated`.
    pub kind: String,
    /// What was asked for.
    pub name: String,
    /// Version that it states of itself.
    pub version: String,
    /// Database and PHP versions.
    pub software: BTreeMap<String, String>,
    /// Features by name.
    pub features: BTreeMap<String, FeatureRecord>,
    /// Whether it was a real Matomo.
    pub real_matomo: bool,
    /// By what answers were read: `probe` and `page`, or `page` alone.
    pub readings: Vec<String>,
    /// What was not compared, in words.
    pub not_compared: Vec<String>,
    /// Entries of the allowlist that the Matomo's own files bring.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brought: Vec<BroughtEntry>,
}

impl TargetRecord {
    /// Of a running Matomo.
    pub fn of(environment: &Environment) -> Self {
        let features = &environment.features;
        let feature = |(feature, why): (&crate::model::Feature, &String)| {
            (feature.name(), FeatureRecord { has: features.has(*feature), because: why.clone() })
        };
        let readings: &[&str] = if environment.attached.is_some() { &["page"] } else { &["probe", "page"] };
        Self {
            kind: environment.kind.to_owned(),
            name: environment.name.clone(),
            version: features.version.clone(),
            software: environment.software.iter().cloned().collect(),
            features: features.because.iter().map(feature).collect(),
            real_matomo: !environment.is_simulated(),
            readings: readings.iter().map(|reading| (*reading).to_owned()).collect(),
            not_compared: environment.attached.as_ref().map(|attached| attached.not_compared.clone()).unwrap_or_default(),
            brought: environment.catalogue.brought.entries.clone(),
        }
    }
}

/// Whether a Matomo has a feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureRecord {
    /// Whether it has.
    pub has: bool,
    /// Why that is believed.
    pub because: String,
}

/// What was planned; the parts of one plan agree in everything but the shard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRecord {
    /// Cases of the whole plan, of all shards together.
    pub cases: u64,
    /// SHA-256 of all their ids in order.
    pub digest: String,
    /// Patterns of `--only`.
    pub only: Vec<String>,
    /// Patterns of `--skip`.
    pub skip: Vec<String>,
    /// Whether it is the whole product of all dimensions.
    pub full: bool,
    /// What the changed files touch, where they narrowed the sweep.
    pub touched: Option<ChangedPlugins>,
    /// Plugins of `--only-plugin`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_plugins: Vec<String>,
    /// The part that was run.
    pub shard: Option<Shard>,
}

impl PlanRecord {
    /// Whether nothing was left out but what other shards run.
    pub fn everything(&self) -> bool {
        self.only.is_empty()
            && self.skip.is_empty()
            && self.only_plugins.is_empty()
            && !matches!(self.touched, Some(ChangedPlugins::Plugins(_)))
    }
}

/// What a run found.
#[derive(Clone, Debug)]
pub struct Results {
    /// Version of this program.
    pub program: String,
    /// The Matomo it ran on.
    pub target: TargetRecord,
    /// Seed of the order.
    pub seed: u64,
    /// What was planned.
    pub plan: PlanRecord,
    /// Cases by verdict.
    pub tally: Tally,
    /// What was covered.
    pub coverage: Coverage,
    /// Cases by verdict for each slot/principal/carrier/shape.
    pub groups: BTreeMap<String, Tally>,
    /// Stories by name.
    pub scenarios: BTreeMap<String, StoryCount>,
    /// Differences in the order of the plan.
    pub differences: Vec<Difference>,
    /// Differences beyond those kept in `differences`; all are in the journal.
    pub left_out: u64,
    /// All differences by verdict and clause, as they were settled on.
    pub cases_by_clause: Vec<ClauseCases>,
    /// All differences while a run goes on.
    pub counts: Counts,
    /// The clause that was settled on for each kind of them.
    pub settled: BTreeMap<(Verdict, Vec<ClauseId>), ClauseId>,
    /// Accepted differences in the order of the plan.
    pub accepted: Vec<Accepted>,
    /// Entries of the file of known differences.
    pub entries: Vec<EntryRecord>,
    /// Entries that are out of date: pattern and what is wrong.
    pub stale: Vec<(String, String)>,
    /// Canaries that failed.
    pub canaries: Vec<CanaryRecord>,
    /// MUST clauses that were not decided both ways, where a run had to decide all.
    pub undecided: Vec<ClauseId>,
    /// When the requests began, RFC 3339.
    pub began: String,
    /// Phases of the start in milliseconds.
    pub start_ms: Map<String, Value>,
    /// Exit code of the run.
    pub exit: u8,
    /// Why the run ended before its last case, where it did.
    pub ended_early: Option<String>,
    /// The budget, where one was given.
    pub budget: Option<BudgetRecord>,
    /// Whether every planned case was run.
    pub complete: bool,
    /// Which lines of Matomo's deciding functions ran, where that was noted.
    pub lines: Option<LinesReport>,
}

impl Results {
    /// Canaries that failed because of a difference, and those that failed by themselves and keep anything from being concluded.
    pub fn canaries_by_cause(&self) -> (Vec<&CanaryRecord>, Vec<&CanaryRecord>) {
        let because_of_one = |canary: &&CanaryRecord| {
            // A token that is not what its name says causes differences, and is caused by none.
            let verdict = match canary.should_be.as_str() {
                "refused" => Verdict::Leak,
                kept if kept.starts_with("kept from opening more") => Verdict::Leak,
                accepted if accepted.starts_with("accepted") => Verdict::Lockout,
                _ => return false,
            };
            let asked_by = |case: &str| level_of(case.split('/').nth(1).unwrap_or_default()) == level_of(&canary.principal);
            self.differences.iter().any(|difference| difference.verdict == verdict && asked_by(&difference.case))
        };
        self.canaries.iter().partition(because_of_one)
    }

    /// What keeps the run from being green beside differences, in words.
    pub fn obstacles(&self) -> Vec<String> {
        let mut obstacles = Vec::new();
        if self.tally.not_run > 0 && !self.budget_spent() {
            let why = self.ended_early.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            obstacles.push(format!("{} of {} cases were not run{why}", self.tally.not_run, self.tally.cases));
        }
        if self.tally.unknown > 0 {
            obstacles.push(format!("{} answers could not be read", self.tally.unknown));
        }
        if self.tally.error > 0 {
            obstacles.push(format!("{} requests had no answer", self.tally.error));
        }
        if self.tally.compared() == 0 {
            obstacles.push("nothing was compared".to_owned());
        }
        let (_, failed) = self.canaries_by_cause();
        obstacles.extend(failed.into_iter().map(|canary| format!("canary {}", canary.in_words())));
        if !self.undecided.is_empty() && !self.undecided_is_accepted() {
            obstacles
                .push(format!("not decided both ways: {}", self.undecided.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ")));
        }
        obstacles.extend(self.stale.iter().map(|(case, why)| format!("known difference {case} is stale: {why}")));
        obstacles
    }

    /// Nothing run yet on this Matomo; the plan is what this run asks, the record what was planned with it.
    pub fn new(environment: &Environment, plan: &Plan, record: PlanRecord, seed: u64) -> Self {
        let mut groups: BTreeMap<String, Tally> = BTreeMap::new();
        for case in &plan.cases {
            groups.entry(plan.group(*case)).or_default().cases += 1;
        }
        let features = &environment.features;
        Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            target: TargetRecord::of(environment),
            seed,
            plan: record,
            tally: Tally { cases: plan.cases.len() as u64, ..Tally::default() },
            coverage: Coverage::new(features),
            groups,
            scenarios: BTreeMap::new(),
            differences: Vec::new(),
            left_out: 0,
            cases_by_clause: Vec::new(),
            counts: Counts::new(),
            settled: BTreeMap::new(),
            accepted: Vec::new(),
            entries: Vec::new(),
            stale: Vec::new(),
            canaries: Vec::new(),
            undecided: Vec::new(),
            began: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            start_ms: environment.phases.all().iter().map(|(name, took)| (name.clone(), json!(took.as_millis()))).collect(),
            exit: 0,
            ended_early: None,
            budget: None,
            complete: false,
            lines: None,
        }
    }

    /// The JSON document; `complete` stands last.
    pub fn to_json(&self) -> Value {
        let clauses: Map<String, Value> =
            self.coverage.clauses.iter().map(|(id, count)| (id.to_string(), clause_json(id.clause(), *count))).collect();
        let zero: Vec<String> = self.coverage.zero_cells().iter().map(|(dimension, value)| format!("{dimension}={value}")).collect();
        json!({
            "schema": SCHEMA,
            "program": self.program,
            "target": self.target,
            "seed": self.seed,
            "plan": self.plan,
            "totals": self.tally,
            "clauses": clauses,
            "undecided": self.undecided,
            "bugs": self.coverage.bugs_met().iter().map(|(clause, cases)| quirk_json(clause, *cases)).collect::<Vec<_>>(),
            "quirks": self.coverage.quirks_met().iter().map(|(clause, cases)| quirk_json(clause, *cases)).collect::<Vec<_>>(),
            "coverage": {"dimensions": self.coverage.dimensions, "zero": zero},
            "groups": self.groups.iter().map(|(name, tally)| (name.clone(), tally.to_json())).collect::<Map<_, _>>(),
            "scenarios": self.scenarios,
            "differences_by_clause": self.cases_by_clause,
            "differences": self.differences,
            "differences_left_out": self.left_out,
            "known": self.accepted,
            "known_entries": self.entries,
            "stale": self.stale.iter().map(|(case, why)| json!({"case": case, "why": why})).collect::<Vec<_>>(),
            "canaries": self.canaries,
            "times": {"began": self.began, "start_ms": self.start_ms},
            "exit": self.exit,
            "ended_early": self.ended_early,
            "budget": self.budget,
            "lines": self.lines,
            "complete": self.complete,
        })
    }
}

/// The level of access in the name of a principal: whatever kind of token carries it, the same rule lets it in.
fn level_of(principal: &str) -> &str {
    ["super", "admin", "write", "view"].into_iter().find(|level| principal.contains(level)).unwrap_or(principal)
}

fn quirk_json(clause: &Clause, cases: u64) -> Value {
    json!({"clause": clause.id, "source": clause.source, "cases": cases})
}

fn clause_json(clause: &Clause, count: ClauseCount) -> Value {
    json!({
        "held": count.held,
        "not_held": count.not_held,
        "strength": clause.strength,
        "source": clause.source,
        "evidence": clause.evidence,
    })
}
