//! What becomes of a request: opened as whom, or refused why.

use serde::{Deserialize, Serialize};

use super::dispatch::SECOND_FACTOR_PAGE;
use super::{Rights, Role, Settings, World};

/// Who a request runs as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Login, `anonymous` also for nobody.
    pub login: String,
    /// Effective rights.
    #[serde(flatten)]
    pub rights: Rights,
}

impl Who {
    /// The anonymous user of a slot.
    pub fn anonymous(settings: &Settings, world: &World) -> Self {
        let rights = if settings.anonymous_view { Rights::on(world.sites.iter().copied(), Role::View) } else { Rights::none() };
        Self { login: "anonymous".to_owned(), rights }
    }

    /// Somebody whose token was not accepted: not even what anonymous may do.
    pub fn nobody() -> Self {
        Self { login: "anonymous".to_owned(), rights: Rights::none() }
    }
}

/// Why a request ends without its controller having run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Credentials contradict each other (5.8).
    Conflict,
    /// A scoped token came with `force_api_session` (6.0).
    ScopedSession,
    /// The token was not accepted by the API.
    NotAuthenticated,
    /// Refused before the gate, for a reason that only the page tells. Never decided by the model.
    Unauthenticatable,
    /// Too many failed logins from this address.
    BruteForce,
    /// The gate refuses tokens of super users.
    GateSuperUser,
    /// The gate refuses tokens of users with some write access.
    GateSomeWrite,
    /// A parameter has the wrong type or is missing.
    BadParameter,
    /// The module's name is malformed.
    InvalidModule,
    /// The plugin is unknown or not activated.
    PluginNotActivated,
    /// The plugin has no such action.
    ActionNotFound,
    /// `Widgetize.iframe` never frames this target.
    NotWidgetizable,
    /// The endpoint's own permission check failed.
    NoRight,
    /// `Widgetize.iframe` says that the token in the URL failed (6.0).
    WidgetToken,
    /// Another error after the gate.
    OtherError,
}

/// How far a refused request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Refused before or at authentication.
    Authentication,
    /// Refused at the gate.
    Gate,
    /// Past the gate, refused by what follows.
    Behind,
}

impl Reason {
    /// The layer that refuses with this reason.
    pub fn layer(self) -> Layer {
        match self {
            Self::Conflict | Self::ScopedSession | Self::NotAuthenticated | Self::Unauthenticatable | Self::BruteForce => {
                Layer::Authentication
            }
            Self::GateSuperUser | Self::GateSomeWrite => Layer::Gate,
            _ => Layer::Behind,
        }
    }

    /// Name as in reports.
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// What becomes of a request: decided by the model, or observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "answer")]
pub enum Answer {
    /// The controller was reached.
    Opened {
        /// As whom.
        who: Who,
        /// `Module.Action` of each dispatch, outermost first.
        route: Vec<String>,
        /// Rights within a nested API call, where one was made.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        nested: Option<Rights>,
    },
    /// It was not.
    Denied {
        /// Why.
        reason: Reason,
    },
}

impl Answer {
    /// Whether it is the page that asks for a session's second factor.
    pub fn asks_second_factor(&self) -> bool {
        matches!(self, Self::Opened { route, .. } if route.last().is_some_and(|name| name == SECOND_FACTOR_PAGE))
    }

    /// In one word: `opened`, or the reason of the refusal.
    pub fn outcome(&self) -> String {
        match self {
            Self::Opened { .. } => "opened".to_owned(),
            Self::Denied { reason } => reason.name(),
        }
    }
}
