//! Progress on standard error: a spinner for phases, a bar with requests per second for cases; nothing off a terminal.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::screen::{eprintln, is_quiet};
use crate::judge::Verdict;
use crate::report::{first_text, plural_of, stream_is_terminal};
use crate::sut::Progress;

/// A spinner that names the phase.
pub struct PhaseSpinner(ProgressBar);

impl PhaseSpinner {
    /// Shows nothing until the first phase.
    pub fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, target());
        bar.set_style(
            ProgressStyle::with_template("{spinner} {prefix} ({elapsed}) {wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        Self(bar)
    }
}

impl Progress for PhaseSpinner {
    fn phase(&self, name: &str) {
        self.0.set_prefix(name.to_owned());
        self.0.set_message("");
        self.0.reset_elapsed();
    }

    fn detail(&self, text: &str) {
        self.0.set_message(text.to_owned());
    }
}

impl Drop for PhaseSpinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A bar over cases.
pub fn case_bar(cases: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(cases), target());
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} cases, {per_sec}, {eta} left {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// How often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(30);

/// Tells how a run goes: a bar with the count of differences, the first one the moment it comes, and a line now and then where there is no
/// terminal.
pub struct CaseProgress {
    bar: ProgressBar,
    differences: u64,
    told: Instant,
}

impl CaseProgress {
    /// Over a bar of cases.
    pub fn over(bar: ProgressBar) -> Self {
        Self { bar, differences: 0, told: Instant::now() }
    }

    /// One more case.
    pub fn inc(&mut self, verdict: Verdict, case: impl FnOnce() -> String) {
        self.bar.inc(1);
        if verdict.differs() {
            self.differences += 1;
            self.bar.set_message(format!("{} {}", self.differences, plural_of("difference", self.differences)));
            if self.differences == 1 && !is_quiet() {
                self.bar.suspend(|| eprintln!("first difference: {}", first_text(verdict, &case())));
            }
        }
        if !stream_is_terminal() && !is_quiet() && self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            let (done, of) = (self.bar.position(), self.bar.length().unwrap_or_default());
            eprintln!("{done} of {of} cases, {} {}", self.differences, plural_of("difference", self.differences));
        }
    }
}

/// A bar over mutants.
pub fn mutant_bar(mutants: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(mutants), target());
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} mutants, {eta} left {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(std::time::Duration::from_millis(500));
    bar
}

fn target() -> ProgressDrawTarget {
    if stream_is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}
