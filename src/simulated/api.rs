//! API requests: formats, errors and methods (facts: API failures).

use super::exchange::Exchange;
use super::fault::FaultKind as F;
use super::pages::{Failure, Page, Refusal};
use super::php::{self, Cleaning, Parameters, Reading, Value, escape};
use super::probe::PROBE;
use super::session::{self, ANONYMOUS, Actor};
use super::{access, token};

/// `API.index`: one method, in the format asked for.
pub fn answer(exchange: &mut Exchange) -> Page {
    let format = exchange.text("format").to_ascii_lowercase();
    match call(exchange) {
        Ok(()) => {
            // the probe's method reports who it ran as
            if exchange.text("method") == "API.getBulkRequest" {
                return bulk(exchange, &format);
            }
            if exchange.text("method") == format!("{PROBE}.getRights") {
                let actor = caller(exchange);
                exchange.report.nested(actor.reported_login(), &actor.rights);
            }
            ids_of_sites(exchange, &format).unwrap_or_else(|| opened(&format))
        }
        Err((status, message)) => failure(exchange, &format, status, &message),
    }
}

/// One part of a bulk request: the parameters that it brings itself. They are decoded a second time, after they were cleaned.
fn part(text: &[u8]) -> Parameters {
    let cleaned = Cleaning::NAMES.clean(Some(&Value::Text(text.to_vec())));
    let decoded = String::from_utf8_lossy(&php::decode(cleaned.as_bytes())).into_owned();
    php::urlencoded(php::unescape(&decoded).as_bytes(), Reading::default())
}

/// `API.getBulkRequest`: each part is a request of its own, which inherits what it does not bring.
fn bulk(exchange: &mut Exchange, format: &str) -> Page {
    let parts: Vec<Parameters> = match exchange.parameter("urls") {
        Some(Value::Array(urls)) => urls.iter().map(|(_, text)| part(text)).collect(),
        _ => Vec::new(),
    };
    if exchange.at.features.bulk_credentials && parts.iter().any(|part| contradicts(exchange, part)) {
        let Refusal::Error(conflict) = Refusal::conflict() else { return Page::fatal() };
        return failure(exchange, format, conflict.status, &conflict.text);
    }
    let mut actor = exchange.actor.clone();
    let mut told = Vec::new();
    for part in &parts {
        let text = match part.get(&b"token_auth"[..]) {
            Some(own) => exchange.cleaning().clean(Some(own)),
            None => called_with(exchange),
        };
        let before = actor.clone();
        let news = text != before.token.as_deref().unwrap_or_default();
        let accepted = !news || session::again(exchange, &mut actor, &text);
        let method = Cleaning::NAMES.clean(part.get(&b"method"[..]));
        if is_refused(exchange, accepted, &text) {
            told.push(serde_json::json!({"result": "error", "message": "Unable to authenticate with the provided token."}));
        } else if method == format!("{PROBE}.getRights") {
            exchange.report.nested(actor.reported_login(), &actor.rights);
            told.push(serde_json::json!({"value": "opened"}));
        }
        if news && !exchange.fault(F::BulkKeepsToken) {
            // the request is itself again, and has to be accepted for that like anybody
            actor.rights.super_user = false;
            let own = before.token.clone().unwrap_or_default();
            let back = session::again(exchange, &mut actor, &own);
            if is_refused(exchange, back, &own)
                && !exchange.fault(F::BulkNeverLost)
                && let Refusal::Error(Failure { text, .. }) | Refusal::NoAccess(text) = Refusal::bad_token(false)
            {
                return failure(exchange, format, 401, &text);
            }
            if before.rights.super_user {
                actor.rights = before.rights;
            }
        }
    }
    Page::typed(200, "application/json", serde_json::Value::from(told).to_string())
}

/// The token that the controller calls every method with, anonymous' for want of one (seen live on 4.0.3 and 5.2); from 5.4 on the one
/// in force, whatever the parameter (seen live on 5.3.0-alpha+5.8).
fn called_with(exchange: &Exchange) -> String {
    let (text, none) = if exchange.at.features.detected_token {
        (exchange.token.text.clone(), matches!(exchange.token.text.as_str(), "" | "0"))
    } else {
        let text = exchange.cleaning().clean(exchange.parameter("token_auth"));
        let none = text.is_empty() && !exchange.fault(F::EmptyCallsNobody);
        (text, none)
    };
    if none { ANONYMOUS.to_owned() } else { text }
}

/// From 5.0 on a call with a bad token is refused; '' and '0' are none to PHP, and are nobody's.
fn is_refused(exchange: &Exchange, accepted: bool, text: &str) -> bool {
    !accepted && exchange.at.features.api_errors_have_status && !matches!(text, "" | "0")
}

