//! Which token counts, and whom it authenticates.

use rstest::rstest;

use super::support::{Held, Never, Not, Row};
use crate::model::ClauseId;

#[rstest]
#[case(Row("5.8", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth=$TOKEN_SUPER", Held, "conflict"))]
#[case(Row("5.8", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | header: Bearer $TOKEN_SUPER", Held, "conflict"))]
#[case(Row("5.8", "default", "VisitsSummary.index | body: token_auth=bogus | header: Bearer anonymous", Held, "conflict"))]
#[case(Row("5.8", "default", "?module=API&token.auth=bogus | body: token_auth=$TOKEN_VIEW", Held, "conflict"))]
#[case(Row("6.0", "flag", "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth=$TOKEN_WRITE", Held, "conflict"))]
#[case(Row(
    "5.8",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth=$TOKEN_VIEW",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row("5.8", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | header: Bearer $TOKEN_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row(
    "5.8",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW%00 | body: token_auth=$TOKEN_VIEW",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row("5.8", "default", "VisitsSummary.index&token_auth= | body: token_auth=$TOKEN_VIEW", Never, "view: VisitsSummary.index"))]
#[case(Row("5.8", "default", "VisitsSummary.index&token_auth=0 | body: token_auth=$TOKEN_VIEW", Never, "view: VisitsSummary.index"))]
#[case(Row("5.8", "default", "VisitsSummary.index&token_auth=%00 | body: token_auth=$TOKEN_VIEW", Never, "view: VisitsSummary.index"))]
#[case(Row("5.8", "default", "VisitsSummary.index&token_auth[]=x | body: token_auth=$TOKEN_VIEW", Never, "view: VisitsSummary.index"))]
#[case(Row(
    "5.8",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW | header: bearer $TOKEN_SUPER",
    Never,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.7",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_SUPER | body: token_auth=$TOKEN_VIEW",
    Never,
    "view: VisitsSummary.index"
))]
fn two_different_tokens_in_header_body_and_url_are_refused(#[case] row: Row) {
    row.check(ClauseId::TokenConflict);
}

#[rstest]
#[case(Row("5.8", "default", "VisitsSummary.index&force_api_session=1 | body: force_api_session=0", Held, "conflict"))]
#[case(Row("5.8", "default", "VisitsSummary.index&force_api_session= | body: force_api_session=TRUE", Held, "conflict"))]
#[case(Row("5.8", "default", "VisitsSummary.index&force_api_session=on | body: force_api_session=1", Held, "conflict"))]
#[case(Row("5.8", "default", "VisitsSummary.index&force_api_session[]=1 | body: force_api_session=1", Held, "conflict"))]
#[case(Row(
    "5.8",
    "default",
    "VisitsSummary.index&force_api_session=1 | body: force_api_session=true",
    Not,
    "anonymous: VisitsSummary.index"
))]
#[case(Row(
    "5.8",
    "default",
    "VisitsSummary.index&force_api_session=1%00 | body: force_api_session=1",
    Not,
    "anonymous: VisitsSummary.index"
))]
#[case(Row(
    "5.8",
    "default",
    "VisitsSummary.index&force_api_session[]=1 | body: force_api_session=0",
    Not,
    "anonymous: VisitsSummary.index"
))]
#[case(Row("5.8", "default", "VisitsSummary.index&force_api_session=1", Never, "anonymous: VisitsSummary.index"))]
#[case(Row(
    "5.7",
    "default",
    "VisitsSummary.index&force_api_session=1 | body: force_api_session=0",
    Never,
    "anonymous: VisitsSummary.index"
))]
fn force_api_session_with_different_truth_in_body_and_url_is_refused(#[case] row: Row) {
    row.check(ClauseId::TokenConflictForce);
}

