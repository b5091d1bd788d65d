//! Properties over the whole input space: releases, settings, raw requests, tokens, cookies.

#![expect(clippy::needless_pass_by_value, reason = "quickcheck hands its arguments over")]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use quickcheck::{Arbitrary, Gen, TestResult};
use quickcheck_macros::quickcheck;

use super::support::{features, names};
use crate::model::{
    Allowlist, Answer, Ask, Body, ClauseId, Decision, Delivery, Dispatch, Entry, Feature, Features, Form, Method, Names, Reason, Request,
    Settings, Situation, Ways, World, decide, explain,
};

static WORLD: LazyLock<World> = LazyLock::new(World::standard);
static NAMES: LazyLock<Names> = LazyLock::new(names);

const RELEASES: [&str; 11] = ["4.0.3", "4.2.1", "4.15.1", "5.2", "5.2+list", "5.4+list", "5.4", "5.7", "5.8", "5.13", "6.0"];

/// Text that is not far from what matters, or anything at all.
fn word(g: &mut Gen) -> String {
    const PARTS: [&str; 28] = [
        "API",
        "api",
        "index",
        "Index",
        "CoreHome",
        "VisitsSummary",
        "Widgetize",
        "iframe",
        "ConformanceProbe",
        "needView",
        "nested",
        "Referers",
        "getAll",
        "UserCountry",
        "GetCountry",
        "Login",
        "logout",
        "%00",
        "%26%2365%3B",
        "&#65;",
        "%2541",
        "%20",
        "+",
        "0",
        "1",
        "",
        ".",
        "'",
    ];
    match u8::arbitrary(g) % 10 {
        0 => encoded(g),
        1 => String::arbitrary(g),
        2 => format!("{}{}", pick(g, &PARTS), pick(g, &PARTS)),
        _ => pick(g, &PARTS).to_owned(),
    }
}

/// Any bytes, percent-encoded, NUL and broken UTF-8 included.
fn encoded(g: &mut Gen) -> String {
    Vec::<u8>::arbitrary(g).iter().take(12).fold(String::new(), |text, byte| format!("{text}%{byte:02x}"))
}

fn pick<T: Copy>(g: &mut Gen, from: &[T]) -> T {
    *g.choose(from).expect("something to choose from")
}

/// A name as it is or as PHP turns it into it.
fn mangled(g: &mut Gen, name: &str) -> String {
    match u8::arbitrary(g) % 12 {
        0 => name.replace('_', "."),
        1 => name.replace('_', "%20"),
        2 => name.replace('_', "["),
        3 => format!("%20{name}"),
        4 => format!("{name}[]"),
        5 => format!("{name}%00x"),
        6 => name.to_uppercase(),
        _ => name.to_owned(),
    }
}

/// Tokens of users who may at most view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tokens {
    Any,
    AtMostView,
}

fn token(g: &mut Gen, tokens: Tokens) -> String {
    const OTHER: [&str; 6] = ["anonymous", "", "0", "0123456789abcdef", "$TOKEN_VIEW", "$TOKEN_VIEW"];
    if u8::arbitrary(g).is_multiple_of(4) {
        return pick(g, &OTHER).to_owned();
    }
    let harmless = |user: &str| matches!(user, "view" | "view-elsewhere" | "no-access");
    let known: Vec<&str> = WORLD
        .tokens
        .iter()
        .filter(|token| tokens == Tokens::Any || harmless(&token.user))
        .map(|token| token.placeholder.as_str())
        .chain(
            WORLD.sessions.iter().filter(|session| tokens == Tokens::Any || harmless(&session.user)).map(|session| session.token.as_str()),
        )
        .collect();
    let ending = pick(g, &["", "", "", "", "", "", "%00", "%20"]);
    format!("${}{ending}", pick(g, &known))
}

fn endpoint(g: &mut Gen) -> (String, String) {
    if u8::arbitrary(g).is_multiple_of(3) {
        return (word(g), word(g));
    }
    let known: Vec<&str> = NAMES.endpoints.keys().map(String::as_str).collect();
    let (module, action) = pick(g, &known).split_once('.').unwrap_or_default();
    (module.to_owned(), action.to_owned())
}

