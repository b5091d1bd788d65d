//! Reading an answer by its structure alone: never by its status, never by a sentence found just anywhere in it.
//!
//! Full pages carry all client-side translations, the gate's sentences included, so scripts are cut out first and texts
//! are taken only from where the page puts its message.

use crate::model::Reason;

/// What an answer looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The probe's dry answer, with the route it stopped at.
    Dry(String),
    /// One of the probe's own endpoints ran.
    Opened,
    /// The probe ended a request that dispatched over and over again.
    Endless,
    /// An error page, or the bare error of an `XMLHttpRequest`.
    Error(Reason, String),
    /// The login page, or its counterpart for an `XMLHttpRequest`; with the reason it gives.
    Login(Option<String>),
    /// The page that asks for the second factor of a session.
    SecondFactor,
    /// An error in an API format.
    ApiError(Reason, String),
    /// The safe mode page after a PHP error.
    SafeMode,
    /// The maintenance page.
    Maintenance,
    /// A redirect.
    Redirect,
    /// No body was asked for.
    Bodyless,
    /// A frame around a widget that is none of ours.
    Frame,
    /// Anything else.
    Other,
}

/// Reads a page.
pub fn read_page(status: u16, content_type: &str, body: &str, bodyless: bool) -> Page {
    if bodyless {
        return Page::Bodyless;
    }
    if (300..400).contains(&status) {
        return Page::Redirect;
    }
    if !content_type.starts_with("text/html") {
        return read_api(body);
    }
    // Dry and error pages come without scripts; only larger pages need cutting.
    if let Some(route) = between(body, "<body id=\"conformance-dry\">", "</body>") {
        return if body.starts_with("<!doctype html><html><body id=\"conformance-dry\">") {
            Page::Dry(unescape(route))
        } else {
            Page::Other
        };
    }
    if body == "<!doctype html><html><body id=\"conformance-endless\"></body></html>" {
        return Page::Endless;
    }
    if status == 503 && body.contains("<title>Matomo is undergoing maintenance") {
        return Page::Maintenance;
    }
    if body.starts_with("<div class='alert alert-danger'>") {
        let text = text_of(between(body, "</strong>", "</div>").unwrap_or(body));
        return Page::Error(reason_of(&text), text);
    }
    if body.trim_start().starts_with("<div class=\"alert alert-danger\">") && body.contains("module=Login") {
        return Page::Login(between(body, "</strong>", "</p>").map(text_of));
    }
    let visible = without_scripts(body);
    let body = visible.as_str();
    if body.contains("<body id=\"simple\"") {
        let text = text_of(between(body, "<h2>", "</h2>").unwrap_or_default());
        return Page::Error(reason_of(&text), text);
    }
    if body.contains("<body id=\"loginPage\"") || body.contains("id=\"loginPage\"") {
        // Laid out as the login page: a form of its own up to 4.x, a component from 5.0 on.
        if body.contains("name=\"form_authcode\"") || body.contains("vue-entry=\"TwoFactorAuth.LoginTwoFactorAuth\"") {
            return Page::SecondFactor;
        }
        let notification = between(body, "<strong>Error</strong>:", "</div>").map(text_of);
        return Page::Login(notification);
    }
    // A permission check that fails inside a frame puts the notice before or into the frame's own page.
    if let Some(at) = body.find("<div class=\"alert alert-danger\">").filter(|_| body.contains("<a href=\"index.php?module=Login\"")) {
        return Page::Login(between(&body[at..], "</strong>", "</p>").map(text_of));
    }
    if body.contains("<title>A fatal error occurred") {
        return Page::SafeMode;
    }
    if body.contains("<div id=\"conformance-opened\"") {
        return Page::Opened;
    }
    // Matomo draws the frame only after what it frames has returned.
    if body.contains("<body class=\"widgetized\"") || body.contains("<body ng-app=\"app\" class=\"widgetized\"") {
        return Page::Frame;
    }
    read_api(body)
}

/// Reads an answer in one of the API's formats.
fn read_api(body: &str) -> Page {
    let body = body.trim_start_matches('\u{feff}');
    let json = serde_json::from_str::<serde_json::Value>(without_callback(body)).ok();
    let message = json
        .as_ref()
        .filter(|json| json["result"] == "error")
        .and_then(|json| json["message"].as_str())
        .map(str::to_owned)
        .or_else(|| between(body, "<error message=\"", "\"").map(unescape))
        .or_else(|| plain_error(body));
    match message {
        Some(text) => Page::ApiError(reason_of(&text), text),
        None if json.as_ref().is_some_and(is_opened) => Page::Opened,
        None if body.contains("<result>opened</result>") => Page::Opened,
        None => Page::Other,
    }
}

