//! The search for the first commit that answers differently, whoever asks them.

use std::collections::BTreeMap;

use crate::failure::Failure;
use crate::sut::{History, Mark, Step};

/// What came of trying a commit.
pub enum Tried {
    /// It answered so.
    Answer(String),
    /// It gives no answer.
    Skip(Failure),
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The first commit that answers differently; several where those that could tell were skipped.
    pub candidates: Vec<String>,
    /// How the good commit answers.
    pub before: String,
    /// How the found one answers, else the bad one.
    pub after: String,
    /// Commits that answered, the two ends included.
    pub tried: usize,
    /// Commits that gave no answer, with why.
    pub skipped: Vec<(String, String)>,
}

/// Searches between two commits, which have to answer differently. What does not answer as the good one is bad.
pub async fn search(
    history: &History,
    (good, bad): (&str, &str),
    mut answer: impl AsyncFnMut(&str) -> Result<Tried, Failure>,
) -> Result<Found, Failure> {
    let mut answers = BTreeMap::new();
    for (name, commit) in [("good", good), ("bad", bad)] {
        match answer(commit).await? {
            Tried::Answer(seen) => _ = answers.insert(commit.to_owned(), seen),
            Tried::Skip(failure) => {
                return Err(Failure { what: format!("the {name} commit {} gives no answer: {}", short(commit), failure.what), ..failure });
            }
        }
    }
    let (before, end) = (answers[good].clone(), answers[bad].clone());
    if before == end {
        return Err(Failure::usage(format!("the good commit {} and the bad one {} answer the same: {before}", short(good), short(bad)))
            .hint("give two commits between which the answer has changed"));
    }
    let mut skipped = Vec::new();
    let mut step = history.begin(good, bad).await?;
    let candidates = loop {
        let commit = match step {
            Step::Found(commit) => break vec![commit],
            Step::OneOf(commits) => break commits,
            Step::Try(commit) => commit,
        };
        let mark = match answer(&commit).await? {
            Tried::Answer(seen) => {
                let mark = if seen == before { Mark::Good } else { Mark::Bad };
                answers.insert(commit.clone(), seen);
                mark
            }
            Tried::Skip(failure) => {
                skipped.push((commit.clone(), failure.what));
                Mark::Skip
            }
        };
        step = history.mark(&commit, mark).await?;
    };
    let found = candidates.first().filter(|_| candidates.len() == 1);
    let after = found.and_then(|commit| answers.get(commit)).cloned().unwrap_or(end);
    Ok(Found { candidates, before, after, tried: answers.len(), skipped })
}

/// The beginning of a commit's name, which people read.
pub fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;

    fn git(folder: &Path, args: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=A", "-c", "user.email=a@example.org"]).args(args).current_dir(folder);
        let done = command.output().expect("git starts");
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// A repository with a commit for each text, and their names.
    fn repository(texts: &[&str]) -> (tempfile::TempDir, Vec<String>) {
        let folder = tempfile::tempdir().expect("a folder");
        git(folder.path(), &["init", "--quiet"]);
        let commits = texts.iter().enumerate().map(|(number, text)| {
            std::fs::write(folder.path().join("answer"), format!("{text}\n{number}\n")).expect("a file");
            git(folder.path(), &["add", "."]);
            git(folder.path(), &["commit", "--quiet", "-m", &format!("commit {number}")]);
            git(folder.path(), &["rev-parse", "HEAD"])
        });
        let commits = commits.collect();
        (folder, commits)
    }

    /// Searches from the first to the last commit; a commit answers with its text, and `broken` gives none.
    async fn searched(texts: &[&str]) -> (Result<Found, Failure>, Vec<String>) {
        let (folder, commits) = repository(texts);
        std::fs::write(folder.path().join("answer"), "uncommitted").expect("a file");
        let state =
            |folder: &Path| (git(folder, &["rev-parse", "HEAD"]), git(folder, &["status", "--porcelain"]), git(folder, &["branch", "-a"]));
        let before = state(folder.path());
        let history = History::open(folder.path()).await.expect("a clone");
        let (good, bad) = (history.resolve(&commits[0]).await.expect("a commit"), history.resolve("HEAD").await.expect("a commit"));
        let found = search(&history, (&good, &bad), async |commit| {
            history.check_out(commit).await?;
            let text = std::fs::read_to_string(history.tree().join("answer")).expect("a file");
            let text = text.lines().next().unwrap_or_default().to_owned();
            Ok(if text == "broken" { Tried::Skip(Failure::environment("it does not start")) } else { Tried::Answer(text) })
        })
        .await;
        assert_eq!(state(folder.path()), before, "the repository is as it was");
        let clone = history.tree().to_owned();
        drop(history);
        assert!(clone.is_absolute() && !clone.exists(), "the clone is removed");
        (found, commits)
    }

    #[tokio::test]
    async fn the_first_commit_that_answers_differently_is_found() {
        let (found, commits) = searched(&["shut", "shut", "shut", "shut", "open", "open", "other", "open"]).await;
        let found = found.expect("it is found");
        assert_eq!(found.candidates, [commits[4].clone()]);
        assert_eq!((found.before.as_str(), found.after.as_str()), ("shut", "open"));
        assert!(found.tried < 7 && found.skipped.is_empty(), "{found:?}");
    }

    #[tokio::test]
    async fn a_commit_that_does_not_start_is_skipped_and_counted() {
        let (found, commits) = searched(&["shut", "shut", "shut", "broken", "shut", "open", "open", "open"]).await;
        let found = found.expect("it is found");
        assert_eq!(found.candidates, [commits[5].clone()]);
        assert_eq!(found.skipped, [(commits[3].clone(), "it does not start".to_owned())]);
    }

    #[tokio::test]
    async fn where_those_that_could_tell_were_skipped_all_that_it_may_be_are_named() {
        let (found, commits) = searched(&["shut", "broken", "broken", "open"]).await;
        let found = found.expect("an end");
        let named: std::collections::BTreeSet<_> = found.candidates.iter().collect();
        assert_eq!(named, commits[1..].iter().collect());
        assert_eq!((found.skipped.len(), found.tried), (2, 2));
    }

    #[tokio::test]
    async fn two_ends_that_answer_the_same_are_a_usage_error_that_says_the_answer() {
        let (found, _) = searched(&["shut", "open", "shut"]).await;
        let failure = found.expect_err("nothing to find");
        assert!(failure.kind == crate::failure::FailureKind::Usage && failure.what.ends_with("answer the same: shut"), "{failure}");
        let (found, _) = searched(&["broken", "open"]).await;
        assert!(found.expect_err("no answer").what.contains("gives no answer: it does not start"));
    }
}
