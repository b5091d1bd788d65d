//! Who asks: which token counts, whether a session may authenticate, and as whom the token authenticates.

use super::clause::{Rule, always, never};
use super::parameters::Value;
use super::situation::Source;
use super::{DEAD_SESSIONS, Feature, Situation, TokenKind};

/// Credentials that contradict each other (5.8).
pub static CONFLICT: [Rule<()>; 2] = [
    Rule {
        clause: "token.conflict",
        applies: |s| s.has(Feature::Conflict) && tokens(s).len() > 1,
        holds: |s| {
            let tokens = tokens(s);
            tokens.iter().any(|token| *token != tokens[0])
        },
        near: always,
        then: (),
    },
    Rule {
        clause: "token.conflict-force",
        applies: |s| s.has(Feature::Conflict) && s.url.has("force_api_session") && s.body.has("force_api_session"),
        holds: |s| {
            let truth = |value: Option<&Value>| matches!(value, Some(Value::Text(text)) if { let text = text.replace('\0', ""); text == "1" || text.eq_ignore_ascii_case("true") });
            truth(s.url.get("force_api_session")) != truth(s.body.get("force_api_session"))
        },
        near: always,
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
        clause: "token.header",
        applies: |s| s.has(Feature::DetectedToken) && s.ask.request.authorization.is_some(),
        holds: |s| s.bearer().is_some(),
        near: always,
        then: Source::Header,
    },
    Rule {
        clause: "token.body-over-url",
        applies: |s| s.has(Feature::DetectedToken) && s.body.has("token_auth"),
        holds: |s| !s.body.bare("token_auth").is_empty(),
        near: |s| s.url.has("token_auth"),
        then: Source::Body,
    },
    Rule {
        clause: "token.header-ignored",
        applies: |s| !s.has(Feature::DetectedToken),
        holds: |_| false,
        near: |s| s.ask.request.authorization.is_some(),
        then: Source::Header,
    },
    Rule {
        clause: "token.url-over-body",
        applies: |s| !s.has(Feature::DetectedToken) && s.body.has("token_auth"),
        holds: |s| s.url.has("token_auth"),
        near: always,
        then: Source::Url,
    },
    Rule {
        clause: "token.body",
        applies: |s| !s.has(Feature::DetectedToken),
        holds: |s| s.body.has("token_auth"),
        near: always,
        then: Source::Body,
    },
];

/// Whether a scoped token refuses to work with a session (6.0).
pub static SCOPED_SESSION: [Rule<()>; 1] = [Rule {
    clause: "scope.session",
    applies: |s| s.has(Feature::ScopedTokens) && s.force && s.row().is_some(),
    holds: |s| {
        s.row().is_some_and(|row| {
            !matches!(row.level.as_deref(), None | Some("" | "superuser"))
                && row.kind != TokenKind::Expired
                && (s.secure || (row.kind != TokenKind::SecureOnly && !s.ask.settings.only_secure_tokens))
        })
    },
    near: always,
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
        clause: "session.dead",
        applies: |s| s.ask.request.cookie.as_deref().is_some_and(|cookie| DEAD_SESSIONS.contains(&cookie)),
        holds: always,
        near: always,
        then: Cookie::Ignored,
    },
    Rule {
        clause: "session.api",
        applies: |s| has_cookie(s) && s.is_api(),
        holds: api_session,
        near: |s| s.all.has("force_api_session"),
        then: Cookie::Used,
    },
    Rule {
        clause: "session.not-for-api",
        applies: has_cookie,
        holds: |s| s.is_api(),
        near: |s| s.module.eq_ignore_ascii_case("API"),
        then: Cookie::Ignored,
    },
    Rule {
        clause: "session.not-for-opt-out",
        applies: has_cookie,
        holds: |s| s.module == "CoreAdminHome" && s.action == "optOutJS",
        near: |_| false,
        then: Cookie::Ignored,
    },
    Rule {
        clause: "session.wins-over-token",
        applies: |s| has_cookie(s) && !s.has(Feature::SessionNeedsForce),
        holds: |s| !s.token.is_empty(),
        near: |s| !s.token.is_empty(),
        then: Cookie::Used,
    },
    Rule {
        clause: "session.force",
        applies: |s| s.has(Feature::SessionNeedsForce) && has_cookie(s) && !s.token.is_empty(),
        holds: |s| s.force,
        near: |s| s.all.has("force_api_session"),
        then: Cookie::Used,
    },
    Rule {
        clause: "session.ignored-with-token",
        applies: |s| s.has(Feature::SessionNeedsForce) && has_cookie(s),
        holds: |s| !s.token.is_empty(),
        near: always,
        then: Cookie::Ignored,
    },
    Rule { clause: "session.cookie", applies: has_cookie, holds: always, near: never, then: Cookie::Used },
];

