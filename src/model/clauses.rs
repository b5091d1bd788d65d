//! The table of all clauses: one row a clause, from which its id is made as well.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Feature;
use super::clause::{Blame, Evidence, Exists, Stage, Strength, Ways};

/// One sentence of the model with a stable id.
#[derive(Debug, Serialize)]
pub struct Clause {
    /// Stable id such as `gate.superuser`.
    pub id: ClauseId,
    /// The stage of a request that it belongs to.
    #[serde(skip)]
    pub stage: Stage,
    /// The sentence.
    pub says: &'static str,
    /// Issue, pull request or release in which the rule can be looked up.
    pub source: &'static str,
    /// MUST or QUIRK.
    pub strength: Strength,
    /// Which answers can occur at all.
    pub ways: Ways,
    /// Which releases have the rule.
    pub exists: Exists,
    /// How it is known.
    pub evidence: Evidence,
    /// File of Matomo in which the rule is implemented, for annotations in a pull request.
    pub file: &'static str,
    /// What part it takes in explaining a difference.
    #[serde(skip)]
    pub blame: Blame,
    /// The clause of the gate that it repeats within `Widgetize.iframe`.
    #[serde(skip)]
    pub repeats: Option<ClauseId>,
}

impl Clause {
    const fn new(strength: Strength, id: ClauseId, stage: Stage, says: &'static str, source: &'static str, file: &'static str) -> Self {
        let (ways, exists, evidence, blame) = (Ways::Both, Exists::Always, Evidence::Run, Blame::Decides);
        Self { id, stage, says, source, strength, ways, exists, evidence, file, blame, repeats: None }
    }

    /// Source and evidence in a few words.
    pub fn origin(&self) -> String {
        match self.evidence {
            Evidence::Run => self.source.to_owned(),
            Evidence::Rebuilt => format!("{}; seen on a tree put together by hand", self.source),
        }
    }

    const fn ways(mut self, ways: Ways) -> Self {
        self.ways = ways;
        self
    }

    const fn with(mut self, feature: Feature) -> Self {
        self.exists = Exists::With(feature);
        self
    }

    const fn without(mut self, feature: Feature) -> Self {
        self.exists = Exists::Without(feature);
        self
    }

    const fn rebuilt(mut self) -> Self {
        self.evidence = Evidence::Rebuilt;
        self
    }

    const fn blame(mut self, blame: Blame) -> Self {
        self.blame = blame;
        self
    }

    const fn repeats(mut self, clause: ClauseId) -> Self {
        self.repeats = Some(clause);
        self
    }
}

/// A row is `Name "stable.id" in Stage: Must(sentence, source, file)`, or `Quirk`, and what differs from the usual behind it.
macro_rules! clauses {
    ($($name:ident $id:literal in $stage:ident:
        $strength:ident($says:literal, $source:literal, $file:expr) $(.$column:ident($($value:expr),*))*;)*) => {
        /// The stable id of a clause. Known to the compiler, so that a slip of the pen is no clause.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(clippy::doc_markdown, reason = "the sentences are shown to people as they stand")]
        pub enum ClauseId {
            $(#[doc = $says] $name,)*
        }

        impl ClauseId {
            /// The id as it is written, such as `gate.superuser`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)*
                }
            }
        }

        /// All clauses, in the order in which a request meets them.
        pub static CLAUSES: [Clause; [$($id),*].len()] = [
            $(Clause::new(Strength::$strength, ClauseId::$name, Stage::$stage, $says, $source, $file) $(.$column($($value),*))*,)*
        ];
    };
}

impl ClauseId {
    /// The row of the table.
    pub fn clause(self) -> &'static Clause {
        &CLAUSES[self as usize]
    }
}

impl fmt::Display for ClauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ClauseId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = CLAUSES.iter().map(|clause| clause.id).find(|id| id.as_str() == text);
        known.ok_or_else(|| format!("clause {text} is unknown here; another version of this program wrote it"))
    }
}

/// By their texts, as in reports.
impl Ord for ClauseId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for ClauseId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for ClauseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ClauseId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

