//! `check`: the main job.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::{Duration, Instant};

use anstream::{eprintln, println};
use serde_json::json;

use super::args::CheckArgs;
use super::exit::{Circumstances, ExitCode, of_run};
use super::progress::case_bar;
use super::signals::stop_at_signal;
use crate::failure::Failure;
use crate::judge::{Coverage, KnownDifferences, List, Seen, Tally, Verdict, attribute, judge_told, suspects};
use crate::matomo::{Observation, curl_line};
use crate::model::Names;
use crate::plan::{BlackBox, Breadth, Filter, PRINCIPALS, Plan, Scenario, Telling, black_box, exhaustive, tell};
use crate::report::{Accepted, Difference, Paint, Results, print_bugs, print_closing, print_coverage, print_scenarios, print_summary};
use crate::run::{Canary, Conduct, Event, OutputFolder, Pace, Sender, canaries, conduct, conduct_black_box, page_canaries, principals_of};
use crate::target::Environment;

/// How many differences are kept for the report; all are in the journal.
const KEPT: usize = 2000;

/// Where accepted differences are looked for when no file is named.
const KNOWN_DIFFERENCES: &str = "known-differences.toml";

/// Runs `check`.
pub async fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let filter = Filter::new(&args.only, &args.skip).map_err(Failure::usage)?;
    let known = known_differences(args.known_differences.as_deref())?;
    let scenarios = Scenario::read_all(args.scenarios.as_deref()).map_err(Failure::usage)?;
    let begun = Instant::now();
    // Taken first: a directory in use or a full disk must not cost a start.
    let mut output = if args.list { None } else { Some(OutputFolder::create(&args.output)?) };
    let environment = match &args.attach.url {
        Some(url) => super::attach::attach(url, &args.attach, args.target.start_limit).await?,
        None => super::start::start(&args.target).await?,
    };
    let names = environment.catalogue.names();
    let mut plan = plan(&environment, &names, &filter, args);
    let tellings = match environment.attached {
        // Stories look at what only the probe tells.
        Some(_) => Vec::new(),
        None => tell(&mut plan, &scenarios, &environment.features, |id| filter.takes(id)).map_err(Failure::usage)?,
    };
    let Some(output) = output.as_mut() else {
        for case in &plan.cases {
            println!("{}", plan.id(*case));
        }
        return Ok(ExitCode::Conformant);
    };
    output.hide(&environment.secrets);
    if plan.cases.is_empty() {
        return Err(Failure::inconclusive("no case matches the filter: nothing would be compared").hint("see the ids with --list"));
    }
    output.list_cases(plan.cases.iter().map(|case| plan.id(*case)))?;
    describe_target(&environment, plan.cases.len());

    let limit = Conduct::limit_from(baseline(&environment));
    let sender = Sender::new(PRINCIPALS.iter().map(|who| who.name), &environment.secrets, limit)?;
    let settings = Conduct::wanted(args.concurrency, args.time_limit);
    let signal = stop_at_signal(&settings.stop);

    let mut pace = environment.attached.as_ref().map(|attached| Pace::new(attached.rate));
    let mut failed = canaries_of(&environment, &sender, &mut pace).await;
    let known = known.of_release(&environment.features.version, jiff::Zoned::now().date());
    let mut record = Record::new(&environment, &plan, args.seed, known, tellings);
    let requests = Instant::now();
    let bar = case_bar(plan.cases.len() as u64);
    let note = |event: Event<'_>| {
        bar.inc(1);
        record.note(&event, output)?;
        if args.fail_fast && event.verdict == Verdict::Leak {
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
    let interrupted = signal.is_finished();
    signal.abort();
    if !interrupted {
        failed.extend(canaries_of(&environment, &sender, &mut pace).await);
    }
    output.flush()?;

    // From outside no run decides every clause.
    let everything = filter.is_empty() && environment.attached.is_none();
    let circumstances = Circumstances {
        canary_failed: !failed.is_empty(),
        undecided: everything && !record.results.coverage.undecided().is_empty(),
        out_of_time: settings.deadline.is_some_and(|deadline| Instant::now() >= deadline) && record.done < plan.cases.len() as u64,
        interrupted,
    };
    let mut results = record.results;
    results.tally.not_run = results.tally.cases - record.done;
    results.complete = results.tally.not_run == 0;
    let whole = results.complete && filter.is_empty();
    results.stale = record.known.stale(whole).into_iter().map(|(entry, why)| (entry.case.clone(), why)).collect();
    results.tally.stale = results.stale.len() as u64;
    let settled = attribute(&results.differences.iter().map(|difference| difference.suspects.clone()).collect::<Vec<_>>());
    for (difference, clause) in results.differences.iter_mut().zip(settled) {
        difference.clause = clause;
    }
    let exit = of_run(&results.tally, circumstances);
    results.exit = exit as u8;
    output.write("results.json", &format!("{:#}\n", results.to_json()))?;
    let ending = Ending { failed: &failed, circumstances, took, begun, whole: everything };
    finish(&results, &ending, &sender, output).map_err(|error| Failure::environment(error.to_string()))?;
    Ok(exit)
}

