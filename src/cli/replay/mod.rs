//! `replay`: repeats cases and requests that other people bring, and says what became of them.

mod as_all;
mod brought;
mod groups;
mod log;
mod once;
mod outcome;
mod replayable;
mod target;

use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;
use serde_json::json;

use self::brought::Brought;
use self::groups::{Groups, MANY};
pub use self::once::{Once, is_one_request, once};
use self::outcome::{Answered, Counts, ReplayOutcome};
use self::replayable::{Replayable, named, outcome, results, toml_file, unknown_credentials};
pub use self::target::{TARGET_FILE, TargetAgain, in_shell};
use super::args::ReplayArgs;
use super::brought::tell_brought;
use super::exit::ExitCode;
use super::progress::case_bar;
use super::screen::{eprintln, print, println};
use super::signals::interrupted;
use super::start::Wants;
use crate::ask::{Client, ExactSender, Question, Responder as _, canaries};
use crate::failure::{Failure, at};
use crate::judge::{Verdict, judge_told, suspects};
use crate::matomo::{Observation, Secrets, curl_line};
use crate::model::{Answer, ClauseId, Decision, World, hangs_on_brought};
use crate::pasted::{ExactRequest, Pasted};
use crate::plan::{Filter, Input, PRINCIPALS, Principal, Slot, principal, spared_request};
use crate::report::{Paint, answer_columns};
use crate::sut::{CHANGING, Environment, create_private};

/// No answer of a Matomo that works takes longer.
const PATIENCE: Duration = Duration::from_secs(180);

/// A request that was repeated.
struct Played {
    outcome: ReplayOutcome,
    /// The clause that it is about.
    clause: String,
    text: String,
    answered: Answered,
    observation: Observation,
}

/// Everything that requests are repeated with.
struct Repeats<'a> {
    environment: &'a Environment,
    client: &'a Client<'a>,
    exact: ExactSender,
    slots: &'a [Slot],
    slot: &'a str,
    filter: &'a Filter,
    principal: Option<&'static Principal>,
    complete: bool,
    json: bool,
    in_full: bool,
    /// The target's secrets and those that were pasted, to be taken out of everything that is shown.
    secrets: Secrets,
    /// What may change something is asked alone, and put back before the next is asked.
    alone: tokio::sync::RwLock<()>,
    bar: ProgressBar,
    stop: tokio::task::JoinHandle<()>,
}

