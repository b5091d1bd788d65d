//! `matrix.json`: everything the other reports are made of, with a versioned schema. Equal decisions and observations stand in it once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::own::MatrixOwnCheck;
use crate::judge::{Tally, Verdict};
use crate::matomo::CellOutcome;
use crate::plan::RowKind;

/// Version of the schema of `matrix.json`.
pub const MATRIX_SCHEMA: u32 = 1;

/// What kind of document it is.
pub const MATRIX_KIND: &str = "access-matrix";

/// The document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// [`MATRIX_SCHEMA`].
    pub schema: u32,
    /// [`MATRIX_KIND`].
    pub kind: String,
    /// When it was made, in UTC.
    pub made: String,
    /// The Matomo that was asked.
    pub target: MatrixTarget,
    /// Settings, in the order in which they were asked.
    pub slots: Vec<MatrixSlot>,
    /// Columns.
    pub principals: Vec<MatrixPrincipal>,
    /// Sentences of the clauses that were asked, by id.
    pub clauses: BTreeMap<String, MatrixClause>,
    /// What must become of requests; cells refer to it by index.
    pub decisions: Vec<MatrixDecision>,
    /// What became of requests; cells refer to it by index.
    pub observations: Vec<MatrixObservation>,
    /// Rows by plugin and name, API methods after the endpoints of their plugin.
    pub rows: Vec<MatrixRowDocument>,
    /// What endpoints ask for themselves, where that was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_checks: Vec<MatrixOwnCheck>,
    /// Counts.
    pub totals: MatrixTotals,
    /// Whether anything changed in the database.
    pub state: MatrixState,
    /// Canaries that failed: what they say.
    pub canaries: Vec<String>,
    /// Exit code of the run.
    pub exit: u8,
    /// Whether every planned cell was asked.
    pub complete: bool,
}

/// The Matomo that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixTarget {
    /// `source`, `release` or `simulated`.
    pub kind: String,
    /// What was asked for.
    pub name: String,
    /// Version of its rules.
    pub version: String,
    /// Versions of Matomo, PHP and database.
    pub software: BTreeMap<String, String>,
    /// Features that decide which rules it has.
    pub features: Vec<String>,
    /// Whether it was a real Matomo.
    pub real_matomo: bool,
}

/// Settings that were asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixSlot {
    /// Name as in case ids.
    pub name: String,
    /// The settings in words.
    pub says: String,
    /// What stands for its address in `curl` lines.
    pub url: String,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixPrincipal {
    /// Name as in case ids.
    pub name: String,
    /// Who it is, in words.
    pub says: String,
    /// How the token travels, as in case ids.
    pub carrier: String,
    /// The `curl` line with `{url}`, `{query}` and `{dry}` to be filled in.
    pub curl: String,
}

/// A clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixClause {
    /// The sentence.
    pub says: String,
    /// Where it comes from.
    pub source: String,
    /// `MUST` or `QUIRK`.
    pub strength: String,
    /// File of Matomo that implements it.
    pub file: String,
}

/// What must become of a request, as far as the model speaks: up to the endpoint's own check.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MatrixDecision {
    /// Whether it is let through to the endpoint.
    pub opens: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// As whom it runs, with which rights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// The clause that decided.
    pub clause: String,
    /// Clauses asked, in order, with the answer.
    pub steps: Vec<(String, bool)>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MatrixObservation {
    /// The word of the cell.
    pub outcome: CellOutcome,
    /// The precise reason of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// HTTP status.
    pub status: u16,
    /// Message of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// As whom it ran, with which rights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// Dispatches after that of the endpoint itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inner: Vec<String>,
    /// Where it leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leads_to: Option<String>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixRowDocument {
    /// `Module.Action` or `Module.method`.
    pub name: String,
    /// Its plugin.
    pub plugin: String,
    /// What it is.
    pub kind: RowKind,
    /// Why it is not run; its requests stop before the controller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry: Option<String>,
    /// The target in case ids.
    pub target: String,
    /// Query string of its requests, without a token.
    pub query: String,
    /// Cells, slot by slot and principal by principal; nothing where a case was not planned.
    pub cells: Vec<Option<Cell>>,
}

/// A cell: indices of decision and observation, and the verdict. Short, because there are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell(pub usize, pub usize, pub Verdict);

/// Counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixTotals {
    /// Cells by outcome.
    pub outcomes: BTreeMap<CellOutcome, u64>,
    /// Cells by verdict.
    pub verdicts: Tally,
    /// Rows whose requests stop before the controller.
    pub dry_rows: u64,
    /// Rows that are not the same in all settings.
    pub rows_that_differ: u64,
}

/// Whether anything changed in the database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixState {
    /// Tables that were compared before and after each slot; 0 where there is no database to look at.
    pub tables: usize,
    /// What changed.
    pub changes: Vec<MatrixChange>,
}

