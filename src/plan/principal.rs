//! Who asks: a name for reports and the token that is sent.

/// A principal of the exhaustive plan.
#[derive(Debug, PartialEq, Eq)]
pub struct Principal {
    /// Name as in case ids.
    pub name: &'static str,
    /// The token sent, as it stands in a URL; `None` where the principal has none.
    pub token: Option<&'static str>,
    /// Short name of the user with a session, where one is needed for cookie carriers.
    pub session: Option<&'static str>,
    /// Whether the token only works where it travels securely.
    pub secure_only: bool,
}

const fn with_token(name: &'static str, token: &'static str) -> Principal {
    Principal { name, token: Some(token), session: None, secure_only: false }
}

const fn user(name: &'static str, token: &'static str) -> Principal {
    Principal { name, token: Some(token), session: Some(name), secure_only: false }
}

const fn secure(name: &'static str, token: &'static str) -> Principal {
    Principal { name, token: Some(token), session: None, secure_only: true }
}

/// All principals, weakest first.
pub static PRINCIPALS: [Principal; 21] = [
    Principal { name: "anonymous", token: None, session: None, secure_only: false },
    with_token("anonymous-token", "anonymous"),
    with_token("invalid", "0123456789abcdef0123456789abcdef"),
    with_token("expired-view", "$TOKEN_VIEW_EXPIRED"),
    with_token("expired-super", "$TOKEN_SUPER_EXPIRED"),
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
];

/// The principal with this name.
pub fn principal(name: &str) -> Option<&'static Principal> {
    PRINCIPALS.iter().find(|principal| principal.name == name)
}
