//! `merge`: joins the results of all shards of a run into those of one run.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::screen::eprintln;

use super::args::MergeArgs;
use super::check::{name_settled, show, tell_failures, write_reports};
use super::exit::{Circumstances, ExitCode, of_run};
use super::progress::case_bar;
use super::replay::in_shell;
use crate::ask::OutputFolder;
use crate::failure::{Failure, FailureKind, at};
use crate::matomo::Secrets;
use crate::plan::Shard;
use crate::report::{JournalReader, Paint, Results};

/// A shard whose results are there.
struct Part {
    folder: PathBuf,
    shard: Shard,
    results: Results,
}

/// Runs `merge`.
pub fn run(args: &MergeArgs) -> Result<ExitCode, Failure> {
    args.reports.check()?;
    let begun = Instant::now();
    let parts = read(&args.shards)?;
    let mut output = OutputFolder::create(&args.output)?;
    let mut merged = join(&parts);
    merge_journals(&parts, &mut merged, &mut output)?;
    let exit = conclude(&mut merged, &parts);
    name_settled(&mut output, &merged)?;
    output.write("results.json", &format!("{:#}\n", merged.to_json()))?;
    // What is read was redacted when it was written.
    let nothing = Secrets::default();
    let unwritten = write_reports(&merged, &args.reports, &nothing);
    let of = parts.first().map_or(0, |part| part.shard.of);
    eprintln!("{} of {of} shards; results in {}", parts.len(), output.path().display());
    let replay = format!("matomo-conformance replay {}", in_shell(&output.path().display().to_string()));
    show(&merged, &nothing, begun.elapsed(), &replay)?;
    Ok(tell_failures(&unwritten, exit))
}

/// The shards that ended, in order of their numbers; every one fits the others.
fn read(folders: &[PathBuf]) -> Result<Vec<Part>, Failure> {
    let mut parts: Vec<Part> = Vec::new();
    for folder in folders {
        if !folder.is_dir() {
            return Err(
                Failure::usage(format!("there is no folder {}", folder.display())).hint("give the output directories of all shards")
            );
        }
        if !folder.join("results.json").is_file() {
            // Its cases count as not run, which ends the merge with 4.
            eprintln!("{}{}:{:#} no results.json, its run did not end", Paint::WARN, folder.display(), Paint::WARN);
            continue;
        }
        let results = Results::read(folder)?;
        let Some(shard) = results.plan.shard else {
            return Err(Failure::usage(format!("{} is the result of a whole run, not of a shard", folder.display())));
        };
        let part = Part { folder: folder.clone(), shard, results };
        if let Some(first) = parts.first() {
            fits(first, &part)?;
        }
        if let Some(same) = parts.iter().find(|other| other.shard == shard) {
            return Err(Failure::usage(format!("{} and {} are both shard {shard}", same.folder.display(), folder.display())));
        }
        parts.push(part);
    }
    if parts.is_empty() {
        return Err(Failure::inconclusive("no shard has a results.json: nothing would be merged").hint("see what ended their runs"));
    }
    parts.sort_by_key(|part| part.shard.number);
    Ok(parts)
}

/// Whether two shards are parts of one run.
fn fits(one: &Part, other: &Part) -> Result<(), Failure> {
    let (a, b) = (&one.results, &other.results);
    let differs = |what: &str, a: String, b: String| {
        Err(Failure::usage(format!("{} and {} are not parts of one run: {what} {a} and {b}", one.folder.display(), other.folder.display()))
            .hint("run all shards on the same Matomo, with the same program and the same arguments"))
    };
    if a.program != b.program {
        return differs("program version", a.program.clone(), b.program.clone());
    }
    if a.seed != b.seed {
        return differs("seed", a.seed.to_string(), b.seed.to_string());
    }
    if one.shard.of != other.shard.of {
        return differs("shard", one.shard.to_string(), other.shard.to_string());
    }
    if a.target != b.target {
        let of = |results: &Results| serde_json::to_string(&results.target).unwrap_or_default();
        return differs("target", of(a), of(b));
    }
    let plan = |results: &Results| {
        let mut plan = results.plan.clone();
        plan.shard = None;
        plan
    };
    if plan(a) != plan(b) {
        let of = |results: &Results| serde_json::to_string(&plan(results)).unwrap_or_default();
        return differs("plan", of(a), of(b));
    }
    let entries = |results: &Results| results.entries.iter().map(|entry| (entry.list.clone(), entry.case.clone())).collect::<Vec<_>>();
    if entries(a) != entries(b) {
        return differs("known differences", format!("{} entries", a.entries.len()), format!("{} entries", b.entries.len()));
    }
    Ok(())
}

