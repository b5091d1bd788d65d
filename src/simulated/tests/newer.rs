//! The facts on 5.4, 5.7, 5.8 and 6.0.

use super::super::catalogue::Catalogue;
use super::super::exchange::{Incoming, Instance};
use super::super::world::{ListValue, SlotSettings};
use super::fixture::{ask, bearer, cookie, get, instance, post, probe, xhr};

const PAGE: &str = "module=ConformanceProbe&action=needView&idSite=1";
const API: &str = "module=API&method=ConformanceProbe.getNeedView&idSite=1&format=json";

fn plain(release: &str) -> Instance {
    instance(release, SlotSettings::default(), None)
}

#[test]
fn the_header() {
    let with = |value: &str| Incoming { authorization: Some(value.to_owned()), ..get(PAGE) };
    for (header, expected) in [
        ("Bearer token-view", "200 ok"),
        ("Bearer secure-view", "200 ok"),
        ("Bearer token-write", "500 view-required"),
        ("Bearer token-super", "500 too-high"),
        ("Bearer  token-view", "403 login"),
        ("Bearer token-view ", "403 login"),
        ("bearer token-super", "403 login"),
        ("BEARER token-super", "403 login"),
        ("Bearer\ttoken-super", "403 login"),
        ("Basic token-super", "403 login"),
    ] {
        assert_eq!(ask(&plain("5.8"), &with(header)), expected, "{header}");
        assert_eq!(ask(&plain("5.2"), &with(header)), "403 login", "{header}");
    }
    // an empty one hides the others: the session stays, without a gate
    let empty = Incoming { authorization: Some("Bearer ".to_owned()), ..cookie(get(&format!("{PAGE}&token_auth=token-super")), "view") };
    assert_eq!(ask(&plain("5.8"), &empty), "200 ok");
}

#[test]
fn sources_in_their_order_from_5_4_to_5_7() {
    let at = plain("5.4");
    let query = |token: &str| format!("{PAGE}&token_auth={token}");
    let both = post(&query("token-super"), "token_auth=token-view");
    assert_eq!(ask(&at, &both), "200 ok");
    let both = post(&query("token-view"), "token_auth=token-super");
    assert_eq!(ask(&at, &both), "500 too-high");
    let header = bearer(post(PAGE, "token_auth=token-super"), "token-view");
    assert_eq!(ask(&at, &header), "200 ok");
    let entity = get(&query("%26%23116%3Boken-view"));
    assert_eq!(ask(&at, &entity), "403 login");
    let nul = get(&query("token%00-view"));
    assert_eq!(ask(&at, &nul), "200 ok");
}

#[test]
fn conflicts_from_5_8_on() {
    let at = plain("5.8");
    let query = |token: &str| format!("{PAGE}&token_auth={token}");
    for conflict in [
        post(&query("token-super"), "token_auth=token-view"),
        post(&query("bogus"), "token_auth=anonymous"),
        bearer(get(&query("token-super")), "token-view"),
        bearer(post(PAGE, "token.auth=a"), "token-view"),
        post(&format!("{PAGE}&force_api_session=1"), "force_api_session=0"),
        Incoming { method: "HEAD".to_owned(), ..bearer(get(&query("a")), "b") },
    ] {
        assert_eq!(ask(&at, &conflict), "400 error");
        assert_eq!(ask(&at, &xhr(conflict.clone())), "400 error");
        assert_eq!(probe(&at, &conflict).get("login"), None);
        let api = Incoming { query: conflict.query.iter().copied().chain(*b"&").collect(), ..conflict };
        let raw = String::from_utf8(api.query.clone()).unwrap().replace(PAGE, API);
        let api = Incoming { query: raw.into_bytes(), ..api };
        assert_eq!(ask(&at, &api), "400 api-error");
    }
    for harmony in [
        post(&query(""), "token_auth=token-view"),
        post(&query("0"), "token_auth=token-view"),
        post(&query("%00"), "token_auth=token-view"),
        post(&query("token-view"), "token_auth=token-view"),
        post(&format!("{PAGE}&token_auth[]=x"), "token_auth=token-view"),
        bearer(get(&query("0")), "token-view"),
        post(&format!("{PAGE}&force_api_session=1"), "force_api_session=true&token_auth=token-view"),
    ] {
        assert_eq!(ask(&at, &harmony), "200 ok");
    }
    let secure = post(&query("secure-view"), "token_auth=secure-view");
    assert_eq!(ask(&at, &secure), "200 ok");
    assert_eq!(ask(&plain("5.2"), &secure), "403 login");
}

