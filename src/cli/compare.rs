//! `compare`: the same cases on two Matomos, and what has changed between them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use super::screen::{eprintln, print, println};
use serde_json::json;

use super::args::{CheckArgs, CompareArgs, TargetArgs};
use super::check::carry_out;
use super::exit::ExitCode;
use super::own::{read_own_checks, worse};
use super::own_comparison::{compare_alone, tell_own_checks};
use crate::ask::OutputFolder;
use crate::failure::{Failure, at};
use crate::judge::{Change, KnownDifferences, List, Occurrence, Verdict, change};
use crate::matomo::Observation;
use crate::model::Answer;
use crate::report::{Accepted, ChangeKey, Comparison, JournalLine, JournalReader, LoneEndpoint, Paint, Results, outcome_text};
use crate::sut::cache_folder;

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Side {
    /// Results of an earlier run, in this output directory.
    Results(PathBuf),
    /// A source tree.
    Tree(PathBuf),
    /// A released version.
    Release(String),
    /// The simulated Matomo.
    Simulated { release: Option<String>, fault: Option<String> },
}

/// Runs `compare`.
pub async fn run(args: &CompareArgs) -> Result<ExitCode, Failure> {
    let (base, head) = (side(&args.base)?, side(&args.head)?);
    let known = args.expected_changes.as_deref().map(KnownDifferences::read).transpose()?.unwrap_or_default();
    let mut output = OutputFolder::create(&args.output)?;
    if args.only_own_checks {
        let exit = compare_alone(args, [&base, &head].map(|side| target_of(side, args)), &output).await?;
        eprintln!("results in {}", output.path().display());
        return Ok(exit);
    }
    if args.sweep.changed_files.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage("standard input can be read once, and both sides are swept").hint("give --changed-files a file"));
    }
    let base = results_of("base", &base, args).await?;
    let head = results_of("head", &head, args).await?;
    let compared = compare(&base, &head, known, &mut output)?;
    output.flush()?;
    let own = read_own_checks(&base.0)?.zip(read_own_checks(&head.0)?);
    output.write("comparison.md", &compared.to_markdown())?;
    print!("{}", compared.to_text());
    let mut exit = exit(&compared);
    if let Some((base, head)) = &own {
        exit = worse(exit, tell_own_checks(base, head, &output)?);
    }
    output.write("comparison.json", &format!("{:#}\n", compared.to_json(exit as u8)))?;
    eprintln!("results in {}", output.path().display());
    let paint = if exit == ExitCode::Conformant { Paint::FINE } else { Paint::WARN };
    println!("{paint}{}{paint:#}", compared.closing());
    Ok(exit)
}

/// A change outranks everything, then what prevents a conclusion.
fn exit(compared: &Comparison) -> ExitCode {
    if compared.differs() {
        ExitCode::Difference
    } else if !compared.obstacles.is_empty() {
        ExitCode::Inconclusive
    } else if !compared.stale.is_empty() {
        ExitCode::Stale
    } else {
        ExitCode::Conformant
    }
}

/// Reads what one of the two is.
fn side(what: &str) -> Result<Side, Failure> {
    if what == "simulated" || what.starts_with("simulated:") {
        let mut parts = what.split(':').skip(1).map(|part| Some(part.to_owned()).filter(|part| !part.is_empty()));
        return Ok(Side::Simulated { release: parts.next().flatten(), fault: parts.next().flatten() });
    }
    let path = Path::new(what);
    if path.is_file() {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        return Ok(Side::Results(folder.to_owned()));
    }
    if path.join("results.jsonl").is_file() {
        return Ok(Side::Results(path.to_owned()));
    }
    if path.is_dir() || cache_folder().join("sources").join(path).is_dir() {
        return Ok(Side::Tree(path.to_owned()));
    }
    if what.starts_with(|first: char| first.is_ascii_digit()) && what.contains('.') && !what.contains('/') {
        return Ok(Side::Release(what.to_owned()));
    }
    Err(Failure::usage(format!("{what:?} is neither results, a source tree, a release nor simulated"))
        .hint(format!("trees by name are in {}", cache_folder().join("sources").display())))
}

