//! Properties of the model over the whole input space: settings, principals, carriers, names well-formed and not.

use matomo_conformance::model::{
    Allowlist, Answer, Ask, Body, Decision, Entry, Feature, Features, Method, Names, Parameters, Reason, Request, Settings, World, decide,
};
use quickcheck::{Arbitrary, Gen};
use quickcheck_macros::quickcheck;

const TOKENS: [&str; 12] = [
    "$TOKEN_NO_ACCESS",
    "$TOKEN_VIEW",
    "$TOKEN_WRITE",
    "$TOKEN_ADMIN",
    "$TOKEN_MIXED",
    "$TOKEN_SUPER",
    "$TOKEN_VIEW_SECURE",
    "$TOKEN_SUPER_SECURE",
    "$TOKEN_SUPER_EXPIRED",
    "anonymous",
    "",
    "0123456789abcdef0123456789abcdef",
];
const MODULES: [&str; 10] = ["API", "api", "API%20", "CoreHome", "VisitsSummary", "Referers", "Widgetize", "", "A.B", "%26%2365%3BPI"];
const ACTIONS: [&str; 10] = ["", "index", "Index", "0", "index%00", "getAll", "listAllMethods", "iframe", "a%20b", "b.c"];
const PIECES: [&str; 14] = [
    "module=API",
    "module[]=API",
    "action[]=x",
    "token_auth[]=x",
    "token_auth=",
    "token.auth=$TOKEN_SUPER",
    "%20module=API",
    "force_api_session=1",
    "a[b",
    "&&",
    "=x",
    "%zz",
    "method=API.get",
    "token_auth=$TOKEN_VIEW",
];

fn pick<'a>(g: &mut Gen, from: &[&'a str]) -> &'a str {
    g.choose(from).copied().unwrap_or_default()
}

/// A query string: mostly well-formed, with odd pieces, sometimes plain bytes.
#[derive(Clone, Debug)]
struct Query(String);

impl Arbitrary for Query {
    fn arbitrary(g: &mut Gen) -> Self {
        if u8::arbitrary(g) % 8 == 0 {
            return Self(String::arbitrary(g).replace('#', ""));
        }
        let mut parts = vec![format!("module={}", pick(g, &MODULES)), format!("action={}", pick(g, &ACTIONS))];
        for _ in 0..u8::arbitrary(g) % 3 {
            parts.push(pick(g, &PIECES).to_owned());
        }
        Self(parts.join("&"))
    }
}

/// Settings with a list drawn near the names that are requested.
#[derive(Clone, Debug)]
struct SomeSettings(Settings);

fn entry(g: &mut Gen) -> Entry {
    match u8::arbitrary(g) % 6 {
        0 => Entry::Bool(bool::arbitrary(g)),
        1 => Entry::Number(i64::from(i8::arbitrary(g))),
        2 => Entry::Nested(vec![Entry::text("VisitsSummary.index")]),
        _ => Entry::Text(format!("{}.{}", pick(g, &MODULES), pick(g, &ACTIONS))),
    }
}

impl Arbitrary for SomeSettings {
    fn arbitrary(g: &mut Gen) -> Self {
        let entries = (0..u8::arbitrary(g) % 5).map(|_| entry(g)).collect();
        Self(Settings {
            flag: bool::arbitrary(g),
            allowlist: Allowlist { entries, ..Allowlist::default() },
            only_secure_tokens: bool::arbitrary(g),
            anonymous_view: bool::arbitrary(g),
        })
    }
}

/// A request with a token anywhere, and a release.
#[derive(Clone, Debug)]
struct Sent {
    release: Features,
    request: Request,
}

impl Arbitrary for Sent {
    fn arbitrary(g: &mut Gen) -> Self {
        let releases = ["4.0.3", "4.2.1", "5.0.0", "5.2.0", "5.4.0", "5.8.0", "6.0.0"];
        let mut release = Features::of_version(pick(g, &releases));
        if bool::arbitrary(g) {
            release = release.with(Feature::Allowlist);
        }
        let token = pick(g, &TOKENS);
        let Query(query) = Query::arbitrary(g);
        let mut request = Request { query, ..Request::default() };
        match u8::arbitrary(g) % 4 {
            0 => request.authorization = Some(format!("Bearer {token}")),
            1 => {
                request.method = Method::Post;
                request.body = Some(Body::Form(format!("token_auth={token}")));
            }
            _ => request.query = format!("{}&token_auth={token}", request.query),
        }
        Self { release, request }
    }
}