impl Repeats<'_> {
    fn stopped(&self) -> bool {
        self.stop.is_finished()
    }

    fn redact(&self, text: &str) -> String {
        self.secrets.redact(text)
    }

    fn show(&self, text: &str) {
        self.bar.suspend(|| print!("{}", self.redact(text)));
    }

    /// Puts the database back behind a request that may have changed it.
    async fn put_back(&self, input: &Input) -> Result<(), Failure> {
        if spared_request(&input.request).is_some() {
            self.client.put_back().await?;
        }
        Ok(())
    }

    /// Repeats one request: what became of it, and the text that says so.
    async fn play(&self, one: &Replayable) -> Result<Played, Failure> {
        let changes = one.exact.is_some() && spared_request(&one.input.request).is_some();
        let _alone = if changes { (None, Some(self.alone.write().await)) } else { (Some(self.alone.read().await), None) };
        self.client.prepare(&one.input).await?;
        let known = self.client.known();
        let question = match one.exact {
            Some(_) => Question::exactly(&one.input, known),
            None => Question::of(&one.input, known),
        };
        let question = question.map_err(Failure::usage)?;
        let decision = question.decide();
        let place = self.client.place(&one.input);
        let log = place.and_then(|(_, log)| log);
        let before = log.and_then(|log| std::fs::metadata(log).ok()).map_or(0, |data| data.len());
        let raw = match (&one.exact, place) {
            (Some(exact), Some((base, _))) => self.exact.send(base, exact).await,
            (Some(_), None) => Err(format!("no slot {:?} is served", one.input.slot)),
            (None, _) => self.client.send(&one.input, &question).await,
        };
        let (observation, mut verdict) = question.judge(&decision, raw.as_ref());
        if one.exact.is_some() {
            self.put_back(&one.input).await?;
        }
        if let Some(told) = &one.told
            && !hangs_on_brought(&question.ask())
        {
            verdict = verdict.min(judge_told(told, &observation));
        }
        let outcome = outcome_of(one, verdict, &observation);
        let blamed = suspects(&question.ask(), &observation).first().copied().unwrap_or(decision.clause);
        let clause_of = match (&one.before, verdict.differs()) {
            (_, true) => blamed.to_string(),
            (Some(before), false) => before.clause.clone().unwrap_or_else(|| decision.clause.to_string()),
            (None, false) => decision.clause.to_string(),
        };
        let answered = match &observation {
            Observation::Clear { answer: Answer::Opened { who, .. }, .. } => Answered::Opened(who.login.clone()),
            Observation::Clear { answer: Answer::Denied { reason }, .. } => Answered::Refused(*reason),
            _ => Answered::Unclear,
        };
        let mut text = self.text(one, &question, &decision, &observation, (verdict, outcome, blamed), log.map(|log| (log, before)));
        if let Some(exact) = &one.exact {
            // Of a long log nobody has noted each token before.
            text = self.secrets.redact_with(&text, exact.secrets(&self.environment.world));
        }
        Ok(Played { outcome, clause: clause_of, text, answered, observation })
    }

    /// What is said of one request.
    fn text(
        &self,
        one: &Replayable,
        question: &Question<'_>,
        decision: &Decision,
        observation: &Observation,
        (verdict, outcome, blamed): (Verdict, ReplayOutcome, ClauseId),
        log: Option<(&Path, u64)>,
    ) -> String {
        let paint = outcome.paint();
        let mut text = format!("{paint}{}{paint:#} {}\n", outcome.name().to_uppercase(), one.label);
        let mut line = |words: &str| {
            text.push_str("  ");
            text.push_str(words);
            text.push('\n');
        };
        for note in &one.notes {
            line(note);
        }
        if !self.in_full && matches!(outcome, ReplayOutcome::Fine | ReplayOutcome::Fixed) {
            return text;
        }
        if verdict.differs() {
            let clause = blamed.clause();
            line(&format!("{}, clause {blamed}: {} [{}]", verdict.name(), clause.says, clause.origin()));
        }
        if let Some(told) = &one.told {
            line(&format!("told      {told}"));
        }
        let earlier = one.before.as_ref().map(|before| before.observed.as_ref());
        for row in answer_columns(decision, earlier.flatten(), observation) {
            line(&row);
        }
        for row in trace(decision) {
            line(&row);
        }
        for row in log.map(|(log, before)| lines_since(log, before)).unwrap_or_default() {
            line(&format!("log  {row}"));
        }
        let slot = one.input.slot.as_deref().unwrap_or(CHANGING);
        let again = one.exact.as_ref().map_or_else(|| curl_line(slot, &question.request), |exact| exact.curl_line(slot));
        line(&format!("{}{again}{:#}", Paint::DIM, Paint::DIM));
        text
    }
}

