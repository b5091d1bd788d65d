//! The end of a run: what is shown, which reports are written, with what the program ends.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use crate::cli::screen::{Screen, eprintln, is_quiet, is_verbose, print};

use super::super::args::ReportArgs;
use super::super::exit::ExitCode;
use crate::ask::{OutputFolder, append_redacted, write_redacted};
use crate::failure::Failure;
use crate::matomo::Secrets;
use crate::report::{
    Difference, GitHub, JournalLine, Paint, Results, markdown, print_accepted, print_bugs, print_closing, print_coverage, print_glance,
    print_scenarios, print_summary,
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

/// Names in the journal, too, the clauses that were settled on once all differences were known.
pub fn name_settled(output: &mut OutputFolder, results: &Results) -> Result<(), Failure> {
    output.rewrite(|line| {
        let found: JournalLine = serde_json::from_str(line).ok()?;
        let difference = JournalLine { text: line.to_owned(), ..found }.difference().ok()??;
        let clause = results.settled_on(difference.verdict, &difference.suspects).filter(|clause| *clause != difference.clause)?;
        serde_json::to_value(Difference { clause, ..difference }).ok()
    })
}

/// Shows what was found.
pub fn show(results: &Results, secrets: &Secrets, took: Duration, replay: &str) -> Result<(), Failure> {
    let shown = || -> std::io::Result<()> {
        let mut out = Screen;
        let whole = results.plan.everything() && results.plan.shard.is_none() && results.target.readings.len() > 1;
        if is_verbose() {
            print_coverage(&mut out, &results.coverage, whole)?;
            print_summary(&mut out, results)?;
            print_bugs(&mut out, results)?;
            print_scenarios(&mut out, results)?;
        } else {
            print_glance(&mut out, results)?;
            if results.scenarios.values().any(|count| count.as_told < count.requests) {
                print_scenarios(&mut out, results)?;
            }
        }
        print_accepted(&mut out, results)?;
        if let Some(lines) = &results.lines {
            lines.print(&mut out)?;
        }
        show_what_prevents_a_conclusion(results, secrets);
        if !is_quiet() && results.tally.differences() > 0 {
            writeln!(out, "to repeat one: {replay}")?;
        }
        print_closing(&mut out, results, took)
    };
    shown().map_err(|error| Failure::environment(format!("cannot write to the terminal: {error}")))
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn show_what_prevents_a_conclusion(results: &Results, secrets: &Secrets) {
    let (caused, failed) = results.canaries_by_cause();
    if !caused.is_empty() {
        let of: BTreeSet<&str> = caused.iter().map(|canary| canary.principal.as_str()).collect();
        let of = of.into_iter().collect::<Vec<_>>().join(", ");
        eprintln!("{} of {of} failed because of what differs", count(caused.len(), "canary", "canaries"));
    }
    for canary in failed {
        eprintln!("{}canary:{:#} {}", Paint::WARN, Paint::WARN, secrets.redact(&canary.in_words()));
    }
    if !results.undecided.is_empty() {
        let undecided: Vec<&str> = results.undecided.iter().map(|id| id.as_str()).collect();
        let (word, within) = match (results.undecided_is_accepted(), results.budget_spent()) {
            (true, _) => ("left open:", " within the budget"),
            (false, true) => ("inconclusive:", " within the budget (--budget-ok accepts that)"),
            (false, false) => ("inconclusive:", ""),
        };
        eprintln!("{}{word}{:#} not decided both ways{within}: {}", Paint::WARN, Paint::WARN, undecided.join(", "));
    }
    for what in &results.target.not_compared {
        eprintln!("not compared: {what}");
    }
}

/// Shows how fast a run was.
pub fn show_rate(results: &Results, ending: &Ending, output: &OutputFolder) {
    if is_quiet() {
        return;
    }
    let rate = u128::from(results.tally.cases - results.tally.not_run) * 1000 / ending.requests.as_millis().max(1);
    eprintln!("{rate} requests per second, {} sent again; results in {}", ending.retried, output.path().display());
}

/// Writes the reports that were asked for, and those that GitHub Actions reads where it runs the program. What fails comes back: the verdict
/// is told whatever becomes of a report.
pub fn write_reports(results: &Results, args: &ReportArgs, secrets: &Secrets) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut note = |written: Result<(), Failure>| failures.extend(written.err());
    for (format, file) in args.wanted() {
        note((format.make)(results).and_then(|text| write_redacted(file, &text, secrets)));
    }
    if let Some(github) = GitHub::of_environment() {
        print!("{}", secrets.redact(&github.annotations(results)));
        if let Some(file) = &github.summary {
            note(append_redacted(file, &markdown(results), secrets));
        }
    }
    failures
}

/// Tells what failed, and gives the code to end with: a difference stays one, and what would be success is none.
pub fn tell_failures(failures: &[Failure], code: ExitCode) -> ExitCode {
    for failure in failures {
        eprintln!("{}error:{:#} {failure}", Paint::LEAK, Paint::LEAK);
    }
    if failures.is_empty() || code != ExitCode::Conformant { code } else { ExitCode::Environment }
}
