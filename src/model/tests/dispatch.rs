//! Behind the gate: which controller a request reaches, and what it asks for.

use rstest::rstest;

use super::support::{Held, Never, Not, Row};
use crate::model::ClauseId;

#[rstest]
#[case(Row("5.2", "default", "?module=API&token_auth=bogus", Held, "not-authenticated"))]
#[case(Row("5.2", "default", "API.index | body: token_auth=$TOKEN_VIEW_EXPIRED", Held, "not-authenticated"))]
#[case(Row("5.2", "default", "API.index&token_auth=$TOKEN_SUPER_SECURE", Held, "not-authenticated"))]
#[case(Row("5.2", "default", "API.index&token_auth=$TOKEN_SUPER", Not, "super: API.index"))]
#[case(Row("5.2", "default", "API.index", Not, "anonymous: API.index"))]
#[case(Row("5.2", "default", "API.0&token_auth=bogus", Never, "anonymous: API.index"))]
#[case(Row("5.2", "default", "API.listAllMethods&token_auth=bogus", Never, "anonymous: API.listAllMethods"))]
fn api_requests_whose_token_is_not_accepted_are_refused(#[case] row: Row) {
    row.check(ClauseId::ApiAuth);
}

#[rstest]
#[case(Row("5.2", "default", "?module=VisitsSummary&action[]=x", Held, "bad-parameter"))]
#[case(Row("5.2", "default", "?module=VisitsSummary&action[a][b]=index&token_auth=$TOKEN_VIEW", Held, "bad-parameter"))]
#[case(Row("5.2", "default", "?module=VisitsSummary&action[]=x | body: action=index", Held, "bad-parameter"))]
#[case(Row("5.2", "default", "VisitsSummary.index | body: action[]=x", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "?module=VisitsSummary&action[=x", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "?module=VisitsSummary&action[]=x&token_auth=$TOKEN_SUPER", Never, "gate-super-user"))]
fn an_action_that_is_an_array_is_refused(#[case] row: Row) {
    row.check(ClauseId::DispatchActionType);
}

#[rstest]
#[case(Row("4.6.2", "default", "?module=VisitsSummary&action[]=x", Held, "other-error"))]
#[case(Row("4.0.3", "default", "?module=API&action[]=x&token_auth=$TOKEN_VIEW", Held, "other-error"))]
#[case(Row("4.6.2", "default", "?module=Visits.Summary&action[]=x", Never, "invalid-module"))]
#[case(Row("4.6.2", "default", "?module=NoSuchPlugin&action[]=x", Never, "plugin-not-activated"))]
#[case(Row("4.6.2", "default", "VisitsSummary.index | body: action[]=x", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("4.7.0", "default", "?module=VisitsSummary&action[]=x", Never, "bad-parameter"))]
fn before_4_7_an_action_that_is_an_array_ends_in_a_php_error(#[case] row: Row) {
    row.check(ClauseId::DispatchActionArray);
}

#[rstest]
#[case(Row("5.2", "default", "?", Held, "anonymous: CoreHome.index"))]
#[case(Row("5.2", "default", "?module=&action=redirectToPaypal", Held, "anonymous: CoreHome.redirectToPaypal"))]
#[case(Row("5.2", "default", "?module[]=VisitsSummary", Held, "anonymous: CoreHome.index"))]
#[case(Row("5.2", "default", "?MODULE=VisitsSummary", Held, "anonymous: CoreHome.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "?%20module=VisitsSummary", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "? | body: module=VisitsSummary", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "?token_auth=$TOKEN_SUPER", Never, "gate-super-user"))]
fn a_missing_module_means_core_home(#[case] row: Row) {
    row.check(ClauseId::DispatchDefaultModule);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "NoSuchPlugin.index", Held, "plugin-not-activated"))]
#[case(Row("5.2", "default", "Core-Home.index", Not, "invalid-module"))]
#[case(Row("5.2", "default", "?module=ConformanceProbe.need&action=View", Not, "invalid-module"))]
#[case(Row("5.2", "default", "?module=VisitsSummary%20", Not, "invalid-module"))]
#[case(Row("5.2", "default", "?module=Core%26Home", Not, "invalid-module"))]
#[case(Row("5.2", "default", "?module=../CoreHome", Not, "invalid-module"))]
fn a_modules_name_has_letters_and_digits_only(#[case] row: Row) {
    row.check(ClauseId::DispatchModuleName);
}

