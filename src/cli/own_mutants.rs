//! `mutants --own-checks`: drops or weakens each endpoint's own check, and sees whether laws or a comparison with the clean tree tell of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::args::{MutantsArgs, RuntimeArgs, StartArgs, TargetArgs};
use super::exit::ExitCode;
use super::progress::mutant_bar;
use super::screen::{eprintln, println};
use super::signals::stop_at_signal;
use super::start::Wants;
use crate::ask::{Conduct, OutputFolder, OwnChecks};
use crate::failure::{Failure, at};
use crate::judge::{OwnComparison, OwnRow, Stance, Verdict};
use crate::mutation::{LostCheck, lost_checks};
use crate::plan::{Filter, OwnEndpoint, not_run};
use crate::sut::{Source, TreeCopy};

/// What became of a lost check.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    /// It was found, by what.
    Found(String),
    /// Whoever it refused is refused all the same: another check stands behind it.
    Masked,
    /// Nothing told of it.
    Survived,
    /// No endpoint of its file can be asked.
    NotAsked,
}

impl Fate {
    fn word(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::Masked => "masked",
            Self::Survived => "survived",
            Self::NotAsked => "not asked",
        }
    }
}

/// Runs `mutants --source DIR --own-checks`.
pub async fn run(args: &MutantsArgs) -> Result<ExitCode, Failure> {
    let Some(tree) = &args.source else { return Err(Failure::usage("no target was named").hint("give --source DIR")) };
    let source = Source::open(tree)?;
    let filter = Filter::new(&args.php.only, &args.php.skip).map_err(Failure::usage)?;
    let mut all = lost_checks(&source.path).map_err(at(&source.path, "read PHP files in"))?;
    all.retain(|lost| filter.takes(&lost.id));
    if args.list {
        for lost in &all {
            println!("{}\n  line {}: {} → {}", lost.id, lost.line, lost.diff.0, lost.diff.1);
        }
        return Ok(ExitCode::Conformant);
    }
    if all.is_empty() {
        return Err(Failure::inconclusive("no check matches the filter: nothing would be tried").hint("see them with --list"));
    }
    let mut output = OutputFolder::create(&args.php.output)?;
    let mut copy = TreeCopy::of(&source.path)?;
    let files: BTreeSet<String> = all.iter().map(|lost| lost.file.clone()).collect();
    let target = TargetArgs {
        source: Some(copy.path().to_owned()),
        programs: RuntimeArgs { local: args.php.programs.clone(), ..RuntimeArgs::default() },
        start: StartArgs { start_limit: args.php.start_limit, no_template: true, ..StartArgs::default() },
        ..TargetArgs::default()
    };
    let wants = Wants { guarded: true, changing: files.iter().cloned().collect(), ..Wants::default() };
    let environment = super::start::start(&target, wants).await?;
    output.hide(&environment.secrets);
    let Some(slot) = &environment.guarded else { return Err(Failure::environment("the guarded slot is not served")) };
    let checks = OwnChecks::new(&environment, slot, Some(copy.path().to_owned()))?;
    let conduct = Conduct::for_this_machine();
    let signal = stop_at_signal(&conduct.stop);

    let endpoints = |file: &str| -> Vec<&OwnEndpoint> {
        let all = slot.catalogue.endpoints.iter().filter(|endpoint| not_run(endpoint).is_none());
        all.filter(|endpoint| endpoint.files.iter().any(|known| known == file)).collect()
    };
    let bar = mutant_bar(all.len() as u64);
    let mut clean: HashMap<&str, Vec<OwnRow>> = HashMap::new();
    let mut fates: Vec<(&LostCheck, Fate)> = Vec::new();
    for lost in &all {
        if conduct.over() {
            break;
        }
        let of_file = endpoints(&lost.file);
        if !clean.contains_key(lost.file.as_str()) {
            clean.insert(&lost.file, checks.ask(&of_file, &conduct, || {}).await);
        }
        let before = &clean[lost.file.as_str()];
        // A helper belongs to every endpoint of its file.
        let named: Vec<&OwnEndpoint> =
            of_file.iter().copied().filter(|endpoint| endpoint.method.eq_ignore_ascii_case(&lost.function)).collect();
        let asked = if named.is_empty() { of_file } else { named };
        let path = source.path.join(&lost.file);
        let text = std::fs::read_to_string(&path).map_err(at(&path, "read"))?;
        copy.swap(&lost.file, &lost.apply(&text))?;
        let after = checks.ask(&asked, &conduct, || {}).await;
        copy.swap(&lost.file, &text)?;
        let fate = if asked.is_empty() { Fate::NotAsked } else { fate(before, &after) };
        output.append(&as_json(lost, &fate))?;
        bar.inc(1);
        fates.push((lost, fate));
    }
    bar.finish_and_clear();
    let interrupted = signal.is_finished();
    signal.abort();
    output.flush()?;
    close(&fates, all.len(), interrupted, &output)
}

