//! `mutants`: how many planted bugs the default plan finds.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{Stream, StreamExt as _};
use serde::Serialize;

use super::args::MutantsArgs;
use super::exit::ExitCode;
use super::progress::case_bar;
use super::screen::{eprintln, println};
use crate::ask::Stop;
use crate::failure::Failure;
use crate::judge::{Verdict, asks_the_probe, judge_answer, suspects};
use crate::model::{Ask, ClauseId, Names, decide};
use crate::plan::{Breadth, Filter, Plan, exhaustive};
use crate::report::Paint;
use crate::sut::simulation::{self, InProcess};

/// Releases on which faults are planted, the one most people run first; a fault is planted on the first that it means something for.
const RELEASES: [&str; 9] = ["5.8", "5.13", "5.2+24103", "6.0", "5.4", "5.2", "4.2.1", "5.0", "4.0.3"];

/// What became of one planted fault.
#[derive(Clone, Debug, Serialize)]
pub struct FaultOutcome {
    /// Its name.
    pub fault: &'static str,
    /// The clause it breaks.
    pub breaks: ClauseId,
    /// The release it was planted in.
    pub release: &'static str,
    /// The case that showed it; `None` where none did.
    pub case: Option<String>,
    /// The verdict on that case.
    pub verdict: Option<Verdict>,
    /// The clause that was named.
    pub named: Option<ClauseId>,
    /// Cases up to and with that one; all where none showed it.
    pub requests: u64,
    /// Whether an answer before that one could not be read.
    pub unclear: bool,
}

/// The first difference of a run.
struct Difference {
    case: String,
    verdict: Verdict,
    named: ClauseId,
}

/// How far a run came.
struct FirstDifference {
    found: Option<Difference>,
    requests: u64,
    /// The first answer that could not be read.
    unclear: Option<String>,
}

/// Runs `mutants`.
pub async fn run(args: &MutantsArgs) -> Result<ExitCode, Failure> {
    if args.own_checks {
        return Box::pin(super::own_mutants::run(args)).await;
    }
    if args.source.is_some() {
        return super::php_mutants::run(args).await;
    }
    let releases: Vec<&'static str> = match args.simulated.as_deref() {
        Some("") | None => RELEASES.to_vec(),
        Some(one) => match RELEASES.iter().find(|known| **known == one) {
            Some(known) => vec![*known],
            None => {
                return Err(
                    Failure::usage(format!("no faults are planted in {one:?}")).hint(format!("give one of {}", RELEASES.join(", ")))
                );
            }
        },
    };
    let planted = planted(&releases)?;
    if args.list {
        for (release, fault) in &planted {
            println!("{:30} {:26} {release:10} {}", fault.name, fault.clause, fault.breaks);
        }
        return Ok(ExitCode::Conformant);
    }
    let plans = plans(&releases, args.order.seed)?;
    let stop = StopOnDrop::default();
    let mut clean = true;
    let mut controls = run_all(releases.iter().map(|release| (plans[release].clone(), None)), &stop);
    for release in &releases {
        if let Some(first) = controls.next().await {
            clean &= told_clean(release, &first?);
        }
    }
    let bar = case_bar(planted.len() as u64);
    let mut outcomes = Vec::new();
    let mut trials = run_all(planted.iter().map(|(release, fault)| (plans[release].clone(), Some(fault.name))), &stop);
    for (release, fault) in &planted {
        bar.set_message(fault.name);
        let Some(first) = trials.next().await else { break };
        let FirstDifference { found, requests, unclear } = first?;
        let outcome = FaultOutcome {
            fault: fault.name,
            breaks: fault.clause,
            release,
            verdict: found.as_ref().map(|found| found.verdict),
            named: found.as_ref().map(|found| found.named),
            case: found.map(|found| found.case),
            requests,
            unclear: unclear.is_some(),
        };
        bar.suspend(|| print(&outcome));
        outcomes.push(outcome);
        bar.inc(1);
    }
    bar.finish_and_clear();
    if args.table {
        print!("{}", table(&outcomes));
    }
    Ok(close(&outcomes, clean))
}

