//! The model, clause by clause: each test is a sentence, each row a request with the answer it must get.

use matomo_conformance::model::{
    Allowlist, Answer, Ask, Body, CLAUSES, Decision, Dispatch, Entry, Feature, Features, Form, Kind, Method, Names, Reason, Request,
    Rights, Role, Settings, World, decide,
};
use rstest::rstest;

/// Release before the allowlist, with it, and the later ones.
fn release(name: &str) -> Features {
    match name.strip_suffix("+24103") {
        Some(version) => Features::of_version(version).with(Feature::Allowlist),
        None => Features::of_version(name),
    }
}

fn names() -> Names {
    let mut names = Names::default();
    let mut know = |name: &str, kind| {
        let module = name.split('.').next().expect("a module").to_owned();
        names.activated.insert(module);
        names.endpoints.insert(name.to_owned(), kind);
    };
    for name in
        ["API.index", "API.listAllMethods", "CoreHome.index", "CoreHome.redirectToCoreHomeIndex", "VisitsSummary.index", "Widgetize.iframe"]
    {
        know(name, Kind::Controller);
    }
    for action in ["index", "needNothing", "needView", "needSomeView", "needWrite", "needAdmin", "needSuper", "nested"] {
        know(&format!("ConformanceProbe.{action}"), Kind::Controller);
    }
    know("CoreAdminHome.optOutJS", Kind::Controller);
    know("Overlay.startOverlaySession", Kind::Controller);
    know("Referrers.getAll", Kind::Report);
    know("UserCountry.getCountry", Kind::Report);
    know("UserCountryMap.getRealtimeMap", Kind::Unreachable);
    names.default_actions.extend(
        [("API", "index"), ("CoreHome", "redirectToCoreHomeIndex"), ("ConformanceProbe", "index")]
            .map(|(m, a)| (m.to_owned(), a.to_owned())),
    );
    names
}

/// One request, written shortly.
#[derive(Default)]
struct Sent {
    release: &'static str,
    settings: Settings,
    query: String,
    body: Option<&'static str>,
    cookie: Option<&'static str>,
    header: Option<&'static str>,
    real: bool,
}

impl Sent {
    fn get(query: &str) -> Self {
        Self { release: "5.2.0+24103", query: query.to_owned(), ..Self::default() }
    }

    fn decide(&self) -> Decision {
        let (features, world, names) = (release(self.release), World::standard(), names());
        let request = Request {
            method: if self.body.is_some() { Method::Post } else { Method::Get },
            query: self.query.clone(),
            body: self.body.map(|text| Body::Form(text.to_owned())),
            authorization: self.header.map(str::to_owned),
            cookie: self.cookie.map(str::to_owned),
            xhr: false,
            dispatch: if self.real { Dispatch::Real } else { Dispatch::Dry },
        };
        decide(&Ask { features: &features, settings: &self.settings, world: &world, names: &names, request: &request })
    }

    fn refused(&self, reason: Reason, clause: &str) {
        let decision = self.decide();
        assert_eq!(decision.answer, Answer::Denied { reason }, "{} {:?}", self.query, decision.trace);
        assert!(decision.trace.has(clause, true), "{clause} did not hold: {:?}", decision.trace);
    }

    /// Opened with these rights, the clause having been answered so.
    fn opened(&self, rights: &Rights, clause: &str, held: bool) -> Vec<String> {
        let decision = self.decide();
        let Answer::Opened { who, route, .. } = &decision.answer else {
            panic!("{} {:?} {:?}", self.query, decision.answer, decision.trace)
        };
        assert_eq!(&who.rights, rights, "{}", self.query);
        assert!(decision.trace.has(clause, held), "{clause} was not {held}: {:?}", decision.trace);
        route.clone()
    }
}

fn view() -> Rights {
    Rights::on([1, 2], Role::View)
}

fn write() -> Rights {
    Rights::on([1, 2], Role::Write)
}

const PAGE: &str = "module=VisitsSummary&action=index";

