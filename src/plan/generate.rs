//! Random inputs: structured ones, put together from what means something, and unstructured ones, raw bytes changed at random.

use quickcheck::{Arbitrary as _, Gen};

use super::arbitrary::{Grants, Spelling, below, chance, pick};
use super::credentials::{forced, tokens};
use super::input::Input;
use super::principal::{Principal, everybody};
use super::random_settings;
use super::requested::{aliases, real_targets};
use crate::model::{Body, Dispatch, Features, Method, Names, Request, SECOND_FACTOR_USER, Settings, World};

/// How an input is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    /// From pieces that mean something.
    Structured,
    /// By changing raw bytes.
    Unstructured,
}

impl Generation {
    /// Name as in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Structured => "structured",
            Self::Unstructured => "unstructured",
        }
    }
}

/// What random inputs may be made of on a target.
#[derive(Clone, Debug)]
pub struct Pool {
    endpoints: Vec<String>,
    aliases: Vec<String>,
    pub(super) real: Vec<String>,
    slots: Vec<String>,
    pub(super) principals: Vec<&'static Principal>,
    pub(super) sessions: Vec<String>,
    users: Vec<String>,
    /// Whether inputs may have settings and rights of their own.
    pub own_settings: bool,
}

impl Pool {
    /// For a Matomo with these names.
    pub fn new(names: &Names, features: &Features, world: &World, slots: &[&'static str]) -> Self {
        Self {
            endpoints: names.endpoints.keys().cloned().collect(),
            aliases: aliases(names),
            real: real_targets(),
            slots: slots.iter().map(|slot| (*slot).to_owned()).collect(),
            principals: everybody().into_iter().filter(|who| who.exists_in(features)).collect(),
            sessions: world.sessions.iter().filter(|session| !session.owes_second_factor).map(|session| session.user.clone()).collect(),
            users: world.users.iter().map(|user| user.name.clone()).filter(|name| name != SECOND_FACTOR_USER).collect(),
            own_settings: false,
        }
    }
}

/// Settings and rights that many inputs share, and the endpoints they are about.
#[derive(Clone, Debug)]
pub struct State {
    settings: Option<Settings>,
    grants: std::collections::BTreeMap<String, String>,
    near: Vec<String>,
}

/// Makes inputs; the same seed makes the same ones.
pub struct Generator {
    random: Gen,
    pool: Pool,
}

impl Generator {
    /// For a pool.
    pub fn new(pool: Pool, seed: u64) -> Self {
        Self { random: Gen::from_size_and_seed(20, seed), pool }
    }

    /// Something to share.
    pub fn state(&mut self) -> State {
        let (g, pool) = (&mut self.random, &self.pool);
        let mut near: Vec<String> = (0..3).map(|_| pick(g, &pool.endpoints).clone()).collect();
        near.push(
            (*pick(g, &["ConformanceProbe.needNothing", "ConformanceProbe.needView", "Widgetize.iframe", "CoreHome.index"])).to_owned(),
        );
        let settings = pool.own_settings.then(|| random_settings::settings(g, &near, &pool.endpoints));
        let mut grants = std::collections::BTreeMap::new();
        if settings.is_some() && chance(g, 40) {
            for _ in 0..=below(g, 3) {
                grants.insert(pick(g, &pool.users).clone(), Grants::arbitrary(g).0);
            }
        }
        State { settings, grants, near }
    }

    /// The next input.
    pub fn next(&mut self, state: &State) -> (Generation, Input) {
        if chance(&mut self.random, 30) {
            let base = self.structured(state, true);
            (Generation::Unstructured, self.damage(base))
        } else {
            (Generation::Structured, self.structured(state, false))
        }
    }

