//! `check`: the main job.

mod company;
mod ending;
mod record;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::cli::screen::{eprintln, println};

use super::args::CheckArgs;
use super::brought::tell_brought;
use super::exit::{Circumstances, ExitCode, of_run};
use super::lines::lines_report;
use super::own::{OwnWanted, can_be_asked, cut_short, own_checks, show_own_checks, tree_of, worse};
use super::progress::case_bar;
use super::replay::{TARGET_FILE, TargetAgain};
use super::signals::stop_at_signal;
use super::start::Wants;
use super::sweep::Sweep;
use crate::ask::{Canary, Conduct, Event, OutputFolder, Pace, Sender, canaries, conduct, conduct_black_box, page_canaries};
use crate::failure::Failure;
use crate::judge::{KnownDifferences, attribute};
use crate::matomo::Secrets;
use crate::model::Names;
use crate::plan::{BlackBox, Breadth, ChangedPlugins, Filter, OwnEndpoint, Plan, Scenario, black_box, exhaustive_of, tell};
use crate::report::{CanaryRecord, OwnChecksReport, Paint, PlanRecord, Results};
use crate::sut::Environment;
pub use ending::{Ending, show, show_rate, write_reports};
use record::{Planned, Record};

/// Where accepted differences are looked for when no file is named.
const KNOWN_DIFFERENCES: &str = "known-differences.toml";

/// A run that ended.
pub struct Run {
    /// What it found.
    pub results: Results,
    /// What is known beside it.
    pub ending: Ending,
    /// Tokens of the Matomo that was asked.
    pub secrets: Secrets,
    /// Where the results are.
    pub output: OutputFolder,
    /// What endpoints ask for themselves, where that was asked.
    pub own: Option<OwnChecksReport>,
}

/// Runs `check`.
pub async fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let Some(run) = Box::pin(carry_out(args)).await? else { return Ok(ExitCode::Conformant) };
    // Reports first: whatever happens to the terminal, they are there.
    write_reports(&run.results, &args.reports, &run.secrets)?;
    show_rate(&run.results, &run.ending, &run.output);
    show(&run.results, &run.secrets, run.ending.whole)?;
    let own = run.own.as_ref().map_or(ExitCode::Conformant, show_own_checks);
    Ok(worse(run.ending.exit, own))
}

