//! From names to an action: defaults, renames, plugins, the resolver and the actions themselves.

use super::catalogue::{Catalogue, Endpoint, EndpointKind, Need, Shape};
use super::exchange::Exchange;
use super::fault::FaultKind as F;
use super::gate::{self, Stage};
use super::pages::{Page, Refusal};
use super::php::{Cleaning, Value, whole_number};
use super::{access, api, session};

/// Nested dispatches of actions that are made of others (facts: table of aliases).
const MADE_OF: [(&str, &str, &str); 2] =
    [("VisitsSummary.index", "CoreHome", "renderWidgetContainer"), ("VisitsSummary.getSparklines", "VisitsSummary", "get")];

/// Dispatches the request itself.
///
/// # Errors
/// Whatever the dispatch or the action fails with.
pub fn root(exchange: &mut Exchange) -> Result<Page, Refusal> {
    let array = matches!(exchange.parameter("action"), Some(Value::Array(_)));
    if array && exchange.at.features.array_action_error_page {
        let text = "The parameter 'action' doesn't have a correct type.";
        return Err(Refusal::error(500, text));
    }
    let mut module = exchange.text("module");
    if module.is_empty() && !exchange.fault(F::DefaultModuleLost) {
        "CoreHome".clone_into(&mut module);
    }
    let action = exchange.text("action");
    let (module, action) = route(exchange, &module, &action)?;
    if array {
        // before 4.7.0 PHP itself stumbled (#18706), over what came behind the checks of the module
        exchange.report.dispatched(&module, "Array");
        if exchange.incoming.dry {
            exchange.report.resolved("error");
            return Ok(Page::dry(exchange.report.last_route()));
        }
        return Err(Refusal::Fatal);
    }
    let found = find(exchange, &module, &action);
    exchange.report.dispatched(&module, &action);
    if exchange.incoming.dry {
        exchange.report.resolved(found.as_ref().map_or("none", |e| e.kind.word()));
        if found.is_some() {
            return Ok(Page::dry(exchange.report.last_route()));
        }
    }
    perform(exchange, &module, &action, found)
}

/// The checks of the module's name and its state, rename and default action included.
fn route(exchange: &Exchange, module: &str, action: &str) -> Result<(String, String), Refusal> {
    let catalogue = &exchange.at.catalogue;
    let features = &exchange.at.features;
    if module.is_empty() || !module.bytes().all(|b| b.is_ascii_alphanumeric()) {
        let text = format!("Invalid module name '{module}'");
        return Err(Refusal::error(500, text));
    }
    let mut module = match exchange.at.fault {
        Some(F::RenameLost) => module,
        _ => catalogue.renamed(module),
    };
    if exchange.fault(F::WrongCaseModuleRuns) {
        module = catalogue.any_case(module).unwrap_or(module);
    }
    // Without internet features every plugin is asked whether it needs them, its name first.
    // A name begins with a letter and has a limit from 5.0 on (isValidPluginName in core/Plugin/Manager.php of 4.0.3 and 5.2.0-b5).
    if module.starts_with(|first: char| first.is_ascii_digit()) || (features.short_plugin_names && module.len() > 60) {
        let text = format!("The plugin name '{module}' is not a valid plugin name");
        return Err(Refusal::error(500, text));
    }
    if !catalogue.exists(module) {
        return Err(Refusal::plugin_not_found(features, module));
    }
    if !catalogue.is_activated(module) && !exchange.fault(F::DeactivatedRuns) {
        return Err(Refusal::plugin_deactivated(features, module));
    }
    let action = match action {
        "" | "0" if !exchange.fault(F::DefaultActionLost) => Catalogue::default_action(module),
        other => other,
    };
    // SitesManager listens to the dispatch and leads sites without traffic elsewhere
    let empty_site = || {
        let id = whole_number(&exchange.text("idSite"));
        let site = u32::try_from(id).ok().and_then(|id| exchange.at.world.site(id));
        id != 0 && !site.is_some_and(|site| site.has_data)
    };
    if (module, action) == ("CoreHome", "index") && empty_site() && !exchange.fault(F::EmptySiteShown) {
        return Ok(("SitesManager".to_owned(), "siteWithoutData".to_owned()));
    }
    if exchange.actor.owes_second_factor && !exchange.fault(F::SecondFactorSpared) && asks_second_factor(exchange, module, action)? {
        return Ok(("TwoFactorAuth".to_owned(), "loginTwoFactorAuth".to_owned()));
    }
    Ok((module.to_owned(), action.to_owned()))
}