fn page(token: &str) -> Sent {
    Sent::get(&format!("{PAGE}&token_auth={token}"))
}

#[rstest]
#[case("")]
#[case("&action=")]
#[case("&action=0")]
#[case("&action=index")]
#[case("&action=index%00")]
#[case("%00")]
fn requests_for_exactly_the_api_meet_no_gate(#[case] rest: &str) {
    Sent::get(&format!("module=API{rest}&token_auth=$TOKEN_SUPER")).opened(&Rights::all(), "gate.api", true);
}

#[rstest]
#[case("module=api")]
#[case("module=API&action=Index")]
#[case("module=API&action=index%20")]
#[case("module=API%20")]
#[case("module[]=API")]
#[case("module=API&action=listAllMethods&method=API.getMatomoVersion")]
#[case("method=API.getMatomoVersion")]
fn what_only_resembles_the_api_meets_the_gate(#[case] query: &str) {
    let sent = Sent::get(&format!("{query}&token_auth=$TOKEN_SUPER"));
    sent.refused(Reason::GateSuperUser, "gate.superuser");
    assert!(sent.decide().trace.has("gate.api", false));
}

#[rstest]
#[case(Settings::default())]
#[case(Settings { flag: true, ..Settings::default() })]
#[case(Settings { allowlist: Allowlist::of(["VisitsSummary.index"]), ..Settings::default() })]
fn tokens_of_super_users_open_nothing_outside_the_api_whatever_the_settings(#[case] settings: Settings) {
    Sent { settings, ..page("$TOKEN_SUPER") }.refused(Reason::GateSuperUser, "gate.superuser");
}

#[rstest]
#[case("$TOKEN_WRITE")]
#[case("$TOKEN_ADMIN")]
#[case("$TOKEN_MIXED")]
#[case("$TOKEN_ADMIN_ELSEWHERE")]
fn the_flag_opens_everything_for_write_and_admin_tokens(#[case] token: &str) {
    let flag = Settings { flag: true, ..Settings::default() };
    let decision = Sent { settings: flag, ..page(token) }.decide();
    assert!(matches!(decision.answer, Answer::Opened { .. }));
    assert!(decision.trace.has("gate.flag", true));
    page(token).refused(Reason::GateSomeWrite, "gate.write");
    assert!(page(token).decide().trace.has("gate.flag", false));
}

#[rstest]
#[case(vec![Entry::text("VisitsSummary.index")], Form::List, true)]
#[case(vec![Entry::text("A.b"), Entry::text("VisitsSummary.index")], Form::Map, true)]
#[case(vec![Entry::text("VisitsSummary.index")], Form::Closure, true)]
#[case(vec![Entry::text("VisitsSummary.index")], Form::Text, false)]
#[case(vec![Entry::text("VisitsSummary.index")], Form::Null, false)]
#[case(vec![Entry::text("visitssummary.index")], Form::List, false)]
#[case(vec![Entry::text("VisitsSummary.Index")], Form::List, false)]
#[case(vec![Entry::text("VisitsSummary")], Form::List, false)]
#[case(vec![Entry::text("VisitsSummary.inde")], Form::List, false)]
#[case(vec![Entry::text("VisitsSummary.index ")], Form::List, false)]
#[case(vec![Entry::Bool(true), Entry::Number(0)], Form::List, false)]
#[case(vec![Entry::Nested(vec![Entry::text("VisitsSummary.index")])], Form::List, false)]
fn an_entry_strictly_equal_opens_that_endpoint(#[case] entries: Vec<Entry>, #[case] form: Form, #[case] opens: bool) {
    let allowlist = Allowlist { form, entries, ..Allowlist::default() };
    let sent = Sent { settings: Settings { allowlist, ..Settings::default() }, ..page("$TOKEN_WRITE") };
    if opens {
        sent.opened(&write(), "gate.allowlist", true);
    } else {
        sent.refused(Reason::GateSomeWrite, "gate.write");
        assert!(sent.decide().trace.has("gate.allowlist", false));
    }
    Sent { release: "5.2.0", ..sent }.refused(Reason::GateSomeWrite, "gate.write");
}

