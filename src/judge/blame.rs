//! Which clause a difference points to.

use std::collections::BTreeMap;

use crate::matomo::Observation;
use crate::model::{Answer, Ask, Blame, Clause, ClauseId, Decision, Layer, Reason, Stage, Trace, explain};

/// The clauses that the live Matomo may break, the likeliest first.
///
/// The clause that decided is not always the broken one: where a sloppy comparison lets an entry match, the model was
/// decided by the rule after the list. So a clause that was near to the other answer comes first.
pub fn suspects(ask: &Ask<'_>, observation: &Observation) -> Vec<ClauseId> {
    let decision = explain(ask);
    let trace = &decision.trace;
    let decided = decision.clause;
    let mut suspects = Vec::new();
    if let Observation::Clear { answer, .. } = observation
        && *answer == decision.answer
    {
        // Only the status is wrong.
        return vec![last(trace, |clause| clause.blame == Blame::Status).unwrap_or(decided)];
    }
    let told_of_write = matches!(observation, Observation::Clear { answer: Answer::Denied { reason: Reason::GateSomeWrite }, .. });
    if let (Answer::Denied { reason }, Observation::Clear { answer: live, .. }) = (&decision.answer, observation)
        && reason.layer() == Layer::Gate
        && past_gate(live)
    {
        let opens = |id: &ClauseId| id.clause().stage == Stage::Gate && id.clause().blame == Blame::Opens;
        suspects.extend(trace.fragile.iter().copied().filter(|id| opens(id) && trace.has(*id, false)));
        suspects.push(decided);
    } else if told_of_write && decision.answer == (Answer::Denied { reason: Reason::GateSuperUser }) {
        // A super user who is told of write access was not recognised as one.
        suspects.push(decided);
    } else if told_of_write {
        // The repeated gate is asked last, and is the likelier one.
        let held = trace.steps.iter().rev().filter(|step| step.held && step.clause.clause().blame == Blame::Opens);
        suspects.extend(held.map(|step| step.clause));
        if suspects.is_empty() {
            suspects.push(repeated_or(trace, ClauseId::GateWrite));
        }
    } else {
        suspects.push(blame(&decision, observation));
    }
    // Who asks decides everything after it, so a token's fate is always a suspect.
    let fate = held(trace, &[Blame::Refuses, Blame::RefusesUnknown]);
    for fate in fate.into_iter().chain(trace.refused_within.iter().copied()) {
        if !suspects.contains(&fate) {
            suspects.push(fate);
        }
    }
    suspects
}

/// Settles on one clause for each kind of difference, which are given as suspects and number: the clause that explains most of them takes all
/// it explains, and so on. Where a difference has no suspect there is nothing to settle on.
pub fn attribute(suspects: &[(&[ClauseId], u64)]) -> Vec<Option<ClauseId>> {
    let mut settled: Vec<Option<ClauseId>> = vec![None; suspects.len()];
    loop {
        // Suspected most often; between equals, more often as the likeliest.
        let mut counts: BTreeMap<ClauseId, (u64, u64)> = BTreeMap::new();
        for ((list, number), _) in suspects.iter().zip(&settled).filter(|(_, clause)| clause.is_none()) {
            for (rank, id) in list.iter().enumerate() {
                let count = counts.entry(*id).or_default();
                count.0 += number;
                count.1 += if rank == 0 { *number } else { 0 };
            }
        }
        let Some((winner, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else { break };
        for ((list, _), clause) in suspects.iter().zip(&mut settled) {
            if clause.is_none() && list.contains(&winner) {
                *clause = Some(winner);
            }
        }
    }
    settled
}

fn blame(decision: &Decision, observation: &Observation) -> ClauseId {
    let trace = &decision.trace;
    let decided = decision.clause;
    let Observation::Clear { answer: live, .. } = observation else { return decided };
    match (&decision.answer, live) {
        (_, Answer::Denied { reason: Reason::GateSuperUser }) => repeated_or(trace, ClauseId::GateSuperuser),
        // The request was accepted, and lost by what its parts left behind.
        (Answer::Denied { reason: Reason::NotAuthenticated }, _) if decided == ClauseId::BulkLost => decided,
        (Answer::Denied { reason: Reason::NotAuthenticated }, _) => login_clause(trace).unwrap_or(decided),
        (Answer::Opened { who, nested, .. }, Answer::Opened { who: live_who, nested: live_nested, .. }) => {
            if who != live_who {
                login_clause(trace).unwrap_or(decided)
            } else if nested != live_nested {
                ClauseId::AccessNested
            } else {
                last(trace, |clause| clause.stage == Stage::Dispatch).unwrap_or(decided)
            }
        }
        (Answer::Opened { .. }, Answer::Denied { reason: Reason::NotAuthenticated }) => login_clause(trace).unwrap_or(decided),
        (Answer::Opened { .. }, Answer::Denied { reason: Reason::NoRight }) => {
            last(trace, |clause| clause.stage == Stage::Access).unwrap_or(decided)
        }
        (Answer::Opened { .. }, Answer::Denied { .. }) => last(trace, |clause| clause.stage == Stage::Dispatch).unwrap_or(decided),
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
fn login_clause(trace: &Trace) -> Option<ClauseId> {
    let rank = |id: &ClauseId| match id.clause().blame {
        Blame::Rival(rank) => Some((rank, *id)),
        _ => None,
    };
    let rival = trace.fragile.iter().filter_map(rank).min().map(|(_, id)| id);
    match (held(trace, &[Blame::Accepts]), rival) {
        (Some(_), Some(rival)) => Some(rival),
        (Some(accepted), None) => Some(accepted),
        (None, rival) => {
            let known = held(trace, &[Blame::Refuses, Blame::Keeps]);
            known.or(rival).or_else(|| held(trace, &[Blame::RefusesUnknown]))
        }
    }
}

/// The clause that held and takes one of these parts. One stage asks them all, so there is one at most.
fn held(trace: &Trace, parts: &[Blame]) -> Option<ClauseId> {
    trace.steps.iter().find(|step| step.held && parts.contains(&step.clause.clause().blame)).map(|step| step.clause)
}

/// The last clause of a kind that was asked.
fn last(trace: &Trace, is: impl Fn(&Clause) -> bool) -> Option<ClauseId> {
    trace.steps.iter().rev().map(|step| step.clause).find(|id| is(id.clause()))
}

/// The repeated gate where it was the one that was asked.
fn repeated_or(trace: &Trace, id: ClauseId) -> ClauseId {
    last(trace, |clause| clause.repeats == Some(id)).unwrap_or(id)
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
        ClauseId::BulkLost
    )]
    #[case::without_rights_inside(
        "ConformanceProbe.nested&token_auth=$TOKEN_VIEW&nested_token=$TOKEN_SUPER_SECURE | real",
        ClauseId::AccessNested
    )]
    fn what_refused_a_token_within_is_suspected_beside_what_came_of_it(#[case] request: &str, #[case] first: ClauseId) {
        let scene = Scene::new("5.2", "default", request);
        let decision = explain(&scene.ask());
        let (who, route) = match decision.answer {
            Answer::Opened { who, route, .. } => (who, route),
            Answer::Denied { .. } => (Who::nobody(), vec!["API.index".to_owned()]),
        };
        let answer = Answer::Opened { who, route, nested: Some(Rights::all()) };
        let seen = Observation::Clear { answer, status: 200, message: None, guarded: false };
        assert_eq!(suspects(&scene.ask(), &seen), [first, ClauseId::AuthSecureOnly]);
    }
}
