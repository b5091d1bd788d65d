//! Every planted fault shows: on each release it means something for, some request of one fixed list is answered
//! differently from a clean twin.

use std::collections::HashMap;

use super::super::exchange::{Incoming, Instance};
use super::super::fault::{FAULTS, FaultKind};
use super::super::features::{Features, RELEASES};
use super::super::pipeline;
use super::super::world::{ListValue, SlotSettings};
use super::fixture::{bearer, cookie, get, instance, post, word, xhr};

fn slots() -> Vec<SlotSettings> {
    let list = |value: ListValue| SlotSettings { allowlist: Some(value), ..SlotSettings::default() };
    let flag = |text: &str| SlotSettings { flag: text.into(), ..SlotSettings::default() };
    let entry = || ListValue::Text("ConformanceProbe.needWrite".into());
    vec![
        SlotSettings { anonymous_view: vec![1], ..SlotSettings::default() },
        SlotSettings::default(),
        flag("1"),
        flag("yes"),
        list(ListValue::names(&["Other.thing", "ConformanceProbe.needWrite", "Widgetize.iframe", "Referrers.getAll"])),
        list(ListValue::names(&["ConformanceProbe.needW", "Widgetize.", "ConformanceProbe.needWrite "])),
        list(ListValue::names(&["conformanceprobe.needwrite", "ConformanceProbe.needWriteLater", "A.need&x"])),
        list(ListValue::names(&["ConformanceProbe.needView"])),
        list(ListValue::List(vec![ListValue::Bool(true)])),
        list(ListValue::List(vec![ListValue::List(vec![entry()])])),
        list(entry()),
        list(shapes()),
        SlotSettings { only_allow_secure: true, ..SlotSettings::default() },
    ]
}

/// A list that only a sloppy reading takes for more than its texts.
fn shapes() -> ListValue {
    let text = |text: &str| ListValue::Text(text.to_owned());
    let mut pairs: Vec<(String, ListValue)> = (0..1000).map(|number| (number.to_string(), text("Filling.index"))).collect();
    for (key, entry) in [
        ("ConformanceProbe.needAdmin", ListValue::Bool(true)),
        ("a", text("ConformanceProbe.needW*")),
        ("b", text("/ConformanceProbe\\.needSome.*/")),
        ("c", text("ConformanceProbe.need%56iew")),
        ("d", text("ConformanceProbe.nee&#100;View")),
        ("e", text("ConformanceProbe.needSuper")),
    ] {
        pairs.push((key.to_owned(), entry));
    }
    ListValue::Map(pairs)
}

/// What requests carry beside what they are about, each by one planted fault.
fn carried() -> Vec<Incoming> {
    let mut list = Vec::new();
    let page = |action: &str, more: &str| format!("module=ConformanceProbe&action={action}&idSite=1&period=day&date=today{more}");
    let words = [
        "disableLink=1",
        "period=range",
        "segment=a",
        "viewDataTable=sparkline",
        "inPopover=1&showtitle=1",
        "uid=1",
        "nonce=1",
        "compare=1",
        "idGoal=ecommerceOrder",
        "flat=1",
        "random=1",
        "columns=1",
    ];
    for word in words {
        for token in ["token-super", "token-write", "token-view", "token-nothing", "expired-view"] {
            for action in ["needNothing", "needView", "needAdmin", "needSuper"] {
                list.push(get(&page(action, &format!("&{word}&token_auth={token}"))));
            }
            list.push(cookie(get(&page("needView", &format!("&{word}&token_auth={token}"))), "super"));
        }
        list.push(get(&format!(
            "module=Widgetize&action=iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needView&idSite=1&{word}&token_auth=token-write"
        )));
    }
    list.push(get("module=ConformanceProbe&action=needNothing&period=day&date=today&token_auth=token-super"));
    list.push(get("module=ConformanceProbe&action=needNothing&idSite=1&token_auth=token-super"));
    list.push(post(&page("needNothing", "&token_auth=token-super"), "widget=1"));
    for (name, value) in [
        ("x-forwarded-for", "192.0.2.1"),
        ("origin", "a"),
        ("dnt", "1"),
        ("x-moz", "prefetch"),
        ("x-forwarded-proto", "https"),
        ("referer", "?module=CoreHome"),
    ] {
        for token in ["token-super", "secure-view", "token-view"] {
            let headers = vec![(name.to_owned(), value.to_owned())];
            list.push(Incoming { headers, ..get(&page("needView", &format!("&token_auth={token}"))) });
        }
    }
    for name in ["matomo_ignore", "matomo_lang"] {
        for token in ["token-super", "token-view"] {
            list.push(Incoming { cookie: format!("{name}=1"), ..get(&page("needWrite", &format!("&token_auth={token}"))) });
        }
    }
    for (method, content_type) in [("PUT", ""), ("POST", "multipart/form-data; boundary=b"), ("POST", "application/json")] {
        let super_user = get(&page("needNothing", "&token_auth=token-super"));
        list.push(Incoming { method: method.to_owned(), content_type: content_type.to_owned(), ..super_user });
    }
    for flag in ["force_api_session=yes", "force_api_session=1"] {
        list.push(cookie(post(&page("needView", ""), &format!("token_auth=session-view&{flag}")), "view"));
        list.push(cookie(bearer(get(&page("needView", &format!("&{flag}"))), "session-view"), "view"));
    }
    list
}

