//! What endpoints ask for themselves, as JSON, Markdown and on the terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::results::TargetRecord;
use crate::judge::{BaselineChange, Law, OwnCell, OwnFinding, OwnRow, Verdict, broken_laws};
use crate::matomo::CellOutcome;
use crate::plan::OWN_PRINCIPALS;

/// Version of the document's schema.
pub const OWN_CHECKS_SCHEMA: u32 = 1;

/// How many lines of a kind a terminal gets.
const SHOWN: usize = 20;

/// Own checks of a Matomo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OwnChecksReport {
    /// Version of the schema.
    pub schema: u32,
    /// Which Matomo.
    pub target: TargetRecord,
    /// Endpoints that were not run, with the reason.
    pub not_run: BTreeMap<String, String>,
    /// What the account of the guarded slot may do, by table.
    pub grants: BTreeMap<String, String>,
    /// Objects that this release does not have.
    pub missing_objects: BTreeMap<String, String>,
    /// Laws that are broken.
    pub findings: Vec<OwnFinding>,
    /// What has changed against a baseline, where one was given.
    pub changes: Vec<BaselineChange>,
    /// Every endpoint.
    pub rows: Vec<OwnRow>,
    /// Endpoints of the baseline that are gone, and patterns of the policy that take nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<String>,
    /// Whether all endpoints were asked, and nothing changed outside of the guarded slot.
    pub complete: bool,
    /// What prevents a conclusion.
    pub obstacles: Vec<String>,
}

impl OwnChecksReport {
    /// Judges rows by the laws.
    pub fn new(target: TargetRecord, rows: Vec<OwnRow>) -> Self {
        let findings = rows.iter().flat_map(broken_laws).collect();
        Self {
            schema: OWN_CHECKS_SCHEMA,
            target,
            not_run: BTreeMap::new(),
            grants: BTreeMap::new(),
            missing_objects: BTreeMap::new(),
            findings,
            changes: Vec::new(),
            rows,
            stale: Vec::new(),
            complete: false,
            obstacles: Vec::new(),
        }
    }

    /// Takes out public methods of API classes that Matomo does not let anybody call.
    pub fn leave_out_uncallable(&mut self) {
        let uncallable = |row: &OwnRow| !row.cells.is_empty() && row.cells.values().all(OwnCell::is_unavailable);
        for row in self.rows.iter().filter(|row| uncallable(row)) {
            self.not_run.insert(row.endpoint.name.clone(), "Matomo does not let it be called".to_owned());
        }
        self.rows.retain(|row| !uncallable(row));
    }

    /// Endpoints whose own check was not reached.
    pub fn unreached(&self) -> Vec<&OwnRow> {
        self.rows.iter().filter(|row| !row.check_was_reached()).collect()
    }

    /// Cells by outcome.
    pub fn outcomes(&self) -> BTreeMap<CellOutcome, usize> {
        let mut all = BTreeMap::new();
        for cell in self.rows.iter().flat_map(|row| row.cells.values().chain(row.other_way.values()).chain(row.other_method.values())) {
            *all.entry(cell.outcome).or_default() += 1;
        }
        all
    }

