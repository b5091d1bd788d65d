//! The exhaustive plan: every endpoint for every principal, and every other dimension crossed where it can matter.

use std::collections::HashSet;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::carrier::Carrier;
use super::case::{Case, Plan, Shape};
use super::cross::credentials;
use super::filter::Filter;
use super::order::order;
use super::principal::{PRINCIPALS, Principal, everybody, principal};
use super::requested::{aliases, bulk_request, nested_tokens, real_targets, without_controller};
use super::situations::{MOST, in_company};
use super::slot::Slot;
use crate::model::{Dispatch, Feature, Features, Names, SECOND_FACTOR_USER};

/// How much of the product is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Breadth {
    /// Every endpoint for every principal; other dimensions crossed on a few witnesses. Minutes.
    #[default]
    Default,
    /// The whole product. Hours.
    Full,
}

/// Endpoints on which all other dimensions are crossed: one of each kind and the special ones.
const WITNESSES: [&str; 7] = [
    "ConformanceProbe.needNothing",
    "VisitsSummary.index",
    "VisitsSummary.getSparklines",
    "UserCountry.getCountry",
    "CoreHome.index",
    "API.listAllMethods",
    "Widgetize.iframe",
];

/// What lists of an odd shape name in their keys, and in entries that a sloppy reading takes for patterns.
const SHAPED: [&str; 3] = ["ConformanceProbe.needNothing", "ConformanceProbe.needView", "ConformanceProbe.needWrite"];

/// Collects cases, each once.
struct Builder<'a> {
    plan: Plan,
    features: &'a Features,
    filter: &'a Filter,
    seen: HashSet<(u16, u8, String, &'static str, u32)>,
    tier: Vec<Case>,
}