#[rstest]
#[case(Row("5.4", "default", "VisitsSummary.index | header: Bearer $TOKEN_VIEW", Held, "view: VisitsSummary.index"))]
#[case(Row("5.4", "default", "VisitsSummary.index | header: Bearer $TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_SUPER | header: Bearer $TOKEN_VIEW",
    Held,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index | body: token_auth=$TOKEN_SUPER | header: Bearer $TOKEN_VIEW",
    Held,
    "view: VisitsSummary.index"
))]
#[case(Row("5.8", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER | header: Bearer ", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.8", "default", "VisitsSummary.index | header: Bearer $TOKEN_SUPER_SECURE", Held, "gate-super-user"))]
#[case(Row("5.4", "anonymous", "ConformanceProbe.needView | header: Bearer  $TOKEN_VIEW | real", Held, "no-right"))]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW | header: bearer $TOKEN_SUPER",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW | header: BEARER $TOKEN_SUPER",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row("5.4", "default", "VisitsSummary.index | header: Bearer\t$TOKEN_SUPER", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("5.4", "default", "VisitsSummary.index | header: Basic $TOKEN_SUPER", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("5.4", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW", Never, "view: VisitsSummary.index"))]
#[case(Row("5.3", "default", "VisitsSummary.index | header: Bearer $TOKEN_SUPER", Never, "anonymous: VisitsSummary.index"))]
fn a_bearer_header_gives_the_token_and_hides_all_others(#[case] row: Row) {
    row.check(ClauseId::TokenHeader);
}

#[rstest]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_SUPER | body: token_auth=$TOKEN_VIEW",
    Held,
    "view: VisitsSummary.index"
))]
#[case(Row("5.4", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("5.8", "default", "VisitsSummary.index&token_auth= | body: token_auth=$TOKEN_WRITE", Held, "gate-some-write"))]
#[case(Row("5.4", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth=", Not, "view: VisitsSummary.index"))]
#[case(Row("5.4", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth[]=x", Not, "view: VisitsSummary.index"))]
#[case(Row("5.4", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth=%00", Not, "view: VisitsSummary.index"))]
#[case(Row("5.4", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW", Never, "view: VisitsSummary.index"))]
#[case(Row("5.4", "default", "VisitsSummary.index | json: {\"token_auth\":\"$TOKEN_SUPER\"}", Never, "anonymous: VisitsSummary.index"))]
#[case(Row("5.3", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER | body: token_auth=$TOKEN_VIEW", Never, "gate-super-user"))]
fn from_5_4_on_a_token_in_the_body_comes_before_one_in_the_url(#[case] row: Row) {
    row.check(ClauseId::TokenBodyOverUrl);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index | header: Bearer $TOKEN_SUPER", Not, "anonymous: VisitsSummary.index"))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW | header: Bearer $TOKEN_SUPER",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row("4.0.3", "default", "VisitsSummary.index | header: Bearer $TOKEN_VIEW", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("5.4", "default", "VisitsSummary.index | header: Bearer $TOKEN_VIEW", Never, "view: VisitsSummary.index"))]
