//! A small world, and requests in one line.

use std::sync::Arc;

use super::super::catalogue::Catalogue;
use super::super::exchange::{Incoming, Instance};
use super::super::fault::FaultKind;
use super::super::features::Features;
use super::super::pipeline::{self, Answer};
use super::super::world::{Grant, Over, Role, Session, Site, SlotSettings, Token, User, World};

/// Tokens are `token-LOGIN`, sessions have cookie `cookie-LOGIN` and token `session-LOGIN`.
pub fn world() -> World {
    let user = |login: &str, grants: &[(u32, Role)]| User {
        login: login.to_owned(),
        super_user: login == "super",
        grants: grants.iter().map(|&(site, role)| Grant { site, role }).collect(),
    };
    let users = vec![
        user("super", &[]),
        user("nothing", &[]),
        user("view", &[(1, Role::View)]),
        user("write", &[(1, Role::Write)]),
        user("admin", &[(1, Role::Admin)]),
        user("admin2", &[(2, Role::Admin)]),
        user("mixed", &[(1, Role::View), (2, Role::Write)]),
        user("ghost", &[(9, Role::Write)]),
        user("two-factor", &[(1, Role::View)]),
    ];
    let mut tokens: Vec<Token> = users.iter().map(|user| token(&format!("token-{}", user.login), &user.login)).collect();
    for login in ["view", "write", "super"] {
        let expired = token(&format!("expired-{login}"), login);
        tokens.push(Token { expired: true, ..expired });
        let secure = token(&format!("secure-{login}"), login);
        tokens.push(Token { secure_only: true, ..secure });
    }
    for level in ["view", "write", "admin", "superuser", "bogus"] {
        let scoped = token(&format!("scoped-{level}"), "super");
        tokens.push(Token { access_level: Some(level.to_owned()), ..scoped });
    }
    let session = |login: &str| Session {
        cookie: format!("cookie-{login}"),
        login: login.to_owned(),
        token: format!("session-{login}"),
        over: None,
        unverified: false,
    };
    let unverified = Session { unverified: true, ..session("two-factor") };
    let over = |cookie: &str, over| Session { cookie: cookie.to_owned(), over: Some(over), ..session("super") };
    let dead = [
        over("cookie-expired", Over::Expired),
        over("cookie-before-password", Over::PasswordChanged),
        over("cookie-of-nobody", Over::UserGone),
    ];
    World {
        sites: [1, 2].map(|id| Site { id, has_data: true }).to_vec(),
        users,
        tokens,
        sessions: ["view", "write", "super"].map(session).into_iter().chain(dead).chain([unverified]).collect(),
    }
}

fn token(secret: &str, login: &str) -> Token {
    Token { secret: secret.to_owned(), login: login.to_owned(), secure_only: false, expired: false, access_level: None }
}

pub fn instance(release: &str, settings: SlotSettings, fault: Option<FaultKind>) -> Instance {
    Instance {
        features: Features::release(release).unwrap(),
        world: Arc::new(world()),
        catalogue: Arc::new(Catalogue::built_in()),
        settings,
        fault,
    }
}

/// `GET query`.
pub fn get(query: &str) -> Incoming {
    Incoming { method: "GET".to_owned(), query: query.as_bytes().to_vec(), ..Incoming::default() }
}

/// `POST query` with an urlencoded body.
pub fn post(query: &str, body: &str) -> Incoming {
    Incoming {
        method: "POST".to_owned(),
        content_type: "application/x-www-form-urlencoded".to_owned(),
        body: body.as_bytes().to_vec(),
        ..get(query)
    }
}

pub fn bearer(incoming: Incoming, token: &str) -> Incoming {
    Incoming { authorization: Some(format!("Bearer {token}")), ..incoming }
}

pub fn cookie(incoming: Incoming, login: &str) -> Incoming {
    Incoming { cookie: format!("a=b; MATOMO_SESSID=cookie-{login}"), ..incoming }
}

pub fn xhr(incoming: Incoming) -> Incoming {
    Incoming { xhr: true, ..incoming }
}

/// The answer in one word, by page structure: what the tables of these tests compare.
pub fn word(answer: &Answer) -> String {
    verdict(answer.page.status, &answer.page.body)
}

pub fn verdict(status: u16, body: &str) -> String {
    let body = body.replace("This user has super user", "This user has super-user");
    let what = if body.contains("<h2>This user has super-user")
        || body.starts_with("<div class='alert alert-danger'><strong>Error:</strong> This user has super")
    {
        "too-high"
    } else if body.contains("<h2>This user has at least some write")
        || body.starts_with("<div class='alert alert-danger'><strong>Error:</strong> This user has at least")
    {
        "view-required"
    } else if body.contains("<body id=\"simple\"") || body.starts_with("<div class='alert") {
        "error"
    } else if body.contains("<body id=\"loginPage\"") || body.starts_with("<div class=\"alert") {
        "login"
    } else if body.contains("A fatal error occurred") {
        "fatal"
    } else if status == 302 {
        "redirect"
    } else if body.contains("conformance-dry") {
        "dry"
    } else if body.contains("error message") || body.contains("\"result\":\"error\"") {
        "api-error"
    } else {
        "ok"
    };
    format!("{status} {what}")
}

/// Asks and gives the word.
pub fn ask(at: &Instance, incoming: &Incoming) -> String {
    word(&pipeline::answer(at, incoming))
}

/// Asks and gives the probe's header.
pub fn probe(at: &Instance, incoming: &Incoming) -> serde_json::Value {
    serde_json::from_str(&pipeline::answer(at, incoming).probe).unwrap()
}