/// A query string or body: mostly pairs that matter, sometimes anything.
fn pairs(g: &mut Gen, tokens: Tokens) -> String {
    match u8::arbitrary(g) % 20 {
        0 => return String::arbitrary(g),
        1 => return encoded(g),
        _ => {}
    }
    let (module, action) = endpoint(g);
    let mut pairs = Vec::new();
    let mut add = |g: &mut Gen, of_four: u8, name: &str, value: String| {
        if u8::arbitrary(g) % 4 < of_four {
            pairs.push(format!("{}={value}", mangled(g, name)));
        }
    };
    add(g, 3, "module", module);
    add(g, 3, "action", action);
    let value = token(g, tokens);
    add(g, 3, "token_auth", value);
    let value = pick(g, &["1", "true", "0", "abc", ""]).to_owned();
    add(g, 1, "force_api_session", value);
    let value = pick(g, &["ConformanceProbe.getNeedView", "ConformanceProbe.postNeedView", "ConformanceProbe.getRights", "x"]).to_owned();
    add(g, 1, "method", value);
    let (module, action) = endpoint(g);
    add(g, 1, "moduleToWidgetize", module);
    add(g, 1, "actionToWidgetize", action);
    let value = pick(g, &["1", "2", "3", "x"]).to_owned();
    add(g, 1, "idSite", value);
    let value = token(g, tokens);
    if u8::arbitrary(g).is_multiple_of(8) {
        pairs.push(format!("token_auth={value}"));
    }
    pairs.join("&")
}

/// What a page of Matomo sends in the background: an API call with the session's own token. Chance alone hardly ever finds it.
fn own_session(g: &mut Gen, tokens: Tokens) -> Request {
    let harmless = |user: &str| matches!(user, "view" | "no-access");
    let sessions: Vec<_> = WORLD.sessions.iter().filter(|session| tokens == Tokens::Any || harmless(&session.user)).collect();
    let session = pick(g, &sessions);
    let own = format!("token_auth=${}&force_api_session={}", session.token, pick(g, &["1", "1", "0"]));
    let method = pick(g, &["ConformanceProbe.getNeedView", "ConformanceProbe.postNeedView"]);
    let framed = "module=Widgetize&action=iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needView".to_owned();
    let query = pick(g, &[&format!("module=API&method={method}&format=json"), &framed, &"module=CoreHome&action=index".to_owned()]).clone();
    let cookie = Some(session.user.clone());
    if bool::arbitrary(g) {
        return Request { query: format!("{query}&{own}"), cookie, dispatch: Dispatch::Real, ..Request::default() };
    }
    Request { method: Method::Post, query, body: Some(Body::Form(own)), cookie, dispatch: Dispatch::Real, ..Request::default() }
}

/// Several API calls in one request, each with credentials of its own or without.
fn bulk(g: &mut Gen, tokens: Tokens) -> Request {
    let mut request = own_session(g, tokens);
    let mut query = "module=API&method=API.getBulkRequest&format=json".to_owned();
    for _ in 0..=u8::arbitrary(g) % 3 {
        query.push_str("&urls[]=method%3DConformanceProbe.getRights");
        if bool::arbitrary(g) {
            query.push_str("%26token_auth%3D");
            query.push_str(&token(g, tokens));
        }
        if bool::arbitrary(g) {
            query.push_str(pick(g, &["%26force_api_session%3D1", "%26force_api_session%3D0", "%26force_api_session"]));
        }
    }
    if let Some((_, own)) = request.query.split_once("&token_auth=") {
        query = format!("{query}&token_auth={own}");
    }
    request.query = query;
    if bool::arbitrary(g) && request.body.is_some() {
        request.body = Some(Body::Form(format!("token_auth={}", token(g, tokens))));
    }
    if bool::arbitrary(g) {
        request.cookie = None;
    }
    request
}

