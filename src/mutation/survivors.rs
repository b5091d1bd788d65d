//! The file of survivors: each with the reason why no case can, or does yet, show it.

use globset::{Glob, GlobMatcher};
use serde::{Deserialize, Serialize};

use super::outcome::{MutantFate, MutantOutcome};

/// Why a mutant survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SurvivorKind {
    /// Nobody can tell it from the original over the web.
    Equivalent,
    /// Somebody could, but no case of the plan does.
    Gap,
}

/// An entry of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Id of a mutant, or a glob over ids (`*`).
    pub mutant: String,
    /// The kind of reason.
    pub kind: SurvivorKind,
    /// The reason.
    pub why: String,
    /// First version it is about; from the first one on where it is left out.
    #[serde(default)]
    pub from: Option<String>,
    /// First version it is no longer about.
    #[serde(default)]
    pub before: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    survivor: Vec<Entry>,
}

/// The file as read.
#[derive(Debug, Default)]
pub struct Survivors {
    entries: Vec<(Entry, GlobMatcher)>,
}

impl Survivors {
    /// Reads the text of a file; an error says where it is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut entries = Vec::new();
        for entry in file.survivor {
            if entry.why.trim().is_empty() {
                return Err(format!("the entry for {:?} gives no reason", entry.mutant));
            }
            let glob = Glob::new(&entry.mutant).map_err(|error| format!("bad pattern {:?}: {error}", entry.mutant))?;
            entries.push((entry, glob.compile_matcher()));
        }
        Ok(Self { entries })
    }

    /// The entry that explains a mutant of a version, if there is one.
    pub fn explain(&self, id: &str, version: &str) -> Option<&Entry> {
        self.entries.iter().find(|(entry, glob)| entry.covers(version) && glob.is_match(id)).map(|(entry, _)| entry)
    }

    /// Entries for a version that explain nothing: no mutant fits, or all that fit are caught or unviable.
    pub fn stale(&self, outcomes: &[MutantOutcome], version: &str) -> Vec<&Entry> {
        let alive = |outcome: &&MutantOutcome| matches!(outcome.fate, MutantFate::Survived { .. } | MutantFate::Unclear { .. });
        let used: Vec<&Entry> = outcomes.iter().filter(alive).filter_map(|outcome| self.explain(&outcome.mutant.id, version)).collect();
        let covering = self.entries.iter().map(|(entry, _)| entry).filter(|entry| entry.covers(version));
        covering.filter(|entry| !used.iter().any(|other| std::ptr::eq(*other, *entry))).collect()
    }
}

impl Entry {
    fn covers(&self, version: &str) -> bool {
        let here = number(version);
        self.from.as_deref().is_none_or(|from| here >= number(from)) && self.before.as_deref().is_none_or(|before| here < number(before))
    }
}