/// The default plan or the whole product; where nothing but pages can be read, the endpoints whose pages are known.
fn plan(environment: &Environment, names: &Names, filter: &Filter, args: &CheckArgs) -> Plan {
    let features = &environment.features;
    let mut slots = environment.slots.iter().map(|served| served.slot.clone());
    if let Some(attached) = &environment.attached
        && let Some(slot) = slots.next()
    {
        let known = BlackBox { features, world: &environment.world, site: attached.site, side_effects: attached.side_effects };
        return black_box(&known, slot, filter);
    }
    let breadth = if args.full { Breadth::Full } else { Breadth::Default };
    exhaustive(names, features, slots.collect(), breadth, filter, args.seed)
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
pub(super) fn baseline(environment: &Environment) -> Duration {
    let slots = u32::try_from(environment.slots.len()).unwrap_or(1).max(1);
    let first = environment.phases.all().iter().find(|(name, _)| name.starts_with("first answer"));
    first.map_or(Duration::from_millis(500), |(_, took)| *took / slots)
}

/// Says what is tested, before the first request.
pub(super) fn describe_target(environment: &Environment, cases: usize) {
    let software: Vec<String> = environment.software.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let features: Vec<String> = environment.features.has.iter().map(ToString::to_string).collect();
    let own = environment.catalogue.own_endpoints().count();
    if environment.is_simulated() {
        eprintln!("{}simulated target: no real Matomo is tested{:#}", Paint::WARN, Paint::WARN);
    }
    eprintln!("{} ({}), {own} endpoints, {} slots, {cases} cases", environment.name, software.join(", "), environment.slots.len());
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
    let phases: Vec<String> = environment.phases.all().iter().map(|(name, took)| format!("{name} {:.2} s", took.as_secs_f64())).collect();
    eprintln!("started in {:.2} s: {}", environment.phases.total().as_secs_f64(), phases.join(", "));
}

/// Collects what a run finds.
struct Record<'a> {
    results: Results<'a>,
    known: KnownDifferences,
    /// What stories tell of a case, by its id.
    tellings: HashMap<String, Vec<Telling>>,
    done: u64,
}

impl<'a> Record<'a> {
    fn new(environment: &'a Environment, plan: &Plan, seed: u64, known: KnownDifferences, told: Vec<(String, Telling)>) -> Self {
        let mut coverage = Coverage::new(&environment.features);
        for slot in &plan.slots {
            coverage.declare("slot", slot.name);
        }
        let principals = if environment.attached.is_some() {
            principals_of(plan)
        } else {
            PRINCIPALS.iter().filter(|who| who.exists_in(&environment.features)).map(|who| who.name).collect()
        };
        for who in principals {
            coverage.declare("principal", who);
        }
        let tally = Tally { cases: plan.cases.len() as u64, ..Tally::default() };
        let results = Results {
            environment,
            seed,
            tally,
            coverage,
            scenarios: BTreeMap::new(),
            differences: Vec::new(),
            left_out: 0,
            accepted: Vec::new(),
            stale: Vec::new(),
            exit: 0,
            complete: false,
        };
        let mut tellings: HashMap<String, Vec<Telling>> = HashMap::new();
        for (case, telling) in told {
            tellings.entry(case).or_default().push(telling);
        }
        Self { results, known, tellings, done: 0 }
    }

    /// The verdict on a case, the stories that tell of it heard, and the first that is not as it was told.
    fn verdict(&mut self, id: &str, event: &Event<'_>) -> (Verdict, Option<String>) {
        let (mut verdict, mut broken) = (event.verdict, None);
        for telling in self.tellings.get(id).into_iter().flatten() {
            let told = judge_told(&telling.expect, &event.observation);
            let count = self.results.scenarios.entry(telling.scenario.clone()).or_default();
            count.requests += 1;
            count.as_told += u64::from(told == Verdict::Agree);
            if told.differs() {
                verdict = verdict.min(told);
                broken.get_or_insert_with(|| format!("{}: {}: {}", telling.scenario, telling.says, telling.expect));
            }
        }
        (verdict, broken)
    }