#[rstest]
#[case("$TOKEN_VIEW", view())]
#[case("$TOKEN_NO_ACCESS", Rights::none())]
fn tokens_without_write_access_pass_the_gate(#[case] token: &str, #[case] rights: Rights) {
    page(token).opened(&rights, "gate.write", false);
}

#[rstest]
#[case("0123456789abcdef0123456789abcdef", "auth.unknown")]
#[case("$TOKEN_VIEW%20", "auth.unknown")]
#[case("$TOKEN_SUPER_EXPIRED", "auth.expired")]
#[case("$TOKEN_SUPER_SECURE", "auth.secure-only")]
fn a_token_that_is_not_accepted_leaves_no_right_at_all(#[case] token: &str, #[case] clause: &str) {
    let settings = Settings { anonymous_view: true, ..Settings::default() };
    Sent { settings, ..page(token) }.opened(&Rights::none(), clause, true);
    Sent::get(&format!("module=API&method=API.get&token_auth={token}")).refused(Reason::NotAuthenticated, "api.auth");
}

#[test]
fn a_valid_token_authenticates_its_user_also_with_nul_bytes_and_entities() {
    for token in ["$TOKEN_VIEW", "$TOKEN_VIEW%00", "%26%2336%3BTOKEN_VIEW"] {
        page(token).opened(&view(), "auth.accepted", true);
    }
}

#[test]
fn the_policy_makes_every_token_in_the_url_unknown() {
    let policy = || Settings { only_secure_tokens: true, ..Settings::default() };
    Sent { settings: policy(), ..page("$TOKEN_VIEW") }.opened(&Rights::none(), "auth.policy-secure", true);
    let body = Sent { settings: policy(), body: Some("token_auth=$TOKEN_VIEW"), ..Sent::get(PAGE) };
    body.opened(&view(), "auth.policy-secure", false);
    let both = Sent { settings: policy(), body: Some("token_auth=$TOKEN_VIEW"), ..page("$TOKEN_VIEW") };
    both.opened(&Rights::none(), "auth.policy-secure", true);
    Sent { release: "5.4.0", settings: policy(), body: Some("token_auth=$TOKEN_VIEW"), ..page("$TOKEN_VIEW") }.opened(
        &view(),
        "auth.policy-secure",
        false,
    );
}

#[test]
fn a_secure_only_token_works_in_the_body() {
    let sent = Sent { body: Some("token_auth=$TOKEN_VIEW_SECURE"), ..Sent::get(PAGE) };
    sent.opened(&view(), "auth.secure-only", false);
    Sent { body: Some("token_auth=$TOKEN_SUPER_SECURE"), ..Sent::get(PAGE) }.refused(Reason::GateSuperUser, "gate.superuser");
}

#[rstest]
#[case("$TOKEN_VIEW", view())]
#[case("", Rights::none())]
fn up_to_5_3_a_token_in_the_url_hides_one_in_the_body(#[case] token: &str, #[case] rights: Rights) {
    Sent { body: Some("token_auth=$TOKEN_SUPER"), ..page(token) }.opened(&rights, "token.url-over-body", true);
}

#[test]
fn up_to_5_3_an_array_in_the_url_hides_the_token_in_the_body() {
    let sent = Sent { body: Some("token_auth=$TOKEN_SUPER"), ..Sent::get(&format!("{PAGE}&token_auth[]=x")) };
    sent.opened(&Rights::none(), "token.none", true);
    let body_array = Sent { body: Some("token_auth[]=x"), ..page("$TOKEN_VIEW") };
    body_array.opened(&view(), "token.url-over-body", true);
    Sent { body: Some("token_auth=$TOKEN_VIEW"), ..Sent::get(PAGE) }.opened(&view(), "token.body", true);
}

