//! Where the token is, how securely it came, and what it is worth.

use super::company;
use super::exchange::Exchange;
use super::fault::FaultKind as F;
use super::pages::Refusal;
use super::php::{Cleaning, Parameters, Value, whole_number};
use super::session::Actor;
use super::world::{Rights, Token};

/// The token in force: merged parameters up to 5.3, the detected one from 5.4 on.
#[derive(Clone, Debug, Default)]
pub struct Detected {
    /// Its text, empty for none.
    pub text: String,
    /// Neither readable from a URL nor from a log.
    pub secure: bool,
    /// `force_api_session` counts for it.
    pub forced: bool,
    /// The flag came in the body, which API methods of any name accept for sessions.
    pub forced_in_body: bool,
    /// The flag came in the URL, which API methods that read accept for sessions.
    pub forced_in_url: bool,
    /// The token came in the URL.
    pub in_url: bool,
}

/// Finds the token.
pub fn detect(exchange: &Exchange) -> Detected {
    if exchange.at.features.detected_token { detect_by_source(exchange) } else { detect_merged(exchange) }
}

/// Up to 5.3: one merged array, the URL wins even when empty or an array (facts: token source).
fn detect_merged(exchange: &Exchange) -> Detected {
    let cleaning = Cleaning { arrays: exchange.fault(F::ArrayTokenRead), ..exchange.cleaning() };
    let in_url = exchange.get.get(&b"token_auth"[..]);
    let in_body = exchange.post.get(&b"token_auth"[..]);
    let chosen = match (in_url, in_body) {
        (_, Some(body)) if exchange.fault(F::TokenBodyWins) => Some(body),
        (Some(url), Some(body)) if exchange.fault(F::EmptyUrlTransparent) && cleaning.clean(Some(url)).is_empty() => Some(body),
        _ => in_url.or(in_body),
    };
    let mut text = cleaning.clean(chosen);
    if exchange.fault(F::HeaderAccepted)
        && text.is_empty()
        && let Some(token) = bearer(exchange)
    {
        text = token;
    }
    let url_is_empty = match in_url {
        Some(Value::Text(text)) => text.is_empty(),
        Some(Value::Array(_)) => false,
        None => true,
    };
    let body_has_one = !cleaning.clean(in_body).is_empty();
    let posted_flag = is_number(exchange.post.get(&b"force_api_session"[..]));
    Detected {
        text,
        secure: url_is_empty && body_has_one && !exchange.fault(F::PostNotSecure),
        forced: truthy(exchange.cleaning(), exchange.parameter("force_api_session")),
        forced_in_body: posted_flag,
        forced_in_url: is_number(exchange.get.get(&b"force_api_session"[..])),
        in_url: in_url.is_some(),
    }
}

/// From 5.4 on: header, body, URL; the first that has one decides alone.
///
/// As in the class `AuthenticationToken`; a header without a token hides the others (facts: newer releases).
fn detect_by_source(exchange: &Exchange) -> Detected {
    let cleaning = token_cleaning(exchange);
    let in_body = cleaning.clean(exchange.post.get(&b"token_auth"[..]));
    let in_url = if reads_url(exchange) { cleaning.clean(exchange.get.get(&b"token_auth"[..])) } else { String::new() };
    let flag = |parameters: &Parameters| flag(exchange, parameters);
    let any_word = |parameters: &Parameters| truthy(exchange.cleaning(), parameters.get(&b"force_api_session"[..]));
    let any_flag = exchange.fault(F::ForceAnySource) && (flag(&exchange.get) || flag(&exchange.post));
    let from_body = |text: String| Detected {
        text,
        secure: !exchange.fault(F::PostNotSecure) && (in_url.is_empty() || !exchange.fault(F::EqualNotSecure)),
        forced: flag(&exchange.post) || any_flag || (exchange.fault(F::ForceAnyWordInBody) && any_word(&exchange.post)),
        forced_in_body: true,
        forced_in_url: false,
        in_url: false,
    };
    let from_url = |text: String| {
        let forced = flag(&exchange.get) || any_flag;
        Detected { text, secure: false, forced, forced_in_body: false, forced_in_url: forced, in_url: true }
    };
    if let Some(text) = bearer(exchange)
        && !exchange.fault(F::HeaderLost)
        && (in_body.is_empty() || !exchange.fault(F::BodyOverHeader))
    {
        let secure = !exchange.fault(F::HeaderNotSecure);
        let beside = exchange.fault(F::ForceBesideHeader) && (flag(&exchange.get) || flag(&exchange.post));
        let forced = any_flag || beside;
        return Detected { text, secure, forced, forced_in_body: false, forced_in_url: forced, in_url: true };
    }
    if exchange.fault(F::UrlOverBody) && !in_url.is_empty() {
        return from_url(in_url);
    }
    if in_body.is_empty() { from_url(in_url) } else { from_body(in_body.clone()) }
}

