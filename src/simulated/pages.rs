//! The answers: structure as Matomo's pages have it, text of our own with the same beginnings (facts: response
//! signatures).

use super::exchange::Exchange;
use super::fault::FaultKind as F;
use super::features::Features;
use super::php::escape;

/// Translation keys the probe reports.
pub mod keys {
    /// The gate, super user.
    pub const TOO_HIGH: &str = "Widgetize_TooHighAccessLevel";
    /// The gate, write or admin.
    pub const VIEW_REQUIRED: &str = "Widgetize_ViewAccessRequired";
    /// A widget URL whose token failed (#24886).
    pub const TOKEN_FAILED: &str = "Widgetize_ErrorTokenAuthFailed";
    /// The same where the policy forbids tokens in URLs.
    pub const TOKEN_POLICY: &str = "Widgetize_ErrorTokenAuthFailedDisabledByPolicy";
    /// A scoped token with `force_api_session`.
    pub const SCOPED_SESSION: &str = "General_ScopedTokenCannotUseApiSession";
    /// Conflicting credentials.
    pub const CONFLICT: &str = "General_ConflictingAuthenticationParametersProvided";
}

/// The class of most error pages, the gate's included.
const EXCEPTION: &str = "Piwik\\Exception\\Exception";
/// The class of plain PHP errors of Matomo.
const PLAIN: &str = "Exception";
/// Login page's message for anonymous and nobody.
pub const LOGIN_FIRST: &str = "You must be logged in to access this functionality.";

const HTML: &str = "text/html; charset=utf-8";
const TOO_HIGH_TEXT: &str = "This user has super-user access. Embedding with the token of a super user is not possible.";
const VIEW_TEXT: &str = "This user has at least some write access. Use the token of a view user instead.";
const FAQ: &str = "<a href=\"https://matomo.org/faq/troubleshooting/faq_147/\" rel=\"noreferrer noopener\">FAQ</a>";

/// An answer without the probe's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// `Location`.
    pub location: Option<String>,
    /// `X-Frame-Options: sameorigin`.
    pub unframed: bool,
    /// The body.
    pub body: String,
}

/// Why a request got no answer of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An error page.
    Error(Failure),
    /// A permission is missing: the login page with this message.
    NoAccess(String),
    /// An error of PHP itself: the safe-mode page.
    Fatal,
}

/// What an error page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Status where the release has statuses.
    pub status: u16,
    /// Exception class.
    pub class: &'static str,
    /// Translation key, where known.
    pub key: Option<&'static str>,
    /// HTML.
    pub text: String,
}

impl Refusal {
    /// An error page with a text of its own.
    pub fn error(status: u16, text: impl Into<String>) -> Self {
        Self::keyed(status, PLAIN, None, text)
    }

    fn keyed(status: u16, class: &'static str, key: Option<&'static str>, text: impl Into<String>) -> Self {
        Self::Error(Failure { status, class, key, text: text.into() })
    }

    /// The gate for super users.
    pub fn too_high_access() -> Self {
        let text = format!("{TOO_HIGH_TEXT} {FAQ}");
        Self::keyed(500, EXCEPTION, Some(keys::TOO_HIGH), text)
    }

    /// The gate for write and admin.
    pub fn view_access_required() -> Self {
        let text = format!("{VIEW_TEXT} Check {FAQ}");
        Self::keyed(500, EXCEPTION, Some(keys::VIEW_REQUIRED), text)
    }

    /// The list's closure threw (facts: gate of newer releases).
    pub fn broken_list() -> Self {
        Self::error(500, "The list of allowed actions could not be read.")
    }

    /// Contradicting credentials.
    pub fn conflict() -> Self {
        let text = "Conflicting authentication parameters were provided.";
        Self::keyed(400, "Piwik\\Http\\BadRequestException", Some(keys::CONFLICT), text)
    }

