//! The cross of credentials: token in header, body and URL, `force_api_session` in URL and body, cookie and kind of request, thinned to every
//! three values.

use super::carrier::Carrier;
use super::covering::covering;
use super::principal::{NOBODYS_TOKEN, Principal, principal};

/// What begins a target that says all of its credentials itself.
pub(super) const SPELLED: &str = "???";

/// The token in the header.
const HEADERS: [Option<&str>; 6] =
    [None, Some(""), Some("$TOKEN_VIEW"), Some("$TOKEN_SUPER"), Some(NOBODYS_TOKEN), Some("$SESSION_TOKEN_VIEW")];

/// The token in URL or body: name behind `token_auth`, and value.
const TOKENS: [Option<(&str, &str)>; 8] = [
    None,
    Some(("", "")),
    Some(("", "0")),
    Some(("[]", "x")),
    Some(("", "$TOKEN_VIEW")),
    Some(("", "$TOKEN_SUPER")),
    Some(("", NOBODYS_TOKEN)),
    Some(("", "$SESSION_TOKEN_VIEW")),
];

/// `force_api_session` in URL or body.
const FORCES: [Option<(&str, &str)>; 6] = [None, Some(("", "")), Some(("", "1")), Some(("", "true")), Some(("", "on")), Some(("[]", "1"))];

/// Whose cookie comes along.
const COOKIES: [(&str, Carrier); 3] = [("anonymous", Carrier::None), ("view", Carrier::Cookie), ("super", Carrier::Cookie)];

/// What is asked for.
const KINDS: [&str; 6] = [
    "module=ConformanceProbe&action=needView",
    "module=ConformanceProbe&action=needSuper",
    "module=Widgetize&action=iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needView",
    "module=API&method=ConformanceProbe.getRights&format=json",
    "module=API&method=ConformanceProbe.postNeedView&format=json",
    "module=API&method=API.getBulkRequest&format=json&urls[]=method%3DConformanceProbe.getRights",
];

/// Who asks, with which cookie, and the target that says the rest.
pub(super) fn credentials() -> Vec<(&'static Principal, Carrier, String)> {
    let levels = [HEADERS.len(), TOKENS.len(), TOKENS.len(), FORCES.len(), FORCES.len(), COOKIES.len(), KINDS.len()];
    let one = |row: Vec<usize>| {
        let [header, body, url, forced_body, forced_url, cookie, kind] = row[..] else { return None };
        let pairs = |token: usize, force: usize| {
            let token = TOKENS[token].map(|(behind, value)| format!("token_auth{behind}={value}"));
            let force = FORCES[force].map(|(behind, value)| format!("force_api_session{behind}={value}"));
            token.into_iter().chain(force).collect::<Vec<_>>()
        };
        let mut target = format!("{SPELLED}{}&idSite=1&period=day&date=today", KINDS[kind]);
        for pair in pairs(url, forced_url) {
            target = format!("{target}&{pair}");
        }
        let (in_body, in_header) = (pairs(body, forced_body).join("&"), HEADERS[header]);
        if !in_body.is_empty() || in_header.is_some() {
            target = format!("{target}|{in_body}");
        }
        if let Some(token) = in_header {
            target = format!("{target}|Authorization=Bearer%20{token}");
        }
        let (name, carrier) = COOKIES[cookie];
        Some((principal(name)?, carrier, target))
    };
    covering(&levels).into_iter().filter_map(one).collect()
}
