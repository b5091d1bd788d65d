//! Own checks as a part of `check`, `matrix` and `compare`: asked in the guarded slot, judged by laws and a baseline, written beside the results.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::args::{OwnChecksArgs, TargetArgs};
use super::exit::ExitCode;
use super::progress::case_bar;
use super::screen::{eprintln, print, println};
use crate::ask::{Conduct, OutputFolder, OwnChecks};
use crate::failure::{Failure, at};
use crate::judge::{OwnBaseline, OwnPolicy, OwnRow, Verdict, broken_laws};
use crate::plan::{OwnEndpoint, not_run};
use crate::report::{OwnChecksReport, Paint, TargetRecord};
use crate::sut::state::{Action, changes};
use crate::sut::{Environment, Source};

/// Name of the document in the output directory.
pub const OWN_CHECKS_FILE: &str = "own-checks.json";

/// The source tree behind a target, where there is one to read.
pub fn tree_of(args: &TargetArgs) -> Result<Option<Source>, Failure> {
    args.source.as_deref().map(Source::open).transpose()
}

/// With what own checks are compared, and where they are written down: read before anything starts.
#[derive(Default)]
pub struct OwnWanted<'a> {
    baseline: Option<OwnBaseline>,
    policy: Option<OwnPolicy>,
    write_baseline: Option<&'a Path>,
}

impl<'a> OwnWanted<'a> {
    /// A mistake in one of the files must not cost a run.
    pub fn read(args: &'a OwnChecksArgs) -> Result<Self, Failure> {
        let made = "write it with --write-baseline on a Matomo that is as it should be";
        let baseline = args.baseline.as_deref().map(|file| read(file, OwnBaseline::parse, made)).transpose()?;
        let told = "see `own-checks` in the book for what stands in a policy";
        let policy = args.policy.as_deref().map(|file| read(file, OwnPolicy::parse, told)).transpose()?;
        Ok(Self { baseline, policy, write_baseline: args.write_baseline.as_deref() })
    }
}

/// Sees that there is a slot to ask, where own checks are wanted.
pub fn can_be_asked(environment: &Environment, wanted: bool) -> Result<(), Failure> {
    if wanted && environment.guarded.is_none() {
        let what = "own checks are asked of a real Matomo that is started here";
        return Err(Failure::usage(what).hint("give --source DIR or --release X.Y.Z"));
    }
    Ok(())
}

/// Asks and judges; nothing where the target has no guarded slot.
pub async fn own_checks(
    environment: &Environment,
    tree: Option<&Source>,
    wanted: &OwnWanted<'_>,
    takes: impl Fn(&OwnEndpoint) -> bool,
    conduct: &Conduct,
    output: &OutputFolder,
) -> Result<Option<OwnChecksReport>, Failure> {
    // Where a run ends early, its results say so.
    let Some(slot) = environment.guarded.as_ref().filter(|_| !conduct.over()) else { return Ok(None) };
    let begun = Instant::now();
    let before = (tree.map(Source::fingerprint), tables(environment).await?);
    let chosen: Vec<&OwnEndpoint> = slot.catalogue.endpoints.iter().filter(|endpoint| takes(endpoint)).collect();
    let (left_out, asked): (Vec<&OwnEndpoint>, Vec<&OwnEndpoint>) = chosen.iter().partition(|endpoint| not_run(endpoint).is_some());
    let checks = OwnChecks::new(environment, slot, tree.map(|tree| tree.path.clone()))?;
    let bar = case_bar(asked.len() as u64);
    let mut rows = checks.ask(&asked, conduct, || bar.inc(1)).await;
    let is_changed = |row: &OwnRow| {
        let now = OwnBaseline::of(std::slice::from_ref(row));
        wanted.baseline.as_ref().is_some_and(|baseline| baseline.changes(&now).iter().any(|change| change.after.is_some()))
    };
    let exchanged = checks.ask_again(&mut rows, conduct, |row| !broken_laws(row).is_empty() || is_changed(row)).await;
    bar.finish_and_clear();
    if !exchanged.is_empty() {
        eprintln!("note: what was wrong with the own checks of {} did not come again", exchanged.join(", "));
    }

    let rows_asked = rows.len();
    let mut report = OwnChecksReport::new(TargetRecord::of(environment), rows);
    report.complete = rows_asked == asked.len();
    report.leave_out_uncallable();
    report.not_run.extend(left_out.iter().filter_map(|endpoint| Some((endpoint.name.clone(), not_run(endpoint)?.to_owned()))));
    report.grants = slot.catalogue.grants.clone();
    report.missing_objects = slot.catalogue.missing.clone();
    if !report.complete {
        report.obstacles.push(format!("own checks: {} of {} endpoints were not asked", asked.len() - rows_asked, asked.len()));
    }
    if tree.map(Source::fingerprint) != before.0 {
        report.obstacles.push("own checks: files of the source tree changed meanwhile".to_owned());
    }
    for change in changes(&before.1, &tables(environment).await?) {
        report.obstacles.push(format!("own checks: {} {}, though the account may not write there", change.table, change.what));
    }
    let all = report.complete && chosen.len() == slot.catalogue.endpoints.len();
    if let Some(baseline) = &wanted.baseline {
        report.changes = baseline.changes(&OwnBaseline::of(&report.rows));
        // What was not asked is not gone.
        report.changes.retain(|change| all || change.after.is_some());
        let gone = report.changes.iter().filter(|change| change.after.is_none());
        report.stale.extend(gone.map(|change| format!("the baseline names {}, which is gone", change.endpoint)));
    }
    if let Some(policy) = &wanted.policy {
        report.findings.extend(policy.broken(&report.rows));
        let idle = policy.idle(&report.rows).into_iter().filter(|_| all);
        report.stale.extend(idle.map(|pattern| format!("[\"{pattern}\"] of the policy takes no endpoint")));
    }
    if let Some(file) = wanted.write_baseline {
        fs::write(file, OwnBaseline::text(&report.rows)).map_err(at(file, "write"))?;
    }
    let text = serde_json::to_string_pretty(&report).map_err(Failure::internal)?;
    output.write(OWN_CHECKS_FILE, &(environment.secrets.redact(&text) + "\n"))?;
    output.write("own-checks.md", &environment.secrets.redact(&report.to_markdown()))?;
    eprintln!("own checks of {} endpoints took {:.1} s", report.rows.len(), begun.elapsed().as_secs_f64());
    Ok(Some(report))
}

