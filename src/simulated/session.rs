//! Who a request runs as: session, anonymous, token, nobody.

use super::company;
use super::exchange::Exchange;
use super::fault::FaultKind as F;
use super::pages::Refusal;
use super::php::{Cleaning, Value};
use super::token;
use super::world::{Over, Rights, Session};

/// Name of the session cookie.
pub const COOKIE: &str = "MATOMO_SESSID";
/// Login and token of the anonymous user.
pub const ANONYMOUS: &str = "anonymous";

/// Somebody, or nobody when the login is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// Login; nobody has none.
    pub login: Option<String>,
    /// The token string Matomo keeps for the current user; nobody has none.
    pub token: Option<String>,
    /// What they may do.
    pub rights: Rights,
    /// Authenticated by cookie: every later re-authentication stays with the session.
    pub by_session: bool,
    /// In a session that still owes the second factor of its user.
    pub owes_second_factor: bool,
}

impl Actor {
    /// The anonymous user of this slot.
    pub fn anonymous(exchange: &Exchange) -> Self {
        let world = &exchange.at.world;
        let view = exchange.at.settings.anonymous_view.iter().copied();
        Self {
            login: Some(ANONYMOUS.to_owned()),
            token: Some(ANONYMOUS.to_owned()),
            rights: Rights { view: view.filter(|&id| world.site(id).is_some()).collect(), ..Rights::default() },
            by_session: false,
            owes_second_factor: false,
        }
    }

    fn of_session(exchange: &Exchange, session: &Session) -> Self {
        let world = &exchange.at.world;
        Self {
            login: Some(session.login.clone()),
            token: Some(session.token.clone()),
            rights: world.rights_of(&session.login, exchange.fault(F::GhostSitesCount)),
            by_session: true,
            owes_second_factor: session.unverified,
        }
    }

    /// The login as the probe reports it: nobody counts as anonymous.
    pub fn reported_login(&self) -> &str {
        self.login.as_deref().unwrap_or(ANONYMOUS)
    }

    /// Anonymous or nobody: both are asked to log in.
    pub fn is_anonymous(&self) -> bool {
        self.reported_login() == ANONYMOUS
    }
}

/// The session of the cookie, if there is one.
fn session<'a>(exchange: &'a Exchange) -> Option<&'a Session> {
    let sent = exchange.incoming.cookie.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name.trim() == COOKIE).then(|| value.trim())
    })?;
    exchange.at.world.sessions.iter().find(|s| s.cookie == sent).filter(|session| match session.over {
        None => true,
        Some(Over::Expired) => exchange.fault(F::ExpiredSessionLives),
        Some(Over::PasswordChanged) => exchange.fault(F::OldSessionLives),
        Some(Over::UserGone) => exchange.fault(F::OrphanSessionLives),
    })
}

/// The first authentication: the session where it may, else anonymous.
pub fn authenticate(exchange: &Exchange) -> Actor {
    let session = session(exchange).filter(|session| may_use(exchange, session));
    match session {
        Some(session) => Actor::of_session(exchange, session),
        None => Actor::anonymous(exchange),
    }
}

/// May the cookie authenticate? (facts: session cookie; API requests and sessions; #17335)
fn may_use(exchange: &Exchange, session: &Session) -> bool {
    let token = &exchange.token;
    // the opt-out script is embedded in other sites and never reads the cookie (seen live on 5.2)
    if exchange.text("module") == "CoreAdminHome" && exchange.text("action") == "optOutJS" {
        return false;
    }
    if exchange.is_api() {
        // where a session may be used at all an array is an action too, though the gate sees none (seen live on 5.2)
        let array = matches!(exchange.parameter("action"), Some(Value::Array(_)));
        let used = api_may_use(exchange, session);
        if used || !array {
            return used;
        }
    }
    let own = token.text == session.token;
    if exchange.fault(F::TokenBeatsSession) && !own && !token.text.is_empty() {
        return false;
    }
    token.text.is_empty()
        || !exchange.at.features.token_wins_over_session
        || exchange.fault(F::SessionBeatsToken)
        || (exchange.fault(F::OwnTokenAlone) && own)
        || (token.forced && !exchange.fault(F::ForceIgnored))
        || company::meets(exchange, F::SessionWithRandom)
}

/// API: only with the session's own token and the flag in one place, in the URL only for methods that read.
fn api_may_use(exchange: &Exchange, session: &Session) -> bool {
    let token = &exchange.token;
    if token.text.is_empty() && exchange.fault(F::ApiUsesSession) {
        return true;
    }
    if !exchange.at.features.detected_token {
        return brings_own(exchange, session) && !exchange.fault(F::ForceIgnored);
    }
    if token.text.is_empty() {
        return false;
    }
    let in_one_place = if token.forced_in_url && reads(exchange) { token.in_url } else { token.forced_in_body && !token.in_url };
    token.text == session.token && token.forced && !exchange.fault(F::ForceIgnored) && in_one_place
}

