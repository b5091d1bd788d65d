//! Whose token is it? The places of a request that have credentials, and the same request with somebody's of the target.

use super::address::is_token_pair;
use super::exact::{ExactRequest, FormKind, SESSION_COOKIE, fields};
use crate::model::{Parameters, Value, World};
use crate::plan::Principal;

/// Where a credential stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the URL.
    Url,
    /// In the body.
    Body,
    /// In the header Authorization.
    Header,
    /// In the session cookie.
    Cookie,
    /// In a part of a bulk request.
    Bulk,
}

impl Place {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Url => "the URL",
            Self::Body => "the body",
            Self::Header => "the header Authorization",
            Self::Cookie => "the session cookie",
            Self::Bulk => "a part of the bulk request",
        }
    }
}

/// A token or session in a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credential {
    /// Where it stands.
    pub place: Place,
    /// What stands there, decoded.
    pub value: String,
}

impl Credential {
    /// Whether the target knows whose it is, or it is nobody's by its very name.
    pub fn is_known(&self, world: &World) -> bool {
        let known = |name: &str| {
            world.token(name).is_some()
                || world.sessions.iter().any(|session| session.token == name || session.cookie == name)
                || crate::model::DEAD_SESSIONS.iter().any(|dead| World::cookie_of(dead) == name)
        };
        // White space and NUL are what some requests are about.
        let value = self.value.trim_matches([' ', '\0']);
        matches!(value, "" | "anonymous" | "0") || value.strip_prefix('$').is_some_and(known)
    }

    /// As it may be shown: a secret of somebody else's is not written down.
    pub fn shown(&self) -> String {
        let letters: String = self.value.chars().take(4).collect();
        if self.value.starts_with('$') || self.value.chars().count() < 12 { self.value.clone() } else { format!("{letters}…") }
    }
}

impl ExactRequest {
    /// Every token and session in it, empty ones too.
    pub fn credentials(&self) -> Vec<Credential> {
        let mut all = Vec::new();
        let mut add = |place, value: String| all.push(Credential { place, value });
        let query = self.query.as_deref().unwrap_or_default();
        for (place, form) in [(Place::Url, query.to_owned()), (Place::Body, self.readable_form())] {
            if let Some(Value::Text(value)) = Parameters::parse(&form).get("token_auth") {
                add(place, value.clone());
            }
            for pair in form.split('&') {
                for value in inner_tokens(pair) {
                    add(Place::Bulk, value);
                }
            }
        }
        if let Some(value) = self.header("authorization").and_then(bearer) {
            add(Place::Header, value.to_owned());
        }
        if let Some(value) = self.session_cookie() {
            add(Place::Cookie, value.to_owned());
        }
        all
    }

    /// Those of which nobody here knows whose they are.
    pub fn unknown_credentials(&self, world: &World) -> Vec<Credential> {
        self.credentials().into_iter().filter(|credential| !credential.is_known(world)).collect()
    }

    /// Whether there is anything in it that could be somebody's.
    pub fn has_credentials(&self) -> bool {
        self.credentials().iter().any(|credential| !credential.value.is_empty())
    }

