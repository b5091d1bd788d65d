//! How a token travels, alone or in company.

use std::fmt;
use std::str::FromStr;

use super::principal::{Principal, principal};
use crate::model::{Body, Method, Request};

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
    /// The session cookie and another principal's token in the URL, without force.
    CookieAndOtherUrl(&'static Principal),
    /// The session cookie and another principal's token in the URL, forced.
    CookieAndOtherUrlForced(&'static Principal),
    /// Nothing but a cookie that opens no session.
    WorthlessCookie,
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
    /// The session cookie and another principal's token in the body, forced there.
    CookieAndOtherBodyForced(&'static Principal),
    /// The session cookie and another principal's token in the header.
    CookieAndOtherHeader(&'static Principal),
}

/// Carriers without a second principal, with their names.
const PLAIN: [(Carrier, &str); 38] = [
    (Carrier::None, "none"),
    (Carrier::Url, "url"),
    (Carrier::Body, "body"),
    (Carrier::Both, "url+body"),
    (Carrier::EmptyUrlAndBody, "empty-url+body"),
    (Carrier::ArrayUrlAndBody, "array-url+body"),
    (Carrier::UrlAndArrayBody, "url+array-body"),
    (Carrier::MangledUrl, "mangled-url"),
    (Carrier::JsonBody, "json-body"),
    (Carrier::Head, "head"),
    (Carrier::Header, "header"),
    (Carrier::LowercaseHeader, "lowercase-header"),
    (Carrier::HeaderAndUrl, "header+url"),
    (Carrier::Cookie, "cookie"),
    (Carrier::CookieAndEmptyUrl, "cookie+empty-url"),
    (Carrier::CookieAndOwnUrl, "cookie+own-url"),
    (Carrier::CookieAndOwnUrlForced, "cookie+own-url-forced"),
    (Carrier::CookieAndOwnBodyForced, "cookie+own-body-forced"),
    (Carrier::WorthlessCookie, "worthless-cookie"),
    (Carrier::UrlForced, "url-forced"),
    (Carrier::BodyForced, "body-forced"),
    (Carrier::UrlAndForcedBody, "url+forced-body"),
    (Carrier::ForcedUrlAndBody, "forced-url+body"),
    (Carrier::ForcedUrlAndUnforcedBody, "forced-url+unforced-body"),
    (Carrier::ForcedUrlAndForcedBody, "forced-url+forced-body"),
    (Carrier::ZeroUrlAndBody, "zero-url+body"),
    (Carrier::TwoSpaceHeader, "two-space-header"),
    (Carrier::EmptyHeaderAndUrl, "empty-header+url"),
    (Carrier::HeaderAndEmptyUrl, "header+empty-url"),
    (Carrier::HeaderAndZeroUrl, "header+zero-url"),
    (Carrier::HeaderAndForcedUrl, "header+forced-url"),
    (Carrier::CookieAndOwnBody, "cookie+own-body"),
    (Carrier::CookieAndOwnUrlForcedInBody, "cookie+own-url+forced-body"),
    (Carrier::CookieAndOwnHeader, "cookie+own-header"),
    (Carrier::CookieAndEmptyHeader, "cookie+empty-header"),
    (Carrier::CookieAndOwnUrlForcedLoosely, "cookie+own-url-forced-loosely"),
    (Carrier::Multipart, "multipart"),
    (Carrier::Put, "put"),
];

/// Builds a carrier that names a second principal.
type Paired = fn(&'static Principal) -> Carrier;

/// Carriers with a second principal, named in front of it.
const PAIRED: [(Paired, &str); 7] = [
    (Carrier::UrlAndOtherBody, "url+body="),
    (Carrier::HeaderAndOtherUrl, "header+url="),
    (Carrier::HeaderAndOtherBody, "header+body="),
    (Carrier::CookieAndOtherUrl, "cookie+url="),
    (Carrier::CookieAndOtherUrlForced, "cookie+url-forced="),
    (Carrier::CookieAndOtherBodyForced, "cookie+body-forced="),
    (Carrier::CookieAndOtherHeader, "cookie+header="),
];

impl Carrier {
    /// Every carrier; those with a second principal once for each of `others`.
    pub fn all(others: &[&'static Principal]) -> Vec<Self> {
        let paired = PAIRED.iter().flat_map(|(build, _)| others.iter().map(move |other| build(other)));
        PLAIN.iter().map(|(carrier, _)| *carrier).chain(paired).collect()
    }

    /// Whether the carrier can carry the principal.
    pub fn fits(self, principal: &Principal) -> bool {
        match self {
            Self::None | Self::WorthlessCookie => principal.token.is_none(),
            Self::Cookie
            | Self::CookieAndEmptyUrl
            | Self::CookieAndOwnUrl
            | Self::CookieAndOwnUrlForced
            | Self::CookieAndOwnBodyForced
            | Self::CookieAndOwnBody
            | Self::CookieAndOwnUrlForcedLoosely
            | Self::CookieAndOwnUrlForcedInBody
            | Self::CookieAndOwnHeader
            | Self::CookieAndEmptyHeader => principal.session.is_some(),
            Self::CookieAndOtherUrl(other)
            | Self::CookieAndOtherUrlForced(other)
            | Self::CookieAndOtherBodyForced(other)
            | Self::CookieAndOtherHeader(other) => principal.session.is_some() && other.name != principal.name,
            Self::ForcedUrlAndUnforcedBody => true,
            Self::UrlAndOtherBody(other) | Self::HeaderAndOtherUrl(other) | Self::HeaderAndOtherBody(other) => {
                principal.token.is_some() && other.name != principal.name
            }
            // A header is taken to the letter: what is encoded in a URL would be another token there.
            Self::Header
            | Self::LowercaseHeader
            | Self::HeaderAndUrl
            | Self::TwoSpaceHeader
            | Self::HeaderAndEmptyUrl
            | Self::HeaderAndZeroUrl
            | Self::HeaderAndForcedUrl => principal.token.is_some_and(|token| !token.contains('%')),
            _ => principal.token.is_some(),
        }
    }

    /// Puts the principal's token into the request.
    pub fn load(self, principal: &Principal, request: &mut Request) {
        let token = principal.token.unwrap_or_default();
        let other_token = |other: &Principal| other.token.unwrap_or_default();
        let own = format!("$SESSION_TOKEN_{}", principal.name.to_uppercase().replace('-', "_"));
        match self {
            Self::None => {}
            // Nobody of that name has a session.
            Self::WorthlessCookie => request.cookie = Some("nobody".to_owned()),
            Self::Url => url(request, &format!("token_auth={token}")),
            Self::Body => body(request, &format!("token_auth={token}")),
            Self::Both => {
                url(request, &format!("token_auth={token}"));
                body(request, &format!("token_auth={token}"));
            }
            Self::EmptyUrlAndBody => {
                url(request, "token_auth=");
                body(request, &format!("token_auth={token}"));
            }
            Self::ArrayUrlAndBody => {
                url(request, "token_auth[]=x");
                body(request, &format!("token_auth={token}"));
            }
            Self::UrlAndArrayBody => {
                url(request, &format!("token_auth={token}"));
                body(request, "token_auth[]=x");
            }
            Self::MangledUrl => url(request, &format!("token.auth={token}")),
            Self::JsonBody => {
                request.method = Method::Post;
                request.body = Some(Body::Json(format!("{{\"token_auth\":\"{token}\"}}")));
            }
            Self::Head => {
                request.method = Method::Head;
                url(request, &format!("token_auth={token}"));
            }
            Self::UrlAndOtherBody(other) => {
                url(request, &format!("token_auth={token}"));
                body(request, &format!("token_auth={}", other_token(other)));
            }
            Self::Header => request.authorization = Some(format!("Bearer {token}")),
            Self::LowercaseHeader => request.authorization = Some(format!("bearer {token}")),
            Self::HeaderAndUrl => {
                request.authorization = Some(format!("Bearer {token}"));
                url(request, &format!("token_auth={token}"));
            }
            Self::HeaderAndOtherUrl(other) => {
                request.authorization = Some(format!("Bearer {token}"));
                url(request, &format!("token_auth={}", other_token(other)));
            }
            Self::HeaderAndOtherBody(other) => {
                request.authorization = Some(format!("Bearer {token}"));
                body(request, &format!("token_auth={}", other_token(other)));
            }
            Self::Cookie => {}
            Self::CookieAndOwnUrlForcedLoosely => url(request, &format!("token_auth={own}&force_api_session=on")),
            Self::Multipart => {
                request.method = Method::Post;
                let text = join(request.body.as_ref().map_or("", Body::text), &format!("token_auth={token}"));
                request.body = Some(Body::Multipart(text));
            }
            Self::Put => {
                body(request, &format!("token_auth={token}"));
                request.method = Method::Put;
            }
            Self::CookieAndEmptyUrl => url(request, "token_auth="),
            Self::CookieAndOwnUrl => url(request, &format!("token_auth={own}")),
            Self::CookieAndOwnUrlForced => url(request, &format!("token_auth={own}&force_api_session=1")),
            Self::CookieAndOwnBodyForced => body(request, &format!("token_auth={own}&force_api_session=1")),
            Self::CookieAndOtherUrl(other) => url(request, &format!("token_auth={}", other_token(other))),
            Self::CookieAndOtherUrlForced(other) => url(request, &format!("token_auth={}&force_api_session=1", other_token(other))),
            Self::UrlForced => url(request, &format!("token_auth={token}&force_api_session=1")),
            Self::BodyForced => body(request, &format!("token_auth={token}&force_api_session=1")),
            Self::UrlAndForcedBody => {
                url(request, &format!("token_auth={token}"));
                body(request, "force_api_session=1");
            }
            Self::ForcedUrlAndBody => {
                url(request, "force_api_session=1");
                body(request, &format!("token_auth={token}"));
            }
            Self::ForcedUrlAndUnforcedBody => {
                let token = principal.token.map(|token| format!("token_auth={token}&")).unwrap_or_default();
                url(request, &format!("{token}force_api_session=1"));
                body(request, "force_api_session=0");
            }
            Self::ForcedUrlAndForcedBody => {
                url(request, &format!("token_auth={token}&force_api_session=1"));
                body(request, "force_api_session=true");
            }
            Self::ZeroUrlAndBody => {
                url(request, "token_auth=0");
                body(request, &format!("token_auth={token}"));
            }
            Self::TwoSpaceHeader => request.authorization = Some(format!("Bearer  {token}")),
            Self::EmptyHeaderAndUrl => {
                request.authorization = Some("Bearer ".to_owned());
                url(request, &format!("token_auth={token}"));
            }
            Self::HeaderAndEmptyUrl => {
                request.authorization = Some(format!("Bearer {token}"));
                url(request, "token_auth=");
            }
            Self::HeaderAndZeroUrl => {
                request.authorization = Some(format!("Bearer {token}"));
                url(request, "token_auth=0");
            }
            Self::HeaderAndForcedUrl => {
                request.authorization = Some(format!("Bearer {token}"));
                url(request, "force_api_session=1");
            }
            Self::CookieAndOwnBody => body(request, &format!("token_auth={own}")),
            Self::CookieAndOwnUrlForcedInBody => {
                url(request, &format!("token_auth={own}"));
                body(request, "force_api_session=1");
            }
            Self::CookieAndOwnHeader => request.authorization = Some(format!("Bearer {own}")),
            Self::CookieAndEmptyHeader => request.authorization = Some("Bearer ".to_owned()),
            Self::CookieAndOtherBodyForced(other) => body(request, &format!("token_auth={}&force_api_session=1", other_token(other))),
            Self::CookieAndOtherHeader(other) => request.authorization = Some(format!("Bearer {}", other_token(other))),
        }
        if self.has_cookie() {
            request.cookie = principal.session.map(str::to_owned);
        }
    }

    fn has_cookie(self) -> bool {
        self.to_string().starts_with("cookie")
    }
}

fn url(request: &mut Request, text: &str) {
    request.query = join(&request.query, text);
}

fn body(request: &mut Request, text: &str) {
    request.method = Method::Post;
    let old = request.body.take();
    request.body = Some(Body::Form(join(old.as_ref().map_or("", Body::text), text)));
}

fn join(old: &str, new: &str) -> String {
    if old.is_empty() { new.to_owned() } else { format!("{old}&{new}") }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((_, name)) = PLAIN.iter().find(|(carrier, _)| carrier == self) {
            return f.write_str(name);
        }
        let (Self::UrlAndOtherBody(other)
        | Self::HeaderAndOtherUrl(other)
        | Self::HeaderAndOtherBody(other)
        | Self::CookieAndOtherUrl(other)
        | Self::CookieAndOtherUrlForced(other)
        | Self::CookieAndOtherBodyForced(other)
        | Self::CookieAndOtherHeader(other)) = self
        else {
            return Err(fmt::Error);
        };
        let name = PAIRED.iter().find(|(build, _)| build(other) == *self).map(|(_, name)| *name);
        write!(f, "{}{}", name.ok_or(fmt::Error)?, other.name)
    }
}

impl FromStr for Carrier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((carrier, _)) = PLAIN.iter().find(|(_, name)| *name == text) {
            return Ok(*carrier);
        }
        PAIRED
            .iter()
            .find_map(|(build, name)| Some(build(principal(text.strip_prefix(name)?)?)))
            .ok_or_else(|| format!("unknown carrier {text:?}"))
    }
}
