//! From an answer to an observation: allowed, denied with a reason, or unknown. Two readings, which must agree.

use serde::{Deserialize, Serialize};

use super::page::{Page, read_page, without_scripts};
use super::probe::{ProbeReport, reason_of_key};
use crate::model::{Answer, Dispatch, Layer, Reason, Rights, SECOND_FACTOR_PAGE, Who};

/// An answer as it came over the wire.
#[derive(Clone, Debug, Default)]
pub struct Raw {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: String,
    /// Value of the probe's header.
    pub probe: Option<String>,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// Body; empty for HEAD.
    pub body: String,
    /// Whether the request was a HEAD request.
    pub bodyless: bool,
    /// The number it was sent with, where requests are numbered.
    pub number: Option<u64>,
}

/// What was observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "observed")]
pub enum Observation {
    /// The answer is clear.
    Clear {
        /// What became of the request.
        #[serde(flatten)]
        answer: Answer,
        /// HTTP status, for reports; it decided nothing.
        status: u16,
        /// Message of the page, for reports.
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Whether the request was stopped at a guard of the plugin's own, which stands before its endpoints are looked up: that it got there
        /// says nothing of whether there is such an endpoint.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        guarded: bool,
    },
    /// It is not.
    Unknown {
        /// HTTP status.
        status: u16,
        /// What the two readings say.
        why: String,
    },
    /// No answer came.
    Failed {
        /// The error.
        error: String,
    },
}

impl Observation {
    /// In one line.
    pub fn in_words(&self) -> String {
        match self {
            Self::Clear { answer, status, .. } => format!("{} (status {status})", describe(answer)),
            Self::Unknown { status, why } => format!("{why} (status {status})"),
            Self::Failed { error } => error.clone(),
        }
    }
}

/// Classifies an answer by the probe's report and by the page's structure.
pub fn observe(raw: &Raw, dispatch: Dispatch) -> Observation {
    let page = read_page(raw.status, &raw.content_type, &raw.body, raw.bodyless);
    let unknown = |why: String| Observation::Unknown { status: raw.status, why };
    let Some(header) = &raw.probe else {
        // An error in an API format is made without the event that the probe listens to. That it reported nothing at all
        // says that the gate was not passed, so a refusal up to there agrees with it.
        if let Page::ApiError(reason, _) = &page
            && reason.layer() <= Layer::Gate
        {
            return clear(raw, &page, Answer::Denied { reason: *reason });
        }
        return unknown(format!("no report of the probe; the page is {}", name_of(&page)));
    };
    let report = match ProbeReport::parse(header) {
        Ok(report) => report,
        Err(error) => return unknown(format!("unreadable report of the probe ({error}): {header}")),
    };
    let page = match page {
        Page::ApiError(reason, text) => Page::ApiError(report.reason_of_text(&text).unwrap_or(reason), text),
        other => other,
    };
    if report.is_silent()
        && let Page::ApiError(reason, _) = &page
        && reason.layer() <= Layer::Gate
    {
        return clear(raw, &page, Answer::Denied { reason: *reason });
    }
    let by_probe = match read_report(&report, &page, dispatch) {
        Ok(answer) => answer,
        Err(why) => return unknown(format!("{why}; the page is {}", name_of(&page))),
    };
    match agreed(&by_probe, &page) {
        Some(answer) => {
            let guarded = matches!(answer, Answer::Opened { .. }) && report.resolved.as_deref() == Some("guarded");
            Observation::Clear { answer, status: raw.status, message: message_of(&page), guarded }
        }
        None => unknown(format!("the probe says {}, the page is {}", describe(&by_probe), name_of(&page))),
    }
}

