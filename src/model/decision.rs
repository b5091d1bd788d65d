//! The model's answer to a request, and the order of stages that leads to it.

use serde::Serialize;

use super::access::{Need, PROBE};
use super::answer::{Answer, Reason, Who};
use super::clauses::ClauseId;
use super::dispatch::{self, Destination};
use super::gate::{self, Gate};
use super::identity::{self, Cookie, Login};
use super::rule::Trace;
use super::situation::Source;
use super::{Ask, Dispatch, Feature, Names, Rights, Situation, nested};

/// The model's answer and the clauses that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What must become of the request.
    pub answer: Answer,
    /// Clauses asked, in order.
    pub trace: Trace,
    /// The clause that decided.
    pub clause: ClauseId,
    /// HTTP status of the answer, where the release promises one.
    pub status: Option<u16>,
}

/// Decides a request.
pub fn decide(ask: &Ask<'_>) -> Decision {
    decide_with(ask, Trace::default())
}

/// Whether the request would end differently if the Matomo's own files brought no entry of the allowlist.
pub fn hangs_on_brought(ask: &Ask<'_>) -> bool {
    if ask.names.brought.is_empty() {
        return false;
    }
    let names = Names { brought: Vec::new(), ..ask.names.clone() };
    decide(&Ask { names: &names, ..*ask }).answer != decide(ask).answer
}

/// Decides a request and notes which clauses a small slip would have turned round.
pub fn explain(ask: &Ask<'_>) -> Decision {
    decide_with(ask, Trace::explaining())
}

fn decide_with(ask: &Ask<'_>, mut trace: Trace) -> Decision {
    let mut situation = Situation::new(ask);
    let answer = match run(&mut situation, &mut trace) {
        Ok(answer) => answer,
        Err(reason) => Answer::Denied { reason },
    };
    let clause = trace.last_held().unwrap_or(ClauseId::TokenNone);
    let status = super::status::status(&situation, &mut trace, &answer);
    Decision { answer, trace, clause, status }
}

fn run(s: &mut Situation<'_>, trace: &mut Trace) -> Result<Answer, Reason> {
    read(s, trace);
    if trace.stage(&identity::CONFLICT, s).is_some() {
        return Err(Reason::Conflict);
    }
    let source = trace.stage(&identity::SOURCE, s).unwrap_or(Source::Url);
    s.present(source);
    if trace.stage(&identity::SCOPED_SESSION, s).is_some() {
        return Err(Reason::ScopedSession);
    }
    if trace.stage(&identity::SESSION, s) == Some(Cookie::Used) {
        let user = s.ask.request.cookie.as_deref();
        s.session = user.and_then(|user| s.ask.world.session(user));
        if let Some(user) = user.and_then(|user| s.ask.world.user(user)) {
            s.who = Who { login: user.login.clone(), rights: user.rights.clone() };
        }
    }
    let login = trace.stage(&identity::LOGIN, s).unwrap_or(Login::Nobody);
    match login {
        Login::Unchanged | Login::SessionUser => {}
        Login::Nobody => {
            s.who = Who::nobody();
            s.nobody = true;
        }
        Login::TokenUser => identity::token_user(s, trace),
    }
    let gated = login != Login::Unchanged;
    if gated && let Some(Gate::Refuse(reason)) = trace.stage(&gate::GATE, s) {
        return Err(reason);
    }
    if let Some(reason) = trace.stage(&dispatch::API, s) {
        return Err(reason);
    }
    let target = dispatch::dispatch(s, trace)?;
    let mut route = vec![format!("{}.{}", target.module, target.action)];
    if s.ask.request.dispatch == Dispatch::Dry {
        return Ok(Answer::Opened { who: s.who.clone(), route, nested: None });
    }
    let target = if route[0] == "Widgetize.iframe" {
        widget(s, trace)?;
        let inner = dispatch::inner(s, trace)?;
        route.push(format!("{}.{}", inner.module, inner.action));
        inner
    } else {
        target
    };
    let who = s.who.clone();
    let nested = own_check(s, trace, &target)?;
    Ok(Answer::Opened { who, route, nested })
}

