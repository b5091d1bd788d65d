//! `report`: makes reports of results that are there.

use super::screen::println;

use super::args::ReportCommandArgs;
use super::check::write_reports;
use super::exit::ExitCode;
use crate::failure::Failure;
use crate::matomo::Secrets;
use crate::report::{GitHub, Results, markdown};

/// Runs `report`. Unless it is asked for that of the run, the exit code is about the reports alone.
pub fn run(args: &ReportCommandArgs) -> Result<ExitCode, Failure> {
    let results = Results::read(&args.results)?;
    let reports = &args.reports;
    let nothing_named = reports.wanted().is_empty();
    if !args.exit_code && nothing_named && GitHub::of_environment().is_none() {
        println!("{}", markdown(&results).trim_end());
    } else if !nothing_named || !args.exit_code {
        // What is read was redacted when it was written.
        reports.check()?;
        if let Some(failure) = write_reports(&results, reports, &Secrets::default()).into_iter().next() {
            return Err(failure);
        }
    }
    if !args.exit_code {
        return Ok(ExitCode::Conformant);
    }
    let code = ExitCode::of_number(i32::from(results.exit));
    if code == ExitCode::Conformant && !(results.complete && results.tally.compared() > 0) {
        return Err(Failure::inconclusive(format!("{} is not complete, or nothing was compared", args.results.display())));
    }
    Ok(code)
}
