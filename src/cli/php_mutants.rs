//! `mutants --source`: breaks the access rules of a real tree one at a time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::screen::{eprintln, println};
use indicatif::ProgressBar;

use super::args::{MutantsArgs, PhpMutantsArgs, RuntimeArgs, StartArgs, TargetArgs};
use super::exit::ExitCode;
use super::progress::mutant_bar;
use super::signals::interrupted;
use super::start::Wants;
use crate::ask::{Conduct, MutantRunner, OutputFolder, ServedTree};
use crate::failure::{Failure, at};
use crate::mutation::{Journal, KillTally, Mutant, MutantFate, MutantOutcome, Mutants, PLACES, SurvivorKind, Survivors, mutants_of};
use crate::plan::Filter;
use crate::report::{KillRow, MutantsReport, kill_table, record_kill_row};
use crate::sut::local::Php;
use crate::sut::{Source, TreeCopy};

/// Runs `mutants --source`.
pub async fn run(args: &MutantsArgs) -> Result<ExitCode, Failure> {
    let Some(tree) = &args.source else {
        return Err(Failure::usage("no target was named").hint("give --source DIR"));
    };
    let (list, seed, args) = (args.list, args.order.seed, &args.php);
    let filter = Filter::new(&args.only, &args.skip).map_err(Failure::usage)?;
    let source = Source::open(tree)?;
    let survivors = read_survivors(args)?;
    let Mutants { mut all, skipped, digest } = mutants_of(&source.path).map_err(at(&source.path, "read PHP files in"))?;
    all.retain(|mutant| filter.takes(&mutant.id));
    if list {
        for mutant in &all {
            println!("{}\n  line {}: {}", mutant.id, mutant.line, mutant.diff);
        }
        return Ok(ExitCode::Conformant);
    }
    if all.is_empty() {
        return Err(Failure::inconclusive("no mutant matches the filter: nothing would be tried").hint("see them with --list"));
    }
    let journal = match &args.reuse {
        Some(file) => Journal::parse(
            &std::fs::read_to_string(file).map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?,
        ),
        None => Journal::default(),
    };
    let mut output = OutputFolder::create(&args.output)?;
    let bar = mutant_bar(all.len() as u64);
    let bench = Bench {
        args,
        seed,
        survivors: &survivors,
        journal: &journal,
        source: &source,
        mutants: &all,
        next: AtomicUsize::new(0),
        done: Mutex::new((0..all.len()).map(|_| None).collect()),
        output: Mutex::new(&mut output),
        conduct: Conduct::for_this_machine(),
        bar: &bar,
    };
    let stop = bench.conduct.stop.clone();
    let signal = tokio::spawn(async move {
        interrupted().await;
        stop.ask();
    });
    let jobs = args.jobs.clamp(1, all.len());
    let ended = futures::future::try_join_all((0..jobs).map(|_| bench.work())).await;
    bar.finish_and_clear();
    signal.abort();
    let outcomes: Vec<MutantOutcome> = lock(&bench.done).drain(..).flatten().collect();
    let complete = ended.is_ok() && outcomes.len() == all.len();
    let (version, limit) = ended.as_ref().ok().and_then(|all| all.first().cloned()).unwrap_or_default();
    let name = source.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    drop(bench);

    let report =
        MutantsReport { tree: &name, version: &version, limit, outcomes: &outcomes, skipped: &skipped, survivors: &survivors, complete };
    output.flush()?;
    output.write("mutants.json", &format!("{:#}\n", report.to_json()))?;
    output.write("mutants.txt", &report.to_text())?;
    println!("{}", report.to_text().trim_end());
    ended?;
    finish(args, &report, &digest, filter.is_empty(), output.path())
}

fn read_survivors(args: &PhpMutantsArgs) -> Result<Survivors, Failure> {
    let Some(file) = &args.survivors else { return Ok(Survivors::default()) };
    let text = std::fs::read_to_string(file).map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?;
    Survivors::parse(&text).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
}

/// What follows from a complete run.
fn finish(
    args: &PhpMutantsArgs,
    report: &MutantsReport<'_>,
    digest: &str,
    everything: bool,
    output: &std::path::Path,
) -> Result<ExitCode, Failure> {
    eprintln!("results in {}", output.display());
    let tally = KillTally::of(report.outcomes);
    if tally.viable() == 0 {
        return Err(Failure::inconclusive("no mutant was viable: nothing was concluded"));
    }
    if let Some(file) = &args.record {
        if !everything {
            return Err(Failure::usage("a kill table is about all mutants").hint("leave out --only and --skip, or --record"));
        }
        let row = KillRow::new(report.tree, digest, tally, report.explained(SurvivorKind::Equivalent), report.limit);
        println!("{}", kill_table(&record_kill_row(file, row)?).trim_end());
    }
    if !report.unexplained().is_empty() {
        return Ok(ExitCode::Difference);
    }
    // With a filter, an entry may well be about a mutant that was left out.
    let stale = if everything { report.survivors.stale(report.outcomes, report.version) } else { Vec::new() };
    for entry in &stale {
        eprintln!("stale: {} explains no survivor of {}", entry.mutant, report.version);
    }
    Ok(if stale.is_empty() { ExitCode::Conformant } else { ExitCode::Stale })
}

