//! What a plugin of others decides beside Matomo: a difference that hangs on it is unknown, with the plugin's name.

use super::Verdict;
use crate::matomo::{CellObservation, Listener, Moves, Observation};
use crate::model::{Answer, Decision, Layer, Reason, Role};

/// The same verdict, unless a plugin's listener may be what made the difference: then nobody knows, and the observation says on whom it hangs.
pub fn hanging_on(listeners: &[Listener], decision: &Decision, observation: Observation, verdict: Verdict) -> (Observation, Verdict) {
    let Observation::Clear { answer, status, .. } = &observation else { return (observation, verdict) };
    if !verdict.differs() {
        return (observation, verdict);
    }
    match likeliest(listeners, &decision.answer, answer) {
        Some(listener) if is_the_plugins_matter(listener, &decision.answer, answer) => (observation, Verdict::Agree),
        Some(listener) => {
            let why = format!("{}; it hangs on what the plugin {} makes of {}", observation.in_words(), listener.plugin, listener.to);
            (Observation::Unknown { status: *status, why }, Verdict::Unknown)
        }
        None => (observation, verdict),
    }
}

/// The same for a cell of the access matrix.
pub fn cell_hanging_on(listeners: &[Listener], decision: &Decision, sight: &mut CellObservation, verdict: Verdict) -> Verdict {
    if !verdict.differs() {
        return verdict;
    }
    let live = match (sight.reason, &sight.who) {
        (Some(reason), _) => Answer::Denied { reason },
        (None, Some(who)) => Answer::Opened { who: who.clone(), route: sight.route.clone(), nested: None },
        (None, None) => return verdict,
    };
    let Some(listener) = likeliest(listeners, &decision.answer, &live) else { return verdict };
    if is_the_plugins_matter(listener, &decision.answer, &live) {
        return Verdict::Agree;
    }
    sight.message = Some(format!("it hangs on what the plugin {} makes of {}", listener.plugin, listener.to));
    Verdict::Unknown
}

/// Whether nothing of Matomo's rules is touched: a plugin answers refusals with a status of its own, or it refuses for an endpoint of its own, in
/// a listener instead of in the action, which is as good as that one's own check.
fn is_the_plugins_matter(listener: &Listener, ours: &Answer, live: &Answer) -> bool {
    match (listener.moves, live) {
        (Moves::Refusal, _) => true,
        (Moves::Dispatch, Answer::Denied { reason }) if *reason != Reason::ActionNotFound => {
            endpoint_of(ours).and_then(|endpoint| endpoint.split('.').next()) == Some(&listener.plugin)
        }
        _ => false,
    }
}

/// The endpoint that is opened, behind those that lead to it.
fn endpoint_of(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::Opened { route, .. } => route.last().map(String::as_str),
        Answer::Denied { .. } => None,
    }
}

/// The listener that may have turned the one answer into the other; where both are the same refusal, first those that answer refusals.
fn likeliest<'a>(listeners: &'a [Listener], ours: &Answer, live: &Answer) -> Option<&'a Listener> {
    let hears = |listener: &&Listener| match (&listener.endpoint, endpoint_of(ours)) {
        (Some(endpoint), Some(opened)) => endpoint == opened,
        _ => true,
    };
    listeners
        .iter()
        .filter(hears)
        .filter(|listener| may_make(listener.moves, ours, live))
        .min_by_key(|listener| listener.moves != Moves::Refusal)
}

