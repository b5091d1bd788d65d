//! API calls within a request, and the parts of a bulk request.

use rstest::rstest;

use super::support::{Held, Never, Not, Row, Scene};
use crate::model::{Answer, ClauseId};

#[rstest]
#[case(Row("5.2", "anonymous", "ConformanceProbe.nested&token_auth= | real", Held, "anonymous: ConformanceProbe.nested (nested: other)"))]
#[case(Row(
    "5.8",
    "default",
    "ConformanceProbe.nested&token_auth= | body: token_auth=$TOKEN_VIEW | real",
    Held,
    "view: ConformanceProbe.nested (nested: other)"
))]
#[case(Row(
    "5.8",
    "default",
    "ConformanceProbe.nested&token_auth=0 | header: Bearer $TOKEN_VIEW | real",
    Held,
    "view: ConformanceProbe.nested (nested: other)"
))]
#[case(Row("5.2", "anonymous", "ConformanceProbe.nested | real", Not, "anonymous: ConformanceProbe.nested (nested: the same)"))]
#[case(Row(
    "5.2",
    "anonymous",
    "ConformanceProbe.nested&token_auth=anonymous | real",
    Not,
    "anonymous: ConformanceProbe.nested (nested: the same)"
))]
#[case(Row(
    "5.2",
    "default",
    "ConformanceProbe.nested&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: ConformanceProbe.nested (nested: the same)"
))]
#[case(Row(
    "5.8",
    "default",
    "ConformanceProbe.nested | header: Bearer $TOKEN_VIEW | real",
    Not,
    "view: ConformanceProbe.nested (nested: the same)"
))]
#[case(Row(
    "5.2",
    "default",
    "ConformanceProbe.nested&token_auth= | cookie: super | real",
    Not,
    "super: ConformanceProbe.nested (nested: the same)"
))]
#[case(Row("5.2", "default", "ConformanceProbe.needNothing&token_auth= | real", Never, "anonymous: ConformanceProbe.needNothing"))]
fn a_nested_api_call_authenticates_anew_where_the_parameter_is_another_token(#[case] row: Row) {
    row.check(ClauseId::AccessNested);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: API.index (nested: the same)"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_VIEW&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: API.index (nested: the same)"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER&token_auth=$TOKEN_VIEW | real",
    Held,
    "view: API.index (nested: other)"
))]
#[case(Row(
    "4.0.3",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER | real",
    Held,
    "anonymous: API.index (nested: other)"
))]
#[case(Row(
    "5.13",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER&token_auth=$TOKEN_VIEW | real",
    Held,
    "view: API.index (nested: other)"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | cookie: view | real",
    Not,
    "view: API.index (nested: the same)"
))]
#[case(Row(
    "5.13",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights | header: Bearer $TOKEN_VIEW | real",
    Not,
    "view: API.index (nested: the same)"
))]
#[case(Row(
    "5.2",
    "anonymous",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights&token_auth= | real",
    Not,
    "anonymous: API.index (nested: the same)"
))]
#[case(Row(
    "5.2",
    "anonymous",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights&token_auth[]= | real",
    Not,
    "anonymous: API.index (nested: the same)"
))]
#[case(Row(
    "5.2",
    "anonymous",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D | real",
    Held,
    "anonymous: API.index (nested: other)"
))]
#[case(Row(
    "5.2",
    "anonymous",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER_SECURE&token_auth= | body: token_auth=$TOKEN_VIEW | real",
    Held,
    "anonymous: API.index"
))]
#[case(Row(
    "5.4",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER_SECURE&token_auth=$TOKEN_VIEW | real",
    Held,
    "view: API.index (nested: other)"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER_SECURE&token_auth=$TOKEN_VIEW | real",
    Held,
    "view: API.index"
))]
fn a_part_of_a_bulk_request_authenticates_anew_with_a_token_of_its_own(#[case] row: Row) {
    row.check(ClauseId::AccessNested);
}

