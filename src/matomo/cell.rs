//! What became of a request for an endpoint that is not ours: its own page is not known, so the probe's report and what the page is *not* decide.

use serde::{Deserialize, Serialize};

use super::observation::{Observation, Raw, observe};
use super::page::{Page, read_page};
use super::probe::ProbeReport;
use crate::model::{Answer, Dispatch, Layer, Reason, Who};

/// What Matomo says of a method of an API class that it does not let whoever asks call.
pub const UNAVAILABLE: &str = "does not exist or is not available";

/// What became of a request, in the word of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellOutcome {
    /// The endpoint ran and answered.
    Opened,
    /// It got past its own check, and was stopped at the first write.
    ReachedWrite,
    /// It was let through up to its controller, which was not run.
    LetThrough,
    /// The gate refused the token.
    RefusedAtGate,
    /// Nobody is authenticated, and somebody has to be.
    NotAuthenticated,
    /// The user lacks a right that the endpoint asks for.
    NoRight,
    /// Plugin, widget or report is not enabled.
    NotEnabled,
    /// It ended in an error, behind the gate.
    Error,
    /// The answer cannot be read with certainty, or none came.
    Unknown,
    /// It was not asked.
    NotRun,
}

impl CellOutcome {
    /// All, in the order of legends.
    pub const ALL: [Self; 10] = [
        Self::Opened,
        Self::ReachedWrite,
        Self::LetThrough,
        Self::RefusedAtGate,
        Self::NotAuthenticated,
        Self::NoRight,
        Self::NotEnabled,
        Self::Error,
        Self::Unknown,
        Self::NotRun,
    ];

    /// Name as in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::ReachedWrite => "reached-write",
            Self::LetThrough => "let-through",
            Self::RefusedAtGate => "refused-at-gate",
            Self::NotAuthenticated => "not-authenticated",
            Self::NoRight => "no-right",
            Self::NotEnabled => "not-enabled",
            Self::Error => "error",
            Self::Unknown => "unknown",
            Self::NotRun => "not-run",
        }
    }
}

/// What was seen of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellObservation {
    /// The word of the cell.
    pub outcome: CellOutcome,
    /// The precise reason, where it was refused.
    pub reason: Option<Reason>,
    /// HTTP status, for reports; it decides only where a page says nothing.
    pub status: u16,
    /// Message of the page, or what cannot be read.
    pub message: Option<String>,
    /// As whom it ran, where it got past the gate.
    pub who: Option<Who>,
    /// Every dispatch, outermost first.
    pub route: Vec<String>,
    /// Where it leads, as `Module.Action` or without what follows the path.
    pub leads_to: Option<String>,
}

impl CellObservation {
    /// No answer came.
    pub fn failed(error: &str) -> Self {
        Self {
            outcome: CellOutcome::Unknown,
            reason: None,
            status: 0,
            message: Some(error.to_owned()),
            who: None,
            route: Vec::new(),
            leads_to: None,
        }
    }

    /// Whether the request got past the gate; `None` where that is not known.
    pub fn passed_gate(&self) -> Option<bool> {
        match (self.outcome, self.reason) {
            (CellOutcome::Unknown | CellOutcome::NotRun, _) => None,
            (_, Some(reason)) => Some(reason.layer() == Layer::Behind),
            (_, None) => Some(true),
        }
    }
}

/// Classifies an answer of any endpoint.
pub fn see(raw: &Raw, dispatch: Dispatch) -> CellObservation {
    let report = raw.probe.as_deref().and_then(|header| ProbeReport::parse(header).ok());
    let gate = report.as_ref().is_some_and(|report| report.gate);
    let who = report.as_ref().filter(|_| gate).map(ProbeReport::who);
    let route = report.as_ref().map(|report| report.route.clone()).unwrap_or_default();
    let seen = match observe(raw, dispatch) {
        // It is known for the probe's own endpoints only.
        Observation::Unknown { why, .. } => match (&report, dispatch) {
            (Some(report), Dispatch::Real) => of_page(raw, report, why),
            _ => PageReading::Unknown(why),
        },
        Observation::Clear { answer: Answer::Opened { .. }, .. } => PageReading::Open,
        Observation::Clear { answer: Answer::Denied { reason }, message, .. } => PageReading::Refused(reason, message),
        Observation::Failed { error } => PageReading::Unknown(error),
    };
    let mut sight = CellObservation {
        outcome: CellOutcome::Unknown,
        reason: None,
        status: raw.status,
        message: None,
        who,
        route,
        leads_to: leads_to(raw),
    };
    match seen {
        PageReading::Open => sight.outcome = if dispatch == Dispatch::Dry { CellOutcome::LetThrough } else { CellOutcome::Opened },
        PageReading::Refused(reason, message) => {
            sight.outcome = outcome_of(reason, message.as_deref(), sight.who.as_ref());
            sight.reason = Some(reason);
            sight.message = message;
        }
        PageReading::Unknown(why) => sight.message = Some(why),
    }
    sight
}