/// Every fault with the release it is planted in.
fn planted(releases: &[&'static str]) -> Result<Vec<(&'static str, simulation::PlantedFault)>, Failure> {
    let mut planted: Vec<(&'static str, simulation::PlantedFault)> = Vec::new();
    for release in releases {
        for fault in simulation::faults(release)? {
            if !planted.iter().any(|(_, known)| known.name == fault.name) {
                planted.push((release, fault));
            }
        }
    }
    Ok(planted)
}

/// A release with the default plan for it.
struct ReleasePlan {
    release: &'static str,
    names: Names,
    plan: Plan,
}

/// The default plans, one for all faults of a release.
fn plans(releases: &[&'static str], seed: u64) -> Result<BTreeMap<&'static str, Arc<ReleasePlan>>, Failure> {
    let of = |release: &&'static str| {
        let matomo = InProcess::new(release, None)?;
        let names = matomo.catalogue.names();
        let plan = exhaustive(&names, &matomo.features, matomo.slots, Breadth::Default, &Filter::default(), seed);
        Ok((*release, Arc::new(ReleasePlan { release, names, plan })))
    };
    releases.iter().map(of).collect()
}

/// Ends what runs in other threads when nobody waits for it any more.
#[derive(Default)]
struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.ask();
    }
}

/// Runs each plan with its fault up to the first difference, as many at once as there are cores; in the order given.
fn run_all(
    trials: impl Iterator<Item = (Arc<ReleasePlan>, Option<&'static str>)>,
    stop: &StopOnDrop,
) -> impl Stream<Item = Result<FirstDifference, Failure>> + Unpin {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let run = move |(of, fault): (Arc<ReleasePlan>, Option<&'static str>), stop: Stop| async move {
        let ended = tokio::task::spawn_blocking(move || first_difference(&of, fault, &stop)).await;
        ended.map_err(|error| Failure::internal(format!("a planted fault could not be tried: {error}")))?
    };
    let trials: Vec<_> = trials.map(|trial| run(trial, stop.0.clone())).collect();
    futures::stream::iter(trials).buffered(cores)
}

/// The other half of the proof: without a fault there is no difference in the same run.
fn told_clean(release: &str, first: &FirstDifference) -> bool {
    match (&first.found, &first.unclear) {
        (None, Some(what)) => {
            eprintln!("{}control {release}:{:#} an answer could not be read, nothing can be concluded: {what}", Paint::LEAK, Paint::LEAK);
            false
        }
        (None, None) => {
            eprintln!("control {release}: {} cases without a fault, no difference", first.requests);
            true
        }
        (Some(found), _) => {
            eprintln!(
                "{}control {release}:{:#} without a fault {} is a {}: nothing can be concluded",
                Paint::LEAK,
                Paint::LEAK,
                found.case,
                found.verdict.name()
            );
            false
        }
    }
}

/// Runs the default plan up to its first difference, without any server in between.
fn first_difference(of: &ReleasePlan, fault: Option<&str>, stop: &Stop) -> Result<FirstDifference, Failure> {
    let ReleasePlan { release, names, plan } = of;
    let matomo = InProcess::new(release, fault)?;
    let mut first = FirstDifference { found: None, requests: 0, unclear: None };
    for case in plan.cases.iter().copied() {
        if stop.asked() {
            return Err(Failure::interrupted());
        }
        let (slot, request) = (plan.slot(case), plan.request(case));
        let ask = Ask { features: &matomo.features, settings: &slot.settings, world: &matomo.world, names, request: &request };
        let decision = decide(&ask);
        let raw = matomo.answer(Some(slot.name), &request).ok_or_else(|| format!("there is no slot {:?}", slot.name));
        let (observation, verdict) = judge_answer(&decision, case.shape.dispatch, || asks_the_probe(&request), raw.as_ref());
        first.requests += 1;
        if verdict.differs() {
            let named = suspects(&ask, &observation).first().copied().unwrap_or(decision.clause);
            first.found = Some(Difference { case: plan.id(case), verdict, named });
            break;
        }
        if verdict != Verdict::Agree && first.unclear.is_none() {
            first.unclear = Some(format!("{}: {}", plan.id(case), observation.in_words()));
        }
    }
    Ok(first)
}

impl FaultOutcome {
    /// Whether the fault was found out. What merely could not be read is not.
    fn caught(&self) -> bool {
        self.verdict.is_some_and(Verdict::differs)
    }
}

fn print(outcome: &FaultOutcome) {
    let (paint, word) = match (outcome.caught(), outcome.unclear) {
        (true, _) => (Paint::FINE, "caught"),
        (false, true) => (Paint::WARN, "unclear"),
        (false, false) => (Paint::LEAK, "MISSED"),
    };
    let case = outcome.case.as_deref().unwrap_or("no case shows it");
    println!("{paint}{word:7}{paint:#} {:28} {:24} {:>6} requests  {case}", outcome.fault, outcome.breaks, outcome.requests);
}

fn close(outcomes: &[FaultOutcome], clean: bool) -> ExitCode {
    let caught = outcomes.iter().filter(|outcome| outcome.caught()).count();
    let paint = if caught == outcomes.len() && clean { Paint::FINE } else { Paint::LEAK };
    println!(
        "{paint}{} planted faults: {caught} caught, {} missed; median {} requests to the first difference; simulated target: no real Matomo was tested{paint:#}",
        outcomes.len(),
        outcomes.len() - caught,
        median(outcomes)
    );
    match (clean, caught == outcomes.len(), outcomes.is_empty()) {
        (false, _, _) | (_, _, true) => ExitCode::Inconclusive,
        (true, false, _) => ExitCode::Difference,
        (true, true, false) => ExitCode::Conformant,
    }
}

/// Half of the caught faults show within so many requests.
fn median(outcomes: &[FaultOutcome]) -> u64 {
    let mut requests: Vec<u64> = outcomes.iter().filter(|outcome| outcome.caught()).map(|outcome| outcome.requests).collect();
    requests.sort_unstable();
    requests.get(requests.len() / 2).copied().unwrap_or_default()
}

/// The kill table of the documents, a line for each stage of the rules.
fn table(outcomes: &[FaultOutcome]) -> String {
    let mut stages: BTreeMap<&str, Vec<FaultOutcome>> = BTreeMap::new();
    for outcome in outcomes {
        let stage = outcome.breaks.clause().stage.name();
        stages.entry(stage).or_default().push(outcome.clone());
    }
    let row = |name: &str, outcomes: &[FaultOutcome]| {
        let caught = outcomes.iter().filter(|outcome| outcome.caught()).count();
        format!("| {name} | {} | {caught} | {} |\n", outcomes.len(), median(outcomes))
    };
    let mut text =
        String::from("| clauses | planted faults | caught | median requests to the first difference |\n| --- | --- | --- | --- |\n");
    for (stage, outcomes) in &stages {
        text += &row(&format!("`{stage}`"), outcomes);
    }
    text + &row("all", outcomes)
}
