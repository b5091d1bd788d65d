//! The facts' table of aliases, over real HTTP: the name the gate compares and the one that is dispatched.

use super::super::world::{ListValue, SlotSettings};
use super::wire::{client, fire, start};

/// Request, the entry that admits it, the root of the route.
const ROWS: &[(&str, &str, &str)] = &[
    ("", ".", "CoreHome.redirectToCoreHomeIndex"),
    ("action=index", ".index", "CoreHome.index"),
    ("module[]=x&action=index", ".index", "CoreHome.index"),
    ("module=&action=index", ".index", "CoreHome.index"),
    ("module=CoreHome", "CoreHome.", "CoreHome.redirectToCoreHomeIndex"),
    ("module=CoreHome&action=", "CoreHome.", "CoreHome.redirectToCoreHomeIndex"),
    ("module=ConformanceProbe", "ConformanceProbe.", "ConformanceProbe.index"),
    ("module=ConformanceProbe&action=0", "ConformanceProbe.0", "ConformanceProbe.index"),
    ("module=Referers&action=getAll", "Referers.getAll", "Referrers.getAll"),
    ("module=PDFReports&action=index", "PDFReports.index", "ScheduledReports.index"),
    ("module=ExampleRssWidget&action=rssPiwik", "ExampleRssWidget.rssPiwik", "RssWidget.rssPiwik"),
    ("module=UserCountry&action=GetCountry", "UserCountry.GetCountry", "UserCountry.GetCountry"),
    ("module=Widgetize&action=iframe&moduleToWidgetize=Referers&actionToWidgetize=getAll", "Widgetize.iframe", "Widgetize.iframe"),
    ("module=VisitsSummary&action=index", "VisitsSummary.index", "VisitsSummary.index"),
    ("module=ConformanceProbe&action=need%57rite", "ConformanceProbe.needWrite", "ConformanceProbe.needWrite"),
    ("module=ConformanceProbe&action=need%00Write", "ConformanceProbe.needWrite", "ConformanceProbe.needWrite"),
    ("module=ConformanceProbe&action=need%26%2387%3Brite", "ConformanceProbe.needWrite", "ConformanceProbe.needWrite"),
    ("%20module=ConformanceProbe&action=needWrite", "ConformanceProbe.needWrite", "ConformanceProbe.needWrite"),
];

#[tokio::test]
async fn each_alias_is_admitted_by_its_raw_name_alone() {
    let listed = |name: &str| SlotSettings { allowlist: Some(ListValue::names(&["Other.thing", name])), ..SlotSettings::default() };
    for release in ["5.2+24103", "5.8"] {
        let mut slots: Vec<_> = ROWS.iter().map(|row| listed(row.1)).collect();
        slots.push(SlotSettings::default());
        let matomo = start(release, slots).await;
        let client = client();
        for (slot, &(query, entry, route)) in ROWS.iter().enumerate() {
            let query = format!("{query}&idSite=1&token_auth=token-write");
            for at in 0..=ROWS.len() {
                let base = matomo.url(at).unwrap();
                let admits = ROWS.get(at).is_some_and(|row| row.1 == entry);
                let (word, probe) = fire(&client, &base, &query, None).await;
                if admits {
                    assert!(!word.ends_with("view-required"), "{query}");
                    assert_eq!(probe["route"][0], route, "{query}");
                } else {
                    assert_eq!(word, "500 view-required", "{query} in slot {at}, not {slot}");
                }
            }
            let base = matomo.url(slot).unwrap();
            let query = query.replace("token-write", "token-super");
            assert_eq!(fire(&client, &base, &query, None).await.0, "500 too-high");
        }
    }
}

#[tokio::test]
async fn names_that_lead_nowhere() {
    let list = SlotSettings { flag: "1".into(), ..SlotSettings::default() };
    for (release, unknown_plugin, deactivated, unknown_action) in [
        ("4.0.3", "200 error", "200 error", "200 error"),
        ("5.2", "500 error", "500 error", "500 error"),
        ("5.8", "404 error", "403 error", "404 error"),
    ] {
        let matomo = start(release, vec![list.clone()]).await;
        let (base, client) = (matomo.url(0).unwrap(), client());
        let bad = if release == "4.0.3" { "200 error" } else { "500 error" };
        let array = if release == "4.0.3" { "500 fatal" } else { "500 error" };
        for (query, expected) in [
            ("module=Nowhere&action=index", unknown_plugin),
            ("module=corehome&action=index", unknown_plugin),
            ("module=api&action=index", unknown_plugin),
            ("module=ExamplePlugin&action=index", deactivated),
            ("module=CoreHome&action=Index", unknown_action),
            ("module=CoreHome&action=index%20", unknown_action),
            ("module=CoreHome&action=%2569ndex", unknown_action),
            ("module=A.B&action=C", bad),
            // Without internet features the plugin's name is looked at before the plugin is looked for.
            ("module=1&action=C", bad),
            ("module=CoreHome&action[]=index", array),
            ("module=CoreHome&action=redirectToIndex", "500 fatal"),
            ("module=CoreHome&action=__construct", "200 ok"),
        ] {
            let query = format!("{query}&idSite=1&token_auth=token-write");
            let got = fire(&client, &base, &query, None).await;
            assert_eq!(got.0, expected, "{release} {query}");
        }
    }
}

#[tokio::test]
async fn what_is_api_and_what_is_not() {
    let matomo = start("5.2", vec![SlotSettings::default()]).await;
    let (base, client) = (matomo.url(0).unwrap(), client());
    let method = "&method=ConformanceProbe.getNeedSuper&format=json&token_auth=token-super";
    for exempt in [
        "module=API",
        "module=API&action=",
        "module=API&action=index",
        "module=API&action=0",
        "module=API&action=index%00",
        "module=API&action=%00",
        "module=API%00",
        "module=%26%2365%3BPI",
        "module=AP%49",
    ] {
        let got = fire(&client, &base, &format!("{exempt}{method}"), None).await;
        assert_eq!(got.0, "200 ok", "{exempt}");
    }
    for gated in [
        "module=api",
        "module=API%20",
        "module[]=API",
        "module=API&action=Index",
        "module=API&action=index%20",
        "module=API&action=listAllMethods",
        "module=API&action=glossary",
    ] {
        let got = fire(&client, &base, &format!("{gated}{method}"), None).await;
        assert_eq!(got.0, "500 too-high", "{gated}");
    }
}