/// 5.13: a part may not change whether there is a session, and within one it may not change the token.
fn contradicts(exchange: &Exchange, part: &Parameters) -> bool {
    if exchange.fault(F::BulkUnchecked) {
        return false;
    }
    // A method's own parameters stand in URL and body alike, the URL's first (seen live on 5.3.0-alpha+5.13).
    let header = token::bearer(exchange);
    let forced = header.is_none() && token::is_true(exchange, exchange.parameter("force_api_session"));
    let token = header.unwrap_or_else(|| called_with(exchange));
    let other_flag = part.get(&b"force_api_session"[..]).is_some_and(|_| token::flag(exchange, part) != forced);
    if other_flag && !exchange.fault(F::BulkForgetsForce) {
        return true;
    }
    let judged = if forced { !exchange.fault(F::BulkForgetsToken) } else { exchange.fault(F::BulkTokenRefused) };
    judged && part.get(&b"token_auth"[..]).is_some_and(|own| Cleaning::TOKENS.clean(Some(own)) != token)
}

/// Methods that tell somebody which sites they may use.
fn ids_of_sites(exchange: &Exchange, format: &str) -> Option<Page> {
    let rights = &exchange.actor.rights;
    let everywhere = || exchange.at.world.sites.iter().map(|site| site.id).collect::<Vec<_>>();
    let ids = match exchange.text("method").as_str() {
        "SitesManager.getAllSitesId" => everywhere(),
        "SitesManager.getSitesIdWithAtLeastViewAccess" if rights.super_user => everywhere(),
        "SitesManager.getSitesIdWithAtLeastViewAccess" => [&rights.view[..], &rights.write, &rights.admin].concat(),
        "SitesManager.getSitesIdWithWriteAccess" => rights.write.clone(),
        "SitesManager.getSitesIdWithAdminAccess" if rights.super_user => everywhere(),
        "SitesManager.getSitesIdWithAdminAccess" => rights.admin.clone(),
        _ => return None,
    };
    (format == "json").then(|| Page::typed(200, "application/json", serde_json::json!(ids).to_string()))
}

/// Who a method runs as: from 5.4 on the controller takes a token that is empty for PHP for anonymous' (seen live on 5.3.0-alpha+5.8).
fn caller(exchange: &Exchange) -> Actor {
    let zero = exchange.at.features.detected_token && exchange.token.text == "0";
    if zero { Actor::anonymous(exchange) } else { exchange.actor.clone() }
}

type Failed = (u16, String);

fn call(exchange: &Exchange) -> Result<(), Failed> {
    let asked = exchange.text("method");
    // these three are errors without a status in every release
    if asked.is_empty() {
        return Err((200, "The parameter 'method' isn't set in the Request.".to_owned()));
    }
    let Some((module, name)) = asked.split_once('.').filter(|(_, name)| !name.contains('.')) else {
        let text = "The method name is invalid. Expected 'module.methodName'";
        return Err((200, text.to_owned()));
    };
    let catalogue = &exchange.at.catalogue;
    let module = catalogue.renamed(module);
    if !catalogue.is_activated(module) {
        return Err((200, format!("The plugin {module} is not enabled.")));
    }
    let Some(method) = catalogue.method(module, name) else {
        let text = format!("The method '{name}' does not exist or is not available in '{module}'.");
        return Err((400, text));
    };
    access::check(exchange, &caller(exchange), method.needs).map_err(|refusal| match refusal {
        Refusal::NoAccess(message) => (401, message),
        Refusal::Error(Failure { status, text, .. }) => (if status == 500 { 200 } else { status }, text),
        Refusal::Fatal => (500, "A fatal error occurred".to_owned()),
    })
}

/// An error before the dispatch, if the URL alone makes an API request of it: otherwise it is a page.
pub fn early_failure(exchange: &Exchange, failed: &Failure) -> Option<Page> {
    let name = |name: &str| Cleaning::NAMES.clean(exchange.get.get(name.as_bytes()));
    if !exchange.is_api() || name("module") != "API" || name("method").is_empty() {
        return None;
    }
    let format = name("format").to_ascii_lowercase();
    Some(failure(exchange, &format, failed.status, &failed.text))
}

fn opened(format: &str) -> Page {
    match format {
        "json" => Page::typed(200, "application/json", "{\"value\":\"opened\"}"),
        "" | "xml" => Page::typed(200, "text/xml; charset=utf-8", "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n<result>opened</result>"),
        other => Page::typed(200, content_type(other), "opened"),
    }
}

fn failure(exchange: &Exchange, format: &str, status: u16, message: &str) -> Page {
    // 4.x answers every API error with 200 (#19813)
    let status = if exchange.at.features.api_errors_have_status { status } else { 200 };
    let body = match format {
        // a map of strings always serialises
        "json" => serde_json::json!({"result": "error", "message": message}).to_string(),
        "" | "xml" => {
            format!("<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n<result>\n\t<error message=\"{}\" />\n</result>", escape(message))
        }
        "rss" | "console" | "csv" | "tsv" => format!("Error: {message}"),
        _ => message.to_owned(),
    };
    let content_type = match format {
        "json" => "application/json",
        "" | "xml" => "text/xml; charset=utf-8",
        other => content_type(other),
    };
    Page::typed(status, content_type, body)
}

fn content_type(format: &str) -> &'static str {
    match format {
        "csv" | "tsv" | "original" => "text/html; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    }
}
