//! Known differences: verdicts that somebody has looked at and accepted, with reason, link and range. No entry is ever wider than what it
//! names, and one that is out of date fails the run.

use std::fmt;
use std::fs;
use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};
use jiff::civil::Date;
use semver::{Version, VersionReq};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::Verdict;
use crate::failure::Failure;

/// Which of the two lists of a file an entry stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// `[[known]]`: accepted; stale when it is gone.
    Known,
    /// `[[flaky]]`: always run, always shown, never decides.
    Flaky,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known: Vec<RawEntry>,
    #[serde(default)]
    flaky: Vec<RawEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    case: Spanned<String>,
    verdict: Spanned<String>,
    expected: String,
    observed: String,
    reason: Spanned<String>,
    link: Spanned<String>,
    versions: Option<Spanned<String>>,
    #[serde(default, deserialize_with = "date")]
    expires: Option<Date>,
}

/// One accepted difference.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its list.
    pub list: List,
    /// Glob over case ids.
    pub case: String,
    /// The observed verdict.
    pub verdict: Verdict,
    /// What the model decides: `opened`, or the reason of a refusal.
    pub expected: String,
    /// What the live Matomo did, in the same words.
    pub observed: String,
    /// Why it is accepted.
    pub reason: String,
    /// Issue or pull request.
    pub link: String,
    versions: Option<VersionReq>,
    expires: Option<Date>,
    matcher: GlobMatcher,
    /// Cases that it accepted.
    pub met: u64,
    /// What is wrong with it, where something is.
    pub drifted: Option<Drift>,
}

/// How an entry came to be out of date.
#[derive(Clone, Debug)]
pub enum Drift {
    /// Its last day is over.
    Expired(Date),
    /// A case that it means is another difference now: which, and what was met.
    Changed(String),
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired(day) => write!(f, "expired on {day}"),
            Self::Changed(what) => f.write_str(what),
        }
    }
}

/// A difference as an entry describes it.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence<'a> {
    /// Id of the case.
    pub case: &'a str,
    /// The verdict.
    pub verdict: Verdict,
    /// `opened`, or the reason of a refusal, by the model.
    pub expected: &'a str,
    /// The same by the live Matomo.
    pub observed: &'a str,
}

/// The entries of a file that concern one release.
#[derive(Clone, Debug, Default)]
pub struct KnownDifferences {
    entries: Vec<Entry>,
}

impl KnownDifferences {
    /// Reads a file; a mistake in it is named with line and column.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
        Self::parse(&text).map_err(|why| Failure::usage(format!("{}: {why}", path.display())))
    }

    /// Reads the text of a file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let lists = [(List::Known, file.known), (List::Flaky, file.flaky)];
        let raw = lists.into_iter().flat_map(|(list, entries)| entries.into_iter().map(move |entry| (list, entry)));
        let entries = raw.map(|(list, entry)| Entry::check(list, entry, text)).collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }

    /// Only what concerns a release, on a day: entries for other versions have nothing to say, expired ones accept nothing.
    #[must_use]
    pub fn of_release(mut self, version: &str, today: Date) -> Self {
        let version = bare(version);
        self.entries.retain(|entry| match (&entry.versions, &version) {
            (Some(range), Some(version)) => range.matches(version),
            (Some(_), None) => false,
            (None, _) => true,
        });
        for entry in &mut self.entries {
            if let Some(day) = entry.expires.filter(|day| *day < today) {
                entry.drifted = Some(Drift::Expired(day));
            }
        }
        self
    }

    /// The entry that accepts a difference, if one does.
    pub fn accepts(&mut self, seen: Occurrence<'_>) -> Option<&Entry> {
        let mut found = None;
        for (index, entry) in self.entries.iter_mut().enumerate().filter(|(_, entry)| entry.matcher.is_match(seen.case)) {
            let same = entry.verdict == seen.verdict && entry.expected == seen.expected && entry.observed == seen.observed;
            if !same {
                let (verdict, expected, observed) = (seen.verdict.name(), seen.expected, seen.observed);
                let now = || Drift::Changed(format!("{} is now {verdict} (expected {expected}, observed {observed})", seen.case));
                entry.drifted.get_or_insert_with(now);
            } else if found.is_none() && !matches!(entry.drifted, Some(Drift::Expired(_))) {
                entry.met += 1;
                found = Some(index);
            }
        }
        found.map(|index| &self.entries[index])
    }

    /// All entries that concern this release.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Entries that are out of date, each with what is wrong. Whether one matched nothing can be said of a complete run only.
    pub fn stale(&self, complete: bool) -> Vec<(&Entry, String)> {
        let known = self.entries.iter().filter(|entry| entry.list == List::Known);
        known
            .filter_map(|entry| match &entry.drifted {
                Some(drift) => Some((entry, drift.to_string())),
                None if entry.met == 0 && complete => Some((entry, "it matched no difference".to_owned())),
                None => None,
            })
            .collect()
    }
}

