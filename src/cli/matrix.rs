//! `matrix`: every endpoint for every principal in chosen settings, as a document, a page and tables.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use super::screen::{Screen, eprintln, println};
use serde_json::json;
use tokio::task::JoinHandle;

use super::args::MatrixArgs;
use super::check::{baseline, describe_target};
use super::exit::{Circumstances, ExitCode, of_run};
use super::own::{OwnWanted, can_be_asked, cut_short, own_checks, show_own_checks, tree_of, worse};
use super::progress::case_bar;
use super::signals::stop_at_signal;
use super::start::Wants;
use crate::ask::{Conduct, DatabaseGuard, OutputFolder, PutBack, Sender, answers, canaries};
use crate::failure::{Failure, at};
use crate::judge::{Verdict, cell_hanging_on, judge_cell};
use crate::matomo::{CellObservation, CellOutcome, see};
use crate::model::Decision;
use crate::plan::{Case, Listed, MatrixChoice, MatrixPlan, OwnEndpoint, PRINCIPALS, Plan, Principal, Slot, everybody, principal};
use crate::report::matrix::{Matrix, MatrixChange, MatrixOwnCheck, MatrixRecord, matrix_csv, matrix_markdown, matrix_page};
use crate::report::{Paint, PlanRecord};
use crate::sut::Environment;

/// How many differences and unclear cells are shown.
const SHOWN: usize = 10;

/// Runs `matrix`.
pub async fn run(args: &MatrixArgs) -> Result<ExitCode, Failure> {
    if let Some(file) = &args.from {
        return again(file, args);
    }
    let filter = args.cases.filter()?;
    let wanted = OwnWanted::read(&args.own)?;
    let begun = Instant::now();
    let mut output = if args.list { None } else { Some(OutputFolder::create(&args.output)?) };
    let tree = tree_of(&args.target)?;
    // With a pattern for cells it is cells that are wanted.
    let own_wanted = !args.no_own_checks && (filter.is_empty() || args.own.wanted());
    let environment = super::start::start(&args.target, Wants { guarded: own_wanted && !args.list, ..Wants::default() }).await?;
    can_be_asked(&environment, args.own.wanted() && !args.list)?;
    let own_plugins = plugins(args, &environment)?;
    let choice = MatrixChoice { principals: principals(args, &environment)?, plugins: own_plugins.clone(), filter };
    let plan = MatrixPlan::new(&listed(&environment), slots(args, &environment)?, &choice);
    let Some(output) = output.as_mut() else {
        for case in &plan.plan.cases {
            println!("{}", plan.plan.id(*case));
        }
        return Ok(ExitCode::Conformant);
    };
    output.hide(&environment.secrets);
    if plan.plan.cases.is_empty() {
        return Err(Failure::inconclusive("no cell matches the filter: nothing would be asked").hint("see the ids with --list"));
    }
    output.list_cases(plan.plan.cases.iter().map(|case| plan.plan.id(*case)))?;
    describe_target(&environment, plan.plan.cases.len(), &PlanRecord::default());

    let settings = args.concurrency.conduct(&args.limit);
    // Own checks belong to the same run: they end with it.
    let signal = stop_at_signal(&settings.stop);
    let mut matrix = ask(&environment, &plan, &settings, &signal, output).await?;
    write(&matrix, output)?;
    let takes = |endpoint: &OwnEndpoint| own_plugins.is_empty() || own_plugins.contains(endpoint.plugin());
    let own = own_checks(&environment, tree.as_ref(), &wanted, takes, &settings, output).await?;
    let interrupted = signal.is_finished();
    signal.abort();
    if let Some(own) = &own {
        // Written once more: whoever ended the run in between has the cells.
        matrix.own_checks = MatrixOwnCheck::all(own);
        write(&matrix, output)?;
    }
    closing(&mut Screen, &matrix, output.path(), Some(begun.elapsed())).map_err(at(output.path(), "tell of"))?;
    let found = worse(exit_of(&matrix), own.as_ref().map_or(ExitCode::Conformant, show_own_checks));
    Ok(worse(found, cut_short(&environment, own.as_ref(), interrupted)))
}

/// The reports of a document that is there already.
fn again(file: &Path, args: &MatrixArgs) -> Result<ExitCode, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("cannot read {}: {error}", file.display())).hint("give a matrix.json that `matrix` wrote")
    })?;
    let matrix = Matrix::read(&text).map_err(|why| {
        Failure::usage(format!("{} cannot be used: {why}", file.display())).hint("give a matrix.json that `matrix` wrote")
    })?;
    if let Some(notice) = matrix.notice() {
        eprintln!("{}{notice}{:#}", Paint::WARN, Paint::WARN);
    }
    let output = OutputFolder::create(&args.output)?;
    write(&matrix, &output)?;
    closing(&mut Screen, &matrix, output.path(), None).map_err(at(output.path(), "tell of"))?;
    Ok(exit_of(&matrix))
}

