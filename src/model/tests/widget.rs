//! `Widgetize.iframe`, which repeats the gate and has rules of its own.

use rstest::rstest;

use super::support::{Held, Never, Not, Row};
use crate::model::ClauseId;

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$SESSION_TOKEN_SUPER&force_api_session=1 | cookie: super | real",
    Held,
    "gate-super-user"
))]
#[case(Row(
    "5.8",
    "flag list=Widgetize.iframe",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$SESSION_TOKEN_SUPER&force_api_session=1 | cookie: super | real",
    Held,
    "gate-super-user"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needView&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: Widgetize.iframe > ConformanceProbe.needView"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing | cookie: super | real",
    Never,
    "super: Widgetize.iframe > ConformanceProbe.needNothing"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_SUPER | real",
    Never,
    "gate-super-user"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&token_auth=$SESSION_TOKEN_SUPER&force_api_session=1 | cookie: super",
    Never,
    "super: Widgetize.iframe"
))]
#[case(Row(
    "4.0.3",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$SESSION_TOKEN_SUPER | cookie: super | real",
    Never,
    "gate-some-write"
))]
fn widgetize_frames_nothing_for_tokens_of_super_users(#[case] row: Row) {
    row.check(ClauseId::WidgetSuperuser);
}

#[rstest]
#[case(Row(
    "5.2",
    "flag",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needWrite&token_auth=$TOKEN_WRITE | real",
    Held,
    "write: Widgetize.iframe > ConformanceProbe.needWrite"
))]
#[case(Row(
    "4.0.4",
    "flag",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_ADMIN | real",
    Held,
    "admin: Widgetize.iframe > ConformanceProbe.needNothing"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: Widgetize.iframe > ConformanceProbe.needNothing"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$SESSION_TOKEN_WRITE&force_api_session=1 | cookie: write | real",
    Not,
    "gate-some-write"
))]
#[case(Row(
    "4.0.3",
    "flag",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_WRITE | real",
    Never,
    "gate-some-write"
))]
#[case(Row("5.2", "flag", "VisitsSummary.index&token_auth=$TOKEN_WRITE | real", Never, "write: VisitsSummary.index"))]
fn widgetize_honours_the_flag(#[case] row: Row) {
    row.check(ClauseId::WidgetFlag);
}

#[rstest]
#[case(Row(
    "5.2+list",
    "list=Widgetize.iframe",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_WRITE | real",
    Held,
    "write: Widgetize.iframe > ConformanceProbe.needNothing"
))]
#[case(Row(
    "5.8",
    "list=Widgetize.iframe",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$SESSION_TOKEN_WRITE&force_api_session=1 | cookie: write | real",
    Held,
    "write: Widgetize.iframe > ConformanceProbe.needNothing"
))]
#[case(Row(
    "5.8",
    "list=ConformanceProbe.needNothing",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$SESSION_TOKEN_WRITE&force_api_session=1 | cookie: write | real",
    Not,
    "gate-some-write"
))]
#[case(Row(
    "5.8",
    "list=ConformanceProbe.needNothing",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_WRITE | real",
    Never,
    "gate-some-write"
))]
#[case(Row(
    "5.8",
    "flag list=Widgetize.iframe",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_WRITE | real",
    Never,
    "write: Widgetize.iframe > ConformanceProbe.needNothing"
))]
#[case(Row(
    "5.2",
    "list=Widgetize.iframe",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_WRITE | real",
    Never,
    "gate-some-write"
))]
fn widgetize_honours_an_entry_of_its_own(#[case] row: Row) {
    row.check(ClauseId::WidgetAllowlist);
}

#[rstest]
#[case(Row(
    "4.0.3",
    "flag",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_WRITE | real",
    Held,
    "gate-some-write"
))]
#[case(Row(
    "4.0.3",
    "flag",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: Widgetize.iframe > ConformanceProbe.needNothing"
))]
#[case(Row(
    "4.0.3",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_WRITE | real",
    Never,
    "gate-some-write"
))]
#[case(Row(
    "4.0.4",
    "flag",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_WRITE | real",
    Never,
    "write: Widgetize.iframe > ConformanceProbe.needNothing"
))]
fn up_to_4_0_3_widgetize_ignores_the_flag(#[case] row: Row) {
    row.check(ClauseId::WidgetFlagIgnored);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$SESSION_TOKEN_WRITE&force_api_session=1 | cookie: write | real",
    Held,
    "gate-some-write"
))]
#[case(Row(
    "5.8",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing | body: token_auth=$SESSION_TOKEN_MIXED&force_api_session=1 | cookie: mixed | real",
    Held,
    "gate-some-write"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: Widgetize.iframe > ConformanceProbe.needNothing"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing | cookie: write | real",
    Never,
    "write: Widgetize.iframe > ConformanceProbe.needNothing"
))]
#[case(Row(
    "5.2",
    "flag",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_WRITE | real",
    Never,
    "write: Widgetize.iframe > ConformanceProbe.needNothing"
))]
fn widgetize_frames_nothing_for_users_with_some_write_access(#[case] row: Row) {
    row.check(ClauseId::WidgetWrite);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_NO_ACCESS | real",
    Held,
    "no-right"
))]
#[case(Row("5.2", "default", "Widgetize.iframe&moduleToWidgetize=NoSuchPlugin&actionToWidgetize=x | real", Held, "no-right"))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_VIEW_ELSEWHERE | real",
    Held,
    "no-right"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&idSite=2&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_VIEW_ELSEWHERE | real",
    Not,
    "view-elsewhere: Widgetize.iframe > ConformanceProbe.needNothing"
))]
#[case(Row("5.2", "anonymous", "Widgetize.iframe&moduleToWidgetize=NoSuchPlugin&actionToWidgetize=x | real", Not, "plugin-not-activated"))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=API&actionToWidgetize=x&token_auth=$TOKEN_NO_ACCESS | real",
    Never,
    "not-widgetizable"
))]
fn widgetize_itself_needs_view_access_on_the_site(#[case] row: Row) {
    row.check(ClauseId::WidgetView);
}