    /// The same with a principal's credentials wherever it has some. `None` where the principal cannot be carried in these places.
    pub fn of(&self, principal: &Principal) -> Option<Self> {
        let has_cookie = self.session_cookie().is_some_and(|value| !value.is_empty());
        let has_token = self.credentials().iter().any(|credential| credential.place != Place::Cookie && !credential.value.is_empty());
        if !has_token && principal.token.is_some() && principal.session.is_none() {
            return None;
        }
        let token = match principal.session {
            Some(user) if has_cookie && self.is_forced() => Some(format!("${}", World::session_token_of(user))),
            _ => principal.token.map(str::to_owned),
        };
        let token = token.as_deref();
        let mut request = self.clone();
        request.query = self.query.as_deref().map(|query| with_token(query, token));
        match (self.form(), &self.body) {
            (Some(FormKind::Urlencoded), Some(_)) => request.body = Some(with_token(&self.body_text(), token).into_bytes()),
            (Some(FormKind::Multipart(boundary)), Some(body)) => request.body = Some(with_part(body, &boundary, token)),
            _ => {}
        }
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let value = if name.eq_ignore_ascii_case("authorization") {
                match (bearer(value).filter(|old| !old.is_empty()), token) {
                    // What is encoded in a URL would be another token in a header.
                    (Some(_), Some(token)) if token.contains('%') => return None,
                    (Some(old), Some(token)) => Some(format!("{}{token}", &value[..value.len() - old.len()])),
                    (Some(_), None) => None,
                    (None, _) => Some(value.clone()),
                }
            } else if name.eq_ignore_ascii_case("cookie") && has_cookie {
                with_cookie(value, principal.session)
            } else {
                Some(value.clone())
            };
            headers.extend(value.map(|value| (name.clone(), value)));
        }
        request.headers = headers;
        Some(request)
    }

    /// Tokens that differ, of which one principal could not be all.
    pub fn differing_tokens(&self) -> bool {
        let tokens: Vec<Credential> = self
            .credentials()
            .into_iter()
            .filter(|one| one.place != Place::Cookie && !matches!(one.value.as_str(), "" | "anonymous" | "0"))
            .collect();
        tokens.iter().any(|one| one.value != tokens[0].value)
    }

    fn readable_form(&self) -> String {
        match self.view().body {
            Some(crate::model::Body::Form(text) | crate::model::Body::Multipart(text)) => text,
            _ => String::new(),
        }
    }

    fn is_forced(&self) -> bool {
        let forced = |form: &str| matches!(Parameters::parse(form).get("force_api_session"), Some(Value::Text(text)) if !matches!(text.as_str(), "" | "0"));
        forced(self.query.as_deref().unwrap_or_default()) || forced(&self.readable_form())
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (kind, token) = value.split_once(' ')?;
    kind.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}