/// Runs `replay`.
pub async fn run(args: &ReplayArgs) -> Result<ExitCode, Failure> {
    let filter = Filter::new(&args.only, &[]).map_err(Failure::usage)?;
    let everybody = args.principal.as_deref() == Some("all");
    let as_whom = args.principal.as_deref().filter(|_| !everybody).map(find_principal).transpose()?;
    let mut brought = brought::read_all(args)?;
    if everybody && !brought.iter().all(|one| matches!(one, Brought::Pasted(_))) {
        return Err(Failure::usage("--as all is for a line, an address or a HAR file: everything else says who asks"));
    }
    if args.json && !everybody {
        return Err(Failure::usage("-j needs --as all"));
    }
    let target = target::choose(args, &brought)?;
    let unknown = say_unknown(&mut brought, as_whom.is_none() && !everybody);
    let wants = Wants { changing_slot: true, edited: args.keep.is_some(), ..Wants::default() };
    let environment = super::start::start(&target, wants).await?;
    let features = &environment.features;
    let slots: Vec<_> = environment.slots.iter().map(|served| served.slot.clone()).collect();
    let mut client = Client::new(&environment, PATIENCE)?;
    if brought.iter_mut().any(|one| may_change(one, as_whom.is_some())) {
        client = client.keeping().await?;
    }
    let mut secrets = environment.secrets.clone();
    for (name, value) in unknown.iter() {
        secrets.set(name, value);
    }
    let repeats = Repeats {
        environment: &environment,
        client: &client,
        exact: ExactSender::new(environment.secrets.clone(), PATIENCE),
        slots: &slots,
        slot: &args.slot,
        filter: &filter,
        principal: as_whom,
        complete: args.complete,
        json: args.json,
        in_full: args.all,
        secrets,
        alone: tokio::sync::RwLock::default(),
        bar: case_bar(0),
        stop: tokio::spawn(interrupted()),
    };
    let (mut all, mut pasted, mut logs) = (Vec::new(), Vec::new(), Vec::new());
    let picked = |one: &Replayable| filter.is_empty() || filter.takes(&one.label);
    for one in brought {
        match one {
            Brought::Pasted(requests) if everybody => {
                let takes = |one: &Pasted| filter.is_empty() || filter.takes(&one.request.label());
                pasted.extend(requests.into_iter().filter(takes));
            }
            Brought::Pasted(requests) => {
                for request in requests {
                    all.extend(Replayable::pasted(request, &repeats)?);
                }
            }
            Brought::Log(log) => logs.push(log),
            Brought::Results(file) => all.extend(results(&file, &slots)?.into_iter().filter(picked)),
            Brought::Toml(file) => all.extend(toml_file(&file, &slots, features)?.into_iter().filter(picked)),
            Brought::Named(name) => all.extend(named(&name, &slots, features)?.into_iter().filter(picked)),
        }
    }
    if all.is_empty() && pasted.is_empty() && logs.is_empty() {
        return Err(Failure::inconclusive("nothing of it can be repeated: no difference, or none that the filter takes"));
    }
    if environment.is_simulated() {
        eprintln!("{}simulated target: no real Matomo is tested{:#}", Paint::WARN, Paint::WARN);
    }
    let many = if logs.is_empty() { format!("{} to repeat", all.len() + pasted.len()) } else { "an access log to repeat".to_owned() };
    eprintln!("{} {}, {many}", environment.name, features.version);
    tell_brought(&environment);
    let failed = canaries(&environment, client.sender()).await;
    for canary in &failed {
        eprintln!("{}canary:{:#} {} was not {}", Paint::WARN, Paint::WARN, canary.principal, canary.should_be);
    }
    repeats.bar.set_length(all.len() as u64);
    let repeats = Repeats { in_full: args.all || all.len() == 1, ..repeats };
    let mut counts = Counts::default();
    play_all(&all, &repeats, &mut counts).await?;
    let mut tables = Vec::new();
    for one in pasted {
        tables.push(as_all::play(one, &repeats, &mut counts).await?);
    }
    for log in &mut logs {
        log.play(&repeats, &mut counts).await?;
    }
    repeats.stop.abort();
    repeats.bar.finish_and_clear();
    if args.json {
        let target = json!({"kind": environment.kind, "name": environment.name, "version": features.version, "real_matomo": !environment.is_simulated()});
        let text = serde_json::to_string_pretty(&json!({"target": target, "requests": tables})).map_err(Failure::internal)?;
        println!("{}", repeats.redact(&text));
    }
    let exit = close(&counts, failed.is_empty(), &environment, args.json);
    if let Some(file) = &args.keep {
        keep(&environment, file).await?;
    }
    Ok(exit)
}