/// Shows what was found, and says with what the program ends.
pub fn show_own_checks(report: &OwnChecksReport) -> ExitCode {
    print!("{}", report.to_text());
    let exit = exit_of(report);
    let paint = match exit {
        ExitCode::Conformant => Paint::FINE,
        ExitCode::Difference => Paint::LEAK,
        _ => Paint::WARN,
    };
    println!("{paint}{}{paint:#}", report.closing());
    exit
}

/// A broken law or a change against the baseline is a difference; what prevents a conclusion comes after.
fn exit_of(report: &OwnChecksReport) -> ExitCode {
    if report.count(Verdict::Leak) + report.count(Verdict::Lockout) > 0 {
        ExitCode::Difference
    } else if !report.obstacles.is_empty() || report.count(Verdict::Unknown) > 0 {
        ExitCode::Inconclusive
    } else if !report.stale.is_empty() {
        ExitCode::Stale
    } else {
        ExitCode::Conformant
    }
}

/// With what a run ends whose own checks were cut short: what was not asked is not kept.
pub fn cut_short(environment: &Environment, report: Option<&OwnChecksReport>, interrupted: bool) -> ExitCode {
    if environment.guarded.is_none() || report.is_some_and(|report| report.complete) {
        ExitCode::Conformant
    } else if interrupted {
        ExitCode::Interrupted
    } else {
        ExitCode::TimeLimit
    }
}

/// Of two parts of a run, the one that outranks the other.
pub fn worse(one: ExitCode, other: ExitCode) -> ExitCode {
    let order = [
        ExitCode::Internal,
        ExitCode::Difference,
        ExitCode::Interrupted,
        ExitCode::Environment,
        ExitCode::TimeLimit,
        ExitCode::Inconclusive,
        ExitCode::Stale,
    ];
    order.into_iter().find(|code| [one, other].contains(code)).unwrap_or(ExitCode::Conformant)
}

/// The own checks that an earlier run wrote, where it asked for them.
pub fn read_own_checks(folder: &Path) -> Result<Option<OwnChecksReport>, Failure> {
    let file: PathBuf = folder.join(OWN_CHECKS_FILE);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(&file, "read")(error)),
    };
    serde_json::from_str(&text).map(Some).map_err(|error| Failure::usage(format!("{} cannot be read: {error}", file.display())))
}

/// A file for own checks, read by `parse`, which says what is wrong with its text; `hint` tells what belongs into it.
fn read<T>(file: &Path, parse: impl Fn(&str) -> Result<T, String>, hint: &str) -> Result<T, Failure> {
    let text = fs::read_to_string(file).map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())).hint(hint))?;
    parse(&text).map_err(|why| Failure::usage(format!("{}: {why}", file.display())).hint(hint))
}

/// The tables of the guarded slot's schema.
async fn tables(environment: &Environment) -> Result<crate::sut::state::Tables, Failure> {
    match environment.guarded.as_ref().and_then(|slot| slot.state.as_ref()) {
        Some(state) => state.tables(Action::Look).await,
        None => Ok(crate::sut::state::Tables::new()),
    }
}
