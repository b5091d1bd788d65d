//! The endpoint catalogue: every `Module.Action` the running Matomo answers to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{BroughtList, Listener};
use crate::model::{EndpointKind, Names, Words};

/// One endpoint as listed by `catalogue.php`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    /// What answers to it.
    pub kind: EndpointKind,
    /// Arguments without a default, which a request cannot give.
    pub required_arguments: u32,
    /// Other names it answers to.
    pub aliases: Vec<String>,
}

/// The answer of `catalogue.php`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Catalogue {
    /// Activated plugins.
    pub activated: BTreeSet<String>,
    /// Plugins that are there but not activated.
    #[serde(default)]
    pub deactivated: BTreeSet<String>,
    /// Plugins that are refused because they need the internet.
    #[serde(default)]
    pub offline: BTreeSet<String>,
    /// Endpoints by `Module.Action`.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Default action by plugin.
    pub default_actions: BTreeMap<String, String>,
    /// Callable names that controllers inherit from the framework.
    pub inherited: BTreeSet<String>,
    /// Public API methods as `Module.method`.
    pub api_methods: Vec<String>,
    /// Arguments without a default of each API method, beside site, period and date.
    #[serde(default)]
    pub api_arguments: BTreeMap<String, Vec<String>>,
    /// What the Matomo's own files put into the endpoint allowlist.
    #[serde(default)]
    pub brought: BroughtList,
    /// Plugins beside the default ones that have a part in what decides.
    #[serde(default)]
    pub listeners: Vec<Listener>,
    /// What its PHP asks a request for, where that was read.
    #[serde(default)]
    pub words: Words,
}

impl Catalogue {
    /// The names as the model needs them.
    pub fn names(&self) -> Names {
        Names {
            activated: self.activated.clone(),
            deactivated: self.deactivated.clone(),
            offline: self.offline.clone(),
            endpoints: self.endpoints.iter().map(|(name, endpoint)| (name.clone(), endpoint.kind)).collect(),
            inherited: self.inherited.clone(),
            default_actions: self.default_actions.clone(),
            brought: self.brought.values(),
            words: self.words.clone(),
        }
    }

    /// Endpoints that are Matomo's own, without those of the probe.
    pub fn own_endpoints(&self) -> impl Iterator<Item = (&String, &Endpoint)> {
        self.endpoints.iter().filter(|(name, _)| !name.starts_with("ConformanceProbe."))
    }
}
