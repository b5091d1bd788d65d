//! What is said of a clause: its strength, its stage, in which releases it is, how it is known, and its part in a difference.

use serde::Serialize;

use super::{Feature, Features};

/// How much a clause is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Strength {
    /// The rule is intended; a Matomo that breaks it is wrong.
    Must,
    /// The rule is what real releases do, though nobody promised it; kept so that the gate stays usable.
    Quirk,
}

/// Which answers of a clause can occur: what a plan must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ways {
    /// It can hold and not hold.
    Both,
    /// Once asked it always holds: the last word of its stage.
    Held,
    /// It never holds; asked to show that nothing changed.
    NotHeld,
}

/// Which releases have a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exists {
    /// All.
    Always,
    /// Those with a feature.
    With(Feature),
    /// Those without it.
    Without(Feature),
}

impl Exists {
    /// Whether the release has the rule.
    pub fn in_release(self, features: &Features) -> bool {
        match self {
            Self::Always => true,
            Self::With(feature) => features.has(feature),
            Self::Without(feature) => !features.has(feature),
        }
    }
}

/// How it is known that releases keep a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Seen on a whole tree of a release.
    Run,
    /// Seen only on a tree that was put together by hand, of a release's own files or after a pull request.
    Rebuilt,
}

/// The stage of a request in which a clause is asked; the first part of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// What PHP and Matomo make of names and values.
    Parameter,
    /// Which token counts.
    Token,
    /// What a token's own level allows.
    Scope,
    /// Whether a session authenticates.
    Session,
    /// As whom the token authenticates.
    Auth,
    /// The gate.
    Gate,
    /// Requests for the API.
    Api,
    /// Error pages.
    Page,
    /// Which controller is reached.
    Dispatch,
    /// `Widgetize.iframe`.
    Widget,
    /// What the endpoint itself asks for.
    Access,
    /// The parts of a bulk request.
    Bulk,
}

impl Stage {
    /// Name as in ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::Token => "token",
            Self::Scope => "scope",
            Self::Session => "session",
            Self::Auth => "auth",
            Self::Gate => "gate",
            Self::Api => "api",
            Self::Page => "page",
            Self::Dispatch => "dispatch",
            Self::Widget => "widget",
            Self::Access => "access",
            Self::Bulk => "bulk",
        }
    }
}

/// The part a clause takes in explaining a difference, beside having decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// None: it is suspected where it decided.
    Decides,
    /// It lets a request past a gate: suspected where live and model differ about that.
    Opens,
    /// It settles which of two credentials counts: suspected where a small slip would have taken the other one, the lowest number first.
    Rival(u8),
    /// It says as whom an accepted request runs.
    Accepts,
    /// It leaves a known token without rights, and is suspected whatever came of it.
    Refuses,
    /// The same for a token that nobody has: a rival is the likelier cause.
    RefusesUnknown,
    /// It leaves things as they are, whatever the token.
    Keeps,
    /// It says the status of a refusal.
    Status,
}