impl Builder<'_> {
    /// Asking for a dead session ends it, so each is asked once: by itself, for a script and with a body.
    fn dead_sessions(&mut self, anonymous: &[&'static Principal]) {
        let dead = [Carrier::ExpiredCookie, Carrier::CookieBeforePassword, Carrier::CookieOfNobody];
        let asked = vec!["ConformanceProbe.needSuper".to_owned()];
        let posted = vec!["?module=ConformanceProbe&action=needSuper|idSite=1".to_owned()];
        self.cross(&["default"], anonymous, &dead, &[Shape::REAL, Shape::REAL.xhr()], &asked);
        self.cross(&["default"], anonymous, &dead, &[Shape::REAL], &posted);
    }

    /// A session that owes its second factor, alone and beside tokens that gave it no access.
    fn second_factor(&mut self, others: &[&'static Principal]) {
        let who: Vec<_> = principal(SECOND_FACTOR_USER).into_iter().collect();
        let beside = others.iter().flat_map(|other| [Carrier::CookieAndOtherUrlForced(other), Carrier::CookieAndOtherBodyForced(other)]);
        let carriers: Vec<Carrier> = [Carrier::Cookie, Carrier::CookieAndOwnUrlForced, Carrier::Url].into_iter().chain(beside).collect();
        let [page, exempt] = ["ConformanceProbe.needView", "Login.logout"].map(str::to_owned);
        self.cross(&["default"], &who, &carriers, &[Shape::REAL, Shape::REAL.xhr()], std::slice::from_ref(&page));
        self.cross(&["default"], &who, &carriers, &[Shape::DRY], &[page, exempt]);
    }

    fn cross(&mut self, slots: &[&str], principals: &[&'static Principal], carriers: &[Carrier], shapes: &[Shape], targets: &[String]) {
        for target in targets {
            let target = self.plan.intern(target);
            for name in slots {
                let Some(slot) = self.plan.slots.iter().position(|slot| slot.name == *name) else { continue };
                for who in principals {
                    let carriers = carriers.iter().filter(|carrier| carrier.fits(who));
                    for carrier in carriers.collect::<Vec<_>>() {
                        for shape in shapes {
                            self.add(slot, who, *carrier, *shape, target);
                        }
                    }
                }
            }
        }
    }

    fn add(&mut self, slot: usize, who: &'static Principal, carrier: Carrier, shape: Shape, target: u32) {
        if !runs_on(carrier, shape, who, self.plan.slots[slot].name, &self.plan.targets[target as usize], self.features) {
            return;
        }
        let principal = PRINCIPALS.iter().position(|other| std::ptr::eq(other, who)).unwrap_or_default();
        let case = Case {
            slot: u16::try_from(slot).unwrap_or_default(),
            principal: u8::try_from(principal).unwrap_or_default(),
            carrier,
            shape,
            target,
        };
        let fresh = self.seen.insert((case.slot, case.principal, carrier.to_string(), shape.name(), target));
        if fresh && (self.filter.is_empty() || self.filter.takes(&self.plan.id(case))) {
            self.tier.push(case);
        }
    }

    /// Ends a tier: its cases come before those of the next one, shuffled among themselves.
    fn end_tier(&mut self, rng: &mut ChaCha8Rng) {
        self.tier.shuffle(rng);
        self.plan.cases.append(&mut self.tier);
    }

    /// Lists of an odd shape, as everybody whom a list concerns.
    fn shapes_of_lists(&mut self) {
        let who: Vec<_> = ["view", "write", "admin", "super"].iter().filter_map(|name| principal(name)).collect();
        let carriers = [Carrier::Url, Carrier::Body];
        self.cross(&["list-keys", "list-long"], &who, &carriers, &[Shape::DRY], &SHAPED.map(str::to_owned));
    }

    /// Every three values of token, `force_api_session`, cookie and kind of request.
    fn credentials(&mut self) {
        for (who, carrier, target) in credentials() {
            self.cross(&["default"], &[who], &[carrier], &[Shape::REAL], &[target]);
        }
    }

    /// What else a request carries comes early, and not first: each of these cases tells of many words, but of no endpoint.
    fn in_company(&mut self, names: &Names) {
        for cross in in_company(names, self.features) {
            self.cross(&cross.slots, &cross.principals, &cross.carriers, &cross.shapes, &cross.targets);
        }
        self.tier.truncate(MOST);
        let company = std::mem::take(&mut self.tier);
        let mut ordered = std::mem::take(&mut self.plan.cases);
        let rest = ordered.split_off(ordered.len().min(BEFORE_COMPANY));
        let (mut rest, mut company) = (rest.into_iter(), company.into_iter());
        loop {
            let (one, other) = (company.next(), rest.next());
            if one.is_none() && other.is_none() {
                break;
            }
            ordered.extend(one.into_iter().chain(other));
        }
        self.plan.cases = ordered;
    }
}

/// Whether a carrier can be run at all where it would be pointless or unfair otherwise.
fn runs_on(carrier: Carrier, shape: Shape, who: &Principal, slot: &str, target: &str, features: &Features) -> bool {
    // The second schema has no sessions: they belong to the database.
    let session_missing = slot == "anonymous-view" && (carrier.has_session() || carrier.is_dead());
    // What API calls make of misspelled tokens belongs to no gate.
    let calls_api = target.contains("nested") || target.contains("method=ConformanceProbe") || target.contains("getBulkRequest");
    let misspelled = who.token.is_some_and(|token| token.contains('%')) && calls_api;
    // Without secure-only or scoped tokens these principals are the same as the plain ones.
    let nothing_new = !who.exists_in(features);
    // Without a body only the probe tells, and it does not see what an API method refuses.
    let blind = carrier == Carrier::Head && shape.dispatch == Dispatch::Real;
    // Up to 5.3 the header is not looked at; three carriers show that.
    let ignored = !features.has(Feature::DetectedToken)
        && carrier.has_header()
        && !matches!(carrier, Carrier::Header | Carrier::LowercaseHeader | Carrier::HeaderAndUrl);
    !blind && !ignored && !session_missing && !nothing_new && !misspelled
}

/// The plan over all endpoints of a Matomo. The seed shuffles; it never changes which cases there are, nor their ids.
pub fn exhaustive(names: &Names, features: &Features, slots: Vec<Slot>, breadth: Breadth, filter: &Filter, seed: u64) -> Plan {
    exhaustive_of(names, features, slots, breadth, filter, seed, |_| true)
}

/// The same with a sweep over some endpoints only; everything before the sweep stays as it is.
pub fn exhaustive_of(
    names: &Names,
    features: &Features,
    slots: Vec<Slot>,
    breadth: Breadth,
    filter: &Filter,
    seed: u64,
    swept: impl Fn(&str) -> bool,
) -> Plan {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let endpoints: Vec<String> = names.endpoints.keys().cloned().collect();
    let slot_names: Vec<&'static str> = slots.iter().map(|slot| slot.name).collect();
    let everybody = everybody();
    let pick = |wanted: &[&str]| wanted.iter().filter_map(|name| principal(name)).collect::<Vec<_>>();
    let others = pick(&["view", "super", "invalid"]);
    let all_carriers = Carrier::all(&others);
    let single = [Carrier::None, Carrier::Url, Carrier::Body];
    let natural = [Carrier::None, Carrier::Url];
    let witnesses: Vec<String> =
        WITNESSES.iter().filter(|name| names.endpoints.contains_key(**name)).map(|name| (*name).to_owned()).collect();
    let alias_rows = aliases(names);
    let real = real_targets();

    let mut builder = Builder { plan: Plan { slots, ..Plan::default() }, features, filter, seen: HashSet::new(), tier: Vec::new() };

    if breadth == Breadth::Full {
        let mut targets = endpoints;
        targets.extend(alias_rows);
        builder.cross(&slot_names, &everybody, &all_carriers, &[Shape::DRY, Shape::DRY.xhr()], &targets);
        builder.cross(&slot_names, &everybody, &all_carriers, &[Shape::REAL, Shape::REAL.xhr()], &real);
        builder.end_tier(&mut rng);
        return builder.plan;
    }

    // First what tells most: the principals of the gate through every slot, on one witness of each kind.
    let gated = pick(&["view", "write", "admin", "admin-elsewhere", "mixed", "super", "no-access", "invalid", "expired-super"]);
    builder.cross(&slot_names, &gated, &natural, &[Shape::DRY], &witnesses);
    builder.cross(&["default", "odd-entries"], &pick(&["view", "write", "super"]), &natural, &[Shape::DRY], &alias_rows);
    builder.shapes_of_lists();
    builder.cross(&["default", "flag"], &everybody, &single, &[Shape::REAL], &real);
    if features.has(Feature::NavigationEndpoint) {
        builder.cross(&["default"], &gated, &single, &[Shape::DRY], &["Overlay.startOverlaySession".to_owned()]);
    }
    builder.end_tier(&mut rng);

    // Then the other carriers, shapes and slots.
    let few: Vec<String> = witnesses.iter().take(2).cloned().collect();
    builder.cross(&["default", "list-even", "secure"], &everybody, &all_carriers, &[Shape::DRY], &few);
    builder.cross(&slot_names, &everybody, &natural, &[Shape::DRY], &few);
    builder.cross(&["flag", "list-odd", "anonymous-view"], &everybody, &single, &[Shape::DRY], &witnesses);
    builder.cross(&slot_names, &pick(&["view", "write", "super"]), &natural, &[Shape::DRY.xhr()], &few);
    let sessions: Vec<&'static Principal> = everybody.iter().copied().filter(|who| who.session.is_some()).collect();
    let needs: Vec<String> = real.iter().filter(|target| asks_for_access(target)).cloned().collect();
    builder.cross(&["default"], &sessions, &[Carrier::Cookie], &[Shape::REAL, Shape::REAL.xhr()], &needs);
    let framed = real.iter().find(|target| target.contains("moduleToWidgetize=ConformanceProbe")).cloned();
    if !names.brought.is_empty() {
        // Here the instance's own value replaces what the tree brings, so that the frame is asked as if it brought nothing.
        builder.cross(&["list-null"], &sessions, &all_carriers, &[Shape::REAL], framed.as_slice());
    }
    let session_targets: Vec<String> =
        ["ConformanceProbe.nested", "ConformanceProbe.nestedNeedView", "ConformanceProbe.nestedNeedSuper", "ConformanceProbe.needView"]
            .into_iter()
            .map(str::to_owned)
            .chain(nested_tokens())
            .chain(framed)
            .collect();
    builder.cross(&["default", "odd-entries"], &sessions, &all_carriers, &[Shape::REAL], &session_targets);
    // A rule may be broken for scripts, for bodies or for sessions alone.
    let with_cookie: Vec<Carrier> = all_carriers.iter().copied().filter(|carrier| carrier.has_session()).collect();
    builder.cross(&["default"], &pick(&["view", "super"]), &with_cookie, &[Shape::REAL.xhr()], &session_targets);
    builder.credentials();
    let three = [Carrier::Url, Carrier::Body, Carrier::Cookie];
    let widgets: Vec<String> = real.iter().filter(|target| target.contains("moduleToWidgetize")).cloned().collect();
    builder.cross(&["default"], &pick(&["view", "write", "super"]), &three, &[Shape::REAL, Shape::REAL.xhr()], &widgets);
    let absent = absent(&alias_rows, names);
    builder.cross(&["default"], &pick(&["view", "super"]), &three, &[Shape::DRY, Shape::DRY.xhr()], &absent);
    // Without a token in force an empty one makes a nested API call ask anew; none at all does not, however it is asked. Up to 5.3 the
    // parts of a bulk request are asked with anonymous' in its place.
    let mut untold: Vec<String> = Vec::new();
    for action in ["nested", "nestedNeedView", "nestedNeedSuper"] {
        untold.push(format!("ConformanceProbe.{action}"));
        untold.push(format!("?module=ConformanceProbe&action={action}&token_auth="));
        untold.push(format!("?module=ConformanceProbe&action={action}|idSite=1"));
    }
    let bulk = bulk_request(&[""]);
    untold.extend([format!("{bulk}&token_auth="), format!("{bulk}&token_auth[]=")]);
    let (anonymous, tokenless) = (pick(&["anonymous"]), [Carrier::None, Carrier::WorthlessCookie]);
    builder.cross(&["default", "anonymous-view"], &anonymous, &tokenless, &[Shape::REAL, Shape::REAL.xhr()], &untold);
    builder.dead_sessions(&anonymous);
    builder.second_factor(&others);
    let api: Vec<String> = real.iter().filter(|target| target.contains("module=API")).cloned().collect();
    builder.cross(&["default"], &pick(&["view", "super"]), &all_carriers, &[Shape::REAL], &api);
    builder.cross(&["default"], &pick(&["view", "super"]), &with_cookie, &[Shape::REAL.xhr()], &api);
    builder.cross(&["default", "anonymous-view"], &everybody, &natural, &[Shape::REAL.xhr()], &real);
    builder.cross(&["anonymous-view", "secure", "list-even", "list-odd", "odd-entries"], &gated, &natural, &[Shape::REAL], &real);
    builder.cross(&["default"], &pick(&["admin", "no-access", "invalid", "anonymous"]), &natural, &[Shape::DRY], &alias_rows);
    builder.cross(&["near", "list-odd"], &pick(&["write", "super"]), &natural, &[Shape::DRY], &alias_rows);
    builder.end_tier(&mut rng);

    // Then the sweep: every endpoint for every principal, and for the gate's principals through the gate's slots.
    let endpoints: Vec<String> = endpoints.into_iter().filter(|name| swept(name)).collect();
    let spelled: Vec<&'static Principal> =
        everybody.iter().copied().filter(|who| !who.token.is_some_and(|token| token.contains('%'))).collect();
    builder.cross(&["default"], &spelled, &natural, &[Shape::DRY], &endpoints);
    builder.cross(
        &["default"],
        &pick(&["secure-view", "secure-write", "secure-admin", "secure-super"]),
        &[Carrier::Body],
        &[Shape::DRY],
        &endpoints,
    );
    builder.cross(&["default"], &pick(&["view", "super"]), &[Carrier::Cookie], &[Shape::DRY], &endpoints);
    builder.cross(&["flag", "list-even", "list-odd"], &pick(&["write", "admin", "super"]), &[Carrier::Url], &[Shape::DRY], &endpoints);
    builder.cross(&["near"], &pick(&["write", "super"]), &[Carrier::Url], &[Shape::DRY], &endpoints);
    builder.cross(&["default"], &pick(&["write"]), &[Carrier::Body], &[Shape::DRY], &endpoints);
    builder.end_tier(&mut rng);
    order(&mut builder.plan);
    builder.in_company(names);
    builder.plan
}

/// How many cases come before the first in company; from there on they take turns with the others.
const BEFORE_COMPANY: usize = 600;

/// Whether a target is an endpoint of the probe that asks for access, before or after something else.
fn asks_for_access(target: &str) -> bool {
    target.strip_prefix("ConformanceProbe.").is_some_and(|action| ["need", "super", "ask"].iter().any(|start| action.starts_with(start)))
}

/// Aliases of what is not there: no such plugin, none that is active, no such action, no controller.
fn absent(aliases: &[String], names: &Names) -> Vec<String> {
    let uncontrolled = without_controller(names);
    let deactivated = |row: &str| names.deactivated.iter().any(|plugin| row.contains(plugin.as_str()));
    aliases.iter().filter(|row| row.contains("oSuch") || uncontrolled.contains(row) || deactivated(row)).cloned().collect()
}
