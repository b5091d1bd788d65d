//! The verdict on an answer of whatever endpoint: the probe's own are known to the last right, of all others the model speaks up to the endpoint.

use super::cell::judge_cell;
use super::verdict::{Verdict, judge};
use crate::matomo::{CellOutcome, Observation, Raw, observe, see};
use crate::model::{Answer, Decision, Dispatch, Parameters, Reason, Request};

/// Reads an answer and compares it with what must become of the request.
pub fn judge_answer(
    decision: &Decision,
    dispatch: Dispatch,
    asks_the_probe: impl FnOnce() -> bool,
    answer: Result<&Raw, &String>,
) -> (Observation, Verdict) {
    let raw = match answer {
        Ok(raw) => raw,
        Err(error) => return (Observation::Failed { error: error.clone() }, Verdict::Error),
    };
    let observation = observe(raw, dispatch);
    let verdict = match judge(decision, &observation) {
        Verdict::WrongReason if raw.bodyless && same_layer(decision, &observation) => Verdict::Agree,
        verdict => verdict,
    };
    if verdict == Verdict::Agree || dispatch == Dispatch::Dry || asks_the_probe() {
        return (observation, verdict);
    }
    let cell = see(raw, Dispatch::Real);
    let verdict = judge_cell(decision, &cell);
    let answer = match (cell.outcome, cell.reason, cell.who) {
        (CellOutcome::Opened, None, Some(who)) => Answer::Opened { who, route: cell.route, nested: None },
        (CellOutcome::Unknown | CellOutcome::NotRun, ..) | (_, None, _) => return (observation, verdict),
        (_, Some(reason), _) => Answer::Denied { reason },
    };
    (Observation::Clear { answer, status: cell.status, message: cell.message, guarded: false }, verdict)
}

/// Without a body only the probe tells why a request was refused, and some reasons it knows by their layer only.
fn same_layer(decision: &Decision, observation: &Observation) -> bool {
    let (Answer::Denied { reason: ours }, Observation::Clear { answer: Answer::Denied { reason: seen }, status, .. }) =
        (&decision.answer, observation)
    else {
        return false;
    };
    matches!(seen, Reason::OtherError | Reason::Unauthenticatable)
        && ours.layer() == seen.layer()
        && decision.status.is_none_or(|promised| promised == *status)
}

/// Whether a request asks for what is the probe's own, whose rights are known, or for a bulk request of such.
pub fn asks_the_probe(request: &Request) -> bool {
    let body = match &request.body {
        Some(crate::model::Body::Form(text) | crate::model::Body::Multipart(text)) => Parameters::parse(text),
        _ => Parameters::default(),
    };
    let all = Parameters::parse(&request.query).over(&body);
    let is = |name: &str| all.text(name).trim().to_ascii_lowercase().starts_with("conformanceprobe");
    let bulk = all.text("method") == "API.getBulkRequest"
        && matches!(all.get("urls"), Some(crate::model::Value::Array(urls)) if urls.iter().all(|(_, url)| url.contains("ConformanceProbe")));
    // What it has for its own use is nothing that the model decides.
    let own = |name: &str| {
        ["secondFactor", "sessionToken", "spoilSessions"].iter().any(|helper| all.text(name).trim().eq_ignore_ascii_case(helper))
    };
    if own("action") || own("actionToWidgetize") {
        return false;
    }
    // What the probe makes of a request that names no site is not known.
    all.has("idSite") && (is("module") || is("method") || is("moduleToWidgetize") || bulk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClauseId, Trace};

    #[test]
    fn what_the_probe_has_for_its_own_use_is_judged_like_any_endpoint_of_matomo() {
        let asks = |query: &str| asks_the_probe(&Request { query: query.to_owned(), ..Request::default() });
        assert!(asks("module=ConformanceProbe&action=needView&idSite=1"));
        for helper in ["secondFactor", "sessionToken", "SpoilSessions"] {
            assert!(!asks(&format!("module=ConformanceProbe&action={helper}&idSite=1")), "{helper}");
            assert!(!asks(&format!("module=Widgetize&moduleToWidgetize=ConformanceProbe&actionToWidgetize={helper}&idSite=1")), "{helper}");
        }
    }

    #[test]
    fn a_refusal_without_a_body_is_told_apart_by_its_layer_only() {
        let refused =
            |reason| Decision { answer: Answer::Denied { reason }, trace: Trace::default(), clause: ClauseId::TokenNone, status: None };
        let probe = r#"{"gate":true,"login":"x","super":false,"error":{"class":"Exception","key":null}}"#;
        let raw = |bodyless| Raw { status: 500, probe: Some(probe.to_owned()), bodyless, ..Raw::default() };
        let judged = |reason, bodyless| judge_answer(&refused(reason), Dispatch::Dry, || true, Ok(&raw(bodyless)));
        let (observation, verdict) = judged(Reason::ActionNotFound, true);
        assert_eq!(verdict, Verdict::Agree, "{}", observation.in_words());
        assert_eq!(judged(Reason::ActionNotFound, false).1, Verdict::Unknown, "nobody can read an empty page");
        assert_eq!(judged(Reason::GateSuperUser, true).1, Verdict::Leak);
    }
}