#[allow(clippy::too_many_lines)] // a list
/// The fixed list: names × tokens in the URL, then what needs a body, a header, a cookie or another method.
fn requests() -> Vec<Incoming> {
    let probe = |action: &str| format!("module=ConformanceProbe&action={action}&idSite=1");
    let (view, write) = (probe("needView"), probe("needWrite"));
    let widget = "module=Widgetize&action=iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needView&idSite=1";
    let report = "module=UserCountry&action=GetCountry&idSite=1";
    let api = "module=API&method=ConformanceProbe.getNeedView&idSite=1&format=json";
    let mut list = Vec::new();
    let tokens = [
        "token-super",
        "token-view",
        "token-write",
        "token-admin",
        "token-admin2",
        "token-mixed",
        "token-ghost",
        "token-nothing",
        "anonymous",
        "bogus",
        "expired-view",
        "secure-view",
        "scoped-view",
        "scoped-write",
        "scoped-bogus",
        "session-view",
        "token-view%00",
        "%26%23116%3Boken-view",
    ];
    let named = [
        &view,
        &write,
        &probe("needAdmin"),
        &probe("needSuper"),
        &probe("needSomeWrite"),
        &probe("needSomeAdmin"),
        &probe("superNeedAdmin"),
        &probe("superThrowsNeedSuper"),
        &probe("nested"),
        &probe("needVIEW"),
        widget,
        report,
        api,
        "",
        "action=index",
        "action=index&idSite=3",
        "module=ConformanceProbe",
        "module=Referers&action=getAll&idSite=1",
        "module=CoreHome&action=quickLinks",
        "module=corehome&action=quickLinks",
        "module=ExamplePlugin&action=index",
        "module=Nowhere&action=index",
        "module=API&action=listAllMethods",
        "module=api",
        "module=API&action=Index",
        "module=A&action=need%26x",
        "module=API&method=ConformanceProbe.getNeedView&idSite=all&format=json",
        "module=ConformanceProbe&action=needView&idSite=2",
        "module=Overlay&action=startOverlaySession&idSite=1",
        "module=%26%2365%3BPI&method=ConformanceProbe.getNeedView&idSite=1",
    ];
    for name in named {
        list.push(get(name));
        for token in tokens {
            list.push(get(&format!("{name}&token_auth={token}")));
        }
    }
    for query in [
        "&token.auth=token-view",
        "&token_auth[]=token-view",
        "&token_auth=token-view&token_auth=token-super",
        "&token_auth=token-super&method=x",
        "&token_auth=",
    ] {
        list.push(get(&format!("{view}{query}")));
    }
    let url = |token: &str| format!("{view}&token_auth={token}");
    for (query, body) in [
        (view.clone(), "token_auth=token-view"),
        (view.clone(), "token_auth=token-super"),
        (view.clone(), "token_auth=secure-view"),
        (view.clone(), "action=needSuper&token_auth=token-view"),
        (url("token-view"), "token_auth=token-super"),
        (url("secure-view"), "token_auth=secure-view"),
        (url("bogus"), "token_auth=token-view"),
        (url(""), "token_auth=token-view"),
        (url("session-view"), "force_api_session=1"),
        (url("session-view&force_api_session=1"), "force_api_session=0"),
    ] {
        list.push(cookie(post(&query, body), "view"));
        list.push(post(&query, body));
        list.push(Incoming { method: "PUT".into(), ..post(&query, body) });
        list.push(bearer(post(&query, body), "token-write"));
    }
    let bulk = |parts: &[&str]| {
        let part = |own: &&str| format!("&urls[]=method%3DConformanceProbe.getRights{own}");
        format!("module=API&method=API.getBulkRequest&format=json{}", parts.iter().map(part).collect::<String>())
    };
    for parts in [
        &[""][..],
        &["%26token_auth%3Dtoken-super", ""],
        &["%26token_auth%3Dtoken-view"],
        &["%26force_api_session%3D1"],
        &["%26token_auth%3Dtoken-super%26force_api_session%3D1"],
    ] {
        list.push(get(&format!("{}&token_auth=token-view", bulk(parts))));
        list.push(post(&bulk(parts), "token_auth=secure-view"));
        list.push(get(&format!("{}&token_auth=token-super", bulk(parts))));
        list.push(cookie(get(&format!("{}&token_auth=session-view&force_api_session=1", bulk(parts))), "view"));
    }
    list.push(cookie(get(&format!("{}&token_auth=session-view&force_api_session=1", bulk(&["%26token_auth%3Dtoken-super"]))), "view"));
    list.push(get(&format!("{}&token_auth=", bulk(&[""]))));
    list.push(Incoming {
        content_type: "multipart/form-data; boundary=b".into(),
        body: b"--b\r\nContent-Disposition: form-data; name=\"token_auth\"\r\n\r\ntoken-view\r\n--b--\r\n".to_vec(),
        ..post(&view, "")
    });
    for token in ["token-view", "secure-view", " token-view"] {
        list.push(bearer(get(&view), token));
        list.push(bearer(get(&url("token-super")), token));
    }
    list.push(Incoming { authorization: Some("bearer token-view".into()), ..get(&view) });
    list.push(xhr(get(&url("token-super"))));
    list.push(xhr(post(&write, "token_auth=token-write")));
    list.push(Incoming { method: "HEAD".into(), ..get(&url("token-super")) });
    for login in ["view", "write", "super"] {
        let own = format!("session-{login}");
        for token in ["token-view", "token-super", "scoped-view", "bogus", "", &own] {
            for flag in ["", "&force_api_session=1", "&force_api_session=yes"] {
                for name in [&view, widget, api] {
                    let query = format!("{name}&token_auth={token}{flag}");
                    list.push(cookie(get(&query), login));
                }
            }
        }
        list.push(cookie(get(api), login));
    }
    for over in ["expired", "before-password", "of-nobody"] {
        list.push(cookie(get(&probe("needSuper")), over));
    }
    list.push(cookie(get(&probe("needView")), "two-factor"));
    list.extend(carried());
    list
}

