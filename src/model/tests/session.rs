//! Whether a session cookie authenticates, alone and beside a token.

use rstest::rstest;

use super::support::{Held, Never, Not, Row};
use crate::model::ClauseId;

#[rstest]
#[case(Row("6.0", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_VIEW&force_api_session=1", Held, "scoped-session"))]
#[case(Row("6.0", "flag", "?module=API | body: token_auth=$TOKEN_WRITE_SCOPED_ADMIN&force_api_session=true", Held, "scoped-session"))]
#[case(Row(
    "6.0",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_BOGUS&force_api_session=1 | cookie: super",
    Held,
    "scoped-session"
))]
#[case(Row("6.0", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW&force_api_session=1", Not, "view: VisitsSummary.index"))]
#[case(Row("6.0", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_SUPERUSER&force_api_session=1", Not, "gate-super-user"))]
#[case(Row(
    "6.0",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW_SECURE&force_api_session=1",
    Not,
    "anonymous: VisitsSummary.index"
))]
#[case(Row("6.0", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_VIEW", Never, "super: VisitsSummary.index"))]
#[case(Row(
    "6.0",
    "default",
    "VisitsSummary.index&force_api_session=1 | body: token_auth=$TOKEN_SUPER_SCOPED_VIEW",
    Never,
    "super: VisitsSummary.index"
))]
#[case(Row(
    "6.0",
    "default",
    "VisitsSummary.index&force_api_session=1 | header: Bearer $TOKEN_SUPER_SCOPED_VIEW",
    Never,
    "super: VisitsSummary.index"
))]
#[case(Row("5.8", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER_SCOPED_VIEW&force_api_session=1", Never, "gate-super-user"))]
fn a_scoped_token_is_refused_together_with_force_api_session(#[case] row: Row) {
    row.check(ClauseId::ScopeSession);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | cookie: view | real",
    Held,
    "view: API.index"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.postNeedView | body: token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | cookie: view | real",
    Held,
    "view: API.index"
))]
#[case(Row(
    "5.8",
    "default",
    "?module=API&method=ConformanceProbe.getNeedSuper | body: token_auth=$SESSION_TOKEN_SUPER&force_api_session=1 | cookie: super | real",
    Held,
    "super: API.index"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.postNeedView&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | cookie: view | real",
    Not,
    "not-authenticated"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_VIEW | cookie: view | real",
    Not,
    "not-authenticated"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_SUPER&force_api_session=1 | cookie: view | real",
    Not,
    "not-authenticated"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$TOKEN_VIEW&force_api_session=1 | cookie: super | real",
    Not,
    "view: API.index"
))]
#[case(Row(
    "5.8",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_VIEW | body: force_api_session=1 | cookie: view | real",
    Not,
    "not-authenticated"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | real",
    Never,
    "not-authenticated"
))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | cookie: view",
    Never,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_VIEW&force_api_session=%2B1 | cookie: view | real",
    Held,
    "view: API.index"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1.0 | cookie: view | real",
    Held,
    "view: API.index"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_VIEW&force_api_session=%20-2%00 | cookie: view | real",
    Held,
    "view: API.index"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&force_api_session=0 | body: token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | cookie: view | real",
    Held,
    "view: API.index"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | body: force_api_session=0 | cookie: view | real",
    Held,
    "view: API.index"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_VIEW&force_api_session=true | cookie: view | real",
    Not,
    "not-authenticated"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1.5 | cookie: view | real",
    Not,
    "not-authenticated"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_VIEW&force_api_session=0.0 | cookie: view | real",
    Not,
    "not-authenticated"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_VIEW&force_api_session[]=1 | cookie: view | real",
    Not,
    "not-authenticated"
))]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&force_api_session=1 | body: token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | cookie: view | real",
    Not,
    "not-authenticated"
))]
fn an_api_request_with_force_and_the_sessions_own_token_runs_in_the_session(#[case] row: Row) {
    row.check(ClauseId::SessionApi);
}

