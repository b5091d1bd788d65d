//! The verdict on one case.

use serde::{Deserialize, Serialize};

use crate::matomo::Observation;
use crate::model::{Answer, Decision, Layer, Reason, SECOND_FACTOR_PAGE, Who};
use crate::plan::{Expectation, ToldOutcome};

/// What the comparison of a live answer with the model comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Live allows what the model denies, or runs with more rights than the model gives.
    Leak,
    /// Live denies what the model allows, or runs with fewer rights.
    Lockout,
    /// Both deny, or both allow, but not in the same way.
    WrongReason,
    /// The answer could not be read.
    Unknown,
    /// No answer came.
    Error,
    /// The case was not run.
    NotRun,
    /// Both say the same.
    Agree,
}

impl Verdict {
    /// Name as in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Leak => "leak",
            Self::Lockout => "lockout",
            Self::WrongReason => "wrong-reason",
            Self::Unknown => "unknown",
            Self::Error => "error",
            Self::NotRun => "not-run",
            Self::Agree => "agree",
        }
    }

    /// Whether live and model differ.
    pub fn differs(self) -> bool {
        matches!(self, Self::Leak | Self::Lockout | Self::WrongReason)
    }
}

/// Compares an observation with what must become of the request.
pub fn judge(decision: &Decision, observation: &Observation) -> Verdict {
    match observation {
        // Whoever may not pass the guard of a plugin is not told which endpoints it has (Overlay's constructor, widgets of Goals).
        Observation::Clear { guarded: true, .. } if decision.answer == (Answer::Denied { reason: Reason::ActionNotFound }) => {
            Verdict::Agree
        }
        Observation::Clear { answer, status, .. } => match compare_answers(&decision.answer, answer) {
            Verdict::Agree if decision.status.is_some_and(|promised| promised != *status) => Verdict::WrongReason,
            verdict => verdict,
        },
        Observation::Unknown { .. } => Verdict::Unknown,
        Observation::Failed { .. } => Verdict::Error,
    }
}

/// The same where the page alone was read: it tells neither as whom a request ran, nor whether a login page was shown for want of a right
/// or of a valid token.
pub fn judge_page(decision: &Decision, observation: &Observation) -> Verdict {
    let Observation::Clear { answer, status, .. } = observation else { return judge(decision, observation) };
    let asks_to_log_in = |reason: Reason| matches!(reason, Reason::NoRight | Reason::NotAuthenticated);
    let same = match (&decision.answer, answer) {
        (Answer::Opened { .. }, Answer::Opened { .. }) => true,
        (Answer::Denied { reason: ours }, Answer::Denied { reason: live }) => asks_to_log_in(*ours) && asks_to_log_in(*live),
        _ => false,
    };
    match same {
        true if decision.status.is_some_and(|promised| promised != *status) => Verdict::WrongReason,
        true => Verdict::Agree,
        false => judge(decision, observation),
    }
}

/// Compares an observation with what a story tells.
pub fn judge_told(told: &Expectation, observation: &Observation) -> Verdict {
    match observation {
        Observation::Clear { answer, status, .. } if told.met_by(answer, Some(*status)) => Verdict::Agree,
        Observation::Clear { answer, .. } => match (&told.outcome, answer) {
            (ToldOutcome::Denied(_), Answer::Opened { .. }) => Verdict::Leak,
            (ToldOutcome::Opened { at: Some(page), .. }, _) if page == SECOND_FACTOR_PAGE && past_second_factor(answer) => Verdict::Leak,
            (ToldOutcome::Opened { .. }, Answer::Denied { .. }) => Verdict::Lockout,
            _ => Verdict::WrongReason,
        },
        Observation::Unknown { .. } => Verdict::Unknown,
        Observation::Failed { .. } => Verdict::Error,
    }
}

/// Compares two answers to the same request, the first being what the second is held to.
pub fn compare_answers(expected: &Answer, live: &Answer) -> Verdict {
    match (expected, live) {
        // Whatever comes instead of the page that asks for the second factor, nobody was asked for it.
        _ if expected.asks_second_factor() && past_second_factor(live) => Verdict::Leak,
        (Answer::Opened { .. }, _) if live.asks_second_factor() && !expected.asks_second_factor() => Verdict::Lockout,
        (Answer::Denied { reason }, _) if live.asks_second_factor() && reason.layer() == Layer::Behind => Verdict::WrongReason,
        (Answer::Opened { who: ours, route: our_route, nested: our_nested }, Answer::Opened { who, route, nested }) => {
            let by_who = compare_who(ours, who);
            if by_who != Verdict::Agree {
                return by_who;
            }
            if let (Some(ours), Some(theirs)) = (our_nested, nested)
                && ours != theirs
            {
                return if ours.includes(theirs) { Verdict::Lockout } else { Verdict::Leak };
            }
            if our_route != route || our_nested.is_some() != nested.is_some() { Verdict::WrongReason } else { Verdict::Agree }
        }
        (Answer::Denied { .. }, Answer::Opened { .. }) => Verdict::Leak,
        (Answer::Opened { .. }, Answer::Denied { .. }) => Verdict::Lockout,
        (Answer::Denied { reason: ours }, Answer::Denied { reason: theirs }) => compare_reasons(*ours, *theirs),
    }
}