/// Whether a listener of this kind can turn the one answer into the other, without having made somebody of nobody or somebody else.
fn may_make(moves: Moves, ours: &Answer, live: &Answer) -> bool {
    let behind = |answer: &Answer| match answer {
        Answer::Opened { .. } => true,
        Answer::Denied { reason } => reason.layer() == Layer::Behind,
    };
    let same_who = match (ours, live) {
        (Answer::Opened { who, .. }, Answer::Opened { who: other, .. }) => who == other,
        _ => true,
    };
    match moves {
        // It is asked when the gate was passed.
        Moves::Dispatch => behind(ours) && behind(live) && same_who,
        // The same one, with another status or page.
        Moves::Refusal => matches!((ours, live), (Answer::Denied { reason }, Answer::Denied { reason: other }) if reason == other),
        Moves::Rights => match (ours, live) {
            // Nobody may become somebody, and nobody somebody else; rights of one's own may be others, and a token may be worth nothing.
            (Answer::Opened { who, .. }, Answer::Opened { who: other, .. }) => {
                who.rights != other.rights && (who.login == other.login || other.login == "anonymous")
            }
            (Answer::Denied { reason: Reason::GateSuperUser }, Answer::Opened { who, .. }) => !who.rights.superuser,
            (Answer::Denied { reason: Reason::GateSomeWrite }, Answer::Opened { who, .. }) => !who.rights.somewhere(Role::Write),
            (Answer::Denied { reason }, Answer::Opened { .. }) => reason.layer() == Layer::Behind,
            (_, Answer::Denied { .. }) => true,
        },
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::model::{ClauseId, Rights, Trace, Who};

    fn opened(login: &str, rights: Rights) -> Answer {
        Answer::Opened { who: Who { login: login.to_owned(), rights }, route: vec!["A.b".to_owned()], nested: None }
    }

    fn refused(reason: Reason) -> Answer {
        Answer::Denied { reason }
    }

    fn view() -> Rights {
        Rights::on([1], Role::View)
    }

    fn write() -> Rights {
        Rights::on([1], Role::Write)
    }

    #[rstest]
    #[case::refused_by_its_dispatch(Moves::Dispatch, opened("view", view()), refused(Reason::NoRight), true)]
    #[case::a_leak_at_the_gate(Moves::Dispatch, refused(Reason::GateSuperUser), opened("super", Rights::all()), false)]
    #[case::a_lockout_at_the_gate(Moves::Dispatch, opened("view", view()), refused(Reason::GateSomeWrite), false)]
    #[case::another_refusal(Moves::Refusal, refused(Reason::GateSuperUser), refused(Reason::NoRight), false)]
    #[case::a_refusal_that_opens(Moves::Refusal, refused(Reason::GateSuperUser), opened("super", Rights::all()), false)]
    #[case::rights_lowered(Moves::Rights, refused(Reason::GateSomeWrite), opened("write", view()), true)]
    #[case::rights_as_they_are(Moves::Rights, refused(Reason::GateSomeWrite), opened("write", write()), false)]
    #[case::super_as_it_is(Moves::Rights, refused(Reason::GateSuperUser), opened("super", Rights::all()), false)]
    #[case::rights_raised(Moves::Rights, opened("view", view()), refused(Reason::GateSomeWrite), true)]
    #[case::rights_raised_and_open(Moves::Rights, opened("view", view()), opened("view", write()), true)]
    #[case::a_token_that_is_worth_nothing(Moves::Rights, opened("view", view()), opened("anonymous", Rights::none()), true)]
    #[case::nobody_became_somebody(Moves::Rights, opened("anonymous", Rights::none()), opened("view", view()), false)]
    #[case::somebody_else(Moves::Rights, opened("view", view()), opened("write", write()), false)]
    #[case::a_bogus_token_for_the_api(Moves::Rights, refused(Reason::NotAuthenticated), opened("view", view()), false)]
    fn only_what_a_listener_can_have_made_is_unknown(
        #[case] moves: Moves,
        #[case] ours: Answer,
        #[case] live: Answer,
        #[case] expected: bool,
    ) {
        let listener = Listener { plugin: "MyLogin".to_owned(), to: "the event X".to_owned(), moves, endpoint: None };
        let decision = Decision { answer: ours, trace: Trace::default(), clause: ClauseId::TokenNone, status: None };
        let seen = Observation::Clear { answer: live, status: 200, message: None, guarded: false };
        let (observation, verdict) = hanging_on(&[listener], &decision, seen.clone(), Verdict::Leak);
        if expected {
            assert_eq!(verdict, Verdict::Unknown);
            assert!(observation.in_words().contains("the plugin MyLogin makes of the event X"), "{observation:?}");
        } else {
            assert_eq!((observation, verdict), (seen.clone(), Verdict::Leak));
        }
        assert_eq!(hanging_on(&[], &decision, seen.clone(), Verdict::Leak), (seen.clone(), Verdict::Leak));
    }

    #[test]
    fn the_status_of_a_refusal_is_of_those_who_answer_refusals_and_nothing_else_is() {
        let listener = |plugin: &str, moves| Listener { plugin: plugin.to_owned(), to: "the event X".to_owned(), moves, endpoint: None };
        let both = [listener("CustomAlerts", Moves::Dispatch), listener("MyLogin", Moves::Refusal)];
        let (no_right, opens) = (refused(Reason::NoRight), opened("view", view()));
        assert_eq!(likeliest(&both, &no_right, &no_right).map(|found| found.plugin.as_str()), Some("MyLogin"));
        assert_eq!(likeliest(&both, &opens, &no_right).map(|found| found.plugin.as_str()), Some("CustomAlerts"));
        let judged = |ours: &Answer, live: &Answer| {
            let decision = Decision { answer: ours.clone(), trace: Trace::default(), clause: ClauseId::TokenNone, status: Some(200) };
            let seen = Observation::Clear { answer: live.clone(), status: 403, message: None, guarded: false };
            hanging_on(&both[1..], &decision, seen, Verdict::WrongReason).1
        };
        assert_eq!(judged(&no_right, &no_right), Verdict::Agree);
        assert_eq!(judged(&refused(Reason::GateSuperUser), &no_right), Verdict::WrongReason);
    }

    #[test]
    fn a_plugin_that_asks_for_a_right_before_its_own_endpoints_is_their_check_and_hears_of_no_other() {
        let judged = |listener: &Listener, reason| {
            let decision = Decision { answer: opened("view", view()), trace: Trace::default(), clause: ClauseId::TokenNone, status: None };
            let seen = Observation::Clear { answer: refused(reason), status: 401, message: None, guarded: false };
            hanging_on(std::slice::from_ref(listener), &decision, seen, Verdict::Lockout).1
        };
        let listener = |plugin: &str, endpoint: Option<&str>| Listener {
            plugin: plugin.to_owned(),
            to: "the event X".to_owned(),
            moves: Moves::Dispatch,
            endpoint: endpoint.map(str::to_owned),
        };
        assert_eq!(judged(&listener("A", None), Reason::NoRight), Verdict::Agree);
        assert_eq!(judged(&listener("A", None), Reason::OtherError), Verdict::Agree);
        assert_eq!(judged(&listener("A", None), Reason::ActionNotFound), Verdict::Unknown);
        assert_eq!(judged(&listener("B", None), Reason::NoRight), Verdict::Unknown);
        assert_eq!(judged(&listener("B", Some("A.b")), Reason::NoRight), Verdict::Unknown);
        assert_eq!(judged(&listener("B", Some("A.c")), Reason::NoRight), Verdict::Lockout);
    }
}