fn up_to_5_3_the_authorization_header_gives_no_token(#[case] row: Row) {
    row.check(ClauseId::TokenHeaderIgnored);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth=$TOKEN_SUPER",
    Held,
    "view: VisitsSummary.index"
))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER | body: token_auth=$TOKEN_VIEW", Held, "gate-super-user"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth= | body: token_auth=$TOKEN_SUPER", Held, "anonymous: VisitsSummary.index"))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth[]=x | body: token_auth=$TOKEN_SUPER",
    Held,
    "anonymous: VisitsSummary.index"
))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token%20auth=$TOKEN_VIEW | body: token_auth=$TOKEN_SUPER",
    Held,
    "view: VisitsSummary.index"
))]
#[case(Row("4.0.3", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth[]=x", Held, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&TOKEN_AUTH=x | body: token_auth=$TOKEN_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW", Never, "view: VisitsSummary.index"))]
#[case(Row("5.4", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth=$TOKEN_SUPER", Never, "gate-super-user"))]
fn up_to_5_3_a_token_in_the_url_hides_one_in_the_body(#[case] row: Row) {
    row.check(ClauseId::TokenUrlOverBody);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index | body: token_auth=$TOKEN_VIEW", Held, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index | body: token_auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("5.2", "default", "VisitsSummary.index | body: token.auth=$TOKEN_WRITE", Held, "gate-some-write"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index | json: token_auth=$TOKEN_SUPER", Not, "anonymous: VisitsSummary.index"))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth=$TOKEN_SUPER",
    Never,
    "view: VisitsSummary.index"
))]
#[case(Row("5.4", "default", "VisitsSummary.index | body: token_auth=$TOKEN_VIEW", Never, "view: VisitsSummary.index"))]
fn a_token_in_the_body_counts_where_the_url_has_none(#[case] row: Row) {
    row.check(ClauseId::TokenBody);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth[]=$TOKEN_SUPER", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=%00", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth= | cookie: super", Held, "super: VisitsSummary.index"))]
#[case(Row("5.8", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER | header: Bearer ", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=0", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
fn without_a_token_nothing_is_authenticated_anew_and_there_is_no_gate(#[case] row: Row) {
    row.check(ClauseId::TokenNone);
}

#[rstest]
#[case(Row("5.2", "anonymous", "ConformanceProbe.needView&token_auth=anonymous | real", Held, "anonymous: ConformanceProbe.needView"))]
#[case(Row(
    "6.0",
    "anonymous",
    "ConformanceProbe.needView | body: token_auth=anonymous | real",
    Held,
    "anonymous: ConformanceProbe.needView"
))]
#[case(Row("5.2", "anonymous", "ConformanceProbe.needView&token_auth=Anonymous | real", Not, "no-right"))]
#[case(Row("5.2", "anonymous", "ConformanceProbe.needView&token_auth=anonymous%20 | real", Not, "no-right"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=anonymous&force_api_session=1 | cookie: super", Never, "gate-super-user"))]
fn the_token_anonymous_changes_nothing_and_meets_no_gate(#[case] row: Row) {
    row.check(ClauseId::TokenAnonymous);
}

#[rstest]
#[case(Row("5.2", "anonymous", "ConformanceProbe.needView&token_auth=0123456789abcdef0123456789abcdef | real", Held, "no-right"))]
#[case(Row("5.2", "anonymous", "ConformanceProbe.needView&token_auth=$TOKEN_VIEW%20 | real", Held, "no-right"))]
#[case(Row("5.2", "anonymous", "ConformanceProbe.needView&token_auth=0 | real", Held, "no-right"))]
#[case(Row("5.2", "anonymous", "?module=API&method=ConformanceProbe.getNeedView&token_auth=0 | real", Held, "no-right"))]
#[case(Row("5.4", "anonymous", "?module=API&method=ConformanceProbe.getNeedView&token_auth=0 | real", Held, "anonymous: API.index"))]
#[case(Row("5.4", "anonymous", "?module=API&method=ConformanceProbe.getNeedWrite&token_auth=0 | real", Held, "no-right"))]
#[case(Row("5.2", "default", "?module=API&token_auth=x", Held, "not-authenticated"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$SESSION_TOKEN_SUPER", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.4", "default", "VisitsSummary.index&token_auth=%26%2336%3BTOKEN_VIEW", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=%26%2336%3BTOKEN_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW%00", Not, "view: VisitsSummary.index"))]
#[case(Row("5.4", "default", "VisitsSummary.index&token_auth=$TOKEN%00_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index", Never, "anonymous: VisitsSummary.index"))]
fn an_unknown_token_leaves_no_right_at_all(#[case] row: Row) {
    row.check(ClauseId::AuthUnknown);
}

