//! Results read back: `results.json` as a whole, and the lines of a journal.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::budget::BudgetRecord;
use super::found::{ClauseCases, Counts, counted};
use super::lines::LinesReport;
use super::results::{Accepted, CanaryRecord, Difference, EntryRecord, PlanRecord, Results, SCHEMA, StoryCount, TargetRecord};
use crate::failure::{Failure, at};
use crate::judge::{ClauseCount, Coverage, DIMENSIONS, Tally, Verdict};
use crate::matomo::Observation;
use crate::model::ClauseId;

#[derive(Deserialize)]
struct RawResults {
    program: String,
    target: TargetRecord,
    seed: u64,
    plan: PlanRecord,
    totals: Tally,
    clauses: Map<String, Value>,
    undecided: Vec<ClauseId>,
    coverage: RawCoverage,
    groups: BTreeMap<String, Tally>,
    scenarios: BTreeMap<String, StoryCount>,
    differences: Vec<Difference>,
    differences_left_out: u64,
    #[serde(default)]
    differences_by_clause: Option<Vec<ClauseCases>>,
    known: Vec<Accepted>,
    known_entries: Vec<EntryRecord>,
    stale: Vec<RawStale>,
    canaries: Vec<CanaryRecord>,
    times: RawTimes,
    exit: u8,
    #[serde(default)]
    ended_early: Option<String>,
    #[serde(default)]
    budget: Option<BudgetRecord>,
    #[serde(default)]
    lines: Option<LinesReport>,
    complete: bool,
}

#[derive(Deserialize)]
struct RawCoverage {
    dimensions: BTreeMap<String, BTreeMap<String, u64>>,
}

#[derive(Deserialize)]
struct RawStale {
    case: String,
    why: String,
}

#[derive(Deserialize)]
struct RawTimes {
    began: String,
    start_ms: Map<String, Value>,
}

impl Results {
    /// Reads the text of a `results.json`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if json["schema"] != SCHEMA {
            return Err(format!("its schema is {}, and {SCHEMA} is needed", json["schema"]));
        }
        if json["plan"].is_null() {
            return Err("it has no plan: it is not the result of `check`, or an older version wrote it; run `check` again".to_owned());
        }
        let raw: RawResults = serde_json::from_value(json).map_err(|error| error.to_string())?;
        let count = |(id, value): (&String, &Value)| {
            let count: ClauseCount = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
            Ok::<_, String>((id.parse()?, count))
        };
        let mut dimensions = BTreeMap::new();
        for (name, values) in raw.coverage.dimensions {
            let name = DIMENSIONS.into_iter().find(|known| *known == name).ok_or_else(|| format!("dimension {name} is unknown"))?;
            dimensions.insert(name, values);
        }
        Ok(Self {
            program: raw.program,
            target: raw.target,
            seed: raw.seed,
            plan: raw.plan,
            tally: raw.totals,
            coverage: Coverage { clauses: raw.clauses.iter().map(count).collect::<Result<_, _>>()?, dimensions },
            groups: raw.groups,
            scenarios: raw.scenarios,
            cases_by_clause: raw.differences_by_clause.unwrap_or_else(|| counted(&raw.differences)),
            differences: raw.differences,
            left_out: raw.differences_left_out,
            counts: Counts::new(),
            settled: BTreeMap::new(),
            accepted: raw.known,
            entries: raw.known_entries,
            stale: raw.stale.into_iter().map(|stale| (stale.case, stale.why)).collect(),
            canaries: raw.canaries,
            undecided: raw.undecided,
            began: raw.times.began,
            start_ms: raw.times.start_ms,
            exit: raw.exit,
            ended_early: raw.ended_early,
            budget: raw.budget,
            lines: raw.lines,
            complete: raw.complete,
        })
    }

    /// Reads a `results.json`, or that of an output directory.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let file = if path.is_dir() { path.join("results.json") } else { path.to_owned() };
        let text = fs::read_to_string(&file).map_err(|error| {
            Failure::usage(format!("cannot read {}: {error}", file.display())).hint("a run that did not end leaves no results.json")
        })?;
        Self::parse(&text).map_err(|why| Failure::usage(format!("{}: {why}", file.display())))
    }
}

/// One line of `results.jsonl`.
#[derive(Clone, Debug, Deserialize)]
pub struct JournalLine {
    /// Id of the case.
    pub case: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Clause that decided, or that a difference points to.
    pub clause: String,
    /// What became of the request.
    pub observed: Observation,
    /// The list of known differences that accepts it, where one does.
    #[serde(default)]
    pub accepted: Option<String>,
    /// The line as it stands.
    #[serde(skip)]
    pub text: String,
}

impl JournalLine {
    /// The same without its text, to be kept by the thousands.
    #[must_use]
    pub fn without_text(self) -> Self {
        Self { text: String::new(), ..self }
    }

    /// The difference that the line tells of: none where live and model agree, or where it is accepted.
    pub fn difference(&self) -> Result<Option<Difference>, String> {
        if self.verdict == Verdict::Agree || self.accepted.is_some() {
            return Ok(None);
        }
        serde_json::from_str(&self.text).map(Some).map_err(|error| error.to_string())
    }
}

/// The lines of a journal, in order, read as they are asked for.
pub struct JournalReader {
    path: PathBuf,
    lines: std::io::Lines<BufReader<File>>,
    number: usize,
}

impl JournalReader {
    /// Opens the journal of an output directory.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("results.jsonl");
        let file = File::open(&path).map_err(at(&path, "read"))?;
        Ok(Self { path, lines: BufReader::new(file).lines(), number: 0 })
    }
}

impl Iterator for JournalReader {
    type Item = Result<JournalLine, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = match self.lines.next()? {
            Ok(text) => text,
            Err(error) => return Some(Err(at(&self.path, "read")(error))),
        };
        self.number += 1;
        let line = serde_json::from_str::<JournalLine>(&text).map(|line| JournalLine { text, ..line });
        Some(line.map_err(|error| {
            Failure::usage(format!("{}, line {}: {error}", self.path.display(), self.number))
                .hint("the run that wrote it broke off, or another version of this program wrote it")
        }))
    }
}
