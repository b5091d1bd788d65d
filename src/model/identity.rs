//! Who asks: which token counts, whether a session may authenticate, and as whom the token authenticates.

use super::clauses::ClauseId;
use super::parameters::php_integer;
use super::rule::{Rule, Trace, always, never};
use super::situation::{Source, strict_true};
use super::{DEAD_SESSIONS, Feature, Parameters, Session, Situation, TokenKind, Who};

/// Credentials that contradict each other (5.8).
pub static CONFLICT: [Rule<()>; 2] = [
    Rule {
        clause: ClauseId::TokenConflict,
        applies: |s| s.has(Feature::Conflict) && tokens(s).len() > 1,
        holds: |s| {
            let tokens = tokens(s);
            tokens.iter().any(|token| *token != tokens[0])
        },
        fragile: always,
        then: (),
    },
    Rule {
        clause: ClauseId::TokenConflictForce,
        applies: |s| s.has(Feature::Conflict) && s.url.has("force_api_session") && s.body.has("force_api_session"),
        holds: |s| strict_true(s.url.get("force_api_session")) != strict_true(s.body.get("force_api_session")),
        fragile: always,
        then: (),
    },
];

/// The non-empty tokens of all sources. `0` counts as empty here, though it is used as a token.
fn tokens(s: &Situation<'_>) -> Vec<String> {
    let header = s.bearer().unwrap_or_default().replace('\0', "");
    [header, s.body.bare("token_auth"), s.url.bare("token_auth")].into_iter().filter(|token| !token.is_empty() && token != "0").collect()
}

/// Which source the token is taken from.
pub static SOURCE: [Rule<Source>; 5] = [
    Rule {
        clause: ClauseId::TokenHeader,
        applies: |s| s.has(Feature::DetectedToken) && s.ask.request.authorization.is_some(),
        holds: |s| s.bearer().is_some(),
        fragile: always,
        then: Source::Header,
    },
    Rule {
        clause: ClauseId::TokenBodyOverUrl,
        applies: |s| s.has(Feature::DetectedToken) && s.body.has("token_auth"),
        holds: |s| !s.body.bare("token_auth").is_empty(),
        fragile: |s| s.url.has("token_auth"),
        then: Source::Body,
    },
    Rule {
        clause: ClauseId::TokenHeaderIgnored,
        applies: |s| !s.has(Feature::DetectedToken),
        holds: |_| false,
        fragile: |s| s.ask.request.authorization.is_some(),
        then: Source::Header,
    },
    Rule {
        clause: ClauseId::TokenUrlOverBody,
        applies: |s| !s.has(Feature::DetectedToken) && s.body.has("token_auth"),
        holds: |s| s.url.has("token_auth"),
        fragile: always,
        then: Source::Url,
    },
    Rule {
        clause: ClauseId::TokenBody,
        applies: |s| !s.has(Feature::DetectedToken),
        holds: |s| s.body.has("token_auth"),
        fragile: always,
        then: Source::Body,
    },
];

/// Whether a scoped token refuses to work with a session (6.0).
pub static SCOPED_SESSION: [Rule<()>; 1] = [Rule {
    clause: ClauseId::ScopeSession,
    applies: |s| s.has(Feature::ScopedTokens) && s.force && s.row().is_some(),
    holds: |s| {
        s.row().is_some_and(|row| {
            !matches!(row.level.as_deref(), None | Some("" | "superuser"))
                && row.kind != TokenKind::Expired
                && (s.secure || (row.kind != TokenKind::SecureOnly && !s.ask.settings.only_secure_tokens))
        })
    },
    fragile: always,
    then: (),
}];

/// What becomes of a session cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// It is not even looked at.
    Ignored,
    /// It authenticates.
    Used,
}

/// Whether the session cookie may authenticate.
pub static SESSION: [Rule<Cookie>; 8] = [
    Rule {
        clause: ClauseId::SessionDead,
        applies: |s| s.ask.request.cookie.as_deref().is_some_and(|cookie| DEAD_SESSIONS.contains(&cookie)),
        holds: always,
        fragile: always,
        then: Cookie::Ignored,
    },
    Rule {
        clause: ClauseId::SessionApi,
        applies: |s| has_cookie(s) && s.is_api(),
        holds: api_session,
        fragile: |s| s.all.has("force_api_session"),
        then: Cookie::Used,
    },
    Rule {
        clause: ClauseId::SessionNotForApi,
        applies: has_cookie,
        // Here an array counts as an action, though it is none for the gate (`FrontController::makeSessionAuthenticator`).
        holds: |s| s.is_api() && !s.has_array_action(),
        fragile: |s| s.module.eq_ignore_ascii_case("API"),
        then: Cookie::Ignored,
    },
    Rule {
        clause: ClauseId::SessionNotForOptOut,
        applies: has_cookie,
        holds: |s| s.module == "CoreAdminHome" && s.action == "optOutJS",
        fragile: |_| false,
        then: Cookie::Ignored,
    },
    Rule {
        clause: ClauseId::SessionWinsOverToken,
        applies: |s| has_cookie(s) && !s.has(Feature::SessionNeedsForce),
        holds: |s| !s.token.is_empty(),
        fragile: |s| !s.token.is_empty(),
        then: Cookie::Used,
    },
    Rule {
        clause: ClauseId::SessionForce,
        applies: |s| s.has(Feature::SessionNeedsForce) && has_cookie(s) && !s.token.is_empty(),
        holds: |s| s.force,
        fragile: |s| s.all.has("force_api_session"),
        then: Cookie::Used,
    },
    Rule {
        clause: ClauseId::SessionIgnoredWithToken,
        applies: |s| s.has(Feature::SessionNeedsForce) && has_cookie(s),
        holds: |s| !s.token.is_empty(),
        fragile: always,
        then: Cookie::Ignored,
    },
    Rule { clause: ClauseId::SessionCookie, applies: has_cookie, holds: always, fragile: never, then: Cookie::Used },
];