async fn play_all(all: &[Replayable], repeats: &Repeats<'_>, counts: &mut Counts) -> Result<(), Failure> {
    let mut groups = (all.len() > MANY && !repeats.in_full).then(Groups::default);
    for one in all {
        if repeats.stopped() {
            return Err(Failure::interrupted());
        }
        let played = repeats.play(one).await?;
        counts.add(played.outcome);
        match &mut groups {
            Some(groups) => groups.add(played),
            None => repeats.show(&played.text),
        }
        repeats.bar.inc(1);
    }
    if let Some(groups) = groups {
        repeats.bar.suspend(|| groups.print(|text| repeats.redact(text)));
    }
    Ok(())
}

fn find_principal(name: &str) -> Result<&'static Principal, Failure> {
    principal(name).ok_or_else(|| {
        let names: Vec<&str> = PRINCIPALS.iter().map(|principal| principal.name).collect();
        Failure::usage(format!("there is no principal {name:?}")).hint(format!("they are all (every one of them), {}", names.join(", ")))
    })
}

/// Whether something of it may change the Matomo that is asked. In a log only tokens that are somebody's here can.
fn may_change(one: &mut Brought, is_somebody: bool) -> bool {
    let changes = |request: &ExactRequest| spared_request(&request.view()).is_some();
    match one {
        Brought::Pasted(requests) => requests.iter().any(|one| changes(&one.request)),
        Brought::Log(log) => {
            let world = World::standard();
            let is_known = |request: &ExactRequest| is_somebody || request.unknown_credentials(&world).is_empty();
            log.some_request(|request| request.has_credentials() && is_known(request) && changes(request)).is_some()
        }
        _ => false,
    }
}

/// Says of which credentials nothing is known, before anything else; their values, to be taken out of what is shown.
fn say_unknown(brought: &mut [Brought], aloud: bool) -> Secrets {
    let world = World::standard();
    let mut secrets = Secrets::default();
    let mut note = |request: &ExactRequest, place: Option<&str>, aloud: bool| {
        for (name, value) in request.secrets(&world) {
            secrets.set_if_new(name, value);
        }
        if let Some(words) = unknown_credentials(request, &world).filter(|_| aloud) {
            let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
            println!("{}{place}{words}{:#}", Paint::WARN, Paint::WARN);
        }
    };
    for one in brought {
        match one {
            Brought::Pasted(requests) => {
                let mut said = 0;
                for one in requests.iter() {
                    if unknown_credentials(&one.request, &world).is_some() {
                        said += 1;
                    }
                    note(&one.request, one.place.as_deref(), aloud && said <= groups::SHOWN);
                }
                if said > groups::SHOWN && aloud {
                    println!("… and {} more of such requests", said - groups::SHOWN);
                }
            }
            Brought::Log(log) => {
                if let Some(request) = log.some_request(|request| !request.unknown_credentials(&world).is_empty()) {
                    note(&request, Some("the log, also elsewhere"), aloud);
                }
            }
            _ => {}
        }
    }
    secrets
}

fn outcome_of(one: &Replayable, verdict: Verdict, observation: &Observation) -> ReplayOutcome {
    let now = match observation {
        Observation::Clear { answer, .. } => outcome(answer),
        _ => return ReplayOutcome::Unclear,
    };
    match (&one.before, verdict.differs()) {
        (None, false) => ReplayOutcome::Fine,
        (Some(_), false) => ReplayOutcome::Fixed,
        (None, true) => ReplayOutcome::Differs,
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

fn close(counts: &Counts, canaries_pass: bool, environment: &Environment, quiet: bool) -> ExitCode {
    let parts: Vec<String> = ReplayOutcome::ALL
        .iter()
        .filter(|outcome| counts.of(**outcome) > 0)
        .map(|outcome| format!("{} {}", counts.of(*outcome), outcome.name()))
        .collect();
    let differ = counts.differ();
    let fine = differ == 0 && counts.of(ReplayOutcome::Unclear) == 0 && canaries_pass;
    let paint = if fine { Paint::FINE } else { Paint::LEAK };
    let simulated = if environment.is_simulated() { "; simulated target: no real Matomo was tested" } else { "" };
    let line = format!("{paint}{} {}: {}{simulated}{paint:#}", environment.name, environment.features.version, parts.join(", "));
    if quiet {
        eprintln!("{line}");
    } else {
        println!("{line}");
    }
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
