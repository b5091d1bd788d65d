//! `search`: random requests in random settings, differences made small.

use std::path::Path;
use std::time::{Duration, Instant};

use super::screen::{Screen, eprintln, print, println};
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::args::SearchArgs;
use super::brought::tell_brought;
use super::exit::{Circumstances, ExitCode, of_run};
use super::lines::lines_report;
use super::progress::case_bar;
use super::replay::{TARGET_FILE, TargetAgain};
use super::signals::interrupted;
use super::start::Wants;
use crate::ask::{Budget, Client, Conduct, Corpus, Hit, HitKind, OutputFolder, PutBack, Question, Responder as _, Search, Stop, canaries};
use crate::failure::Failure;
use crate::model::CLAUSES;
use crate::plan::Pool;
use crate::report::{LinesReport, Paint, SCHEMA, hit_json, print_hit, print_reached};
use crate::sut::Environment;

/// Random requests where nothing is said.
const CASES: u64 = 10_000;

/// No answer of a Matomo that works takes longer.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs `search`.
pub async fn run(args: &SearchArgs) -> Result<ExitCode, Failure> {
    let begun = Instant::now();
    let mut output = OutputFolder::create(&args.output)?;
    let mut environment =
        super::start::start(&args.target, Wants { changing_slot: true, coverage: args.coverage, ..Wants::default() }).await?;
    output.hide(&environment.secrets);
    output.write(TARGET_FILE, &TargetAgain::of(&args.target).to_json())?;
    let coverage = environment.coverage.take();
    let cases = args.cases.unwrap_or(if args.time.is_some() { u64::MAX } else { CASES });
    describe(&environment, args.seed);
    let mut desk = Client::new(&environment, PATIENCE)?;
    if let Some(coverage) = coverage {
        desk = desk.covering(coverage);
    }
    let desk = desk.keeping().await?;
    let mut failed = canaries(&environment, desk.sender()).await;
    let slots: Vec<&'static str> = environment.slots.iter().map(|served| served.slot.name).collect();
    let pool = Pool::new(desk.known().names, &environment.features, &environment.world, &slots);
    let stop = Stop::default();
    let budget = Budget {
        cases,
        deadline: args.time.map(|time| Instant::now() + time),
        concurrency: args.concurrency.concurrency.unwrap_or_else(|| Conduct::for_this_machine().concurrency),
        thorough: true,
        first_only: args.fail_fast,
        stop: stop.clone(),
    };
    let signal = tokio::spawn(async move {
        interrupted().await;
        stop.ask();
    });
    let bar = if cases == u64::MAX { ProgressBar::hidden() } else { case_bar(cases) };
    let mut corpus = Corpus::open(Some(&args.corpus));
    let mut search = Search::new(&desk, pool);
    search.run(args.seed, &budget, &mut corpus, |made| bar.set_position(made)).await?;
    bar.finish_and_clear();
    let was_interrupted = signal.is_finished();
    signal.abort();
    if !was_interrupted {
        failed.extend(canaries(&environment, desk.sender()).await);
    }
    search.hits.sort_by(|one, other| one.kind.cmp(&other.kind));
    let differences = show(&search.hits, &desk, &environment, &mut output).await?;
    for canary in &failed {
        eprintln!("{}canary:{:#} {} was not {}", Paint::WARN, Paint::WARN, canary.principal, canary.should_be);
    }
    print_reached(&mut Screen, &search.reached, &search.made).map_err(|error| Failure::environment(error.to_string()))?;
    let broken = search.hits.iter().filter(|hit| matches!(hit.kind, HitKind::Relation(_))).map(|hit| hit.times).sum::<u64>();
    let mut tally = search.tally;
    tally.leak += broken;
    let circumstances = Circumstances {
        canary_failed: !failed.is_empty(),
        changed: !search.changes.is_empty(),
        interrupted: was_interrupted,
        ..Circumstances::default()
    };
    let exit = of_run(&tally, circumstances);
    desk.news()?;
    let lines = match desk.lines() {
        Some(lines) => lines_report(&args.target, &lines)?,
        None => None,
    };
    let found = SearchReport {
        search: &search,
        environment: &environment,
        tables: desk.tables(),
        classes: corpus.met(),
        broken,
        lines,
        exit,
        complete: !was_interrupted,
    };
    output.write("results.json", &format!("{:#}\n", found.to_json(args.seed, &differences)))?;
    found.print(args, output.path(), begun).map_err(|error| Failure::environment(error.to_string()))?;
    Ok(exit)
}

/// What a search found, to be told.
struct SearchReport<'a, 'b> {
    search: &'a Search<'b, Client<'b>>,
    environment: &'a Environment,
    /// Tables of the database that were compared.
    tables: usize,
    /// Classes of behaviour that were met, and those of them that were new.
    classes: (usize, usize),
    /// Pairs of live answers that did not fit together.
    broken: u64,
    lines: Option<LinesReport>,
    exit: ExitCode,
    complete: bool,
}