    fn structured(&mut self, state: &State, dry: bool) -> Input {
        let (g, pool) = (&mut self.random, &self.pool);
        let mut input = Input::default();
        if state.settings.is_some() && chance(g, 65) {
            input.settings.clone_from(&state.settings);
            input.grants.clone_from(&state.grants);
        } else {
            input.slot = Some(pick(g, &pool.slots).clone());
        }
        // The second schema has no sessions: they belong to the database.
        let sessions = input.slot.as_deref() != Some("anonymous-view");
        let mut draft = Draft::default();
        let share = if input.settings.is_some() { 45 } else { 20 };
        if sessions && !dry && chance(g, 10) {
            forced(g, pool, &mut draft);
        } else {
            target(g, pool, &state.near, (share, dry), &mut draft);
            tokens(g, pool, sessions, &mut draft);
        }
        beside(g, &mut draft);
        input.request = draft.request(g);
        input
    }

    /// Changes raw bytes; placeholders stay whole, for what stands behind them is not known here.
    fn damage(&mut self, mut input: Input) -> Input {
        let g = &mut self.random;
        input.request.dispatch = Dispatch::Dry;
        for _ in 0..=below(g, 5) {
            let mut other = input.clone();
            match &mut other.request.body {
                Some(Body::Form(text)) if chance(g, 35) => *text = edit(g, text),
                _ => other.request.query = edit(g, &other.request.query),
            }
            if is_fair(&other) {
                input = other;
            }
        }
        input
    }
}

/// Whether model and classifier can be asked: a placeholder is a text of its own for the model, so it has to be a token's value; and of
/// an API method with an array as action nobody tells whether the gate was passed.
fn is_fair(input: &Input) -> bool {
    let request = &input.request;
    let body = request.body.as_ref().map_or("", Body::text);
    let pairs = || request.query.split('&').chain(body.split('&'));
    let tokens = pairs().filter(|pair| pair.contains('$')).all(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !name.contains('$') && name.contains("token")
    });
    let brackets = |pair: &str| pair.contains(['[', ']']) || pair.to_ascii_lowercase().contains("%5b");
    let method = pairs().any(|pair| pair.contains("ethod"));
    tokens && !(method && pairs().any(brackets)) && !(method && pairs().any(may_be_api))
}

/// Whether a parameter may make an API request, in whatever spelling.
fn may_be_api(pair: &str) -> bool {
    pair.split_once('=').is_some_and(|(name, value)| name.contains("odule") && (value.starts_with(['A', 'a', '%'])))
}

/// Where a request may say that it comes from: a page of another site, one of Matomo's own, and no address at all.
const REFERRERS: [&str; 4] =
    ["https://www.example.org/page?x=1", "http://127.0.0.1/index.php?module=CoreHome&action=index&token_auth=anonymous", "about:blank", ""];

/// Browsers and programs that Matomo supports; an old browser is refused before anybody is asked who they are.
const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Googlebot/2.1 (+http://www.google.com/bot.html)",
    "curl/8.16.0",
    "x",
];

/// What stands in URL, body and headers so far.
#[derive(Default)]
pub(super) struct Draft {
    pub url: Vec<String>,
    pub body: Vec<String>,
    pub authorization: Option<String>,
    pub cookie: Option<String>,
    pub real: bool,
    /// What API calls make of misspelled tokens belongs to no gate.
    pub calls_api: bool,
}

impl Draft {
    fn request(self, g: &mut Gen) -> Request {
        let mut request = Request {
            query: self.url.join("&"),
            authorization: self.authorization,
            cookie: self.cookie,
            xhr: chance(g, 25),
            referrer: chance(g, 8).then(|| (*pick(g, &REFERRERS)).to_owned()),
            agent: chance(g, 8).then(|| (*pick(g, &AGENTS)).to_owned()),
            dispatch: if self.real { Dispatch::Real } else { Dispatch::Dry },
            ..Request::default()
        };
        if !self.body.is_empty() || chance(g, 6) {
            let text = if self.body.is_empty() { "x=1".to_owned() } else { self.body.join("&") };
            request.method = Method::Post;
            request.body = Some(match below(g, 100) {
                0..86 => Body::Form(text),
                86..93 => Body::Multipart(text),
                93..96 => Body::Json(format!("{{\"{}\":1}}", text.split('=').next().unwrap_or_default())),
                _ => {
                    request.method = Method::Put;
                    Body::Form(text)
                }
            });
        } else if !self.real && chance(g, 5) {
            // Without a body only the probe tells, and it does not see what a controller refuses.
            request.method = Method::Head;
        }
        request
    }
}