#[rstest]
#[case(Row("5.2", "default", "?module=API&method=ConformanceProbe.getNeedView | cookie: view | real", Held, "no-right"))]
#[case(Row("5.2", "default", "API.index | cookie: super", Held, "anonymous: API.index"))]
#[case(Row("4.0.3", "default", "API.index&token_auth=$TOKEN_VIEW | cookie: super", Held, "view: API.index"))]
#[case(Row("5.2", "default", "?module=API&action[]=x | cookie: super", Not, "bad-parameter"))]
#[case(Row("5.2", "default", "API.listAllMethods | cookie: super", Not, "super: API.listAllMethods"))]
#[case(Row("5.2", "default", "VisitsSummary.index | cookie: view", Not, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "API.index", Never, "anonymous: API.index"))]
fn api_requests_are_not_authenticated_by_the_session_cookie_alone(#[case] row: Row) {
    row.check(ClauseId::SessionNotForApi);
}

#[rstest]
#[case(Row("5.2", "default", "CoreAdminHome.optOutJS | cookie: super", Held, "anonymous: CoreAdminHome.optOutJS"))]
#[case(Row("5.2", "default", "CoreAdminHome.index | cookie: super", Not, "super: CoreAdminHome.index"))]
#[case(Row("5.2", "default", "CoreAdminHome.optOutJS", Never, "anonymous: CoreAdminHome.optOutJS"))]
fn the_opt_out_script_never_looks_at_the_session_cookie(#[case] row: Row) {
    row.check(ClauseId::SessionNotForOptOut);
}

#[rstest]
#[case(Row("4.2.1", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | cookie: super", Held, "gate-super-user"))]
#[case(Row("4.0.3", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER | cookie: view", Held, "view: VisitsSummary.index"))]
#[case(Row("4.0.4", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | cookie: write", Held, "gate-some-write"))]
#[case(Row("4.2.1", "default", "VisitsSummary.index | cookie: super", Not, "super: VisitsSummary.index"))]
#[case(Row("4.2.1", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER", Never, "gate-super-user"))]
#[case(Row("4.3.0", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | cookie: super", Never, "view: VisitsSummary.index"))]
fn up_to_4_2_a_session_cookie_wins_over_a_token(#[case] row: Row) {
    row.check(ClauseId::SessionWinsOverToken);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$SESSION_TOKEN_SUPER&force_api_session=1 | cookie: super",
    Held,
    "super: VisitsSummary.index"
))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_SUPER&force_api_session=abc | cookie: view",
    Held,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_SUPER&force_api_session[]= | cookie: view",
    Held,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&force_api_session=1 | body: token_auth=$TOKEN_SUPER | cookie: view",
    Held,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_SUPER&force_api_session=True | cookie: view",
    Held,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.8",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_SUPER&force_api_session=1%00 | cookie: view",
    Held,
    "view: VisitsSummary.index"
))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | cookie: super", Not, "view: VisitsSummary.index"))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW&force_api_session=0 | cookie: super",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW&force_api_session= | cookie: super",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW&force_api_session=%00 | cookie: super",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW&force_api_session=%26%2348%3B | cookie: super",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW&force_api_session=abc | cookie: super",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW&force_api_session=01 | cookie: super",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW&force_api_session[]=1 | cookie: super",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index&force_api_session=1 | body: token_auth=$TOKEN_VIEW | cookie: super",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index&force_api_session=1 | header: Bearer $TOKEN_VIEW | cookie: super",
    Not,
    "view: VisitsSummary.index"
))]
#[case(Row(
    "5.4",
    "default",
    "VisitsSummary.index&force_api_session=1 | header: Bearer $SESSION_TOKEN_SUPER | cookie: super",
    Not,
    "anonymous: VisitsSummary.index"
))]
#[case(Row("5.2", "default", "VisitsSummary.index&force_api_session=1 | cookie: super", Never, "super: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER&force_api_session=1", Never, "gate-super-user"))]
fn force_api_session_lets_the_session_cookie_authenticate_beside_a_token(#[case] row: Row) {
    row.check(ClauseId::SessionForce);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | cookie: super", Held, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER | cookie: view", Held, "gate-super-user"))]