#[test]
fn the_header_counts_from_5_4_on_and_only_with_its_exact_prefix() {
    let with = |release, header| Sent { release, header: Some(header), ..Sent::get(PAGE) };
    with("5.2.0", "Bearer $TOKEN_VIEW").opened(&Rights::none(), "token.header-ignored", false);
    with("5.4.0", "Bearer $TOKEN_VIEW").opened(&view(), "token.header", true);
    with("5.4.0", "bearer $TOKEN_VIEW").opened(&Rights::none(), "token.header", false);
    with("5.4.0", "Bearer $TOKEN_VIEW_SECURE").opened(&view(), "auth.secure-only", false);
}

#[test]
fn from_5_4_on_the_body_comes_before_the_url() {
    let sent = |body| Sent { release: "5.4.0", body: Some(body), ..page("$TOKEN_VIEW") };
    sent("token_auth=$TOKEN_SUPER").refused(Reason::GateSuperUser, "token.body-over-url");
    sent("token_auth=").opened(&view(), "token.body-over-url", false);
}

#[rstest]
#[case("token_auth=$TOKEN_SUPER", true)]
#[case("token_auth=anonymous", true)]
#[case("token_auth=$TOKEN_VIEW", false)]
#[case("token_auth=", false)]
#[case("token_auth[]=x", false)]
fn from_5_8_on_tokens_that_differ_are_refused(#[case] body: &'static str, #[case] conflict: bool) {
    let sent = Sent { release: "5.8.0", body: Some(body), ..page("$TOKEN_VIEW") };
    if conflict {
        sent.refused(Reason::Conflict, "token.conflict");
    } else {
        assert_ne!(sent.decide().answer, Answer::Denied { reason: Reason::Conflict });
    }
    let forced = Sent { release: "5.8.0", body: Some("force_api_session=0"), ..Sent::get(&format!("{PAGE}&force_api_session=1")) };
    forced.refused(Reason::Conflict, "token.conflict-force");
}

#[rstest]
#[case("$TOKEN_SUPER_SCOPED_VIEW", Some(view()))]
#[case("$TOKEN_SUPER_SCOPED_BOGUS", Some(Rights::none()))]
#[case("$TOKEN_SUPER_SCOPED_WRITE", None)]
#[case("$TOKEN_SUPER_SCOPED_SUPERUSER", None)]
fn from_6_0_on_a_scope_caps_the_rights_before_the_gate(#[case] token: &str, #[case] rights: Option<Rights>) {
    let sent = Sent { release: "6.0.0", ..page(token) };
    match rights {
        Some(rights) => {
            sent.opened(&rights, "scope.cap", true);
        }
        None => assert!(matches!(sent.decide().answer, Answer::Denied { reason: Reason::GateSomeWrite | Reason::GateSuperUser })),
    }
}

#[test]
fn from_6_0_on_a_scoped_token_is_refused_with_force_api_session() {
    let sent = |token: &str| Sent { release: "6.0.0", ..Sent::get(&format!("{PAGE}&token_auth={token}&force_api_session=1")) };
    sent("$TOKEN_SUPER_SCOPED_VIEW").refused(Reason::ScopedSession, "scope.session");
    sent("$TOKEN_VIEW").opened(&view(), "scope.session", false);
}

#[test]
fn from_6_0_on_the_navigation_endpoint_ignores_a_token_in_the_url() {
    let query = "module=Overlay&action=startOverlaySession&token_auth=$TOKEN_SUPER";
    Sent { release: "6.0.0", ..Sent::get(query) }.opened(&Rights::none(), "token.none", true);
    Sent { release: "5.8.0", ..Sent::get(query) }.refused(Reason::GateSuperUser, "gate.superuser");
}

