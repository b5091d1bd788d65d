//! The status that belongs to an answer.

use rstest::rstest;

use super::support::{Held, Never, Row, Scene};
use crate::model::ClauseId;

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("4.2.1", "default", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Held, "gate-some-write"))]
#[case(Row("5.8", "default", "NoSuchPlugin.index", Held, "plugin-not-activated"))]
#[case(Row("5.2", "default", "VisitsSummary.index", Never, "anonymous: VisitsSummary.index"))]
fn error_pages_carry_an_error_status(#[case] row: Row) {
    row.check(ClauseId::PageStatus);
}

#[test]
fn the_login_page_for_an_xhr_carries_200() {
    let mut scene = Scene::new("5.2", "default", "ConformanceProbe.needView | real");
    assert_eq!(scene.decide().status, Some(403));
    scene.request.xhr = true;
    assert_eq!(scene.decide().status, Some(200));
    assert!(scene.decide().trace.has(ClauseId::PageStatus, false));
}

#[test]
fn a_deactivated_plugin_is_403_from_5_7_on_and_one_that_needs_the_internet_has_no_status_of_its_own() {
    let mut scene = Scene::new("5.7", "default", "Marketplace.index");
    assert_eq!(scene.decide().status, Some(404));
    scene.names.deactivated.insert("Marketplace".to_owned());
    assert_eq!(scene.decide().status, Some(403));
    scene.names.deactivated.clear();
    scene.names.offline.insert("Marketplace".to_owned());
    assert_eq!(scene.decide().status, None);
}

#[rstest]
#[case(Row("4.0.4", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("4.0.4", "default", "NoSuchPlugin.index", Held, "plugin-not-activated"))]
#[case(Row("4.0.4", "default", "ConformanceProbe.needView | real", Never, "no-right"))]
fn before_4_2_error_pages_carry_200(#[case] row: Row) {
    row.check(ClauseId::PageStatusMissing);
}

#[rstest]
#[case(Row("5.2", "default", "?module=API&method=ConformanceProbe.getNeedView&token_auth=bogus", Held, "not-authenticated"))]
#[case(Row("5.2", "default", "?module=API&method=ConformanceProbe.getNeedView | real", Held, "no-right"))]
#[case(Row("5.8", "default", "?module=API&method=ConformanceProbe.getNeedView&idSite=x | real", Held, "no-right"))]
#[case(Row("5.2", "default", "?method=ConformanceProbe.getNeedView | body: module=API&token_auth=bogus", Never, "not-authenticated"))]
fn refused_api_requests_carry_an_error_status(#[case] row: Row) {
    row.check(ClauseId::ApiStatus);
}

#[rstest]
#[case(Row("4.7.0", "default", "?module=API&method=ConformanceProbe.getNeedView&token_auth=bogus | real", Held, "no-right"))]
#[case(Row("4.7.0", "default", "?module=API&method=ConformanceProbe.getRights | real", Never, "anonymous: API.index (nested: the same)"))]
fn before_5_0_refused_api_requests_carry_200(#[case] row: Row) {
    row.check(ClauseId::ApiStatusMissing);
}

#[rstest]
#[case("4.0.4", "VisitsSummary.index&token_auth=$TOKEN_SUPER", Some(200))]
#[case("5.2", "VisitsSummary.index&token_auth=$TOKEN_SUPER", Some(500))]
#[case("5.2", "NoSuchPlugin.index", Some(500))]
#[case("5.7", "NoSuchPlugin.index", Some(404))]
#[case("5.2", "VisitsSummary.noSuchAction", Some(500))]
#[case("5.7", "VisitsSummary.noSuchAction", Some(404))]
#[case("5.2", "?module=VisitsSummary&action[]=x", None)]
#[case("5.8", "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth=$TOKEN_SUPER", Some(400))]
#[case("4.7.0", "?module=API&method=ConformanceProbe.getNeedView&token_auth=bogus | real", Some(200))]
#[case("5.0", "?module=API&method=ConformanceProbe.getNeedView&token_auth=bogus | real", Some(401))]
#[case("5.2", "VisitsSummary.index", Some(200))]
fn the_status_is_that_of_the_release(#[case] release: &str, #[case] request: &str, #[case] status: Option<u16>) {
    assert_eq!(Scene::new(release, "default", request).decide().status, status);
}
