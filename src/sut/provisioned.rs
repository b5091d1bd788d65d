//! What provisioning found out and made up.

use serde::{Deserialize, Serialize};

use crate::matomo::{Catalogue, Secrets};

/// A provisioned Matomo, as far as its database does not hold it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Provisioned {
    /// Version the database server reports.
    pub database_version: String,
    /// Fingerprint of the tree whose endpoints these are.
    #[serde(default)]
    pub tree: String,
    /// Endpoints of this Matomo.
    pub catalogue: Catalogue,
    /// Tokens and passwords.
    pub secrets: Secrets,
    /// Salt of the instance, which the stored tokens depend on.
    pub salt: String,
    /// Plugins that are installed.
    pub installed: Vec<String>,
    /// Plugins that were switched on beside the default ones.
    #[serde(default)]
    pub activated: Vec<String>,
}
