//! Everything about one request that the clauses ask.

use super::answer::Who;
use super::parameters::{Parameters, Value, php_empty, sanitise};
use super::placeholder::token_placeholder;
use super::{Feature, Features, Names, Request, Session, Settings, Token, World};

/// A question to the model: who sends what to which Matomo.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Features of the release.
    pub features: &'a Features,
    /// Settings of the slot.
    pub settings: &'a Settings,
    /// Users, tokens and sessions.
    pub world: &'a World,
    /// Names the Matomo dispatches.
    pub names: &'a Names,
    /// The request.
    pub request: &'a Request,
}

/// Where the detected token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `Authorization: Bearer`.
    Header,
    /// POST body.
    Body,
    /// Query string.
    Url,
}

/// A request, read; filled further from stage to stage.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    /// The question.
    pub ask: &'a Ask<'a>,
    /// Parameters of the query string.
    pub url: Parameters,
    /// Parameters of the body.
    pub body: Parameters,
    /// Union of both, the query string winning.
    pub all: Parameters,
    /// Module as the gate compares it.
    pub module: String,
    /// Action as the gate compares it.
    pub action: String,
    /// The detected token: decides session, authentication and gate.
    pub token: String,
    /// The `token_auth` parameter as nested API calls compare it.
    pub parameter_token: String,
    /// Whether the request is for an endpoint that takes no credentials from the URL (6.0).
    pub navigation: bool,
    /// Whether the detected token travelled securely.
    pub secure: bool,
    /// Whether `force_api_session` counts.
    pub force: bool,
    /// The session that authenticated, if one did.
    pub session: Option<&'a Session>,
    /// Who the request is authenticated as so far.
    pub who: Who,
    /// Whether authentication with a token was tried and failed.
    pub nobody: bool,
}

impl<'a> Situation<'a> {
    /// Reads the request; source and identity are filled in by the stages.
    pub fn new(ask: &'a Ask<'a>) -> Self {
        let mut url = Parameters::parse(&ask.request.query);
        let body = match &ask.request.body {
            Some(super::Body::Form(text) | super::Body::Multipart(text)) if ask.request.method == super::Method::Post => {
                Parameters::parse(text)
            }
            _ => Parameters::default(),
        };
        let all = url.over(&body);
        let (module, action) = (all.text("module"), all.text("action"));
        let navigation =
            ask.features.has(Feature::NavigationEndpoint) && url.bare("module") == "Overlay" && url.bare("action") == "startOverlaySession";
        if navigation {
            url = url.without(&["token_auth", "force_api_session"]);
        }
        let parameter_token = all.text("token_auth");
        Self {
            ask,
            all,
            body,
            url,
            module,
            action,
            token: String::new(),
            parameter_token,
            navigation,
            secure: false,
            force: false,
            session: None,
            who: Who::anonymous(ask.settings, ask.world),
            nobody: false,
        }
    }

    /// Takes the token from its source.
    pub fn present(&mut self, source: Source) {
        let detected = self.has(Feature::DetectedToken);
        let text = |parameters: &Parameters| {
            if detected { parameters.bare("token_auth") } else { parameters.text("token_auth") }
        };
        self.token = match source {
            Source::Header => self.bearer().unwrap_or_default().replace('\0', ""),
            Source::Body => text(&self.body),
            Source::Url => text(&self.url),
        };
        let url_token = text(&self.url);
        // Up to 5.3 (`isTokenAuthProvidedSecurely`) only the parameters count, also for the token of a nested call where an empty
        // one in the URL is the one in force.
        self.secure = match source {
            Source::Header => true,
            Source::Body | Source::Url if !detected => url_token.is_empty() && !text(&self.body).is_empty(),
            Source::Body => true,
            Source::Url => false,
        };
        self.force = if detected {
            match source {
                Source::Header => false,
                Source::Body => strict_true(self.body.get("force_api_session")),
                Source::Url => strict_true(self.url.get("force_api_session")),
            }
        } else {
            loose_true(self.all.get("force_api_session"))
        };
    }

    /// What stands after an exact "Bearer " in the header.
    pub fn bearer(&self) -> Option<&str> {
        self.ask.request.authorization.as_deref()?.strip_prefix("Bearer ")
    }

    /// Whether the release has the feature.
    pub fn has(&self, feature: Feature) -> bool {
        self.ask.features.has(feature)
    }

    /// The token row behind the detected token.
    pub fn row(&self) -> Option<&'a Token> {
        self.ask.world.token(token_placeholder(&self.token)?)
    }

    /// The string the gate compares with the allowlist.
    pub fn endpoint(&self) -> String {
        format!("{}.{}", self.module, self.action)
    }

    /// Whether the action is an array.
    pub fn has_array_action(&self) -> bool {
        matches!(self.all.get("action"), Some(Value::Array(_)))
    }

    /// Whether the request goes to the API, which checks every call by itself.
    pub fn is_api(&self) -> bool {
        self.module == "API" && (php_empty(&self.action) || self.action == "index")
    }
}

/// The site that a request names; the first one by default.
pub fn site(s: &Situation<'_>) -> u32 {
    s.all.text("idSite").parse().unwrap_or(1)
}

/// The sites that are asked about. An API method takes a list, or `all` for those that the user may view; others take one.
pub fn sites(s: &Situation<'_>) -> Vec<u32> {
    let named = s.all.text("idSite");
    match named.as_str() {
        "" => vec![site(s)],
        "all" if s.is_api() => s.who.rights.roles.keys().copied().collect(),
        list if s.is_api() => list.split(',').filter_map(|id| id.trim().parse().ok()).filter(|id| *id > 0).collect(),
        _ => vec![site(s)],
    }
}

/// Up to 5.3: any value counts but those that are empty once Matomo has cleaned them (`Common::getRequestVar` without a type).
fn loose_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Text(text)) => !php_empty(&sanitise(text)),
        Some(Value::Array(_)) => true,
        None => false,
    }
}

/// From 5.4 on: 1 and true only.
pub fn strict_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Text(text)) => {
            let text = text.replace('\0', "");
            text == "1" || text.eq_ignore_ascii_case("true")
        }
        Some(Value::Array(_)) | None => false,
    }
}
