//! What became of all mutants: `mutants.json` and its summary in words.

use serde_json::{Value, json};

use crate::mutation::{KillTally, MutantFate, MutantOutcome, SurvivorKind, Survivors};

/// Version of the schema of `mutants.json`.
pub const MUTANTS_SCHEMA: u32 = 1;

/// Everything about a run over mutants.
pub struct MutantsReport<'a> {
    /// Name of the tree.
    pub tree: &'a str,
    /// Version of Matomo.
    pub version: &'a str,
    /// Most cases tried on one mutant.
    pub limit: usize,
    /// The mutants, in their order.
    pub outcomes: &'a [MutantOutcome],
    /// What the release does not have.
    pub skipped: &'a [String],
    /// The file of survivors.
    pub survivors: &'a Survivors,
    /// Whether every mutant was tried, and clean controls before and after showed nothing.
    pub complete: bool,
}

impl MutantsReport<'_> {
    /// Survivors that the file explains, by kind.
    pub fn explained(&self, kind: SurvivorKind) -> usize {
        let entries = self.alive().filter_map(|outcome| self.survivors.explain(&outcome.mutant.id, self.version));
        entries.filter(|entry| entry.kind == kind).count()
    }

    /// Survivors that nobody explains.
    pub fn unexplained(&self) -> Vec<&MutantOutcome> {
        self.alive().filter(|outcome| self.survivors.explain(&outcome.mutant.id, self.version).is_none()).collect()
    }

    fn alive(&self) -> impl Iterator<Item = &MutantOutcome> {
        self.outcomes.iter().filter(|outcome| matches!(outcome.fate, MutantFate::Survived { .. } | MutantFate::Unclear { .. }))
    }

    /// `mutants.json`.
    pub fn to_json(&self) -> Value {
        let outcomes: Vec<Value> = self
            .outcomes
            .iter()
            .map(|outcome| {
                let mut value = serde_json::to_value(outcome).unwrap_or_default();
                if let (Some(entry), Value::Object(object)) = (self.survivors.explain(&outcome.mutant.id, self.version), &mut value)
                    && matches!(outcome.fate, MutantFate::Survived { .. } | MutantFate::Unclear { .. })
                {
                    object.insert("explained".to_owned(), json!({"kind": entry.kind, "why": entry.why}));
                }
                value
            })
            .collect();
        json!({
            "schema": MUTANTS_SCHEMA,
            "tree": self.tree,
            "version": self.version,
            "limit": self.limit,
            "totals": KillTally::of(self.outcomes),
            "mutants": outcomes,
            "skipped": self.skipped,
            "complete": self.complete,
        })
    }

    /// The summary: survivors in full, the rest in sums.
    pub fn to_text(&self) -> String {
        let tally = KillTally::of(self.outcomes);
        let mut text = String::new();
        let mut line = |words: String| {
            text.push_str(&words);
            text.push('\n');
        };
        for outcome in self.alive() {
            let MutantOutcome { mutant, fate } = outcome;
            line(format!("{} {}", fate.name().to_uppercase(), mutant.id));
            line(format!("  line {}: {}", mutant.line, mutant.diff));
            if let MutantFate::Unclear { case, why, .. } = fate {
                line(format!("  {case}: {why}"));
            }
            match self.survivors.explain(&mutant.id, self.version) {
                Some(entry) => line(format!("  {}: {}", if entry.kind == SurvivorKind::Gap { "gap" } else { "equivalent" }, entry.why)),
                None => line("  not explained".to_owned()),
            }
        }
        for skipped in self.skipped {
            line(format!("skipped {skipped}"));
        }
        let unexplained = self.unexplained().len();
        let of = if tally.viable() == 0 { 0.0 } else { 100.0 * share(tally.caught, tally.viable()) };
        line(format!(
            "{}: {} mutants, {} unviable, {} caught ({of:.1} % of the viable), {} unclear, {} survived, {unexplained} of them not explained",
            self.tree, tally.mutants, tally.unviable, tally.caught, tally.unclear, tally.survived
        ));
        line(format!("half of the caught after {} cases or fewer, of {} at most", tally.median_requests, self.limit));
        text
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are no 2^52 mutants")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