impl Entry {
    fn check(list: List, raw: RawEntry, text: &str) -> Result<Self, String> {
        let at = |span: std::ops::Range<usize>, what: String| {
            let before = &text[..span.start];
            let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
            format!("line {}, column {column}: {what}", before.matches('\n').count() + 1)
        };
        let verdict = match raw.verdict.get_ref().as_str() {
            "leak" => Verdict::Leak,
            "lockout" => Verdict::Lockout,
            "wrong-reason" => Verdict::WrongReason,
            other => return Err(at(raw.verdict.span(), format!("verdict {other:?} is not leak, lockout or wrong-reason"))),
        };
        for (name, value) in [("reason", &raw.reason), ("link", &raw.link)] {
            if value.get_ref().trim().is_empty() {
                return Err(at(value.span(), format!("{name} is empty: nobody could tell later why the difference was accepted")));
            }
        }
        // `[` and `?` occur in case ids as they are.
        let pattern = raw.case.get_ref().replace('[', "\\[").replace(']', "\\]").replace('?', "\\?");
        let glob = GlobBuilder::new(&pattern).literal_separator(false).backslash_escape(true).build();
        let matcher = glob.map_err(|error| at(raw.case.span(), format!("case pattern: {}", error.kind())))?.compile_matcher();
        let versions = raw
            .versions
            .map(|range| VersionReq::parse(range.get_ref()).map_err(|error| at(range.span(), format!("versions: {error}"))))
            .transpose()?;
        Ok(Self {
            list,
            case: raw.case.into_inner(),
            verdict,
            expected: raw.expected,
            observed: raw.observed,
            reason: raw.reason.into_inner(),
            link: raw.link.into_inner(),
            versions,
            expires: raw.expires,
            matcher,
            met: 0,
            drifted: None,
        })
    }
}

/// A version without what stands behind its numbers: pre-releases count as their release.
fn bare(version: &str) -> Option<Version> {
    Version::parse(version.split(['-', '+']).next()?).ok()
}

