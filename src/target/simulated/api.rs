//! API requests: formats, errors and methods (facts: API failures).

use super::access;
use super::exchange::Exchange;
use super::pages::{Failure, Page, Refusal};
use super::php::{Cleaning, escape};
use super::probe::PROBE;
use super::session::Actor;

/// `API.index`: one method, in the format asked for.
pub fn answer(exchange: &mut Exchange) -> Page {
    let format = exchange.text("format").to_ascii_lowercase();
    match call(exchange) {
        Ok(()) => {
            // the probe's method reports who it ran as
            if exchange.text("method") == format!("{PROBE}.getRights") {
                let (login, rights) = (exchange.actor.reported_login().to_owned(), exchange.actor.rights.clone());
                exchange.report.nested(&login, &rights);
            }
            ids_of_sites(exchange, &format).unwrap_or_else(|| opened(&format))
        }
        Err((status, message)) => failure(exchange, &format, status, &message),
    }
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
    // the controller turns a token that is empty for PHP into anonymous' from 5.4 on
    let zero = exchange.at.features.detected_token && exchange.token.text == "0";
    let actor = if zero { Actor::anonymous(exchange) } else { exchange.actor.clone() };
    access::check(exchange, &actor, method.needs).map_err(|refusal| match refusal {
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
