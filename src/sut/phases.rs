//! Phases of a start, each timed and shown.

use std::time::{Duration, Instant};

/// Who is told about phases while they run.
pub trait Progress: Send + Sync {
    /// A phase begins.
    fn phase(&self, name: &str);

    /// The running phase has come so far.
    fn detail(&self, _text: &str) {}
}

/// Nobody is told.
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _: &str) {}
}

/// Phases that ended, with their durations.
#[derive(Clone, Debug, Default)]
pub struct Phases {
    done: Vec<(String, Duration)>,
    open: Option<(String, Instant)>,
}

impl Phases {
    /// Ends the running phase and begins the next one.
    pub fn begin(&mut self, name: &str, progress: &dyn Progress) {
        self.end();
        progress.phase(name);
        self.open = Some((name.to_owned(), Instant::now()));
    }

    /// Ends the running phase.
    pub fn end(&mut self) {
        if let Some((name, since)) = self.open.take() {
            self.done.push((name, since.elapsed()));
        }
    }

    /// Phases in order.
    pub fn all(&self) -> &[(String, Duration)] {
        &self.done
    }

    /// Sum of all phases.
    pub fn total(&self) -> Duration {
        self.done.iter().map(|(_, took)| *took).sum()
    }
}
