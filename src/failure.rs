//! Failures for people: what failed, with which input, what to do next, and the server's last words.

use std::fmt;
use std::path::Path;

/// Which exit code a failure ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The command line or a file given on it is wrong (1).
    Usage,
    /// A time limit was reached (3).
    TimeLimit,
    /// Nothing could be concluded (4).
    Inconclusive,
    /// Start, installation, database or engine (7).
    Environment,
    /// A mistake in this program (70).
    Internal,
    /// Stopped by a signal (130).
    Interrupted,
}

/// A failure that a person can act on.
#[derive(Debug)]
pub struct Failure {
    /// Decides the exit code.
    pub kind: FailureKind,
    /// What failed, with which input.
    pub what: String,
    /// What to do next.
    pub hint: Option<String>,
    /// Last lines of a log.
    pub log: Option<String>,
}

impl Failure {
    /// A failure of the environment.
    pub fn environment(what: impl Into<String>) -> Self {
        Self { kind: FailureKind::Environment, what: what.into(), hint: None, log: None }
    }

    /// A mistake in what was given.
    pub fn usage(what: impl Into<String>) -> Self {
        Self { kind: FailureKind::Usage, what: what.into(), hint: None, log: None }
    }

    /// A run from which nothing follows.
    pub fn inconclusive(what: impl Into<String>) -> Self {
        Self { kind: FailureKind::Inconclusive, what: what.into(), hint: None, log: None }
    }

    /// What cannot happen unless this program is wrong, such as a result that cannot be written as JSON.
    pub fn internal(cause: impl fmt::Display) -> Self {
        let hint = "this is a mistake in matomo-conformance: please report it with the command line".to_owned();
        Self { kind: FailureKind::Internal, what: format!("internal error: {cause}"), hint: Some(hint), log: None }
    }

    /// The user's Ctrl-C or a termination signal.
    pub fn interrupted() -> Self {
        Self { kind: FailureKind::Interrupted, what: "interrupted".to_owned(), hint: None, log: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the last lines of a log file.
    #[must_use]
    pub fn log(self, file: &Path) -> Self {
        let text = std::fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        self.log_text(&file.file_name().unwrap_or_default().to_string_lossy(), &text)
    }

    /// Adds the last lines of what somebody printed.
    #[must_use]
    pub fn log_text(mut self, of: &str, text: &str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(50)..].join("\n");
        if !last.trim().is_empty() {
            self.log = Some(format!("last lines of {of}:\n{last}"));
        }
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(log) = &self.log {
            write!(f, "\n{log}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// What an error says at its root, without what it was met doing.
pub fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Turns an I/O error into a failure of the environment that names the path.
pub fn at(path: &Path, doing: &str) -> impl FnOnce(std::io::Error) -> Failure {
    let what = format!("cannot {doing} {}", path.display());
    move |error| Failure::environment(format!("{what}: {error}"))
}
