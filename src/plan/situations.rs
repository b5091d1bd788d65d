//! Who is asked in company, and where: the gate's principals and settings, every check of the probe, sessions, the API and widgets.

use super::carrier::Carrier;
use super::case::Shape;
use super::company::{ALONE, Company, Groups, Spot, beside};
use super::principal::{Principal, principal};
use crate::model::{Feature, Features, Names};

/// The most cases in company.
pub(super) const MOST: usize = 1500;

/// Cases of one kind, as their cross product.
pub(super) struct Cross {
    pub(super) slots: Vec<&'static str>,
    pub(super) principals: Vec<&'static Principal>,
    pub(super) carriers: Vec<Carrier>,
    pub(super) shapes: Vec<Shape>,
    pub(super) targets: Vec<String>,
}

/// Which words go along.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Along {
    /// All, with every value, in the URL, in the body, and around.
    Everything,
    /// All with typical values, in URL and body of one request, and headers and cookies.
    Typical,
    /// Those that are compared with something, with each such value, in the URL.
    Compared,
    /// Headers and cookies, with every value.
    Around,
    /// Those near a decision, with everything that is compared there.
    Near,
    /// None, and not even site, period and date.
    Nothing,
}

/// Site, period and date, which may also be missing.
const USUAL: &str = "&idSite=1&period=day&date=today";

/// All cases in company, those that tell most first.
pub(super) fn in_company(names: &Names, features: &Features) -> Vec<Cross> {
    let groups = Groups::of(&names.words);
    let mut all = Vec::new();
    let mut add = |along: Along, slots: &[&'static str], who: &[&str], carriers: &[Carrier], shape: Shape, bases: &[&str]| {
        let targets = bases.iter().flat_map(|base| targets(&groups, along, base)).collect::<Vec<_>>();
        let principals = who.iter().filter_map(|name| principal(name)).collect();
        all.push(Cross { slots: slots.to_vec(), principals, carriers: carriers.to_vec(), shapes: vec![shape], targets });
    };
    let gate = ["module=ConformanceProbe&action=needNothing"];
    let pages = ["module=ConformanceProbe&action=needNothing", "module=VisitsSummary&action=index", "module=UserCountry&action=getCountry"];
    let url = [Carrier::Url];
    let natural = [Carrier::None, Carrier::Url];
    // The gate: each of its answers with each word.
    add(Along::Everything, &["default"], &["super", "write", "view"], &url, Shape::DRY, &gate);
    add(Along::Everything, &["flag"], &["super", "write"], &url, Shape::DRY, &gate);
    add(Along::Nothing, &["default", "flag"], &["super", "write", "view", "no-access", "invalid"], &url, Shape::DRY, &pages);
    let gated = ["super", "admin", "write", "mixed", "view", "no-access", "invalid", "expired-super", "secure-super", "anonymous"];
    add(Along::Typical, &["default", "flag", "list-odd", "near", "secure"], &gated, &natural, Shape::DRY, &gate);
    add(Along::Typical, &["default"], &["super", "write", "view"], &[Carrier::Body], Shape::DRY, &pages);
    add(Along::Typical, &["default"], &["super", "write", "view"], &url, Shape::DRY.xhr(), &pages[1..]);
    // The checks behind the gate, each as somebody who may and somebody who may not.
    let checks = |from: &str| format!("module=ConformanceProbe&action={from}");
    let needs: Vec<String> =
        ["needView", "needWrite", "needAdmin", "needSuper", "needSomeView", "needSomeWrite", "needSomeAdmin"].map(checks).into();
    let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
    add(Along::Typical, &["flag"], &["no-access", "view", "write", "admin"], &url, Shape::REAL, &needs);
    for (who, need) in [("no-access", 0), ("view", 1), ("write", 2), ("admin", 3)] {
        add(Along::Compared, &["flag"], &[who], &url, Shape::REAL, &needs[need..=need]);
        add(Along::Around, &["flag"], &[who], &url, Shape::REAL, &needs[need..=need]);
    }
    add(Along::Around, &["secure"], &["view", "super"], &url, Shape::DRY, &gate);
    add(Along::Around, &["default"], &["secure-super", "expired-super", "invalid"], &url, Shape::DRY, &gate);
    let apart = [checks("needView"), checks("needWrite")];
    let apart: Vec<&str> = apart.iter().map(String::as_str).collect();
    add(Along::Typical, &["flag"], &["view-elsewhere", "admin-elsewhere", "mixed"], &url, Shape::REAL, &apart);
    // The API, which checks every call by itself.
    let api = |method: &str| format!("module=API&method=ConformanceProbe.{method}&format=json");
    let methods: Vec<String> = ["getRights", "getNeedView", "getNeedWrite", "getNeedAdmin", "getNeedSuper"].map(api).into();
    let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
    add(Along::Typical, &["default"], &["no-access", "view", "super"], &url, Shape::REAL, &methods);
    add(Along::Typical, &["default"], &["invalid", "expired-super", "secure-super", "anonymous"], &natural, Shape::REAL, &methods[..2]);
    add(Along::Typical, &["secure"], &["view", "super"], &url, Shape::REAL, &methods[..2]);
    // Sessions.
    let pick = |name: &str| principal(name);
    let mut sessions = vec![
        Carrier::Cookie,
        Carrier::CookieAndOwnUrl,
        Carrier::CookieAndOwnUrlForced,
        Carrier::CookieAndOwnBody,
        Carrier::CookieAndOwnBodyForced,
        Carrier::CookieAndEmptyUrlForced,
    ];
    for other in ["invalid", "super"].iter().filter_map(|name| pick(name)) {
        sessions.extend([Carrier::CookieAndOtherUrl(other), Carrier::CookieAndOtherUrlForced(other)]);
    }
    let in_session = [methods[0], methods[4], needs[0], needs[3]];
    add(Along::Typical, &["default"], &["view", "super"], &sessions, Shape::REAL, &in_session);
    if features.has(Feature::DetectedToken) {
        let headers = [Carrier::Header, Carrier::HeaderAndEmptyUrl, Carrier::CookieAndOwnHeader];
        add(Along::Typical, &["default"], &["view", "super", "invalid"], &headers, Shape::REAL, &[methods[0], needs[0]]);
    }
    if features.has(Feature::ScopedTokens) {
        let scoped = ["super-scoped-view", "super-scoped-write", "write-scoped-bogus", "write-scoped-admin"];
        add(Along::Typical, &["default"], &scoped, &url, Shape::REAL, &[methods[0], needs[0]]);
    }
    // Widgets, which repeat the gate, and nested calls.
    let framed = ["module=Widgetize&action=iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needView"];
    add(
        Along::Typical,
        &["default", "flag", "odd-entries"],
        &["view", "write", "super", "no-access", "secure-super"],
        &url,
        Shape::REAL,
        &framed,
    );
    let nested = ["module=ConformanceProbe&action=nestedNeedSuper", "module=ConformanceProbe&action=superNeedSuper"];
    add(Along::Typical, &["default"], &["view"], &url, Shape::REAL, &nested);
    // What is compared near a decision, asked of everything that is asked for there.
    add(Along::Near, &["default"], &["super"], &url, Shape::DRY, &gate);
    add(Along::Near, &["default"], &["write"], &url, Shape::DRY, &gate);
    all
}