#[test]
fn a_session_cookie_without_a_token_authenticates_and_meets_no_gate() {
    let sent = Sent { cookie: Some("super"), ..Sent::get(PAGE) };
    sent.opened(&Rights::all(), "session.cookie", true);
    sent.opened(&Rights::all(), "token.none", true);
    let api = Sent { cookie: Some("super"), ..Sent::get("module=API&method=API.get") };
    api.opened(&Rights::none(), "session.not-for-api", true);
    let opt_out = Sent { cookie: Some("super"), ..Sent::get("module=CoreAdminHome&action=optOutJS") };
    opt_out.opened(&Rights::none(), "session.not-for-opt-out", true);
}

#[test]
fn a_session_cookie_beside_a_token_is_ignored_unless_forced() {
    let sent = |rest: &str| Sent { cookie: Some("super"), ..Sent::get(&format!("{PAGE}&token_auth={rest}")) };
    sent("$TOKEN_VIEW").opened(&view(), "session.ignored-with-token", true);
    sent("$TOKEN_VIEW&force_api_session=1").refused(Reason::GateSuperUser, "session.other-token");
    sent("$SESSION_TOKEN_SUPER").opened(&Rights::none(), "auth.unknown", true);
    sent("$SESSION_TOKEN_SUPER&force_api_session=1").opened(&Rights::all(), "session.own-token", true);
    sent("$SESSION_TOKEN_SUPER&force_api_session=0").opened(&Rights::none(), "session.force", false);
    let view_session = Sent { cookie: Some("view"), ..Sent::get(&format!("{PAGE}&token_auth=$TOKEN_SUPER&force_api_session=1")) };
    view_session.opened(&view(), "session.other-token", true);
}

#[rstest]
#[case("on", "5.2.0", true)]
#[case("on", "5.4.0", false)]
#[case("TRUE", "5.4.0", true)]
fn force_api_session_is_read_strictly_from_5_4_on(#[case] value: &str, #[case] release: &'static str, #[case] counts: bool) {
    let query = format!("{PAGE}&token_auth=$SESSION_TOKEN_VIEW&force_api_session={value}");
    let sent = Sent { release, cookie: Some("view"), ..Sent::get(&query) };
    sent.opened(&if counts { view() } else { Rights::none() }, "session.force", counts);
}

#[test]
fn from_4_0_to_4_2_a_session_wins_over_a_token() {
    let sent = |user, token: &str| Sent { release: "4.2.1", cookie: Some(user), ..page(token) };
    sent("super", "$TOKEN_VIEW").refused(Reason::GateSuperUser, "session.wins-over-token");
    sent("view", "$TOKEN_SUPER").opened(&view(), "session.wins-over-token", true);
    sent("write", "$TOKEN_VIEW").refused(Reason::GateSomeWrite, "session.wins-over-token");
}

#[rstest]
#[case("getNeedView", None, "token_auth=$SESSION_TOKEN_VIEW&force_api_session=1", true)]
#[case("postNeedView", None, "token_auth=$SESSION_TOKEN_VIEW&force_api_session=1", false)]
#[case("postNeedView", Some("token_auth=$SESSION_TOKEN_VIEW&force_api_session=1"), "", true)]
fn an_api_request_runs_in_a_session_that_is_forced_in_the_tokens_own_source(
    #[case] method: &str,
    #[case] body: Option<&'static str>,
    #[case] rest: &str,
    #[case] runs: bool,
) {
    let sent = Sent {
        cookie: Some("view"),
        body,
        real: true,
        ..Sent::get(&format!("module=API&method=ConformanceProbe.{method}&idSite=1&{rest}"))
    };
    if runs {
        sent.opened(&view(), "session.api", true);
    } else {
        sent.refused(Reason::NotAuthenticated, "api.auth");
    }
}

#[test]
fn the_token_anonymous_changes_nothing_and_meets_no_gate() {
    let settings = Settings { anonymous_view: true, ..Settings::default() };
    Sent { settings, ..page("anonymous") }.opened(&view(), "token.anonymous", true);
    page("Anonymous").opened(&Rights::none(), "token.anonymous", false);
}

