//! Variables in a command: what is known of them, and a mark for those of which nothing is.

use std::collections::BTreeMap;

/// Stands before and after the name of a variable of which nothing is known.
const UNSET: [char; 2] = ['\u{10fffe}', '\u{10ffff}'];

/// What is known of variables.
pub struct Variables<'a> {
    /// What was said of them.
    pub given: &'a BTreeMap<String, String>,
    /// Names that stand for secrets of the target and stay as they are.
    pub is_placeholder: &'a dyn Fn(&str) -> bool,
    /// The environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Variables<'_> {
    /// The value of a variable, or its mark.
    pub fn value(&self, name: &str, own: &BTreeMap<String, String>) -> String {
        if let Some(value) = self.given.get(name) {
            return value.clone();
        }
        if let Some(value) = own.get(name) {
            return value.clone();
        }
        if (self.is_placeholder)(name) {
            return format!("${name}");
        }
        (self.environment)(name).unwrap_or_else(|| format!("{}{name}{}", UNSET[0], UNSET[1]))
    }
}

/// The name of a variable without a value in a word, where there is one.
pub fn unset_variable(word: &str) -> Option<&str> {
    let (_, rest) = word.split_once(UNSET[0])?;
    rest.split_once(UNSET[1]).map(|(name, _)| name)
}

/// The same word with the names of such variables as they were written.
pub fn with_names(word: &str) -> String {
    word.replace(UNSET[0], "$").replace(UNSET[1], "")
}

/// Whether the word begins with such a variable: its name, and what follows.
pub fn leading_variable(word: &str) -> Option<(&str, &str)> {
    word.strip_prefix(UNSET[0])?.split_once(UNSET[1])
}
