//! `check`: the main job.

mod allowance;
mod asking;
mod company;
mod ending;
mod record;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::cli::screen::{eprintln, is_quiet, is_verbose, println};

use super::args::CheckArgs;
use super::brought::tell_brought;
use super::exit::ExitCode;
use super::own::{OwnWanted, can_be_asked, show_own_checks, worse};
use super::replay::{TARGET_FILE, TargetAgain, in_shell};
use super::start::Wants;
use super::sweep::Sweep;
use crate::ask::{Canary, OutputFolder, Pace, Sender, canaries, page_canaries};
use crate::failure::Failure;
use crate::judge::KnownDifferences;
use crate::matomo::Secrets;
use crate::model::Names;
use crate::plan::{BlackBox, Breadth, ChangedPlugins, Filter, Plan, Scenario, black_box, exhaustive_of, tell};
use crate::report::{OwnChecksReport, Paint, PlanRecord, Results};
use crate::sut::Environment;
use asking::{Beside, ask};
pub use ending::{Ending, name_settled, show, show_rate, tell_failures, write_reports};
use record::Planned;

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
    /// What ended it early, and what could not be written.
    pub failures: Vec<Failure>,
}

/// Runs `check`.
pub async fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    args.reports.check()?;
    let Some(mut run) = Box::pin(carry_out(args)).await? else { return Ok(ExitCode::Conformant) };
    // Reports first: whatever happens to the terminal, they are there.
    run.failures.extend(write_reports(&run.results, &args.reports, &run.secrets));
    show_rate(&run.results, &run.ending, &run.output);
    show(&run.results, &run.secrets, run.ending.whole, &replay_line(args, &run))?;
    let own = run.own.as_ref().map_or(ExitCode::Conformant, show_own_checks);
    Ok(tell_failures(&run.failures, worse(run.ending.exit, own)))
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
    if args.each_pattern_takes
        && args.cases.skip.is_empty()
        && !plan.cases.is_empty()
        && let Some(pattern) = filter.idle(plan.cases.iter().map(|case| plan.id(*case)))
    {
        return Err(Failure::usage(format!("--only {pattern} takes no case")).hint("see the ids with --list"));
    }
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

    let known = known.of_release(&environment.features.version, jiff::Zoned::now().date());
    let planned = Planned { plan: &plan, record, seed: args.order.seed, known, told: tellings };
    Box::pin(ask(args, &environment, planned, Beside { names, sweep, wanted, coverage, output, begun })).await.map(Some)
}

/// The line that repeats the plainest difference.
fn replay_line(args: &CheckArgs, run: &Run) -> String {
    let again = if args.attach.url.is_some() { TargetAgain::elsewhere() } else { TargetAgain::of(&args.target) };
    match (run.results.plainest(), again.arguments()) {
        (Some(difference), Some(target)) => format!("matomo-conformance replay {} {target}", in_shell(&difference.case)),
        _ => format!("matomo-conformance replay {}", in_shell(&run.output.path().display().to_string())),
    }
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
    if is_quiet() {
        return;
    }
    let simulated = if environment.is_simulated() { "; simulated target: no real Matomo is tested" } else { "" };
    eprintln!(
        "{} ({}), {own} endpoints, {} slots, {cases} cases{}{simulated}{:#}",
        environment.name,
        software.join(", "),
        environment.slots.len(),
        Paint::WARN,
        Paint::WARN
    );
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
    if is_verbose() {
        eprintln!("features: {}", if features.is_empty() { "none".to_owned() } else { features.join(", ") });
    }
    for (feature, why) in &environment.features.because {
        let has = if environment.features.has(*feature) { "has" } else { "lacks" };
        if is_verbose() {
            eprintln!("  {has} {feature}: {why}");
        }
        if why.starts_with("promised") {
            eprintln!("{}note:{:#} {feature} is {why}", Paint::WARN, Paint::WARN);
        }
    }
    tell_brought(environment);
    let phases: Vec<String> = environment.phases.all().iter().map(|(name, took)| format!("{name} {:.2} s", took.as_secs_f64())).collect();
    if is_verbose() {
        eprintln!("started in {:.2} s: {}", environment.phases.total().as_secs_f64(), phases.join(", "));
    }
}
