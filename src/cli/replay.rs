//! `replay`: repeats cases, one request at a time, and says what became of them.

use std::path::Path;
use std::time::Duration;

use super::screen::{eprintln, print, println};

use super::args::ReplayArgs;
use super::exit::ExitCode;
use super::progress::case_bar;
use super::replayable::{Replayable, outcome, read};
use super::signals::interrupted;
use super::start::Wants;
use crate::ask::{Client, Question, Responder as _, canaries};
use crate::failure::{Failure, at};
use crate::judge::{Verdict, judge_told, suspects};
use crate::matomo::{Observation, curl_line};
use crate::model::Decision;
use crate::plan::Filter;
use crate::report::{Paint, answer_columns};
use crate::sut::{CHANGING, Environment, create_private};

/// No answer of a Matomo that works takes longer.
const PATIENCE: Duration = Duration::from_secs(180);

/// What became of a case that is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReplayOutcome {
    /// It is as it must be.
    Fine,
    /// It differed before and does no more.
    Fixed,
    /// It differs in the same way, or differs and nothing is known of before.
    StillThere,
    /// It differs in another way.
    Changed,
    /// Nothing can be said.
    Unclear,
}

impl ReplayOutcome {
    fn name(self) -> &'static str {
        match self {
            Self::Fine => "as it must be",
            Self::Fixed => "fixed",
            Self::StillThere => "still there",
            Self::Changed => "changed",
            Self::Unclear => "unclear",
        }
    }

    fn paint(self) -> anstyle::Style {
        match self {
            Self::Fine | Self::Fixed => Paint::FINE,
            Self::StillThere => Paint::LEAK,
            Self::Changed | Self::Unclear => Paint::WARN,
        }
    }
}

/// Runs `replay`.
pub async fn run(args: &ReplayArgs) -> Result<ExitCode, Failure> {
    let filter = Filter::new(&args.only, &[]).map_err(Failure::usage)?;
    let environment =
        super::start::start(&args.target, Wants { changing_slot: true, edited: args.keep.is_some(), ..Wants::default() }).await?;
    let features = &environment.features;
    let slots: Vec<_> = environment.slots.iter().map(|served| served.slot.clone()).collect();
    let mut all = Vec::new();
    for what in &args.what {
        all.extend(read(what, &slots, features, &args.slot)?.into_iter().filter(|one| filter.is_empty() || filter.takes(&one.label)));
    }
    if all.is_empty() {
        return Err(Failure::inconclusive("nothing of it can be repeated: no difference, or none that the filter takes"));
    }
    if environment.is_simulated() {
        eprintln!("{}simulated target: no real Matomo is tested{:#}", Paint::WARN, Paint::WARN);
    }
    eprintln!("{} {}, {} to repeat", environment.name, features.version, all.len());
    let desk = Client::new(&environment, PATIENCE)?;
    let failed = canaries(&environment, desk.sender()).await;
    for canary in &failed {
        eprintln!("{}canary:{:#} {} was not {}", Paint::WARN, Paint::WARN, canary.principal, canary.should_be);
    }
    let bar = case_bar(all.len() as u64);
    let mut counts = [0_usize; 5];
    let stop = tokio::spawn(interrupted());
    for one in &all {
        if stop.is_finished() {
            return Err(Failure::interrupted());
        }
        let (fate, text) = repeat(one, &desk, args.all || all.len() == 1).await?;
        counts[fate as usize] += 1;
        bar.suspend(|| print!("{}", environment.secrets.redact(&text)));
        bar.inc(1);
    }
    stop.abort();
    bar.finish_and_clear();
    let exit = close(counts, failed.is_empty(), &environment);
    if let Some(file) = &args.keep {
        keep(&environment, file).await?;
    }
    Ok(exit)
}