#[rstest]
#[case("", &["CoreHome.redirectToCoreHomeIndex"], "dispatch.default-module")]
#[case("action=index", &["CoreHome.index"], "dispatch.default-module")]
#[case("module[]=x&action=index", &["CoreHome.index"], "dispatch.default-module")]
#[case("module=ConformanceProbe", &["ConformanceProbe.index"], "dispatch.default-action")]
#[case("module=ConformanceProbe&action=0", &["ConformanceProbe.index"], "dispatch.default-action")]
#[case("module=Referers&action=getAll", &["Referrers.getAll"], "dispatch.rename")]
#[case("module=UserCountry&action=GetCountry", &["UserCountry.GetCountry"], "dispatch.action")]
#[case("module=ConformanceProbe&action=need%00View", &["ConformanceProbe.needView"], "dispatch.plugin")]
fn names_lead_to_their_controllers(#[case] query: &str, #[case] route: &[&str], #[case] clause: &str) {
    let query = if query.is_empty() { "token_auth=$TOKEN_VIEW".to_owned() } else { format!("{query}&token_auth=$TOKEN_VIEW") };
    assert_eq!(Sent::get(&query).opened(&view(), clause, true), route);
}

#[rstest]
#[case("module=ConformanceProbe&action[]=x", Reason::BadParameter)]
#[case("module=Core-Home", Reason::InvalidModule)]
#[case("module=1", Reason::InvalidModule)]
#[case("module=NoSuchPlugin", Reason::PluginNotActivated)]
#[case("module=conformanceprobe", Reason::PluginNotActivated)]
#[case("module=CoreHome&action=noSuchAction", Reason::ActionNotFound)]
#[case("module=ConformanceProbe&action=NeedView", Reason::ActionNotFound)]
#[case("module=UserCountryMap&action=getRealtimeMap", Reason::ActionNotFound)]
fn names_that_lead_nowhere_are_refused_behind_the_gate(#[case] query: &str, #[case] reason: Reason) {
    let decision = Sent::get(&format!("{query}&token_auth=$TOKEN_VIEW")).decide();
    assert_eq!(decision.answer, Answer::Denied { reason });
    Sent::get(&format!("{query}&token_auth=$TOKEN_WRITE")).refused(Reason::GateSomeWrite, "gate.write");
}

const FRAME: &str = "module=Widgetize&action=iframe&idSite=1&moduleToWidgetize";

#[test]
fn the_frame_repeats_the_gate_for_a_session_that_skipped_it() {
    let sent = |user, settings| Sent {
        cookie: Some(user),
        real: true,
        settings,
        ..Sent::get(&format!(
            "{FRAME}=ConformanceProbe&actionToWidgetize=needView&token_auth=$SESSION_TOKEN_{}&force_api_session=1",
            user.to_uppercase()
        ))
    };
    sent("super", Settings::default()).refused(Reason::GateSuperUser, "widget.superuser");
    sent("write", Settings::default()).refused(Reason::GateSomeWrite, "widget.write");
    sent("write", Settings { flag: true, ..Settings::default() }).opened(&write(), "widget.flag", true);
    let listed = Settings { allowlist: Allowlist::of(["Widgetize.iframe"]), ..Settings::default() };
    sent("write", listed).opened(&write(), "widget.allowlist", true);
    sent("view", Settings::default()).opened(&view(), "widget.write", false);
}

#[test]
fn up_to_4_0_3_the_frame_ignores_the_flag() {
    let query = format!("{FRAME}=ConformanceProbe&actionToWidgetize=needView&token_auth=$TOKEN_WRITE");
    let sent = |release| Sent { release, real: true, settings: Settings { flag: true, ..Settings::default() }, ..Sent::get(&query) };
    sent("4.0.3").refused(Reason::GateSomeWrite, "widget.write");
    sent("4.0.4").opened(&write(), "widget.flag", true);
}

