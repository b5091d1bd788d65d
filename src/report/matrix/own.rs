//! What endpoints ask for themselves, as the matrix and its page show it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::judge::{Law, Verdict};
use crate::matomo::CellOutcome;
use crate::report::OwnChecksReport;

/// The own check of an endpoint or API method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixOwnCheck {
    /// `Module.Action` or `Module.method`, with optional arguments that it was given all the same.
    pub name: String,
    /// `api` or `page`.
    pub kind: String,
    /// The right that its code asks of everybody; `sometimes` where it depends, `nothing` where it asks for none.
    pub declares: String,
    /// The smallest role that gets past it, the set of roles where they are no order, `nobody` or `unknown`.
    pub open_to: String,
    /// What would have been written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<String>,
    /// File and line of its code.
    pub place: String,
    /// The word of each principal's cell.
    pub cells: BTreeMap<String, CellOutcome>,
    /// What is wrong with it, in sentences, worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<(Verdict, String)>,
    /// Whether it is not as in the baseline.
    #[serde(default)]
    pub changed: bool,
    /// Whether its code asks for a right that is not needed.
    #[serde(default)]
    pub not_kept: bool,
}

impl MatrixOwnCheck {
    /// Of every endpoint that was asked.
    pub fn all(report: &OwnChecksReport) -> Vec<Self> {
        let one = |row: &crate::judge::OwnRow| {
            let name = row.name();
            let findings = report.findings.iter().filter(|finding| finding.endpoint == name);
            let change = report.changes.iter().find(|change| change.endpoint == name);
            let mut wrong: Vec<(Verdict, String)> =
                findings.clone().map(|finding| (finding.verdict, format!("{} ({})", finding.says, finding.law))).collect();
            wrong.extend(change.filter(|change| change.verdict != Verdict::Agree).map(|change| {
                let before = change.before.as_deref().unwrap_or("nobody");
                (change.verdict, format!("was open to {before} in the baseline, is open to {}", row.open_to()))
            }));
            wrong.sort_by_key(|(verdict, _)| *verdict != Verdict::Leak);
            Self {
                name: row.endpoint.label(),
                kind: row.endpoint.kind.to_string(),
                declares: row.declares(),
                open_to: row.open_to(),
                writes: row.writes().into_iter().map(str::to_owned).collect(),
                place: row.place(),
                cells: row.cells.iter().map(|(who, cell)| (who.clone(), cell.outcome)).collect(),
                wrong,
                changed: change.is_some(),
                not_kept: findings.clone().any(|finding| finding.law == Law::DeclaredIsKept),
            }
        };
        report.rows.iter().map(one).collect()
    }
}
