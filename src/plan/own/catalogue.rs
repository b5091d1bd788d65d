//! What `own_checks.php` lists: every endpoint with its place in the code and its arguments, and the objects that are there for them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::arguments::names_object;

/// How an endpoint is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnKind {
    /// A method of the API.
    Api,
    /// A controller action, widget or report.
    Page,
}

impl fmt::Display for OwnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Api => "api",
            Self::Page => "page",
        })
    }
}

/// An argument of an API method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Its name, which is the name of the parameter.
    pub name: String,
    /// Its type as declared or documented; empty where neither tells.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it may be left out.
    pub optional: bool,
}

/// An endpoint with its place in the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnEndpoint {
    /// How it is asked for.
    pub kind: OwnKind,
    /// `Module.Action` or `Module.method`.
    pub name: String,
    /// The method that runs.
    pub method: String,
    /// The line on which it begins, in the first of the files.
    pub line: u32,
    /// Files in which its methods may stand, below the tree: its own first, then those of its parents.
    pub files: Vec<String>,
    /// What it takes.
    pub arguments: Vec<Argument>,
    /// Whether its documentation hides it; it can be called all the same.
    pub hidden: bool,
    /// Optional arguments that it is given all the same, since they name an object of somebody else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
}

impl OwnEndpoint {
    /// Its name, with the optional arguments that it is given: `Dashboard.getDashboards(login)`.
    pub fn label(&self) -> String {
        if self.given.is_empty() { self.name.clone() } else { format!("{}({})", self.name, self.given.join(",")) }
    }

    /// Whether it is about a site that the request names.
    pub fn takes_site(&self) -> bool {
        self.arguments.iter().any(|argument| argument.name == "idSite")
    }

    /// The plugin it belongs to.
    pub fn plugin(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }
}

/// The answer of `own_checks.php`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OwnCatalogue {
    /// Endpoints.
    pub endpoints: Vec<OwnEndpoint>,
    /// Ids of objects by the name of the argument that takes them.
    pub objects: BTreeMap<String, String>,
    /// Objects that this release does not have, with what it said.
    pub missing: BTreeMap<String, String>,
    /// What the account may do, by table; `*` stands for all.
    pub grants: BTreeMap<String, String>,
}

impl OwnCatalogue {
    /// Adds each method of the API once more whose optional arguments name an object: without them it speaks of whoever asks.
    #[must_use]
    pub fn with_objects_of_others(mut self) -> Self {
        let given = |endpoint: &OwnEndpoint| -> Vec<String> {
            let optional = endpoint.arguments.iter().filter(|argument| argument.optional && names_object(&argument.name));
            optional.map(|argument| argument.name.clone()).collect()
        };
        let of_api = self.endpoints.iter().filter(|endpoint| endpoint.kind == OwnKind::Api);
        let more = of_api.map(|endpoint| OwnEndpoint { given: given(endpoint), ..endpoint.clone() });
        let more: Vec<OwnEndpoint> = more.filter(|endpoint| !endpoint.given.is_empty()).collect();
        self.endpoints.extend(more);
        self
    }
}
