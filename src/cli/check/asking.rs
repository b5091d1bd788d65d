//! From a plan to results: asks every case while the Matomo is watched, and says what follows.

use std::sync::Arc;
use std::time::Instant;

use super::allowance::Allowance;
use super::company;
use super::ending::{Ending, name_settled};
use super::record::{Planned, Record};
use super::{Run, baseline, canaries_of};
use crate::ask::{Canary, Conduct, Event, OutputFolder, Pace, Sender, Watch, conduct, conduct_black_box};
use crate::cli::args::CheckArgs;
use crate::cli::exit::{Circumstances, ExitCode, of_run};
use crate::cli::lines::lines_report;
use crate::cli::own::{OwnWanted, cut_short, own_checks, tree_of, worse};
use crate::cli::progress::{CaseProgress, case_bar};
use crate::cli::signals::stop_at_signal;
use crate::cli::sweep::Sweep;
use crate::failure::Failure;
use crate::model::Names;
use crate::plan::OwnEndpoint;
use crate::report::{BudgetRecord, CanaryRecord, Results};
use crate::sut::{Environment, LineCoverage};

/// What a run needs beside its plan.
pub struct Beside<'a> {
    /// Names of the Matomo.
    pub names: Names,
    /// To which endpoints the run is kept.
    pub sweep: Sweep,
    /// With what own checks are compared.
    pub wanted: OwnWanted<'a>,
    /// Which lines run, where that is noted.
    pub coverage: Option<LineCoverage>,
    /// Where results go.
    pub output: OutputFolder,
    /// When all of it began.
    pub begun: Instant,
}

/// Asks everything and writes the results.
pub async fn ask(args: &CheckArgs, environment: &Environment, planned: Planned<'_>, beside: Beside<'_>) -> Result<Run, Failure> {
    let Beside { names, sweep, wanted, coverage, mut output, begun } = beside;
    let limit = Conduct::limit_from(baseline(environment));
    let sender = Sender::to(environment, &[], limit)?;
    let mut settings = args.concurrency.conduct(&args.limit);
    let signal = stop_at_signal(&settings.stop);
    let (watch, _watching) = Watch::over(environment, &settings.stop)?;
    settings.watch = Some(Arc::clone(&watch));

    let mut pace = environment.attached.as_ref().map(|attached| Pace::new(attached.rate));
    let mut failed = watch.meanwhile(canaries_of(environment, &sender, &mut pace)).await.unwrap_or_default();
    let plan = planned.plan;
    let allowance = Allowance::of(args.budget, &mut settings);
    let part = allowance.part(plan);
    let mut record = Record::new(environment, planned);
    let requests = Instant::now();
    let bar = case_bar(part.cases.len() as u64);
    let mut progress = CaseProgress::over(bar.clone());
    let note = |event: Event<'_>| {
        let verdict = record.note(&event, &mut output)?;
        progress.inc(verdict, || event.plan.id(event.case));
        if args.fail_fast && verdict.differs() {
            settings.stop.ask();
        }
        Ok::<(), Failure>(())
    };
    let asked = match &mut pace {
        Some(pace) => conduct_black_box(environment, &names, &part, &sender, &settings, pace, note).await,
        None => conduct(environment, &names, &part, &sender, &settings, note).await,
    };
    bar.finish_and_clear();
    // What was compared so far is told whatever ended it.
    asked.unwrap_or_else(|failure| watch.fail(failure));
    let took = requests.elapsed();
    let spent = record.done < plan.cases.len() as u64 && !settings.stop.asked() && allowance.is_spent(record.done);
    let takes = |endpoint: &OwnEndpoint| sweep.takes(&endpoint.name);
    let own = own_checks(environment, tree_of(&args.target)?.as_ref(), &wanted, takes, &settings, &output).await;
    let own = own.unwrap_or_else(|failure| {
        watch.fail(failure);
        None
    });
    let interrupted = signal.is_finished();
    signal.abort();
    if !interrupted && !watch.failed() {
        let last = async {
            company::name_words(&mut record, environment, &names, plan, &sender).await;
            canaries_of(environment, &sender, &mut pace).await
        };
        failed.extend(watch.meanwhile(last).await.unwrap_or_default());
    }
    let broke = watch.take();
    if broke.is_some() {
        // The canaries of a server that is going tell of that alone.
        failed.clear();
    }
    let out_of_time = !spent && !allowance.is_the_deadline() && settings.deadline.is_some_and(|deadline| Instant::now() >= deadline);
    let spent = spent && broke.is_none() && !interrupted;
    let (asked, planned) = (record.done, record.results.tally.cases);
    record.results.budget = args.budget.map(|given| BudgetRecord { given, asked, planned, spent, accepted: args.budget_ok });
    if let Some(mut coverage) = coverage {
        coverage.news()?;
        record.results.lines = lines_report(&args.target, coverage.lines())?;
    }
    let by_budget = record.results.budget.filter(|budget| budget.spent).map(|budget| budget.in_words());
    let at_first_difference = args.fail_fast && settings.stop.asked();
    record.results.ended_early = by_budget.or_else(|| why_ended(broke.as_ref(), interrupted, out_of_time, at_first_difference));
    let broken = broke.as_ref().map(|failure| failure.kind);
    let circumstances = Circumstances { out_of_time, interrupted, broke: broken, left_out: spent, ..Circumstances::default() };
    let (results, exit) = conclude(record, failed, environment.attached.is_some(), circumstances);
    let mut failures: Vec<Failure> = broke.into_iter().collect();
    failures.extend(name_settled(&mut output, &results).err());
    let text = environment.secrets.redact(&format!("{:#}\n", results.to_json()));
    failures.extend(output.write("results.json", &text).err());
    // All reports are made of what was written, in which no token stands in clear.
    let results = Results::parse(&text).map_err(|why| Failure::environment(format!("results.json cannot be read back: {why}")))?;
    let exit = worse(exit, cut_short(environment, own.as_ref(), interrupted));
    let ending = Ending { exit, requests: took, whole: begun.elapsed(), retried: sender.retried() };
    Ok(Run { results, ending, secrets: environment.secrets.clone(), output, own, failures })
}

