//! How a token travels, alone or in company.

use std::fmt;
use std::str::FromStr;

use super::principal::{PRINCIPALS, Principal, principal};
use crate::model::{Body, Method, NOBODY, Request, World};

/// The carrier of a principal's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Nothing is sent.
    None,
    /// In the URL.
    Url,
    /// In a POST body.
    Body,
    /// The same in URL and body.
    Both,
    /// In the body, with an empty `token_auth` in the URL.
    EmptyUrlAndBody,
    /// In the body, with `token_auth[]` in the URL.
    ArrayUrlAndBody,
    /// In the URL, with `token_auth[]` in the body.
    UrlAndArrayBody,
    /// Under a name that PHP turns into `token_auth`.
    MangledUrl,
    /// In the body of a request whose content type PHP does not read.
    JsonBody,
    /// In the URL of a HEAD request.
    Head,
    /// In the URL, with another principal's token in the body.
    UrlAndOtherBody(&'static Principal),
    /// `Authorization: Bearer`.
    Header,
    /// `Authorization: bearer`, which is not the prefix.
    LowercaseHeader,
    /// In the header, with another principal's token in the URL.
    HeaderAndOtherUrl(&'static Principal),
    /// In the header, with another principal's token in the body.
    HeaderAndOtherBody(&'static Principal),
    /// The same in header and URL.
    HeaderAndUrl,
    /// The session cookie alone.
    Cookie,
    /// The session cookie and an empty `token_auth` in the URL.
    CookieAndEmptyUrl,
    /// The session cookie and the session's own token in the URL, without force.
    CookieAndOwnUrl,
    /// The session cookie and its own token in the URL, forced.
    CookieAndOwnUrlForced,
    /// The session cookie and its own token in the body, forced there.
    CookieAndOwnBodyForced,
    /// The session cookie and `force_api_session` in the URL, without any token.
    CookieAndForcedUrl,
    /// The session cookie and `force_api_session` in the body, without any token.
    CookieAndForcedBody,
    /// The session cookie and an empty `token_auth` in the URL, forced.
    CookieAndEmptyUrlForced,
    /// The session cookie and an empty `token_auth` in the body, forced there.
    CookieAndEmptyBodyForced,
    /// The session cookie and another principal's token in the URL, without force.
    CookieAndOtherUrl(&'static Principal),
    /// The session cookie and another principal's token in the URL, forced.
    CookieAndOtherUrlForced(&'static Principal),
    /// Nothing but a cookie that opens no session.
    WorthlessCookie,
    /// Nothing but the cookie of a session that has expired.
    ExpiredCookie,
    /// Nothing but the cookie of a session that began before its user's password was changed.
    CookieBeforePassword,
    /// Nothing but the cookie of a session whose user is gone.
    CookieOfNobody,
    /// The token in the URL with `force_api_session`, without a cookie.
    UrlForced,
    /// The token in the body with `force_api_session`, without a cookie.
    BodyForced,
    /// The token in the URL, `force_api_session` in the body.
    UrlAndForcedBody,
    /// The token in the body, `force_api_session` in the URL.
    ForcedUrlAndBody,
    /// `force_api_session` true in the URL and false in the body, with the token in the URL where there is one.
    ForcedUrlAndUnforcedBody,
    /// The token in the URL, `force_api_session` true in URL and body.
    ForcedUrlAndForcedBody,
    /// In the body, with the token `0` in the URL.
    ZeroUrlAndBody,
    /// In the header after two spaces.
    TwoSpaceHeader,
    /// `Bearer ` with nothing behind it, and the token in the URL.
    EmptyHeaderAndUrl,
    /// In the header, with an empty `token_auth` in the URL.
    HeaderAndEmptyUrl,
    /// In the header, with the token `0` in the URL.
    HeaderAndZeroUrl,
    /// In the header, with `force_api_session` in the URL.
    HeaderAndForcedUrl,
    /// The session cookie and the session's own token in the body, without force.
    CookieAndOwnBody,
    /// The session cookie, its own token in the URL, `force_api_session` in the body.
    CookieAndOwnUrlForcedInBody,
    /// The session cookie and its own token in the header.
    CookieAndOwnHeader,
    /// The session cookie and a header without a token.
    CookieAndEmptyHeader,
    /// The session cookie and its own token in the URL, with a `force_api_session` that only PHP's loose idea of true takes for one.
    CookieAndOwnUrlForcedLoosely,
    /// In a body of several parts.
    Multipart,
    /// In the body of a PUT request, which PHP does not read.
    Put,
    /// In the URL of a PUT request with a body.
    UrlAndPut,
    /// In the URL, with a body whose content type PHP does not read.
    UrlAndJsonBody,
    /// In the URL, with a body of several parts in which nothing decides.
    UrlAndMultipart,
    /// The session cookie and another principal's token in the body, forced there.
    CookieAndOtherBodyForced(&'static Principal),
    /// The session cookie and another principal's token in the header.
    CookieAndOtherHeader(&'static Principal),
}

/// What a carrier needs of its principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// That it is nobody: no token is sent.
    Nobody,
    /// The same, beside the cookie of a session that must not authenticate any more.
    DeadSession,
    /// A token.
    Token,
    /// A token in which nothing is encoded: a header is taken to the letter, so that in a URL it would be another one.
    LiteralToken,
    /// A session.
    Session,
    /// Nothing.
    Anybody,
}

/// Carriers without a second principal, with their names.
const PLAIN: [(Carrier, &str, Needs); 48] = [
    (Carrier::None, "none", Needs::Nobody),
    (Carrier::Url, "url", Needs::Token),
    (Carrier::Body, "body", Needs::Token),
    (Carrier::Both, "url+body", Needs::Token),
    (Carrier::EmptyUrlAndBody, "empty-url+body", Needs::Token),
    (Carrier::ArrayUrlAndBody, "array-url+body", Needs::Token),
    (Carrier::UrlAndArrayBody, "url+array-body", Needs::Token),
    (Carrier::MangledUrl, "mangled-url", Needs::Token),
    (Carrier::JsonBody, "json-body", Needs::Token),
    (Carrier::Head, "head", Needs::Token),
    (Carrier::Header, "header", Needs::LiteralToken),
    (Carrier::LowercaseHeader, "lowercase-header", Needs::LiteralToken),
    (Carrier::HeaderAndUrl, "header+url", Needs::LiteralToken),
    (Carrier::Cookie, "cookie", Needs::Session),
    (Carrier::CookieAndEmptyUrl, "cookie+empty-url", Needs::Session),
    (Carrier::CookieAndOwnUrl, "cookie+own-url", Needs::Session),
    (Carrier::CookieAndOwnUrlForced, "cookie+own-url-forced", Needs::Session),
    (Carrier::CookieAndOwnBodyForced, "cookie+own-body-forced", Needs::Session),
    (Carrier::CookieAndForcedUrl, "cookie+forced-url", Needs::Session),
    (Carrier::CookieAndForcedBody, "cookie+forced-body", Needs::Session),
    (Carrier::CookieAndEmptyUrlForced, "cookie+empty-url-forced", Needs::Session),
    (Carrier::CookieAndEmptyBodyForced, "cookie+empty-body-forced", Needs::Session),
    (Carrier::WorthlessCookie, "worthless-cookie", Needs::Nobody),
    (Carrier::ExpiredCookie, "cookie-expired", Needs::DeadSession),
    (Carrier::CookieBeforePassword, "cookie-before-password", Needs::DeadSession),
    (Carrier::CookieOfNobody, "cookie-of-nobody", Needs::DeadSession),
    (Carrier::UrlForced, "url-forced", Needs::Token),
    (Carrier::BodyForced, "body-forced", Needs::Token),
    (Carrier::UrlAndForcedBody, "url+forced-body", Needs::Token),
    (Carrier::ForcedUrlAndBody, "forced-url+body", Needs::Token),
    (Carrier::ForcedUrlAndUnforcedBody, "forced-url+unforced-body", Needs::Anybody),
    (Carrier::ForcedUrlAndForcedBody, "forced-url+forced-body", Needs::Token),
    (Carrier::ZeroUrlAndBody, "zero-url+body", Needs::Token),
    (Carrier::TwoSpaceHeader, "two-space-header", Needs::LiteralToken),
    (Carrier::EmptyHeaderAndUrl, "empty-header+url", Needs::Token),
    (Carrier::HeaderAndEmptyUrl, "header+empty-url", Needs::LiteralToken),
    (Carrier::HeaderAndZeroUrl, "header+zero-url", Needs::LiteralToken),
    (Carrier::HeaderAndForcedUrl, "header+forced-url", Needs::LiteralToken),
    (Carrier::CookieAndOwnBody, "cookie+own-body", Needs::Session),
    (Carrier::CookieAndOwnUrlForcedInBody, "cookie+own-url+forced-body", Needs::Session),
    (Carrier::CookieAndOwnHeader, "cookie+own-header", Needs::Session),
    (Carrier::CookieAndEmptyHeader, "cookie+empty-header", Needs::Session),
    (Carrier::CookieAndOwnUrlForcedLoosely, "cookie+own-url-forced-loosely", Needs::Session),
    (Carrier::Multipart, "multipart", Needs::Token),
    (Carrier::Put, "put", Needs::Token),
    (Carrier::UrlAndPut, "url+put", Needs::Token),
    (Carrier::UrlAndJsonBody, "url+json-body", Needs::Token),
    (Carrier::UrlAndMultipart, "url+multipart", Needs::Token),
];

const FORCE: &str = "force_api_session=1";

/// Builds a carrier that names a second principal.
type Paired = fn(&'static Principal) -> Carrier;

/// Carriers with a second principal, named in front of it.
const PAIRED: [(Paired, &str, Needs); 7] = [
    (Carrier::UrlAndOtherBody, "url+body=", Needs::Token),
    (Carrier::HeaderAndOtherUrl, "header+url=", Needs::Token),
    (Carrier::HeaderAndOtherBody, "header+body=", Needs::Token),
    (Carrier::CookieAndOtherUrl, "cookie+url=", Needs::Session),
    (Carrier::CookieAndOtherUrlForced, "cookie+url-forced=", Needs::Session),
    (Carrier::CookieAndOtherBodyForced, "cookie+body-forced=", Needs::Session),
    (Carrier::CookieAndOtherHeader, "cookie+header=", Needs::Session),
];

impl Carrier {
    /// Every carrier that can be used more than once; those with a second principal once for each of `others`.
    pub fn all(others: &[&'static Principal]) -> Vec<Self> {
        let paired = PAIRED.iter().flat_map(|(build, ..)| others.iter().map(move |other| build(other)));
        PLAIN.iter().map(|(carrier, ..)| *carrier).filter(|carrier| !carrier.is_dead()).chain(paired).collect()
    }

    /// Its name without the second principal's, and what it needs of the first.
    fn row(self) -> (&'static str, Needs) {
        let plain = PLAIN.iter().find(|(carrier, ..)| *carrier == self).map(|(_, name, needs)| (*name, *needs));
        let built_of = |other| PAIRED.iter().find(|(build, ..)| build(other) == self).map(|(_, name, needs)| (*name, *needs));
        // Who adds a carrier gives it a row: without one it has no name, which the tests of case ids see.
        plain.or_else(|| built_of(self.other()?)).unwrap_or(("", Needs::Anybody))
    }

    /// The second principal, where there is one.
    pub fn other(self) -> Option<&'static Principal> {
        match self {
            Self::UrlAndOtherBody(other)
            | Self::HeaderAndOtherUrl(other)
            | Self::HeaderAndOtherBody(other)
            | Self::CookieAndOtherUrl(other)
            | Self::CookieAndOtherUrlForced(other)
            | Self::CookieAndOtherBodyForced(other)
            | Self::CookieAndOtherHeader(other) => Some(other),
            _ => None,
        }
    }

    /// Whether the carrier can carry the principal.
    pub fn fits(self, principal: &Principal) -> bool {
        let fits = match self.row().1 {
            Needs::Nobody | Needs::DeadSession => principal.token.is_none(),
            Needs::Token => principal.token.is_some(),
            Needs::LiteralToken => principal.token.is_some_and(|token| !token.contains('%')),
            Needs::Session => principal.session.is_some(),
            Needs::Anybody => true,
        };
        fits && self.other().is_none_or(|other| other.name != principal.name)
    }

    /// Puts the principal's token into the request.
    pub fn load(self, principal: &Principal, request: &mut Request) {
        let Parts { in_url, in_body, bearer } = self.parts(principal);
        if !in_url.is_empty() {
            request.query = join(&request.query, &in_url);
        }
        if !in_body.is_empty() {
            let text = join(request.body.as_ref().map_or("", Body::text), &in_body);
            let in_parts = matches!(self, Self::Multipart | Self::UrlAndMultipart);
            request.body = Some(if in_parts { Body::Multipart(text) } else { Body::Form(text) });
            request.method = if matches!(self, Self::Put | Self::UrlAndPut) { Method::Put } else { Method::Post };
        }
        match self {
            Self::Head => request.method = Method::Head,
            Self::UrlAndJsonBody => {
                request.method = Method::Post;
                request.body = Some(Body::Json("{\"x\":1}".to_owned()));
            }
            // Nobody of that name has a session.
            Self::WorthlessCookie => request.cookie = Some(NOBODY.to_owned()),
            Self::JsonBody => {
                request.method = Method::Post;
                request.body = Some(Body::Json(format!("{{\"token_auth\":\"{}\"}}", principal.token.unwrap_or_default())));
            }
            _ => {}
        }
        if bearer.is_some() {
            request.authorization = bearer;
        }
        if self.is_dead() {
            let kind = self.to_string();
            let way = if request.xhr {
                "-xhr"
            } else if request.method == Method::Post {
                "-post"
            } else {
                ""
            };
            request.cookie = Some(format!("{}{way}", kind.trim_start_matches("cookie-")));
        } else if self.has_session() {
            request.cookie = principal.session.map(str::to_owned);
        }
    }

    /// What goes into URL, body and header.
    fn parts(self, principal: &Principal) -> Parts {
        let value = principal.token.unwrap_or_default();
        let token = format!("token_auth={value}");
        let own_value = format!("${}", World::session_token_of(principal.name));
        let own = format!("token_auth={own_value}");
        let other_value = |other: &Principal| other.token.unwrap_or_default();
        let other = |who: &Principal| format!("token_auth={}", other_value(who));
        let forced = |text: String| format!("{text}&{FORCE}");
        match self {
            Self::None
            | Self::WorthlessCookie
            | Self::ExpiredCookie
            | Self::CookieBeforePassword
            | Self::CookieOfNobody
            | Self::Cookie
            | Self::JsonBody => Parts::default(),
            Self::Url | Self::Head | Self::UrlAndJsonBody => Parts::url(token),
            Self::UrlAndPut | Self::UrlAndMultipart => Parts::url(token).and_body("x=1"),
            Self::Body | Self::Multipart | Self::Put => Parts::body(token),
            Self::Both => Parts::url(token.clone()).and_body(token),
            Self::EmptyUrlAndBody => Parts::url("token_auth=").and_body(token),
            Self::ArrayUrlAndBody => Parts::url("token_auth[]=x").and_body(token),
            Self::UrlAndArrayBody => Parts::url(token).and_body("token_auth[]=x"),
            Self::MangledUrl => Parts::url(format!("token.auth={value}")),
            Self::UrlAndOtherBody(who) => Parts::url(token).and_body(other(who)),
            Self::Header => Parts::header(format!("Bearer {value}")),
            Self::LowercaseHeader => Parts::header(format!("bearer {value}")),
            Self::HeaderAndUrl => Parts::header(format!("Bearer {value}")).and_url(token),
            Self::HeaderAndOtherUrl(who) => Parts::header(format!("Bearer {value}")).and_url(other(who)),
            Self::HeaderAndOtherBody(who) => Parts::header(format!("Bearer {value}")).and_body(other(who)),
            Self::CookieAndEmptyUrl => Parts::url("token_auth="),
            Self::CookieAndForcedUrl => Parts::url(FORCE),
            Self::CookieAndForcedBody => Parts::body(FORCE),
            Self::CookieAndEmptyUrlForced => Parts::url(format!("token_auth=&{FORCE}")),
            Self::CookieAndEmptyBodyForced => Parts::body(format!("token_auth=&{FORCE}")),
            Self::CookieAndOwnUrl => Parts::url(own),
            Self::CookieAndOwnUrlForced => Parts::url(forced(own)),
            Self::CookieAndOwnUrlForcedLoosely => Parts::url(format!("{own}&force_api_session=on")),
            Self::CookieAndOwnBodyForced => Parts::body(forced(own)),
            Self::CookieAndOtherUrl(who) => Parts::url(other(who)),
            Self::CookieAndOtherUrlForced(who) => Parts::url(forced(other(who))),
            Self::UrlForced => Parts::url(forced(token)),
            Self::BodyForced => Parts::body(forced(token)),
            Self::UrlAndForcedBody => Parts::url(token).and_body(FORCE),
            Self::ForcedUrlAndBody => Parts::url(FORCE).and_body(token),
            Self::ForcedUrlAndUnforcedBody => {
                let in_url = if principal.token.is_some() { forced(token) } else { FORCE.to_owned() };
                Parts::url(in_url).and_body("force_api_session=0")
            }
            Self::ForcedUrlAndForcedBody => Parts::url(forced(token)).and_body("force_api_session=true"),
            Self::ZeroUrlAndBody => Parts::url("token_auth=0").and_body(token),
            Self::TwoSpaceHeader => Parts::header(format!("Bearer  {value}")),
            Self::EmptyHeaderAndUrl => Parts::header("Bearer ").and_url(token),
            Self::HeaderAndEmptyUrl => Parts::header(format!("Bearer {value}")).and_url("token_auth="),
            Self::HeaderAndZeroUrl => Parts::header(format!("Bearer {value}")).and_url("token_auth=0"),
            Self::HeaderAndForcedUrl => Parts::header(format!("Bearer {value}")).and_url(FORCE),
            Self::CookieAndOwnBody => Parts::body(own),
            Self::CookieAndOwnUrlForcedInBody => Parts::url(own).and_body(FORCE),
            Self::CookieAndOwnHeader => Parts::header(format!("Bearer {own_value}")),
            Self::CookieAndEmptyHeader => Parts::header("Bearer "),
            Self::CookieAndOtherBodyForced(who) => Parts::body(forced(other(who))),
            Self::CookieAndOtherHeader(who) => Parts::header(format!("Bearer {}", other_value(who))),
        }
    }

    /// Whether the cookie is that of a session that must not authenticate any more.
    pub fn is_dead(self) -> bool {
        self.row().1 == Needs::DeadSession
    }

    /// Whether the principal's session comes with it.
    pub fn has_session(self) -> bool {
        self.row().1 == Needs::Session
    }

    /// Whether anything stands in the header, read or not.
    pub fn has_header(self) -> bool {
        let who = self.other().unwrap_or(&PRINCIPALS[0]);
        self.parts(who).bearer.is_some()
    }
}

/// What a carrier puts into URL, body and header.
#[derive(Default)]
struct Parts {
    in_url: String,
    in_body: String,
    bearer: Option<String>,
}

impl Parts {
    fn url(text: impl Into<String>) -> Self {
        Self::default().and_url(text)
    }

    fn body(text: impl Into<String>) -> Self {
        Self::default().and_body(text)
    }

    fn header(value: impl Into<String>) -> Self {
        Self { bearer: Some(value.into()), ..Self::default() }
    }

    fn and_url(self, text: impl Into<String>) -> Self {
        Self { in_url: text.into(), ..self }
    }

    fn and_body(self, text: impl Into<String>) -> Self {
        Self { in_body: text.into(), ..self }
    }
}

fn join(old: &str, new: &str) -> String {
    if old.is_empty() { new.to_owned() } else { format!("{old}&{new}") }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().0)?;
        self.other().map_or(Ok(()), |other| f.write_str(other.name))
    }
}

impl FromStr for Carrier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((carrier, ..)) = PLAIN.iter().find(|(_, name, _)| *name == text) {
            return Ok(*carrier);
        }
        PAIRED
            .iter()
            .find_map(|(build, name, _)| Some(build(principal(text.strip_prefix(name)?)?)))
            .ok_or_else(|| format!("unknown carrier {text:?}"))
    }
}
