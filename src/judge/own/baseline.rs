//! A baseline of own checks: one sorted line an endpoint, made to be read in a review, and what has changed since.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::row::OwnRow;
use crate::judge::Verdict;
use crate::plan::LADDER;

/// First lines of the file.
const HEAD: &str = "# Who gets past the own check of each endpoint, and what it would write then.\n# kind  endpoint  smallest role (or the set of roles)  what is written\n";

/// The line of an endpoint: `api Goals.addGoal write INSERT goal`.
pub fn baseline_line(row: &OwnRow) -> String {
    let mut tables: Vec<&str> = row.writes().iter().map(|what| what.rsplit_once(' ').map_or(*what, |(_, table)| table)).collect();
    tables.sort_unstable();
    tables.dedup();
    format!("{} {} {}", row.name(), row.open_to(), tables.join(",")).trim_end().to_owned()
}

/// Who gets past each endpoint's own check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnBaseline(BTreeMap<String, String>);

/// What has changed of one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineChange {
    /// `api Goals.addGoal`.
    pub endpoint: String,
    /// Who got past it before; nothing where it is new.
    pub before: Option<String>,
    /// Who gets past it now; nothing where it is gone.
    pub after: Option<String>,
    /// Leak where more get past, lockout where fewer do, agree where it is only new or gone.
    pub verdict: Verdict,
}

impl OwnBaseline {
    /// Of rows that were asked.
    pub fn of(rows: &[OwnRow]) -> Self {
        Self(rows.iter().map(|row| (row.name(), row.open_to())).collect())
    }

    /// The file's text.
    pub fn text(rows: &[OwnRow]) -> String {
        let mut lines: Vec<String> = rows.iter().map(baseline_line).collect();
        lines.sort();
        format!("{HEAD}{}\n", lines.join("\n"))
    }

    /// Reads the file's text; an error names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut all = BTreeMap::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let words: Vec<&str> = line.split(' ').collect();
            let [kind @ ("api" | "page"), name, open, ..] = words.as_slice() else {
                return Err(format!("line {} is not KIND ENDPOINT ROLE: {line:?}", number + 1));
            };
            if roles(open).is_none() {
                return Err(format!("line {}: {open:?} is no role; known are {}, unknown and nobody", number + 1, LADDER.join(", ")));
            }
            if all.insert(format!("{kind} {name}"), (*open).to_owned()).is_some() {
                return Err(format!("line {}: {kind} {name} stands there twice", number + 1));
            }
        }
        Ok(Self(all))
    }

    /// What is different afterwards. An endpoint whose check was not reached on one side is no change.
    pub fn changes(&self, after: &Self) -> Vec<BaselineChange> {
        let mut names: Vec<&String> = self.0.keys().chain(after.0.keys()).collect();
        names.sort();
        names.dedup();
        let mut found = Vec::new();
        for name in names {
            let (old, new) = (self.0.get(name), after.0.get(name));
            let verdict = match (old, new) {
                (Some(old), Some(new)) if old == new => continue,
                (Some(old), Some(new)) => match (roles(old), roles(new)) {
                    (Some(Roles::Of(old)), Some(Roles::Of(new))) if new.iter().any(|role| !old.contains(role)) => Verdict::Leak,
                    (Some(Roles::Of(old)), Some(Roles::Of(new))) if old == new => continue,
                    (Some(Roles::Of(_)), Some(Roles::Of(_))) => Verdict::Lockout,
                    _ => Verdict::Unknown,
                },
                _ => Verdict::Agree,
            };
            found.push(BaselineChange { endpoint: name.clone(), before: old.cloned(), after: new.cloned(), verdict });
        }
        found
    }
}

/// Who gets past a check.
enum Roles<'a> {
    /// These.
    Of(Vec<&'a str>),
    /// It was not reached.
    Unknown,
}

/// The roles behind a word; nothing where it is none.
fn roles(word: &str) -> Option<Roles<'_>> {
    if let Some(place) = LADDER.iter().position(|role| *role == word) {
        return Some(Roles::Of(LADDER[place..].to_vec()));
    }
    match word {
        "unknown" => Some(Roles::Unknown),
        "nobody" => Some(Roles::Of(Vec::new())),
        _ => {
            let set = word.strip_prefix('{')?.strip_suffix('}')?;
            let all: Vec<&str> = set.split(',').collect();
            all.iter().all(|role| LADDER.contains(role)).then_some(Roles::Of(all))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(lines: &[&str]) -> OwnBaseline {
        OwnBaseline::parse(&format!("{HEAD}{}\n", lines.join("\n"))).expect("a baseline")
    }

    #[test]
    fn more_is_a_leak_less_a_lockout_and_what_is_new_or_gone_is_named() {
        let before = baseline(&[
            "api A.a super",
            "api A.b view",
            "api A.c admin INSERT goal",
            "api A.gone view",
            "api A.u unknown",
            "page A.a {view,super}",
        ]);
        let after = baseline(&["api A.a anonymous", "api A.b super", "api A.c admin", "api A.new view", "api A.u view", "page A.a view"]);
        let told: Vec<(String, Verdict)> = before.changes(&after).into_iter().map(|change| (change.endpoint, change.verdict)).collect();
        let expected = [
            ("api A.a", Verdict::Leak),
            ("api A.b", Verdict::Lockout),
            ("api A.gone", Verdict::Agree),
            ("api A.new", Verdict::Agree),
            ("api A.u", Verdict::Unknown),
            ("page A.a", Verdict::Leak),
        ];
        assert_eq!(told, expected.map(|(name, verdict)| (name.to_owned(), verdict)));
        assert_eq!(before.changes(&before), []);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        for (text, word) in [
            ("api A.a", "line 1"),
            ("\nwidget A.a view", "line 2"),
            ("api A.a root", "\"root\" is no role"),
            ("api A.a view\napi A.a view", "twice"),
        ] {
            let error = OwnBaseline::parse(text).expect_err(text);
            assert!(error.contains(word), "{error}");
        }
    }
}
