//! GitHub Actions: annotations at the file of Matomo that implements a clause, and where the step summary goes.
//!
//! Workflow commands: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::formats::verdict_in_words;
use super::results::Results;
use super::terminal::{expected_text, observed_text, plural_of};
use crate::judge::Verdict;
use crate::model::Clause;

/// Annotations that GitHub shows for one step and kind.
const MOST: usize = 10;

/// What the environment says of the step that runs the program.
#[derive(Clone, Debug, Default)]
pub struct GitHub {
    /// File to which the step's summary is appended.
    pub summary: Option<PathBuf>,
}

impl GitHub {
    /// Nothing outside of GitHub Actions.
    pub fn of_environment() -> Option<Self> {
        std::env::var("GITHUB_ACTIONS")
            .is_ok_and(|value| value == "true")
            .then(|| Self { summary: std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()).map(PathBuf::from) })
    }

    /// One annotation for each clause that differs, and one for what prevents a conclusion.
    pub fn annotations(&self, results: &Results) -> String {
        let mut out = String::new();
        for group in results.by_clause().into_iter().take(MOST - 1) {
            let level = if matches!(group.verdict, Verdict::Leak | Verdict::Lockout) { "error" } else { "warning" };
            let Clause { file, says, .. } = group.clause.clause();
            let Some(first) = group.kept.first() else { continue };
            let title = format!("{} of {} in {} {}", group.verdict.name(), group.clause, group.cases, plural_of("case", group.cases));
            let text = format!("{says}\ncase      {}\nexpected  {}\nobserved  {}", first.case, expected_text(first), observed_text(first));
            let _ = writeln!(out, "::{level} file={},line=1,title={}::{}", property(file), property(&title), message(&text));
        }
        let obstacles = results.obstacles();
        if !obstacles.is_empty() {
            let title = property(&format!("matomo-conformance: {}", verdict_in_words(results)));
            let _ = writeln!(out, "::error title={title}::{}", message(&obstacles.join("\n")));
        }
        out
    }
}

/// Text of a workflow command.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Value of a property of a workflow command.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_workflow_command_early_is_escaped() {
        assert_eq!(message("50%\n::error::x"), "50%25%0A::error::x");
        assert_eq!(property("a: b, c"), "a%3A b%2C c");
    }
}