enum PageReading {
    Open,
    Refused(Reason, Option<String>),
    Unknown(String),
}

/// Reads the page of an endpoint that was dispatched: whatever is no refusal is its own.
fn of_page(raw: &Raw, report: &ProbeReport, why: String) -> PageReading {
    if !report.gate || report.route.is_empty() {
        return PageReading::Unknown(why);
    }
    let page = read_page(raw.status, &raw.content_type, &raw.body, raw.bodyless);
    let fine = (200..300).contains(&raw.status);
    if report.denied.is_some() {
        // Some endpoints put the refusal of a part into a page or a text of their own.
        return match page {
            Page::Other | Page::ApiError(..) | Page::Error(..) => PageReading::Refused(Reason::NoRight, None),
            _ => PageReading::Unknown(why),
        };
    }
    if report.error.is_some() {
        return match page {
            // A part of it ended in an error, and the page around it says so.
            Page::Other if !fine => PageReading::Refused(Reason::OtherError, None),
            Page::ApiError(reason, text) => PageReading::Refused(behind(reason), Some(text)),
            _ => PageReading::Unknown(why),
        };
    }
    match page {
        Page::Other if fine => PageReading::Open,
        Page::Redirect | Page::SecondFactor => PageReading::Open,
        // The login page is the page of that plugin; of all others it is a refusal.
        Page::Login(message) if report.route[0].starts_with("Login.") => {
            message.map_or(PageReading::Open, |text| PageReading::Refused(Reason::NoRight, Some(text)))
        }
        Page::Login(message) => PageReading::Refused(Reason::NoRight, message.or_else(|| Some("led to the login page".to_owned()))),
        Page::ApiError(reason @ Reason::NotAuthenticated, text) => PageReading::Refused(reason, Some(text)),
        // In another language only the probe knows that it was the token. Before 5.0 nothing but the method itself minds a failed one, and its
        // errors carry 200.
        Page::ApiError(Reason::OtherError, text) if report.auth.as_deref() == Some("failed") && raw.status == 401 => {
            PageReading::Refused(Reason::NotAuthenticated, Some(text))
        }
        Page::Error(reason, text) | Page::ApiError(reason, text) if reason.layer() == Layer::Behind => {
            PageReading::Refused(reason, Some(text))
        }
        Page::SafeMode => PageReading::Refused(Reason::OtherError, Some("PHP error".to_owned())),
        _ => PageReading::Unknown(why),
    }
}

fn behind(reason: Reason) -> Reason {
    if reason.layer() == Layer::Behind { reason } else { Reason::OtherError }
}

fn outcome_of(reason: Reason, message: Option<&str>, who: Option<&Who>) -> CellOutcome {
    let disabled = |text: &str| {
        ["The requested widget is not enabled", "The requested report is not enabled"].iter().any(|start| text.starts_with(start))
    };
    match reason {
        Reason::GateSuperUser | Reason::GateSomeWrite => CellOutcome::RefusedAtGate,
        Reason::Conflict
        | Reason::ScopedSession
        | Reason::NotAuthenticated
        | Reason::Unauthenticatable
        | Reason::BruteForce
        | Reason::WidgetToken => CellOutcome::NotAuthenticated,
        // Whoever is nobody has to log in first.
        Reason::NoRight if who.is_some_and(|who| who.login == "anonymous") => CellOutcome::NotAuthenticated,
        Reason::NoRight => CellOutcome::NoRight,
        Reason::PluginNotActivated => CellOutcome::NotEnabled,
        _ if message.is_some_and(disabled) => CellOutcome::NotEnabled,
        _ => CellOutcome::Error,
    }
}