    /// Findings and changes with this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        let findings = self.findings.iter().filter(|finding| finding.verdict == verdict).count();
        findings + self.changes.iter().filter(|change| change.verdict == verdict).count()
    }

    /// For people, in lines.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for finding in self.findings.iter().take(SHOWN) {
            let _ = writeln!(out, "{} {} ({})", finding.verdict.name().to_uppercase(), finding.endpoint, finding.place);
            let _ = writeln!(out, "  {}: {} ({})", finding.law.says(), finding.says, finding.law);
        }
        if self.findings.len() > SHOWN {
            let _ = writeln!(out, "  … and {} more; all in own-checks.json", self.findings.len() - SHOWN);
        }
        out.push_str(&changes_text(&self.changes, &self.rows));
        let unreached = self.unreached();
        if !unreached.is_empty() {
            let names: Vec<String> = unreached.iter().map(|row| format!("{} {}", row.endpoint.kind, row.endpoint.name)).collect();
            let _ = writeln!(out, "own check not reached: {}", names.join(", "));
        }
        for obstacle in &self.obstacles {
            let _ = writeln!(out, "{obstacle}");
        }
        for stale in &self.stale {
            let _ = writeln!(out, "stale: {stale}");
        }
        let outcomes: Vec<String> = self.outcomes().iter().map(|(outcome, count)| format!("{count} {}", outcome.name())).collect();
        let _ = writeln!(out, "own checks: {}", outcomes.join(", "));
        out
    }

    /// In one line.
    pub fn closing(&self) -> String {
        let reached = self.rows.len() - self.unreached().len();
        // In tenths of a percent.
        let share = reached * 1000 / self.rows.len().max(1);
        format!(
            "own checks of {} endpoints: {} reached ({}.{} %), {} leaks, {} lockouts, {} unknown, {} not run",
            self.rows.len(),
            reached,
            share / 10,
            share % 10,
            self.count(Verdict::Leak),
            self.count(Verdict::Lockout),
            self.count(Verdict::Unknown),
            self.not_run.len()
        )
    }

    /// As Markdown.
    pub fn to_markdown(&self) -> String {
        let mut out = format!("# Own checks of {} {}\n\n{}.\n\n", self.target.name, self.target.version, self.closing());
        out.push_str("| law | broken |\n| --- | ---: |\n");
        for law in Law::ALL {
            let count = self.findings.iter().filter(|finding| finding.law == law).count();
            let _ = writeln!(out, "| {} (`{law}`) | {count} |", law.says());
        }
        for finding in &self.findings {
            let _ = writeln!(out, "\n- **{}** `{}` {}: {}", finding.verdict.name(), finding.endpoint, finding.place, finding.says);
        }
        out.push_str("\n| endpoint | declares | open to | writes |");
        for who in &OWN_PRINCIPALS {
            let _ = write!(out, " {} |", who.name);
        }
        out.push_str("\n| --- | --- | --- | --- |");
        out.push_str(&" --- |".repeat(OWN_PRINCIPALS.len()));
        out.push('\n');
        for row in &self.rows {
            let _ = write!(out, "| {} | {} | {} | {} |", row.name(), row.declares(), row.open_to(), row.writes().join(", "));
            for who in &OWN_PRINCIPALS {
                let _ = write!(out, " {} |", row.cells.get(who.name).map_or("", |cell| cell.outcome.name()));
            }
            out.push('\n');
        }
        out
    }
}

/// Changes of a baseline in lines, leaks first, with the place of those that these rows have.
pub fn changes_text(changes: &[BaselineChange], rows: &[OwnRow]) -> String {
    let mut out = String::new();
    for verdict in [Verdict::Leak, Verdict::Lockout, Verdict::Unknown, Verdict::Agree] {
        let all: Vec<_> = changes.iter().filter(|change| change.verdict == verdict).collect();
        for change in all.iter().take(SHOWN) {
            let said = match (&change.before, &change.after) {
                (Some(before), Some(after)) => format!("was open to {before}, is open to {after}"),
                (None, Some(after)) => format!("is new, open to {after}"),
                (Some(before), None) => format!("is gone, was open to {before}"),
                (None, None) => continue,
            };
            let word = if verdict == Verdict::Agree { "note".to_owned() } else { verdict.name().to_uppercase() };
            let place = rows.iter().find(|row| row.name() == change.endpoint).map(|row| format!(" ({})", row.place()));
            let _ = writeln!(out, "{word} {}: {said}{}", change.endpoint, place.unwrap_or_default());
        }
        if all.len() > SHOWN {
            let _ = writeln!(out, "  … and {} more", all.len() - SHOWN);
        }
    }
    out
}
