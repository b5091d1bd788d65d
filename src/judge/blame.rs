//! Which clause a difference points to.

use crate::matomo::Observation;
use crate::model::{Answer, Ask, Layer, Reason, Trace, clause, explain};

/// The clause that the live Matomo seems to break.
///
/// The clause that decided is not always it: where a sloppy comparison lets an entry match, the model was decided by the
/// rule after the list. So a clause of the stage in question that was near to the other answer comes first.
pub fn blame(ask: &Ask<'_>, observation: &Observation) -> &'static str {
    let decision = explain(ask);
    let trace = &decision.trace;
    let Observation::Clear { answer: live, .. } = observation else { return decision.clause };
    let decided = decision.clause;
    match (&decision.answer, live) {
        (Answer::Denied { reason }, _) if reason.layer() == Layer::Gate && past_gate(live) => {
            near(trace, &["gate.api", "gate.flag", "gate.allowlist"], false).unwrap_or(decided)
        }
        (_, Answer::Denied { reason: Reason::GateSuperUser }) => widget_or(trace, "gate.superuser"),
        (_, Answer::Denied { reason: Reason::GateSomeWrite }) => {
            held(trace, &["widget.flag", "widget.allowlist", "gate.flag", "gate.allowlist", "gate.api"])
                .unwrap_or_else(|| widget_or(trace, "gate.write"))
        }
        (Answer::Denied { reason: Reason::NotAuthenticated }, _) => login_clause(trace).unwrap_or(decided),
        (Answer::Opened { who, nested, .. }, Answer::Opened { who: live_who, nested: live_nested, .. }) => {
            if who != live_who {
                login_clause(trace).unwrap_or(decided)
            } else if nested != live_nested {
                "access.nested"
            } else {
                last(trace, "dispatch.").unwrap_or(decided)
            }
        }
        (Answer::Opened { .. }, Answer::Denied { reason: Reason::NotAuthenticated }) => login_clause(trace).unwrap_or(decided),
        (Answer::Opened { .. }, Answer::Denied { reason: Reason::NoRight }) => last(trace, "access.").unwrap_or(decided),
        (Answer::Opened { .. }, Answer::Denied { .. }) => last(trace, "dispatch.").unwrap_or(decided),
        _ => decided,
    }
}

fn past_gate(live: &Answer) -> bool {
    match live {
        Answer::Opened { .. } => true,
        Answer::Denied { reason } => reason.layer() == Layer::Behind,
    }
}

/// The clause that settled who asks: a source with a rival token comes before the fate of the token itself.
fn login_clause(trace: &Trace) -> Option<&'static str> {
    let sources = ["token.url-over-body", "token.body-over-url", "token.header", "token.header-ignored"];
    let session = ["session.wins-over-token", "session.ignored-with-token", "session.force"];
    let accepted = held(trace, &["auth.accepted", "token.none", "session.other-token"]);
    let rival = sources.iter().chain(&session).copied().find(|id| trace.near.contains(id));
    match (accepted, rival) {
        (Some(_), Some(rival)) => Some(rival),
        (Some(accepted), None) => Some(accepted),
        (None, rival) => {
            let refused = held(
                trace,
                &["auth.expired", "auth.secure-only", "auth.policy-secure", "auth.unknown", "token.anonymous", "session.own-token"],
            );
            refused.filter(|id| *id != "auth.unknown").or(rival).or(refused)
        }
    }
}

fn near(trace: &Trace, ids: &[&'static str], answer: bool) -> Option<&'static str> {
    ids.iter().copied().find(|id| trace.near.contains(id) && trace.has(id, answer))
}

fn held(trace: &Trace, ids: &[&'static str]) -> Option<&'static str> {
    ids.iter().copied().find(|id| trace.has(id, true))
}

fn last(trace: &Trace, stage: &str) -> Option<&'static str> {
    trace.steps.iter().rev().find(|step| step.clause.starts_with(stage)).map(|step| step.clause)
}

/// The repeated gate where it was the one that was asked.
fn widget_or(trace: &Trace, id: &'static str) -> &'static str {
    let repeated = format!("widget.{}", id.trim_start_matches("gate."));
    let asked = trace.steps.iter().any(|step| step.clause == repeated);
    clause(if asked { &repeated } else { id }).map_or(id, |clause| clause.id)
}
