//! Words of a Matomo: names that its PHP asks a request for. None of them may change who is let in, but for those that the clauses know.

use serde::{Deserialize, Serialize};

/// A name and the values that it is compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// The name, as it goes over the wire.
    pub name: String,
    /// Values that it is compared with.
    pub values: Vec<String>,
    /// Whether it is asked for near a decision.
    pub near: bool,
}

/// All words of one Matomo, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Parameters of URL and body.
    pub parameters: Vec<Word>,
    /// Headers.
    pub headers: Vec<Word>,
    /// Cookies.
    pub cookies: Vec<Word>,
    /// Texts and numbers that something is compared with near a decision.
    pub compared: Vec<String>,
}