/// A table that was not as before when a slot was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixChange {
    /// The slot.
    pub slot: String,
    /// The table.
    pub table: String,
    /// What is different.
    pub what: String,
    /// Whether it was put back before the next slot.
    pub restored: bool,
}

/// A cell with all it refers to.
#[derive(Clone, Copy, Debug)]
pub struct MatrixCell<'a> {
    /// The settings.
    pub slot: &'a MatrixSlot,
    /// The column.
    pub principal: &'a MatrixPrincipal,
    /// The row.
    pub row: &'a MatrixRowDocument,
    /// What must become of it.
    pub decision: &'a MatrixDecision,
    /// What became of it.
    pub observation: &'a MatrixObservation,
    /// The comparison.
    pub verdict: Verdict,
}

impl Matrix {
    /// Reads a document, and says what is wrong with one that is not.
    pub fn read(text: &str) -> Result<Self, String> {
        let about: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if about["kind"] != MATRIX_KIND {
            return Err("it is no access matrix".to_owned());
        }
        if about["schema"] != MATRIX_SCHEMA {
            return Err(format!("its schema is {}, and this program reads {MATRIX_SCHEMA}", about["schema"]));
        }
        let matrix: Self = serde_json::from_value(about).map_err(|error| error.to_string())?;
        let places = matrix.slots.len() * matrix.principals.len();
        for row in &matrix.rows {
            if row.cells.len() != places {
                return Err(format!("{} has {} cells instead of {places}", row.name, row.cells.len()));
            }
            let sound = |cell: &Cell| cell.0 < matrix.decisions.len() && cell.1 < matrix.observations.len();
            if !row.cells.iter().flatten().all(sound) {
                return Err(format!("a cell of {} refers to nothing", row.name));
            }
        }
        Ok(matrix)
    }

    /// The document as text.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// One cell, where it was planned.
    pub fn seen<'a>(&'a self, row: &'a MatrixRowDocument, slot: usize, principal: usize) -> Option<MatrixCell<'a>> {
        let Cell(decision, observation, verdict) = (*row.cells.get(slot * self.principals.len() + principal)?)?;
        Some(MatrixCell {
            slot: self.slots.get(slot)?,
            principal: self.principals.get(principal)?,
            row,
            decision: self.decisions.get(decision)?,
            observation: self.observations.get(observation)?,
            verdict,
        })
    }

    /// All cells: row by row, slot by slot, principal by principal.
    pub fn all(&self) -> impl Iterator<Item = MatrixCell<'_>> {
        self.rows.iter().flat_map(move |row| {
            (0..self.slots.len()).flat_map(move |slot| (0..self.principals.len()).filter_map(move |who| self.seen(row, slot, who)))
        })
    }

    /// What it was made of, in one line.
    pub fn title(&self) -> String {
        let (name, version) = (&self.target.name, &self.target.version);
        if name.contains(version.as_str()) { name.clone() } else { format!("{name} {version}") }
    }

    /// What has to be said first and last where no Matomo was asked.
    pub fn notice(&self) -> Option<&'static str> {
        (!self.target.real_matomo).then_some("simulated target: no real Matomo was tested")
    }
}

impl MatrixRowDocument {
    /// Whether some principal's cell has another outcome in another slot.
    pub fn differs(&self, observations: &[MatrixObservation], principals: usize) -> bool {
        let outcome = |cell: &Option<Cell>| cell.and_then(|cell| observations.get(cell.1)).map(|seen| seen.outcome);
        (0..principals).any(|who| {
            let mut column = self.cells.iter().skip(who).step_by(principals.max(1)).filter_map(outcome);
            column.next().is_some_and(|first| column.any(|other| other != first))
        })
    }
}

impl MatrixCell<'_> {
    /// The id of its case.
    pub fn id(&self) -> String {
        let shape = if self.row.dry.is_some() { "dry" } else { "real" };
        format!("{}/{}/{}/{shape}/{}", self.slot.name, self.principal.name, self.principal.carrier, self.row.target)
    }

    /// The line that repeats it.
    pub fn curl(&self) -> String {
        let dry = if self.row.dry.is_some() { format!(" -H '{}: dry'", crate::matomo::DRY_HEADER) } else { String::new() };
        self.principal.curl.replace("{dry}", &dry).replace("{url}", &self.slot.url).replace("{query}", &self.row.query)
    }

    /// What the model says, in few words.
    pub fn expected(&self) -> String {
        match (&self.decision.reason, &self.decision.who) {
            (Some(reason), _) => format!("refused: {reason}"),
            (None, Some(who)) => format!("let through as {who}"),
            (None, None) => "let through".to_owned(),
        }
    }
}