/// Up to 5.3: one source must bring both the flag and the session's own token: the URL where it asks and the method only reads, else the
/// body (seen live on 5.2).
fn brings_own(exchange: &Exchange, session: &Session) -> bool {
    let from_url = exchange.token.forced_in_url && reads(exchange);
    let source = if from_url { &exchange.get } else { &exchange.post };
    (from_url || exchange.token.forced_in_body) && exchange.cleaning().clean(source.get(&b"token_auth"[..])) == session.token
}

/// Does the method only read, by its name?
fn reads(exchange: &Exchange) -> bool {
    let method = exchange.text("method");
    method.find(".get").is_some_and(|at| at > 0) && method.matches('.').count() == 1
}

/// Step 3: the token differs from the one in force, so it is asked for.
///
/// # Errors
/// The API refuses a bad token at once from 5.0 on (#21293).
pub fn reauthenticate(exchange: &mut Exchange) -> Result<(), Refusal> {
    if exchange.actor.by_session && !exchange.fault(F::OtherTokenWins) {
        // the session's authenticator stays in place and ignores the token's value
        exchange.judged = exchange.actor.clone();
        return Ok(());
    }
    let text = exchange.token.text.clone();
    if text == ANONYMOUS && exchange.fault(F::AnonymousRefused) {
        return Ok(());
    }
    if let Some((actor, judged)) = token::authenticate(exchange, &text) {
        exchange.actor = actor;
        exchange.judged = judged;
        return Ok(());
    }
    exchange.report.not_authenticated();
    // with the action "0" the request is dispatched as nobody's (seen live on 5.2)
    let refused_at_once = exchange.is_api() && exchange.text("action") != "0";
    let bad_api_token = exchange.at.features.api_errors_have_status && refused_at_once && text != "0";
    if bad_api_token && !exchange.fault(F::BadApiTokenIgnored) {
        return Err(Refusal::bad_token(exchange.token.secure));
    }
    exchange.actor = failed(exchange);
    exchange.judged = exchange.actor.clone();
    Ok(())
}

/// After a bad token there is nobody, without even anonymous' view.
fn failed(exchange: &Exchange) -> Actor {
    if exchange.fault(F::UnknownKeepsAnonymous) || (exchange.fault(F::BadApiTokenIgnored) && exchange.is_api()) {
        return Actor::anonymous(exchange);
    }
    match session(exchange) {
        Some(session) if exchange.fault(F::UnknownBecomesSession) => Actor::of_session(exchange, session),
        _ => Actor::default(),
    }
}

/// An API method authenticates anew within itself, with a token that is not the one in force: `false` where it is not accepted.
///
/// Super users are not asked again, sessions stay. Up to 5.3 the parameters of the call, which always has a token, are those of the URL
/// meanwhile, so that nothing counts as sent in a body alone, and the session may be asked in their place (seen live on 4.0.3 and 5.2).
pub fn again(exchange: &Exchange, actor: &mut Actor, text: &str) -> bool {
    if actor.rights.super_user && !exchange.fault(F::SuperAskedAgain) {
        return true;
    }
    let merged = !exchange.at.features.detected_token;
    let forced = token::is_number(exchange.parameter("force_api_session"));
    let own = |session: &&Session| exchange.cleaning().clean(exchange.parameter("token_auth")) == session.token;
    let usable = session(exchange).filter(|session| merged && forced && own(session));
    if let Some(session) = usable {
        *actor = Actor::of_session(exchange, session);
        return true;
    }
    if exchange.actor.by_session && !merged {
        return true;
    }
    let secure = !merged || (exchange.token.secure && exchange.fault(F::SecureWithin));
    let found = called_by(exchange, text, secure);
    let accepted = found.is_some();
    *actor = found.unwrap_or_default();
    accepted
}

/// Whom the token of an API call stands for.
fn called_by(exchange: &Exchange, text: &str, secure: bool) -> Option<Actor> {
    match text {
        ANONYMOUS => Some(Actor::anonymous(exchange)),
        _ => token::authenticate_sent(exchange, text, secure).map(|(actor, _)| actor),
    }
}

/// Who a nested API call runs as: it compares the merged parameter with the token in force and asks again where
/// they differ, even for an empty one (facts: nested requests; two tokens in play).
///
/// `own` is the token that the call itself brings.
pub fn nested(exchange: &Exchange, own: Option<&Value>) -> Actor {
    if exchange.fault(F::NestedSuper) {
        return Actor { rights: Rights::everything(), ..exchange.actor.clone() };
    }
    if exchange.fault(F::NestedNobody) {
        return Actor::default();
    }
    let actor = &exchange.actor;
    let parameter = own.or_else(|| exchange.parameter("token_auth"));
    let compared = exchange.cleaning().clean(parameter);
    if parameter.is_none() || compared == actor.token.as_deref().unwrap_or_default() {
        return actor.clone();
    }
    if actor.by_session {
        return actor.clone();
    }
    let text = if exchange.at.features.detected_token { Cleaning::TOKENS.clean(parameter) } else { compared };
    called_by(exchange, &text, exchange.token.secure).unwrap_or_default()
}