#[case(Row("5.2", "default", "ConformanceProbe.needView&token_auth=bogus | cookie: super | real", Held, "no-right"))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$SESSION_TOKEN_SUPER | cookie: super",
    Held,
    "anonymous: VisitsSummary.index"
))]
#[case(Row("5.2", "default", "VisitsSummary.index | cookie: super", Not, "super: VisitsSummary.index"))]
#[case(Row("4.2.1", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | cookie: super", Never, "gate-super-user"))]
fn a_session_cookie_beside_a_token_is_ignored(#[case] row: Row) {
    row.check(ClauseId::SessionIgnoredWithToken);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index | cookie: super", Held, "super: VisitsSummary.index"))]
#[case(Row("5.2", "default", "ConformanceProbe.needAdmin&token_auth= | cookie: admin | real", Held, "admin: ConformanceProbe.needAdmin"))]
#[case(Row("4.3.0", "default", "VisitsSummary.index | cookie: no-access", Held, "no-access: VisitsSummary.index"))]
#[case(Row(
    "5.8",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW | header: Bearer  | cookie: write",
    Held,
    "write: VisitsSummary.index"
))]
#[case(Row(
    "5.8",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_VIEW | header: Bearer\u{20} | cookie: nobody-known",
    Never,
    "anonymous: VisitsSummary.index"
))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | cookie: super", Never, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index", Never, "anonymous: VisitsSummary.index"))]
#[case(Row("4.2.1", "default", "VisitsSummary.index | cookie: super", Held, "super: VisitsSummary.index"))]
fn a_session_cookie_without_any_token_authenticates_its_user(#[case] row: Row) {
    row.check(ClauseId::SessionCookie);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index | cookie: expired", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.8", "default", "VisitsSummary.index | cookie: before-password-xhr", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("4.2.1", "default", "VisitsSummary.index | cookie: of-nobody-post", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | cookie: expired", Held, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index | cookie: super", Never, "super: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index | cookie: nobody-known", Never, "anonymous: VisitsSummary.index"))]
fn a_session_that_is_over_authenticates_nobody(#[case] row: Row) {
    row.check(ClauseId::SessionDead);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$SESSION_TOKEN_SUPER&force_api_session=1 | cookie: super",
    Held,
    "super: VisitsSummary.index"
))]
#[case(Row(
    "5.8",
    "default",
    "VisitsSummary.index | body: token_auth=$SESSION_TOKEN_WRITE&force_api_session=1 | cookie: write",
    Held,
    "write: VisitsSummary.index"
))]
#[case(Row("4.2.1", "default", "VisitsSummary.index&token_auth=$SESSION_TOKEN_SUPER | cookie: super", Held, "super: VisitsSummary.index"))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$SESSION_TOKEN_VIEW&force_api_session=1 | cookie: super",
    Not,
    "gate-super-user"
))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER&force_api_session=1 | cookie: super", Not, "gate-super-user"))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$SESSION_TOKEN_SUPER | cookie: super",
    Never,
    "anonymous: VisitsSummary.index"
))]
fn the_sessions_own_token_changes_nothing_and_meets_no_gate(#[case] row: Row) {
    row.check(ClauseId::SessionOwnToken);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_SUPER&force_api_session=1 | cookie: view",
    Held,
    "view: VisitsSummary.index"
))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW&force_api_session=1 | cookie: write", Held, "gate-some-write"))]
#[case(Row("5.2", "flag", "VisitsSummary.index&token_auth=bogus&force_api_session=1 | cookie: write", Held, "write: VisitsSummary.index"))]
#[case(Row("5.2", "flag", "VisitsSummary.index&token_auth=anonymous&force_api_session=1 | cookie: super", Held, "gate-super-user"))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$SESSION_TOKEN_WRITE&force_api_session=1 | cookie: write",
    Never,
    "write: VisitsSummary.index"
))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER | cookie: view", Never, "gate-super-user"))]
fn any_other_token_beside_a_forced_session_is_ignored_and_the_gate_judges_the_session(#[case] row: Row) {
    row.check(ClauseId::SessionOtherToken);
}
