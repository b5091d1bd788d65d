//! The engine: cases in plan order through a bounded number of requests at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt as _;

use super::sender::Sender;
use crate::judge::{Verdict, asks_the_probe, hanging_on, judge_answer};
use crate::matomo::{Observation, Raw};
use crate::model::{Ask, Decision, Names, decide};
use crate::plan::{Case, Plan};
use crate::sut::Environment;

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
#[derive(Clone, Debug)]
pub struct Conduct {
    /// Requests at once.
    pub concurrency: usize,
    /// No case is begun after this.
    pub deadline: Option<Instant>,
    /// Set from outside to end early.
    pub stop: Stop,
}

impl Conduct {
    /// As many requests at once as keep all cores busy.
    pub fn for_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { concurrency: cores * 3, deadline: None, stop: Stop::default() }
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
    answers(environment, names, plan, sender, conduct, |case, decision, answer| {
        let (observation, verdict) = judge_answer(&decision, case.shape.dispatch, || asks_the_probe(&plan.request(case)), answer.as_ref());
        let (observation, verdict) = hanging_on(&environment.catalogue.listeners, &decision, observation, verdict);
        each(Event { case, decision, observation, verdict, plan, names, environment })
    })
    .await
}

/// Sends all cases; `each` gets decision and answer as it came, in the order of the plan, and may stop the run by answering an error.
pub async fn answers<E>(
    environment: &Environment,
    names: &Names,
    plan: &Plan,
    sender: &Sender,
    conduct: &Conduct,
    mut each: impl FnMut(Case, Decision, Result<Raw, String>) -> Result<(), E>,
) -> Result<(), E> {
    let urls: Vec<&str> = plan
        .slots
        .iter()
        .map(|slot| environment.slots.iter().find(|served| served.slot.name == slot.name).map_or("", |served| served.url.as_str()))
        .collect();
    // More cases are looked ahead than requests run at once: a slow answer must not hold up the others, although results
    // come in the order of the plan.
    let permits = tokio::sync::Semaphore::new(conduct.concurrency.max(1));
    let permits = &permits;
    let run_one = |case: Case| {
        let base = urls[usize::from(case.slot)];
        async move {
            let _permit = permits.acquire().await;
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
            let answer = sender.send(Plan::principal(case).name, base, &request).await;
            Some((case, decision, answer))
        }
    };
    let mut answers = futures::stream::iter(plan.cases.iter().copied()).map(run_one).buffered(conduct.concurrency.max(1) * LOOK_AHEAD);
    while let Some(answer) = answers.next().await {
        match answer {
            Some((case, decision, answer)) => each(case, decision, answer)?,
            None => break,
        }
    }
    Ok(())
}