impl Sent {
    fn decide(&self, settings: &Settings) -> Decision {
        let (world, names) = (World::standard(), Names::default());
        decide(&Ask { features: &self.release, settings, world: &world, names: &names, request: &self.request })
    }

    /// The string that the gate compares.
    fn endpoint(&self) -> String {
        let body = self.request.body.as_ref().map_or("", Body::text);
        let all = Parameters::parse(&self.request.query).over(&Parameters::parse(body));
        format!("{}.{}", all.text("module"), all.text("action"))
    }
}

/// Whether the gate refused.
fn refused_at_gate(decision: &Decision) -> bool {
    matches!(decision.answer, Answer::Denied { reason: Reason::GateSuperUser | Reason::GateSomeWrite })
}

#[quickcheck]
fn a_super_user_never_passes_outside_the_api(sent: Sent, settings: SomeSettings) -> bool {
    let decision = sent.decide(&settings.0);
    let superuser = matches!(&decision.answer, Answer::Opened { who, .. } if who.rights.superuser);
    let behind = decision.trace.has("gate.superuser", true) && !refused_at_gate(&decision);
    !(superuser || behind) || decision.trace.has("gate.api", true)
}

#[quickcheck]
fn settings_never_change_what_a_view_token_opens(sent: Sent, settings: SomeSettings) -> bool {
    let plain =
        Settings { only_secure_tokens: settings.0.only_secure_tokens, anonymous_view: settings.0.anonymous_view, ..Settings::default() };
    let (with, without) = (sent.decide(&settings.0), sent.decide(&plain));
    let write = without.trace.has("gate.write", true) || without.trace.has("gate.superuser", true);
    write || with.answer == without.answer
}

#[quickcheck]
fn adding_an_entry_never_closes_anything(sent: Sent, settings: SomeSettings) -> bool {
    let mut more = settings.0.clone();
    more.allowlist.entries.push(Entry::Text(sent.endpoint()));
    let (before, after) = (sent.decide(&settings.0), sent.decide(&more));
    refused_at_gate(&before) || before.answer == after.answer
}

#[quickcheck]
fn the_flag_is_the_same_as_listing_everything(sent: Sent, settings: SomeSettings) -> bool {
    let sent = Sent { release: sent.release.clone().with(Feature::Allowlist), ..sent };
    let flag = Settings { flag: true, allowlist: Allowlist::default(), ..settings.0.clone() };
    let listed = Settings { flag: false, allowlist: Allowlist::of([sent.endpoint()]), ..settings.0 };
    sent.decide(&flag).answer == sent.decide(&listed).answer
}

#[quickcheck]
fn order_and_duplicates_of_the_list_do_not_matter(sent: Sent, settings: SomeSettings) -> bool {
    let mut other = settings.0.clone();
    other.allowlist.entries.reverse();
    other.allowlist.entries.extend(settings.0.allowlist.entries.clone());
    sent.decide(&settings.0) == sent.decide(&other)
}

#[quickcheck]
fn unknown_parameters_change_nothing(sent: Sent, settings: SomeSettings) -> bool {
    let mut more = sent.clone();
    more.request.query.push_str("&unheard_of=1&module2=API");
    sent.decide(&settings.0) == more.decide(&settings.0)
}

/// The generators reach what they are meant to reach; a property over requests that are all alike would say nothing.
#[test]
fn the_generators_reach_every_answer_of_the_gate() {
    let mut g = Gen::new(20);
    let (mut superuser, mut write, mut opened_by_list, mut by_flag, mut api) = (0, 0, 0, 0, 0);
    for _ in 0..20_000 {
        let decision = Sent::arbitrary(&mut g).decide(&SomeSettings::arbitrary(&mut g).0);
        superuser += u32::from(decision.trace.has("gate.superuser", true));
        write += u32::from(decision.trace.has("gate.write", true));
        opened_by_list += u32::from(decision.trace.has("gate.allowlist", true));
        by_flag += u32::from(decision.trace.has("gate.flag", true));
        api += u32::from(decision.trace.has("gate.api", true));
    }
    for count in [superuser, write, opened_by_list, by_flag, api] {
        assert!(count > 50, "{superuser} {write} {opened_by_list} {by_flag} {api}");
    }
}