#[rstest]
#[case(Row("5.2", "default", "Referers.getAll", Held, "anonymous: Referrers.getAll"))]
#[case(Row("5.2", "default", "PDFReports.index", Held, "anonymous: ScheduledReports.index"))]
#[case(Row("5.2", "default", "ExampleRssWidget.", Held, "anonymous: RssWidget.index"))]
#[case(Row("5.2", "default", "Referrers.getAll", Not, "anonymous: Referrers.getAll"))]
#[case(Row("5.2", "default", "referers.getAll", Not, "plugin-not-activated"))]
fn renamed_modules_answer_to_their_old_names(#[case] row: Row) {
    row.check(ClauseId::DispatchRename);
}

#[rstest]
#[case(Row("5.2", "default", "ConformanceProbe.needNothing", Held, "anonymous: ConformanceProbe.needNothing"))]
#[case(Row("5.2", "default", "conformanceprobe.needNothing", Not, "plugin-not-activated"))]
#[case(Row("5.2", "default", "api.index", Not, "plugin-not-activated"))]
#[case(Row("5.2", "default", "NoSuchPlugin.index", Not, "plugin-not-activated"))]
#[case(Row("5.2", "default", "1.index", Not, "invalid-module"))]
#[case(Row("5.8", "default", "1.index", Not, "invalid-module"))]
#[case(Row("5.2", "default", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.index", Not, "invalid-module"))]
#[case(Row("5.2", "default", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.index", Not, "plugin-not-activated"))]
#[case(Row("4.15.1", "default", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.index", Not, "plugin-not-activated"))]
#[case(Row("5.8", "default", "NoSuchPlugin.index", Not, "plugin-not-activated"))]
#[case(Row("5.2", "default", "Core-Home.index", Never, "invalid-module"))]
fn only_activated_plugins_are_dispatched_in_their_exact_spelling(#[case] row: Row) {
    row.check(ClauseId::DispatchPlugin);
}

#[rstest]
#[case(Row("5.2", "default", "CoreHome.index&idSite=3", Held, "anonymous: SitesManager.siteWithoutData"))]
#[case(Row("5.2", "default", "?action=index&idSite=%2B3.0", Held, "anonymous: SitesManager.siteWithoutData"))]
#[case(Row("5.2", "default", "CoreHome.index&idSite=2", Not, "anonymous: CoreHome.index"))]
#[case(Row("5.2", "default", "CoreHome.index&idSite=3x", Not, "anonymous: CoreHome.index"))]
#[case(Row("5.2", "default", "CoreHome.index&idSite=", Not, "anonymous: CoreHome.index"))]
#[case(Row("5.2", "default", "?module=CoreHome&idSite=3", Never, "anonymous: CoreHome.index"))]
fn the_dashboard_of_a_site_that_nobody_has_visited_is_another_page(#[case] row: Row) {
    row.check(ClauseId::DispatchEmptySite);
}

#[rstest]
#[case(Row("5.2", "default", "?module=VisitsSummary", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.0", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.%00", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.getSparklines", Not, "anonymous: VisitsSummary.getSparklines"))]
#[case(Row("5.2", "default", "VisitsSummary.00", Not, "action-not-found"))]
fn a_missing_action_means_the_controllers_default(#[case] row: Row) {
    row.check(ClauseId::DispatchDefaultAction);
}

