//! An endpoint with what became of everybody's request for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::matomo::{CellOutcome, UNAVAILABLE};
use crate::mutation::Level;
use crate::plan::{LADDER, OwnEndpoint};

/// What became of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnCell {
    /// The word of the cell.
    pub outcome: CellOutcome,
    /// What it would have written: `INSERT goal`, `mail`, `config.ini.php`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<String>,
    /// HTTP status.
    pub status: u16,
    /// What it said, where it did not open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What it told that belongs to a site or a user, by the site's id or the word `user`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tells: Vec<String>,
}

/// On which side of an endpoint's own check a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// Past it.
    Past,
    /// It was refused for want of a right.
    Refused,
    /// It ended in an error of another kind, of which it is not known whether it comes before the check or behind it.
    Unclear,
}

impl OwnCell {
    /// Whether Matomo said that whoever asked cannot call this method.
    pub fn is_unavailable(&self) -> bool {
        self.message.as_deref().is_some_and(|text| text.contains(UNAVAILABLE))
    }

    /// On which side it ended.
    pub fn stance(&self) -> Stance {
        match self.outcome {
            CellOutcome::Opened | CellOutcome::ReachedWrite => Stance::Past,
            CellOutcome::NoRight | CellOutcome::NotAuthenticated | CellOutcome::RefusedAtGate => Stance::Refused,
            _ => Stance::Unclear,
        }
    }
}

/// An endpoint, asked by everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRow {
    /// The endpoint.
    pub endpoint: OwnEndpoint,
    /// Parameters that it was asked with.
    pub query: String,
    /// How many tries they took.
    pub tries: u32,
    /// What became of it, by principal.
    pub cells: BTreeMap<String, OwnCell>,
    /// The same of requests in the other way: by session instead of token.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other_way: BTreeMap<String, OwnCell>,
    /// The same of requests with the other method: POST for methods of the API, GET for pages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other_method: BTreeMap<String, OwnCell>,
    /// The level that its code asks of everybody.
    pub declared: Option<Level>,
    /// Whether its code asks for any right at all.
    pub asks: bool,
}

impl OwnRow {
    /// The endpoint's name with its kind: `api Goals.addGoal`.
    pub fn name(&self) -> String {
        format!("{} {}", self.endpoint.kind, self.endpoint.label())
    }

    /// Whether its own check spoke: somebody got past it, or somebody was refused.
    pub fn check_was_reached(&self) -> bool {
        self.cells.values().any(|cell| cell.stance() != Stance::Unclear)
    }

    /// The cell of a principal.
    pub fn stance_of(&self, who: &str) -> Stance {
        self.cells.get(who).map_or(Stance::Unclear, OwnCell::stance)
    }

    /// Who is not refused: the smallest role where everybody above it is not either, else the set of roles.
    pub fn open_to(&self) -> String {
        let open: Vec<&str> = LADDER.into_iter().filter(|who| self.stance_of(who) != Stance::Refused).collect();
        match open.first() {
            _ if !self.check_was_reached() => "unknown".to_owned(),
            None => "nobody".to_owned(),
            Some(first) if LADDER.ends_with(&open) => (*first).to_owned(),
            Some(_) => format!("{{{}}}", open.join(",")),
        }
    }

    /// The right that its code asks of everybody; `sometimes` where that depends, `nothing` where it asks for none.
    pub fn declares(&self) -> String {
        match (self.declared, self.asks) {
            (Some(level), _) => format!("{level:?}").to_lowercase(),
            (None, true) => "sometimes".to_owned(),
            (None, false) => "nothing".to_owned(),
        }
    }

    /// Everything that somebody would have written.
    pub fn writes(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.cells.values().flat_map(|cell| cell.reached.iter().map(String::as_str)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// File and line of its code.
    pub fn place(&self) -> String {
        let file = self.endpoint.files.first().map_or("", String::as_str);
        format!("{file}:{}", self.endpoint.line)
    }
}