    /// A scoped token that asks for the session.
    pub fn scoped_session() -> Self {
        let text = "A scoped token cannot be used with force_api_session.";
        Self::keyed(500, "Piwik\\Exception\\AuthenticationFailedException", Some(keys::SCOPED_SESSION), text)
    }

    /// The API's refusal of a token; what is missing depends on how it came.
    pub fn bad_token(secure: bool) -> Self {
        let end = if secure {
            "It is either invalid or expired."
        } else {
            "It is either invalid, expired or is required to be sent as a POST parameter."
        };
        let text = format!("Unable to authenticate with the provided token. {end}");
        Self::keyed(401, "Piwik\\NoAccessException", None, text)
    }

    /// A widget URL whose token failed (#24886).
    pub fn widget_token(by_policy: bool) -> Self {
        let (key, text) = if by_policy {
            (keys::TOKEN_POLICY, "Tokens in URLs are switched off by policy.")
        } else {
            (keys::TOKEN_FAILED, "The token in the URL could not be used for this widget.")
        };
        Self::keyed(401, "Piwik\\Plugins\\Widgetize\\UrlTokenAuthFailedException", Some(key), text)
    }

    /// A plugin that is not there; before 5.7 it looks like a deactivated one.
    pub fn plugin_not_found(features: &Features, module: &str) -> Self {
        if features.not_found_statuses {
            let text = format!("The plugin {module} was not found.");
            return Self::keyed(404, "Piwik\\Exception\\PluginNotFoundException", None, text);
        }
        Self::plugin_deactivated(features, module)
    }

    /// A plugin that is switched off.
    pub fn plugin_deactivated(features: &Features, module: &str) -> Self {
        let status = if features.not_found_statuses { 403 } else { 500 };
        let text = format!("The plugin {module} is not enabled. You can activate the plugin on Settings > Plugins page in Matomo.");
        Self::keyed(status, "Piwik\\Exception\\PluginDeactivatedException", None, text)
    }

    /// An action that is not there.
    pub fn action_not_found(features: &Features, module: &str, action: &str) -> Self {
        let status = if features.not_found_statuses { 404 } else { 500 };
        Self::error(status, format!("Action '{action}' not found in the module '{module}'."))
    }

    /// A list of sites that comes to none.
    pub fn no_site(features: &Features) -> Self {
        let text = "The parameter 'idSite=' is missing from the request.";
        if features.no_site_is_bad_request { Self::error(400, text) } else { Self::NoAccess(text.to_owned()) }
    }

    /// A parameter that is not there.
    pub fn parameter_missing(features: &Features, name: &str) -> Self {
        let status = if features.not_found_statuses { 400 } else { 500 };
        Self::error(status, format!("The parameter '{name}' isn't set in the Request, and a default value wasn't provided."))
    }
}

impl Page {
    /// Part of a page.
    pub fn fragment(body: impl Into<String>) -> Self {
        Self { status: 200, content_type: HTML, location: None, unframed: false, body: body.into() }
    }

    /// Anything but HTML.
    pub fn typed(status: u16, content_type: &'static str, body: impl Into<String>) -> Self {
        Self { status, content_type, ..Self::fragment(body) }
    }

    /// A redirect.
    pub fn redirect(location: impl Into<String>) -> Self {
        Self { status: 302, location: Some(location.into()), ..Self::fragment("") }
    }

    /// A full page of the application.
    pub fn full(exchange: &Exchange, title: &str) -> Self {
        let head = head(exchange, &format!("{title} - Web Analytics Reports - Matomo"));
        Self { unframed: true, ..Self::fragment(format!("{head}<body><div id=\"root\"><h1>{title}</h1></div></body></html>")) }
    }

    /// The page around a widget.
    pub fn widgetized(exchange: &Exchange, content: &str) -> Self {
        let head = head(exchange, "Matomo");
        Self::fragment(format!("{head}<body class=\"widgetized\"><div class=\"widget\">{content}</div></body></html>"))
    }

    /// The answer to a dry request.
    pub fn dry(route: &str) -> Self {
        let route = escape(route);
        Self::fragment(format!("<!doctype html><html><body id=\"conformance-dry\">{route}</body></html>"))
    }