/// `TwoFactorAuth` listens to the dispatch, too (`onRequestDispatch`, `requiresAuth`).
fn asks_second_factor(exchange: &Exchange, module: &str, action: &str) -> Result<bool, Refusal> {
    let open = match module {
        "Proxy" => true,
        "TwoFactorAuth" => action == "showQrCode",
        "Login" => action == "logout",
        "CorePluginsAdmin" => action.eq_ignore_ascii_case("safemode"),
        "CoreUpdater" => action != "newVersionAvailable" && action != "oneClickUpdate",
        _ => false,
    };
    // what the authenticator holds once it was given a token: no login any more
    let token = &exchange.token.text;
    let given = !token.is_empty() && exchange.actor.token.as_ref() != Some(token);
    if open || (given && !exchange.at.features.second_factor_by_access) {
        return Ok(false);
    }
    if !exchange.is_api() {
        return Ok(true);
    }
    if exchange.at.features.second_factor_for_api && whole_number(&exchange.text("force_api_session")) == 1 {
        return Err(Refusal::error(500, "Your session has expired due to inactivity. Please log in to continue."));
    }
    Ok(false)
}

fn find(exchange: &Exchange, module: &str, action: &str) -> Option<Endpoint> {
    let catalogue = &exchange.at.catalogue;
    // only whoever is led here finds it
    if (module, action) == ("TwoFactorAuth", "loginTwoFactorAuth") {
        let (module, action) = (module.to_owned(), action.to_owned());
        return Some(Endpoint { module, action, kind: EndpointKind::Controller, needs: Need::Nothing, shape: Shape::SecondFactor });
    }
    let found = catalogue.resolve(module, action, !exchange.fault(F::ReportAliasLost));
    if found.is_none() && exchange.fault(F::WrongCaseActionRuns) {
        let any_case = |e: &&Endpoint| e.module == module && e.action.eq_ignore_ascii_case(action);
        return catalogue.endpoints.iter().find(any_case).cloned();
    }
    found
}

fn perform(exchange: &mut Exchange, module: &str, action: &str, found: Option<Endpoint>) -> Result<Page, Refusal> {
    if (module, action) == ("API", "index") {
        return Ok(api::answer(exchange));
    }
    let Some(endpoint) = found else {
        let features = &exchange.at.features;
        return Err(Refusal::action_not_found(features, module, action));
    };
    // where it is told to, the probe asks the gate itself: by the names of the request, whatever it is framed in
    if endpoint.action == "needSomeWrite" && exchange.text("conformance_gate") == "1" {
        let (module, action) = (exchange.text("module"), exchange.text("action"));
        gate::check(exchange, &module, &action, Stage::Inner)?;
    }
    // a report has no check of its own: the nested API call behind it has
    if endpoint.kind != EndpointKind::Report {
        access::check(exchange, &exchange.actor, endpoint.needs)?;
    }
    if endpoint.asks_api() {
        let nested = session::nested(exchange, None);
        access::check(exchange, &nested, Need::View)?;
    }
    for (whole, part_module, part_action) in MADE_OF {
        if whole == exchange.report.last_route() {
            exchange.report.dispatched(part_module, part_action);
        }
    }
    render(exchange, &endpoint)
}

fn render(exchange: &mut Exchange, endpoint: &Endpoint) -> Result<Page, Refusal> {
    let action = &endpoint.action;
    let opened = format!("<div id=\"conformance-opened\" data-action=\"{action}\"></div>");
    Ok(match endpoint.shape {
        Shape::Fragment => Page::fragment(format!("<div class=\"card\" data-report=\"{}.{action}\"></div>", endpoint.module)),
        Shape::Page if endpoint.module == "API" && action == "listAllMethods" => {
            Page::fragment("<h2 id='topApiRef' name='topApiRef'>APIs</h2>")
        }
        Shape::Page if endpoint.module == "API" && action == "listSegments" => {
            Page::fragment("<table><tr><td class=\"segmentCategory\" colspan=\"2\"><b>Visitors</b></td></tr></table>")
        }
        Shape::Page | Shape::DataPage => Page::full(exchange, &endpoint.module),
        Shape::Login => Page::login(exchange, None),
        Shape::SecondFactor => Page::second_factor(exchange),
        Shape::Css => Page::typed(200, "text/css", "body { margin: 0 }"),
        Shape::Redirect if endpoint.module == "Login" => Page::redirect("index.php?module=CoreHome"),
        Shape::Redirect => Page::redirect("index.php?module=Login&action=confirmPassword"),
        Shape::Empty if action == "getDefaultAction" => Page::fragment(Catalogue::default_action(&endpoint.module)),
        Shape::Empty => Page::fragment(""),
        Shape::Fatal => return Err(Refusal::Fatal),
        Shape::Opened => Page::fragment(opened),
        Shape::Nested => {
            // the probe gives the call a token of its own on request
            let nested = session::nested(exchange, exchange.parameter("nested_token"));
            let login = nested.reported_login().to_owned();
            exchange.report.nested(&login, &nested.rights);
            Page::fragment(opened)
        }
        Shape::NestedInSuper => {
            let login = exchange.actor.reported_login().to_owned();
            exchange.report.nested(&login, &super::world::Rights::everything());
            Page::fragment(opened)
        }
        Shape::Home => return home(exchange),
        Shape::Iframe => return widgetize(exchange),
    })
}

