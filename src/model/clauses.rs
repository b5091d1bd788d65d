//! Every clause with its sentence, source and strength.

use super::Feature;
use super::clause::{Clause, Evidence, Exists, Strength, Ways};

const fn must(id: &'static str, says: &'static str, source: &'static str, file: &'static str) -> Clause {
    Clause { id, says, source, strength: Strength::Must, ways: Ways::Both, exists: Exists::Always, evidence: Evidence::Run, file }
}

const fn quirk(id: &'static str, says: &'static str, source: &'static str, file: &'static str) -> Clause {
    Clause { id, says, source, strength: Strength::Quirk, ways: Ways::Both, exists: Exists::Always, evidence: Evidence::Run, file }
}

impl Clause {
    const fn ways(mut self, ways: Ways) -> Self {
        self.ways = ways;
        self
    }

    const fn with(mut self, feature: Feature) -> Self {
        self.exists = Exists::With(feature);
        self
    }

    const fn rebuilt(mut self) -> Self {
        self.evidence = Evidence::Rebuilt;
        self
    }

    const fn read(mut self) -> Self {
        self.evidence = Evidence::Read;
        self
    }

    const fn without(mut self, feature: Feature) -> Self {
        self.exists = Exists::Without(feature);
        self
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
const SESSION: &str = "core/Session/SessionAuth.php";
const WIDGET: &str = "plugins/Widgetize/Controller.php";
const ACCESS: &str = "core/Access.php";
const PLUGINS: &str = "core/Plugin/Manager.php";
const SITES: &str = "plugins/SitesManager/SitesManager.php";
const RESOLVER: &str = "core/Http/ControllerResolver.php";

/// All clauses, in the order in which a request meets them.
pub static CLAUSES: [Clause; 71] = [
    must(
        "parameter.url-over-body",
        "A parameter in the URL hides one of the same name in the body.",
        "observed on 4.0.3 to 5.2.0-b5",
        COMMON,
    ),
    must("parameter.name", "PHP reads dots, spaces and lone brackets in names as underscores.", "PHP manual, external variables", COMMON),
    must("parameter.last", "Of several parameters with one name the last counts.", "PHP manual, parse_str", COMMON),
    must("parameter.array", "An array where a text is expected counts as missing.", "observed on 4.0.3 to 5.2.0-b5", COMMON),
    must(
        "parameter.cleaned",
        "HTML entities are decoded and NUL bytes dropped before names are compared.",
        "observed on 4.0.3 to 5.2.0-b5",
        COMMON,
    ),
    must("parameter.body", "A body gives parameters only as a form of a POST request.", "PHP manual, $_POST", COMMON),
    must("token.conflict", "Two different non-empty tokens in header, body and URL are refused with status 400.", "5.8", TOKEN)
        .with(Feature::Conflict)
        .rebuilt(),
    must("token.conflict-force", "force_api_session with different truth in body and URL is refused with status 400.", "5.8", TOKEN)
        .with(Feature::Conflict)
        .rebuilt(),
    must("token.header", "A header starting with \"Bearer \" gives the token and hides all others.", "5.4", TOKEN)
        .with(Feature::DetectedToken)
        .rebuilt(),
    must("token.body-over-url", "A token in the body comes before one in the URL.", "5.4", TOKEN).with(Feature::DetectedToken).rebuilt(),
    must("token.header-ignored", "Up to 5.3 the Authorization header gives no token.", "observed on 4.0.3 to 5.2.0-b5", REQUEST)
        .without(Feature::DetectedToken)
        .ways(Ways::NotHeld),
    must(
        "token.url-over-body",
        "Up to 5.3 a token_auth in the URL hides one in the body, even when it is empty or an array.",
        "observed on 4.0.3 to 5.2.0-b5",
        REQUEST,
    )
    .without(Feature::DetectedToken),
    must("token.body", "A token in the body counts where the URL has none.", "observed on 4.0.3 to 5.2.0-b5", REQUEST)
        .without(Feature::DetectedToken),
    must("token.navigation", "Overlay.startOverlaySession takes no token and no force from the URL.", "6.0", TOKEN)
        .with(Feature::NavigationEndpoint)
        .rebuilt(),
    must("scope.session", "A scoped token is refused together with force_api_session.", "6.0", TOKEN).with(Feature::ScopedTokens).rebuilt(),
    must(
        "session.api",
        "An API request with force_api_session and the session's own token in the same source runs in the session.",
        "#13795, #17520",
        ACCESS,
    ),
    must(
        "session.dead",
        "A session that has expired, began before its user's password was changed, or whose user is gone authenticates nobody.",
        "observed on 4.0.3 to 5.2.0-b5",
        SESSION,
    )
    .ways(Ways::Held),
    must("session.not-for-api", "API requests are not authenticated by the session cookie alone.", "#13795", FRONT),
    quirk("session.not-for-opt-out", "CoreAdminHome.optOutJS never looks at the session cookie.", "observed on 5.2.0-b5", FRONT),
    quirk("session.wins-over-token", "From 4.0 to 4.2 a session cookie wins over a token.", "#17335, #17520", FRONT)
        .without(Feature::SessionNeedsForce),
    must("session.force", "force_api_session lets the session cookie authenticate beside a token.", "#17520", FRONT)
        .with(Feature::SessionNeedsForce),
    must("session.ignored-with-token", "A session cookie beside a token is ignored.", "#17520", FRONT).with(Feature::SessionNeedsForce),
    must("session.cookie", "A session cookie without any token authenticates its user.", "observed on 4.0.3 to 5.2.0-b5", SESSION)
        .ways(Ways::Held),
    must("token.none", "Without a token nothing is authenticated anew and there is no gate.", "#16264", FRONT),
    must("session.own-token", "The session's own token changes nothing and meets no gate.", "#16264", REQUEST),
    quirk(
        "session.other-token",
        "Any other token beside a forced session is ignored; the gate judges the session's user.",
        "observed on 5.2.0-b5",
        REQUEST,
    )
    .ways(Ways::Held),
    must("token.anonymous", "The token \"anonymous\" changes nothing and meets no gate.", "observed on 5.2.0-b5", REQUEST),
    must("auth.unknown", "An unknown token leaves no right at all.", "observed on 4.0.3 to 5.2.0-b5", USERS),
    must("auth.expired", "An expired token counts as unknown.", "observed on 4.0.3 to 5.2.0-b5", USERS),
    must("auth.secure-only", "A secure-only token that travels in the URL counts as unknown.", "#20351", USERS).with(Feature::SecureTokens),
    must(
        "auth.policy-secure",
        "With only_allow_secure_auth_tokens every token that travels in the URL counts as unknown.",
        "#20351",
        USERS,
    )
    .with(Feature::SecureTokens),
    must("auth.accepted", "A valid token authenticates its user.", "observed on 4.0.3 to 5.2.0-b5", USERS).ways(Ways::Held),
    must("scope.cap", "A token's own access level caps the rights of its user before the gate.", "6.0", ACCESS)
        .with(Feature::ScopedTokens)
        .rebuilt(),
    must("gate.api", "Requests for exactly API and no action or index meet no gate.", "#16264", REQUEST),
    must("gate.superuser", "Tokens of super users open nothing outside the API, whatever the settings.", "#16264", REQUEST),
    must("gate.flag", "enable_framed_allow_write_admin_token_auth opens everything for write and admin tokens.", "#16554, #16595", REQUEST),
    must(
        "gate.allowlist",
        "An entry strictly equal to Module.Action opens that endpoint for write and admin tokens.",
        "PR #24103",
        REQUEST,
    )
    .with(Feature::Allowlist)
    .rebuilt(),
    must("gate.write", "Tokens of users with write or admin access on any site open nothing outside the API.", "#16264", REQUEST),
    must("api.auth", "API requests whose token is not accepted are refused.", "#19813", REQUEST).with(Feature::ApiErrorsHaveStatus),
    must("api.status", "Refused API requests carry an error status.", "#19813, #21293", API_PROXY)
        .with(Feature::ApiErrorsHaveStatus)
        .ways(Ways::Held),
    quirk("api.status-missing", "Before 5.0.0 refused API requests carry status 200.", "#19813, #21293", API_PROXY)
        .without(Feature::ApiErrorsHaveStatus)
        .ways(Ways::Held),
    must("page.status", "Error pages carry an error status.", "#17206", EXCEPTIONS).with(Feature::ErrorPagesHaveStatus),
    quirk("page.status-missing", "Before 4.2.0 error pages carry status 200.", "#17206", EXCEPTIONS)
        .without(Feature::ErrorPagesHaveStatus)
        .ways(Ways::Held),
    must("dispatch.action-type", "An action that is an array is refused.", "#18706", FRONT).with(Feature::ArrayActionIsErrorPage),
    quirk("dispatch.action-array", "Before 4.7.0 an action that is an array ends in a PHP error.", "#18706", FRONT)
        .without(Feature::ArrayActionIsErrorPage),
    must("dispatch.default-module", "A missing module means CoreHome.", "observed on 5.2.0-b5", FRONT),
    must("dispatch.module-name", "A module's name has letters and digits only.", "observed on 5.2.0-b5", FRONT),
    must("dispatch.rename", "Renamed modules answer to their old names.", "observed on 5.2.0-b5", REQUEST),
    must("dispatch.plugin", "Only activated plugins are dispatched, in their exact spelling.", "observed on 5.2.0-b5", PLUGINS),
    must(
        "dispatch.empty-site",
        "CoreHome.index of a site that nobody has visited is SitesManager.siteWithoutData.",
        "observed on 5.2.0-b5",
        SITES,
    ),
    must("dispatch.default-action", "A missing action means the controller's default.", "observed on 5.2.0-b5", RESOLVER),
    must("dispatch.action", "Only public controller actions, widgets and reports are dispatched.", "observed on 5.2.0-b5", RESOLVER),
    must("widget.superuser", "Widgetize.iframe frames nothing for tokens of super users.", "#16264", WIDGET)
        .with(Feature::WidgetHonoursFlag),
    must("widget.flag", "Widgetize.iframe honours the global flag.", "#16869, #16871", WIDGET).with(Feature::WidgetHonoursFlag),
    must("widget.allowlist", "Widgetize.iframe honours an entry Widgetize.iframe.", "PR #24103", WIDGET).with(Feature::Allowlist).rebuilt(),
    quirk("widget.flag-ignored", "Up to 4.0.3 Widgetize.iframe ignores the global flag.", "#16869, #16871", WIDGET)
        .without(Feature::WidgetHonoursFlag),
    must("widget.write", "Widgetize.iframe frames nothing for tokens of users with some write access.", "#16264", WIDGET)
        .with(Feature::WidgetRecheck),
    must("widget.view", "Widgetize.iframe itself needs view access on the site.", "observed on 5.2.0-b5", WIDGET),
    must("widget.barred", "Widgetize.iframe frames neither the API, nor itself, nor CoreHome.index.", "#15025", WIDGET),
    must("widget.token-failed", "Widgetize.iframe answers 401 to a token in the URL that was not accepted.", "#24886", WIDGET)
        .with(Feature::WidgetTokenErrors)
        .rebuilt(),
    must("access.view", "An endpoint that needs view access on a site refuses users without it.", "observed on 4.0.3 to 5.2.0-b5", ACCESS),
    must("access.some-view", "An endpoint that needs some view access refuses users without any.", "observed on 4.0.3 to 5.2.0-b5", ACCESS),
    must(
        "access.some-write",
        "An endpoint that needs some write access refuses users without any.",
        "observed on 5.0.0 and 5.2.0-b5",
        ACCESS,
    ),
    must(
        "access.some-admin",
        "An endpoint that needs some admin access refuses users without any.",
        "observed on 5.0.0 and 5.2.0-b5",
        ACCESS,
    ),
    must(
        "access.write",
        "An endpoint that needs write access on a site refuses users without it.",
        "observed on 4.0.3 to 5.2.0-b5",
        ACCESS,
    ),
    must(
        "access.admin",
        "An endpoint that needs admin access on a site refuses users without it.",
        "observed on 4.0.3 to 5.2.0-b5",
        ACCESS,
    ),
    must("access.super", "An endpoint that needs super user access refuses everybody else.", "observed on 4.0.3 to 5.2.0-b5", ACCESS),
    must(
        "bulk.credentials",
        "A part of a bulk request that changes force_api_session, or in a session the token, has the whole refused with status 400.",
        "#24799, #24818",
        API_PLUGIN,
    )
    .with(Feature::BulkCredentials)
    .read(),
    quirk(
        "bulk.lost",
        "A bulk request whose own token is not accepted again, after a part with another one, is refused: up to 5.3 no token counts as sent \
         securely within an API call.",
        "observed on 5.0.0 and 5.2.0-b5",
        API_PLUGIN,
    ),
    quirk(
        "access.nested-super",
        "Within a request that runs as super user no API call runs as anybody else.",
        "observed on 4.0.3 to 5.2.0-b5",
        ACCESS,
    ),
    quirk(
        "access.nested",
        "A nested API call authenticates anew when the token_auth parameter is not the token the request runs with.",
        "observed on 5.2.0-b5",
        REQUEST,
    ),
];

/// The clause with this id.
pub fn clause(id: &str) -> Option<&'static Clause> {
    CLAUSES.iter().find(|clause| clause.id == id)
}