fn request(g: &mut Gen, tokens: Tokens) -> Request {
    match u8::arbitrary(g) % 24 {
        0 => return own_session(g, tokens),
        1 => return bulk(g, tokens),
        _ => {}
    }
    let body = match u8::arbitrary(g) % 4 {
        0 => Some(Body::Form(pairs(g, tokens))),
        1 if bool::arbitrary(g) => Some(Body::Json(pairs(g, tokens))),
        _ => None,
    };
    let authorization = match u8::arbitrary(g) % 8 {
        0 => Some(format!("Bearer {}", token(g, tokens))),
        1 => Some(format!("{} {}", pick(g, &["bearer", "Basic", "Bearer "]), token(g, tokens))),
        _ => None,
    };
    let users: &[&str] = match tokens {
        Tokens::Any => &["view", "write", "admin", "mixed", "super", "no-access", "stranger", "expired", "two-factor"],
        Tokens::AtMostView => &["view", "no-access", "stranger"],
    };
    let cookie = u8::arbitrary(g).is_multiple_of(3).then(|| pick(g, users).to_owned());
    Request {
        method: if body.is_some() { Method::Post } else { pick(g, &[Method::Get, Method::Head]) },
        query: pairs(g, tokens),
        body,
        authorization,
        cookie,
        xhr: bool::arbitrary(g),
        dispatch: pick(g, &[Dispatch::Dry, Dispatch::Real]),
        ..Request::default()
    }
}

fn entry(g: &mut Gen) -> Entry {
    match u8::arbitrary(g) % 10 {
        0 => Entry::Bool(bool::arbitrary(g)),
        1 => Entry::Number(i64::arbitrary(g)),
        2 => Entry::Nested(vec![Entry::Text(word(g)), Entry::Bool(true)]),
        3 => Entry::Text(word(g)),
        _ => {
            let (module, action) = endpoint(g);
            Entry::Text(format!("{module}.{action}"))
        }
    }
}

fn settings(g: &mut Gen) -> Settings {
    let entries = (0..u8::arbitrary(g) % 12).map(|_| entry(g)).collect();
    Settings {
        flag: u8::arbitrary(g).is_multiple_of(4),
        flag_text: None,
        allowlist: Allowlist {
            form: pick(g, &[Form::List, Form::List, Form::List, Form::Map, Form::Closure, Form::Text, Form::Null]),
            delivery: pick(g, &[Delivery::Instance, Delivery::Plugin, Delivery::Ini]),
            entries,
        },
        only_secure_tokens: u8::arbitrary(g).is_multiple_of(6),
        anonymous_view: u8::arbitrary(g).is_multiple_of(4),
    }
}

/// Any question at all.
#[derive(Clone, Debug)]
struct Anything {
    release: &'static str,
    settings: Settings,
    request: Request,
}

/// A question of somebody whose every token and session may at most view.
#[derive(Clone, Debug)]
struct AtMostView(Anything);

impl Anything {
    fn generate(g: &mut Gen, tokens: Tokens) -> Self {
        Self { release: pick(g, &RELEASES), settings: settings(g), request: request(g, tokens) }
    }

    fn features(&self) -> Features {
        features(self.release)
    }

    fn decide_with(&self, settings: &Settings) -> Decision {
        self.asked(settings, &self.request, decide)
    }

    fn decide(&self) -> Decision {
        self.decide_with(&self.settings)
    }

