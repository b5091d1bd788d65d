//! What a session opens that has not passed its user's second factor, alone and beside a token.

use rstest::rstest;

use super::support::{Held, Never, Not, Row};
use crate::model::ClauseId;

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index&x=1 | cookie: two-factor", Held, "two-factor: TwoFactorAuth.loginTwoFactorAuth"))]
#[case(Row(
    "4.0.3",
    "flag",
    "Widgetize.iframe&moduleToWidgetize=API | cookie: two-factor | real",
    Held,
    "two-factor: TwoFactorAuth.loginTwoFactorAuth"
))]
#[case(Row("6.0", "default", "VisitsSummary.nothing&x=1 | cookie: two-factor", Held, "two-factor: TwoFactorAuth.loginTwoFactorAuth"))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$SESSION_TOKEN_TWO_FACTOR&force_api_session=1 | cookie: two-factor",
    Held,
    "two-factor: TwoFactorAuth.loginTwoFactorAuth"
))]
#[case(Row(
    "5.2+25191",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_SUPER&force_api_session=1 | cookie: two-factor",
    Held,
    "two-factor: TwoFactorAuth.loginTwoFactorAuth"
))]
#[case(Row("5.2", "default", "Login.logout&x=1 | cookie: two-factor", Not, "two-factor: Login.logout"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_TWO_FACTOR", Never, "two-factor: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_VIEW | cookie: two-factor", Never, "view: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&x=1 | cookie: view", Never, "view: VisitsSummary.index"))]
fn a_session_without_its_second_factor_is_led_to_the_page_that_asks_for_it(#[case] row: Row) {
    row.check(ClauseId::DispatchSecondFactor);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$TOKEN_SUPER&force_api_session=1 | cookie: two-factor",
    Held,
    "two-factor: VisitsSummary.index"
))]
#[case(Row("4.0.3", "default", "VisitsSummary.index&token_auth=nobodys | cookie: two-factor", Held, "two-factor: VisitsSummary.index"))]
#[case(Row(
    "5.2+25191",
    "default",
    "VisitsSummary.index&token_auth=nobodys&force_api_session=1 | cookie: two-factor",
    Never,
    "two-factor: TwoFactorAuth.loginTwoFactorAuth"
))]
#[case(Row(
    "5.2",
    "default",
    "VisitsSummary.index&token_auth=$SESSION_TOKEN_TWO_FACTOR&force_api_session=1 | cookie: two-factor",
    Never,
    "two-factor: TwoFactorAuth.loginTwoFactorAuth"
))]
#[case(Row(
    "5.2",
    "default",
    "Login.logout&token_auth=nobodys&force_api_session=1 | cookie: two-factor",
    Never,
    "two-factor: Login.logout"
))]
fn until_25191_any_other_token_spares_the_session_its_second_factor(#[case] row: Row) {
    row.check(ClauseId::DispatchSecondFactorToken);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_TWO_FACTOR&force_api_session=1 | cookie: two-factor | real",
    Held,
    "other-error"
))]
#[case(Row(
    "4.7",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_TWO_FACTOR&force_api_session=1 | cookie: two-factor | real",
    Never,
    "two-factor: API.index"
))]
#[case(Row(
    "6.0",
    "default",
    "?module=API&method=ConformanceProbe.getNeedView&token_auth=$SESSION_TOKEN_TWO_FACTOR&force_api_session=true | cookie: two-factor | real",
    Never,
    "two-factor: API.index"
))]
fn the_api_refuses_such_a_session(#[case] row: Row) {
    row.check(ClauseId::DispatchSecondFactorApi);
}