/// What is to be started; the folder of results where they are there already.
fn target_of<'a>(side: &'a Side, args: &CompareArgs) -> Result<TargetArgs, &'a Path> {
    let mut target = TargetArgs {
        release_archive: args.release_archive.clone(),
        programs: args.programs.clone(),
        start: args.start.clone(),
        plugins: args.plugins.clone(),
        ..TargetArgs::default()
    };
    match side {
        Side::Results(folder) => return Err(folder),
        Side::Tree(tree) => target.source = Some(tree.clone()),
        Side::Release(version) => target.release = Some(version.clone()),
        Side::Simulated { release, fault } => {
            target.simulated = Some(release.clone().unwrap_or_else(|| super::args::DEFAULT_SIMULATED.to_owned()));
            target.fault.clone_from(fault);
        }
    }
    Ok(target)
}

/// The output directory of one of the two, and its results; run first where there are none yet.
async fn results_of(name: &str, side: &Side, args: &CompareArgs) -> Result<(PathBuf, Results), Failure> {
    let target = match target_of(side, args) {
        Ok(target) => target,
        Err(folder) => return Ok((folder.to_owned(), Results::read(folder)?)),
    };
    let folder = args.output.join(name);
    let check = CheckArgs {
        target,
        cases: args.cases.clone(),
        full: args.full,
        own_checks: !args.no_own_checks
            && args.cases.only.is_empty()
            && args.cases.skip.is_empty()
            && matches!(side, Side::Tree(_) | Side::Release(_)),
        sweep: args.sweep.clone(),
        order: args.order.clone(),
        concurrency: args.concurrency.clone(),
        output: folder.clone(),
        ..CheckArgs::default()
    };
    eprintln!("{name}: checking");
    let run = Box::pin(carry_out(&check)).await?;
    if let Some(run) = run {
        if run.ending.exit == ExitCode::Interrupted {
            return Err(Failure::interrupted());
        }
        // Half a side compares nothing.
        if let Some(failure) = run.failures.into_iter().next() {
            return Err(failure);
        }
    }
    // Read back: on disk no token stands in clear.
    let results = Results::read(&folder)?;
    Ok((folder, results))
}

fn compare(
    base: &(PathBuf, Results),
    head: &(PathBuf, Results),
    known: KnownDifferences,
    output: &mut OutputFolder,
) -> Result<Comparison, Failure> {
    let mut known = known.of_release(&head.1.target.version, jiff::Zoned::now().date());
    let (base_ids, head_ids) = (ids(&base.0)?, ids(&head.0)?);
    let (base_endpoints, head_endpoints) = (endpoints(&base_ids), endpoints(&head_ids));
    let missing_from = |ours: &BTreeSet<String>, others: &BTreeSet<String>| {
        ours.difference(others).map(|name| (name.clone(), LoneEndpoint::default())).collect::<BTreeMap<_, _>>()
    };
    let of_both = |ids: &BTreeSet<String>, others: &BTreeSet<String>| {
        let both = |id: &&String| base_endpoints.contains(endpoint(id)) && head_endpoints.contains(endpoint(id));
        let raw = |id: &&String| endpoint(id).starts_with('?');
        ids.difference(others).filter(|id| raw(id) || both(id)).cloned().collect::<Vec<_>>()
    };
    let mut compared = Comparison {
        base: base.1.target.clone(),
        head: head.1.target.clone(),
        compared: 0,
        not_compared: 0,
        changes: BTreeMap::new(),
        new: missing_from(&head_endpoints, &base_endpoints),
        gone: missing_from(&base_endpoints, &head_endpoints),
        only_base: of_both(&base_ids, &head_ids),
        only_head: of_both(&head_ids, &base_ids),
        accepted: Vec::new(),
        stale: Vec::new(),
        obstacles: Vec::new(),
    };
    let mut of_head: HashMap<String, JournalLine> = HashMap::new();
    for line in JournalReader::open(&head.0)? {
        let line = line?;
        note_opened(&mut compared.new, &line);
        of_head.insert(line.case.clone(), line.without_text());
    }
    for line in JournalReader::open(&base.0)? {
        let line = line?;
        note_opened(&mut compared.gone, &line);
        let Some(new) = of_head.get(&line.case) else { continue };
        compared.compared += 1;
        let Some(change) = change(&line.observed, &new.observed) else { continue };
        output.append(&json!({
            "case": line.case, "change": change, "base": line.observed, "head": new.observed, "verdict_of_head": new.verdict,
        }))?;
        let accepted = accept(&mut known, change, &line, new);
        if let Some(accepted) = accepted {
            compared.accepted.push(accepted);
            continue;
        }
        let (group, endpoint) = split(&line.case);
        let key = ChangeKey {
            change,
            group: group.to_owned(),
            base: outcome_text(&line.observed, change),
            head: outcome_text(&new.observed, change),
        };
        compared.changes.entry(key).or_default().add(endpoint, &new.clause, new.verdict);
    }
    let common = base_ids.intersection(&head_ids).count() as u64;
    compared.not_compared = common.saturating_sub(compared.compared);
    let whole = compared.not_compared == 0 && base.1.plan.everything() && head.1.plan.everything();
    compared.stale = known.stale(whole).into_iter().map(|(entry, why)| (entry.case.clone(), why)).collect();
    compared.obstacles = obstacles(&compared, &base.1, &head.1);
    Ok(compared)
}

