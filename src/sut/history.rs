//! The history of a repository, walked in a clone of its own: the repository itself is only read.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tokio::process::Command;

use super::RunFolder;
use crate::failure::Failure;

/// A clone that shares its objects with the repository; removed when dropped.
pub struct History {
    repository: PathBuf,
    tree: PathBuf,
    folder: RunFolder,
}

/// What is said of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub hash: String,
    /// When it was written.
    pub date: String,
    /// The first line of its message.
    pub subject: String,
}

/// What a commit was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As the good one.
    Good,
    /// Not as the good one.
    Bad,
    /// Nothing can be said of it.
    Skip,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This commit is to be tried.
    Try(String),
    /// This is the first bad one.
    Found(String),
    /// It is one of these, and all that could tell them apart were skipped.
    OneOf(Vec<String>),
}

impl History {
    /// Clones a repository, without a checkout.
    pub async fn open(repository: &Path) -> Result<Self, Failure> {
        if !repository.is_dir() {
            return Err(
                Failure::usage(format!("there is no folder {}", repository.display())).hint("give a checkout of Matomo's repository")
            );
        }
        let repository = repository.canonicalize().map_err(crate::failure::at(repository, "open"))?;
        let folder = RunFolder::create()?;
        let tree = folder.path().join("tree");
        let history = Self { repository, tree, folder };
        let clone = ["clone", "--quiet", "--shared", "--no-checkout"].map(str::to_owned);
        let ends = [history.repository.display().to_string(), history.tree.display().to_string()];
        let done = git(&history.repository, clone.iter().chain(&ends).map(String::as_str)).await?;
        if !done.status.success() {
            return Err(Failure::usage(format!("{} cannot be cloned: {}", history.repository.display(), words(&done)))
                .hint("give a checkout of Matomo's repository"));
        }
        Ok(history)
    }

    /// The checkout of the clone.
    pub fn tree(&self) -> &Path {
        &self.tree
    }

    /// A folder beside it that is removed with it.
    pub fn beside(&self, name: &str) -> Result<PathBuf, Failure> {
        self.folder.sub(name)
    }

    /// The commit that a name of the repository stands for.
    pub async fn resolve(&self, revision: &str) -> Result<String, Failure> {
        let wanted = format!("{revision}^{{commit}}");
        let done = git(&self.repository, ["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).await?;
        // `--end-of-options` is echoed by some versions of git.
        let hash = text(&done).lines().last().unwrap_or_default().to_owned();
        if done.status.success() && !hash.is_empty() {
            return Ok(hash);
        }
        Err(Failure::usage(format!("{} has no commit {revision:?}", self.repository.display())))
    }

    /// Puts a commit into the checkout.
    pub async fn check_out(&self, commit: &str) -> Result<(), Failure> {
        self.do_git(&["checkout", "--quiet", "--force", "--detach", commit]).await.map(drop)
    }

    /// Whether a commit has a file.
    pub async fn has(&self, commit: &str, file: &str) -> Result<bool, Failure> {
        let done = git(&self.tree, ["cat-file", "-e", &format!("{commit}:{file}")]).await?;
        Ok(done.status.success())
    }

    /// Begins the search between two commits.
    pub async fn begin(&self, good: &str, bad: &str) -> Result<Step, Failure> {
        self.bisect(&["start", "--no-checkout", bad, good]).await
    }

    /// Says what a commit was found to be.
    pub async fn mark(&self, commit: &str, mark: Mark) -> Result<Step, Failure> {
        let word = match mark {
            Mark::Good => "good",
            Mark::Bad => "bad",
            Mark::Skip => "skip",
        };
        self.bisect(&[word, commit]).await
    }

    /// What is said of a commit.
    pub async fn commit(&self, commit: &str) -> Result<Commit, Failure> {
        let said = self.do_git(&["show", "--no-patch", "--date=iso-strict", "--format=%H%x00%ad%x00%s", commit]).await?;
        let mut parts = said.trim_end().splitn(3, '\0').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        Ok(Commit { hash: part(), date: part(), subject: part() })
    }

    /// What a commit changes against its first parent, without context.
    pub async fn changes(&self, commit: &str) -> Result<String, Failure> {
        self.do_git(&[
            "diff-tree",
            "--root",
            "-r",
            "-p",
            "-U0",
            "--no-color",
            "--no-ext-diff",
            "-m",
            "--first-parent",
            "--no-commit-id",
            commit,
        ])
        .await
    }

    /// The first parent of a commit, where it has one.
    pub async fn parent(&self, commit: &str) -> Result<Option<String>, Failure> {
        let done = git(&self.tree, ["rev-parse", "--verify", "--quiet", &format!("{commit}^")]).await?;
        Ok(done.status.success().then(|| text(&done).trim().to_owned()))
    }

    async fn bisect(&self, args: &[&str]) -> Result<Step, Failure> {
        let done = git(&self.tree, ["bisect"].iter().chain(args).copied()).await?;
        // 2 says that only skipped commits are left.
        if !done.status.success() && done.status.code() != Some(2) {
            return Err(Failure::inconclusive(format!("git cannot go on: {}", words(&done))));
        }
        let log = self.do_git(&["bisect", "log"]).await?;
        let named = |start: &str| {
            let names = log.lines().filter_map(|line| line.strip_prefix(start)?.split_once(']').map(|(hash, _)| hash.to_owned()));
            names.collect::<Vec<_>>()
        };
        if let Some(found) = named("# first bad commit: [").pop() {
            return Ok(Step::Found(found));
        }
        let left = named("# possible first bad commit: [");
        if !left.is_empty() {
            return Ok(Step::OneOf(left));
        }
        let next = self.do_git(&["rev-parse", "--verify", "BISECT_HEAD"]).await?;
        Ok(Step::Try(next.trim().to_owned()))
    }

    async fn do_git(&self, args: &[&str]) -> Result<String, Failure> {
        let done = git(&self.tree, args.iter().copied()).await?;
        if done.status.success() {
            return Ok(text(&done));
        }
        Err(Failure::environment(format!("`git {}` failed: {}", args.join(" "), words(&done))))
    }
}

fn text(done: &Output) -> String {
    String::from_utf8_lossy(&done.stdout).into_owned()
}

fn words(done: &Output) -> String {
    let error = String::from_utf8_lossy(&done.stderr);
    let error = error.trim();
    if error.is_empty() { text(done).trim().to_owned() } else { error.to_owned() }
}

/// Runs git in a folder, without hooks, questions and what a surrounding git has set.
async fn git<'a>(folder: &Path, args: impl IntoIterator<Item = &'a str>) -> Result<Output, Failure> {
    let mut command = Command::new("git");
    command.args(["-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false"]).args(args).current_dir(folder);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(name);
    }
    // Large files of tests have no part in what is asked.
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_LFS_SKIP_SMUDGE", "1").env("LC_ALL", "C").stdin(Stdio::null()).kill_on_drop(true);
    command.output().await.map_err(|error| Failure::environment(format!("git does not start: {error}")).hint("install git"))
}