    fn note(&mut self, event: &Event<'_>, output: &mut OutputFolder) -> Result<(), Failure> {
        let (plan, case) = (event.plan, event.case);
        self.done += 1;
        let coverage = &mut self.results.coverage;
        coverage.trace(&event.decision.trace);
        coverage.count("slot", plan.slot(case).name);
        coverage.count("principal", Plan::principal(case).name);
        coverage.count("carrier", &case.carrier.to_string());
        coverage.count("shape", case.shape.name());
        let id = plan.id(case);
        let (verdict, scenario) = self.verdict(&id, event);
        self.results.coverage.count("verdict", verdict.name());
        if let Some(accepted) = self.accept(&id, verdict, event) {
            self.results.tally.known += 1;
            let line = json!({"case": id, "verdict": verdict, "clause": event.decision.clause, "accepted": accepted.list});
            self.results.accepted.push(accepted);
            return output.append(&line);
        }
        self.results.tally.add(verdict);
        if verdict == Verdict::Agree {
            return output.append(&json!({"case": id, "verdict": verdict, "clause": event.decision.clause}));
        }
        let suspects = event.with_ask(|ask| suspects(ask, &event.observation));
        let difference = Difference {
            verdict,
            clause: suspects.first().copied().unwrap_or(event.decision.clause),
            suspects,
            expected: event.decision.answer.clone(),
            observed: event.observation.clone(),
            trace: event.decision.trace.clone(),
            curl: curl_line(plan.slot(case).name, &plan.request(case)),
            scenario,
            case: id,
        };
        output.append(&serde_json::to_value(&difference).map_err(|error| Failure::environment(error.to_string()))?)?;
        if self.results.differences.len() < KEPT {
            self.results.differences.push(difference);
        } else {
            self.results.left_out += 1;
        }
        Ok(())
    }

    /// The entry of the file of known differences that accepts a difference.
    fn accept(&mut self, case: &str, verdict: Verdict, event: &Event<'_>) -> Option<Accepted> {
        let Observation::Clear { answer, .. } = &event.observation else { return None };
        if !verdict.differs() {
            return None;
        }
        let (expected, observed) = (event.decision.answer.outcome(), answer.outcome());
        let entry = self.known.accepts(Seen { case, verdict, expected: &expected, observed: &observed })?;
        Some(Accepted {
            case: case.to_owned(),
            verdict,
            list: if entry.list == List::Known { "known" } else { "flaky" },
            reason: entry.reason.clone(),
            link: entry.link.clone(),
        })
    }
}

/// What is known of a run beside its results.
struct Ending<'a> {
    failed: &'a [Canary],
    circumstances: Circumstances,
    took: Duration,
    begun: Instant,
    /// Whether the plan was not filtered.
    whole: bool,
}

fn finish(results: &Results<'_>, ending: &Ending<'_>, sender: &Sender, output: &OutputFolder) -> std::io::Result<()> {
    let Ending { failed, circumstances, took, begun, whole } = *ending;
    let mut out = anstream::stdout();
    let hide = |text: String| sender.secrets().redact(&text);
    print_coverage(&mut out, &results.coverage, whole)?;
    print_summary(&mut out, results)?;
    print_bugs(&mut out, results)?;
    print_scenarios(&mut out, results)?;
    for canary in failed {
        eprintln!(
            "{}canary:{:#} {} was not {}: {}",
            Paint::WARN,
            Paint::WARN,
            canary.principal,
            canary.should_be,
            hide(canary.seen.clone())
        );
    }
    if circumstances.undecided {
        let clauses = results.coverage.undecided().join(", ");
        eprintln!("{}inconclusive:{:#} not decided both ways: {clauses}", Paint::WARN, Paint::WARN);
    }
    for what in results.environment.attached.iter().flat_map(|attached| &attached.not_compared) {
        eprintln!("not compared: {what}");
    }
    let rate = u128::from(results.tally.cases - results.tally.not_run) * 1000 / took.as_millis().max(1);
    eprintln!("{rate} requests per second, {} sent again; results in {}", sender.retried(), output.path().display());
    print_closing(&mut out, results, begun.elapsed())
}
