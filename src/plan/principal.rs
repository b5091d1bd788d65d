//! Who asks: a name for reports and the token that is sent.

use crate::model::{Feature, Features, SECOND_FACTOR_USER};

/// A token of the right length and letters that nobody has.
pub const NOBODYS_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A principal of the exhaustive plan.
#[derive(Debug, PartialEq, Eq)]
pub struct Principal {
    /// Name as in case ids.
    pub name: &'static str,
    /// The token sent, as it stands in a URL; `None` where the principal has none.
    pub token: Option<&'static str>,
    /// Short name of the user with a session, where one is needed for cookie carriers.
    pub session: Option<&'static str>,
    /// What a release must have for the principal to be anybody of their own.
    pub needs: Option<Feature>,
    /// Whether no Matomo accepts the token: nobody has it, or it has expired.
    pub is_worthless: bool,
    /// Whether it is there for one rule: crossed with nothing but what is about that, and drawn by no search.
    pub stands_apart: bool,
}

impl Principal {
    /// Whether the principal is somebody of their own in a release.
    pub fn exists_in(&self, features: &Features) -> bool {
        self.needs.is_none_or(|feature| features.has(feature))
    }
}

const fn nobody(name: &'static str) -> Principal {
    Principal { name, token: None, session: None, needs: None, is_worthless: false, stands_apart: false }
}

const fn with_token(name: &'static str, token: &'static str) -> Principal {
    Principal { token: Some(token), ..nobody(name) }
}

const fn user(name: &'static str, token: &'static str) -> Principal {
    Principal { session: Some(name), ..with_token(name, token) }
}

const fn secure(name: &'static str, token: &'static str) -> Principal {
    Principal { needs: Some(Feature::SecureTokens), ..with_token(name, token) }
}

const fn worthless(name: &'static str, token: &'static str) -> Principal {
    Principal { is_worthless: true, ..with_token(name, token) }
}

/// A token with an access level of its own.
const fn scoped(name: &'static str, token: &'static str) -> Principal {
    Principal { needs: Some(Feature::ScopedTokens), ..with_token(name, token) }
}

/// All principals, weakest first, those of few releases at the end.
pub static PRINCIPALS: [Principal; 34] = [
    nobody("anonymous"),
    with_token("anonymous-token", "anonymous"),
    // Up to 5.3 entities in a token were decoded, which makes it the token "anonymous".
    with_token("anonymous-with-entity", "%26%2397%3Bnonymous"),
    worthless("invalid", NOBODYS_TOKEN),
    worthless("expired-view", "$TOKEN_VIEW_EXPIRED"),
    worthless("expired-super", "$TOKEN_SUPER_EXPIRED"),
    user("no-access", "$TOKEN_NO_ACCESS"),
    user("view", "$TOKEN_VIEW"),
    with_token("view-elsewhere", "$TOKEN_VIEW_ELSEWHERE"),
    user("write", "$TOKEN_WRITE"),
    user("admin", "$TOKEN_ADMIN"),
    with_token("admin-elsewhere", "$TOKEN_ADMIN_ELSEWHERE"),
    user("mixed", "$TOKEN_MIXED"),
    with_token("ghost-write", "$TOKEN_GHOST_WRITE"),
    user("super", "$TOKEN_SUPER"),
    secure("secure-view", "$TOKEN_VIEW_SECURE"),
    secure("secure-write", "$TOKEN_WRITE_SECURE"),
    secure("secure-admin", "$TOKEN_ADMIN_SECURE"),
    secure("secure-super", "$TOKEN_SUPER_SECURE"),
    with_token("view-with-space", "$TOKEN_VIEW%20"),
    with_token("view-with-nul", "$TOKEN_VIEW%00"),
    with_token("super-with-nul", "$TOKEN_SUPER%00"),
    scoped("write-scoped-view", "$TOKEN_WRITE_SCOPED_VIEW"),
    scoped("write-scoped-admin", "$TOKEN_WRITE_SCOPED_ADMIN"),
    scoped("write-scoped-bogus", "$TOKEN_WRITE_SCOPED_BOGUS"),
    scoped("admin-scoped-view", "$TOKEN_ADMIN_SCOPED_VIEW"),
    scoped("admin-scoped-write", "$TOKEN_ADMIN_SCOPED_WRITE"),
    scoped("admin-scoped-superuser", "$TOKEN_ADMIN_SCOPED_SUPERUSER"),
    scoped("super-scoped-view", "$TOKEN_SUPER_SCOPED_VIEW"),
    scoped("super-scoped-write", "$TOKEN_SUPER_SCOPED_WRITE"),
    scoped("super-scoped-admin", "$TOKEN_SUPER_SCOPED_ADMIN"),
    scoped("super-scoped-superuser", "$TOKEN_SUPER_SCOPED_SUPERUSER"),
    scoped("super-scoped-bogus", "$TOKEN_SUPER_SCOPED_BOGUS"),
    Principal { stands_apart: true, ..user(SECOND_FACTOR_USER, "$TOKEN_TWO_FACTOR") },
];

/// The principals that plans cross with everything and searches draw.
pub fn everybody() -> Vec<&'static Principal> {
    PRINCIPALS.iter().filter(|principal| !principal.stands_apart).collect()
}

/// The principal with this name.
pub fn principal(name: &str) -> Option<&'static Principal> {
    PRINCIPALS.iter().find(|principal| principal.name == name)
}