/// What is asked for: so many of a hundred near the list, real requests only where that is safe.
fn target(g: &mut Gen, pool: &Pool, near: &[String], (share, dry): (usize, bool), draft: &mut Draft) {
    if chance(g, share) {
        let name = pick(g, near).clone();
        return named(g, &name, false, draft);
    }
    let raw = match below(g, 100) {
        0..18 => {
            let name = pick(g, &pool.endpoints).clone();
            return named(g, &name, false, draft);
        }
        18..60 if !dry => {
            draft.real = true;
            let framed: Vec<&String> = pool.real.iter().filter(|row| row.contains("Widgetize")).collect();
            if chance(g, 20) { (*pick(g, &framed)).clone() } else { pick(g, &pool.real).clone() }
        }
        18..40 => (*pick(g, &["API.index", "API.listAllMethods", "Widgetize.iframe", "ConformanceProbe.needNothing"])).to_owned(),
        _ => pick(g, &pool.aliases).clone(),
    };
    draft.calls_api = draft.real && (raw.contains("nested") || raw.contains("module=API"));
    match raw.strip_prefix('?') {
        None => named(g, &raw, draft.real, draft),
        Some(raw) => {
            let (query, body) = raw.split_once('|').unwrap_or((raw, ""));
            draft.url.extend(query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned));
            draft.body.extend(body.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned));
        }
    }
}

/// Module and action of an endpoint, each in a spelling of its own.
pub(super) fn named(g: &mut Gen, endpoint: &str, real: bool, draft: &mut Draft) {
    let (module, action) = endpoint.split_once('.').unwrap_or((endpoint, ""));
    for (name, value, other) in [("module", module, "ConformanceProbe"), ("action", action, "needNothing")] {
        let mut spelling = Spelling::arbitrary(g);
        if real && !Spelling::KEEPING.contains(&spelling) {
            spelling = Spelling::Plain;
        }
        spell(g, spelling, name, value, other, draft);
    }
}

fn spell(g: &mut Gen, spelling: Spelling, name: &str, value: &str, other: &str, draft: &mut Draft) {
    let at = below(g, value.chars().count());
    let one = |write: &dyn Fn(char) -> String| -> String {
        value.chars().enumerate().map(|(index, letter)| if index == at { write(letter) } else { letter.to_string() }).collect()
    };
    let turned = |letter: char| if letter.is_uppercase() { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() };
    let url = &mut draft.url;
    let mut set = |value: &str| url.push(format!("{name}={value}"));
    match spelling {
        Spelling::Plain => set(value),
        Spelling::Percent => set(&one(&|letter| format!("%{:02X}", u32::from(letter)))),
        Spelling::Entity => set(&one(&|letter| format!("%26%23{}%3B", u32::from(letter)))),
        Spelling::Nul => set(&one(&|letter| format!("{letter}%00"))),
        Spelling::Twice => {
            set(other);
            set(value);
        }
        Spelling::TwiceReversed => {
            set(value);
            set(other);
        }
        Spelling::DoublePercent => set(&one(&|letter| format!("%25{:02X}", u32::from(letter)))),
        Spelling::OtherCase => set(&if chance(g, 50) { value.to_uppercase() } else { value.to_lowercase() }),
        Spelling::OtherFirstLetter => {
            set(&value.chars().enumerate().map(|(index, letter)| if index == 0 { turned(letter) } else { letter }).collect::<String>());
        }
        Spelling::SpaceBehind => set(&format!("{value}{}", pick(g, &["%20", "+", "%09", "%0a"]))),
        Spelling::SpaceBefore => set(&format!("%20{value}")),
        Spelling::Shorter => set(&value[..value.len().saturating_sub(1)]),
        Spelling::Longer => set(&format!("{value}{}", pick(g, &["x", ".x", "%2e", "[]"]))),
        Spelling::Escaped => set(&format!("{value}{}", pick(g, &["%26x", "%27x", "%22", "%3Cb%3E"]))),
        Spelling::Empty => set(""),
        Spelling::Zero => set("0"),
        Spelling::Missing => {}
        Spelling::Array => draft.url.push(format!("{name}[]={value}")),
        Spelling::InBody => draft.body.push(format!("{name}={value}")),
        Spelling::OtherInBody => {
            set(value);
            draft.body.push(format!("{name}={other}"));
        }
        Spelling::MangledName => draft.url.push(format!("%20{name}={value}")),
    }
}