/// Major, minor and patch; a pre-release counts as its release.
fn number(version: &str) -> [u32; 3] {
    let mut parts = version.split(['-', '+']).next().unwrap_or_default().split('.').map(|part| part.parse().unwrap_or(0));
    [(); 3].map(|()| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutation::{Mutants, PLACES, Place, mutate};

    /// Outcomes of the mutants of a small gate, all with the same fate.
    fn outcomes(fate: &MutantFate) -> Vec<MutantOutcome> {
        let place = Place { file: PLACES[0].file, functions: &[] };
        let mut mutants = Mutants::default();
        mutate(&place, "<?php function gate() { checkKey(); }", &mut mutants);
        mutants.all.into_iter().map(|mutant| MutantOutcome { mutant, fate: fate.clone() }).collect()
    }

    fn caught() -> MutantFate {
        MutantFate::Caught { case: "case".to_owned(), verdict: "leak".to_owned(), clause: "gate.api".to_owned(), requests: 1 }
    }

    const ENTRY: &str = "[[survivor]]\nmutant = 'core/API/Request.php:gate:drop-call:*'\nkind = 'equivalent'\nwhy = 'nothing to check'\n";

    #[test]
    fn an_entry_explains_the_mutants_that_its_pattern_fits() {
        let survivors = Survivors::parse(ENTRY).expect("a file");
        assert!(survivors.explain("core/API/Request.php:gate:drop-call:3", "5.0.0").is_some());
        assert!(survivors.explain("core/API/Request.php:gate:negate:3", "5.0.0").is_none());
    }

    #[test]
    fn an_entry_holds_from_its_first_version_up_to_the_first_it_is_not_about() {
        let survivors = Survivors::parse(&format!("{ENTRY}from = '5.0.0'\nbefore = '5.4'\n")).expect("a file");
        let held = |version: &str| survivors.explain("core/API/Request.php:gate:drop-call:1", version).is_some();
        assert!(!held("4.15.1") && held("5.0.0") && held("5.3.0-alpha") && !held("5.4.0") && !held("6.0.0"));
    }

    #[test]
    fn an_entry_is_stale_where_nothing_fits_or_what_fits_is_caught() {
        let survivors = Survivors::parse(ENTRY).expect("a file");
        assert_eq!(survivors.stale(&[], "5.0.0").len(), 1);
        assert_eq!(survivors.stale(&outcomes(&caught()), "5.0.0").len(), 1);
        assert_eq!(survivors.stale(&outcomes(&MutantFate::Unviable { why: "no".to_owned() }), "5.0.0").len(), 1);
        assert!(survivors.stale(&outcomes(&MutantFate::Survived { requests: 9 }), "5.0.0").is_empty());
    }

    #[test]
    fn an_entry_about_other_versions_is_not_stale() {
        let survivors = Survivors::parse(&format!("{ENTRY}from = '6.0.0'\n")).expect("a file");
        assert!(survivors.stale(&[], "5.0.0").is_empty());
    }

    #[test]
    fn a_bad_file_is_refused_with_the_place_of_the_mistake() {
        let bad = |text: &str| Survivors::parse(text).expect_err("it is bad");
        assert!(bad("[[survivor]]\nmutant = 'a'\nkind = 'maybe'\nwhy = 'b'\n").contains("line 3"));
        assert!(bad("[[survivor]]\nmutant = 'a'\nkind = 'gap'\nwhy = ' '\n").contains("no reason"));
        assert!(bad("[[survivor]]\nmutant = 'a'\nkind = 'gap'\nwhy = 'b'\nreason = 'c'\n").contains("reason"));
        assert!(bad("[[survivor]]\nmutant = '{'\nkind = 'gap'\nwhy = 'b'\n").contains("bad pattern"));
    }

    #[test]
    fn a_journal_settles_what_was_caught_or_survived_enough_and_only_for_the_very_same_mutant() {
        use crate::mutation::Journal;
        let fate_of = |fate: &MutantFate, cases| {
            let outcome = outcomes(fate).remove(0);
            let line = serde_json::to_string(&outcome).expect("JSON");
            Journal::parse(&format!("{line}\n{{\"id\": \"cut o")).fate(&outcome.mutant, cases)
        };
        assert_eq!(fate_of(&caught(), 9), Some(caught()));
        assert_eq!(fate_of(&MutantFate::Survived { requests: 9 }, 9), Some(MutantFate::Survived { requests: 9 }));
        assert_eq!(fate_of(&MutantFate::Survived { requests: 9 }, 10), None);
        assert_eq!(fate_of(&MutantFate::Unclear { case: String::new(), why: String::new(), requests: 9 }, 9), None);
        let mut other = outcomes(&caught()).remove(0);
        let line = serde_json::to_string(&other).expect("JSON");
        other.mutant.start += 1;
        assert_eq!(Journal::parse(&line).fate(&other.mutant, 9), None);
    }

    #[test]
    fn the_median_and_the_sums_are_over_what_they_say() {
        use crate::mutation::KillTally;
        let mut all = Vec::new();
        for requests in [1, 2, 900] {
            let MutantFate::Caught { case, verdict, clause, .. } = caught() else { return };
            all.extend(outcomes(&MutantFate::Caught { case, verdict, clause, requests }).into_iter().take(1));
        }
        all.extend(outcomes(&MutantFate::Survived { requests: 1000 }).into_iter().take(1));
        all.extend(outcomes(&MutantFate::Unviable { why: String::new() }).into_iter().take(1));
        let tally = KillTally::of(&all);
        assert_eq!((tally.mutants, tally.viable(), tally.caught, tally.survived, tally.median_requests), (5, 4, 3, 1, 2));
    }
}