    /// The login page, with a message when somebody was turned away.
    pub fn login(exchange: &Exchange, message: Option<&str>) -> Self {
        let status = match message {
            Some(_) if !exchange.fault(F::ForbiddenPage200) => 403,
            _ => 200,
        };
        let notification = message.map_or_else(String::new, |message| {
            let text = escape(&format!("<strong>Error</strong>: {message}"));
            format!("<div vue-entry=\"CoreHome.Notification\" notification-title=\"\" context=\"error\">{text}</div>")
        });
        let head = head(exchange, "Sign in - Matomo");
        Self {
            status,
            unframed: true,
            ..Self::fragment(format!(
                "{head}<body id=\"loginPage\" class=\"loginPage\">{notification}<form id=\"login_form\" method=\"post\">\
                 </form></body></html>"
            ))
        }
    }

    /// The page that asks for a second factor, laid out as the login page.
    pub fn second_factor(exchange: &Exchange) -> Self {
        let head = head(exchange, "Two-factor authentication - Matomo");
        let form = "<form class=\"loginTwoFaForm\" method=\"post\"><input type=\"text\" name=\"form_authcode\"/></form>";
        Self { unframed: true, ..Self::fragment(format!("{head}<body id=\"loginPage\" class=\"loginPage\">{form}</body></html>")) }
    }

    /// The login page's short form for XHR: status 200, double quotes.
    pub fn login_xhr(message: &str) -> Self {
        let message = escape(message);
        Self::fragment(format!(
            "<div class=\"alert alert-danger\"><p><strong>Error:</strong> {message}</p>\
             <a href=\"index.php?module=Login\">Sign in</a></div>"
        ))
    }

    /// An error page, or its short form for XHR with single quotes. Before 4.2.0 the status is 200 (#17206).
    pub fn error(exchange: &Exchange, failure: &Failure) -> Self {
        let with_status = exchange.at.features.error_pages_have_status;
        let gate = matches!(failure.key, Some(keys::TOO_HIGH | keys::VIEW_REQUIRED));
        let status = if !with_status || (gate && exchange.fault(F::GatePage200)) { 200 } else { failure.status };
        let mut text = failure.text.clone();
        if !exchange.at.features.hyphenated_texts {
            text = text.replace("super-user access", "super user access");
        }
        let body = if exchange.incoming.xhr {
            format!("<div class='alert alert-danger'><strong>Error:</strong> {text} </div>")
        } else {
            format!(
                "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Matomo &rsaquo; Error</title></head>\
                 <body id=\"simple\"><div class=\"content\"><h2>{text}</h2></div></body></html>"
            )
        };
        Self { status, ..Self::fragment(body) }
    }

    /// The safe-mode page.
    pub fn fatal() -> Self {
        Self::typed(
            500,
            HTML,
            "<!DOCTYPE html><html><head><title>A fatal error occurred</title></head>\
             <body><h1>A fatal error occurred</h1></body></html>",
        )
    }
}

/// The head of a full page. Its script carries the client translations, the gate's sentence among them: a trap for
/// whoever searches the whole body. The script also names the token in force.
fn head(exchange: &Exchange, title: &str) -> String {
    let translations = if exchange.at.features.translations_in_pages {
        format!(
            "piwik_translations = {{\"Widgetize_TooHighAccessLevel\":\"{TOO_HIGH_TEXT}\",\
             \"General_YouMustBeLoggedIn\":\"{LOGIN_FIRST}\",\
             \"CorePluginsAdmin_NotEnabled\":\"The plugin %s is not enabled.\"}};"
        )
    } else {
        String::new()
    };
    let token = exchange.actor.token.as_deref().unwrap_or("anonymous");
    let token = escape(token);
    format!(
        "<!DOCTYPE html><html id=\"ng-app\" lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <script type=\"text/javascript\">{translations}piwik.token_auth = \"{token}\";</script></head>"
    )
}
