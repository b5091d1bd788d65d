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
        let mut out = text.to_owned();
        for (name, value) in &self.0 {
            if value.len() >= 8 && out.contains(value.as_str()) {
                out = out.replace(value.as_str(), &format!("${name}"));
            }
        }
        out
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