/// What follows from what was found. A shard alone need not decide every clause, nor meet every known difference.
fn conclude(record: Record, failed: Vec<Canary>, from_outside: bool, circumstances: Circumstances) -> (Results, ExitCode) {
    let entries = record.entries();
    let Record { mut results, known, done, .. } = record;
    results.tally.not_run = results.tally.cases - done;
    for tally in results.groups.values_mut() {
        tally.not_run = tally.cases - tally.run();
    }
    results.complete = results.tally.not_run == 0;
    results.ended_early = results.ended_early.filter(|_| !results.complete);
    let whole = results.plan.everything() && results.plan.shard.is_none();
    results.entries = entries;
    results.stale = known.stale(results.complete && whole).into_iter().map(|(entry, why)| (entry.case.clone(), why)).collect();
    results.tally.stale = results.stale.len() as u64;
    let canary =
        |canary: Canary| CanaryRecord { principal: canary.principal.to_owned(), should_be: canary.should_be.to_owned(), seen: canary.seen };
    for canary in failed.into_iter().map(canary) {
        // Asked before and after the run, it may have failed twice in the same way.
        if !results.canaries.contains(&canary) {
            results.canaries.push(canary);
        }
    }
    // From outside no run decides every clause.
    let decides_all = whole && !from_outside;
    // Whoever gives a budget wants to know what it cost, whatever else was left out.
    if decides_all || results.budget_spent() {
        results.undecided = results.coverage.undecided();
    }
    results.settle();
    let circumstances = Circumstances {
        canary_failed: !results.canaries.is_empty(),
        undecided: !results.undecided.is_empty() && !results.undecided_is_accepted(),
        out_of_time: circumstances.out_of_time && !results.complete,
        ..circumstances
    };
    let exit = of_run(&results.tally, circumstances);
    results.exit = exit as u8;
    (results, exit)
}

/// Why a run ended before its last case, for its closing line.
fn why_ended(broke: Option<&Failure>, interrupted: bool, out_of_time: bool, at_first_difference: bool) -> Option<String> {
    if let Some(failure) = broke {
        return Some(failure.what.clone());
    }
    let why = match (interrupted, out_of_time, at_first_difference) {
        (true, ..) => "interrupted by a signal",
        (_, true, _) => "the time limit was reached",
        (.., true) => "ended at the first difference (--fail-fast)",
        _ => return None,
    };
    Some(why.to_owned())
}