/// Starts the target, asks everything and writes the results; nothing where the cases were only to be listed.
pub async fn carry_out(args: &CheckArgs) -> Result<Option<Run>, Failure> {
    let filter = args.cases.filter()?;
    let known = known_differences(args.known_differences.as_deref())?;
    let scenarios = Scenario::read_all(args.scenarios.as_deref()).map_err(Failure::usage)?;
    let wanted = OwnWanted::read(&args.own)?;
    let sweep = Sweep::read(&args.sweep)?;
    if args.attach.url.is_some() && !sweep.is_whole() {
        return Err(
            Failure::usage("--changed-files and --only-plugin need a Matomo that is started here").hint("leave them out with --url")
        );
    }
    let begun = Instant::now();
    let own_wanted = !args.list && (args.own_checks || args.own.wanted());
    // Taken first: a directory in use or a full disk must not cost a start.
    let mut output = if args.list { None } else { Some(OutputFolder::create(&args.output)?) };
    let mut environment = match &args.attach.url {
        Some(url) => super::attach::attach(url, &args.attach, args.target.start.start_limit).await?,
        None => super::start::start(&args.target, wants(args, own_wanted, sweep.changed_files.clone())).await?,
    };
    can_be_asked(&environment, own_wanted)?;
    let coverage = environment.coverage.take();
    let names = environment.catalogue.names();
    if let Some(name) = sweep.plugins.iter().find(|name| !names.activated.contains(*name)) {
        return Err(Failure::usage(format!("no plugin {name:?} is switched on")).hint("see --activate and --plugin-dir"));
    }
    let mut plan = plan(&environment, &names, &filter, &sweep, args);
    let tellings = match environment.attached {
        // Stories look at what only the probe tells.
        Some(_) => Vec::new(),
        None => tell(&mut plan, &scenarios, &environment.features, |id| filter.takes(id)).map_err(Failure::usage)?,
    };
    let record = plan_record(&plan, args, &sweep);
    if let Some(shard) = args.shard {
        shard.take(&mut plan);
    }
    let Some(mut output) = output.take() else {
        for case in &plan.cases {
            println!("{}", plan.id(*case));
        }
        return Ok(None);
    };
    output.hide(&environment.secrets);
    if plan.cases.is_empty() {
        let why = if record.cases == 0 { "no case matches the filter" } else { "there are more shards than cases" };
        return Err(Failure::inconclusive(format!("{why}: nothing would be compared")).hint("see the ids with --list"));
    }
    output.list_cases(plan.cases.iter().map(|case| plan.id(*case)))?;
    let again = if args.attach.url.is_some() { TargetAgain::elsewhere() } else { TargetAgain::of(&args.target) };
    output.write(TARGET_FILE, &again.to_json())?;
    describe_target(&environment, plan.cases.len(), &record);

    let limit = Conduct::limit_from(baseline(&environment));
    let sender = Sender::to(&environment, &[], limit)?;
    let settings = args.concurrency.conduct(&args.limit);
    let signal = stop_at_signal(&settings.stop);

    let mut pace = environment.attached.as_ref().map(|attached| Pace::new(attached.rate));
    let mut failed = canaries_of(&environment, &sender, &mut pace).await;
    let known = known.of_release(&environment.features.version, jiff::Zoned::now().date());
    let mut record = Record::new(&environment, Planned { plan: &plan, record, seed: args.order.seed, known, told: tellings });
    let requests = Instant::now();
    let bar = case_bar(plan.cases.len() as u64);
    let note = |event: Event<'_>| {
        bar.inc(1);
        record.note(&event, &mut output)?;
        if args.fail_fast && event.verdict.differs() {
            settings.stop.ask();
        }
        Ok::<(), Failure>(())
    };
    match &mut pace {
        Some(pace) => conduct_black_box(&environment, &names, &plan, &sender, &settings, pace, note).await?,
        None => conduct(&environment, &names, &plan, &sender, &settings, note).await?,
    }
    bar.finish_and_clear();
    let took = requests.elapsed();
    let takes = |endpoint: &OwnEndpoint| sweep.takes(&endpoint.name);
    let own = own_checks(&environment, tree_of(&args.target)?.as_ref(), &wanted, takes, &settings, &output).await?;
    let interrupted = signal.is_finished();
    signal.abort();
    if !interrupted {
        company::name_words(&mut record, &environment, &names, &plan, &sender).await;
        failed.extend(canaries_of(&environment, &sender, &mut pace).await);
    }
    output.flush()?;

    let out_of_time = settings.deadline.is_some_and(|deadline| Instant::now() >= deadline);
    if let Some(mut coverage) = coverage {
        coverage.news()?;
        record.results.lines = lines_report(&args.target, coverage.lines())?;
    }
    let (results, exit) = conclude(record, failed, environment.attached.is_some(), out_of_time, interrupted);
    let text = environment.secrets.redact(&format!("{:#}\n", results.to_json()));
    output.write("results.json", &text)?;
    // All reports are made of what was written, in which no token stands in clear.
    let results = Results::parse(&text).map_err(|why| Failure::environment(format!("results.json cannot be read back: {why}")))?;
    let exit = worse(exit, cut_short(&environment, own.as_ref(), interrupted));
    let ending = Ending { exit, requests: took, whole: begun.elapsed(), retried: sender.retried() };
    Ok(Some(Run { results, ending, secrets: environment.secrets.clone(), output, own }))
}

/// What is written down of a plan.
fn plan_record(plan: &Plan, args: &CheckArgs, sweep: &Sweep) -> PlanRecord {
    PlanRecord {
        cases: plan.cases.len() as u64,
        digest: plan.digest(),
        only: args.cases.only.clone(),
        skip: args.cases.skip.clone(),
        full: args.full,
        touched: sweep.touched.clone(),
        only_plugins: sweep.plugins.clone(),
        shard: args.shard,
    }
}

/// What a run wants of its target.
fn wants(args: &CheckArgs, guarded: bool, changed_files: Vec<String>) -> Wants {
    Wants { coverage: args.coverage, guarded, words: true, changed_files, ..Wants::default() }
}

/// What follows from what was found. A shard alone need not decide every clause, nor meet every known difference.
fn conclude(record: Record, failed: Vec<Canary>, from_outside: bool, out_of_time: bool, interrupted: bool) -> (Results, ExitCode) {
    let entries = record.entries();
    let Record { mut results, known, done, .. } = record;
    results.tally.not_run = results.tally.cases - done;
    for tally in results.groups.values_mut() {
        tally.not_run = tally.cases - tally.run();
    }
    results.complete = results.tally.not_run == 0;
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
    if whole && !from_outside {
        results.undecided = results.coverage.undecided();
    }
    settle(&mut results);
    let circumstances = Circumstances {
        canary_failed: !results.canaries.is_empty(),
        undecided: !results.undecided.is_empty(),
        changed: false,
        out_of_time: out_of_time && !results.complete,
        interrupted,
    };
    let exit = of_run(&results.tally, circumstances);
    results.exit = exit as u8;
    (results, exit)
}

