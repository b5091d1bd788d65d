//! `mutants`: how many planted bugs the default plan finds.

use std::collections::BTreeMap;
use std::time::Duration;

use super::screen::{eprintln, println};
use serde::Serialize;

use super::args::MutantsArgs;
use super::exit::ExitCode;
use super::progress::case_bar;
use crate::ask::{Conduct, Sender, conduct};
use crate::failure::Failure;
use crate::judge::{Verdict, suspects};
use crate::model::ClauseId;
use crate::plan::{Breadth, Filter, Plan, exhaustive};
use crate::report::Paint;
use crate::sut::{Environment, simulation};

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
    let mut clean = true;
    for release in &releases {
        clean &= control(release, args.order.seed).await?;
    }
    let bar = case_bar(planted.len() as u64);
    let mut outcomes = Vec::new();
    for (release, fault) in &planted {
        bar.set_message(fault.name);
        let environment = simulation::start(release, Some(fault.name)).await?;
        let FirstDifference { found, requests, unclear } = first_difference(&environment, args.order.seed).await?;
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

/// The other half of the proof: without a fault there is no difference in the same run.
async fn control(release: &str, seed: u64) -> Result<bool, Failure> {
    let environment = simulation::start(release, None).await?;
    let FirstDifference { found, requests, unclear } = first_difference(&environment, seed).await?;
    match (found, unclear) {
        (None, Some(what)) => {
            eprintln!("{}control {release}:{:#} an answer could not be read, nothing can be concluded: {what}", Paint::LEAK, Paint::LEAK);
            Ok(false)
        }
        (None, None) => {
            eprintln!("control {release}: {requests} cases without a fault, no difference");
            Ok(true)
        }
        (Some(found), _) => {
            eprintln!(
                "{}control {release}:{:#} without a fault {} is a {}: nothing can be concluded",
                Paint::LEAK,
                Paint::LEAK,
                found.case,
                found.verdict.name()
            );
            Ok(false)
        }
    }
}

/// Runs the default plan up to its first difference.
async fn first_difference(environment: &Environment, seed: u64) -> Result<FirstDifference, Failure> {
    let names = environment.catalogue.names();
    let slots = environment.slots.iter().map(|served| served.slot.clone()).collect();
    let plan: Plan = exhaustive(&names, &environment.features, slots, Breadth::Default, &Filter::default(), seed);
    let sender = Sender::to(environment, &[], Duration::from_secs(30))?;
    let (mut requests, mut unclear) = (0, None);
    let ended = conduct(environment, &names, &plan, &sender, &Conduct::for_this_machine(), |event| {
        requests += 1;
        if !event.verdict.differs() {
            if event.verdict != Verdict::Agree && unclear.is_none() {
                unclear = Some(format!("{}: {}", event.plan.id(event.case), event.observation.in_words()));
            }
            return Ok(());
        }
        let blamed = event.with_ask(|ask| suspects(ask, &event.observation)).first().copied().unwrap_or(event.decision.clause);
        Err(Difference { case: event.plan.id(event.case), verdict: event.verdict, named: blamed })
    })
    .await;
    Ok(FirstDifference { found: ended.err(), requests, unclear })
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