/// The targets of one base.
fn targets(groups: &Groups, along: Along, base: &str) -> Vec<String> {
    let untold = Company { base: format!("{ALONE}{base}"), words: Vec::new() };
    let usual = Company { base: format!("{ALONE}{base}{USUAL}"), words: Vec::new() };
    let mut all = Vec::new();
    match along {
        Along::Nothing => all.push(untold.base),
        Along::Everything => {
            for spot in [Spot::Url, Spot::Body] {
                all.extend(groups.typical.iter().chain(&groups.compared).map(|words| usual.with(beside(spot, words)).target()));
            }
            all.extend(groups.around.iter().map(|words| usual.with(words.clone()).target()));
        }
        Along::Typical => {
            let count = groups.typical.len();
            for (index, words) in groups.typical.iter().enumerate() {
                // In URL and body at once, each time other words.
                let mut together = beside(Spot::Url, words);
                together.extend(beside(Spot::Body, &groups.typical[(index + 1) % count]));
                all.push(usual.with(together).target());
            }
            all.extend(groups.around.first().map(|words| usual.with(words.clone()).target()));
        }
        Along::Compared => all.extend(groups.compared.iter().map(|words| usual.with(beside(Spot::Url, words)).target())),
        Along::Around => all.extend(groups.around.iter().map(|words| usual.with(words.clone()).target())),
        Along::Near => all.extend(groups.near.iter().map(|words| usual.with(beside(Spot::Url, words)).target())),
    }
    all
}