/// Asks every cell, slot by slot, and looks at the database before and after each slot.
async fn ask(
    environment: &Environment,
    plan: &MatrixPlan,
    settings: &Conduct,
    signal: &JoinHandle<()>,
    output: &mut OutputFolder,
) -> Result<Matrix, Failure> {
    let names = environment.catalogue.names();
    let sender = Sender::to(environment, &[], Conduct::limit_from(baseline(environment)))?;
    let mut failed = canaries(environment, &sender).await;
    let made = jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_else(|_| jiff::Timestamp::now()).to_string();
    let mut record = MatrixRecord::new(environment, plan, made);
    let keeper = DatabaseGuard::new(environment).await?;
    record.compares(keeper.tables());
    let bar = case_bar(plan.plan.cases.len() as u64);
    let mut asked_again = 0;
    for (index, slot) in plan.plan.slots.iter().enumerate() {
        let part = plan.of_slot(index);
        let seen = |case: Case, answer: &Result<_, String>| match answer {
            Ok(raw) => see(raw, plan.plan.request(case).dispatch),
            Err(error) => CellObservation::failed(error),
        };
        let mut unclear = Vec::new();
        let mut note = |case: Case, decision: Decision, mut sight: CellObservation| {
            bar.inc(1);
            let verdict = judge_cell(&decision, &sight);
            let verdict = cell_hanging_on(&environment.catalogue.listeners, &decision, &mut sight, verdict);
            let line = json!({"case": part.id(case), "outcome": sight.outcome, "verdict": verdict, "clause": decision.clause});
            output.append(&line)?;
            record.note(case, &decision, sight, verdict);
            Ok::<(), Failure>(())
        };
        let first = |case, decision, answer: Result<_, String>| match seen(case, &answer) {
            sight if sight.outcome == CellOutcome::Unknown => {
                unclear.push(case);
                Ok(())
            }
            sight => note(case, decision, sight),
        };
        answers(environment, &names, &part, &sender, settings, first).await?;
        // Two requests at once may stand in each other's way, as where both make the same file. What was clear is not asked again.
        asked_again += unclear.len();
        let unclear = Plan { cases: unclear, ..part.clone() };
        let alone = Conduct { concurrency: 1, ..settings.clone() };
        let second = |case, decision, answer: Result<_, String>| note(case, decision, seen(case, &answer));
        answers(environment, &names, &unclear, &sender, &alone, second).await?;
        for PutBack { change, restored } in keeper.put_back().await? {
            record.changed(MatrixChange { slot: slot.name.to_owned(), restored, table: change.table, what: change.what });
        }
        if settings.over() {
            break;
        }
    }
    bar.finish_and_clear();
    output.flush()?;
    let interrupted = signal.is_finished();
    if !interrupted {
        failed.extend(canaries(environment, &sender).await);
    }
    if sender.retried() > 0 {
        eprintln!("{} requests were sent again, since no answer came", sender.retried());
    }
    if asked_again > 0 {
        eprintln!("{asked_again} cells were unclear and asked again, one at a time");
    }
    let out_of_time = settings.over() && !interrupted && record.done() < plan.plan.cases.len() as u64;
    let canaries = failed.iter().map(|canary| format!("{} was not {}: {}", canary.principal, canary.should_be, canary.seen)).collect();
    let mut matrix = record.finish(canaries);
    let changed = !matrix.state.changes.is_empty();
    let circumstances = Circumstances { canary_failed: !failed.is_empty(), changed, out_of_time, interrupted, ..Circumstances::default() };
    matrix.exit = of_run(&matrix.totals.verdicts, circumstances) as u8;
    Ok(matrix)
}

/// The exit code that stands in the document.
fn exit_of(matrix: &Matrix) -> ExitCode {
    ExitCode::of_number(i32::from(matrix.exit))
}

fn write(matrix: &Matrix, output: &OutputFolder) -> Result<(), Failure> {
    let unwritten = |error: serde_json::Error| Failure::environment(format!("the matrix cannot be written as JSON: {error}"));
    output.write("matrix.html", &matrix_page(matrix).map_err(unwritten)?)?;
    output.write("matrix.md", &matrix_markdown(matrix))?;
    output.write("matrix.csv", &matrix_csv(matrix)?)?;
    // Last, so that whoever finds it finds the others.
    output.write("matrix.json", &(matrix.to_json().map_err(unwritten)? + "\n"))
}

