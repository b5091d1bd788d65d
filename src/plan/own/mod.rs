//! Requests that make each endpoint ask for what it asks for itself: who asks, in which way, with which arguments.

mod arguments;
mod catalogue;
mod principal;

use arguments::OWN_PASSWORD;
pub use arguments::{Attempt, attempts, repaired};
pub use catalogue::{Argument, OwnCatalogue, OwnEndpoint, OwnKind};
pub use principal::{LADDER, OWN_PRINCIPALS, OwnPrincipal};

use super::named::is_named;
use crate::model::{Body, Dispatch, Method, Request, World};

/// Endpoints that are not run even so, with the reason.
const NOT_RUN: [(&str, &str); 5] = [
    ("API.index", "is the way to all API methods, which are asked one by one"),
    ("CoreUpdater.*", "updates the installation, whose files lie outside of the database"),
    ("Installation.*", "belongs to an installation that is under way"),
    ("TestRunner.*", "runs tests"),
    // In 6 of 12 runs later requests to the same process met missing classes, or were not answered.
    ("Referrers.getSearchEnginesFromKeywordId", "fails in a way that leaves PHP's process out of order"),
];

/// Why an endpoint is not run; `None` where it is.
pub fn not_run(endpoint: &OwnEndpoint) -> Option<&'static str> {
    let name = endpoint.name.as_str();
    if endpoint.kind == OwnKind::Page && endpoint.arguments.iter().any(|argument| !argument.optional) {
        return Some("it takes arguments that no request can give");
    }
    NOT_RUN.iter().find(|(pattern, _)| is_named(pattern, name)).map(|(_, why)| *why)
}

/// How a principal is known, and with which method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// By a token in the URL of a GET request.
    Token,
    /// By a token in the body of a POST request, the arguments beside it.
    TokenByPost,
    /// By a session's cookie, with its token in the body of a POST request.
    Session,
    /// By a session's cookie, with its token in the URL of a GET request.
    SessionByGet,
}

/// The request of a principal for an endpoint, `None` where it cannot ask in that way.
pub fn own_request(endpoint: &OwnEndpoint, who: &OwnPrincipal, way: Way, attempt: &Attempt, world: &World) -> Option<Request> {
    let (module, action) = endpoint.name.split_once('.')?;
    let asked = match endpoint.kind {
        OwnKind::Api => format!("module=API&method={}&format=json", endpoint.name),
        OwnKind::Page => format!("module={module}&action={action}"),
    };
    let password = who.user.map_or_else(|| "none".to_owned(), |user| format!("$PASSWORD_{}", user.to_uppercase().replace('-', "_")));
    let arguments = format!("idSite=1&period=day&date=today&language=en{}", attempt.query.replace(OWN_PASSWORD, &password));
    let token = || -> Option<String> {
        let Some(user) = who.user else { return Some(String::new()) };
        let token = world.tokens.iter().find(|token| token.user == user && token.level.is_none())?;
        Some(format!("&token_auth=${}", token.placeholder))
    };
    let by_session = matches!(way, Way::Session | Way::SessionByGet);
    let session = who.user.and_then(|user| world.session(user));
    if by_session && who.user.is_some() && session.is_none() {
        return None;
    }
    // Pages ask for the session's token beside its cookie where they change something.
    let session_token = || session.map(|session| format!("&token_auth=${}&force_api_session=1", session.token)).unwrap_or_default();
    let (query, body) = match way {
        Way::Token => (format!("{asked}&{arguments}{}", token()?), None),
        Way::TokenByPost => (asked, Some(format!("{arguments}{}", token()?))),
        Way::SessionByGet => (format!("{asked}&{arguments}{}", session_token()), None),
        // Some pages act on a POST only, so nobody sends one too.
        Way::Session => (format!("{asked}&{arguments}"), Some(session_token().trim_start_matches('&').to_owned())),
    };
    let cookie = session.filter(|_| by_session).map(|session| session.user.clone());
    let method = if body.is_some() { Method::Post } else { Method::Get };
    Some(Request { query, method, cookie, body: body.map(Body::Form), dispatch: Dispatch::Real, ..Request::default() })
}

/// The way in which an endpoint is asked for by everybody: pages know no other one for a super user.
pub fn usual_way(kind: OwnKind) -> Way {
    match kind {
        OwnKind::Api => Way::Token,
        OwnKind::Page => Way::Session,
    }
}

/// The ways beside it that must come to the same: one for who asks, one for the method.
pub fn other_ways(kind: OwnKind) -> (Option<Way>, Way) {
    match kind {
        OwnKind::Api => (Some(Way::Session), Way::TokenByPost),
        OwnKind::Page => (None, Way::SessionByGet),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(kind: OwnKind) -> OwnEndpoint {
        OwnEndpoint {
            kind,
            name: "Example.get".to_owned(),
            method: "get".to_owned(),
            line: 1,
            files: Vec::new(),
            arguments: Vec::new(),
            hidden: false,
            given: Vec::new(),
        }
    }

    fn line(kind: OwnKind, who: &str, way: Way) -> Option<String> {
        let who = OWN_PRINCIPALS.iter().find(|known| known.name == who).expect("a principal");
        let attempt = Attempt { query: "&name=a".to_owned() };
        let request = own_request(&endpoint(kind), who, way, &attempt, &World::standard())?;
        let body = match request.body {
            Some(Body::Form(text)) => format!(" | {text}"),
            _ => String::new(),
        };
        Some(format!("{:?} {}{body} | {}", request.method, request.query, request.cookie.unwrap_or_default()))
    }

    #[test]
    fn everybody_has_a_token_and_whoever_has_a_session_asks_by_it_too() {
        for who in &OWN_PRINCIPALS {
            for way in [Way::Token, Way::TokenByPost] {
                assert!(line(OwnKind::Api, who.name, way).is_some(), "{} {way:?}", who.name);
            }
        }
        for who in LADDER {
            for way in [Way::Session, Way::SessionByGet] {
                assert!(line(OwnKind::Page, who, way).is_some(), "{who} {way:?}");
            }
        }
        assert_eq!(line(OwnKind::Page, "view-elsewhere", Way::Session), None);
    }

    #[test]
    fn each_way_carries_token_and_arguments_where_it_says() {
        let common = "idSite=1&period=day&date=today&language=en&name=a";
        let said = |kind, way| line(kind, "view", way).expect("a request");
        let api = "module=API&method=Example.get&format=json";
        assert_eq!(said(OwnKind::Api, Way::Token), format!("Get {api}&{common}&token_auth=$TOKEN_VIEW | "));
        assert_eq!(said(OwnKind::Api, Way::TokenByPost), format!("Post {api} | {common}&token_auth=$TOKEN_VIEW | "));
        let (page, session) = ("module=Example&action=get", "token_auth=$SESSION_TOKEN_VIEW&force_api_session=1");
        assert_eq!(said(OwnKind::Page, Way::Session), format!("Post {page}&{common} | {session} | view"));
        assert_eq!(said(OwnKind::Page, Way::SessionByGet), format!("Get {page}&{common}&{session} | view"));
    }
}