/// Everything that is a sum.
fn join(parts: &[Part]) -> Results {
    let mut merged = parts[0].results.clone();
    for part in &parts[1..] {
        merged.lines = match (merged.lines.take(), &part.results.lines) {
            (Some(lines), Some(more)) => Some(lines.joined(more)),
            // Where a part did not note them, nothing is known of all.
            _ => None,
        };
    }
    merged.differences = Vec::new();
    merged.left_out = 0;
    merged.plan.shard = None;
    for part in &parts[1..] {
        let results = &part.results;
        merged.tally.sum(&results.tally);
        merged.coverage.add(&results.coverage);
        for (name, tally) in &results.groups {
            merged.groups.entry(name.clone()).or_default().sum(tally);
        }
        for (name, count) in &results.scenarios {
            let sum = merged.scenarios.entry(name.clone()).or_default();
            sum.requests += count.requests;
            sum.as_told += count.as_told;
        }
        for (sum, entry) in merged.entries.iter_mut().zip(&results.entries) {
            sum.met += entry.met;
            sum.drifted = sum.drifted.take().or_else(|| entry.drifted.clone());
        }
        for canary in &results.canaries {
            if !merged.canaries.contains(canary) {
                merged.canaries.push(canary.clone());
            }
        }
        if results.began < merged.began {
            merged.began.clone_from(&results.began);
        }
    }
    merged
}

/// Writes ids and results in the order of the whole plan, and takes the differences out of them.
fn merge_journals(parts: &[Part], merged: &mut Results, output: &mut OutputFolder) -> Result<(), Failure> {
    let of = parts[0].shard.of;
    let open = |part: &Part| JournalReader::open(&part.folder);
    let mut journals = parts.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let mut lists = parts.iter().map(|part| ids(&part.folder)).collect::<Result<Vec<_>, _>>()?;
    let mut accepted: Vec<_> = parts.iter().map(|part| part.results.accepted.iter()).collect();
    let by_number: Vec<Option<usize>> = (1..=of).map(|number| parts.iter().position(|part| part.shard.number == number)).collect();
    let whole = merged.plan.cases;
    let bar = case_bar(whole);
    let mut planned = Vec::new();
    let mut counted = vec![0_u64; parts.len()];
    merged.accepted.clear();
    for position in 0..usize::try_from(whole).unwrap_or(usize::MAX) {
        bar.inc(1);
        // A shard that is missing leaves gaps.
        let Some(index) = by_number[position % of] else { continue };
        let folder = &parts[index].folder;
        let Some(id) = lists[index].next() else {
            return Err(Failure::usage(format!("{} has fewer ids in cases.txt than were planned", folder.display())));
        };
        let id = id.map_err(at(folder, "read the ids of"))?;
        // A run that ended early has no lines for its last cases.
        if let Some(line) = journals[index].next() {
            let line = line?;
            if line.case != id {
                return Err(Failure::usage(format!("{}: results.jsonl has {} where cases.txt has {id}", folder.display(), line.case)));
            }
            counted[index] += 1;
            output.append_line(&line.text)?;
            if line.accepted.is_some() {
                merged.accepted.extend(accepted[index].next().cloned());
            }
            let difference = line.difference().map_err(|why| Failure::usage(format!("{}: {}: {why}", folder.display(), line.case)))?;
            if let Some(difference) = difference {
                merged.find(difference);
            }
        }
        planned.push(id);
    }
    bar.finish_and_clear();
    for (part, counted) in parts.iter().zip(counted) {
        let run = part.results.tally.run();
        if counted != run {
            let what = format!("{}: results.jsonl has {counted} cases, results.json {run}", part.folder.display());
            return Err(Failure::usage(what).hint("the directory was not copied as a whole"));
        }
    }
    output.list_cases(planned.into_iter())
}

fn ids(folder: &Path) -> Result<std::io::Lines<BufReader<File>>, Failure> {
    let path = folder.join("cases.txt");
    Ok(BufReader::new(File::open(&path).map_err(at(&path, "read"))?).lines())
}

/// What follows from all shards together; what was not decided by one may be decided by the others.
fn conclude(merged: &mut Results, parts: &[Part]) -> ExitCode {
    let run = merged.tally.run();
    merged.tally.cases = merged.plan.cases;
    merged.tally.not_run = merged.plan.cases - run;
    merged.complete = merged.tally.not_run == 0 && parts.iter().all(|part| part.results.complete);
    let everything = merged.plan.everything();
    let from_outside = merged.target.readings.len() < 2;
    merged.undecided = if everything && !from_outside { merged.coverage.undecided() } else { Vec::new() };
    let stale = merged.entries.iter().filter(|entry| entry.list == "known").filter_map(|entry| match &entry.drifted {
        Some(why) => Some((entry.case.clone(), why.clone())),
        None if entry.met == 0 && merged.complete && everything => Some((entry.case.clone(), "it matched no difference".to_owned())),
        None => None,
    });
    merged.stale = stale.collect();
    merged.tally.stale = merged.stale.len() as u64;
    merged.settle();
    let ended_with = |code: ExitCode| parts.iter().any(|part| part.results.exit == code as u8);
    let circumstances = Circumstances {
        canary_failed: !merged.canaries.is_empty(),
        undecided: !merged.undecided.is_empty(),
        broke: ended_with(ExitCode::Environment).then_some(FailureKind::Environment),
        changed: false,
        left_out: false,
        out_of_time: ended_with(ExitCode::TimeLimit),
        interrupted: ended_with(ExitCode::Interrupted),
    };
    let exit = of_run(&merged.tally, circumstances);
    merged.exit = exit as u8;
    exit
}
