//! The settings that decide: the global flag, the endpoint allowlist and the policy for secure tokens.

use serde::{Deserialize, Serialize};

/// One value in the allowlist, of whatever type somebody may have written there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    /// A string, meant as `Module.Action`.
    Text(String),
    /// `true` or `false`, which PHP's loose comparison would take for any non-empty string.
    Bool(bool),
    /// A number, which PHP's loose comparison would take for strings that start with it.
    Number(i64),
    /// A list inside the list.
    Nested(Vec<Entry>),
    /// A value behind a key of its own; only the value counts.
    Keyed {
        /// The key.
        key: String,
        /// The value.
        value: Box<Entry>,
    },
}

impl Entry {
    /// A string entry.
    pub fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }

    /// What counts of it.
    pub fn value(&self) -> &Self {
        match self {
            Self::Keyed { value, .. } => value.value(),
            other => other,
        }
    }

    /// Whether a sloppier comparison than the strict one would take it for the name.
    pub fn nearly(&self, name: &str) -> bool {
        match self {
            Self::Bool(value) => *value,
            Self::Number(_) => true,
            Self::Keyed { key, value } => value.nearly(name) || Self::text(key).nearly(name),
            Self::Nested(inner) => inner.iter().any(|entry| matches!(entry, Self::Text(text) if text == name)),
            Self::Text(text) => {
                let (entry, name) = (text.trim().to_lowercase(), name.trim().to_lowercase());
                entry == name || (!entry.is_empty() && (name.contains(&entry) || entry.contains(&name)))
            }
        }
    }
}

/// What the configured value as a whole is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A plain list.
    #[default]
    List,
    /// A list with string keys.
    Map,
    /// A closure that returns the list.
    Closure,
    /// The first entry as a bare string: no list, so no effect.
    Text,
    /// `null`: no effect.
    Null,
}

/// The way the list is configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// The instance's own `config/config.php`.
    #[default]
    Instance,
    /// A plugin's `config/config.php` with `DI::add`.
    Plugin,
    /// A key of `config.ini.php`, as in the first revision of PR #24103.
    Ini,
}

/// The endpoint allowlist of PR #24103.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Allowlist {
    /// What the configured value is.
    pub form: Form,
    /// Where it is configured.
    pub delivery: Delivery,
    /// Its entries in order.
    pub entries: Vec<Entry>,
}

impl Allowlist {
    /// A plain list in the instance's configuration.
    pub fn of<S: Into<String>>(entries: impl IntoIterator<Item = S>) -> Self {
        Self { entries: entries.into_iter().map(Entry::text).collect(), ..Self::default() }
    }

    /// Whether the list admits the name: strictly equal to one entry.
    pub fn admits(&self, name: &str) -> bool {
        matches!(self.form, Form::List | Form::Map | Form::Closure)
            && self.entries.iter().any(|entry| matches!(entry.value(), Entry::Text(text) if text == name))
    }

    /// Whether a sloppier comparison than the strict one would admit the name.
    pub fn nearly_admits(&self, name: &str) -> bool {
        !self.admits(name) && self.entries.iter().any(|entry| entry.nearly(name))
    }

    /// Whether entries that the Matomo's own files bring stay in force: only a list in the instance's own configuration replaces them.
    pub fn keeps_brought(&self) -> bool {
        self.delivery != Delivery::Instance || self.entries.is_empty()
    }
}

/// The settings of one slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `enable_framed_allow_write_admin_token_auth`.
    pub flag: bool,
    /// The flag as it is written in `config.ini.php`, where that is not simply 0 or 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag_text: Option<String>,
    /// `token_auth.write_admin_allowed_module_actions`.
    pub allowlist: Allowlist,
    /// `only_allow_secure_auth_tokens` (5.0).
    pub only_secure_tokens: bool,
    /// Whether the anonymous user was granted view access to the sites.
    pub anonymous_view: bool,
}