/// Repeats one case: what became of it, and the text that says so.
async fn repeat(one: &Replayable, desk: &Client<'_>, in_full: bool) -> Result<(ReplayOutcome, String), Failure> {
    desk.prepare(&one.input).await?;
    let question = Question::of(&one.input, desk.known()).map_err(Failure::usage)?;
    let decision = question.decide();
    let log = desk.place(&one.input).and_then(|(_, log)| log);
    let before = log.and_then(|log| std::fs::metadata(log).ok()).map_or(0, |data| data.len());
    let raw = desk.send(&one.input, &question).await;
    let (observation, mut verdict) = question.judge(&decision, raw.as_ref());
    if let Some(told) = &one.told {
        verdict = verdict.min(judge_told(told, &observation));
    }
    let fate = fate(one, verdict, &observation);
    let paint = fate.paint();
    let mut text = format!("{paint}{}{paint:#} {}\n", fate.name().to_uppercase(), one.label);
    if !in_full && matches!(fate, ReplayOutcome::Fine | ReplayOutcome::Fixed) {
        return Ok((fate, text));
    }
    let mut line = |words: &str| {
        text.push_str("  ");
        text.push_str(words);
        text.push('\n');
    };
    if verdict.differs() {
        let blamed = suspects(&question.ask(), &observation).first().copied().unwrap_or(decision.clause);
        let clause = blamed.clause();
        line(&format!("{}, clause {blamed}: {} [{}]", verdict.name(), clause.says, clause.origin()));
    }
    if let Some(told) = &one.told {
        line(&format!("told      {told}"));
    }
    let earlier = one.before.as_ref().map(|before| before.observed.as_ref());
    for row in answer_columns(&decision, earlier.flatten(), &observation) {
        line(&row);
    }
    for row in trace(&decision) {
        line(&row);
    }
    for row in log.map(|log| lines_since(log, before)).unwrap_or_default() {
        line(&format!("log  {row}"));
    }
    let slot = one.input.slot.as_deref().unwrap_or(CHANGING);
    line(&format!("{}{}{:#}", Paint::DIM, curl_line(slot, &question.request), Paint::DIM));
    Ok((fate, text))
}

fn fate(one: &Replayable, verdict: Verdict, observation: &Observation) -> ReplayOutcome {
    let now = match observation {
        Observation::Clear { answer, .. } => outcome(answer),
        _ => return ReplayOutcome::Unclear,
    };
    match (&one.before, verdict.differs()) {
        (None, false) => ReplayOutcome::Fine,
        (Some(_), false) => ReplayOutcome::Fixed,
        (None, true) => ReplayOutcome::StillThere,
        (Some(before), true) if before.verdict == verdict.name() && before.outcome() == now => ReplayOutcome::StillThere,
        (Some(_), true) => ReplayOutcome::Changed,
    }
}

/// The clauses that were asked, with what each says.
fn trace(decision: &Decision) -> Vec<String> {
    let steps = decision
        .trace
        .steps
        .iter()
        .map(|step| format!("{} {:26} {}", if step.held { "yes" } else { " no" }, step.clause, step.clause.clause().says));
    steps.collect()
}

/// What a server has logged since a place in its log.
fn lines_since(log: &Path, place: u64) -> Vec<String> {
    let bytes = std::fs::read(log).unwrap_or_default();
    let new = bytes.get(usize::try_from(place).unwrap_or(usize::MAX)..).unwrap_or_default();
    let text = String::from_utf8_lossy(new).into_owned();
    // That connections were opened and closed says nothing.
    text.lines().filter(|line| !line.ends_with(" Accepted") && !line.ends_with(" Closing")).map(str::to_owned).collect()
}

fn close(counts: [usize; 5], canaries_pass: bool, environment: &Environment) -> ExitCode {
    let all = [ReplayOutcome::Fine, ReplayOutcome::Fixed, ReplayOutcome::StillThere, ReplayOutcome::Changed, ReplayOutcome::Unclear];
    let parts: Vec<String> =
        all.iter().zip(counts).filter(|(_, count)| *count > 0).map(|(fate, count)| format!("{count} {}", fate.name())).collect();
    let differ = counts[ReplayOutcome::StillThere as usize] + counts[ReplayOutcome::Changed as usize];
    let fine = differ == 0 && counts[ReplayOutcome::Unclear as usize] == 0 && canaries_pass;
    let paint = if fine { Paint::FINE } else { Paint::LEAK };
    let simulated = if environment.is_simulated() { "; simulated target: no real Matomo was tested" } else { "" };
    println!("{paint}{} {}: {}{simulated}{paint:#}", environment.name, environment.features.version, parts.join(", "));
    match (differ > 0, fine) {
        (true, _) => ExitCode::Difference,
        (false, false) => ExitCode::Inconclusive,
        (false, true) => ExitCode::Conformant,
    }
}

/// Leaves everything up until a signal, with what a shell needs in a file of its own.
async fn keep(environment: &Environment, file: &Path) -> Result<(), Failure> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(at(folder, "create the folder"))?;
    }
    let _ = std::fs::remove_file(file);
    let lines: Vec<String> = environment.exports().map(|(name, value)| format!("export {name}='{value}'\n")).collect();
    create_private(file, &lines.concat())?;
    eprintln!("kept until Ctrl-C; `. {}` gives a shell the addresses and tokens for the curl lines", file.display());
    if !environment.is_simulated() {
        eprintln!(
            "for Xdebug start with XDEBUG_MODE=debug and XDEBUG_CONFIG='client_host=127.0.0.1' in the environment, and let your editor listen on port 9003"
        );
    }
    interrupted().await;
    std::fs::remove_file(file).map_err(at(file, "remove"))
}