#[rstest]
#[case::controller(Row("5.2", "default", "VisitsSummary.getSparklines", Held, "anonymous: VisitsSummary.getSparklines"))]
#[case::widget(Row("5.2", "default", "Live.widget", Held, "anonymous: Live.widget"))]
#[case::report(Row("5.2", "default", "UserCountry.getCountry", Held, "anonymous: UserCountry.getCountry"))]
#[case::report_with_capital(Row("5.2", "default", "UserCountry.GetCountry", Held, "anonymous: UserCountry.GetCountry"))]
#[case::inherited(Row("5.2", "default", "CoreHome.getDateParameterInTimezone", Held, "anonymous: CoreHome.getDateParameterInTimezone"))]
#[case::encoded(Row("5.2", "default", "ConformanceProbe.need%41dmin", Held, "anonymous: ConformanceProbe.needAdmin"))]
#[case::entity(Row("5.2", "default", "ConformanceProbe.need%26%2365%3Bdmin", Held, "anonymous: ConformanceProbe.needAdmin"))]
#[case::nul(Row("5.2", "default", "ConformanceProbe.need%00Admin", Held, "anonymous: ConformanceProbe.needAdmin"))]
#[case::last_wins(Row("5.2", "default", "ConformanceProbe.needView&action=needAdmin", Held, "anonymous: ConformanceProbe.needAdmin"))]
#[case::unknown(Row("5.2", "default", "CoreHome.noSuchAction", Not, "action-not-found"))]
#[case::report_lower(Row("5.2", "default", "UserCountry.getcountry", Not, "action-not-found"))]
#[case::controller_with_capital(Row("5.2", "default", "ConformanceProbe.NeedAdmin", Not, "action-not-found"))]
#[case::encoded_twice(Row("5.2", "default", "ConformanceProbe.need%2541dmin", Not, "action-not-found"))]
#[case::space(Row("5.2", "default", "ConformanceProbe.needAdmin%20", Not, "action-not-found"))]
#[case::announced_only(Row("5.2", "default", "UserCountryMap.getVisitorMap", Not, "action-not-found"))]
#[case::no_plugin(Row("5.2", "default", "NoSuchPlugin.index", Never, "plugin-not-activated"))]
fn only_public_controller_actions_widgets_and_reports_are_dispatched(#[case] row: Row) {
    row.check(ClauseId::DispatchAction);
}

#[rstest]
#[case(Row("5.2", "default", "ConformanceProbe.needView&token_auth=$TOKEN_NO_ACCESS | real", Held, "no-right"))]
#[case(Row("5.2", "default", "ConformanceProbe.needView&token_auth=$TOKEN_VIEW_ELSEWHERE | real", Held, "no-right"))]
#[case(Row("5.2", "default", "ConformanceProbe.needView | real", Held, "no-right"))]
#[case(Row("5.2", "default", "?module=API&method=ConformanceProbe.getNeedView&idSite=3&token_auth=$TOKEN_VIEW | real", Held, "no-right"))]
#[case(Row("5.2", "default", "ConformanceProbe.needView&token_auth=$TOKEN_VIEW | real", Not, "view: ConformanceProbe.needView"))]
#[case(Row(
    "5.2",
    "default",
    "ConformanceProbe.needView&idSite=2&token_auth=$TOKEN_VIEW_ELSEWHERE | real",
    Not,
    "view-elsewhere: ConformanceProbe.needView"
))]
#[case(Row("5.2", "anonymous", "ConformanceProbe.needView | real", Not, "anonymous: ConformanceProbe.needView"))]
#[case(Row("5.2", "default", "ConformanceProbe.needView&token_auth=$TOKEN_NO_ACCESS", Never, "no-access: ConformanceProbe.needView"))]
fn an_endpoint_that_needs_view_access_on_a_site_refuses_users_without_it(#[case] row: Row) {
    row.check(ClauseId::AccessView);
}

#[rstest]
#[case(Row("5.2", "default", "ConformanceProbe.needSomeView&token_auth=$TOKEN_NO_ACCESS | real", Held, "no-right"))]
#[case(Row("5.2", "default", "ConformanceProbe.needSomeView&token_auth=bogus | real", Held, "no-right"))]
#[case(Row(
    "5.2",
    "default",
    "ConformanceProbe.needSomeView&token_auth=$TOKEN_VIEW_ELSEWHERE | real",
    Not,
    "view-elsewhere: ConformanceProbe.needSomeView"
))]
#[case(Row("5.2", "default", "ConformanceProbe.needView&token_auth=$TOKEN_VIEW_ELSEWHERE | real", Never, "no-right"))]
fn an_endpoint_that_needs_some_view_access_refuses_users_without_any(#[case] row: Row) {
    row.check(ClauseId::AccessSomeView);
}

#[rstest]
#[case(Row("5.2", "default", "ConformanceProbe.needSomeWrite&token_auth=$TOKEN_VIEW | real", Held, "no-right"))]
#[case(Row("5.2", "default", "ConformanceProbe.needSomeWrite&token_auth=bogus | real", Held, "no-right"))]
#[case(Row(
    "5.2",
    "flag",
    "ConformanceProbe.needSomeWrite&idSite=1&token_auth=$TOKEN_MIXED | real",
    Not,
    "mixed: ConformanceProbe.needSomeWrite"
))]
#[case(Row("5.2", "default", "ConformanceProbe.needWrite&token_auth=$TOKEN_VIEW | real", Never, "no-right"))]
fn an_endpoint_that_needs_some_write_access_refuses_users_without_any(#[case] row: Row) {
    row.check(ClauseId::AccessSomeWrite);
}

