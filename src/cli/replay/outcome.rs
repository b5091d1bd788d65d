//! What became of what is repeated, and how often.

use crate::model::Reason;
use crate::report::Paint;

/// What became of a case that is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// It is as it must be.
    Fine,
    /// It differed before and does no more.
    Fixed,
    /// It differs in the same way as before.
    StillThere,
    /// It differs in another way.
    Changed,
    /// It differs, and was never reported before.
    Differs,
    /// Nothing can be said.
    Unclear,
}

impl ReplayOutcome {
    pub const ALL: [Self; 6] = [Self::Fine, Self::Fixed, Self::StillThere, Self::Changed, Self::Differs, Self::Unclear];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fine => "as it must be",
            Self::Fixed => "fixed",
            Self::StillThere => "still there",
            Self::Changed => "changed",
            Self::Differs => "differs",
            Self::Unclear => "unclear",
        }
    }

    /// The colour that it is shown in.
    pub fn paint(self) -> anstyle::Style {
        match self {
            Self::Fine | Self::Fixed => Paint::FINE,
            Self::StillThere | Self::Differs => Paint::LEAK,
            Self::Changed | Self::Unclear => Paint::WARN,
        }
    }

    /// Whether it is not as it must be.
    pub fn differs(self) -> bool {
        matches!(self, Self::StillThere | Self::Changed | Self::Differs)
    }

    /// What is shown first.
    pub fn rank(self) -> usize {
        match self {
            Self::Differs => 0,
            Self::StillThere => 1,
            Self::Changed => 2,
            Self::Unclear => 3,
            Self::Fixed => 4,
            Self::Fine => 5,
        }
    }
}

/// How many requests came to what.
#[derive(Default)]
pub struct Counts([usize; 6]);

impl Counts {
    /// One more.
    pub fn add(&mut self, outcome: ReplayOutcome) {
        self.0[outcome as usize] += 1;
    }

    /// How many came to one.
    pub fn of(&self, outcome: ReplayOutcome) -> usize {
        self.0[outcome as usize]
    }

    /// How many are not as they must be.
    pub fn differ(&self) -> usize {
        ReplayOutcome::ALL.iter().filter(|outcome| outcome.differs()).map(|outcome| self.of(*outcome)).sum()
    }
}

/// What an answer was, for tables.
pub enum Answered {
    /// Somebody: the login.
    Opened(String),
    /// Nobody, and why.
    Refused(Reason),
    /// Not to be read.
    Unclear,
}

impl Answered {
    /// In words.
    pub fn word(&self) -> String {
        match self {
            Self::Opened(login) => format!("opened as {}", login.trim_start_matches("conformance-")),
            Self::Refused(reason) => reason.name(),
            Self::Unclear => "unclear".to_owned(),
        }
    }
}
