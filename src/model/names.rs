//! The names a Matomo dispatches: plugins, controller actions, widgets and reports.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Entry, Words};

/// What answers to a `Module.Action`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndpointKind {
    /// A public method of the plugin's controller.
    Controller,
    /// A widget.
    Widget,
    /// A report.
    Report,
    /// A name that a widget announces but nothing answers to.
    Unreachable,
}

/// The names known to one Matomo.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Activated plugins, exact spelling.
    pub activated: BTreeSet<String>,
    /// Plugins that are there but not activated.
    #[serde(default)]
    pub deactivated: BTreeSet<String>,
    /// Plugins that are refused because they need the internet, which Matomo is told to do without (`enable_internet_features`).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub offline: BTreeSet<String>,
    /// Every `Module.Action` with its kind.
    pub endpoints: BTreeMap<String, EndpointKind>,
    /// Other `Module.Action` that are callable, inherited by controllers.
    pub inherited: BTreeSet<String>,
    /// Default action by plugin.
    pub default_actions: BTreeMap<String, String>,
    /// Entries of the endpoint allowlist that the Matomo's own files bring along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brought: Vec<Entry>,
    /// What its PHP asks a request for, where that is known.
    #[serde(default)]
    pub words: Words,
}

impl Names {
    /// Whether something answers to the name. Reports also answer with an upper-case first letter.
    pub fn resolves(&self, module: &str, action: &str) -> bool {
        let name = format!("{module}.{action}");
        match self.endpoints.get(&name) {
            Some(EndpointKind::Unreachable) => return false,
            Some(_) => return true,
            None => {}
        }
        if self.inherited.contains(&name) {
            return true;
        }
        let mut letters = action.chars();
        let lower: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
        self.endpoints.get(&format!("{module}.{lower}")) == Some(&EndpointKind::Report)
    }
}
