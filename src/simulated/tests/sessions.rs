//! The facts on session cookies, tokens beside them, and nested API calls.

use super::super::world::SlotSettings;
use super::fixture::{ask, cookie, get, instance, post, probe, xhr};

const PAGE: &str = "module=ConformanceProbe&action=needView&idSite=1";

fn plain(release: &str) -> super::super::exchange::Instance {
    instance(release, SlotSettings::default(), None)
}

#[test]
fn cookie_and_token_from_4_3_on() {
    for (query, session, expected) in [
        ("", "super", "200 ok"),
        ("", "view", "200 ok"),
        ("&token_auth=", "super", "200 ok"),
        // without the flag the cookie does not exist
        ("&token_auth=token-view", "super", "200 ok"),
        ("&token_auth=token-super", "view", "500 too-high"),
        ("&token_auth=session-view", "view", "403 login"),
        // the session's own token is not gated
        ("&token_auth=session-super&force_api_session=1", "super", "200 ok"),
        ("&token_auth=session-write&force_api_session=1", "write", "200 ok"),
        // any other token counts as the session
        ("&token_auth=token-super&force_api_session=1", "view", "200 ok"),
        ("&token_auth=token-view&force_api_session=1", "write", "500 view-required"),
        ("&token_auth=token-view&force_api_session=1", "super", "500 too-high"),
        ("&token_auth=anonymous&force_api_session=1", "super", "500 too-high"),
        ("&token_auth=bogus&force_api_session=1", "view", "200 ok"),
        // a cookie that is none falls back to the token
        ("&token_auth=token-view&force_api_session=1", "stranger", "200 ok"),
    ] {
        let incoming = cookie(get(&format!("{PAGE}{query}")), session);
        for release in ["5.0", "5.2", "5.4", "5.8", "6.0"] {
            assert_eq!(ask(&plain(release), &incoming), expected, "{release} {query} {session}");
        }
    }
}

#[test]
fn truth_of_the_flag() {
    for (value, before, after) in [
        ("1", true, true),
        ("true", true, true),
        ("TRUE", true, true),
        ("1%00", true, true),
        ("false", true, false),
        ("abc", true, false),
        ("01", true, false),
        ("1%20", true, false),
        ("2", true, false),
        ("0", false, false),
        ("", false, false),
    ] {
        let query = format!("{PAGE}&token_auth=session-view&force_api_session={value}");
        let incoming = cookie(get(&query), "view");
        for (release, counts) in [("5.2", before), ("5.8", after)] {
            let expected = if counts { "200 ok" } else { "403 login" };
            assert_eq!(ask(&plain(release), &incoming), expected, "{release} {value}");
        }
    }
    let query = format!("{PAGE}&token_auth=session-view&force_api_session[]=1");
    let incoming = cookie(get(&query), "view");
    assert_eq!(ask(&plain("5.2"), &incoming), "200 ok");
    assert_eq!(ask(&plain("5.8"), &incoming), "403 login");
}

#[test]
fn the_session_wins_before_4_3() {
    for (token, session, expected) in
        [("token-view", "super", "too-high"), ("token-super", "view", "200 ok"), ("token-view", "write", "view-required")]
    {
        let incoming = cookie(get(&format!("{PAGE}&token_auth={token}")), session);
        for release in ["4.0.3", "4.2.1"] {
            let got = ask(&plain(release), &incoming);
            assert!(got.ends_with(expected), "{release} {token} {session}: {got}");
        }
    }
}

#[test]
fn widgetize_checks_once_more() {
    let widget = "module=Widgetize&action=iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needView&idSite=1";
    for (session, expected) in [("view", "200 ok"), ("write", "500 view-required"), ("super", "500 too-high")] {
        let query = format!("{widget}&token_auth=session-{session}&force_api_session=1");
        let incoming = cookie(get(&query), session);
        for release in ["5.2", "5.8"] {
            assert_eq!(ask(&plain(release), &incoming), expected, "{release} {session}");
        }
    }
    // #16869: up to 4.0.3 the second check did not know the setting
    let open = SlotSettings { flag: "1".into(), ..SlotSettings::default() };
    let incoming = get(&format!("{widget}&token_auth=token-write"));
    assert_eq!(ask(&instance("4.0.3", open.clone(), None), &incoming), "200 view-required");
    assert_eq!(ask(&instance("4.2.1", open, None), &incoming), "200 ok");
}

