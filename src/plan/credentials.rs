//! Tokens, sessions and `force_api_session` of a random request.

use quickcheck::{Arbitrary as _, Gen};

use super::arbitrary::{Place, below, chance, pick};
use super::generate::{Draft, Pool, named};
use super::principal::Principal;
use crate::model::World;

pub(super) fn tokens(g: &mut Gen, pool: &Pool, sessions: bool, draft: &mut Draft) {
    let count = match below(g, 100) {
        0..10 => 0,
        10..78 => 1,
        78..95 => 2,
        _ => 3,
    };
    if sessions && chance(g, 18) {
        draft.cookie = Some(pick(g, &pool.sessions).clone());
    }
    // Several tokens are often the same one.
    let same = chance(g, 35);
    let first = token(g, pool, draft);
    for _ in 0..count {
        let value = if same { first.clone() } else { token(g, pool, draft) };
        let place = Place::arbitrary(g);
        // A header is taken to the letter: what is encoded in a URL would be another token there.
        let literal = !value.contains('%');
        match place {
            Place::Url => draft.url.push(format!("token_auth={value}")),
            Place::Body => draft.body.push(format!("token_auth={value}")),
            Place::Header if literal => draft.authorization = Some(format!("Bearer {value}")),
            Place::LowercaseHeader if literal => draft.authorization = Some(format!("bearer {value}")),
            Place::SpacedHeader if literal => draft.authorization = Some(format!("Bearer  {value}")),
            Place::MangledUrl => {
                draft.url.push(format!("{}={value}", pick(g, &["token.auth", "token%20auth", "token[auth", "%20token_auth"])));
            }
            Place::ArrayUrl => draft.url.push("token_auth[]=x".to_owned()),
            Place::ArrayBody => draft.body.push("token_auth[]=x".to_owned()),
            Place::EmptyUrl => draft.url.push("token_auth=".to_owned()),
            Place::EmptyBody => draft.body.push("token_auth=".to_owned()),
            Place::ZeroUrl => draft.url.push("token_auth=0".to_owned()),
            Place::EmptyHeader => draft.authorization = Some("Bearer ".to_owned()),
            Place::Header | Place::LowercaseHeader | Place::SpacedHeader => draft.url.push(format!("token_auth={value}")),
        }
    }
    if chance(g, if draft.cookie.is_some() { 55 } else { 5 }) {
        let value = pick(g, &FORCE);
        let pair = format!("force_api_session={value}");
        if chance(g, 35) { draft.body.push(pair) } else { draft.url.push(pair) }
    }
}

/// What counts for `force_api_session` somewhere, and what nearly does.
const FORCE: [&str; 20] = [
    "1",
    "1",
    "1",
    "true",
    "0",
    "",
    "on",
    "TRUE",
    "1%00",
    "2",
    "01",
    "1.0",
    "1e0",
    "-1",
    "%2B1",
    "%201",
    "%00",
    "0.0",
    "abc",
    "%26%2349%3B",
];

/// A session with tokens and `force_api_session` in URL and body at once: the source that is asked for one of them need not be the
/// source that is asked for the other.
pub(super) fn forced(g: &mut Gen, pool: &Pool, draft: &mut Draft) {
    let user = pick(g, &pool.sessions).clone();
    let own = format!("${}", World::session_token_of(&user));
    draft.cookie = Some(user);
    draft.real = true;
    draft.calls_api = true;
    let rows = pool.real.iter().filter(|row| row.contains("module=API") || (row.contains("needView") && !row.contains("nested")));
    let rows: Vec<&String> = rows.collect();
    let row = (*pick(g, &rows)).clone();
    match row.strip_prefix('?') {
        Some(raw) => draft.url.push(raw.to_owned()),
        None => named(g, &row, true, draft),
    }
    for in_body in [false, true] {
        let mut pairs = match below(g, 10) {
            0..4 => vec![],
            4..8 => vec![format!("token_auth={own}")],
            8 => vec!["token_auth=".to_owned()],
            _ => vec![format!("token_auth={}", token(g, pool, draft))],
        };
        if chance(g, 60) {
            pairs.push(format!("force_api_session={}", pick(g, &FORCE)));
        }
        if in_body { &mut draft.body } else { &mut draft.url }.append(&mut pairs);
    }
}

fn token(g: &mut Gen, pool: &Pool, draft: &Draft) -> String {
    if let Some(user) = draft.cookie.as_ref().filter(|_| chance(g, 35)) {
        return format!("${}", World::session_token_of(user));
    }
    let usual = ["view", "write", "admin", "mixed", "super"];
    let who = if chance(g, 45) {
        let usual: Vec<&'static Principal> = pool.principals.iter().copied().filter(|who| usual.contains(&who.name)).collect();
        *pick(g, &usual)
    } else {
        *pick(g, &pool.principals)
    };
    let token = who.token.unwrap_or("anonymous");
    if draft.calls_api && token.contains('%') { "$TOKEN_VIEW".to_owned() } else { token.to_owned() }
}