/// What all jobs share.
struct Bench<'a> {
    args: &'a PhpMutantsArgs,
    seed: u64,
    survivors: &'a Survivors,
    journal: &'a Journal,
    source: &'a Source,
    mutants: &'a [Mutant],
    next: AtomicUsize,
    done: Mutex<Vec<Option<MutantOutcome>>>,
    output: Mutex<&'a mut OutputFolder>,
    conduct: Conduct,
    bar: &'a ProgressBar,
}

impl Bench<'_> {
    /// One job: a copy of the tree, a clean control, mutants until none is left, and the control again.
    async fn work(&self) -> Result<(String, usize), Failure> {
        let copy = TreeCopy::of(&self.source.path)?;
        let target = self.target(copy.path());
        let wants = Wants { changing: PLACES.iter().map(|place| place.file.to_owned()).collect(), words: true, ..Wants::default() };
        let environment = super::start::start(&target, wants.clone()).await?;
        lock(&self.output).hide(&environment.secrets);
        let php = Php::find(self.args.programs.php.as_deref())?;
        let mut trial = MutantRunner::new(ServedTree::new(environment, self.seed)?, copy, php);
        self.control(&trial, "before").await?;
        while let Some((index, mutant)) = self.take() {
            // What is known to survive need not be tried to the end each time; what else survives has to be, sooner or later.
            let version = &trial.stage().environment().features.version;
            let explained = self.survivors.explain(&mutant.id, version).is_some();
            let cases = if explained { self.limit(&trial) } else { self.most(&trial) };
            if let Some(fate) = self.journal.fate(mutant, cases) {
                self.note(index, MutantOutcome { mutant: mutant.clone(), fate })?;
                continue;
            }
            let tried = trial.of(mutant, cases, &self.conduct).await?;
            if self.conduct.stop.asked() {
                return Err(Failure::interrupted());
            }
            if let Some(why) = tried.damage {
                self.bar.println(format!("{}: the clean tree answers differently now ({why}); mending", mutant.id));
                if tried.doubted.is_some() || trial.repair().await.is_some() {
                    self.start_anew(&mut trial, &target, &wants).await?;
                }
            }
            let mut fate = tried.fate;
            if let Some(MutantFate::Caught { requests, .. }) = &tried.doubted {
                if trial.confirm(mutant, *requests, &self.conduct).await? {
                    fate = tried.doubted.unwrap_or(fate);
                }
                self.start_anew(&mut trial, &target, &wants).await?;
            }
            self.note(index, MutantOutcome { mutant: mutant.clone(), fate })?;
        }
        self.control(&trial, "after").await?;
        Ok((trial.stage().environment().features.version.clone(), self.most(&trial)))
    }

    /// Another Matomo with a database of its own, for the same copy of the tree.
    async fn start_anew(&self, trial: &mut MutantRunner, target: &TargetArgs, wants: &Wants) -> Result<(), Failure> {
        trial.restage(super::start::start(target, wants.clone()).await?, self.seed)?;
        lock(&self.output).hide(&trial.stage().environment().secrets);
        Ok(())
    }

    fn limit(&self, trial: &MutantRunner) -> usize {
        at_most(self.args.limit, trial)
    }

    fn most(&self, trial: &MutantRunner) -> usize {
        at_most(self.args.most, trial)
    }

    fn target(&self, tree: &std::path::Path) -> TargetArgs {
        TargetArgs {
            source: Some(tree.to_owned()),
            programs: RuntimeArgs { local: self.args.programs.clone(), ..RuntimeArgs::default() },
            start: StartArgs {
                start_limit: self.args.start_limit,
                // The template of a copy would never be used again.
                no_template: true,
                ..StartArgs::default()
            },
            ..TargetArgs::default()
        }
    }

    fn take(&self) -> Option<(usize, &Mutant)> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        self.mutants.get(index).map(|mutant| (index, mutant))
    }

    /// The other half of the proof: nothing differs where nothing is broken.
    async fn control(&self, trial: &MutantRunner, when: &str) -> Result<(), Failure> {
        self.bar.set_message(format!("(clean control {when})"));
        let finding = trial.stage().first_difference(0..self.limit(trial), &self.conduct).await;
        if self.conduct.stop.asked() {
            return Err(Failure::interrupted());
        }
        self.bar.set_message("");
        let what = match (finding.found, finding.unread) {
            (Some(found), _) => format!("{} is a {}", found.case, found.verdict.name()),
            (None, Some((case, why))) => format!("{case} cannot be read: {why}"),
            (None, None) if finding.compared < self.limit(trial) => format!("only {} cases were compared", finding.compared),
            (None, None) => return Ok(()),
        };
        Err(Failure::inconclusive(format!("the clean tree differs {when} the mutants: {what}")).hint("see what `check` says of this tree"))
    }

    fn note(&self, index: usize, outcome: MutantOutcome) -> Result<(), Failure> {
        let value = serde_json::to_value(&outcome).map_err(Failure::internal)?;
        let mut output = lock(&self.output);
        output.append(&value)?;
        output.flush()?;
        self.bar.inc(1);
        if let MutantFate::Survived { .. } | MutantFate::Unclear { .. } = outcome.fate {
            self.bar.println(format!("{} {}", outcome.fate.name(), outcome.mutant.id));
        }
        lock(&self.done)[index] = Some(outcome);
        Ok(())
    }
}

/// So many cases, or all of the plan for 0.
fn at_most(cases: usize, trial: &MutantRunner) -> usize {
    if cases == 0 { trial.stage().cases() } else { cases.min(trial.stage().cases()) }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