/// A TOML date.
fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let raw = toml::value::Datetime::deserialize(deserializer)?;
    raw.to_string().parse().map(Some).map_err(|_| serde::de::Error::custom("expires is a date such as 2027-01-31, without quotes"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ENTRY: &str = r#"
[[known]]
case = "default/write/*/CoreHome.*"
verdict = "leak"
expected = "gate-some-write"
observed = "opened"
reason = "agreed with the maintainers"
link = "https://github.com/matomo-org/matomo/issues/1"
versions = ">=5.0, <5.3"
expires = 2027-01-31
"#;

    fn seen<'a>(case: &'a str, verdict: Verdict, observed: &'a str) -> Occurrence<'a> {
        Occurrence { case, verdict, expected: "gate-some-write", observed }
    }

    fn known(text: &str, version: &str, day: &str) -> KnownDifferences {
        KnownDifferences::parse(text).expect("it parses").of_release(version, day.parse().expect("a day"))
    }

    #[test]
    fn an_entry_accepts_what_it_names_and_nothing_else() {
        let mut known = known(ENTRY, "5.2.0-b5", "2026-01-01");
        assert!(known.accepts(seen("default/write/url/dry/CoreHome.index", Verdict::Leak, "opened")).is_some());
        assert!(known.accepts(seen("flag/write/url/dry/CoreHome.index", Verdict::Leak, "opened")).is_none());
        assert!(known.stale(true).is_empty());
        assert!(known.accepts(seen("default/write/url/dry/CoreHome.index", Verdict::Lockout, "opened")).is_none());
        assert_eq!(known.stale(false).len(), 1, "its verdict has changed");
    }

    #[test]
    fn an_entry_that_matches_nothing_is_stale_in_a_complete_run_only() {
        let known = known(ENTRY, "5.2.0", "2026-01-01");
        assert_eq!(known.stale(true).len(), 1);
        assert!(known.stale(false).is_empty());
    }

    #[test]
    fn an_entry_for_other_versions_has_nothing_to_say() {
        let mut known = known(ENTRY, "5.3.0", "2026-01-01");
        assert!(known.accepts(seen("default/write/url/dry/CoreHome.index", Verdict::Leak, "opened")).is_none());
        assert!(known.stale(true).is_empty());
    }

    #[test]
    fn an_expired_entry_accepts_nothing_and_is_stale() {
        let mut known = known(ENTRY, "5.2.0", "2027-02-01");
        assert!(known.accepts(seen("default/write/url/dry/CoreHome.index", Verdict::Leak, "opened")).is_none());
        assert!(known.stale(false)[0].1.contains("expired on 2027-01-31"));
    }

    #[test]
    fn a_flaky_entry_is_never_stale() {
        let mut known = known(&ENTRY.replace("[[known]]", "[[flaky]]"), "5.2.0", "2026-01-01");
        assert!(known.stale(true).is_empty());
        let accepted = known.accepts(seen("default/write/url/dry/CoreHome.index", Verdict::Leak, "opened"));
        assert_eq!(accepted.map(|entry| entry.list), Some(List::Flaky));
    }

    #[test]
    fn brackets_and_question_marks_of_ids_are_taken_as_they_are() {
        let text = ENTRY.replace("default/write/*/CoreHome.*", "default/write/url/dry/?module[]=API*");
        let mut known = known(&text, "5.2.0", "2026-01-01");
        assert!(known.accepts(seen("default/write/url/dry/?module[]=API&x", Verdict::Leak, "opened")).is_some());
        assert!(known.accepts(seen("default/write/url/dry/Xmodule[]=API", Verdict::Leak, "opened")).is_none());
    }

    #[rstest]
    #[case("verdict = \"leak\"", "verdict = \"leek\"", "line 4, column 11: verdict \"leek\"")]
    #[case("reason = \"agreed with the maintainers\"", "reason = \" \"", "line 7, column 10: reason is empty")]
    #[case("versions = \">=5.0, <5.3\"", "versions = \"five\"", "line 9, column 12: versions:")]
    #[case("case = \"default/write/*/CoreHome.*\"", "case = \"{a\"", "line 3, column 8: case pattern:")]
    #[case("link =", "lnik =", "line 8, column 1")]
    #[case("expires = 2027-01-31", "expires = \"soon\"", "line 10, column 11")]
    #[case("[[known]]", "[[knwon]]", "line 2, column 3")]
    fn a_mistake_is_named_with_line_and_column(#[case] from: &str, #[case] to: &str, #[case] message: &str) {
        let error = KnownDifferences::parse(&ENTRY.replace(from, to)).expect_err("a mistake");
        assert!(error.contains(message), "{error}");
    }
}
