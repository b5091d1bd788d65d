//! The gate: a request that is no API request must not run with a too powerful token.

use super::catalogue::{Catalogue, EndpointKind};
use super::company;
use super::exchange::{Exchange, is_api};
use super::fault::FaultKind as F;
use super::pages::Refusal;
use super::php::{self, Cleaning, Value};
use super::session::ANONYMOUS;
use super::world::{ListValue, Role};

/// Where the gate stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Before the dispatch.
    Front,
    /// Repeated inside `Widgetize.iframe`.
    Widget,
    /// Never in a sane Matomo: at the action inside `Widgetize.iframe`.
    Inner,
}

/// `Request::checkTokenAuthIsNotLimited` (#16263, #16595, #24103): the order is super user, setting, list, write.
///
/// # Errors
/// The gate's refusal, or the failure of a list that cannot be read.
pub fn check(exchange: &Exchange, module: &str, action: &str, stage: Stage) -> Result<(), Refusal> {
    if is_exempt(exchange, module, action) || is_skipped(exchange, module, action) {
        return Ok(());
    }
    if exchange.fault(F::AnonymousRefused) && exchange.token.text == ANONYMOUS {
        return Err(refusal(exchange, false));
    }
    let rights = &exchange.judged.rights;
    if exchange.fault(F::ListOpensSuper) && is_listed(exchange, module, action)? {
        return Ok(());
    }
    let flag = flag_is_set(exchange, stage);
    let unguarded = exchange.fault(F::SuperGuardGone) || company::meets(exchange, F::SuperWithSegment);
    if rights.super_user && !unguarded && !(exchange.fault(F::FlagOpensSuper) && flag) {
        // up to 4.0.3 the widget's own check told nobody apart (#16869)
        let told_apart = stage != Stage::Widget || exchange.at.features.widget_recheck_honours_flag;
        return Err(refusal(exchange, told_apart));
    }
    // the list is read even when the setting decides, so that a broken one shows
    let listed = is_listed(exchange, module, action)?;
    if flag || listed || !is_too_powerful(exchange) {
        return Ok(());
    }
    Err(refusal(exchange, false))
}

fn refusal(exchange: &Exchange, super_user: bool) -> Refusal {
    if exchange.fault(F::LoginPageForGate) {
        return Refusal::NoAccess("You must be logged in to access this functionality.".to_owned());
    }
    if super_user == exchange.fault(F::ReasonSwapped) { Refusal::view_access_required() } else { Refusal::too_high_access() }
}

fn is_exempt(exchange: &Exchange, module: &str, action: &str) -> bool {
    if exchange.fault(F::ApiGated) {
        return false;
    }
    is_api(module, action)
        || (exchange.fault(F::ApiAnyAction) && module == "API")
        || (exchange.fault(F::ApiCaseInsensitive) && is_api(&module.to_ascii_uppercase(), action))
        || (exchange.fault(F::ApiActionCaseInsensitive) && is_api(module, &action.to_ascii_lowercase()))
        || (exchange.fault(F::ApiByMethod) && !exchange.text("method").is_empty())
}

/// Planted faults that leave the whole gate out.
fn is_skipped(exchange: &Exchange, module: &str, action: &str) -> bool {
    let incoming = exchange.incoming;
    let kind = || {
        let catalogue = &exchange.at.catalogue;
        let found = catalogue.resolve(catalogue.renamed(module), action, true);
        found.map(|endpoint| endpoint.kind)
    };
    match exchange.at.fault {
        Some(F::SkippedOnPost) => incoming.method == "POST",
        Some(F::SkippedOnXhr) => incoming.xhr,
        Some(F::SkippedOnHead) => incoming.method == "HEAD",
        Some(F::SkippedWithCookie) => !incoming.cookie.is_empty(),
        Some(F::SkippedForWidgets) => kind() == Some(EndpointKind::Widget),
        Some(F::SkippedForReports) => kind() == Some(EndpointKind::Report),
        Some(F::AfterPluginCheck) => {
            let catalogue = &exchange.at.catalogue;
            !module.is_empty() && !catalogue.exists(catalogue.renamed(module))
        }
        _ => company::skips_gate(exchange),
    }
}

/// `enable_framed_allow_write_admin_token_auth == 1`: 1, "1" and a bare true; not yes, "true" or 2 (facts: gate).
fn flag_is_set(exchange: &Exchange, stage: Stage) -> bool {
    if exchange.fault(F::FlagIgnored) {
        return false;
    }
    if company::meets(exchange, F::FlagWithUid) {
        return true;
    }
    if stage == Stage::Widget && (!exchange.at.features.widget_recheck_honours_flag || exchange.fault(F::RecheckIgnoresFlag)) {
        return false;
    }
    let raw = exchange.at.settings.flag.trim();
    let text = raw.trim_matches('"');
    if exchange.fault(F::FlagLoose) {
        return !matches!(text, "" | "0");
    }
    let is_one = text.parse::<f64>().is_ok_and(|number| (number - 1.0).abs() < f64::EPSILON);
    is_one || raw.eq_ignore_ascii_case("true")
}

/// Write or admin access to any site that exists; the requested site plays no role.
fn is_too_powerful(exchange: &Exchange) -> bool {
    let rights = &exchange.judged.rights;
    match exchange.at.fault {
        _ if rights.super_user => false, // only reached where a planted fault let a super user by
        Some(F::WriteTestedAsAdmin) => rights.has_some(Role::Admin),
        Some(F::AdminNotTested) => !rights.write.is_empty(),
        Some(F::WriteOnlyOnSite) => exchange.text("idSite").parse().is_ok_and(|site| rights.has(Role::Write, site)),
        Some(F::ViewRefused) => rights.has_some(Role::View),
        Some(F::NoAccessRefused) => exchange.judged.login.is_some() && !rights.has_some(Role::View) || rights.has_some(Role::Write),
        _ => rights.has_some(Role::Write),
    }
}

