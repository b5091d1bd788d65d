//! The verdict on a cell of the access matrix: the model speaks up to the endpoint's own check, which is the endpoint's business.

use super::Verdict;
use super::verdict::{compare_reasons, compare_who};
use crate::matomo::{CellObservation, CellOutcome};
use crate::model::{Answer, Decision, Layer, Reason};

/// Compares what was seen of any endpoint with what must become of the request.
pub fn judge_cell(decision: &Decision, sight: &CellObservation) -> Verdict {
    let Some(passed) = sight.passed_gate() else {
        return match sight.outcome {
            CellOutcome::NotRun => Verdict::NotRun,
            _ if sight.status == 0 => Verdict::Error,
            _ => Verdict::Unknown,
        };
    };
    match &decision.answer {
        Answer::Denied { reason } => match sight.reason {
            // Whatever the endpoint made of it: it should not have been asked.
            None => Verdict::Leak,
            // Both got behind the gate; which of the things there refuses first is the endpoint's business.
            Some(live) if reason.layer() == Layer::Behind && live.layer() == Layer::Behind && is_own(*reason, live) => Verdict::Agree,
            Some(live) => {
                let status = decision.status.filter(|_| reason.layer() <= Layer::Gate);
                match compare_reasons(*reason, live) {
                    Verdict::Agree if status.is_some_and(|promised| promised != sight.status) => Verdict::WrongReason,
                    verdict => verdict,
                }
            }
        },
        Answer::Opened { .. } if !passed => Verdict::Lockout,
        Answer::Opened { who, route, .. } => {
            let by_who = sight.who.as_ref().map_or(Verdict::Agree, |live| compare_who(who, live));
            let elsewhere = sight.route.first().is_some_and(|live| route.first() != Some(live));
            if by_who != Verdict::Agree {
                by_who
            } else if elsewhere {
                Verdict::WrongReason
            } else {
                Verdict::Agree
            }
        }
    }
}

/// Whether two refusals behind the gate may stand for each other: a guard of the plugin's own comes before its endpoints are looked up, and what an
/// endpoint makes of a parameter is not known.
fn is_own(ours: Reason, live: Reason) -> bool {
    live == Reason::NoRight || matches!(ours, Reason::ActionNotFound | Reason::OtherError | Reason::BadParameter | Reason::NoRight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClauseId, Rights, Role, Trace, Who};

    fn decision(answer: Answer, status: Option<u16>) -> Decision {
        Decision { answer, trace: Trace::default(), clause: ClauseId::TokenNone, status }
    }

    fn opens(login: &str) -> Answer {
        let who = Who { login: login.to_owned(), rights: Rights::on([1], Role::View) };
        Answer::Opened { who, route: vec!["A.b".to_owned()], nested: None }
    }

    fn sight(outcome: CellOutcome, reason: Option<Reason>, login: &str, status: u16) -> CellObservation {
        let who = Some(Who { login: login.to_owned(), rights: Rights::on([1], Role::View) });
        CellObservation { outcome, reason, status, message: None, who, route: vec!["A.b".to_owned(), "C.d".to_owned()], leads_to: None }
    }

    #[test]
    fn what_the_endpoint_asks_for_itself_is_its_own_business() {
        for (outcome, reason) in [
            (CellOutcome::Opened, None),
            (CellOutcome::LetThrough, None),
            (CellOutcome::NoRight, Some(Reason::NoRight)),
            (CellOutcome::NotEnabled, Some(Reason::OtherError)),
            (CellOutcome::Error, Some(Reason::BadParameter)),
        ] {
            assert_eq!(judge_cell(&decision(opens("v"), Some(200)), &sight(outcome, reason, "v", 500)), Verdict::Agree, "{outcome:?}");
        }
    }

    #[test]
    fn whatever_gets_past_a_gate_that_refuses_is_a_leak_and_the_other_way_round_a_lockout() {
        let refused = decision(Answer::Denied { reason: Reason::GateSuperUser }, Some(500));
        assert_eq!(judge_cell(&refused, &sight(CellOutcome::Opened, None, "s", 200)), Verdict::Leak);
        assert_eq!(judge_cell(&refused, &sight(CellOutcome::NoRight, Some(Reason::NoRight), "s", 403)), Verdict::Leak);
        let gate = |status| sight(CellOutcome::RefusedAtGate, Some(Reason::GateSuperUser), "s", status);
        assert_eq!(judge_cell(&refused, &gate(500)), Verdict::Agree);
        assert_eq!(judge_cell(&refused, &gate(200)), Verdict::WrongReason);
        assert_eq!(judge_cell(&decision(opens("v"), Some(200)), &gate(500)), Verdict::Lockout);
    }

    #[test]
    fn to_run_as_somebody_else_is_a_leak_and_to_run_elsewhere_a_wrong_reason() {
        assert_eq!(judge_cell(&decision(opens("v"), None), &sight(CellOutcome::Opened, None, "w", 200)), Verdict::Leak);
        let elsewhere = CellObservation { route: vec!["Z.z".to_owned()], ..sight(CellOutcome::Opened, None, "v", 200) };
        assert_eq!(judge_cell(&decision(opens("v"), None), &elsewhere), Verdict::WrongReason);
        assert_eq!(judge_cell(&decision(opens("v"), None), &CellObservation::failed("no answer")), Verdict::Error);
    }
}
