//! The pipeline: what happens to a request, step by step, in Matomo's order (facts: minimal model, decision order).

use super::exchange::{Exchange, Incoming, Instance};
use super::fault::FaultKind as F;
use super::gate::{self, Stage};
use super::pages::{Page, Refusal};
use super::{api, dispatch, session, token};

/// A complete answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Status, headers and body.
    pub page: Page,
    /// Value of the probe's header.
    pub probe: String,
}

/// Answers one request.
#[must_use]
pub fn answer(at: &Instance, incoming: &Incoming) -> Answer {
    let mut exchange = Exchange::new(at, incoming);
    let page = match run(&mut exchange) {
        Ok(page) => page,
        Err(refusal) => refuse(&mut exchange, refusal),
    };
    Answer { page, probe: exchange.report.header() }
}

fn run(exchange: &mut Exchange) -> Result<Page, Refusal> {
    // 1. credentials that contradict each other, before anything is looked up
    token::refuse_conflict(exchange)?;
    exchange.token = token::detect(exchange);
    token::refuse_scoped_session(exchange)?;
    // 2. the session, or anonymous
    exchange.actor = session::authenticate(exchange);
    exchange.judged = exchange.actor.clone();
    // 3. the token, unless it is the one in force already; 4. the gate, only then
    let mut behind_error = false;
    if token_is_news(exchange) {
        session::reauthenticate(exchange)?;
        report_actor(exchange);
        let (module, action) = (exchange.text("module"), exchange.text("action"));
        let verdict = gate::check(exchange, &module, &action, Stage::Front);
        behind_error = verdict.is_err() && exchange.fault(F::ActionRunsBehindError);
        if !behind_error {
            verdict?;
        }
    }
    // 5. Platform.initialized: everything from here on is dispatch
    report_actor(exchange);
    exchange.report.initialized();
    let mut page = dispatch::root(exchange)?;
    if behind_error {
        page.status = 500;
    }
    Ok(page)
}

fn report_actor(exchange: &mut Exchange) {
    let actor = &exchange.actor;
    exchange.report.runs_as(actor.reported_login(), &actor.rights);
}

/// Only a token that differs from the one in force is asked for, and only then the gate is reached.
fn token_is_news(exchange: &Exchange) -> bool {
    let text = exchange.token.text.as_str();
    if text.is_empty() {
        return false;
    }
    let anonymous_trouble = exchange.fault(F::AnonymousUnknown) || exchange.fault(F::AnonymousRefused);
    if text == session::ANONYMOUS && anonymous_trouble {
        return true;
    }
    let in_force = exchange.actor.token.as_deref();
    if exchange.actor.by_session {
        let own = in_force == Some(text);
        return (!own && !exchange.fault(F::OtherTokenUngated)) || (own && exchange.fault(F::OwnTokenGated));
    }
    in_force != Some(text)
}

fn refuse(exchange: &mut Exchange, refusal: Refusal) -> Page {
    match refusal {
        Refusal::Fatal => Page::fatal(),
        Refusal::NoAccess(message) => dispatch::no_access(exchange, &message),
        Refusal::Error(failure) => {
            if let Some(page) = api::early_failure(exchange, &failure) {
                exchange.report.unseen();
                return page;
            }
            exchange.report.error(failure.class, failure.key);
            Page::error(exchange, &failure)
        }
    }
}