#[rstest]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=API&actionToWidgetize=index&token_auth=$TOKEN_VIEW | real",
    Held,
    "not-widgetizable"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=Widgetize&actionToWidgetize=iframe&token_auth=$TOKEN_VIEW | real",
    Held,
    "not-widgetizable"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=CoreHome&actionToWidgetize=index&token_auth=$TOKEN_VIEW | real",
    Held,
    "not-widgetizable"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=CoreHome&actionToWidgetize=redirectToPaypal&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: Widgetize.iframe > CoreHome.redirectToPaypal"
))]
#[case(Row(
    "5.2",
    "default",
    "Widgetize.iframe&moduleToWidgetize=VisitsSummary&actionToWidgetize=index&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: Widgetize.iframe > VisitsSummary.index"
))]
#[case(Row("5.2", "default", "Widgetize.iframe&moduleToWidgetize=API&token_auth=$TOKEN_WRITE | real", Never, "gate-some-write"))]
#[case(Row("5.2", "default", "Widgetize.iframe&moduleToWidgetize=API&token_auth=$TOKEN_VIEW", Never, "view: Widgetize.iframe"))]
fn widgetize_frames_neither_the_api_nor_itself_nor_the_dashboard(#[case] row: Row) {
    row.check(ClauseId::WidgetBarred);
}

#[rstest]
#[case(Row(
    "6.0",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=bogus | real",
    Held,
    "widget-token"
))]
#[case(Row(
    "6.0",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_VIEW_SECURE | real",
    Held,
    "widget-token"
))]
#[case(Row("6.0", "secure anonymous", "Widgetize.iframe&moduleToWidgetize=API&token_auth=$TOKEN_VIEW | real", Held, "widget-token"))]
#[case(Row(
    "6.0",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=$TOKEN_VIEW | real",
    Not,
    "view: Widgetize.iframe > ConformanceProbe.needNothing"
))]
#[case(Row(
    "6.0",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing | body: token_auth=bogus | real",
    Never,
    "no-right"
))]
#[case(Row(
    "6.0",
    "anonymous",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=anonymous | real",
    Never,
    "anonymous: Widgetize.iframe > ConformanceProbe.needNothing"
))]
#[case(Row(
    "5.8",
    "default",
    "Widgetize.iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&token_auth=bogus | real",
    Never,
    "no-right"
))]
fn widgetize_answers_401_to_a_token_in_the_url_that_was_not_accepted(#[case] row: Row) {
    row.check(ClauseId::WidgetTokenFailed);
}

#[rstest]
#[case(Row("5.2", "default", "Widgetize.iframe&idSite=1&token_auth=$TOKEN_VIEW | real", Never, "bad-parameter"))]
#[case(Row(
    "5.8",
    "default",
    "Widgetize.iframe&moduleToWidgetize=&actionToWidgetize=index&token_auth=$TOKEN_VIEW | real",
    Never,
    "bad-parameter"
))]
#[case(Row("4.0.3", "default", "Widgetize.iframe&actionToWidgetize=index&token_auth=$TOKEN_VIEW | real", Never, "bad-parameter"))]
fn a_frame_without_a_module_to_frame_is_an_error_of_its_parameters(#[case] row: Row) {
    row.check(ClauseId::WidgetBarred);
}

#[rstest]
#[case(Row("5.2", "default", "Widgetize.iframe&moduleToWidgetize=API&token_auth=$TOKEN_VIEW | real", Never, "bad-parameter"))]
#[case(Row(
    "5.8",
    "default",
    "Widgetize.iframe&moduleToWidgetize=Live&actionToWidgetize=&token_auth=$TOKEN_NO_ACCESS | real",
    Never,
    "bad-parameter"
))]
fn a_frame_without_an_action_to_frame_is_one_too(#[case] row: Row) {
    row.check(ClauseId::WidgetBarred);
}
