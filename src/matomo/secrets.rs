//! The values behind placeholders, and the one place where they are taken out of everything that is written.

use std::collections::BTreeMap;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::model::substitute;

/// Secret values by placeholder name (`TOKEN_VIEW`).
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Remembers a secret.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Remembers a secret of which there may be several, each under the name with a number; none twice.
    pub fn set_if_new(&mut self, name: &str, value: String) {
        if self.0.values().all(|known| *known != value) {
            let number = self.0.keys().filter(|known| known.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'))).count() + 1;
            self.0.insert(format!("{name}_{number}"), value);
        }
    }

    /// The value behind a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
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
        let mut found: Vec<_> = self.0.iter().filter(|(_, value)| value.len() >= 8 && text.contains(value.as_str())).collect();
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
        write!(f, "Secrets({} hidden)", self.0.len())
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
        assert_eq!(secrets.redact("x=0123456789abcdef&y=12345678&z=fedcba9876543210"), "x=$B_1&y=$A_1&z=$B_2");
    }
}