/// Classifies an answer by its page alone, where no probe is there: `piece` is what the endpoint's own page has and no other; `None` where JSON
/// is expected. As whom a request ran is not to be seen, so an opened one has no login.
pub fn observe_page(raw: &Raw, piece: Option<&str>) -> Observation {
    let page = read_page(raw.status, &raw.content_type, &raw.body, raw.bodyless);
    let reason = match &page {
        Page::Error(reason, _) | Page::ApiError(reason, _) => Some(*reason),
        Page::Login(_) => Some(Reason::NoRight),
        _ => None,
    };
    let answer = match (reason, &page, piece) {
        (Some(reason), _, _) => Some(Answer::Denied { reason }),
        // A page that somebody put in front of Matomo has nothing of the endpoint's.
        (None, Page::Other | Page::Frame | Page::Opened, Some(piece)) => without_scripts(&raw.body).contains(piece).then(opened),
        (None, Page::Other | Page::Frame | Page::Opened, None) => {
            let json = raw.content_type.starts_with("application/json");
            (json && serde_json::from_str::<serde_json::Value>(&raw.body).is_ok()).then(opened)
        }
        _ => None,
    };
    match answer {
        Some(answer) => clear(raw, &page, answer),
        None => Observation::Unknown { status: raw.status, why: format!("by the page alone; it is {}", name_of(&page)) },
    }
}

fn opened() -> Answer {
    Answer::Opened { who: Who { login: String::new(), rights: Rights::none() }, route: Vec::new(), nested: None }
}

/// What the report alone says.
fn read_report(report: &ProbeReport, page: &Page, dispatch: Dispatch) -> Result<Answer, String> {
    let denied = |reason| Ok(Answer::Denied { reason });
    if let Some(error) = &report.error {
        return match error.key.as_deref().and_then(reason_of_key) {
            Some(reason) => denied(reason),
            None if report.gate || error.is_raised_by_php() => denied(Reason::OtherError),
            // Before the gate only the page knows the reason.
            None => denied(Reason::Unauthenticatable),
        };
    }
    if report.denied.is_some() {
        // Before the gate nothing but authentication asks anybody to log in.
        return denied(if report.gate { Reason::NoRight } else { Reason::NotAuthenticated });
    }
    if !report.gate {
        return match report.auth.as_deref() {
            Some("failed") => denied(Reason::NotAuthenticated),
            _ => Err("the gate was neither passed nor did it refuse".to_owned()),
        };
    }
    if report.route.is_empty() {
        // Whoever listens to the dispatch may fail before the probe does.
        return match page {
            Page::ApiError(Reason::OtherError, _) => denied(Reason::OtherError),
            _ => Err("nothing was dispatched".to_owned()),
        };
    }
    let opened = Answer::Opened {
        who: report.who(),
        route: report.route.clone(),
        nested: report.nested.as_ref().map(super::probe::ProbeRights::rights),
    };
    match (dispatch, report.resolved.as_deref()) {
        (Dispatch::Dry, Some("controller" | "widget" | "report" | "guarded")) | (Dispatch::Real, None) => Ok(opened),
        // Past the gate, into a PHP error.
        (Dispatch::Dry, Some("error")) => denied(Reason::OtherError),
        (_, resolved) => Err(format!("the probe resolved {resolved:?}")),
    }
}