    fn asked<T>(&self, settings: &Settings, request: &Request, f: impl Fn(&Ask<'_>) -> T) -> T {
        f(&Ask { features: &self.features(), settings, world: &WORLD, names: &NAMES, request })
    }

    /// One pair or entry less: enough to make a counterexample readable.
    fn smaller(&self) -> Vec<Self> {
        let fewer = |text: &str| -> Vec<String> {
            let pairs: Vec<&str> = text.split('&').collect();
            (0..pairs.len())
                .map(|gone| pairs.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, pair)| *pair).collect::<Vec<_>>().join("&"))
                .filter(|shorter| shorter.len() < text.len())
                .collect()
        };
        let with = |change: &dyn Fn(&mut Self)| {
            let mut copy = self.clone();
            change(&mut copy);
            copy
        };
        let mut all: Vec<Self> =
            fewer(&self.request.query).into_iter().map(|query| with(&|it| it.request.query.clone_from(&query))).collect();
        if let Some(body) = &self.request.body {
            all.push(with(&|it| it.request.body = None));
            all.extend(fewer(body.text()).into_iter().map(|text| with(&|it| it.request.body = Some(Body::Form(text.clone())))));
        }
        all.extend((0..self.settings.allowlist.entries.len()).map(|at| with(&|it| drop(it.settings.allowlist.entries.remove(at)))));
        for (present, change) in [
            (self.request.cookie.is_some(), (|it| it.request.cookie = None) as fn(&mut Self)),
            (self.request.authorization.is_some(), |it| it.request.authorization = None),
            (self.settings.flag, |it| it.settings.flag = false),
            (self.settings.anonymous_view, |it| it.settings.anonymous_view = false),
            (self.settings.only_secure_tokens, |it| it.settings.only_secure_tokens = false),
        ] {
            if present {
                all.push(with(&change));
            }
        }
        all
    }
}

impl Arbitrary for Anything {
    fn arbitrary(g: &mut Gen) -> Self {
        Self::generate(g, Tokens::Any)
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.smaller().into_iter())
    }
}

impl Arbitrary for AtMostView {
    fn arbitrary(g: &mut Gen) -> Self {
        Self(Anything::generate(g, Tokens::AtMostView))
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.0.smaller().into_iter().map(Self))
    }
}

/// An entry of an allowlist.
#[derive(Clone, Debug)]
struct AnyEntry(Entry);

impl Arbitrary for AnyEntry {
    fn arbitrary(g: &mut Gen) -> Self {
        Self(entry(g))
    }
}

/// Settings with another flag and another list.
#[derive(Clone, Debug)]
struct AnySettings(Settings);

impl Arbitrary for AnySettings {
    fn arbitrary(g: &mut Gen) -> Self {
        Self(settings(g))
    }
}

/// Runs a property often enough that rare combinations occur.
fn often<A: quickcheck::Testable>(property: A) {
    quickcheck::QuickCheck::new().tests(4000).max_tests(200_000).quickcheck(property);
}

#[test]
fn a_super_user_without_a_session_never_passes_outside_the_api() {
    fn property(mut it: Anything) -> TestResult {
        it.request.cookie = None;
        match it.decide().answer {
            Answer::Opened { who, route, .. } if who.rights.superuser => TestResult::from_bool(route == ["API.index"]),
            Answer::Denied { reason: Reason::GateSuperUser } => TestResult::passed(),
            _ => TestResult::discard(),
        }
    }
    quickcheck::QuickCheck::new().tests(1000).max_tests(400_000).quickcheck(property as fn(Anything) -> TestResult);
}

/// With a session as well: only one's own session token, or none at all, avoids the gate.
#[test]
fn a_super_user_passes_outside_the_api_only_in_a_session_of_their_own() {
    fn property(it: Anything) -> bool {
        let decision = it.decide();
        match &decision.answer {
            Answer::Opened { who, route, .. } if who.rights.superuser && *route != ["API.index"] => {
                let ungated = decision.trace.has(ClauseId::TokenNone, true) || decision.trace.has(ClauseId::SessionOwnToken, true);
                ungated && it.request.cookie.as_deref() == Some("super")
            }
            _ => true,
        }
    }
    often(property as fn(Anything) -> bool);
}

#[test]
fn flag_and_list_never_change_what_a_view_token_opens() {
    fn property(it: AtMostView, other: AnySettings) -> bool {
        let other = Settings { flag: other.0.flag, allowlist: other.0.allowlist, ..it.0.settings.clone() };
        it.0.decide().answer == it.0.decide_with(&other).answer
    }
    often(property as fn(AtMostView, AnySettings) -> bool);
}

