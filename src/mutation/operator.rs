//! Operators: each one way in which somebody might break an access rule.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A way to break a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// An `if` is gone, with all that it guards.
    DropGuard,
    /// The call of a check or of what prepares it, or the throw of a refusal, is gone.
    DropCall,
    /// A condition, one side of it, or a returned answer is turned round.
    Negate,
    /// View, write, admin or super user where another of them stood.
    SwapLevel,
    /// A comparison lets more through.
    Loosen,
    /// `||` in place of `&&`.
    Widen,
    /// `&&` in place of `||`.
    Narrow,
    /// A check that an `XMLHttpRequest` does not meet.
    SkipOnXhr,
    /// A check that a POST request does not meet.
    SkipOnPost,
    /// A check that a request with a cookie does not meet.
    SkipOnCookie,
    /// A setting is taken for always on, always off, or empty.
    IgnoreSetting,
    /// The URL is read where the body was, or the other way round.
    SwapSource,
    /// A condition within a query is turned round or met by every row.
    LoosenQuery,
    /// The function ends at once, with an answer of the kind it gives.
    ReturnEarly,
}

impl Operator {
    /// Name as in ids of mutants.
    pub fn name(self) -> &'static str {
        match self {
            Self::DropGuard => "drop-guard",
            Self::DropCall => "drop-call",
            Self::Negate => "negate",
            Self::SwapLevel => "swap-level",
            Self::Loosen => "loosen",
            Self::Widen => "widen",
            Self::Narrow => "narrow",
            Self::SkipOnXhr => "skip-on-xhr",
            Self::SkipOnPost => "skip-on-post",
            Self::SkipOnCookie => "skip-on-cookie",
            Self::IgnoreSetting => "ignore-setting",
            Self::SwapSource => "swap-source",
            Self::LoosenQuery => "loosen-query",
            Self::ReturnEarly => "return-early",
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A change of a text: what stands at `start..end` becomes `replacement`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The operator that makes it.
    pub operator: Operator,
    /// First byte that goes.
    pub start: usize,
    /// First byte that stays.
    pub end: usize,
    /// What comes in.
    pub replacement: String,
}

impl Edit {
    /// The text with the change in it.
    pub fn apply(&self, text: &str) -> String {
        format!("{}{}{}", &text[..self.start], self.replacement, &text[self.end..])
    }
}
