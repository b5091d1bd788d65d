//! What a source tree says of itself before anything is installed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Feature, Features};

/// The answer of `release.php`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Release {
    /// Version of Matomo.
    pub version: String,
    /// Version of the PHP that read the tree.
    pub php: String,
    /// Plugins that are activated by default and whose code is there.
    pub plugins: Vec<String>,
    /// Plugins named by the tree's configuration whose code is not there.
    pub missing_plugins: Vec<String>,
    features: BTreeMap<Feature, bool>,
    because: BTreeMap<Feature, String>,
}

impl Release {
    /// The features the tree has, each with the reason to believe so.
    pub fn features(&self) -> Features {
        let seen =
            self.features.iter().map(|(feature, has)| (*feature, (*has, self.because.get(feature).cloned().unwrap_or_default()))).collect();
        Features::detected(&self.version, &seen)
    }
}
