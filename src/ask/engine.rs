//! The engine: cases in plan order through a bounded number of requests at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt as _;

use super::sender::Sender;
use super::watch::Watch;
use crate::judge::{Verdict, asks_the_probe, hanging_on, judge_answer};
use crate::matomo::{Observation, Raw};
use crate::model::{Ask, Decision, Names, decide};
use crate::plan::{Case, Plan};
use crate::sut::{Environment, ServedSlot};

/// Cases begun or waiting for each request that runs.
const LOOK_AHEAD: usize = 8;

/// A case that was run.
pub struct Event<'a> {
    /// The case.
    pub case: Case,
    /// What must become of it.
    pub decision: Decision,
    /// What became of it.
    pub observation: Observation,
    /// The comparison.
    pub verdict: Verdict,
    /// Plan it belongs to.
    pub plan: &'a Plan,
    /// Names of the Matomo it ran on.
    pub names: &'a Names,
    /// Matomo it ran on.
    pub environment: &'a Environment,
}

impl Event<'_> {
    /// Asks the model again, for an explanation.
    pub fn with_ask<T>(&self, f: impl FnOnce(&Ask<'_>) -> T) -> T {
        let request = self.plan.request(self.case);
        f(&Ask {
            features: &self.environment.features,
            settings: &self.plan.slot(self.case).settings,
            world: &self.environment.world,
            names: self.names,
            request: &request,
        })
    }
}

/// Asks a run to stop; what is under way is finished.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a run is conducted.
#[derive(Clone)]
pub struct Conduct {
    /// Requests at once.
    pub concurrency: usize,
    /// No case is begun after this.
    pub deadline: Option<Instant>,
    /// Set from outside to end early.
    pub stop: Stop,
    /// Sees that the Matomo is well, where that is looked at.
    pub watch: Option<Arc<Watch>>,
}