/// Parameters that decide little or nothing.
fn beside(g: &mut Gen, draft: &mut Draft) {
    if chance(g, 20) && !draft.url.iter().any(|pair| pair.starts_with("idSite")) {
        draft.url.push("idSite=2".to_owned());
    }
    if chance(g, 12) {
        draft.url.push((*pick(g, &["x=1", "widget=1", "disableLink=1", "a[]=b", "=", "&"])).to_owned());
    }
    // Of an API method with an array as action nobody tells whether the gate was passed.
    let array = draft.url.iter().chain(&draft.body).any(|pair| pair.starts_with("action["));
    let api = draft.url.iter().chain(&draft.body).any(|pair| may_be_api(pair));
    if !draft.real && !array && !api && chance(g, 6) {
        draft.url.push("method=API.getMatomoVersion".to_owned());
    }
    // PHP takes parameters in any order.
    if chance(g, 30) && !draft.url.is_empty() {
        let at = below(g, draft.url.len());
        // Of two with one name the last counts, so only what stands alone may move.
        let name = |pair: &str| pair.split(['=', '[']).next().unwrap_or_default().to_owned();
        let moved = name(&draft.url[at]);
        if draft.url.iter().filter(|pair| name(pair) == moved).count() == 1 {
            let pair = draft.url.remove(at);
            draft.url.insert(0, pair);
        }
    }
}

/// Pieces that are put into raw bytes.
const PIECES: [&str; 28] = [
    "&",
    "=",
    "[",
    "]",
    "%",
    ".",
    "+",
    ";",
    "%00",
    "%20",
    "%26",
    "%3D",
    "%5B%5D",
    "[]",
    "[0]",
    "%2e",
    "%25",
    "%zz",
    "%ff",
    "%c3%a9",
    "0",
    "index",
    "&action=",
    "&module=",
    "&module=API",
    "&action[]=",
    "&token_auth=",
    "&amp;",
];

/// One change to raw bytes.
fn edit(g: &mut Gen, text: &str) -> String {
    let units = units(text);
    if units.is_empty() {
        return (*pick(g, &PIECES)).to_owned();
    }
    let at = below(g, units.len());
    let mut out: Vec<String> = units.iter().map(|unit| (*unit).to_owned()).collect();
    let secret = out[at].starts_with('$');
    match below(g, 8) {
        0 if !secret => {
            out.remove(at);
        }
        1 => {
            let again = out[at].clone();
            out.insert(at, again);
        }
        2 if !secret => (*pick(g, &PIECES)).clone_into(&mut out[at]),
        3 if !secret => {
            let turned = |letter: char| if letter.is_uppercase() { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() };
            out[at] = out[at].chars().map(turned).collect();
        }
        4 if !secret => {
            // What is escaped already stays so.
            if out[at].len() == 1 && out[at] != "%" {
                out[at] = format!("%{:02x}", out[at].as_bytes()[0]);
            }
        }
        5 => {
            let end = below(g, units.len());
            out.truncate(end.max(1));
        }
        // Overlong names are a rule of their own, which came with some release and is not in the model.
        6 if chance(g, 10) => out.push(format!("&x={}", "a".repeat(2000))),
        _ => out.insert(at, (*pick(g, &PIECES)).to_owned()),
    }
    out.concat()
}

/// A text in units that may be changed: characters, and placeholders as a whole.
fn units(text: &str) -> Vec<&str> {
    let mut units = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let mut len = first.len_utf8();
        if first == '$' {
            len += rest[1..].bytes().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_').count();
        }
        let (unit, behind) = rest.split_at(len);
        units.push(unit);
        rest = behind;
    }
    units
}