/// Whether an answer is of what stands behind the page that asks for the second factor.
fn past_second_factor(live: &Answer) -> bool {
    match live {
        Answer::Opened { .. } => !live.asks_second_factor(),
        Answer::Denied { reason } => reason.layer() == Layer::Behind,
    }
}

/// Who it runs as, and with which rights.
pub(super) fn compare_who(ours: &Who, live: &Who) -> Verdict {
    if ours.rights == live.rights {
        // The same rights under another name: somebody runs as somebody else.
        return if ours.login == live.login { Verdict::Agree } else { Verdict::Leak };
    }
    if ours.rights.includes(&live.rights) { Verdict::Lockout } else { Verdict::Leak }
}

/// Two refusals.
pub(super) fn compare_reasons(ours: Reason, live: Reason) -> Verdict {
    if ours == live {
        Verdict::Agree
    } else if ours.layer() <= Layer::Gate && live.layer() == Layer::Behind {
        // Whatever stopped it afterwards: the gate let it through.
        Verdict::Leak
    } else {
        Verdict::WrongReason
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_gets_past_its_second_factor_is_a_leak_and_one_that_is_asked_for_none_is_not() {
        let opened = |at: &str| Answer::Opened { who: Who::nobody(), route: vec![at.to_owned()], nested: None };
        let asks = opened(SECOND_FACTOR_PAGE);
        let page = opened("CoreHome.index");
        let refused = |reason| Answer::Denied { reason };
        assert_eq!(compare_answers(&asks, &page), Verdict::Leak);
        assert_eq!(compare_answers(&asks, &refused(Reason::NoRight)), Verdict::Leak);
        assert_eq!(compare_answers(&asks, &refused(Reason::NotAuthenticated)), Verdict::Lockout);
        assert_eq!(compare_answers(&page, &asks), Verdict::Lockout);
        assert_eq!(compare_answers(&refused(Reason::NoRight), &asks), Verdict::WrongReason);
        assert_eq!(compare_answers(&refused(Reason::GateSomeWrite), &asks), Verdict::Leak);
        assert_eq!(compare_answers(&asks, &asks), Verdict::Agree);
    }

    use crate::model::{ClauseId, Rights, Trace};

    fn decision(answer: Answer) -> Decision {
        Decision { answer, trace: Trace::default(), clause: ClauseId::TokenNone, status: None }
    }

    fn seen(answer: Answer) -> Observation {
        Observation::Clear { answer, status: 200, message: None, guarded: false }
    }

    fn opened(login: &str) -> Answer {
        Answer::Opened { who: Who { login: login.to_owned(), rights: Rights::none() }, route: Vec::new(), nested: None }
    }

    #[test]
    fn a_guard_of_the_plugins_own_hides_what_is_not_there_and_nothing_else() {
        let guarded = Observation::Clear { answer: opened("conformance-view"), status: 200, message: None, guarded: true };
        let judged = |expected| judge(&decision(expected), &guarded);
        assert_eq!(judged(Answer::Denied { reason: Reason::ActionNotFound }), Verdict::Agree);
        assert_eq!(judged(Answer::Denied { reason: Reason::GateSomeWrite }), Verdict::Leak);
        assert_eq!(judged(opened("conformance-view")), Verdict::Agree);
        let open = seen(opened("conformance-view"));
        assert_eq!(judge(&decision(Answer::Denied { reason: Reason::ActionNotFound }), &open), Verdict::Leak);
    }

    #[test]
    fn by_the_page_alone_nobody_is_told_from_somebody_but_open_is_told_from_refused() {
        let refused = |reason| Answer::Denied { reason };
        for (expected, live, verdict) in [
            (opened("conformance-view"), opened(""), Verdict::Agree),
            (refused(Reason::GateSuperUser), opened(""), Verdict::Leak),
            (opened("conformance-view"), refused(Reason::GateSomeWrite), Verdict::Lockout),
            (refused(Reason::NotAuthenticated), refused(Reason::NoRight), Verdict::Agree),
            (refused(Reason::GateSomeWrite), refused(Reason::NoRight), Verdict::Leak),
            (refused(Reason::GateSomeWrite), refused(Reason::GateSuperUser), Verdict::WrongReason),
        ] {
            assert_eq!(judge_page(&decision(expected.clone()), &seen(live.clone())), verdict, "{expected:?} {live:?}");
        }
        let with_status = Decision { status: Some(401), ..decision(refused(Reason::NotAuthenticated)) };
        assert_eq!(judge_page(&with_status, &seen(refused(Reason::NoRight))), Verdict::WrongReason);
    }
}
