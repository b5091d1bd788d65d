//! Which clause a difference points to.

use std::collections::BTreeMap;

use crate::matomo::Observation;
use crate::model::{Answer, Ask, Layer, Reason, Trace, clause, explain};

/// The clauses that the live Matomo may break, the likeliest first.
///
/// The clause that decided is not always the broken one: where a sloppy comparison lets an entry match, the model was
/// decided by the rule after the list. So a clause that was near to the other answer comes first.
pub fn suspects(ask: &Ask<'_>, observation: &Observation) -> Vec<&'static str> {
    let decision = explain(ask);
    let trace = &decision.trace;
    let decided = decision.clause;
    let mut suspects = Vec::new();
    if let Observation::Clear { answer, .. } = observation
        && *answer == decision.answer
    {
        // Only the status is wrong.
        return vec![last(trace, "page.").or_else(|| last(trace, "api.status")).unwrap_or(decided)];
    }
    if let (Answer::Denied { reason }, Observation::Clear { answer: live, .. }) = (&decision.answer, observation)
        && reason.layer() == Layer::Gate
        && past_gate(live)
    {
        suspects.extend(
            ["gate.api", "gate.flag", "gate.allowlist"].into_iter().filter(|id| trace.fragile.contains(id) && trace.has(id, false)),
        );
        suspects.push(decided);
    } else if matches!(&decision.answer, Answer::Denied { reason: Reason::GateSuperUser })
        && matches!(observation, Observation::Clear { answer: Answer::Denied { reason: Reason::GateSomeWrite }, .. })
    {
        // A super user who is told of write access was not recognised as one.
        suspects.push(decided);
    } else if matches!(observation, Observation::Clear { answer: Answer::Denied { reason: Reason::GateSomeWrite }, .. }) {
        let held =
            ["widget.flag", "widget.allowlist", "gate.flag", "gate.allowlist", "gate.api"].into_iter().filter(|id| trace.has(id, true));
        suspects.extend(held);
        if suspects.is_empty() {
            suspects.push(widget_or(trace, "gate.write"));
        }
    } else {
        suspects.push(blame(&decision, observation));
    }
    // Who asks decides everything after it, so a token's fate is always a suspect.
    for fate in fate_of_token(trace).into_iter().chain(trace.refused_within.iter().copied()) {
        if !suspects.contains(&fate) {
            suspects.push(fate);
        }
    }
    suspects
}

/// Settles on one clause for each difference: the clause that explains most of them takes all it explains, and so on.
pub fn attribute(suspects: &[Vec<&'static str>]) -> Vec<&'static str> {
    let mut settled: Vec<Option<&'static str>> = vec![None; suspects.len()];
    loop {
        // Suspected most often; between equals, more often as the likeliest.
        let mut counts: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
        for (list, _) in suspects.iter().zip(&settled).filter(|(_, clause)| clause.is_none()) {
            for (rank, id) in list.iter().enumerate() {
                let count = counts.entry(id).or_default();
                count.0 += 1;
                count.1 += usize::from(rank == 0);
            }
        }
        let Some((winner, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else { break };
        for (list, clause) in suspects.iter().zip(&mut settled) {
            if clause.is_none() && list.contains(&winner) {
                *clause = Some(winner);
            }
        }
    }
    settled.into_iter().map(Option::unwrap_or_default).collect()
}

fn blame(decision: &crate::model::Decision, observation: &Observation) -> &'static str {
    let trace = &decision.trace;
    let decided = decision.clause;
    let Observation::Clear { answer: live, .. } = observation else { return decided };
    match (&decision.answer, live) {
        (_, Answer::Denied { reason: Reason::GateSuperUser }) => widget_or(trace, "gate.superuser"),
        // The request was accepted, and lost by what its parts left behind.
        (Answer::Denied { reason: Reason::NotAuthenticated }, _) if decided == "bulk.lost" => decided,
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
    let rival = sources.iter().chain(&session).copied().find(|id| trace.fragile.contains(id));
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

/// The clause that left the request without rights, if one did.
fn fate_of_token(trace: &Trace) -> Option<&'static str> {
    held(trace, &["auth.expired", "auth.secure-only", "auth.policy-secure", "auth.unknown"])
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::support::Scene;
    use crate::model::{Rights, Who};
    use rstest::rstest;

    #[rstest]
    #[case::refused_at_the_end(
        "?module=API&method=API.getBulkRequest&urls[]=method%3DConformanceProbe.getRights%26token_auth%3D$TOKEN_VIEW | body: token_auth=$TOKEN_SUPER_SECURE | real",
        "bulk.lost"
    )]
    #[case::without_rights_inside(
        "ConformanceProbe.nested&token_auth=$TOKEN_VIEW&nested_token=$TOKEN_SUPER_SECURE | real",
        "access.nested"
    )]
    fn what_refused_a_token_within_is_suspected_beside_what_came_of_it(#[case] request: &str, #[case] first: &str) {
        let scene = Scene::new("5.2", "default", request);
        let decision = explain(&scene.ask());
        let (who, route) = match decision.answer {
            Answer::Opened { who, route, .. } => (who, route),
            Answer::Denied { .. } => (Who::nobody(), vec!["API.index".to_owned()]),
        };
        let answer = Answer::Opened { who, route, nested: Some(Rights::all()) };
        let seen = Observation::Clear { answer, status: 200, message: None, guarded: false };
        assert_eq!(suspects(&scene.ask(), &seen), [first, "auth.secure-only"]);
    }
}
