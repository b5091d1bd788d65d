//! Behind the gate: which controller a request reaches.

use super::answer::Reason;
use super::clauses::ClauseId;
use super::parameters::{Parameters, php_empty, php_integer};
use super::rule::{Rule, Trace, always};
use super::{Feature, Session, Situation};

/// A `Module.Action` on its way to a controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Module after defaults and renames.
    pub module: String,
    /// Action after defaults.
    pub action: String,
}

/// What answers to a session that has not passed its user's second factor.
pub const SECOND_FACTOR_PAGE: &str = "TwoFactorAuth.loginTwoFactorAuth";

/// Modules that were renamed and still answer to the old name.
const RENAMED: [(&str, &str); 3] = [("Referers", "Referrers"), ("PDFReports", "ScheduledReports"), ("ExampleRssWidget", "RssWidget")];

/// The new name of a module that still answers to this old one.
pub fn renamed(module: &str) -> Option<&'static str> {
    RENAMED.iter().find(|(old, _)| *old == module).map(|(_, new)| *new)
}

/// Requests for the API that failed to authenticate.
pub static API: [Rule<Reason>; 1] = [Rule {
    clause: ClauseId::ApiAuth,
    // With an action of "0" the failure is left to the API method's own checks.
    applies: |s| s.has(Feature::ApiErrorsHaveStatus) && s.is_api() && s.action != "0",
    // The token "0" counts as none where the failure would be reported.
    holds: |s| s.nobody && !php_empty(&s.token),
    fragile: always,
    then: Reason::NotAuthenticated,
}];

/// Follows a request to its controller: the target, or why there is none.
pub fn dispatch(s: &Situation<'_>, trace: &mut Trace) -> Result<Destination, Reason> {
    if s.has(Feature::ArrayActionIsErrorPage) && trace.ask(ClauseId::DispatchActionType, s.has_array_action()) {
        return Err(Reason::BadParameter);
    }
    let missing = s.module.is_empty();
    trace.ask(ClauseId::DispatchDefaultModule, missing);
    let module = if missing { "CoreHome" } else { &s.module };
    let action = if php_empty(&s.action) { "" } else { &s.action };
    resolve(s, trace, module, action, |s, trace| {
        !s.has(Feature::ArrayActionIsErrorPage) && trace.ask(ClauseId::DispatchActionArray, s.has_array_action())
    })
}

/// The inner target of `Widgetize.iframe`.
pub fn inner(s: &Situation<'_>, trace: &mut Trace) -> Result<Destination, Reason> {
    let named = |parameters: &Parameters, name: &str| parameters.text(name);
    let (module, action) = (named(&s.all, "moduleToWidgetize"), named(&s.all, "actionToWidgetize"));
    // Both names are read before anything else, and without a default: what is missing or empty is an error of the frame, seen on 5.2.0-b5+24103
    // and on +5.8.
    for (name, clause) in [(&module, ClauseId::DispatchModuleName), (&action, ClauseId::DispatchAction)] {
        if name.is_empty() {
            trace.ask(clause, false);
            return Err(Reason::BadParameter);
        }
    }
    let barred = matches!(module.as_str(), "API" | "Widgetize") || (module == "CoreHome" && action == "index");
    if trace.ask(ClauseId::WidgetBarred, barred) {
        return Err(Reason::NotWidgetizable);
    }
    // The frame itself shows the site, before what stands inside it is looked for.
    if let Some(reason) = trace.stage(&super::gate::WIDGET_FRAME, s) {
        return Err(reason);
    }
    resolve(s, trace, &module, &action, |_, _| false)
}

/// Follows names to an endpoint; `fails` is asked between the module and the action.
fn resolve(
    s: &Situation<'_>,
    trace: &mut Trace,
    module: &str,
    action: &str,
    fails: impl Fn(&Situation<'_>, &mut Trace) -> bool,
) -> Result<Destination, Reason> {
    let names = s.ask.names;
    let spelled = !module.is_empty() && module.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !trace.ask(ClauseId::DispatchModuleName, spelled) {
        return Err(Reason::InvalidModule);
    }
    let renamed = RENAMED.iter().find(|(old, _)| *old == module).map(|(_, new)| *new);
    trace.ask(ClauseId::DispatchRename, renamed.is_some());
    let module = renamed.unwrap_or(module);
    // A plugin's name starts with a letter and is not too long (`isValidPluginName`); anything else is refused in other words,
    // before the plugin is looked for.
    if !trace.ask(ClauseId::DispatchPlugin, names.activated.contains(module)) {
        let digit = module.starts_with(|first: char| first.is_ascii_digit());
        let too_long = s.has(Feature::PluginNameLimit) && module.len() > 60;
        return Err(if digit || too_long { Reason::InvalidModule } else { Reason::PluginNotActivated });
    }
    if fails(s, trace) {
        return Err(Reason::OtherError);
    }
    // SitesManager, which cannot be switched off, listens to the dispatch; every site of the world has had visitors.
    if (module, action) == ("CoreHome", "index") {
        let id = php_integer(&s.all.text("idSite"));
        let empty = id != 0 && !s.ask.world.sites.iter().any(|site| i64::from(*site) == id);
        if trace.ask(ClauseId::DispatchEmptySite, empty) {
            return Ok(Destination { module: "SitesManager".to_owned(), action: "siteWithoutData".to_owned() });
        }
    }
    if let Some(session) = s.session.filter(|session| session.owes_second_factor)
        && let Some(asks) = second_factor(s, trace, session, module, action)?
    {
        return Ok(asks);
    }
    let default = action.is_empty();
    trace.ask(ClauseId::DispatchDefaultAction, default);
    let action = match names.default_actions.get(module) {
        Some(default_action) if default => default_action.as_str(),
        _ => action,
    };
    if !trace.ask(ClauseId::DispatchAction, names.resolves(module, action)) {
        return Err(Reason::ActionNotFound);
    }
    Ok(Destination { module: module.to_owned(), action: action.to_owned() })
}

/// Where a session is led that has not passed its user's second factor, or why it is refused. `None` where nothing asks for it.
fn second_factor(
    s: &Situation<'_>,
    trace: &mut Trace,
    session: &Session,
    module: &str,
    action: &str,
) -> Result<Option<Destination>, Reason> {
    let needs_none = match (module, action) {
        ("Proxy", _) | ("TwoFactorAuth", "showQrCode") | ("Login", "logout") => true,
        ("CorePluginsAdmin", action) => action.eq_ignore_ascii_case("safemode"),
        ("CoreUpdater", action) => !["newVersionAvailable", "oneClickUpdate"].contains(&action),
        _ => false,
    };
    // The authenticator has a token, and no login, once another token than the session's own was tried.
    let other_token = !s.token.is_empty() && s.token != format!("${}", session.token);
    if !needs_none && other_token && !s.has(Feature::SecondFactorByAccess) {
        trace.ask(ClauseId::DispatchSecondFactorToken, true);
        return Ok(None);
    }
    if s.is_api() {
        let refused = s.has(Feature::SecondFactorForApi) && php_integer(&s.all.text("force_api_session")) == 1;
        return if refused && trace.ask(ClauseId::DispatchSecondFactorApi, true) { Err(Reason::OtherError) } else { Ok(None) };
    }
    let asks = trace.ask(ClauseId::DispatchSecondFactor, !needs_none);
    Ok(asks.then(|| Destination { module: "TwoFactorAuth".to_owned(), action: "loginTwoFactorAuth".to_owned() }))
}