const COMMON: &str = "core/Common.php";
const EXCEPTIONS: &str = "core/ExceptionHandler.php";
const API_PROXY: &str = "core/API/ResponseBuilder.php";
const REQUEST: &str = "core/API/Request.php";
const API_PLUGIN: &str = "plugins/API/API.php";
const FRONT: &str = "core/FrontController.php";
const TOKEN: &str = "core/Request/AuthenticationToken.php";
const USERS: &str = "plugins/UsersManager/Model.php";
const TWO_FACTOR: &str = "plugins/TwoFactorAuth/TwoFactorAuth.php";
const SESSION: &str = "core/Session/SessionAuth.php";
const WIDGET: &str = "plugins/Widgetize/Controller.php";
const ACCESS: &str = "core/Access.php";
const PLUGINS: &str = "core/Plugin/Manager.php";
const SITES: &str = "plugins/SitesManager/SitesManager.php";
const RESOLVER: &str = "core/Http/ControllerResolver.php";

clauses! {
    ParameterUrlOverBody "parameter.url-over-body" in Parameter: Must(
        "A parameter in the URL hides one of the same name in the body.",
        "observed on 4.0.3 to 5.2.0-b5", COMMON
    );
    ParameterName "parameter.name" in Parameter: Must(
        "PHP reads dots, spaces and lone brackets in names as underscores.",
        "PHP manual, external variables", COMMON
    );
    ParameterLast "parameter.last" in Parameter: Must(
        "Of several parameters with one name the last counts.",
        "PHP manual, parse_str", COMMON
    );
    ParameterArray "parameter.array" in Parameter: Must(
        "An array where a text is expected counts as missing.",
        "observed on 4.0.3 to 5.2.0-b5", COMMON
    );
    ParameterCleaned "parameter.cleaned" in Parameter: Must(
        "HTML entities are decoded and NUL bytes dropped before names are compared.",
        "observed on 4.0.3 to 5.2.0-b5", COMMON
    );
    ParameterBody "parameter.body" in Parameter: Must(
        "A body gives parameters only as a form of a POST request.",
        "PHP manual, $_POST", COMMON
    );
    TokenConflict "token.conflict" in Token: Must(
        "Two different non-empty tokens in header, body and URL are refused with status 400.",
        "5.8", TOKEN
    ).with(Feature::Conflict).rebuilt();
    TokenConflictForce "token.conflict-force" in Token: Must(
        "force_api_session with different truth in body and URL is refused with status 400.",
        "5.8", TOKEN
    ).with(Feature::Conflict).rebuilt();
    TokenHeader "token.header" in Token: Must(
        "A header starting with \"Bearer \" gives the token and hides all others.",
        "5.4", TOKEN
    ).with(Feature::DetectedToken).rebuilt().blame(Blame::Rival(3));
    TokenBodyOverUrl "token.body-over-url" in Token: Must(
        "A token in the body comes before one in the URL.",
        "5.4", TOKEN
    ).with(Feature::DetectedToken).rebuilt().blame(Blame::Rival(2));
    TokenHeaderIgnored "token.header-ignored" in Token: Must(
        "Up to 5.3 the Authorization header gives no token.",
        "observed on 4.0.3 to 5.2.0-b5", REQUEST
    ).without(Feature::DetectedToken).ways(Ways::NotHeld).blame(Blame::Rival(4));
    TokenUrlOverBody "token.url-over-body" in Token: Must(
        "Up to 5.3 a token_auth in the URL hides one in the body, even when it is empty or an array.",
        "observed on 4.0.3 to 5.2.0-b5", REQUEST
    ).without(Feature::DetectedToken).blame(Blame::Rival(1));
    TokenBody "token.body" in Token: Must(
        "A token in the body counts where the URL has none.",
        "observed on 4.0.3 to 5.2.0-b5", REQUEST
    ).without(Feature::DetectedToken);
    TokenNavigation "token.navigation" in Token: Must(
        "Overlay.startOverlaySession takes no token and no force from the URL.",
        "6.0", TOKEN
    ).with(Feature::NavigationEndpoint).rebuilt();
    ScopeSession "scope.session" in Scope: Must(
        "A scoped token is refused together with force_api_session.",
        "6.0", TOKEN
    ).with(Feature::ScopedTokens).rebuilt();
    SessionApi "session.api" in Session: Must(
        "An API request with force_api_session and the session's own token in the same source runs in the session.",
        "#13795, #17520", ACCESS
    );
    SessionDead "session.dead" in Session: Must(
        "A session that has expired, began before its user's password was changed, or whose user is gone authenticates nobody.",
        "observed on 4.0.3 to 5.2.0-b5", SESSION
    ).ways(Ways::Held);
    SessionNotForApi "session.not-for-api" in Session: Must(
        "API requests are not authenticated by the session cookie alone.",
        "#13795", FRONT
    );
    SessionNotForOptOut "session.not-for-opt-out" in Session: Quirk(
        "CoreAdminHome.optOutJS never looks at the session cookie.",
        "observed on 5.2.0-b5", FRONT
    );
    SessionWinsOverToken "session.wins-over-token" in Session: Quirk(
        "From 4.0 to 4.2 a session cookie wins over a token.",
        "#17335, #17520", FRONT
    ).without(Feature::SessionNeedsForce).blame(Blame::Rival(5));
    SessionForce "session.force" in Session: Must(
        "force_api_session lets the session cookie authenticate beside a token.",
        "#17520", FRONT
    ).with(Feature::SessionNeedsForce).blame(Blame::Rival(7));
    SessionIgnoredWithToken "session.ignored-with-token" in Session: Must(
        "A session cookie beside a token is ignored.",
        "#17520", FRONT
    ).with(Feature::SessionNeedsForce).blame(Blame::Rival(6));
    SessionCookie "session.cookie" in Session: Must(
        "A session cookie without any token authenticates its user.",
        "observed on 4.0.3 to 5.2.0-b5", SESSION
    ).ways(Ways::Held);
    TokenNone "token.none" in Token: Must(
        "Without a token nothing is authenticated anew and there is no gate.",
        "#16264", FRONT
    ).blame(Blame::Accepts);
    SessionOwnToken "session.own-token" in Session: Must(
        "The session's own token changes nothing and meets no gate.",
        "#16264", REQUEST
    ).blame(Blame::Keeps);
    SessionOtherToken "session.other-token" in Session: Quirk(
        "Any other token beside a forced session is ignored; the gate judges the session's user.",
        "observed on 5.2.0-b5", REQUEST
    ).ways(Ways::Held).blame(Blame::Accepts);
    TokenAnonymous "token.anonymous" in Token: Must(
        "The token \"anonymous\" changes nothing and meets no gate.",
        "observed on 5.2.0-b5", REQUEST
    ).blame(Blame::Keeps);
    AuthUnknown "auth.unknown" in Auth: Must(
        "An unknown token leaves no right at all.",
        "observed on 4.0.3 to 5.2.0-b5", USERS
    ).blame(Blame::RefusesUnknown);
    AuthExpired "auth.expired" in Auth: Must(
        "An expired token counts as unknown.",
        "observed on 4.0.3 to 5.2.0-b5", USERS
    ).blame(Blame::Refuses);
    AuthSecureOnly "auth.secure-only" in Auth: Must(
        "A secure-only token that travels in the URL counts as unknown.",
        "#20351", USERS
    ).with(Feature::SecureTokens).blame(Blame::Refuses);
    AuthPolicySecure "auth.policy-secure" in Auth: Must(
        "With only_allow_secure_auth_tokens every token that travels in the URL counts as unknown.",
        "#20351", USERS
    ).with(Feature::SecureTokens).blame(Blame::Refuses);
    AuthAccepted "auth.accepted" in Auth: Must(
        "A valid token authenticates its user.",
        "observed on 4.0.3 to 5.2.0-b5", USERS
    ).ways(Ways::Held).blame(Blame::Accepts);
    ScopeCap "scope.cap" in Scope: Must(
        "A token's own access level caps the rights of its user before the gate.",
        "6.0", ACCESS
    ).with(Feature::ScopedTokens).rebuilt();
    GateApi "gate.api" in Gate: Must(
        "Requests for exactly API and no action or index meet no gate.",
        "#16264", REQUEST
    ).blame(Blame::Opens);
    GateSuperuser "gate.superuser" in Gate: Must(
        "Tokens of super users open nothing outside the API, whatever the settings.",
        "#16264", REQUEST
    );
    GateFlag "gate.flag" in Gate: Must(
        "enable_framed_allow_write_admin_token_auth opens everything for write and admin tokens.",
        "#16554, #16595", REQUEST
    ).blame(Blame::Opens);
    GateAllowlist "gate.allowlist" in Gate: Must(
        "An entry strictly equal to Module.Action opens that endpoint for write and admin tokens.",
        "PR #24103", REQUEST
    ).with(Feature::Allowlist).rebuilt().blame(Blame::Opens);
    GateWrite "gate.write" in Gate: Must(
        "Tokens of users with write or admin access on any site open nothing outside the API.",
        "#16264", REQUEST
    );
    ApiAuth "api.auth" in Api: Must(
        "API requests whose token is not accepted are refused.",
        "#19813", REQUEST
    ).with(Feature::ApiErrorsHaveStatus);
    ApiStatus "api.status" in Api: Must(
        "Refused API requests carry an error status.",
        "#19813, #21293", API_PROXY
    ).with(Feature::ApiErrorsHaveStatus).ways(Ways::Held).blame(Blame::Status);
    ApiStatusMissing "api.status-missing" in Api: Quirk(
        "Before 5.0.0 refused API requests carry status 200.",
        "#19813, #21293", API_PROXY
    ).without(Feature::ApiErrorsHaveStatus).ways(Ways::Held).blame(Blame::Status);
    PageStatus "page.status" in Page: Must(
        "Error pages carry an error status.",
        "#17206", EXCEPTIONS
    ).with(Feature::ErrorPagesHaveStatus).blame(Blame::Status);
    PageStatusMissing "page.status-missing" in Page: Quirk(
        "Before 4.2.0 error pages carry status 200.",
        "#17206", EXCEPTIONS
    ).without(Feature::ErrorPagesHaveStatus).ways(Ways::Held).blame(Blame::Status);
    DispatchActionType "dispatch.action-type" in Dispatch: Must(
        "An action that is an array is refused.",
        "#18706", FRONT
    ).with(Feature::ArrayActionIsErrorPage);
    DispatchActionArray "dispatch.action-array" in Dispatch: Quirk(
        "Before 4.7.0 an action that is an array ends in a PHP error.",
        "#18706", FRONT
    ).without(Feature::ArrayActionIsErrorPage);
    DispatchDefaultModule "dispatch.default-module" in Dispatch: Must("A missing module means CoreHome.", "observed on 5.2.0-b5", FRONT);
    DispatchModuleName "dispatch.module-name" in Dispatch: Must(
        "A module's name has letters and digits only.",
        "observed on 5.2.0-b5", FRONT
    );
    DispatchRename "dispatch.rename" in Dispatch: Must("Renamed modules answer to their old names.", "observed on 5.2.0-b5", REQUEST);
    DispatchPlugin "dispatch.plugin" in Dispatch: Must(
        "Only activated plugins are dispatched, in their exact spelling.",
        "observed on 5.2.0-b5", PLUGINS
    );
    DispatchEmptySite "dispatch.empty-site" in Dispatch: Must(
        "CoreHome.index of a site that nobody has visited is SitesManager.siteWithoutData.",
        "observed on 5.2.0-b5", SITES
    );
    DispatchSecondFactorToken "dispatch.second-factor-token" in Dispatch: Quirk(
        "Up to PR #25191 any other token beside a session spares it the second factor, though the session gave access.",
        "#25191", TWO_FACTOR
    ).without(Feature::SecondFactorByAccess).ways(Ways::Held);
    DispatchSecondFactorApi "dispatch.second-factor-api" in Dispatch: Must(
        "An API request in a session that has not passed its user's second factor is refused.",
        "observed on 5.2.0-b5", TWO_FACTOR
    ).with(Feature::SecondFactorForApi).ways(Ways::Held);
    DispatchSecondFactor "dispatch.second-factor" in Dispatch: Must(
        "A session that has not passed its user's second factor opens the page that asks for it, whatever the request names.",
        "#14446, #25191", TWO_FACTOR
    );
    DispatchDefaultAction "dispatch.default-action" in Dispatch: Must(
        "A missing action means the controller's default.",
        "observed on 5.2.0-b5", RESOLVER
    );
    DispatchAction "dispatch.action" in Dispatch: Must(
        "Only public controller actions, widgets and reports are dispatched.",
        "observed on 5.2.0-b5", RESOLVER
    );
    WidgetSuperuser "widget.superuser" in Widget: Must(
        "Widgetize.iframe frames nothing for tokens of super users.",
        "#16264", WIDGET
    ).with(Feature::WidgetHonoursFlag).repeats(ClauseId::GateSuperuser);
    WidgetFlag "widget.flag" in Widget: Must(
        "Widgetize.iframe honours the global flag.",
        "#16869, #16871", WIDGET
    ).with(Feature::WidgetHonoursFlag).blame(Blame::Opens).repeats(ClauseId::GateFlag);
    WidgetAllowlist "widget.allowlist" in Widget: Must(
        "Widgetize.iframe honours an entry Widgetize.iframe.",
        "PR #24103", WIDGET
    ).with(Feature::Allowlist).rebuilt().blame(Blame::Opens).repeats(ClauseId::GateAllowlist);
    WidgetFlagIgnored "widget.flag-ignored" in Widget: Quirk(
        "Up to 4.0.3 Widgetize.iframe ignores the global flag.",
        "#16869, #16871", WIDGET
    ).without(Feature::WidgetHonoursFlag);
    WidgetWrite "widget.write" in Widget: Must(
        "Widgetize.iframe frames nothing for tokens of users with some write access.",
        "#16264", WIDGET
    ).with(Feature::WidgetRecheck).repeats(ClauseId::GateWrite);
    WidgetView "widget.view" in Widget: Must("Widgetize.iframe itself needs view access on the site.", "observed on 5.2.0-b5", WIDGET);
    WidgetBarred "widget.barred" in Widget: Must(
        "Widgetize.iframe frames neither the API, nor itself, nor CoreHome.index.",
        "#15025", WIDGET
    );
    WidgetTokenFailed "widget.token-failed" in Widget: Must(
        "Widgetize.iframe answers 401 to a token in the URL that was not accepted.",
        "#24886", WIDGET
    ).with(Feature::WidgetTokenErrors).rebuilt();
    AccessView "access.view" in Access: Must(
        "An endpoint that needs view access on a site refuses users without it.",
        "observed on 4.0.3 to 5.2.0-b5", ACCESS
    );
    AccessSomeView "access.some-view" in Access: Must(
        "An endpoint that needs some view access refuses users without any.",
        "observed on 4.0.3 to 5.2.0-b5", ACCESS
    );
    AccessSomeWrite "access.some-write" in Access: Must(
        "An endpoint that needs some write access refuses users without any.",
        "observed on 5.0.0 and 5.2.0-b5", ACCESS
    );
    AccessSomeAdmin "access.some-admin" in Access: Must(
        "An endpoint that needs some admin access refuses users without any.",
        "observed on 5.0.0 and 5.2.0-b5", ACCESS
    );
    AccessWrite "access.write" in Access: Must(
        "An endpoint that needs write access on a site refuses users without it.",
        "observed on 4.0.3 to 5.2.0-b5", ACCESS
    );
    AccessAdmin "access.admin" in Access: Must(
        "An endpoint that needs admin access on a site refuses users without it.",
        "observed on 4.0.3 to 5.2.0-b5", ACCESS
    );
    AccessSuper "access.super" in Access: Must(
        "An endpoint that needs super user access refuses everybody else.",
        "observed on 4.0.3 to 5.2.0-b5", ACCESS
    );
    BulkCredentials "bulk.credentials" in Bulk: Must(
        "A part of a bulk request that changes force_api_session, or in a session the token, has the whole refused with status 400.",
        "#24799, #24818", API_PLUGIN
    ).with(Feature::BulkCredentials).rebuilt();
    BulkLost "bulk.lost" in Bulk: Quirk(
        "A bulk request whose own token is not accepted again, after a part with another one, is refused: up to 5.3 no token \
         counts as sent securely within an API call.",
        "observed on 5.0.0 and 5.2.0-b5", API_PLUGIN
    );
    AccessNestedSuper "access.nested-super" in Access: Quirk(
        "Within a request that runs as super user no API call runs as anybody else.",
        "observed on 4.0.3 to 5.2.0-b5", ACCESS
    );
    AccessNested "access.nested" in Access: Quirk(
        "A nested API call authenticates anew when the token_auth parameter is not the token the request runs with.",
        "observed on 5.2.0-b5", REQUEST
    );
}