#[test]
fn a_list_that_throws() {
    let broken = SlotSettings { allowlist: Some(ListValue::Throws), ..SlotSettings::default() };
    let at = instance("5.8", broken, None);
    for (token, expected) in [("view", "500 error"), ("write", "500 error"), ("super", "500 too-high")] {
        let incoming = get(&format!("{PAGE}&token_auth=token-{token}"));
        assert_eq!(ask(&at, &incoming), expected, "{token}");
    }
}

#[test]
fn forms_of_the_list() {
    let name = || ListValue::Text("ConformanceProbe.needWrite".into());
    let text = |text: &str| ListValue::Text(text.to_owned());
    let incoming = get("module=ConformanceProbe&action=needWrite&idSite=1&token_auth=token-write");
    for (value, opens) in [
        (ListValue::List(vec![name()]), true),
        (ListValue::Map(vec![("k".into(), name())]), true),
        (ListValue::Closure(Box::new(ListValue::List(vec![name()]))), true),
        (name(), false),
        (ListValue::Null, false),
        (ListValue::List(vec![ListValue::List(vec![name()])]), false),
        (ListValue::List(vec![ListValue::Bool(true), ListValue::Number(0)]), false),
        (ListValue::List(vec![text("ConformanceProbe.needwrite")]), false),
        (ListValue::List(vec![text("ConformanceProbe.needWrite ")]), false),
        (ListValue::List(vec![text("*")]), false),
        (ListValue::Map(vec![("ConformanceProbe.needWrite".into(), ListValue::Bool(true))]), false),
    ] {
        let settings = SlotSettings { allowlist: Some(value.clone()), ..SlotSettings::default() };
        let expected = if opens { "200 ok" } else { "500 view-required" };
        for release in ["5.2+24103", "5.8", "6.0"] {
            let at = instance(release, settings.clone(), None);
            assert_eq!(ask(&at, &incoming), expected, "{release} {value:?}");
        }
        let at = instance("5.2", settings, None);
        assert_eq!(ask(&at, &incoming), "500 view-required");
    }
}

#[test]
fn what_the_code_brings_counts_until_the_instance_has_a_list_of_its_own() {
    let listed = |text: &str| Some(ListValue::names(&[text]));
    let joins = |allowlist| SlotSettings { allowlist, allowlist_joins: true, ..SlotSettings::default() };
    let replaces = |allowlist| SlotSettings { allowlist, ..SlotSettings::default() };
    let incoming = get("module=ConformanceProbe&action=needWrite&idSite=1&token_auth=token-write");
    for (release, settings, expected) in [
        ("5.8", SlotSettings::default(), "200 ok"),
        ("5.8", joins(listed("Other.thing")), "200 ok"),
        ("5.8", joins(None), "200 ok"),
        ("5.8", replaces(listed("Other.thing")), "500 view-required"),
        ("5.8", replaces(Some(ListValue::Null)), "500 view-required"),
        ("5.2", SlotSettings::default(), "500 view-required"),
    ] {
        let mut at = instance(release, settings.clone(), None);
        let catalogue = Catalogue { listed: vec!["ConformanceProbe.needWrite".into()], ..Catalogue::built_in() };
        at.catalogue = std::sync::Arc::new(catalogue);
        assert_eq!(ask(&at, &incoming), expected, "{release} {settings:?}");
        let sibling = get("module=ConformanceProbe&action=needAdmin&idSite=1&token_auth=token-admin");
        assert_eq!(ask(&at, &sibling), "500 view-required");
    }
    let own = joins(listed("ConformanceProbe.needWrite"));
    assert_eq!(ask(&instance("5.8", own, None), &incoming), "200 ok");
}

#[test]
fn widgets_from_6_0_on() {
    let widget = "module=Widgetize&action=iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needView&idSite=1";
    for (query, body, expected) in [
        ("&token_auth=secure-view", "", "401 error"),
        ("&token_auth=bogus", "", "401 error"),
        ("&token_auth=anonymous", "", "403 login"),
        ("", "token_auth=bogus", "403 login"),
        ("&token_auth=token-view", "", "200 ok"),
        ("&token_auth=token-super", "", "500 too-high"),
    ] {
        let incoming = post(&format!("{widget}{query}"), body);
        assert_eq!(ask(&plain("6.0"), &incoming), expected, "{query} {body}");
    }
    let incoming = get(&format!("{widget}&token_auth=bogus"));
    assert_eq!(ask(&plain("5.8"), &incoming), "403 login");
}