#[rstest]
#[case(Row(
    "5.13",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26force_api_session%3D1&token_auth=$TOKEN_VIEW | real",
    Held,
    "conflict"
))]
#[case(Row(
    "5.13",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26force_api_session%3Dtrue | real",
    Held,
    "conflict"
))]
#[case(Row(
    "5.13",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER%26force_api_session%3D1 | real",
    Held,
    "conflict"
))]
#[case(Row(
    "5.13",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26force_api_session%3D0&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | cookie: view | real",
    Held,
    "conflict"
))]
#[case(Row(
    "5.13",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | cookie: view | real",
    Held,
    "conflict"
))]
#[case(Row(
    "5.13",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$SESSION_TOKEN_VIEW%26force_api_session%3D1&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | cookie: view | real",
    Not,
    "view: API.index (nested: the same)"
))]
#[case(Row(
    "5.13",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: API.index (nested: other)"
))]
#[case(Row(
    "5.13",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26force_api_session%3D0&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: API.index (nested: the same)"
))]
#[case(Row(
    "5.13",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | cookie: view | real",
    Never,
    "view: API.index (nested: the same)"
))]
#[case(Row(
    "5.8",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER%26force_api_session%3D1&token_auth=$TOKEN_VIEW | real",
    Never,
    "view: API.index (nested: other)"
))]
fn a_part_of_a_bulk_request_that_contradicts_it_has_the_whole_refused(#[case] row: Row) {
    row.check(ClauseId::BulkCredentials);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_VIEW&token_auth=$TOKEN_SUPER | real",
    Held,
    "super: API.index (nested: the same)"
))]
#[case(Row(
    "4.0.3",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3Danonymous&token_auth=$TOKEN_SUPER | real",
    Held,
    "super: API.index (nested: the same)"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER&urls[]=method%3DConformanceProbe.getRights&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: API.index (nested: the same)"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_VIEW&token_auth=$TOKEN_ADMIN | real",
    Not,
    "admin: API.index (nested: other)"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights&token_auth=$TOKEN_SUPER | real",
    Never,
    "super: API.index (nested: the same)"
))]
fn within_a_super_users_request_no_api_call_runs_as_anybody_else(#[case] row: Row) {
    row.check(ClauseId::AccessNestedSuper);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER | body: token_auth=$TOKEN_VIEW_SECURE | real",
    Held,
    "not-authenticated"
))]
#[case(Row(
    "5.2",
    "secure",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER | body: token_auth=$TOKEN_VIEW | real",
    Held,
    "not-authenticated"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER | body: token_auth=$TOKEN_VIEW | real",
    Not,
    "view: API.index (nested: other)"
))]
#[case(Row(
    "5.8",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_SUPER | body: token_auth=$TOKEN_VIEW_SECURE | real",
    Not,
    "view: API.index (nested: other)"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights | body: token_auth=$TOKEN_VIEW_SECURE | real",
    Never,
    "view: API.index (nested: the same)"
))]
fn a_bulk_request_whose_own_token_is_not_accepted_again_is_refused(#[case] row: Row) {
    row.check(ClauseId::BulkLost);
}

#[test]
fn parts_are_decoded_once_more_and_the_last_that_tells_counts() {
    let nested = |urls: &str| {
        let query = format!("?module=API&method=API.getBulkRequest&{urls}&token_auth=$TOKEN_VIEW | real");
        match Scene::new("5.2", "default", &query).decide().answer {
            Answer::Opened { nested, .. } => nested.map(|rights| rights.superuser),
            Answer::Denied { reason } => panic!("{reason:?}"),
        }
    };
    let part = "method%3DConformanceProbe.getRights";
    let of_super = "%26token_auth%3D$TOKEN_SUPER";
    assert_eq!(nested(&format!("urls[]={part}{of_super}")), Some(true));
    assert_eq!(nested(&format!("urls[]={part}{}", of_super.replace('%', "%25"))), Some(true), "decoded twice");
    assert_eq!(nested(&format!("urls[]={part}{of_super}&urls[]={part}")), Some(false));
    assert_eq!(nested(&format!("urls[]={part}{of_super}&urls[]=method%3DAPI.getMatomoVersion")), Some(true));
    assert_eq!(nested(&format!("urls={part}{of_super}")), None, "no array, no parts");
    assert_eq!(nested("x=1"), None);
}