/// What a harness can tell answers apart by: status, structure, the probe's report and where it leads.
type FaultSeen = (String, String, Option<String>);

fn answer(at: &Instance, incoming: &Incoming) -> FaultSeen {
    let answer = pipeline::answer(at, incoming);
    (word(&answer), answer.probe, answer.page.location)
}

/// Slot and request by which a fault shows.
type Witness = (usize, usize);

/// Looks for a witness, the ones of other releases first.
fn witness(fault: FaultKind, release: &str, clean: &[Vec<FaultSeen>], known: Option<Witness>) -> Option<Witness> {
    let (slots, requests) = (slots(), requests());
    let twins: Vec<Instance> = slots.into_iter().map(|settings| instance(release, settings, Some(fault))).collect();
    let all = (0..twins.len()).flat_map(|slot| (0..requests.len()).map(move |at| (slot, at)));
    known.into_iter().chain(all).find(|&(slot, at)| answer(&twins[slot], &requests[at]) != clean[slot][at])
}

fn clean(release: &str) -> Vec<Vec<FaultSeen>> {
    let requests = requests();
    let ask = |settings: SlotSettings| {
        let twin = instance(release, settings, None);
        requests.iter().map(|request| answer(&twin, request)).collect()
    };
    slots().into_iter().map(ask).collect()
}

#[test]
fn every_fault_shows_on_every_release_it_applies_to() {
    let mut known: HashMap<FaultKind, Witness> = HashMap::new();
    let mut hidden = Vec::new();
    for release in RELEASES {
        let features = Features::release(release).unwrap();
        let clean = clean(release);
        for fault in FAULTS.iter().filter(|fault| fault.applies(&features)) {
            let kind = fault.kind;
            match witness(kind, release, &clean, known.get(&kind).copied()) {
                Some(found) => drop(known.insert(kind, found)),
                None => hidden.push(format!("{} on {release}", fault.name)),
            }
        }
    }
    assert!(hidden.is_empty(), "{hidden:#?}");
}

/// Prints by which request each fault shows: `cargo test witnesses -- --ignored --nocapture`.
#[test]
#[ignore = "a listing for whoever plans cases"]
fn witnesses() {
    for release in ["4.2.1", "5.2+24103", "5.4", "6.0"] {
        let features = Features::release(release).unwrap();
        let clean = clean(release);
        for fault in FAULTS.iter().filter(|fault| fault.applies(&features)) {
            let Some((slot, at)) = witness(fault.kind, release, &clean, None) else {
                continue;
            };
            let request = &requests()[at];
            let query = String::from_utf8_lossy(&request.query).into_owned();
            let body = String::from_utf8_lossy(&request.body).into_owned();
            eprintln!(
                "{release} {}: {:?} | {} {query} {body:?} {:?} {:?} xhr={}",
                fault.name,
                slots()[slot],
                request.method,
                request.authorization,
                request.cookie,
                request.xhr
            );
        }
    }
}

#[test]
fn a_clean_twin_answers_the_same() {
    for settings in slots() {
        let (one, two) = (instance("5.8", settings.clone(), None), instance("5.8", settings, None));
        for request in requests() {
            assert_eq!(answer(&one, &request), answer(&two, &request));
        }
    }
}