/// What was found, leaks first, and one closing line.
fn closing(out: &mut impl Write, matrix: &Matrix, folder: &Path, took: Option<Duration>) -> std::io::Result<()> {
    for verdict in [Verdict::Leak, Verdict::Lockout, Verdict::WrongReason, Verdict::Unknown, Verdict::Error] {
        let all: Vec<_> = matrix.all().filter(|seen| seen.verdict == verdict).collect();
        let paint = if verdict == Verdict::Leak { Paint::LEAK } else { Paint::WARN };
        for seen in all.iter().take(SHOWN) {
            let live = seen.observation.message.as_deref().map(|text| format!(" \"{text}\"")).unwrap_or_default();
            writeln!(out, "{paint}{}{paint:#} {}", verdict.name().to_uppercase(), seen.id())?;
            writeln!(out, "  model  {} ({})", seen.expected(), seen.decision.clause)?;
            writeln!(out, "  live   {}{live} (status {})", seen.observation.outcome.name(), seen.observation.status)?;
            writeln!(out, "  {}{}{:#}", Paint::DIM, seen.curl(), Paint::DIM)?;
        }
        if all.len() > SHOWN {
            writeln!(out, "  … and {} more; all in matrix.csv", all.len() - SHOWN)?;
        }
    }
    for canary in &matrix.canaries {
        writeln!(out, "{}canary:{:#} {canary}", Paint::WARN, Paint::WARN)?;
    }
    let state = &matrix.state;
    for change in &state.changes {
        let back = if change.restored { "put back" } else { "not put back" };
        writeln!(out, "{}changed{:#} by {}: {} {} ({back})", Paint::WARN, Paint::WARN, change.slot, change.table, change.what)?;
    }
    if !state.changes.is_empty() {
        writeln!(
            out,
            "requests changed the database, so nothing is concluded: leave out what does it with --skip, or add it to the list of endpoints that are not run"
        )?;
    } else if state.tables > 0 {
        writeln!(out, "{} tables are as they were before", state.tables)?;
    }
    let outcomes: Vec<String> = CellOutcome::ALL
        .iter()
        .filter_map(|outcome| matrix.totals.outcomes.get(outcome).map(|count| format!("{count} {}", outcome.name())))
        .collect();
    writeln!(out, "{}", outcomes.join(", "))?;
    writeln!(
        out,
        "{} rows, {} of them not run (dry); {} differ between settings; reports in {}",
        matrix.rows.len(),
        matrix.totals.dry_rows,
        matrix.totals.rows_that_differ,
        folder.display()
    )?;
    let tally = &matrix.totals.verdicts;
    let paint = match matrix.exit {
        0 => Paint::FINE,
        2 if tally.leak > 0 => Paint::LEAK,
        _ => Paint::WARN,
    };
    let took = took.map(|took| format!(" in {:.0} s", took.as_secs_f64())).unwrap_or_default();
    let notice = matrix.notice().map(|notice| format!("; {notice}")).unwrap_or_default();
    writeln!(
        out,
        "{paint}{} cells on {}{took}: {} agree, {} leaks, {} lockouts, {} wrong reasons, {} unknown, {} not run{notice}{paint:#}",
        tally.cases,
        matrix.title(),
        tally.agree,
        tally.leak,
        tally.lockout,
        tally.wrong_reason,
        tally.unknown + tally.error,
        tally.not_run
    )
}

fn listed(environment: &Environment) -> Listed {
    let catalogue = &environment.catalogue;
    let endpoints = catalogue.own_endpoints().map(|(name, endpoint)| (name.clone(), endpoint.kind, endpoint.required_arguments));
    let arguments = |name: &String| catalogue.api_arguments.get(name).cloned().unwrap_or_default();
    let methods = catalogue.api_methods.iter().map(|name| (name.clone(), arguments(name)));
    Listed { endpoints: endpoints.collect(), methods: methods.collect() }
}

fn slots(args: &MatrixArgs, environment: &Environment) -> Result<Vec<Slot>, Failure> {
    let served = || environment.slots.iter().map(|served| &served.slot);
    if args.slots == ["all"] {
        return Ok(served().cloned().collect());
    }
    let find = |name: &String| {
        served().find(|slot| slot.name == *name).cloned().ok_or_else(|| {
            let known: Vec<&str> = served().map(|slot| slot.name).collect();
            Failure::usage(format!("there is no slot {name:?}")).hint(format!("known are {}", known.join(", ")))
        })
    };
    once(&args.slots).map(find).collect()
}

fn principals(args: &MatrixArgs, environment: &Environment) -> Result<Vec<&'static Principal>, Failure> {
    let there = |who: &&'static Principal| who.exists_in(&environment.features);
    if args.principals == ["all"] {
        return Ok(everybody().into_iter().filter(there).collect());
    }
    let find = |name: &String| {
        principal(name).filter(there).ok_or_else(|| {
            let known: Vec<&str> = PRINCIPALS.iter().filter(there).map(|who| who.name).collect();
            Failure::usage(format!("there is no principal {name:?} here")).hint(format!("known are {}", known.join(", ")))
        })
    };
    once(&args.principals).map(find).collect()
}

/// A name that is given twice counts once.
fn once(names: &[String]) -> impl Iterator<Item = &String> {
    names.iter().enumerate().filter(|(index, name)| !names[..*index].contains(name)).map(|(_, name)| name)
}

fn plugins(args: &MatrixArgs, environment: &Environment) -> Result<BTreeSet<String>, Failure> {
    let catalogue = &environment.catalogue;
    let has = |plugin: &str| catalogue.endpoints.keys().chain(&catalogue.api_methods).any(|name| name.split('.').next() == Some(plugin));
    match args.plugin.iter().find(|plugin| !has(plugin)) {
        Some(plugin) => Err(Failure::usage(format!("no endpoint belongs to a plugin {plugin:?}")).hint("see the names with `endpoints`")),
        None => Ok(args.plugin.iter().cloned().collect()),
    }
}