#[test]
fn adding_an_entry_never_closes_anything_and_opens_only_what_the_write_rule_closed() {
    fn property(it: Anything, entry: AnyEntry, at: usize) -> bool {
        let mut more = it.settings.clone();
        let at = at % (more.allowlist.entries.len() + 1);
        more.allowlist.entries.insert(at, entry.0);
        let (before, after) = (it.decide().answer, it.decide_with(&more).answer);
        before == after || before == Answer::Denied { reason: Reason::GateSomeWrite }
    }
    often(property as fn(Anything, AnyEntry, usize) -> bool);
}

/// The same with the very entry that matters, which a random one seldom is.
#[test]
fn listing_the_compared_string_is_what_opens_an_endpoint() {
    fn property(mut it: Anything) -> bool {
        it.settings.allowlist = Allowlist::default();
        let compared = it.asked(&it.settings, &it.request, |ask| Situation::new(ask).endpoint());
        let mut listed = it.settings.clone();
        listed.allowlist = Allowlist::of([compared.clone()]);
        let (before, after) = (it.decide(), it.decide_with(&listed));
        let gated = before.clause == ClauseId::GateWrite && it.features().has(Feature::Allowlist);
        let opened = !after.trace.has(ClauseId::GateWrite, true) && after.trace.has(ClauseId::GateAllowlist, true);
        let slips = [
            compared.to_lowercase(),
            compared.to_uppercase(),
            format!("{compared} "),
            format!("{compared}x"),
            compared[..compared.len() - 1].to_owned(),
        ];
        let strict = slips.into_iter().filter(|slip| *slip != compared && *slip != "Widgetize.iframe").all(|slip| {
            let near = Settings { allowlist: Allowlist::of([slip]), ..it.settings.clone() };
            it.decide_with(&near).answer == before.answer
        });
        strict && if gated { opened } else { before.answer == after.answer || before.clause == ClauseId::WidgetWrite }
    }
    fn guarded(it: Anything) -> TestResult {
        // A multi-byte last letter cannot be cut off by one byte.
        let compared = it.asked(&it.settings, &it.request, |ask| Situation::new(ask).endpoint());
        if compared.is_ascii() { TestResult::from_bool(property(it)) } else { TestResult::discard() }
    }
    often(guarded as fn(Anything) -> TestResult);
}

#[test]
fn the_flag_is_the_same_as_listing_everything() {
    fn property(mut it: Anything) -> TestResult {
        if !it.features().has(Feature::Allowlist) {
            return TestResult::discard();
        }
        it.settings.flag = false;
        let compared = it.asked(&it.settings, &it.request, |ask| Situation::new(ask).endpoint());
        let everything = Settings { allowlist: Allowlist::of([compared, "Widgetize.iframe".to_owned()]), ..it.settings.clone() };
        let flag = Settings { flag: true, ..it.settings.clone() };
        TestResult::from_bool(it.decide_with(&flag).answer == it.decide_with(&everything).answer)
    }
    often(property as fn(Anything) -> TestResult);
}

#[test]
fn order_and_duplicates_of_the_list_do_not_matter() {
    fn property(it: Anything, swaps: Vec<(usize, usize)>, again: Vec<usize>) -> bool {
        let mut other = it.settings.clone();
        let entries = &mut other.allowlist.entries;
        let count = entries.len();
        if count > 0 {
            for (a, b) in swaps {
                entries.swap(a % count, b % count);
            }
            for at in again {
                entries.push(entries[at % count].clone());
            }
            entries.reverse();
        }
        it.decide() == it.decide_with(&other)
    }
    often(property as fn(Anything, Vec<(usize, usize)>, Vec<usize>) -> bool);
}

