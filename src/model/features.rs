//! A release as a set of features: what its tree really has, whatever its version number says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// One ability that changes who may open what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// `token_auth.write_admin_allowed_module_actions` (PR #24103, 5.8).
    Allowlist,
    /// The same list read from a key of `config.ini.php` (first revision of PR #24103); told, never detected.
    AllowlistIni,
    /// Tokens that are valid in a POST body only (#20351, 5.0).
    SecureTokens,
    /// A session cookie is ignored beside a token unless `force_api_session` is given (#17520, 4.3).
    SessionNeedsForce,
    /// One token is detected from header, POST and GET in that order (5.4).
    DetectedToken,
    /// Differing credentials are refused with status 400 (5.8).
    Conflict,
    /// Tokens with an access level of their own (6.0).
    ScopedTokens,
    /// The parts of a bulk request may not contradict the request around them (#24799, 5.13).
    BulkCredentials,
    /// `Overlay.startOverlaySession` ignores a token in the URL (6.0).
    NavigationEndpoint,
    /// `Widgetize.iframe` answers 401 to a failed token in the URL (#24886).
    WidgetTokenErrors,
    /// `Widgetize.iframe` repeats the gate.
    WidgetRecheck,
    /// The repeated gate honours the global flag (#16871, 4.0.4).
    WidgetHonoursFlag,
    /// Error pages carry an error status (#17206, 4.2).
    ErrorPagesHaveStatus,
    /// `action[]=x` ends in an error page, not in the safe mode page (#18706, 4.7).
    ArrayActionIsErrorPage,
    /// The name of a plugin has 60 letters at most (5.0).
    PluginNameLimit,
    /// An unknown plugin or action is 404, a deactivated plugin 403 (5.7).
    #[serde(rename = "missing_plugin_is_404")]
    MissingPluginIs404,
    /// A list of sites that comes to none is 400 instead of 401 (5.7.1).
    #[serde(rename = "no_site_is_400")]
    NoSiteIs400,
    /// An API request in a session that has not passed its second factor is refused (4.12).
    SecondFactorForApi,
    /// Only the token that gave access spares the second factor (#25191).
    SecondFactorByAccess,
    /// Refused API requests carry status 401 (#19813, 5.0).
    ApiErrorsHaveStatus,
}

impl Feature {
    /// Every feature with the version from which on a release must have it; `None`: no release is known to.
    pub const SINCE: [(Self, Option<[u32; 3]>); 20] = [
        (Self::Allowlist, Some([5, 8, 0])),
        (Self::AllowlistIni, None),
        (Self::SecureTokens, Some([5, 0, 0])),
        (Self::SessionNeedsForce, Some([4, 3, 0])),
        (Self::DetectedToken, Some([5, 4, 0])),
        (Self::Conflict, Some([5, 8, 0])),
        (Self::BulkCredentials, Some([5, 13, 0])),
        (Self::ScopedTokens, Some([6, 0, 0])),
        (Self::NavigationEndpoint, Some([6, 0, 0])),
        (Self::WidgetTokenErrors, Some([6, 0, 0])),
        (Self::WidgetRecheck, Some([4, 0, 0])),
        (Self::WidgetHonoursFlag, Some([4, 0, 4])),
        (Self::ErrorPagesHaveStatus, Some([4, 2, 0])),
        (Self::ArrayActionIsErrorPage, Some([4, 7, 0])),
        (Self::PluginNameLimit, Some([5, 0, 0])),
        (Self::MissingPluginIs404, Some([5, 7, 0])),
        (Self::NoSiteIs400, Some([5, 7, 1])),
        (Self::SecondFactorForApi, Some([4, 12, 0])),
        (Self::SecondFactorByAccess, None),
        (Self::ApiErrorsHaveStatus, Some([5, 0, 0])),
    ];

    /// Name as in reports and in the answer of the tree.
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// The features of one Matomo and how each was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// Version that the Matomo states of itself.
    pub version: String,
    /// What it has.
    pub has: BTreeSet<Feature>,
    /// Why each feature is believed to be there or not.
    pub because: BTreeMap<Feature, String>,
}

impl Features {
    /// The features that a version must have. Pre-releases count as their release.
    pub fn of_version(version: &str) -> Self {
        let number = version_number(version);
        let has = Feature::SINCE.iter().filter(|(_, since)| since.is_some_and(|since| number >= since)).map(|(f, _)| *f).collect();
        Self { version: version.to_owned(), has, because: BTreeMap::new() }
    }

    /// Joins what the version promises with what the tree was seen to have.
    ///
    /// A promised feature that the tree seems to lack stays: a pull request that loses it must be found out, not
    /// excused. A feature that the tree has before its release is judged by what it has.
    pub fn detected(version: &str, seen: &BTreeMap<Feature, (bool, String)>) -> Self {
        let mut features = Self::of_version(version);
        for (feature, _) in Feature::SINCE {
            let promised = features.has.contains(&feature);
            let why = match seen.get(&feature) {
                Some((true, ask)) => {
                    features.has.insert(feature);
                    format!("seen: {ask}")
                }
                Some((false, ask)) if promised => format!("promised by version {version}, though not seen: {ask}"),
                Some((false, ask)) => format!("not seen: {ask}"),
                None => format!("from version {version}"),
            };
            features.because.insert(feature, why);
        }
        features
    }

    /// Whether the release has the feature.
    pub fn has(&self, feature: Feature) -> bool {
        self.has.contains(&feature)
    }

    /// The same release with one feature more.
    #[must_use]
    pub fn with(mut self, feature: Feature) -> Self {
        self.has.insert(feature);
        self
    }
}

/// Major, minor and patch of a version; what cannot be read counts as 0.
pub(crate) fn version_number(version: &str) -> [u32; 3] {
    let mut number = [0; 3];
    let core = version.split(['-', '+']).next().unwrap_or_default();
    for (slot, part) in number.iter_mut().zip(core.split('.')) {
        *slot = part.parse().unwrap_or(0);
    }
    number
}