#[rstest]
#[case(Row("5.2", "default", "ConformanceProbe.needSomeAdmin&token_auth=$TOKEN_VIEW | real", Held, "no-right"))]
#[case(Row("5.2", "flag", "ConformanceProbe.needSomeAdmin&token_auth=$TOKEN_WRITE | real", Held, "no-right"))]
#[case(Row(
    "5.2",
    "flag",
    "ConformanceProbe.needSomeAdmin&idSite=1&token_auth=$TOKEN_ADMIN | real",
    Not,
    "admin: ConformanceProbe.needSomeAdmin"
))]
#[case(Row("5.2", "default", "ConformanceProbe.needAdmin&token_auth=$TOKEN_VIEW | real", Never, "no-right"))]
fn an_endpoint_that_needs_some_admin_access_refuses_users_without_any(#[case] row: Row) {
    row.check(ClauseId::AccessSomeAdmin);
}

#[rstest]
#[case(Row("5.2", "default", "ConformanceProbe.needWrite&token_auth=$TOKEN_VIEW | real", Held, "no-right"))]
#[case(Row("5.2", "flag", "ConformanceProbe.needWrite&idSite=1&token_auth=$TOKEN_MIXED | real", Held, "no-right"))]
#[case(Row("5.2", "flag", "ConformanceProbe.needWrite&idSite=2&token_auth=$TOKEN_MIXED | real", Not, "mixed: ConformanceProbe.needWrite"))]
#[case(Row(
    "5.8",
    "list=ConformanceProbe.needWrite",
    "ConformanceProbe.needWrite&token_auth=$TOKEN_WRITE | real",
    Not,
    "write: ConformanceProbe.needWrite"
))]
#[case(Row("5.2", "default", "?module=API&method=ConformanceProbe.getNeedWrite&token_auth=$TOKEN_SUPER | real", Not, "super: API.index"))]
#[case(Row("5.2", "default", "ConformanceProbe.needWrite&token_auth=$TOKEN_WRITE | real", Never, "gate-some-write"))]
fn an_endpoint_that_needs_write_access_refuses_users_without_it(#[case] row: Row) {
    row.check(ClauseId::AccessWrite);
}

#[rstest]
#[case(Row("5.8", "list=ConformanceProbe.needAdmin", "ConformanceProbe.needAdmin&token_auth=$TOKEN_WRITE | real", Held, "no-right"))]
#[case(Row("5.2", "flag", "ConformanceProbe.needAdmin&idSite=1&token_auth=$TOKEN_ADMIN_ELSEWHERE | real", Held, "no-right"))]
#[case(Row("5.2", "flag", "ConformanceProbe.needAdmin&token_auth=$TOKEN_ADMIN | real", Not, "admin: ConformanceProbe.needAdmin"))]
#[case(Row("5.2", "default", "ConformanceProbe.needAdmin | cookie: super | real", Not, "super: ConformanceProbe.needAdmin"))]
#[case(Row("5.2", "default", "ConformanceProbe.needAdmin&token_auth=$TOKEN_ADMIN | real", Never, "gate-some-write"))]
fn an_endpoint_that_needs_admin_access_refuses_users_without_it(#[case] row: Row) {
    row.check(ClauseId::AccessAdmin);
}

#[rstest]
#[case(Row("5.2", "flag", "ConformanceProbe.needSuper&token_auth=$TOKEN_ADMIN | real", Held, "no-right"))]
#[case(Row("5.2", "default", "?module=API&method=ConformanceProbe.getNeedSuper&token_auth=$TOKEN_ADMIN | real", Held, "no-right"))]
#[case(Row("5.2", "default", "?module=API&method=ConformanceProbe.getNeedSuper&token_auth=$TOKEN_SUPER | real", Not, "super: API.index"))]
#[case(Row("5.2", "default", "ConformanceProbe.needSuper | cookie: super | real", Not, "super: ConformanceProbe.needSuper"))]
#[case(Row("5.2", "default", "ConformanceProbe.needSuper&token_auth=$TOKEN_SUPER | real", Never, "gate-super-user"))]
fn an_endpoint_that_needs_super_user_access_refuses_everybody_else(#[case] row: Row) {
    row.check(ClauseId::AccessSuper);
}