#[quickcheck]
#[expect(clippy::needless_pass_by_value, reason = "quickcheck hands over values")]
fn nothing_panics_on_random_bytes(query: Vec<u8>, body: Vec<u8>, header: String, cookie: String, real: bool) -> bool {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let request = Request {
        query: text(&query),
        body: Some(Body::Form(text(&body))),
        authorization: Some(header),
        cookie: Some(cookie),
        dispatch: if real { Dispatch::Real } else { Dispatch::Dry },
        ..Request::default()
    };
    RELEASES.iter().all(|release| {
        let it = Anything { release, settings: Settings::default(), request: request.clone() };
        !it.decide().trace.steps.is_empty()
    })
}

#[test]
fn unknown_parameters_change_nothing() {
    fn property(it: Anything, number: u16, value: Vec<u8>, first: bool, array: bool) -> bool {
        let value = value.iter().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
        let pair = format!("extra{number}{}={value}", if array { "[]" } else { "" });
        let add = |text: &str| if first { format!("{pair}&{text}") } else { format!("{text}&{pair}") };
        let mut request = it.request.clone();
        request.query = add(&request.query);
        if let Some(Body::Form(text)) = &mut request.body {
            *text = add(text);
        }
        it.decide() == it.asked(&it.settings, &request, decide)
    }
    often(property as fn(Anything, u16, Vec<u8>, bool, bool) -> bool);
}

#[test]
fn the_header_method_and_xhr_decide_nothing_where_the_release_does_not_read_them() {
    fn property(it: Anything) -> bool {
        let mut request = Request { xhr: !it.request.xhr, method: Method::Post, ..it.request.clone() };
        if !it.features().has(Feature::DetectedToken) {
            request.authorization = None;
        }
        it.decide().answer == it.asked(&it.settings, &request, decide).answer
    }
    often(property as fn(Anything) -> bool);
}

#[test]
fn explaining_decides_the_same() {
    fn property(it: Anything) -> bool {
        let (decided, explained) = (it.decide(), it.asked(&it.settings, &it.request, explain));
        (decided.answer, decided.clause, decided.trace.steps) == (explained.answer, explained.clause, explained.trace.steps)
    }
    often(property as fn(Anything) -> bool);
}

#[test]
fn every_step_is_a_clause_of_the_release_and_answers_as_it_can() {
    fn property(it: Anything) -> bool {
        let features = it.features();
        it.decide().trace.steps.iter().all(|step| {
            let clause = step.clause.clause();
            let possible = match clause.ways {
                Ways::Both => true,
                Ways::Held => step.held,
                Ways::NotHeld => !step.held,
            };
            possible && clause.exists.in_release(&features)
        })
    }
    often(property as fn(Anything) -> bool);
}

/// What a thousand questions reach, by name and in all.
fn reached(g: &mut Gen, seen: &mut BTreeSet<String>) {
    for _ in 0..1000 {
        let decision = Anything::arbitrary(g).decide();
        seen.extend(decision.trace.steps.iter().map(|step| format!("{} {}", step.clause, step.held)));
        seen.insert(match decision.answer {
            Answer::Opened { .. } => "opened".to_owned(),
            Answer::Denied { reason } => reason.name(),
        });
    }
}

/// The properties are worth nothing if the generator never gets anywhere. The rarest answer comes once in some 10,000 questions.
#[test]
fn the_generated_questions_reach_every_clause_and_most_answers() {
    let mut wanted: BTreeSet<String> = [
        "opened",
        "conflict",
        "scoped-session",
        "not-authenticated",
        "gate-super-user",
        "gate-some-write",
        "no-right",
        "not-widgetizable",
        "widget-token",
    ]
    .map(str::to_owned)
    .into();
    for clause in &crate::model::CLAUSES {
        let ways = [(true, Ways::NotHeld), (false, Ways::Held)].into_iter().filter(|(_, impossible)| clause.ways != *impossible);
        wanted.extend(ways.map(|(way, _)| format!("{} {way}", clause.id)));
    }
    let (mut g, mut seen) = (Gen::new(30), BTreeSet::new());
    for _ in 0..1000 {
        if wanted.is_subset(&seen) {
            return;
        }
        reached(&mut g, &mut seen);
    }
    panic!("never: {:?}", wanted.difference(&seen).collect::<Vec<_>>());
}