/// A form with another token in each place that has one; without them where there is none.
fn with_token(form: &str, token: Option<&str>) -> String {
    let pairs = form.split('&').filter_map(|pair| {
        if !is_token_pair(pair) {
            return Some(with_inner_token(pair, token));
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (value, token) {
            ("", _) => Some(pair.to_owned()),
            (_, Some(token)) => Some(format!("{name}={token}")),
            (_, None) => None,
        }
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Where tokens begin and end in the value of a part of a bulk request, which is encoded once more.
fn inner_places(pair: &str) -> Vec<std::ops::Range<usize>> {
    let Some((name, _)) = pair.split_once('=').filter(|(name, _)| name.starts_with("urls")) else { return Vec::new() };
    let mut all = Vec::new();
    let lower = pair.to_ascii_lowercase();
    let mut at = name.len();
    while let Some(found) = lower[at..].find("token_auth%3d").map(|found| at + found) {
        let start = found + "token_auth%3d".len();
        let end = lower[start..].find("%26").map_or(pair.len(), |end| start + end);
        all.push(start..end);
        at = end;
    }
    all
}

fn inner_tokens(pair: &str) -> Vec<String> {
    inner_places(pair).into_iter().map(|place| pair[place].to_owned()).collect()
}

fn with_inner_token(pair: &str, token: Option<&str>) -> String {
    let mut out = pair.to_owned();
    for place in inner_places(pair).into_iter().rev().filter(|place| !place.is_empty()) {
        out.replace_range(place, &token.unwrap_or_default().replace('%', "%25"));
    }
    out
}

fn with_part(body: &[u8], boundary: &str, token: Option<&str>) -> Vec<u8> {
    let mut out = body.to_vec();
    let decoded = token.map(super::headers::decoded).unwrap_or_default();
    for field in fields(body, boundary).into_iter().rev().filter(|field| field.name == "token_auth" && !field.is_file) {
        out.splice(field.value, decoded.bytes());
    }
    out
}

/// The header with somebody's session in place of the one it has; nothing where only that stood there and there is none.
fn with_cookie(header: &str, user: Option<&str>) -> Option<String> {
    let pairs = header.split(';').filter_map(|pair| {
        let name = pair.trim_start().split_once('=').map(|(name, _)| name);
        match (name == Some(SESSION_COOKIE), user) {
            (false, _) => Some(pair.to_owned()),
            (true, Some(user)) => {
                let blank = &pair[..pair.len() - pair.trim_start().len()];
                Some(format!("{blank}{SESSION_COOKIE}=${}", World::cookie_of(user)))
            }
            (true, None) => None,
        }
    });
    Some(pairs.collect::<Vec<_>>().join(";").trim_start().to_owned()).filter(|header| !header.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Method;
    use crate::plan::principal;

    fn request(query: &str, headers: &[(&str, &str)], body: Option<&str>) -> ExactRequest {
        ExactRequest {
            method: if body.is_some() { Method::Post } else { Method::Get },
            path: "/index.php".to_owned(),
            query: Some(query.to_owned()),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.map(|body| body.as_bytes().to_vec()),
            ..ExactRequest::default()
        }
    }

    const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

    #[test]
    fn a_principal_stands_in_every_place_that_had_a_token() {
        let old = request(
            "a=1&token.auth=0123456789ab&urls[]=method%3DX%26token_auth%3D0123456789ab%26b%3D1",
            &[FORM, ("Authorization", "Bearer 0123456789ab"), ("Cookie", "a=b; MATOMO_SESSID=xyz; c=d")],
            Some("token_auth=0123456789ab&x=y"),
        );
        assert_eq!(old.unknown_credentials(&World::standard()).len(), 5);
        assert!(!old.differing_tokens());
        let new = old.of(principal("write").expect("a principal")).expect("it fits");
        assert_eq!(new.query.as_deref(), Some("a=1&token.auth=$TOKEN_WRITE&urls[]=method%3DX%26token_auth%3D$TOKEN_WRITE%26b%3D1"));
        assert_eq!(new.header("authorization"), Some("Bearer $TOKEN_WRITE"));
        assert_eq!(new.header("cookie"), Some("a=b; MATOMO_SESSID=$SESSION_WRITE; c=d"));
        assert_eq!(new.body_text(), "token_auth=$TOKEN_WRITE&x=y");
        assert!(new.unknown_credentials(&World::standard()).is_empty());
    }

    #[test]
    fn a_session_brings_its_own_token_where_it_is_forced() {
        let old = request("force_api_session=1&token_auth=abcdefabcdef", &[("Cookie", "MATOMO_SESSID=x")], None);
        let new = old.of(principal("view").expect("a principal")).expect("it fits");
        assert_eq!(new.query.as_deref(), Some("force_api_session=1&token_auth=$SESSION_TOKEN_VIEW"));
    }

    #[test]
    fn nobody_has_none_of_them_and_what_does_not_fit_is_left_out() {
        let old = request("a=1&token_auth=abcdefabcdef&b=2", &[("Cookie", "MATOMO_SESSID=x")], None);
        let new = old.of(principal("anonymous").expect("a principal")).expect("it fits");
        assert_eq!((new.query.as_deref(), new.header("cookie")), (Some("a=1&b=2"), None));
        let header = request("a=1", &[("Authorization", "Bearer abcdefabcdef")], None);
        assert!(header.of(principal("view-with-nul").expect("a principal")).is_none());
        let cookie = request("a=1", &[("Cookie", "MATOMO_SESSID=x")], None);
        assert!(cookie.of(principal("expired-view").expect("a principal")).is_none());
        assert!(cookie.of(principal("admin").expect("a principal")).is_some());
    }

    #[test]
    fn what_means_nobody_or_is_the_targets_own_is_known() {
        let world = World::standard();
        for known in ["", "anonymous", "0", "$TOKEN_VIEW", "$TOKEN_VIEW%00"] {
            assert!(request(&format!("token_auth={known}"), &[], None).unknown_credentials(&world).is_empty(), "{known}");
        }
        for unknown in ["0123456789abcdef0123456789abcdef", "$TOKEN_OF_MINE", "x"] {
            assert_eq!(request(&format!("token_auth={unknown}"), &[], None).unknown_credentials(&world).len(), 1, "{unknown}");
        }
        let two = request("token_auth=abc", &[FORM], Some("token_auth=def"));
        assert!(two.differing_tokens());
    }
}