/// The answer on which both readings agree, with the more precise reason of the two.
fn agreed(by_probe: &Answer, page: &Page) -> Option<Answer> {
    let denied = |reason| Some(Answer::Denied { reason });
    match (by_probe, page) {
        (Answer::Opened { route, .. }, Page::Dry(shown)) => (route.len() == 1 && route[0] == *shown).then(|| by_probe.clone()),
        // Whatever the status says: what was opened is open.
        (Answer::Opened { .. }, Page::Opened | Page::Bodyless | Page::Endless) => Some(by_probe.clone()),
        (Answer::Opened { route, .. }, Page::SecondFactor) => {
            (route.last().is_some_and(|name| name == SECOND_FACTOR_PAGE)).then(|| by_probe.clone())
        }
        (Answer::Opened { route, .. }, Page::Frame) => (route.len() > 1).then(|| by_probe.clone()),
        // A bulk request finds out behind the gate that its parts contradict it.
        (Answer::Opened { .. }, Page::ApiError(reason @ (Reason::NoRight | Reason::NotAuthenticated | Reason::Conflict), _)) => {
            denied(*reason)
        }
        (Answer::Denied { .. }, Page::Bodyless) => Some(by_probe.clone()),
        // A login page that asks itself to log in, over and over again, is no way to refuse.
        (Answer::Denied { .. }, Page::Endless) => denied(Reason::OtherError),
        (Answer::Denied { reason: Reason::NoRight | Reason::NotAuthenticated }, Page::Login(_)) => Some(by_probe.clone()),
        (Answer::Denied { reason: Reason::NoRight }, Page::ApiError(Reason::NoRight, _)) => Some(by_probe.clone()),
        (Answer::Denied { reason: Reason::NotAuthenticated }, Page::ApiError(..)) => Some(by_probe.clone()),
        // The probe knows that it happened behind the gate, the page knows what.
        (Answer::Denied { reason: Reason::OtherError }, Page::Error(reason, _)) => {
            (reason.layer() == Layer::Behind && *reason != Reason::NoRight).then_some(Answer::Denied { reason: *reason })
        }
        (Answer::Denied { reason: Reason::Unauthenticatable }, Page::Error(reason, _) | Page::ApiError(reason, _)) => {
            (reason.layer() == Layer::Authentication).then_some(Answer::Denied { reason: *reason })
        }
        // Texts that are known to the probe by their key only.
        (Answer::Denied { reason: Reason::Conflict | Reason::ScopedSession | Reason::WidgetToken }, Page::Error(Reason::OtherError, _)) => {
            Some(by_probe.clone())
        }
        // In another language than English the probe knows the text by its key; that it is an error page both say.
        (
            Answer::Denied { reason: Reason::GateSuperUser | Reason::GateSomeWrite | Reason::BruteForce },
            Page::Error(Reason::OtherError, _),
        ) => Some(by_probe.clone()),
        (Answer::Denied { reason: Reason::OtherError }, Page::SafeMode | Page::Dry(_) | Page::ApiError(Reason::OtherError, _)) => {
            denied(Reason::OtherError)
        }
        (Answer::Denied { reason: ours }, Page::Error(theirs, _)) if ours == theirs => Some(by_probe.clone()),
        _ => None,
    }
}

/// A clear answer behind no guard.
fn clear(raw: &Raw, page: &Page, answer: Answer) -> Observation {
    Observation::Clear { answer, status: raw.status, message: message_of(page), guarded: false }
}

fn message_of(page: &Page) -> Option<String> {
    match page {
        Page::Error(_, text) | Page::ApiError(_, text) | Page::Login(Some(text)) => Some(text.chars().take(200).collect()),
        _ => None,
    }
}

fn name_of(page: &Page) -> String {
    match page {
        Page::Dry(route) => format!("the probe's dry answer for {route}"),
        Page::Opened => "the probe's own endpoint".to_owned(),
        Page::Endless => "none: it was dispatched over and over again".to_owned(),
        Page::Error(reason, text) => format!("an error page ({}: {text})", reason.name()),
        Page::Login(reason) => format!("the login page ({})", reason.as_deref().unwrap_or("no reason given")),
        Page::SecondFactor => "the page that asks for the second factor".to_owned(),
        Page::ApiError(reason, text) => format!("an API error ({}: {text})", reason.name()),
        Page::SafeMode => "the safe mode page".to_owned(),
        Page::Maintenance => "the maintenance page".to_owned(),
        Page::Redirect => "a redirect".to_owned(),
        Page::Bodyless => "without a body".to_owned(),
        Page::Frame => "a frame around a widget".to_owned(),
        Page::Other => "none that is known".to_owned(),
    }
}