/// Whether a law is newly broken, or more get past a check than on the clean tree.
fn fate(before: &[OwnRow], after: &[OwnRow]) -> Fate {
    let names: BTreeSet<String> = after.iter().map(OwnRow::name).collect();
    let known: Vec<OwnRow> = before.iter().filter(|row| names.contains(&row.name())).cloned().collect();
    let OwnComparison { changes, newly_broken } = OwnComparison::of(&known, after);
    // Where it is unclear on one side the gate is not green either.
    let told = |verdict| changes.iter().find(|change| change.verdict == verdict);
    let opened = told(Verdict::Leak).or_else(|| told(Verdict::Unknown));
    match (opened, newly_broken.first()) {
        (Some(change), _) => Fate::Found(format!("{} is open to {}", change.endpoint, change.after.as_deref().unwrap_or("nobody"))),
        (None, Some(finding)) => Fate::Found(format!("{} breaks {}", finding.endpoint, finding.law)),
        (None, None) if still_refused(&known, after) => Fate::Masked,
        (None, None) => Fate::Survived,
    }
}

/// Whether somebody was refused on the clean tree, and everybody who was is refused still.
fn still_refused(before: &[OwnRow], after: &[OwnRow]) -> bool {
    let refused = |rows: &[OwnRow]| -> BTreeSet<(String, String)> {
        let cells = rows.iter().flat_map(|row| row.cells.iter().map(move |(who, cell)| (row.name(), who.clone(), cell.stance())));
        cells.filter(|(.., stance)| *stance == Stance::Refused).map(|(name, who, _)| (name, who)).collect()
    };
    let before = refused(before);
    !before.is_empty() && before.is_subset(&refused(after))
}

fn as_json(lost: &LostCheck, fate: &Fate) -> Value {
    let by = if let Fate::Found(by) = fate { Some(by) } else { None };
    json!({"check": lost, "fate": fate.word(), "by": by})
}

fn close(fates: &[(&LostCheck, Fate)], all: usize, interrupted: bool, output: &OutputFolder) -> Result<ExitCode, Failure> {
    let mut count: BTreeMap<&str, u64> = BTreeMap::new();
    for (lost, fate) in fates {
        let word = fate.word();
        *count.entry(word).or_default() += 1;
        if matches!(fate, Fate::Survived) {
            println!("{word} {} (line {}): {}", lost.id, lost.line, lost.diff.0);
        }
    }
    let words: Vec<String> = count.iter().map(|(word, count)| format!("{count} {word}")).collect();
    println!("{} of {all} lost checks: {}", fates.len(), words.join(", "));
    eprintln!("results in {}", output.path().display());
    if interrupted {
        return Err(Failure::interrupted());
    }
    if fates.len() < all {
        return Err(Failure::inconclusive("not all of them were tried"));
    }
    Ok(if count.contains_key("survived") { ExitCode::Difference } else { ExitCode::Conformant })
}
