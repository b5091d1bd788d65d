//! The values behind placeholders, and the one place where they are taken out of everything that is written.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::model::substitute;

/// Secret values by placeholder name (`TOKEN_VIEW`).
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secrets {
    values: BTreeMap<String, String>,
    /// Finds whether any of them stands in a text, which is asked of every line that is written.
    #[serde(skip)]
    any: OnceLock<Option<AhoCorasick>>,
}

/// Shorter values are no secrets: they would be found everywhere.
fn is_secret(value: &str) -> bool {
    value.len() >= 8
}

impl Secrets {
    /// Remembers a secret.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.values.insert(name.into(), value.into());
        self.any = OnceLock::new();
    }

    /// Remembers a secret of which there may be several, each under the name with a number; none twice.
    pub fn set_if_new(&mut self, name: &str, value: String) {
        if !self.knows(&value) {
            let number = self.values.keys().filter(|known| known.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'))).count() + 1;
            self.set(format!("{name}_{number}"), value);
        }
    }

    fn knows(&self, value: &str) -> bool {
        self.values.values().any(|known| known == value)
    }

    /// The value behind a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A text with placeholders replaced by values, for sending only.
    pub fn reveal(&self, text: &str) -> String {
        if !text.contains('$') {
            return text.to_owned();
        }
        substitute(text, |name| self.get(name).map(str::to_owned))
    }

    /// A text with every secret replaced by its placeholder, for writing.
    pub fn redact(&self, text: &str) -> String {
        let any = self.any.get_or_init(|| AhoCorasick::new(self.values.values().filter(|value| is_secret(value))).ok());
        if any.as_ref().is_some_and(|any| !any.is_match(text)) {
            return text.to_owned();
        }
        self.replace(text)
    }

    /// The same for a text with secrets that belong to it alone.
    pub fn redact_with(&self, text: &str, mut more: Vec<(&str, String)>) -> String {
        more.retain(|(_, value)| !self.knows(value));
        if more.is_empty() {
            return self.redact(text);
        }
        let mut all = self.clone();
        for (name, value) in more {
            all.set_if_new(name, value);
        }
        // To look for them but once is not worth what a quicker search would have to make ready.
        all.replace(text)
    }

    fn replace(&self, text: &str) -> String {
        let mut found: Vec<_> = self.values.iter().filter(|(_, value)| is_secret(value) && text.contains(value.as_str())).collect();
        // One may stand within another.
        found.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        found.into_iter().fold(text.to_owned(), |out, (name, value)| out.replace(value.as_str(), &format!("${name}")))
    }

    /// A fresh random token: 32 lower-case hexadecimal digits, as Matomo makes them.
    pub fn random_token() -> String {
        let mut rng = rand::rng();
        (0..32).map(|_| char::from(b"0123456789abcdef"[rng.random_range(0..16)])).collect()
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({} hidden)", self.values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_secret_within_another_nothing_is_left() {
        let mut secrets = Secrets::default();
        secrets.set_if_new("A", "12345678".to_owned());
        secrets.set_if_new("B", "0123456789abcdef".to_owned());
        secrets.set_if_new("B", "0123456789abcdef".to_owned());
        secrets.set_if_new("B", "fedcba9876543210".to_owned());
        let text = "x=0123456789abcdef&y=12345678&z=fedcba9876543210";
        assert_eq!(secrets.redact(text), "x=$B_1&y=$A_1&z=$B_2");
        assert_eq!(secrets.redact(&text[..10]), &text[..10]);
    }

    #[test]
    fn what_belongs_to_one_text_alone_is_hidden_beside_all_others_and_numbered_behind_them() {
        let mut secrets = Secrets::default();
        secrets.set_if_new("B", "0123456789abcdef".to_owned());
        let more = |values: &[&str]| values.iter().map(|value| ("B", (*value).to_owned())).collect::<Vec<_>>();
        let own = more(&["fedcba9876543210", "0123456789abcdef", "fedcba9876543210"]);
        assert_eq!(secrets.redact_with("0123456789abcdef fedcba9876543210", own), "$B_1 $B_2");
        // Part of one that is known, and one of which a known one is part.
        assert_eq!(secrets.redact_with("0123456789abcdef 456789ab", more(&["456789ab"])), "$B_1 $B_2");
        assert_eq!(secrets.redact_with("x0123456789abcdefx", more(&["x0123456789abcdefx"])), "$B_2");
    }
}
