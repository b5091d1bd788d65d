//! `bisect`: finds the commit from which on a case, or a request of somebody, is answered differently.

mod changes;
mod search;

use std::path::Path;

use tokio::task::JoinHandle;

use self::changes::{deciding, files, hunks};
use self::search::{Found, Tried, search, short};
use super::args::{BisectArgs, ReplayArgs, TargetArgs};
use super::exit::ExitCode;
use super::replay::{self, Once, in_shell};
use super::screen::{eprintln, println};
use super::signals::interrupted;
use crate::failure::{Failure, FailureKind, at};
use crate::mutation::{DecidingFunction, deciding_functions};
use crate::report::{Paint, plural};
use crate::sut::{Dependencies, History};

/// Changed lines that are shown of one function, and files where no function that decides is changed.
const SHOWN: usize = 40;

/// Everything that commits are tried with.
struct Trial<'a> {
    args: &'a BisectArgs,
    history: &'a History,
    dependencies: Dependencies,
    stop: &'a JoinHandle<()>,
}

/// Runs `bisect`.
pub async fn run(args: &BisectArgs) -> Result<ExitCode, Failure> {
    replay::is_one_request(&asked(args, &args.repository))?;
    // From here on a signal ends nothing by itself: the clone is removed on the way out.
    let stop = tokio::spawn(interrupted());
    let done = Box::pin(bisect(args, &stop)).await;
    let was_interrupted = stop.is_finished();
    stop.abort();
    // A signal reaches git and composer, too, and what they then say is no failure of theirs.
    if was_interrupted { Err(Failure::interrupted()) } else { done }
}

async fn bisect(args: &BisectArgs, stop: &JoinHandle<()>) -> Result<ExitCode, Failure> {
    let history = History::open(&args.repository).await?;
    let (good, bad) = (history.resolve(&args.good).await?, history.resolve(&args.bad).await?);
    if good == bad {
        let same = format!("{} and {} are the same commit, {}", args.good, args.bad, short(&good));
        return Err(Failure::usage(same).hint("give one from before the change and one from after it"));
    }
    let trees = std::iter::once(&args.repository).chain(&args.vendor).cloned().collect();
    let dependencies = Dependencies::of(trees, history.beside("vendor")?);
    let mut trial = Trial { args, history: &history, dependencies, stop };
    let found = search(&history, (&good, &bad), async |commit| trial.of(commit).await).await?;
    trial.tell(&found).await
}

/// The request, asked of a tree.
fn asked(args: &BisectArgs, tree: &Path) -> ReplayArgs {
    let target =
        TargetArgs { source: Some(tree.to_owned()), programs: args.programs.clone(), start: args.start.clone(), ..TargetArgs::default() };
    ReplayArgs {
        what: vec![args.what.clone()],
        target,
        only: Vec::new(),
        slot: args.slot.clone(),
        principal: args.principal.clone(),
        set: Vec::new(),
        complete: false,
        all: false,
        json: false,
        keep: None,
    }
}

impl Trial<'_> {
    /// What a commit answers.
    async fn of(&mut self, commit: &str) -> Result<Tried, Failure> {
        if self.stop.is_finished() {
            return Err(Failure::interrupted());
        }
        let tree = self.history.tree();
        self.check_out(commit).await?;
        let said = self.history.commit(commit).await?;
        let line = format!("{} {}", short(commit), said.subject);
        if !self.history.has(commit, "vendor/autoload.php").await?
            && let Err(why) = self.dependencies.put(tree).await?
        {
            return Ok(skip(&line, Failure::environment(why)));
        }
        // The start hears only signals that come while it is under way.
        if self.stop.is_finished() {
            return Err(Failure::interrupted());
        }
        match Box::pin(replay::once(&asked(self.args, tree))).await {
            Ok(Once::Clear(answer)) => {
                eprintln!("{line}: {answer}");
                Ok(Tried::Answer(answer))
            }
            Ok(Once::Unclear(why)) => Ok(skip(&line, Failure::inconclusive(why))),
            Err(failure) if failure.kind == FailureKind::Interrupted => Err(failure),
            Err(failure) => Ok(skip(&line, failure)),
        }
    }

    /// Puts a commit into the tree, without what it depends on.
    async fn check_out(&mut self, commit: &str) -> Result<(), Failure> {
        self.dependencies.take_out(self.history.tree())?;
        self.history.check_out(commit).await
    }

    /// The functions of a commit that decide.
    async fn functions(&mut self, commit: &str) -> Result<Vec<DecidingFunction>, Failure> {
        self.check_out(commit).await?;
        let tree = self.history.tree();
        deciding_functions(tree).map_err(at(tree, "read"))
    }

    /// Says what was found.
    async fn tell(&mut self, found: &Found) -> Result<ExitCode, Failure> {
        let one = match found.candidates.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        };
        if one.is_none() {
            println!("{}INCONCLUSIVE{:#}: it is one of these, and those that could tell were skipped", Paint::WARN, Paint::WARN);
        }
        for commit in &found.candidates {
            let said = self.history.commit(commit).await?;
            println!("{} {} {}", said.hash, said.date, said.subject);
        }
        println!("  before    {}", found.before);
        println!("  since     {}", found.after);
        if let Some(commit) = &one {
            self.tell_changes(commit).await?;
        }
        let principal = self.args.principal.as_ref().map(|name| format!(" --as {name}")).unwrap_or_default();
        let slot = if self.args.slot == "default" { String::new() } else { format!(" --slot {}", in_shell(&self.args.slot)) };
        let commit = one.as_deref().or(found.candidates.last().map(String::as_str)).unwrap_or_default();
        println!(
            "to repeat it with {} checked out: matomo-conformance replay {}{principal}{slot} --source {}",
            short(commit),
            in_shell(&self.args.what),
            in_shell(&self.args.repository.display().to_string())
        );
        for (commit, why) in &found.skipped {
            eprintln!("skipped {}: {}", short(commit), why.lines().next().unwrap_or_default());
        }
        println!("{} {} asked, {} skipped", found.tried, plural("commit", found.tried), found.skipped.len());
        Ok(if one.is_some() { ExitCode::Conformant } else { ExitCode::Inconclusive })
    }

    /// The changed lines of functions that decide; where there are none, the changed files.
    async fn tell_changes(&mut self, commit: &str) -> Result<(), Failure> {
        let diff = self.history.changes(commit).await?;
        let before = match self.history.parent(commit).await? {
            Some(parent) => self.functions(&parent).await?,
            None => Vec::new(),
        };
        let after = self.functions(commit).await?;
        let hunks = hunks(&diff);
        let deciding = deciding(&hunks, &before, &after);
        for (hunk, function) in &deciding {
            println!("  {}, {function}:", hunk.file);
            for line in hunk.lines.iter().take(SHOWN) {
                println!("    {line}");
            }
            if hunk.lines.len() > SHOWN {
                println!("    … and {} more lines", hunk.lines.len() - SHOWN);
            }
        }
        if deciding.is_empty() {
            let files = files(&diff);
            println!("  no function that is known to decide was changed; changed are:");
            for file in files.iter().take(SHOWN) {
                println!("    {file}");
            }
            if files.len() > SHOWN {
                println!("    … and {} more files", files.len() - SHOWN);
            }
        }
        Ok(())
    }
}

fn skip(line: &str, failure: Failure) -> Tried {
    eprintln!("{line}: skipped, {}", failure.what.lines().next().unwrap_or_default());
    Tried::Skip(failure)
}