impl SearchReport<'_, '_> {
    fn to_json(&self, seed: u64, differences: &[Value]) -> Value {
        let Self { search, environment, classes: (classes, fresh), .. } = self;
        let reached = CLAUSES.iter().filter_map(|clause| {
            let counts = search.reached.get(&clause.id)?;
            let by_way = counts.iter().map(|(way, count)| (way.name().to_owned(), json!(count))).collect::<serde_json::Map<_, _>>();
            Some((clause.id.to_string(), Value::from(by_way)))
        });
        json!({
            "schema": SCHEMA,
            "target": {
                "kind": environment.kind,
                "name": environment.name,
                "version": environment.features.version,
                "real_matomo": !environment.is_simulated(),
            },
            "seed": seed,
            "totals": search.tally,
            "made": search.made.iter().map(|(way, count)| (way.name().to_owned(), json!(count))).collect::<serde_json::Map<_, _>>(),
            "clauses": reached.collect::<serde_json::Map<_, _>>(),
            "classes": {"met": classes, "new": fresh},
            "relations": {"compared": search.pairs, "broken": self.broken},
            "lines": self.lines,
            "state": {"tables": self.tables, "changes": self.changes_json()},
            "differences": differences,
            "exit": self.exit as u8,
            "complete": self.complete,
        })
    }

    fn changes_json(&self) -> Vec<Value> {
        let all = self.search.changes.iter();
        all.map(|(after, PutBack { change, restored })| {
            json!({"after": after, "table": change.table, "what": change.what, "restored": restored})
        })
        .collect()
    }

    fn print(&self, args: &SearchArgs, output: &Path, begun: Instant) -> std::io::Result<()> {
        let Self { search, environment, classes: (classes, fresh), broken, .. } = self;
        if let Some(lines) = &self.lines {
            lines.print(&mut Screen)?;
            println!("{} requests were the first to run a line, and are kept", search.line_inputs);
        }
        for (after, PutBack { change, restored }) in &search.changes {
            let back = if *restored { "put back" } else { "not put back" };
            println!("{}changed{:#} before input {after}: {} {} ({back})", Paint::WARN, Paint::WARN, change.table, change.what);
        }
        if search.changes.is_empty() && self.tables > 0 {
            println!("{} tables are as they were before", self.tables);
        }
        let paint = if self.exit == ExitCode::Conformant { Paint::FINE } else { Paint::LEAK };
        let simulated = if environment.is_simulated() { "; simulated target: no real Matomo was tested" } else { "" };
        println!(
            "{classes} classes of behaviour, {fresh} of them new in {}; {} pairs of live answers compared; results in {}",
            args.corpus.display(),
            search.pairs,
            output.display()
        );
        if search.skipped > 0 {
            println!("{} entries of the corpus cannot be asked on this target", search.skipped);
        }
        println!(
            "{paint}{} random requests on {} {} in {:.0} s, seed {}: {} agree, {} leaks, {} lockouts, {} wrong reasons, {} unknown, {} errors, {broken} broken relations{simulated}{paint:#}",
            search.asked,
            environment.name,
            environment.features.version,
            begun.elapsed().as_secs_f64(),
            args.seed,
            search.tally.agree,
            search.tally.leak,
            search.tally.lockout,
            search.tally.wrong_reason,
            search.tally.unknown,
            search.tally.error,
        );
        Ok(())
    }
}

fn describe(environment: &Environment, seed: u64) {
    if environment.is_simulated() {
        eprintln!("{}simulated target: no real Matomo is tested{:#}", Paint::WARN, Paint::WARN);
    }
    let changing = if environment.changing.is_some() { "random settings, too" } else { "the slots of the table only" };
    eprintln!("{} {}, seed {seed}, {changing}", environment.name, environment.features.version);
    tell_brought(environment);
}

/// Asks everything that was found once more, prints it and writes it down.
async fn show(hits: &[Hit], desk: &Client<'_>, environment: &Environment, output: &mut OutputFolder) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    for hit in hits {
        desk.prepare(&hit.input).await?;
        let question = Question::of(&hit.input, desk.known()).map_err(Failure::usage)?;
        let raw = desk.send(&hit.input, &question).await;
        let (observation, _) = question.judge(&question.decide(), raw.as_ref());
        let mut text = Vec::new();
        print_hit(&mut text, hit, &question, &observation).map_err(|error| Failure::environment(error.to_string()))?;
        print!("{}", environment.secrets.redact(&String::from_utf8_lossy(&text)));
        let line = hit_json(hit, &question, &observation);
        output.append(&line)?;
        all.push(line);
    }
    output.flush()?;
    Ok(all)
}