#[test]
fn api_and_sessions() {
    let read = "module=API&method=ConformanceProbe.getNeedView&idSite=1&format=json";
    let other = "module=API&method=ConformanceProbe.postNeedView&idSite=1&format=json";
    let own = "&token_auth=session-view&force_api_session=1";
    for release in ["5.2", "5.8"] {
        let at = plain(release);
        let with = |incoming| ask(&at, &cookie(incoming, "view"));
        assert_eq!(with(get(read)), "401 api-error");
        assert_eq!(with(get(&format!("{read}{own}"))), "200 ok");
        assert_eq!(with(get(&format!("{other}{own}"))), "401 api-error");
        assert_eq!(with(post(other, &own[1..])), "200 ok");
        let app = format!("{other}&token_auth=token-view&force_api_session=1");
        assert_eq!(with(get(&app)), "200 ok");
    }
    // the session is used only where flag and token stand in one place
    let query = format!("{read}&token_auth=session-view");
    let split = cookie(post(&query, "force_api_session=1"), "view");
    for release in ["5.2", "5.8"] {
        assert_eq!(ask(&plain(release), &split), "401 api-error", "{release}");
    }
}

#[test]
fn nested_calls_ask_again_where_the_parameter_differs() {
    let open = SlotSettings { anonymous_view: vec![1], ..SlotSettings::default() };
    let report = "module=UserCountry&action=getCountry&idSite=1";
    let at = instance("5.2", open, None);
    assert_eq!(ask(&at, &get(report)), "200 ok");
    assert_eq!(ask(&at, &get(&format!("{report}&token_auth="))), "403 login");
    assert_eq!(ask(&at, &get(&format!("{report}&token_auth=anonymous"))), "200 ok");
    let nested = "module=ConformanceProbe&action=nested&token_auth=";
    let reported = probe(&at, &get(nested));
    assert_eq!(reported["view"], serde_json::json!([1]));
    assert_eq!(reported["nested"]["view"], serde_json::json!([]));
    // from 5.4 on a good token in the body passes the gate, yet the nested calls see the empty one
    let at = plain("5.8");
    let masked = format!("{report}&token_auth=");
    assert_eq!(ask(&at, &post(&masked, "token_auth=token-view")), "403 login");
    let action = format!("{PAGE}&token_auth[]=x");
    assert_eq!(ask(&at, &post(&action, "token_auth=token-view")), "200 ok");
}

#[test]
fn nested_failure_prints_two_documents() {
    let query = "module=Widgetize&action=iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needWrite&idSite=1\
        &token_auth=token-view";
    let at = plain("5.2");
    let answer = super::super::pipeline::answer(&at, &get(query));
    assert_eq!(answer.page.status, 403);
    let login = answer.page.body.find("id=\"loginPage\"").unwrap();
    let around = answer.page.body.find("class=\"widgetized\"").unwrap();
    assert!(login < around);
}

#[test]
fn xhr_has_its_own_forms() {
    let at = plain("5.2");
    let gate = xhr(get(&format!("{PAGE}&token_auth=token-super")));
    assert_eq!(ask(&at, &gate), "500 too-high");
    let nobody = xhr(get(&format!("{PAGE}&token_auth=bogus")));
    assert_eq!(ask(&at, &nobody), "200 login");
}

#[test]
fn the_trap_is_laid() {
    let sentence = "This user has super-user access.";
    let query = format!("{PAGE}&token_auth=bogus");
    for (release, laid) in [("4.0.3", false), ("5.2", true)] {
        let answer = super::super::pipeline::answer(&plain(release), &get(&query));
        assert_eq!(answer.page.body.contains(sentence), laid, "{release}");
        assert!(answer.page.body.contains("<body id=\"loginPage\""));
    }
}
