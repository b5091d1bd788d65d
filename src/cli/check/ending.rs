//! The end of a run: what is shown, which reports are written, with what the program ends.

use std::time::Duration;

use crate::cli::screen::{Screen, eprintln, print};

use super::super::args::ReportArgs;
use super::super::exit::ExitCode;
use crate::ask::{OutputFolder, append_redacted, write_redacted};
use crate::failure::Failure;
use crate::matomo::Secrets;
use crate::report::{
    GitHub, Paint, Results, junit, markdown, print_bugs, print_closing, print_coverage, print_scenarios, print_summary, sarif,
};

/// What is known of a run beside its results.
pub struct Ending {
    /// The exit code.
    pub exit: ExitCode,
    /// How long requests were sent.
    pub requests: Duration,
    /// How long everything took.
    pub whole: Duration,
    /// Requests that were sent again.
    pub retried: u64,
}

/// Shows what was found.
pub fn show(results: &Results, secrets: &Secrets, took: Duration) -> Result<(), Failure> {
    let shown = || -> std::io::Result<()> {
        let mut out = Screen;
        let whole = results.plan.everything() && results.plan.shard.is_none() && results.target.readings.len() > 1;
        print_coverage(&mut out, &results.coverage, whole)?;
        print_summary(&mut out, results)?;
        if let Some(lines) = &results.lines {
            lines.print(&mut out)?;
        }
        print_bugs(&mut out, results)?;
        print_scenarios(&mut out, results)?;
        show_what_prevents_a_conclusion(results, secrets);
        print_closing(&mut out, results, took)
    };
    shown().map_err(|error| Failure::environment(format!("cannot write to the terminal: {error}")))
}

fn show_what_prevents_a_conclusion(results: &Results, secrets: &Secrets) {
    for canary in &results.canaries {
        let seen = secrets.redact(&canary.seen);
        eprintln!("{}canary:{:#} {} was not {}: {seen}", Paint::WARN, Paint::WARN, canary.principal, canary.should_be);
    }
    if !results.undecided.is_empty() {
        let undecided: Vec<&str> = results.undecided.iter().map(|id| id.as_str()).collect();
        eprintln!("{}inconclusive:{:#} not decided both ways: {}", Paint::WARN, Paint::WARN, undecided.join(", "));
    }
    for what in &results.target.not_compared {
        eprintln!("not compared: {what}");
    }
}

/// Shows how fast a run was.
pub fn show_rate(results: &Results, ending: &Ending, output: &OutputFolder) {
    let rate = u128::from(results.tally.cases - results.tally.not_run) * 1000 / ending.requests.as_millis().max(1);
    eprintln!("{rate} requests per second, {} sent again; results in {}", ending.retried, output.path().display());
}

/// Writes the reports that were asked for, and those that GitHub Actions reads where it runs the program.
pub fn write_reports(results: &Results, args: &ReportArgs, secrets: &Secrets) -> Result<(), Failure> {
    if let Some(file) = &args.junit {
        write_redacted(file, &junit(results)?, secrets)?;
    }
    if let Some(file) = &args.sarif {
        write_redacted(file, &sarif(results)?, secrets)?;
    }
    if let Some(file) = &args.markdown {
        write_redacted(file, &markdown(results), secrets)?;
    }
    if let Some(github) = GitHub::of_environment() {
        print!("{}", secrets.redact(&github.annotations(results)));
        if let Some(file) = &github.summary {
            append_redacted(file, &markdown(results), secrets)?;
        }
    }
    Ok(())
}