/// Settles on one clause for each difference.
pub fn settle(results: &mut Results) {
    let settled = attribute(&results.differences.iter().map(|difference| difference.suspects.clone()).collect::<Vec<_>>());
    for (difference, clause) in results.differences.iter_mut().zip(settled) {
        difference.clause = clause.unwrap_or(difference.clause);
    }
}

/// The default plan or the whole product; where nothing but pages can be read, the endpoints whose pages are known.
fn plan(environment: &Environment, names: &Names, filter: &Filter, sweep: &Sweep, args: &CheckArgs) -> Plan {
    let features = &environment.features;
    let mut slots = environment.slots.iter().map(|served| served.slot.clone());
    if let Some(attached) = &environment.attached
        && let Some(slot) = slots.next()
    {
        let known = BlackBox { features, world: &environment.world, site: attached.site, side_effects: attached.side_effects };
        return black_box(&known, slot, filter);
    }
    let breadth = if args.full { Breadth::Full } else { Breadth::Default };
    let swept = |endpoint: &str| sweep.takes(endpoint);
    exhaustive_of(names, features, slots.collect(), breadth, filter, args.order.seed, swept)
}

async fn canaries_of(environment: &Environment, sender: &Sender, pace: &mut Option<Pace>) -> Vec<Canary> {
    match pace {
        Some(pace) => page_canaries(environment, sender, pace).await,
        None => canaries(environment, sender).await,
    }
}

/// The file that was named, else the one that lies here, else none.
fn known_differences(named: Option<&Path>) -> Result<KnownDifferences, Failure> {
    match named {
        Some(file) => KnownDifferences::read(file),
        None if Path::new(KNOWN_DIFFERENCES).is_file() => KnownDifferences::read(Path::new(KNOWN_DIFFERENCES)),
        None => Ok(KnownDifferences::default()),
    }
}

/// The slowest phase of first answers, from which the limit for one answer is taken.
pub fn baseline(environment: &Environment) -> Duration {
    let slots = u32::try_from(environment.slots.len()).unwrap_or(1).max(1);
    let first = environment.phases.all().iter().find(|(name, _)| name.starts_with("first answer"));
    first.map_or(Duration::from_millis(500), |(_, took)| *took / slots)
}

pub fn describe_target(environment: &Environment, cases: usize, record: &PlanRecord) {
    let software: Vec<String> = environment.software.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let features: Vec<String> = environment.features.has.iter().map(ToString::to_string).collect();
    let own = environment.catalogue.own_endpoints().count();
    if environment.is_simulated() {
        eprintln!("{}simulated target: no real Matomo is tested{:#}", Paint::WARN, Paint::WARN);
    }
    eprintln!("{} ({}), {own} endpoints, {} slots, {cases} cases", environment.name, software.join(", "), environment.slots.len());
    match &record.touched {
        Some(ChangedPlugins::Everything(file)) => eprintln!("changed files: {file} may move every endpoint, so all are swept"),
        Some(ChangedPlugins::Plugins(plugins)) if plugins.is_empty() => eprintln!("changed files: no plugin is touched, so none is swept"),
        Some(ChangedPlugins::Plugins(plugins)) => {
            eprintln!("changed files: swept are {}", plugins.iter().cloned().collect::<Vec<_>>().join(", "));
        }
        None => {}
    }
    if !record.only_plugins.is_empty() {
        eprintln!("swept are {} only", record.only_plugins.join(", "));
    }
    if let Some(shard) = record.shard {
        eprintln!("shard {shard} of {} cases", record.cases);
    }
    if let Some(attached) = &environment.attached {
        eprintln!("attached: read by the page alone, without the probe; at most {} requests a second", attached.rate);
    }
    eprintln!("features: {}", if features.is_empty() { "none".to_owned() } else { features.join(", ") });
    for (feature, why) in &environment.features.because {
        let has = if environment.features.has(*feature) { "has" } else { "lacks" };
        eprintln!("  {has} {feature}: {why}");
        if why.starts_with("promised") {
            eprintln!("{}note:{:#} {feature} is {why}", Paint::WARN, Paint::WARN);
        }
    }
    tell_brought(environment);
    let phases: Vec<String> = environment.phases.all().iter().map(|(name, took)| format!("{name} {:.2} s", took.as_secs_f64())).collect();
    eprintln!("started in {:.2} s: {}", environment.phases.total().as_secs_f64(), phases.join(", "));
}