#[test]
fn scoped_tokens_of_6_0() {
    let at = plain("6.0");
    for (level, expected) in [
        ("view", "200 ok"),
        ("write", "500 view-required"),
        ("admin", "500 view-required"),
        ("superuser", "500 too-high"),
        ("bogus", "403 login"),
    ] {
        let query = format!("{PAGE}&token_auth=scoped-{level}");
        assert_eq!(ask(&at, &get(&query)), expected, "{level}");
        assert_eq!(ask(&plain("5.8"), &get(&query)), "500 too-high", "{level}");
        let header = bearer(get(PAGE), &format!("scoped-{level}"));
        assert_eq!(ask(&at, &header), expected, "{level}");
        let forced = cookie(get(&format!("{query}&force_api_session=1")), "view");
        // exempt: the session's user, who has view only, decides
        let expected = if level == "superuser" { "200 ok" } else { "500 error" };
        assert_eq!(ask(&at, &forced), expected, "{level}");
    }
}

#[test]
fn one_navigation_takes_nothing_from_the_url() {
    let overlay = "module=Overlay&action=startOverlaySession&idSite=1";
    let at = plain("6.0");
    let url = cookie(get(&format!("{overlay}&token_auth=token-super")), "view");
    assert_eq!(ask(&at, &url), "200 ok");
    assert_eq!(ask(&plain("5.8"), &url), "500 too-high");
    assert_eq!(ask(&at, &post(overlay, "token_auth=token-super")), "500 too-high");
    assert_eq!(ask(&at, &bearer(get(overlay), "token-super")), "500 too-high");
    let both = post(&format!("{overlay}&token_auth=token-super"), "token_auth=token-view");
    assert_eq!(ask(&at, &both), "200 ok");
}

#[test]
fn api_errors_by_release_and_format() {
    for (query, old, new) in [
        ("&token_auth=bogus", "200 api-error", "401 api-error"),
        ("", "200 api-error", "401 api-error"),
        ("&token_auth=token-view", "200 ok", "200 ok"),
        ("&token_auth=token-view&method=", "200 api-error", "200 api-error"),
        ("&token_auth=token-view&method=a.b.c", "200 api-error", "200 api-error"),
        ("&token_auth=token-view&method=ExamplePlugin.get", "200 api-error", "200 api-error"),
        ("&token_auth=token-view&method=ConformanceProbe.no", "200 api-error", "400 api-error"),
    ] {
        for format in ["json", "xml"] {
            let incoming = get(&format!("{API}{query}&format={format}"));
            assert_eq!(ask(&plain("4.2.1"), &incoming), old, "{query} {format}");
            for release in ["5.0", "5.2", "5.8", "6.0"] {
                assert_eq!(ask(&plain(release), &incoming), new, "{release} {query} {format}");
            }
        }
    }
    let page = get("module=API&token_auth=bogus");
    assert_eq!(ask(&plain("5.2"), &page), "401 error");
}

#[test]
fn dry_requests_stop_before_the_action() {
    let dry = |query: &str| Incoming { dry: true, ..get(query) };
    let at = plain("5.2");
    for (query, route, resolved) in [
        ("module=ConformanceProbe&action=needSuper&token_auth=token-view", "ConformanceProbe.needSuper", "controller"),
        ("module=UserCountry&action=GetCountry&token_auth=token-view", "UserCountry.GetCountry", "report"),
        ("module=CoreHome&action=quickLinks&token_auth=token-view", "CoreHome.quickLinks", "widget"),
        ("module=API&method=x&token_auth=token-super", "API.index", "controller"),
        ("module=CoreHome&action=no&token_auth=token-view", "CoreHome.no", "none"),
    ] {
        let reported = probe(&at, &dry(query));
        assert_eq!(reported["route"], serde_json::json!([route]), "{query}");
        assert_eq!(reported["resolved"], resolved, "{query}");
        let expected = if resolved == "none" { "500 error" } else { "200 dry" };
        assert_eq!(ask(&at, &dry(query)), expected, "{query}");
    }
    let gated = dry("module=CoreHome&action=index&token_auth=token-super");
    assert_eq!(ask(&at, &gated), "500 too-high");
}