/// An API request may use the session when it brings the session's own token and `force_api_session` in the same source;
/// in the URL only for methods that read.
fn api_session(s: &Situation<'_>) -> bool {
    let Some(session) = session_of_cookie(s) else { return false };
    if s.has(Feature::DetectedToken) {
        return s.force && s.token == format!("${}", session.token) && (s.secure || reads(s));
    }
    // Up to 5.3 `Access::reloadAccess` reads a whole number from each source and asks the URL first, where it counts at all.
    let source = if reads(s) && forced(&s.url) { &s.url } else { &s.body };
    brought_in(s, source).is_some()
}

/// The session that calls within an API method meet up to 5.3, where their parameters stand in place of the URL's and the body's.
pub fn api_session_within<'a>(s: &Situation<'a>) -> Option<&'a Session> {
    brought_in(s, &s.all)
}

/// The cookie's session, where these parameters bring its own token and `force_api_session` as a whole number.
fn brought_in<'a>(s: &Situation<'a>, source: &Parameters) -> Option<&'a Session> {
    session_of_cookie(s).filter(|session| forced(source) && source.text("token_auth") == format!("${}", session.token))
}

fn forced(source: &Parameters) -> bool {
    php_integer(&source.text("force_api_session")) != 0
}

/// Whether the API method is one that reads, by its name.
fn reads(s: &Situation<'_>) -> bool {
    let method = s.all.text("method");
    method.split_once('.').is_some_and(|(module, name)| !module.is_empty() && name.starts_with("get") && !name.contains('.'))
}

fn session_of_cookie<'a>(s: &Situation<'a>) -> Option<&'a Session> {
    s.ask.request.cookie.as_deref().and_then(|user| s.ask.world.session(user))
}

fn has_cookie(s: &Situation<'_>) -> bool {
    session_of_cookie(s).is_some()
}

/// What authentication with the token comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// Nothing is authenticated anew, and there is no gate.
    Unchanged,
    /// The session's user stays, and the gate is asked.
    SessionUser,
    /// Authentication failed: no right at all.
    Nobody,
    /// The token's user.
    TokenUser,
}

/// Whom the token authenticates.
pub static LOGIN: [Rule<Login>; 9] = [
    Rule {
        clause: ClauseId::TokenNone,
        applies: always,
        holds: |s| s.token.is_empty(),
        fragile: |s| s.all.has("token_auth"),
        then: Login::Unchanged,
    },
    Rule {
        clause: ClauseId::SessionOwnToken,
        applies: |s| s.session.is_some(),
        holds: |s| s.session.is_some_and(|session| s.token == format!("${}", session.token)),
        fragile: always,
        then: Login::Unchanged,
    },
    Rule {
        clause: ClauseId::SessionOtherToken,
        applies: |s| s.session.is_some(),
        holds: always,
        fragile: always,
        then: Login::SessionUser,
    },
    Rule {
        clause: ClauseId::TokenAnonymous,
        applies: always,
        holds: |s| s.token == "anonymous",
        fragile: |s| s.token.eq_ignore_ascii_case("anonymous"),
        then: Login::Unchanged,
    },
    Rule { clause: ClauseId::AuthUnknown, applies: always, holds: |s| s.row().is_none(), fragile: never, then: Login::Nobody },
    Rule {
        clause: ClauseId::AuthExpired,
        applies: always,
        holds: |s| s.row().is_some_and(|row| row.kind == TokenKind::Expired),
        fragile: never,
        then: Login::Nobody,
    },
    Rule {
        clause: ClauseId::AuthSecureOnly,
        applies: |s| s.has(Feature::SecureTokens),
        holds: |s| !s.secure && s.row().is_some_and(|row| row.kind == TokenKind::SecureOnly),
        fragile: never,
        then: Login::Nobody,
    },
    Rule {
        clause: ClauseId::AuthPolicySecure,
        applies: |s| s.has(Feature::SecureTokens),
        holds: |s| !s.secure && s.ask.settings.only_secure_tokens,
        fragile: never,
        then: Login::Nobody,
    },
    Rule { clause: ClauseId::AuthAccepted, applies: always, holds: always, fragile: never, then: Login::TokenUser },
];

/// Whether the token's own access level caps the rights of its user (6.0).
pub static CAP: [Rule<()>; 1] = [Rule {
    clause: ClauseId::ScopeCap,
    applies: |s| s.has(Feature::ScopedTokens) && s.row().is_some(),
    holds: |s| s.row().is_some_and(|row| !matches!(row.level.as_deref(), None | Some("" | "superuser"))),
    fragile: always,
    then: (),
}];

/// Takes the token's user, with the rights that the token's own level leaves.
pub fn token_user(s: &mut Situation<'_>, trace: &mut Trace) {
    let Some(row) = s.row() else { return };
    let Some(user) = s.ask.world.user(&row.user) else { return };
    s.who = Who { login: user.login.clone(), rights: user.rights.clone() };
    if trace.stage(&CAP, s).is_some() {
        s.who.rights = s.who.rights.capped(row.level.as_deref(), &s.ask.world.sites);
    }
}
