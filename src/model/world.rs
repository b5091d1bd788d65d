//! The world of a run: sites, users with their grants, tokens and sessions. Secrets are not part of it: a token is
//! known by its placeholder (`TOKEN_VIEW`), and only the sender of requests knows the value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Rights, Role};

/// A site that does not exist.
const GHOST_SITE: u32 = 99;

/// A user and what was granted to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Short name as in case ids, such as `view`.
    pub name: String,
    /// Login in Matomo.
    pub login: String,
    /// Rights on the sites.
    pub rights: Rights,
    /// Grants on sites that do not exist, which give no right (left behind where a site was deleted).
    #[serde(default)]
    pub ghosts: BTreeMap<u32, Role>,
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// Valid however it travels.
    Any,
    /// Valid only where it travels securely.
    SecureOnly,
    /// Valid until yesterday.
    Expired,
}

/// A token of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Name that stands for the value everywhere, such as `TOKEN_VIEW`.
    pub placeholder: String,
    /// Short name of its user.
    pub user: String,
    /// What it is good for.
    pub kind: TokenKind,
    /// Access level of the token itself (6.0); `None` inherits.
    pub level: Option<String>,
}

/// A logged-in session of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Short name of its user.
    pub user: String,
    /// Placeholder of the session's own token, such as `SESSION_TOKEN_VIEW`.
    pub token: String,
    /// Placeholder of the cookie's value, such as `SESSION_VIEW`.
    pub cookie: String,
    /// Whether its user has a second factor that it has not passed.
    #[serde(default)]
    pub owes_second_factor: bool,
}

/// Short name of the user who has a second factor, which the session of a run has not passed.
pub const SECOND_FACTOR_USER: &str = "two-factor";

/// Stands for a user where a session cookie without a value is sent.
pub const NOBODY: &str = "nobody";

/// Sessions that were opened and must not authenticate any more: one that has expired, one that began before its user's
/// password was changed, and one of a user who is gone. Each is there three times, since asking for one ends it for good.
pub const DEAD_SESSIONS: [&str; 9] = [
    "expired",
    "expired-xhr",
    "expired-post",
    "before-password",
    "before-password-xhr",
    "before-password-post",
    "of-nobody",
    "of-nobody-xhr",
    "of-nobody-post",
];

/// Everybody and everything that can be named in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// Ids of the existing sites.
    pub sites: Vec<u32>,
    /// Users.
    pub users: Vec<User>,
    /// Tokens of the users.
    pub tokens: Vec<Token>,
    /// Sessions of the users.
    pub sessions: Vec<Session>,
}

impl World {
    /// The world that every run provisions: two sites and users at every access level.
    pub fn standard() -> Self {
        let sites = vec![1, 2];
        let mixed = Rights { superuser: false, roles: [(1, Role::View), (2, Role::Write)].into() };
        let users: Vec<User> = [
            ("no-access", Rights::none()),
            ("view", Rights::on([1, 2], Role::View)),
            ("view-elsewhere", Rights::on([2], Role::View)),
            ("write", Rights::on([1, 2], Role::Write)),
            ("admin", Rights::on([1, 2], Role::Admin)),
            ("admin-elsewhere", Rights::on([2], Role::Admin)),
            ("mixed", mixed),
            ("ghost-write", Rights::on([1, 2], Role::View)),
            ("super", Rights::all()),
            (SECOND_FACTOR_USER, Rights::on([1, 2], Role::View)),
        ]
        .into_iter()
        .map(|(name, rights)| User { name: name.to_owned(), login: format!("conformance-{name}"), rights, ghosts: ghosts(name) })
        .collect();
        let mut tokens = Vec::new();
        for user in &users {
            let mut add = |suffix: &str, kind, level: Option<&str>| {
                tokens.push(Token {
                    placeholder: format!("TOKEN_{}{suffix}", shout(&user.name)),
                    user: user.name.clone(),
                    kind,
                    level: level.map(str::to_owned),
                });
            };
            add("", TokenKind::Any, None);
            if ["view", "write", "admin", "super"].contains(&user.name.as_str()) {
                add("_SECURE", TokenKind::SecureOnly, None);
                add("_EXPIRED", TokenKind::Expired, None);
            }
            if ["write", "admin", "super"].contains(&user.name.as_str()) {
                for level in ["view", "write", "admin", "superuser", "bogus"] {
                    add(&format!("_SCOPED_{}", shout(level)), TokenKind::Any, Some(level));
                }
            }
        }
        let sessions = users
            .iter()
            .filter(|user| !user.name.ends_with("elsewhere") && user.ghosts.is_empty())
            .map(|user| Session {
                user: user.name.clone(),
                token: Self::session_token_of(&user.name),
                cookie: Self::cookie_of(&user.name),
                owes_second_factor: user.name == SECOND_FACTOR_USER,
            })
            .collect();
        Self { sites, users, tokens, sessions }
    }

    /// The user with this short name.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// The token behind a placeholder.
    pub fn token(&self, placeholder: &str) -> Option<&Token> {
        self.tokens.iter().find(|token| token.placeholder == placeholder)
    }

    /// Placeholder of the cookie of a user's session, or of one of the `DEAD_SESSIONS`, such as `SESSION_EXPIRED_XHR`.
    pub fn cookie_of(name: &str) -> String {
        format!("SESSION_{}", shout(name))
    }

    /// Placeholder of the token of a user's session, such as `SESSION_TOKEN_VIEW`.
    pub fn session_token_of(name: &str) -> String {
        format!("SESSION_TOKEN_{}", shout(name))
    }

    /// The session of a user.
    pub fn session(&self, user: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.user == user)
    }
}

/// What is left of a deleted site: write access for one user.
fn ghosts(name: &str) -> BTreeMap<u32, Role> {
    if name == "ghost-write" { [(GHOST_SITE, Role::Write)].into() } else { BTreeMap::new() }
}

/// `view-elsewhere` as in an environment variable: `VIEW_ELSEWHERE`.
fn shout(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}