/// `in_array($module . '.' . $action, $list, true)` on the raw names (#24103).
fn is_listed(exchange: &Exchange, module: &str, action: &str) -> Result<bool, Refusal> {
    if !exchange.at.features.allowlist || exchange.fault(F::ListIgnored) {
        return Ok(false);
    }
    let brought = ListValue::List(exchange.at.catalogue.listed.iter().cloned().map(ListValue::Text).collect());
    let settings = &exchange.at.settings;
    let mut value = settings.allowlist.as_ref().unwrap_or(&brought);
    while let ListValue::Closure(inner) = value {
        value = inner;
    }
    let mut entries: Vec<&ListValue> = match value {
        ListValue::List(entries) => entries.iter().collect(),
        ListValue::Map(entries) => {
            let names = compared_names(exchange, module, action);
            let keyed = |(key, entry): &(String, ListValue)| match exchange.at.fault {
                Some(F::ListKeys) => names.contains(key),
                Some(F::ListTrueKeys) => names.contains(key) && *entry == ListValue::Bool(true),
                _ => false,
            };
            if entries.iter().any(keyed) {
                return Ok(true);
            }
            entries.iter().map(|(_, entry)| entry).collect()
        }
        ListValue::Throws => return Err(Refusal::broken_list()),
        text @ ListValue::Text(_) if exchange.fault(F::ListStringAccepted) => vec![text],
        // Matomo takes anything but an array for an empty one
        _ => return Ok(false),
    };
    // the instance's own list takes the place of what the code brings, one of a plugin is put behind it
    if settings.allowlist.is_some()
        && settings.allowlist_joins
        && let ListValue::List(brought) = &brought
    {
        entries.splice(..0, brought);
    }
    let names = compared_names(exchange, module, action);
    let count = if exchange.fault(F::ListCut) { 1000 } else { entries.len() };
    let mut entries = entries.into_iter().take(count);
    let matches = |entry: &ListValue| names.iter().any(|name| entry_matches(exchange, entry, name));
    if exchange.fault(F::ListFirstOnly) {
        return Ok(entries.next().is_some_and(matches));
    }
    Ok(entries.any(matches))
}

/// The one name that is compared, and what planted faults compare besides.
fn compared_names(exchange: &Exchange, module: &str, action: &str) -> Vec<String> {
    let raw = format!("{module}.{action}");
    let renamed = exchange.at.catalogue.renamed(module);
    match exchange.at.fault {
        Some(F::ListAfterRename) => vec![format!("{renamed}.{action}"), raw],
        Some(F::ListDispatchedName) => {
            let module = if renamed.is_empty() { "CoreHome" } else { renamed };
            let action = match action {
                "" | "0" => Catalogue::default_action(module),
                other => other,
            };
            vec![format!("{module}.{action}")]
        }
        Some(F::ListUnescaped) => {
            let cleaning = Cleaning { escape: false, ..Cleaning::NAMES };
            let clean = |name| cleaning.clean(exchange.parameter(name));
            vec![format!("{}.{}", clean("module"), clean("action"))]
        }
        Some(F::ListInnerWidget) if raw == "Widgetize.iframe" => {
            let inner = |name| exchange.text(name);
            vec![format!("{}.{}", inner("moduleToWidgetize"), inner("actionToWidgetize")), raw]
        }
        _ => vec![raw],
    }
}

fn entry_matches(exchange: &Exchange, entry: &ListValue, name: &str) -> bool {
    let text = match entry {
        ListValue::Text(text) => text.as_str(),
        ListValue::List(entries) if exchange.fault(F::ListNested) => {
            return entries.iter().any(|e| entry_matches(exchange, e, name));
        }
        ListValue::Bool(true) | ListValue::Number(0) => return exchange.fault(F::ListLoose),
        _ => return false,
    };
    match exchange.at.fault {
        Some(F::ListCaseInsensitive) => text.eq_ignore_ascii_case(name),
        Some(F::ListPrefix) => name.starts_with(text),
        Some(F::ListSubstring) => text.contains(name),
        Some(F::DeepListModule) if exchange.incoming.xhr && exchange.incoming.method == "POST" => {
            text.split('.').next() == name.split('.').next()
        }
        Some(F::ListModuleOnly) => text.split('.').next() == name.split('.').next(),
        Some(F::ListTrimmed) => text.trim() == name,
        Some(F::ListWildcard) => is_like(text, name),
        Some(F::ListPattern) if text.len() > 2 && text.starts_with('/') && text.ends_with('/') => {
            let pattern = text.trim_matches(['/', '^', '$']).replace("\\.", "\u{1}").replace(".*", "*").replace('\u{1}', ".");
            is_like(&pattern, name)
        }
        Some(F::ListDecoded) => php::decode(text.as_bytes()) == name.as_bytes(),
        Some(F::ListEntityDecoded) => {
            let cleaning = Cleaning { escape: false, ..Cleaning::NAMES };
            cleaning.clean(Some(&Value::Text(text.as_bytes().to_vec()))) == name
        }
        _ => text == name,
    }
}

/// Whether a name fits an entry in which `*` stands for anything.
fn is_like(entry: &str, name: &str) -> bool {
    let mut rest = name;
    let mut parts = entry.split('*');
    let Some(found) = parts.next().and_then(|first| rest.strip_prefix(first)) else { return false };
    rest = found;
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    last.map_or(rest.is_empty(), |last| last.is_empty() || name.ends_with(last))
}