/// `CoreHome.redirectToCoreHomeIndex`: to the first site, without the token; else to the login page.
fn home(exchange: &mut Exchange) -> Result<Page, Refusal> {
    let rights = &exchange.actor.rights;
    let site = if rights.super_user {
        exchange.at.world.sites.first().map(|site| site.id)
    } else {
        let lists = [&rights.view, &rights.write, &rights.admin];
        lists.into_iter().flatten().min().copied()
    };
    if let Some(site) = site {
        return Ok(Page::redirect(format!("index.php?module=CoreHome&action=index&idSite={site}&period=day&date=yesterday")));
    }
    if exchange.actor.is_anonymous() {
        exchange.report.dispatched("Login", "index");
        return Ok(Page::login(exchange, None));
    }
    Err(Refusal::error(500, "No website can be shown to this user. Ask the administrator for access."))
}

/// `Widgetize.iframe`: the gate once more, then the inner action without a gate of its own.
fn widgetize(exchange: &mut Exchange) -> Result<Page, Refusal> {
    // `!== ''` up to 4.0.3, `!empty()` since (#16871)
    let has_token = match exchange.token.text.as_str() {
        "" => false,
        "0" => !exchange.at.features.widget_recheck_honours_flag,
        _ => true,
    };
    if has_token && !exchange.fault(F::RecheckMissing) {
        gate::check(exchange, "Widgetize", "iframe", Stage::Widget)?;
    }
    refuse_failed_url_token(exchange)?;
    let module = required(exchange, "moduleToWidgetize")?;
    let action = required(exchange, "actionToWidgetize")?;
    match (module.as_str(), action.as_str()) {
        ("API", _) => {
            return Err(Refusal::error(500, "Widgetizing API requests is not supported."));
        }
        ("Widgetize", _) => {
            return Err(Refusal::error(500, "Please set 'moduleToWidgetize' to a valid value."));
        }
        ("CoreHome", "index") => return Err(Refusal::error(500, "CoreHome cannot be widgetized.")),
        _ => {}
    }
    // the frame itself shows the site (seen live on 5.2)
    access::check(exchange, &exchange.actor, Need::View)?;
    if exchange.fault(F::InnerActionGated) && has_token {
        gate::check(exchange, &module, &action, Stage::Inner)?;
    }
    let (module, action) = route(exchange, &module, &action)?;
    exchange.report.dispatched(&module, &action);
    let found = find(exchange, &module, &action);
    match perform(exchange, &module, &action, found) {
        Ok(inner) => {
            let page = Page::widgetized(exchange, &inner.body);
            Ok(Page { status: inner.status, content_type: inner.content_type, location: inner.location, ..page })
        }
        // the login page is printed at once, before the page around it
        Err(Refusal::NoAccess(message)) => {
            let login = no_access(exchange, &message);
            let around = Page::widgetized(exchange, "").body;
            Ok(Page { body: login.body.clone() + &around, ..login })
        }
        Err(other) => Err(other),
    }
}

fn required(exchange: &Exchange, name: &str) -> Result<String, Refusal> {
    let text = exchange.text(name);
    if text.is_empty() {
        return Err(Refusal::parameter_missing(&exchange.at.features, name));
    }
    Ok(text)
}

/// 6.0: a token in the URL that ended as anonymous (#24886).
fn refuse_failed_url_token(exchange: &Exchange) -> Result<(), Refusal> {
    if !exchange.at.features.widget_token_errors_401 || exchange.fault(F::WidgetTokenErrorLost) {
        return Ok(());
    }
    let text = Cleaning::TOKENS.clean(exchange.get.get(&b"token_auth"[..]));
    if matches!(text.as_str(), "" | session::ANONYMOUS) || !exchange.actor.is_anonymous() {
        return Ok(());
    }
    let by_policy = exchange.at.settings.only_allow_secure;
    Err(Refusal::widget_token(by_policy))
}

/// A permission is missing: the login plugin answers, with a second dispatch.
pub fn no_access(exchange: &mut Exchange, message: &str) -> Page {
    exchange.report.denied();
    let message = if exchange.actor.is_anonymous() { super::pages::LOGIN_FIRST } else { message };
    if exchange.incoming.xhr {
        exchange.report.dispatched("Login", "ajaxNoAccess");
        return Page::login_xhr(message);
    }
    exchange.report.dispatched("Login", "login");
    Page::login(exchange, Some(message))
}
