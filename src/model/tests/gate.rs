//! The gate itself.

use rstest::rstest;

use super::support::{Held, Never, Not, Row, Scene, names, outcome};
use crate::model::{ClauseId, Delivery, Entry, Names, hangs_on_brought};

#[rstest]
#[case(Row("5.2", "default", "?module=API&token_auth=$TOKEN_SUPER", Held, "super: API.index"))]
#[case(Row("5.2", "default", "API.index&token_auth=$TOKEN_SUPER", Held, "super: API.index"))]
#[case(Row("5.2", "default", "API.0&token_auth=$TOKEN_WRITE", Held, "write: API.index"))]
#[case(Row("5.2", "default", "API.index%00&token_auth=$TOKEN_SUPER", Held, "super: API.index"))]
#[case(Row("5.2", "default", "API.%00&token_auth=$TOKEN_SUPER", Held, "super: API.index"))]
#[case(Row("5.2", "default", "?module=%26%2365%3BPI&token_auth=$TOKEN_SUPER", Held, "super: API.index"))]
#[case(Row("5.2", "default", "?module=AP%49&token_auth=$TOKEN_SUPER", Held, "super: API.index"))]
#[case(Row("5.2", "default", "?module=API&action[]=x&token_auth=$TOKEN_SUPER", Held, "bad-parameter"))]
#[case(Row("5.2", "default", "?token_auth=$TOKEN_SUPER | body: module=API", Held, "super: API.index"))]
#[case(Row("5.2", "default", "API.listAllMethods&token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
#[case(Row("5.2", "default", "API.glossary&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case(Row("5.2", "default", "API.Index&token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
#[case(Row("5.2", "default", "API.index%20&token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
#[case(Row("5.2", "default", "API.00&token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
#[case(Row("5.2", "default", "api.index&token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
#[case(Row("5.2", "default", "?module=API%20&token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
#[case(Row("5.2", "default", "?module[]=API&token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
#[case(Row("5.2", "default", "?method=API.getMatomoVersion&token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER | body: module=API&action=index", Not, "gate-super-user"))]
#[case(Row("5.2", "default", "API.index", Never, "anonymous: API.index"))]
fn requests_for_exactly_the_api_meet_no_gate(#[case] row: Row) {
    row.check(ClauseId::GateApi);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("5.2", "flag", "VisitsSummary.index&token_auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("5.2+list", "list=VisitsSummary.index", "VisitsSummary.index&token_auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("5.8", "flag map=VisitsSummary.index", "VisitsSummary.index | body: token_auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("6.0", "flag", "VisitsSummary.index | header: Bearer $TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("4.0.3", "flag", "NoSuchPlugin.index&token_auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_ADMIN", Not, "gate-some-write"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row("6.0", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_VIEW", Not, "super: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER_EXPIRED", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "API.index&token_auth=$TOKEN_SUPER", Never, "super: API.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index | cookie: super", Never, "super: VisitsSummary.index"))]
fn super_users_open_nothing_outside_the_api_whatever_the_settings(#[case] row: Row) {
    row.check(ClauseId::GateSuperuser);
}

#[rstest]
#[case(Row("5.2", "flag", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Held, "write: VisitsSummary.index"))]
#[case(Row("4.0.3", "flag", "VisitsSummary.index&token_auth=$TOKEN_ADMIN", Held, "admin: VisitsSummary.index"))]
#[case(Row("5.2+list", "flag list=CoreHome.index", "VisitsSummary.index&token_auth=$TOKEN_MIXED", Held, "mixed: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row("5.2", "flag", "VisitsSummary.index&token_auth=$TOKEN_SUPER", Never, "gate-super-user"))]
fn the_flag_opens_everything_for_write_and_admin_tokens(#[case] row: Row) {
    row.check(ClauseId::GateFlag);
}

#[rstest]
#[case::exact(Row(
    "5.2+list",
    "list=VisitsSummary.index",
    "VisitsSummary.index&token_auth=$TOKEN_WRITE",
    Held,
    "write: VisitsSummary.index"
))]
#[case::one_of_many(Row(
    "5.8",
    "list=0,CoreHome.index,VisitsSummary.index",
    "VisitsSummary.index&token_auth=$TOKEN_ADMIN",
    Held,
    "admin: VisitsSummary.index"
))]
#[case::keyed(Row("5.8", "map=VisitsSummary.index", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Held, "write: VisitsSummary.index"))]
#[case::closure(Row(
    "5.8",
    "closure=VisitsSummary.index",
    "VisitsSummary.index&token_auth=$TOKEN_WRITE",
    Held,
    "write: VisitsSummary.index"
))]
#[case::nothing_sent(Row("5.8", "list=.", "?token_auth=$TOKEN_WRITE", Held, "write: CoreHome.index"))]
#[case::old_name(Row("5.8", "list=Referers.getAll", "Referers.getAll&token_auth=$TOKEN_WRITE", Held, "write: Referrers.getAll"))]
#[case::escaped(Row(
    "5.8",
    "list=ConformanceProbe.need&amp;x",
    "ConformanceProbe.need%26x&token_auth=$TOKEN_WRITE",
    Held,
    "action-not-found"
))]
#[case::api_action(Row("5.8", "list=API.listAllMethods", "API.listAllMethods&token_auth=$TOKEN_WRITE", Held, "write: API.listAllMethods"))]
#[case::other_endpoint(Row("5.2+list", "list=CoreHome.index", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::empty(Row("5.8", "default", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::lower_case(Row("5.8", "list=visitssummary.index", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::upper_case(Row("5.8", "list=VISITSSUMMARY.INDEX", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::prefix(Row("5.8", "list=VisitsSummary.inde", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::longer(Row("5.8", "list=VisitsSummary.indexx", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::module_only(Row("5.8", "list=VisitsSummary", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::wildcard(Row("5.8", "list=VisitsSummary.*,*", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::space_before(Row("5.8", "list=_VisitsSummary.index", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::space_after(Row("5.8", "list=VisitsSummary.index_", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::true_value(Row("5.8", "list=true", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::zero(Row("5.8", "list=0,false", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::nested(Row("5.8", "list=[VisitsSummary.index]", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::bare_string(Row("5.8", "text=VisitsSummary.index", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::null(Row("5.8", "null=VisitsSummary.index", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::new_name(Row("5.8", "list=Referrers.getAll", "Referers.getAll&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::default_action(Row("5.8", "list=VisitsSummary.index", "?module=VisitsSummary&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::default_module(Row("5.8", "list=CoreHome.index", "?token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case::sent_in_body(Row(
    "5.8",
    "list=CoreHome.index",
    "VisitsSummary.index | body: module=CoreHome&token_auth=$TOKEN_WRITE",
    Not,
    "gate-some-write"
))]
#[case::without_the_feature(Row(
    "5.2",
    "list=VisitsSummary.index",
    "VisitsSummary.index&token_auth=$TOKEN_WRITE",
    Never,
    "gate-some-write"
))]
#[case::super_user(Row("5.8", "list=VisitsSummary.index", "VisitsSummary.index&token_auth=$TOKEN_SUPER", Never, "gate-super-user"))]
#[case::behind_the_flag(Row(
    "5.8",
    "flag list=VisitsSummary.index",
    "VisitsSummary.index&token_auth=$TOKEN_WRITE",
    Never,
    "write: VisitsSummary.index"
))]
fn only_an_entry_strictly_equal_to_module_and_action_opens_an_endpoint(#[case] row: Row) {
    row.check(ClauseId::GateAllowlist);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Held, "gate-some-write"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_ADMIN", Held, "gate-some-write"))]
#[case(Row("5.2", "default", "VisitsSummary.index&idSite=1&token_auth=$TOKEN_MIXED", Held, "gate-some-write"))]
#[case(Row("5.2", "default", "VisitsSummary.index&idSite=1&token_auth=$TOKEN_ADMIN_ELSEWHERE", Held, "gate-some-write"))]
#[case(Row("4.0.3", "default", "NoSuchPlugin.index | body: token_auth=$TOKEN_WRITE", Held, "gate-some-write"))]
#[case(Row("6.0", "default", "VisitsSummary.index | header: Bearer $TOKEN_WRITE", Held, "gate-some-write"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_NO_ACCESS", Not, "no-access: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=bogus", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "flag", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Never, "write: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index | cookie: write", Never, "write: VisitsSummary.index"))]
fn users_with_some_write_access_open_nothing_outside_the_api(#[case] row: Row) {
    row.check(ClauseId::GateWrite);
}

#[rstest]
#[case::listed("5.8", "default", Delivery::Instance, "VisitsSummary.index", "write: VisitsSummary.index")]
#[case::its_sibling("5.8", "default", Delivery::Instance, "VisitsSummary.getSparklines", "gate-some-write")]
#[case::in_another_case("5.8", "default", Delivery::Instance, "Referrers.index", "gate-some-write")]
#[case::with_other_settings("5.8", "anonymous", Delivery::Instance, "VisitsSummary.index", "write: VisitsSummary.index")]
#[case::replaced_by_the_instance("5.8", "list=CoreHome.index", Delivery::Instance, "VisitsSummary.index", "gate-some-write")]
#[case::replaced_by_no_list("5.8", "null=CoreHome.index", Delivery::Instance, "VisitsSummary.index", "gate-some-write")]
#[case::beside_a_plugins_list("5.8", "list=CoreHome.index", Delivery::Plugin, "VisitsSummary.index", "write: VisitsSummary.index")]
#[case::the_plugins_own("5.8", "list=CoreHome.index", Delivery::Plugin, "CoreHome.index", "write: CoreHome.index")]
#[case::without_the_feature("5.2", "default", Delivery::Instance, "VisitsSummary.index", "gate-some-write")]
fn entries_that_the_matomo_brings_count_unless_the_instance_replaces_them(
    #[case] release: &str,
    #[case] settings: &str,
    #[case] delivery: Delivery,
    #[case] endpoint: &str,
    #[case] expected: &str,
) {
    let mut scene = Scene::new(release, settings, &format!("{endpoint}&token_auth=$TOKEN_WRITE"));
    scene.settings.allowlist.delivery = delivery;
    scene.names.brought = vec![Entry::text("VisitsSummary.index"), Entry::text("referrers.index"), Entry::Bool(true)];
    assert_eq!(outcome(&scene.decide()), expected);
    let bare = Scene { names: Names { brought: Vec::new(), ..scene.names.clone() }, ..scene.clone() };
    assert_eq!(hangs_on_brought(&scene.ask()), outcome(&bare.decide()) != expected);
}

#[test]
fn a_frame_that_the_matomo_brings_opens_what_is_inside() {
    let frame = "Widgetize.iframe&moduleToWidgetize=VisitsSummary&actionToWidgetize=getSparklines&idSite=1&token_auth=$TOKEN_WRITE | real";
    let mut scene = Scene::new("5.8", "default", frame);
    assert_eq!(outcome(&scene.decide()), "gate-some-write");
    scene.names.brought = vec![Entry::text("VisitsSummary.getSparklines")];
    assert_eq!(outcome(&scene.decide()), "gate-some-write");
    scene.names.brought = vec![Entry::text("Widgetize.iframe")];
    assert_eq!(outcome(&scene.decide()), "write: Widgetize.iframe > VisitsSummary.getSparklines");
}

#[test]
fn every_endpoint_is_gated_alike() {
    for name in names().endpoints.keys().filter(|name| *name != "API.index" && *name != "Overlay.startOverlaySession") {
        for release in ["4.0.3", "4.3.0", "5.2", "5.4", "5.8", "6.0"] {
            for (token, expected) in
                [("SUPER", "gate-super-user"), ("WRITE", "gate-some-write"), ("ADMIN", "gate-some-write"), ("MIXED", "gate-some-write")]
            {
                let scene = Scene::new(release, "default", &format!("{name}&token_auth=$TOKEN_{token}"));
                assert_eq!(outcome(&scene.decide()), expected, "{name} on {release}");
            }
        }
    }
}