#[rstest]
#[case(Row("5.2", "anonymous", "ConformanceProbe.needView&token_auth=$TOKEN_VIEW_EXPIRED | real", Held, "no-right"))]
#[case(Row("5.2", "default", "VisitsSummary.index | body: token_auth=$TOKEN_SUPER_EXPIRED", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("6.0", "default", "?module=API | header: Bearer $TOKEN_SUPER_EXPIRED", Held, "not-authenticated"))]
#[case(Row("5.2", "default", "ConformanceProbe.needView&token_auth=$TOKEN_VIEW | real", Not, "view: ConformanceProbe.needView"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=bogus", Never, "anonymous: VisitsSummary.index"))]
fn an_expired_token_counts_as_unknown(#[case] row: Row) {
    row.check(ClauseId::AuthExpired);
}

#[rstest]
#[case(Row("5.2", "anonymous", "ConformanceProbe.needView&token_auth=$TOKEN_VIEW_SECURE | real", Held, "no-right"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER_SECURE", Held, "anonymous: VisitsSummary.index"))]
#[case(Row(
    "5.2",
    "flag",
    "VisitsSummary.index&token_auth=$TOKEN_WRITE_SECURE | body: token_auth=$TOKEN_WRITE_SECURE",
    Held,
    "anonymous: VisitsSummary.index"
))]
#[case(Row("5.8", "default", "?module=API&token_auth=$TOKEN_VIEW_SECURE", Held, "not-authenticated"))]
#[case(Row("5.2", "default", "VisitsSummary.index | body: token_auth=$TOKEN_VIEW_SECURE", Not, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index | body: token_auth=$TOKEN_SUPER_SECURE", Not, "gate-super-user"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW_SECURE | body: token_auth=$TOKEN_VIEW_SECURE",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row("5.4", "default", "VisitsSummary.index | header: Bearer $TOKEN_VIEW_SECURE", Not, "view: VisitsSummary.index"))]
#[case(Row("4.15.1", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW_SECURE", Never, "view: VisitsSummary.index"))]
fn a_secure_only_token_in_the_url_counts_as_unknown(#[case] row: Row) {
    row.check(ClauseId::AuthSecureOnly);
}

#[rstest]
#[case(Row("5.2", "secure", "VisitsSummary.index&token_auth=$TOKEN_SUPER", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "secure", "ConformanceProbe.needView&token_auth=$TOKEN_VIEW | real", Held, "no-right"))]
#[case(Row("5.2", "secure", "?module=API&token_auth=$TOKEN_VIEW | body: token_auth=$TOKEN_VIEW", Held, "not-authenticated"))]
#[case(Row("5.2", "secure", "VisitsSummary.index | body: token_auth=$TOKEN_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row("5.2", "secure", "VisitsSummary.index | body: token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
#[case(Row(
    "5.4",
    "secure",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW | body: token_auth=$TOKEN_VIEW",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row("5.4", "secure", "VisitsSummary.index | header: Bearer $TOKEN_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW", Not, "view: VisitsSummary.index"))]
#[case(Row("4.15.1", "secure", "VisitsSummary.index&token_auth=$TOKEN_VIEW", Never, "view: VisitsSummary.index"))]
fn with_the_policy_every_token_in_the_url_counts_as_unknown(#[case] row: Row) {
    row.check(ClauseId::AuthPolicySecure);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW", Held, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW_ELSEWHERE", Held, "view-elsewhere: VisitsSummary.index"))]
#[case(Row("4.0.3", "default", "VisitsSummary.index | body: token_auth=$TOKEN_NO_ACCESS", Held, "no-access: VisitsSummary.index"))]
#[case(Row("5.2", "default", "?module=API&token_auth=$TOKEN_SUPER", Held, "super: API.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=bogus", Never, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW_EXPIRED", Never, "anonymous: VisitsSummary.index"))]
fn a_valid_token_authenticates_its_user(#[case] row: Row) {
    row.check(ClauseId::AuthAccepted);
}