#[test]
fn the_frame_needs_view_access_and_frames_neither_itself_nor_the_api() {
    let sent = |target: &str, token: &str| Sent { real: true, ..Sent::get(&format!("{FRAME}={target}&token_auth={token}")) };
    sent("ConformanceProbe&actionToWidgetize=needNothing", "$TOKEN_NO_ACCESS").refused(Reason::NoRight, "widget.view");
    for target in ["API", "Widgetize", "CoreHome&actionToWidgetize=index"] {
        sent(target, "$TOKEN_VIEW").refused(Reason::NotWidgetizable, "widget.barred");
    }
    let framed = sent("ConformanceProbe&actionToWidgetize=needView", "$TOKEN_VIEW").opened(&view(), "widget.barred", false);
    assert_eq!(framed, ["Widgetize.iframe", "ConformanceProbe.needView"]);
}

#[test]
fn from_6_0_on_the_frame_names_a_failed_token() {
    let query = format!("{FRAME}=ConformanceProbe&actionToWidgetize=needView&token_auth=0123456789abcdef0123456789abcdef");
    Sent { release: "6.0.0", real: true, ..Sent::get(&query) }.refused(Reason::WidgetToken, "widget.token-failed");
    Sent { real: true, ..Sent::get(&query) }.refused(Reason::NoRight, "widget.view");
}

#[rstest]
#[case("needView", "$TOKEN_NO_ACCESS", Some("access.view"))]
#[case("needView", "$TOKEN_VIEW_ELSEWHERE", Some("access.view"))]
#[case("needView", "$TOKEN_VIEW", None)]
#[case("needSomeView", "$TOKEN_NO_ACCESS", Some("access.some-view"))]
#[case("needSomeView", "$TOKEN_VIEW_ELSEWHERE", None)]
#[case("needWrite", "$TOKEN_VIEW", Some("access.write"))]
#[case("needWrite", "$TOKEN_WRITE", None)]
#[case("needAdmin", "$TOKEN_WRITE", Some("access.admin"))]
#[case("needAdmin", "$TOKEN_ADMIN", None)]
#[case("needSuper", "$TOKEN_ADMIN", Some("access.super"))]
fn the_endpoints_own_check_comes_behind_the_gate(#[case] action: &str, #[case] token: &str, #[case] refuses: Option<&str>) {
    let settings = Settings { flag: true, ..Settings::default() };
    let sent = Sent { settings, real: true, ..Sent::get(&format!("module=ConformanceProbe&action={action}&idSite=1&token_auth={token}")) };
    match refuses {
        Some(clause) => sent.refused(Reason::NoRight, clause),
        None => assert!(matches!(sent.decide().answer, Answer::Opened { .. })),
    }
}

#[test]
fn a_nested_api_call_authenticates_anew_where_the_parameter_is_another_token() {
    let settings = || Settings { anonymous_view: true, ..Settings::default() };
    let nested = |query: &str| {
        let decision =
            Sent { settings: settings(), real: true, ..Sent::get(&format!("module=ConformanceProbe&action=nested{query}")) }.decide();
        let Answer::Opened { nested, .. } = decision.answer else { panic!("{decision:?}") };
        nested.expect("rights inside the call")
    };
    assert_eq!(nested(""), view());
    assert_eq!(nested("&token_auth="), Rights::none());
    assert_eq!(nested("&token_auth=$TOKEN_VIEW"), view());
}

/// Every clause stands in one of the tests above, so a new one cannot be forgotten.
#[test]
fn every_clause_has_a_test_that_names_it() {
    let source = include_str!("model_clauses.rs");
    let missing: Vec<&str> =
        CLAUSES.iter().map(|clause| clause.id).filter(|id| !source.contains(&format!("\"{id}\"")) && !ELSEWHERE.contains(id)).collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
}

/// Asserted by their answers, in `names_that_lead_nowhere…` and `a_nested_api_call…`.
const ELSEWHERE: [&str; 3] = ["dispatch.action-type", "dispatch.module-name", "access.nested"];