/// JSON within `callback(…)`, as pages of other sites ask for it.
fn without_callback(body: &str) -> &str {
    let inner =
        body.split_once('(').filter(|(name, _)| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
    inner.and_then(|(_, rest)| rest.trim_end().trim_end_matches(';').strip_suffix(')')).unwrap_or(body)
}

/// The message of an error in a format of plain text: CSV, TSV and RSS say `Error: …`, HTML the text alone, PHP's own format a field.
fn plain_error(body: &str) -> Option<String> {
    const LONGEST: usize = 4096;
    if body.len() > LONGEST {
        return None;
    }
    // Tables for spreadsheets are in UTF-16.
    let body = body.replace(['\0', '\u{fffd}'], "");
    if let Some(text) = body.strip_prefix("Error: ") {
        return Some(text_of(text));
    }
    if body.starts_with("a:2:{s:6:\"result\";s:5:\"error\"") {
        return between(&body, "s:7:\"message\";", "\";}").and_then(|field| field.split_once(":\"")).map(|(_, text)| text.to_owned());
    }
    let text = text_of(&body);
    (reason_of(&text) != Reason::OtherError).then_some(text)
}

/// Whether a method of the probe's ran, alone or in a bulk request, whose parts may fail each for itself.
fn is_opened(json: &serde_json::Value) -> bool {
    let opened = |json: &serde_json::Value| json["value"] == "opened";
    match json.as_array() {
        Some(parts) => !parts.is_empty() && parts.iter().all(|part| opened(part) || part["result"] == "error"),
        None => opened(json),
    }
}

/// What is said of a plugin that is not activated; some are not where Matomo may not use the internet.
const NOT_ACTIVATED: [&str; 3] = ["is not enabled", "was not found", "requires internet connection"];

/// How messages begin with which Matomo and its plugins refuse for want of a right: of the check of access, and of endpoints that ask by themselves.
const NO_RIGHT: [&str; 10] = [
    "You can't access this resource",
    "You must be logged in",
    "The user has to be either a Super User or the user",
    "Resending an invite is only allowed to the user",
    "You do not have enough permission",
    "You don't have the required access level",
    "You can only edit and delete custom segments that you have created",
    "The current user is not allowed to",
    "enabledAllUsers=1 requires Super User access",
    "Website not initialized, check that you are logged in",
];

/// The reason an English message gives.
fn reason_of(text: &str) -> Reason {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
    if starts(&["This user has super-user access.", "This user has super user access."]) {
        Reason::GateSuperUser
    } else if starts(&["This user has at least some write access.", "Only tokens of users"]) {
        Reason::GateSomeWrite
    } else if starts(&["Conflicting authentication"]) {
        Reason::Conflict
    } else if starts(&["A scoped token"]) {
        Reason::ScopedSession
    } else if starts(&["Too many failed logins"]) {
        Reason::BruteForce
    } else if starts(&["Action '"]) && text.contains("not found in the module") {
        Reason::ActionNotFound
    } else if starts(&["Invalid module name", "The plugin name '"]) {
        Reason::InvalidModule
    } else if starts(&["The plugin "]) && NOT_ACTIVATED.iter().any(|words| text.contains(words)) {
        Reason::PluginNotActivated
    } else if text.starts_with("The parameter 'idSite=' is missing from the request") {
        // Said where a list of sites comes to none; the exception is that of a missing right.
        Reason::NoRight
    } else if starts(&["The parameter '"]) {
        Reason::BadParameter
    } else if starts(&["Widgetizing API requests", "Please set 'moduleToWidgetize'", "CoreHome cannot be widgetized"]) {
        Reason::NotWidgetizable
    } else if NO_RIGHT.iter().any(|start| text.starts_with(start)) || ["Not allowed", "Not authorized"].contains(&text) {
        Reason::NoRight
    } else if starts(&["Unable to authenticate with the provided token"]) {
        Reason::NotAuthenticated
    } else {
        Reason::OtherError
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let from = text.find(start)? + start.len();
    let to = text[from..].find(end)?;
    Some(&text[from..from + to])
}

/// A page without its scripts, which carry translations of everything.
pub fn without_scripts(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(start) = rest.find("<script") {
        out.push_str(&rest[..start]);
        let end = rest[start..].find("</script>").map_or(rest.len(), |end| start + end + "</script>".len());
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The text of a fragment: tags cut out, entities decoded, space folded.
fn text_of(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut in_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            other if !in_tag => out.push(other),
            _ => {}
        }
    }
    unescape(&out).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Texts of Matomo's are escaped as parameters are; one title has an arrow in it.
fn unescape(text: &str) -> String {
    crate::model::unescape(&text.replace("&rsaquo;", "›"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_in_words_of_their_own_are_for_want_of_a_right_and_plugins_for_the_internet_are_not_activated() {
        for text in [
            "The user has to be either a Super User or the user 'conformance-owner' itself.",
            "You don't have the required access level to create and edit segments.",
            "Resending an invite is only allowed to the user who invited x or any super user.",
            "Not allowed",
        ] {
            assert_eq!(reason_of(text), Reason::NoRight, "{text}");
        }
        assert_eq!(reason_of("Not allowed is the value 'x'"), Reason::OtherError);
        let internet = "The plugin Marketplace requires internet connection. Please check your config value for `enable_internet_features`";
        assert_eq!(reason_of(internet), Reason::PluginNotActivated);
    }
}