fn token_cleaning(exchange: &Exchange) -> Cleaning {
    Cleaning {
        nul: !exchange.fault(F::NulKept),
        entities: exchange.fault(F::TokenEntitiesDecoded),
        arrays: exchange.fault(F::ArrayTokenRead),
        ..Cleaning::TOKENS
    }
}

/// The header's token: the prefix is exact, the rest verbatim.
pub fn bearer(exchange: &Exchange) -> Option<String> {
    let header = exchange.incoming.authorization.as_deref()?;
    let prefix = header.get(..7)?;
    let found = prefix == "Bearer " || (exchange.fault(F::HeaderAnyCase) && prefix.eq_ignore_ascii_case("Bearer "));
    let rest = &header[7..];
    let rest = if exchange.fault(F::HeaderTrimmed) { rest.trim() } else { rest };
    found.then(|| rest.to_owned())
}

/// 6.0: one navigation takes nothing from the URL; raw names of the URL, exact.
fn reads_url(exchange: &Exchange) -> bool {
    if !exchange.at.features.navigation_only_endpoint || exchange.fault(F::NavigationReadsUrl) {
        return true;
    }
    let name = |name: &str| Cleaning::TOKENS.clean(exchange.get.get(name.as_bytes()));
    !(name("module") == "Overlay" && name("action") == "startOverlaySession")
}

/// PHP's idea of true, as up to 5.3: of the cleaned value (seen live on 5.2: a NUL byte alone is none); arrays count.
fn truthy(cleaning: Cleaning, value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Array(_))) || !matches!(cleaning.clean(value).as_str(), "" | "0")
}

/// For API requests the flag is read as a whole number in PHP's sense, so that other words are no flag.
pub fn is_number(value: Option<&Value>) -> bool {
    whole_number(&Cleaning::NAMES.clean(value)) != 0
}

/// `force_api_session` from 5.4 on: a real boolean.
pub fn flag(exchange: &Exchange, parameters: &Parameters) -> bool {
    is_true(exchange, parameters.get(&b"force_api_session"[..]))
}

/// Whether a value is a real boolean that is true.
pub fn is_true(exchange: &Exchange, value: Option<&Value>) -> bool {
    if exchange.fault(F::ForceLoose) {
        return truthy(exchange.cleaning(), value);
    }
    let text = Cleaning::TOKENS.clean(value);
    text == "1" || text.eq_ignore_ascii_case("true")
}