/// Where a redirect leads, without parameters, which hold tokens.
fn leads_to(raw: &Raw) -> Option<String> {
    let location = raw.location.as_deref()?;
    let query = location.split_once('?').map(|(_, query)| query.split('#').next().unwrap_or_default());
    let value = |name: &str| query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')));
    Some(match (value("module"), value("action")) {
        (Some(module), Some(action)) => format!("{module}.{action}"),
        (Some(module), None) => module.to_owned(),
        _ => location.split(['?', '#']).next().unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = "text/html; charset=utf-8";

    fn raw(status: u16, probe: &str, body: &str) -> Raw {
        Raw { status, content_type: HTML.to_owned(), probe: Some(probe.to_owned()), body: body.to_owned(), ..Raw::default() }
    }

    fn passed(login: &str, more: &str) -> String {
        format!("{{\"gate\":true,\"login\":\"{login}\",\"super\":false,\"view\":[1],\"write\":[],\"admin\":[]{more}}}")
    }

    #[test]
    fn a_page_of_its_own_is_open_whatever_it_says_about_the_gate_in_its_scripts() {
        let body = "<h1>Visits</h1><script>x = \"This user has super-user access. \"</script>";
        let sight =
            see(&raw(200, &passed("conformance-view", ",\"route\":[\"VisitsSummary.index\",\"CoreHome.x\"]"), body), Dispatch::Real);
        assert_eq!(sight.outcome, CellOutcome::Opened);
        assert_eq!(sight.route.len(), 2);
        assert_eq!(sight.who.expect("somebody").login, "conformance-view");
    }

    #[test]
    fn a_redirect_is_open_and_told_without_its_parameters() {
        let location = Some("index.php?module=Login&action=confirmPassword&token_auth=0123456789abcdef0123456789abcdef".to_owned());
        let raw = Raw { location, ..raw(302, &passed("conformance-view", ",\"route\":[\"UsersManager.addNewToken\"]"), "") };
        let sight = see(&raw, Dispatch::Real);
        assert_eq!((sight.outcome, sight.leads_to.as_deref()), (CellOutcome::Opened, Some("Login.confirmPassword")));
        let plain = Raw { location: Some("https://example.org/pay?token=1".to_owned()), ..raw };
        assert_eq!(see(&plain, Dispatch::Real).leads_to.as_deref(), Some("https://example.org/pay"));
    }

    #[test]
    fn nobody_is_not_authenticated_and_somebody_lacks_a_right() {
        let login = "<body id=\"loginPage\"><div><strong>Error</strong>: You must be logged in</div>";
        for (who, outcome) in [("anonymous", CellOutcome::NotAuthenticated), ("conformance-view", CellOutcome::NoRight)] {
            let report = passed(who, ",\"route\":[\"UsersManager.index\",\"Login.login\"],\"denied\":\"NoAccess\"");
            assert_eq!(see(&raw(403, &report, login), Dispatch::Real).outcome, outcome, "{who}");
        }
    }

    #[test]
    fn a_disabled_widget_is_not_enabled_and_a_missing_parameter_an_error() {
        let page = |text: &str| format!("<body id=\"simple\"><div class=\"content\"><h2>{text}</h2>");
        let report = passed("conformance-view", ",\"route\":[\"A.b\"],\"error\":{\"class\":\"Exception\",\"key\":null}");
        let see = |text: &str| see(&raw(500, &report, &page(text)), Dispatch::Real).outcome;
        assert_eq!(see("The requested widget is not enabled. This means"), CellOutcome::NotEnabled);
        assert_eq!(see("The parameter 'x' isn't set in the Request"), CellOutcome::Error);
    }

    #[test]
    fn an_api_error_beside_a_failed_token_is_about_the_token_only_where_its_status_says_so() {
        let report = passed("anonymous", ",\"route\":[\"API.index\"],\"auth\":\"failed\"");
        let error = |status, text: &str| {
            let body = format!("<?xml version=\"1.0\"?>\n<result>\n\t<error message=\"{text}\" />\n</result>");
            see(&Raw { content_type: "text/xml; charset=utf-8".to_owned(), ..raw(status, &report, &body) }, Dispatch::Real).outcome
        };
        assert_eq!(error(401, "Authentifizierung mit dem Token nicht möglich."), CellOutcome::NotAuthenticated);
        assert_eq!(error(200, "Please specify a value for 'idSite'."), CellOutcome::Error);
    }

    #[test]
    fn what_nobody_reported_or_what_contradicts_itself_is_unknown() {
        let silent = Raw { probe: None, ..raw(200, "", "<h1>Visits</h1>") };
        assert_eq!(see(&silent, Dispatch::Real).outcome, CellOutcome::Unknown);
        let odd = raw(500, &passed("conformance-view", ",\"route\":[\"A.b\"]"), "<h1>Visits</h1>");
        assert_eq!(see(&odd, Dispatch::Real).outcome, CellOutcome::Unknown);
        let gate = "<body id=\"simple\"><h2>This user has super-user access.</h2>";
        let leak = raw(500, &passed("conformance-super", ",\"route\":[\"A.b\"]"), gate);
        assert_eq!(see(&leak, Dispatch::Real).outcome, CellOutcome::Unknown);
    }
}