impl Conduct {
    /// As many requests at once as keep all cores busy.
    pub fn for_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { concurrency: cores * 3, deadline: None, stop: Stop::default(), watch: None }
    }

    /// With so many requests at once and so many seconds for all of them, where that was said.
    pub fn wanted(concurrency: Option<usize>, seconds: Option<u64>) -> Self {
        let usual = Self::for_this_machine();
        Self {
            concurrency: concurrency.map_or(usual.concurrency, |requests| requests.max(1)),
            deadline: seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds)),
            ..usual
        }
    }

    /// The limit for one answer: far beyond the slowest of some first answers, so that only a hang reaches it.
    pub fn limit_from(baseline: Duration) -> Duration {
        (baseline * 50).clamp(Duration::from_secs(180), Duration::from_secs(300))
    }

    /// Whether no case may be begun any more.
    pub fn over(&self) -> bool {
        self.stop.asked() || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Runs all cases; `each` gets them in the order of the plan and may stop the run by answering an error.
pub async fn conduct<E>(
    environment: &Environment,
    names: &Names,
    plan: &Plan,
    sender: &Sender,
    conduct: &Conduct,
    mut each: impl FnMut(Event<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let seen = |case: Case, decision: &Decision, answer: Answered| {
        let (observation, verdict) = judge_answer(decision, case.shape.dispatch, || asks_the_probe(&plan.request(case)), answer.as_ref());
        hanging_on(&environment.catalogue.listeners, decision, observation, verdict)
    };
    ask_all(environment, names, plan, sender, conduct, (seen, |seen: &(Observation, Verdict)| seen.1), |case, decision, first, again| {
        let (observation, verdict) = match again {
            Some(again) => seen_twice(first, again),
            None => first,
        };
        each(Event { case, decision, observation, verdict, plan, names, environment })
    })
    .await
}

/// What counts of a difference that was asked once more: the worse of two differences, and nothing that came only once.
pub(super) fn seen_twice(first: (Observation, Verdict), second: (Observation, Verdict)) -> (Observation, Verdict) {
    if second.1.differs() {
        return if first.1 <= second.1 { first } else { second };
    }
    let status = match &first.0 {
        Observation::Clear { status, .. } | Observation::Unknown { status, .. } => *status,
        Observation::Failed { .. } => 0,
    };
    let why = format!(
        "a {} that did not come again when it was asked alone: first {}, then {}",
        first.1.name(),
        first.0.in_words(),
        second.0.in_words()
    );
    (Observation::Unknown { status, why }, Verdict::Unknown)
}

/// Sends all cases; `each` gets decision and answer as it came, in the order of the plan, and may stop the run by answering an error.
pub async fn answers<E>(
    environment: &Environment,
    names: &Names,
    plan: &Plan,
    sender: &Sender,
    conduct: &Conduct,
    mut each: impl FnMut(Case, Decision, Answered) -> Result<(), E>,
) -> Result<(), E> {
    let verdict = |answer: &Answered| if answer.is_ok() { Verdict::Agree } else { Verdict::Error };
    let seen = (|_: Case, _: &Decision, answer: Answered| answer, verdict);
    ask_all(environment, names, plan, sender, conduct, seen, |case, decision, answer, _| each(case, decision, answer)).await
}

/// An answer as it came, or why none did.
pub type Answered = Result<Raw, String>;

/// Sends all cases; each answer is read once, and has a verdict by what it is read as. Where the Matomo is watched, whatever does not agree is held against its health, and what differs is asked once more,
/// alone, before it is handed on.
async fn ask_all<T, E>(
    environment: &Environment,
    names: &Names,
    plan: &Plan,
    sender: &Sender,
    conduct: &Conduct,
    (seen, verdict_of): (impl Fn(Case, &Decision, Answered) -> T, impl Fn(&T) -> Verdict),
    mut each: impl FnMut(Case, Decision, T, Option<T>) -> Result<(), E>,
) -> Result<(), E> {
    let served: Vec<Option<&ServedSlot>> =
        plan.slots.iter().map(|slot| environment.slots.iter().find(|served| served.slot.name == slot.name)).collect();
    // More cases are looked ahead than requests run at once: a slow answer must not hold up the others, although results
    // come in the order of the plan.
    let concurrency = conduct.concurrency.max(1);
    let permits = tokio::sync::Semaphore::new(concurrency);
    // Who doubts an answer waits for what is under way, not for all that waits.
    let alone = tokio::sync::RwLock::new(());
    let (permits, alone, seen, verdict_of) = (&permits, &alone, &seen, &verdict_of);
    let run_one = |case: Case| {
        let served = served[usize::from(case.slot)];
        async move {
            let _permit = permits.acquire().await;
            let beside = alone.read().await;
            if conduct.over() {
                return None;
            }
            let request = plan.request(case);
            let ask = Ask {
                features: &environment.features,
                settings: &plan.slot(case).settings,
                world: &environment.world,
                names,
                request: &request,
            };
            let decision = decide(&ask);
            let (who, base) = (Plan::principal(case).name, served.map_or("", |served| served.url.as_str()));
            let first = seen(case, &decision, sender.send(who, base, &request).await);
            let verdict = verdict_of(&first);
            let Some(watch) = conduct.watch.as_ref().filter(|_| verdict != Verdict::Agree) else {
                return Some((case, decision, first, None));
            };
            drop(beside);
            let _alone = alone.write().await;
            let well = || watch.sees_well(base, served.and_then(|served| served.log.as_deref()));
            if !well().await {
                return None;
            }
            // Asking for a dead session ends it, so that it cannot be asked for twice.
            if !verdict.differs() || case.carrier.is_dead() {
                return Some((case, decision, first, None));
            }
            let again = seen(case, &decision, sender.send(who, base, &request).await);
            well().await.then_some((case, decision, first, Some(again)))
        }
    };
    let mut answers = futures::stream::iter(plan.cases.iter().copied()).map(run_one).buffered(concurrency * LOOK_AHEAD);
    loop {
        let next = match &conduct.watch {
            Some(watch) => watch.meanwhile(answers.next()).await.flatten(),
            None => answers.next().await,
        };
        match next.flatten() {
            Some((case, decision, first, again)) => each(case, decision, first, again)?,
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Answer, Reason};

    fn refused(reason: Reason) -> Observation {
        Observation::Clear { answer: Answer::Denied { reason }, status: 401, message: None, guarded: false }
    }

    #[test]
    fn a_difference_counts_where_it_comes_twice_and_is_never_taken_for_agreement_where_it_came_once() {
        let leak = (refused(Reason::NoRight), Verdict::Leak);
        let lockout = (refused(Reason::NotAuthenticated), Verdict::Lockout);
        let agrees = (refused(Reason::GateSomeWrite), Verdict::Agree);
        assert_eq!(seen_twice(leak.clone(), leak.clone()), leak);
        assert_eq!(seen_twice(leak.clone(), lockout.clone()), leak);
        assert_eq!(seen_twice(lockout, leak.clone()), leak);
        let (observation, verdict) = seen_twice(leak, agrees);
        assert_eq!(verdict, Verdict::Unknown);
        assert!(observation.in_words().contains("a leak that did not come again"), "{}", observation.in_words());
    }
}