/// 5.8: contradicting credentials are refused before anything is looked up (#24103's release; facts: conflict).
pub fn refuse_conflict(exchange: &Exchange) -> Result<(), Refusal> {
    if !exchange.at.features.conflict {
        return Ok(());
    }
    let cleaning = token_cleaning(exchange);
    let url = reads_url(exchange);
    let mut tokens = Vec::with_capacity(3);
    if let Some(text) = bearer(exchange)
        && !exchange.fault(F::ConflictForgetsHeader)
    {
        tokens.push(text);
    }
    if !exchange.fault(F::ConflictForgetsBody) {
        tokens.push(cleaning.clean(exchange.post.get(&b"token_auth"[..])));
    }
    if url && !exchange.fault(F::ConflictForgetsUrl) {
        tokens.push(cleaning.clean(exchange.get.get(&b"token_auth"[..])));
    }
    // PHP's empty(): '' and '0'
    tokens.retain(|text| !matches!(text.as_str(), "" | "0"));
    if exchange.fault(F::ConflictOnlyValid) {
        tokens.retain(|text| exchange.at.world.tokens.iter().any(|t| t.secret == *text));
    }
    let tokens_differ = tokens.windows(2).any(|pair| pair[0] != pair[1]);
    let key = &b"force_api_session"[..];
    let flags_differ = url
        && !exchange.fault(F::ConflictForgetsSession)
        && exchange.get.contains_key(key)
        && exchange.post.contains_key(key)
        && flag(exchange, &exchange.get) != flag(exchange, &exchange.post);
    if tokens_differ || flags_differ {
        return Err(Refusal::conflict());
    }
    Ok(())
}

/// 6.0: a scoped token cannot ask for the session's rights.
pub fn refuse_scoped_session(exchange: &Exchange) -> Result<(), Refusal> {
    if !exchange.at.features.scoped_tokens || !exchange.token.forced || exchange.fault(F::ScopeSessionAccepted) {
        return Ok(());
    }
    let level = usable(exchange, &exchange.token.text, exchange.token.secure).and_then(|t| t.access_level.as_deref());
    match level {
        None | Some("" | "superuser") => Ok(()),
        Some(_) => Err(Refusal::scoped_session()),
    }
}

/// The row of a token, if it may be used the way it came.
fn usable<'a>(exchange: &'a Exchange, text: &str, secure: bool) -> Option<&'a Token> {
    let token = exchange.at.world.tokens.iter().find(|t| t.secret == text)?;
    if token.expired && !exchange.fault(F::ExpiredAccepted) && !company::meets(exchange, F::ExpiredWithNonce) {
        return None;
    }
    // an insecure token is not told from an unknown one (#20351)
    if exchange.at.features.secure_tokens && !secure {
        let in_both = exchange.fault(F::SecureOnlyInBoth)
            && exchange.post.contains_key(&b"token_auth"[..])
            && exchange.get.contains_key(&b"token_auth"[..]);
        let by_proxy = company::meets(exchange, F::SecureByProxy);
        if token.secure_only && !exchange.fault(F::SecureOnlyInUrl) && !in_both && !by_proxy {
            return None;
        }
        if exchange.at.settings.only_allow_secure
            && !exchange.fault(F::PolicyIgnored)
            && !company::meets(exchange, F::PolicyGoneWithReferrer)
        {
            return None;
        }
    }
    Some(token)
}

/// Who a token is: first as it counts, then as the gate sees it.
pub fn authenticate(exchange: &Exchange, text: &str) -> Option<(Actor, Actor)> {
    authenticate_sent(exchange, text, exchange.token.secure)
}

/// The same for a token that came securely or not.
pub fn authenticate_sent(exchange: &Exchange, text: &str, secure: bool) -> Option<(Actor, Actor)> {
    let token = usable(exchange, text, secure)?;
    let world = &exchange.at.world;
    let full = world.rights_of(&token.login, exchange.fault(F::GhostSitesCount));
    let capped = match token.access_level.as_deref() {
        Some(level) if exchange.at.features.scoped_tokens => cap(exchange, &full, level),
        _ => full.clone(),
    };
    let actor = |rights| Actor {
        login: Some(token.login.clone()),
        token: Some(text.to_owned()),
        rights,
        by_session: false,
        owes_second_factor: false,
    };
    let judged = if exchange.fault(F::ScopeAfterGate) { full } else { capped.clone() };
    Some((actor(capped), actor(judged)))
}

fn cap(exchange: &Exchange, rights: &Rights, level: &str) -> Rights {
    let known = matches!(level, "" | "view" | "write" | "admin" | "superuser");
    if exchange.fault(F::ScopeIgnored) || (exchange.fault(F::ScopeUnknownInherits) && !known) {
        return rights.clone();
    }
    exchange.at.world.capped(rights, level)
}
