//! The HTTP status that belongs to an answer, where a release promises one. It decides nothing; it is one more thing to be wrong.

use super::answer::{Answer, Reason};
use super::clauses::ClauseId;
use super::rule::Trace;
use super::{Feature, Situation};

/// The status of an answer; `None` where releases promise nothing.
pub fn status(s: &Situation<'_>, trace: &mut Trace, answer: &Answer) -> Option<u16> {
    let reason = match answer {
        Answer::Opened { .. } => return Some(200),
        Answer::Denied { reason } => *reason,
    };
    if s.url.text("module") == "API" && s.is_api() && !s.url.text("method").is_empty() {
        return api(s, trace, reason);
    }
    let page = page(s, reason)?;
    if s.has(Feature::ErrorPagesHaveStatus) {
        trace.ask(ClauseId::PageStatus, page != 200);
        return Some(page);
    }
    // The login page has had its status for longer than error pages have.
    if matches!(reason, Reason::NoRight) {
        return Some(page);
    }
    trace.ask(ClauseId::PageStatusMissing, true);
    Some(200)
}

fn page(s: &Situation<'_>, reason: Reason) -> Option<u16> {
    Some(match reason {
        Reason::GateSuperUser | Reason::GateSomeWrite | Reason::BruteForce | Reason::ScopedSession => 500,
        Reason::Conflict => 400,
        Reason::WidgetToken | Reason::NotAuthenticated => 401,
        // The login page says 403; what it is for an XMLHttpRequest never had a status of its own.
        Reason::NoRight if s.ask.request.xhr => 200,
        Reason::NoRight => 403,
        // Another exception, to which no release has given a status of its own.
        Reason::PluginNotActivated if s.ask.names.offline.contains(&s.module) => return None,
        Reason::PluginNotActivated if s.has(Feature::MissingPluginIs404) && s.ask.names.deactivated.contains(&s.module) => 403,
        Reason::PluginNotActivated | Reason::ActionNotFound if s.has(Feature::MissingPluginIs404) => 404,
        Reason::PluginNotActivated | Reason::ActionNotFound => 500,
        _ => return None,
    })
}

fn api(s: &Situation<'_>, trace: &mut Trace, reason: Reason) -> Option<u16> {
    let failed = match reason {
        // `Access::getIdSites`: nobody is asked about no site.
        Reason::NoRight if s.has(Feature::NoSiteIs400) && super::situation::sites(s).is_empty() => 400,
        Reason::NotAuthenticated | Reason::NoRight => 401,
        Reason::Conflict => 400,
        Reason::ScopedSession => 500,
        _ => return None,
    };
    if s.has(Feature::ApiErrorsHaveStatus) {
        trace.ask(ClauseId::ApiStatus, true);
        Some(failed)
    } else {
        trace.ask(ClauseId::ApiStatusMissing, true);
        Some(200)
    }
}
