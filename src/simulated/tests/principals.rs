//! The facts' table of principals, over real HTTP.

use super::super::SlotSettings;
use super::wire::{client, fire, start};

const PAGE: &str = "module=ConformanceProbe&action=needView&idSite=1&language=en";

#[tokio::test]
async fn table_of_principals_on_5_2() {
    let anonymous_view = SlotSettings { anonymous_view: vec![1], ..SlotSettings::default() };
    let matomo = start("5.2", vec![SlotSettings::default(), anonymous_view]).await;
    let (closed, open) = (matomo.url(0).unwrap(), matomo.url(1).unwrap());
    let client = client();
    // principal, answer in the URL, answer in the body
    for (base, token, in_url, in_body) in [
        (&closed, "anonymous", "403 login", "403 login"),
        (&open, "anonymous", "200 ok", "200 ok"),
        (&open, "bogus", "403 login", "403 login"),
        (&open, "0", "403 login", "403 login"),
        (&open, "expired-view", "403 login", "403 login"),
        (&open, "expired-super", "403 login", "403 login"),
        (&closed, "secure-view", "403 login", "200 ok"),
        (&closed, "secure-super", "403 login", "500 too-high"),
        (&closed, "secure-write", "403 login", "500 view-required"),
        (&closed, "token-nothing", "403 login", "403 login"),
        (&closed, "token-ghost", "403 login", "403 login"),
        (&closed, "token-view", "200 ok", "200 ok"),
        (&closed, "token-view%00", "200 ok", "200 ok"),
        (&closed, "%20token-view", "403 login", "403 login"),
        (&closed, "TOKEN-VIEW", "403 login", "403 login"),
        (&closed, "%26%23116%3Boken-view", "200 ok", "200 ok"),
        (&closed, "token-write", "500 view-required", "500 view-required"),
        (&closed, "token-admin", "500 view-required", "500 view-required"),
        (&closed, "token-admin2", "500 view-required", "500 view-required"),
        (&closed, "token-mixed", "500 view-required", "500 view-required"),
        (&closed, "token-super", "500 too-high", "500 too-high"),
    ] {
        let got = fire(&client, base, &format!("{PAGE}&token_auth={token}"), None).await;
        assert_eq!(got.0, in_url, "GET {token}");
        let body = format!("token_auth={token}");
        let got = fire(&client, base, PAGE, Some(&body)).await;
        assert_eq!(got.0, in_body, "POST {token}");
    }
    let got = fire(&client, &closed, PAGE, None).await;
    assert_eq!(got.0, "403 login");
    let got = fire(&client, &open, PAGE, None).await;
    assert_eq!(got.0, "200 ok");
}

#[tokio::test]
async fn url_wins_over_body_up_to_5_3() {
    let anonymous_view = SlotSettings { anonymous_view: vec![1], ..SlotSettings::default() };
    for release in ["4.0.3", "5.2"] {
        let matomo = start(release, vec![anonymous_view.clone()]).await;
        let (base, client) = (matomo.url(0).unwrap(), client());
        let error = if release == "5.2" { 500 } else { 200 };
        for (query, body, expected) in [
            ("&token_auth=token-super", "token_auth=token-view", format!("{error} too-high")),
            ("&token_auth=token-view", "token_auth=token-super", "200 ok".into()),
            ("&token_auth=", "token_auth=token-super", "200 ok".into()),
            ("&token_auth[]=x", "token_auth=token-super", "200 ok".into()),
            ("&token_auth=token-view", "token_auth[]=x", "200 ok".into()),
            ("&token_auth=token-view&token.auth=token-super", "", format!("{error} too-high")),
            ("&token_auth=token-super&token%20auth=token-view", "", "200 ok".into()),
            ("&token_auth=token-view&token[auth=token-super", "", format!("{error} too-high")),
            ("&token_auth=token-view&TOKEN_AUTH=token-super", "", "200 ok".into()),
        ] {
            let got = fire(&client, &base, &format!("{PAGE}{query}"), Some(body)).await;
            assert_eq!(got.0, expected, "{release} {query} {body}");
        }
    }
}

#[tokio::test]
async fn settings_open_what_they_should() {
    let flag = |text: &str| SlotSettings { flag: text.into(), ..SlotSettings::default() };
    let texts = ["1", "\"1\"", "true", "", "0", "yes", "\"true\"", "2"];
    let matomo = start("5.2", texts.map(flag).to_vec()).await;
    let client = client();
    for (slot, text) in texts.into_iter().enumerate() {
        let base = matomo.url(slot).unwrap();
        let expected = if slot < 3 { "200 ok" } else { "500 view-required" };
        for token in ["token-write", "token-admin"] {
            let got = fire(&client, &base, &format!("{PAGE}&token_auth={token}"), None).await;
            assert_eq!(got.0, expected, "{text} {token}");
        }
        let got = fire(&client, &base, &format!("{PAGE}&token_auth=token-super"), None).await;
        assert_eq!(got.0, "500 too-high", "{text}");
    }
}

#[tokio::test]
async fn secure_tokens_only_by_policy() {
    let policy = SlotSettings { only_allow_secure: true, ..SlotSettings::default() };
    for (release, in_both) in [("5.2", "403 login"), ("5.4", "200 ok")] {
        let matomo = start(release, vec![policy.clone()]).await;
        let (base, client) = (matomo.url(0).unwrap(), client());
        for (query, body, expected) in [
            ("&token_auth=token-view", "", "403 login"),
            ("&token_auth=token-super", "", "403 login"),
            ("", "token_auth=token-view", "200 ok"),
            ("&token_auth=token-view", "token_auth=token-view", in_both),
        ] {
            let got = fire(&client, &base, &format!("{PAGE}{query}"), Some(body)).await;
            assert_eq!(got.0, expected, "{release} {query} {body}");
        }
    }
}

#[tokio::test]
async fn the_probe_says_who_and_what() {
    let matomo = start("5.2", vec![SlotSettings::default()]).await;
    let (base, client) = (matomo.url(0).unwrap(), client());
    let query = format!("{PAGE}&token_auth=token-mixed");
    let (_, probe) = fire(&client, &base, &query, None).await;
    assert_eq!(
        probe,
        serde_json::json!({
            "login": "mixed", "super": false, "view": [1], "write": [2], "admin": [],
            "error": {"class": "Piwik\\Exception\\Exception", "key": "Widgetize_ViewAccessRequired"},
        })
    );
    let query = "module=ConformanceProbe&action=needWrite&idSite=1&token_auth=token-view";
    let (_, probe) = fire(&client, &base, query, None).await;
    assert_eq!(
        probe,
        serde_json::json!({
            "gate": true, "login": "view", "super": false, "view": [1], "write": [], "admin": [],
            "route": ["ConformanceProbe.needWrite", "Login.login"], "denied": "NoAccess",
        })
    );
}