#[rstest]
#[case(Row("6.0", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_VIEW", Held, "super: VisitsSummary.index"))]
#[case(Row("6.0", "default", "VisitsSummary.index | header: Bearer $TOKEN_SUPER_SCOPED_VIEW", Held, "super: VisitsSummary.index"))]
#[case(Row("6.0", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_WRITE", Held, "gate-some-write"))]
#[case(Row("6.0", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_ADMIN", Held, "gate-some-write"))]
#[case(Row("6.0", "flag", "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_ADMIN", Held, "super: VisitsSummary.index"))]
#[case(Row(
    "6.0",
    "list=VisitsSummary.index",
    "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_WRITE",
    Held,
    "super: VisitsSummary.index"
))]
#[case(Row("6.0", "default", "VisitsSummary.index&token_auth=$TOKEN_WRITE_SCOPED_VIEW", Held, "write: VisitsSummary.index"))]
#[case(Row("6.0", "default", "VisitsSummary.index&token_auth=$TOKEN_WRITE_SCOPED_ADMIN", Held, "gate-some-write"))]
#[case(Row("6.0", "flag", "ConformanceProbe.needAdmin&token_auth=$TOKEN_WRITE_SCOPED_ADMIN | real", Held, "no-right"))]
#[case(Row(
    "6.0",
    "flag",
    "ConformanceProbe.needAdmin&token_auth=$TOKEN_SUPER_SCOPED_ADMIN | real",
    Held,
    "super: ConformanceProbe.needAdmin"
))]
#[case(Row("6.0", "default", "ConformanceProbe.needView&token_auth=$TOKEN_SUPER_SCOPED_BOGUS | real", Held, "no-right"))]
#[case(Row("6.0", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_SUPERUSER", Not, "gate-super-user"))]
#[case(Row("6.0", "default", "VisitsSummary.index&token_auth=$TOKEN_WRITE", Not, "gate-some-write"))]
#[case(Row("5.13", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_VIEW", Never, "gate-super-user"))]
fn a_tokens_own_level_caps_the_rights_of_its_user_before_the_gate(#[case] row: Row) {
    row.check(ClauseId::ScopeCap);
}

/// The token in the URL of `Overlay.startOverlaySession` is ignored from 6.0 on; in body and header it is gated as usual.
#[rstest]
#[case(Row("6.0", "default", "Overlay.startOverlaySession&token_auth=$TOKEN_SUPER", Held, "anonymous: Overlay.startOverlaySession"))]
#[case(Row(
    "6.0",
    "default",
    "Overlay.startOverlaySession&token_auth=$TOKEN_VIEW&force_api_session=1 | cookie: super",
    Held,
    "super: Overlay.startOverlaySession"
))]
#[case(Row(
    "6.0",
    "default",
    "Overlay.startOverlaySession&token_auth=$TOKEN_VIEW | body: token_auth=$TOKEN_SUPER",
    Not,
    "gate-super-user"
))]
#[case(Row("6.0", "default", "Overlay.startOverlaySession&token_auth=$TOKEN_VIEW | header: Bearer $TOKEN_WRITE", Not, "gate-some-write"))]
#[case(Row("6.0", "default", "Overlay.index&token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
#[case(Row("6.0", "default", "?token_auth=$TOKEN_SUPER | body: module=Overlay&action=startOverlaySession", Not, "gate-super-user"))]
#[case(Row("5.13", "default", "Overlay.startOverlaySession&token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
fn the_navigation_endpoint_ignores_a_token_in_the_url(#[case] row: Row) {
    row.check(ClauseId::TokenNone);
}

#[rstest]
#[case(Row("6.0", "default", "Overlay.startOverlaySession&token_auth=$TOKEN_SUPER", Held, "anonymous: Overlay.startOverlaySession"))]
#[case(Row("6.0", "default", "Overlay.startOverlaySession | body: token_auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("6.0", "default", "Overlay.index&token_auth=$TOKEN_SUPER", Not, "gate-super-user"))]
#[case(Row("5.8", "default", "Overlay.startOverlaySession&token_auth=$TOKEN_SUPER", Never, "gate-super-user"))]
fn a_navigation_takes_no_token_from_the_url(#[case] row: Row) {
    row.check(ClauseId::TokenNavigation);
}