/// The entry of the file of expected changes that accepts a change.
fn accept(known: &mut KnownDifferences, change: Change, old: &JournalLine, new: &JournalLine) -> Option<Accepted> {
    let outcome = |observation: &Observation| match observation {
        Observation::Clear { answer, .. } => Some(answer.outcome()),
        _ => None,
    };
    let (expected, observed) = (outcome(&old.observed)?, outcome(&new.observed)?);
    let seen = Occurrence { case: &old.case, verdict: change.verdict(), expected: &expected, observed: &observed };
    known.accepts(seen).map(|entry| Accepted {
        case: old.case.clone(),
        verdict: change.verdict(),
        list: if entry.list == List::Known { "known" } else { "flaky" }.to_owned(),
        reason: entry.reason.clone(),
        link: entry.link.clone(),
    })
}

fn obstacles(compared: &Comparison, base: &Results, head: &Results) -> Vec<String> {
    let mut obstacles = Vec::new();
    if compared.compared == 0 {
        obstacles.push("the two have no case in common: nothing was compared".to_owned());
    }
    if compared.not_compared > 0 {
        obstacles.push(format!("{} cases were not run on both", compared.not_compared));
    }
    let unclear = compared.count(Change::Unclear);
    if unclear > 0 {
        obstacles.push(format!("{unclear} answers could not be read"));
    }
    for (name, results) in [("base", base), ("head", head)] {
        if !results.canaries.is_empty() {
            obstacles.push(format!("canaries failed on {name}, so that its answers prove nothing"));
        }
    }
    if base.target.readings != head.target.readings {
        obstacles.push("one of them was read by its pages alone, which do not tell as whom a request ran".to_owned());
    }
    obstacles
}

/// Notes who opens an endpoint that only one of the two has, with default settings.
fn note_opened(endpoints: &mut BTreeMap<String, LoneEndpoint>, line: &JournalLine) {
    let (group, endpoint) = split(&line.case);
    let opened = matches!(&line.observed, Observation::Clear { answer: Answer::Opened { .. }, .. });
    if !opened || line.verdict == Verdict::Unknown {
        return;
    }
    if let (Some(found), Some(("default", rest))) = (endpoints.get_mut(endpoint), group.split_once('/')) {
        found.opened_by.insert(rest.split('/').next().unwrap_or(rest).to_owned());
    }
}

/// All planned cases of an output directory.
fn ids(folder: &Path) -> Result<BTreeSet<String>, Failure> {
    let file = folder.join("cases.txt");
    Ok(fs::read_to_string(&file).map_err(at(&file, "read"))?.lines().map(str::to_owned).collect())
}

/// The endpoints of cases by name; raw queries ask the same of every Matomo.
fn endpoints(ids: &BTreeSet<String>) -> BTreeSet<String> {
    ids.iter().map(|id| endpoint(id)).filter(|endpoint| !endpoint.starts_with('?')).map(str::to_owned).collect()
}

fn endpoint(id: &str) -> &str {
    split(id).1
}

/// A case id without its endpoint, and the endpoint.
fn split(id: &str) -> (&str, &str) {
    id.match_indices('/').nth(3).map_or((id, ""), |(end, _)| (&id[..end], &id[end + 1..]))
}
