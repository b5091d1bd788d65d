//! `compare`, for the endpoints' own checks: who gets past them on two Matomos, and what has changed between them.

use std::path::Path;

use serde_json::json;

use super::args::{CompareArgs, TargetArgs};
use super::exit::ExitCode;
use super::own::{OwnWanted, can_be_asked, own_checks, read_own_checks, tree_of};
use super::screen::{eprintln, print, println};
use super::signals::stop_at_signal;
use super::start::Wants;
use super::sweep::Sweep;
use crate::ask::{Conduct, OutputFolder};
use crate::failure::Failure;
use crate::judge::{OwnComparison, Verdict};
use crate::plan::OwnEndpoint;
use crate::report::{OwnChecksReport, Paint, changes_text};

/// File with what has changed.
const CHANGES_FILE: &str = "own-checks-changes.json";

/// Runs `compare --only-own-checks`: nothing is asked beside them, of endpoints that the sweep takes.
/// A side is to be started, or its results are in a folder.
pub async fn compare_alone(args: &CompareArgs, sides: [Result<TargetArgs, &Path>; 2], output: &OutputFolder) -> Result<ExitCode, Failure> {
    let sweep = Sweep::read(&args.sweep)?;
    let takes = |endpoint: &OwnEndpoint| sweep.takes(&endpoint.name);
    let conduct = args.concurrency.conduct(&super::args::TimeLimitArgs::default());
    let [base, head] = sides;
    let base = report_of("base", base, args, takes, &conduct).await?;
    let head = report_of("head", head, args, takes, &conduct).await?;
    tell_own_checks(&base, &head, output)
}

/// The own checks of one of the two, asked first where they are not there yet.
async fn report_of(
    name: &str,
    side: Result<TargetArgs, &Path>,
    args: &CompareArgs,
    takes: impl Fn(&OwnEndpoint) -> bool,
    conduct: &Conduct,
) -> Result<OwnChecksReport, Failure> {
    let folder = match side {
        Ok(target) => {
            eprintln!("{name}: asking for own checks");
            return asked(&target, takes, conduct, &args.output.join(name)).await;
        }
        Err(folder) => folder,
    };
    let mut report = read_own_checks(folder)?.ok_or_else(|| {
        Failure::usage(format!("{} has no own checks", folder.display())).hint("make it with check --own-checks, or give a source tree")
    })?;
    // What was written down may know more endpoints than are asked now.
    report.rows.retain(|row| takes(&row.endpoint));
    Ok(report)
}

async fn asked(
    target: &TargetArgs,
    takes: impl Fn(&OwnEndpoint) -> bool,
    conduct: &Conduct,
    folder: &Path,
) -> Result<OwnChecksReport, Failure> {
    let mut output = OutputFolder::create(folder)?;
    let environment = super::start::start(target, Wants { guarded: true, ..Wants::default() }).await?;
    can_be_asked(&environment, true)?;
    output.hide(&environment.secrets);
    let signal = stop_at_signal(&conduct.stop);
    let report = own_checks(&environment, tree_of(target)?.as_ref(), &OwnWanted::default(), takes, conduct, &output).await?;
    let interrupted = signal.is_finished();
    signal.abort();
    match report {
        Some(report) if !interrupted => Ok(report),
        _ => Err(Failure::interrupted()),
    }
}

/// Tells what has changed in who gets past the endpoints' own checks, and says with what the program ends.
pub fn tell_own_checks(base: &OwnChecksReport, head: &OwnChecksReport, output: &OutputFolder) -> Result<ExitCode, Failure> {
    let OwnComparison { changes, newly_broken } = OwnComparison::of(&base.rows, &head.rows);
    output.write(CHANGES_FILE, &format!("{:#}\n", json!(changes)))?;
    print!("{}", changes_text(&changes, &head.rows));
    for finding in &newly_broken {
        println!("{} {} ({}): {}", finding.verdict.name().to_uppercase(), finding.endpoint, finding.place, finding.says);
    }
    let count = |verdict: Verdict| changes.iter().filter(|change| change.verdict == verdict).count();
    let exit = if count(Verdict::Leak) + count(Verdict::Lockout) > 0 || !newly_broken.is_empty() {
        ExitCode::Difference
    } else if base.rows.is_empty() && head.rows.is_empty() || !base.complete || !head.complete || count(Verdict::Unknown) > 0 {
        ExitCode::Inconclusive
    } else {
        ExitCode::Conformant
    };
    let paint = if exit == ExitCode::Conformant { Paint::FINE } else { Paint::WARN };
    println!(
        "{paint}own checks of {} and {} endpoints: {} open to more, {} open to fewer, {} unclear on one side, {} new or gone, {} laws newly broken{paint:#}",
        base.rows.len(),
        head.rows.len(),
        count(Verdict::Leak),
        count(Verdict::Lockout),
        count(Verdict::Unknown),
        count(Verdict::Agree),
        newly_broken.len()
    );
    Ok(exit)
}