/// What became of the raw parameters. Asked in passing: it happened while they were read.
fn read(s: &Situation<'_>, trace: &mut Trace) {
    let (url, body) = (s.url.oddities(), s.body.oddities());
    trace.ask(ClauseId::ParameterUrlOverBody, ["module", "action"].iter().any(|name| s.url.has(name) && s.body.has(name)));
    trace.ask(ClauseId::ParameterName, url.renamed || body.renamed);
    trace.ask(ClauseId::ParameterLast, url.repeated || body.repeated);
    trace.ask(ClauseId::ParameterArray, url.array || body.array);
    trace.ask(ClauseId::ParameterCleaned, url.cleaned || body.cleaned);
    if s.has(Feature::NavigationEndpoint) {
        trace.ask(ClauseId::TokenNavigation, s.navigation);
    }
    if let Some(sent) = &s.ask.request.body {
        let is_form = matches!(sent, super::Body::Form(_) | super::Body::Multipart(_));
        trace.ask(ClauseId::ParameterBody, is_form && s.ask.request.method == super::Method::Post);
    }
}

/// `Widgetize.iframe` repeats the gate for any non-empty token, even where the outer gate was not asked.
fn widget(s: &Situation<'_>, trace: &mut Trace) -> Result<(), Reason> {
    let token = if s.has(Feature::DetectedToken) { &s.token } else { &s.parameter_token };
    // Up to 4.0.3 the token was compared with the empty text, later asked whether it is empty for PHP (Widgetize/Controller.php
    // of 4.0.3 and 4.0.4).
    let none = if s.has(Feature::WidgetHonoursFlag) { super::parameters::php_empty(token) } else { token.is_empty() };
    let asked = s.has(Feature::WidgetRecheck) && !none;
    if asked && let Some(Gate::Refuse(reason)) = trace.stage(&gate::WIDGET_RECHECK, s) {
        return Err(reason);
    }
    // Whoever ends as anonymous, though the URL has a token: also where a header without a token hides it.
    let in_url = !matches!(s.url.bare("token_auth").as_str(), "" | "anonymous");
    if s.has(Feature::WidgetTokenErrors) && in_url && trace.ask(ClauseId::WidgetTokenFailed, s.who.login == "anonymous") {
        return Err(Reason::WidgetToken);
    }
    Ok(())
}

/// The endpoint's own permission check and, for the probe's `nested` and for bulk requests, the rights inside of API calls.
fn own_check(s: &mut Situation<'_>, trace: &mut Trace, target: &Destination) -> Result<Option<Rights>, Reason> {
    let method = s.all.text("method");
    let is_method = (target.module.as_str(), target.action.as_str()) == ("API", "index");
    // From 5.4 on the API's controller takes a token that is empty for PHP for none: the method is asked by anonymous.
    if is_method && s.nobody && s.has(Feature::DetectedToken) && super::parameters::php_empty(&s.token) {
        s.who = Who::anonymous(s.ask.settings, s.ask.world);
    }
    let name = match (target.module.as_str(), method.strip_prefix("ConformanceProbe.")) {
        (PROBE, _) => target.action.as_str(),
        (_, Some(method)) if is_method => method,
        _ if is_method && method == nested::BULK => return nested::bulk(s, trace),
        _ => return Ok(None),
    };
    // As the widgets of some plugins do, with the names of the request, not with their own.
    let asks_gate = (target.module.as_str(), name) == (PROBE, "needSomeWrite") && s.all.text("conformance_gate") == "1";
    if asks_gate && let Some(Gate::Refuse(reason)) = trace.stage(&gate::GATE, s) {
        return Err(reason);
    }
    let need = match Need::of(name) {
        Some(need) => need,
        // What the probe has for its own use, and any other endpoint: nothing is known of what it asks for.
        None if target.module == PROBE => return Ok(None),
        None => return Err(Reason::ActionNotFound),
    };
    if let Some(reason) = trace.stage(need.rules(), s) {
        return Err(reason);
    }
    Ok(match name {
        "getRights" => Some(s.who.rights.clone()),
        "nested" | "nestedNeedView" | "nestedNeedSuper" => Some(nested::probed(s, trace)),
        // Matomo's own code runs it as super user, whoever asks.
        "nestedInSuper" => Some(Rights::all()),
        _ => None,
    })
}