/// An API request may use the session when it brings the session's own token and `force_api_session` in the same source;
/// in the URL only for methods that read.
fn api_session(s: &Situation<'_>) -> bool {
    let own = s.ask.request.cookie.as_deref().and_then(|user| s.ask.world.session(user)).map(|session| format!("${}", session.token));
    let reads = s.all.text("method").split_once('.').is_some_and(|(_, method)| method.starts_with("get"));
    if s.has(Feature::DetectedToken) {
        return s.force && own.as_ref() == Some(&s.token) && (s.secure || reads);
    }
    let with = |source: &super::Parameters| source.text("force_api_session") == "1" && own.as_ref() == Some(&source.text("token_auth"));
    let forced_in_url = s.url.has("force_api_session") && reads;
    if forced_in_url { with(&s.url) } else { with(&s.body) }
}

fn has_cookie(s: &Situation<'_>) -> bool {
    s.ask.request.cookie.as_deref().and_then(|user| s.ask.world.session(user)).is_some()
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
        clause: "token.none",
        applies: always,
        holds: |s| s.token.is_empty(),
        near: |s| s.all.has("token_auth"),
        then: Login::Unchanged,
    },
    Rule {
        clause: "session.own-token",
        applies: |s| s.session.is_some(),
        holds: |s| s.session.is_some_and(|session| s.token == format!("${}", session.token)),
        near: always,
        then: Login::Unchanged,
    },
    Rule { clause: "session.other-token", applies: |s| s.session.is_some(), holds: always, near: always, then: Login::SessionUser },
    Rule {
        clause: "token.anonymous",
        applies: always,
        holds: |s| s.token == "anonymous",
        near: |s| s.token.eq_ignore_ascii_case("anonymous"),
        then: Login::Unchanged,
    },
    Rule { clause: "auth.unknown", applies: always, holds: |s| s.row().is_none(), near: never, then: Login::Nobody },
    Rule {
        clause: "auth.expired",
        applies: always,
        holds: |s| s.row().is_some_and(|row| row.kind == TokenKind::Expired),
        near: never,
        then: Login::Nobody,
    },
    Rule {
        clause: "auth.secure-only",
        applies: |s| s.has(Feature::SecureTokens),
        holds: |s| !s.secure && s.row().is_some_and(|row| row.kind == TokenKind::SecureOnly),
        near: never,
        then: Login::Nobody,
    },
    Rule {
        clause: "auth.policy-secure",
        applies: |s| s.has(Feature::SecureTokens),
        holds: |s| !s.secure && s.ask.settings.only_secure_tokens,
        near: never,
        then: Login::Nobody,
    },
    Rule { clause: "auth.accepted", applies: always, holds: always, near: never, then: Login::TokenUser },
];

/// Whether the token's own access level caps the rights of its user (6.0).
pub static CAP: [Rule<()>; 1] = [Rule {
    clause: "scope.cap",
    applies: |s| s.has(Feature::ScopedTokens) && s.row().is_some(),
    holds: |s| s.row().is_some_and(|row| !matches!(row.level.as_deref(), None | Some("" | "superuser"))),
    near: always,
    then: (),
}];