/// An answer in few words.
pub fn describe(answer: &Answer) -> String {
    match answer {
        Answer::Opened { who, route, .. } => format!("opened {} as {}", route.join(" > "), who.login),
        Answer::Denied { reason } => format!("refused ({})", reason.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(status: u16, content_type: &str, body: &str) -> Raw {
        Raw { status, content_type: content_type.to_owned(), body: body.to_owned(), ..Raw::default() }
    }

    #[test]
    fn a_frame_around_what_is_not_ours_is_open_when_the_probe_saw_both_dispatched() {
        let page = "<html><script>alert</script><body class=\"widgetized\"><div class=\"widget\"><p>a report</p></div></body></html>";
        let observed = |route: &str| {
            let probe = format!(r#"{{"gate":true,"route":{route},"login":"x","super":false}}"#);
            observe(&Raw { probe: Some(probe), ..raw(200, "text/html; charset=utf-8", page) }, Dispatch::Real)
        };
        let framed = observed(r#"["Widgetize.iframe","CoreHome.index"]"#);
        assert!(matches!(framed, Observation::Clear { answer: Answer::Opened { .. }, .. }), "{framed:?}");
        let alone = observed(r#"["CoreHome.index"]"#);
        assert!(matches!(alone, Observation::Unknown { .. }), "a frame that nobody asked for: {alone:?}");
    }

    #[test]
    fn what_is_dispatched_over_and_over_again_is_open_or_refused_as_the_probe_says_but_never_as_intended() {
        let page = "<!doctype html><html><body id=\"conformance-endless\"></body></html>";
        let observed = |rest: &str| {
            let probe = format!(r#"{{"gate":true,"route":["A.b","A.b"],"login":"x","super":false{rest}}}"#);
            observe(&Raw { probe: Some(probe), ..raw(200, "text/html; charset=utf-8", page) }, Dispatch::Real)
        };
        let open = observed("");
        assert!(matches!(open, Observation::Clear { answer: Answer::Opened { .. }, .. }), "{open:?}");
        let refused = observed(r#","denied":"NoAccess""#);
        assert!(matches!(refused, Observation::Clear { answer: Answer::Denied { reason: Reason::OtherError }, .. }), "{refused:?}");
    }

    #[test]
    fn an_error_of_php_before_the_gate_is_a_refusal_and_any_other_is_unclear() {
        let page = "<html><body id=\"simple\"><h2>in_array(): Argument #2 must be of type array</h2></body></html>";
        let observed = |class: &str| {
            let probe = format!(r#"{{"error":{{"class":"{class}","key":null}}}}"#);
            observe(&Raw { probe: Some(probe), ..raw(500, "text/html; charset=utf-8", page) }, Dispatch::Dry)
        };
        let of_php = observed("TypeError");
        assert!(matches!(of_php, Observation::Clear { answer: Answer::Denied { reason: Reason::OtherError }, .. }), "{of_php:?}");
        let of_the_database = observed("Zend_Db_Statement_Exception");
        assert!(matches!(of_the_database, Observation::Unknown { .. }), "{of_the_database:?}");
    }

    #[test]
    fn by_the_page_alone_only_what_is_the_endpoints_own_is_open() {
        let html = "text/html; charset=utf-8";
        let is_open = |raw: &Raw, piece| matches!(observe_page(raw, piece), Observation::Clear { answer: Answer::Opened { .. }, .. });
        let is_unknown = |raw: &Raw, piece| matches!(observe_page(raw, piece), Observation::Unknown { .. });
        assert!(is_open(&raw(200, html, "<h2 id='own'>"), Some("id='own'")));
        assert!(is_unknown(&raw(200, html, "<h1>Welcome to the proxy</h1>"), Some("id='own'")));
        assert!(is_unknown(&raw(200, html, "<script>\"id='own'\"</script>"), Some("id='own'")), "a translation is no page");
        assert!(is_unknown(&raw(302, html, ""), Some("id='own'")));
        assert!(is_open(&raw(200, "application/json", "[1,2]"), None));
        assert!(is_unknown(&raw(200, html, "[1,2]"), None) && is_unknown(&raw(200, "application/json", "oops"), None));
        let refused = observe_page(&raw(401, "application/json", r#"{"result":"error","message":"You can't access this resource"}"#), None);
        assert!(matches!(refused, Observation::Clear { answer: Answer::Denied { reason: Reason::NoRight }, .. }), "{refused:?}");
    }
}
