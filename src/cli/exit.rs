//! Exit codes: the contract with whoever reads nothing else.

use crate::failure::FailureKind;
use crate::judge::Tally;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// Live and model agree everywhere.
    Conformant = 0,
    /// The command line, or a file given on it, is wrong.
    Usage = 1,
    /// A leak, a lockout or a wrong reason.
    Difference = 2,
    /// A time limit was reached.
    TimeLimit = 3,
    /// Nothing was concluded.
    Inconclusive = 4,
    /// A known difference is out of date.
    Stale = 5,
    /// Start, installation, database or engine failed.
    Environment = 7,
    /// A mistake in this program.
    Internal = 70,
    /// Stopped by a signal.
    Interrupted = 130,
}

impl ExitCode {
    /// The code that another process of this program ended with.
    pub fn of_number(number: i32) -> Self {
        let all = [
            Self::Conformant,
            Self::Usage,
            Self::Difference,
            Self::TimeLimit,
            Self::Inconclusive,
            Self::Stale,
            Self::Environment,
            Self::Interrupted,
        ];
        all.into_iter().find(|code| *code as i32 == number).unwrap_or(Self::Internal)
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

impl From<FailureKind> for ExitCode {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Usage => Self::Usage,
            FailureKind::TimeLimit => Self::TimeLimit,
            FailureKind::Inconclusive => Self::Inconclusive,
            FailureKind::Environment => Self::Environment,
            FailureKind::Internal => Self::Internal,
            FailureKind::Interrupted => Self::Interrupted,
        }
    }
}

/// What is known at the end of a run beside the tally.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances {
    /// A canary failed.
    pub canary_failed: bool,
    /// A MUST clause was not decided both ways although nothing was left out, or a budget left out what would have.
    pub undecided: bool,
    /// Requests changed the database: what was asked afterwards may tell of another Matomo.
    pub changed: bool,
    /// The Matomo that was asked died, or what was found could not be written.
    pub broke: Option<FailureKind>,
    /// The time limit was reached.
    pub out_of_time: bool,
    /// What was not run was left out by a budget.
    pub left_out: bool,
    /// A signal came.
    pub interrupted: bool,
}

/// The exit code of a run: a difference outranks everything, then what prevents a conclusion.
pub fn of_run(tally: &Tally, circumstances: Circumstances) -> ExitCode {
    if tally.differences() > 0 {
        ExitCode::Difference
    } else if let Some(kind) = circumstances.broke {
        kind.into()
    } else if circumstances.interrupted {
        ExitCode::Interrupted
    } else if circumstances.out_of_time {
        ExitCode::TimeLimit
    } else if circumstances.canary_failed
        || circumstances.undecided
        || circumstances.changed
        || tally.unknown + tally.error > 0
        || (tally.not_run > 0 && !circumstances.left_out)
        || tally.compared() == 0
    {
        ExitCode::Inconclusive
    } else if tally.stale > 0 {
        ExitCode::Stale
    } else {
        ExitCode::Conformant
    }
}
