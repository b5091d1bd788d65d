//! What a search found: each difference in full, and which clauses the random requests reached.

use std::io::Write;

use serde_json::{Value, json};

use super::terminal::{Paint, answer_columns};
use crate::ask::{Hit, HitKind, Question, Reached, short};
use crate::judge::suspects;
use crate::matomo::{Observation, curl_line};
use crate::plan::{Generation, Input, RELATIONS};
use crate::sut::CHANGING;

/// The name of an input, as in reports.
fn name(input: &Input) -> String {
    format!("search/{}", short(&input.to_toml()))
}

/// Prints one thing that was found.
pub fn print_hit(out: &mut impl Write, hit: &Hit, question: &Question<'_>, observation: &Observation) -> std::io::Result<()> {
    let times = if hit.times == 1 { "once".to_owned() } else { format!("{} times", hit.times) };
    match &hit.kind {
        HitKind::Model(way) => {
            let paint = if way.verdict == crate::judge::Verdict::Leak { Paint::LEAK } else { Paint::WARN };
            writeln!(
                out,
                "{paint}{}{paint:#} {} (met {times}, first by request {})",
                way.verdict.name().to_uppercase(),
                name(&hit.input),
                hit.after
            )?;
            if let Some(clause) = suspects(&question.ask(), observation).first().map(|blamed| blamed.clause()) {
                writeln!(out, "  clause    {}: {} [{}]", clause.id, clause.says, clause.origin())?;
            }
        }
        HitKind::Relation(relation) => {
            let says = RELATIONS.iter().find(|known| known.name == *relation).map(|known| known.says).unwrap_or_default();
            writeln!(out, "{}RELATION{:#} {relation} (met {times}): {says}", Paint::LEAK, Paint::LEAK)?;
        }
        HitKind::Unread(why) => writeln!(out, "{}UNKNOWN{:#} {} (met {times}): {why}", Paint::WARN, Paint::WARN, name(&hit.input))?,
    }
    for row in answer_columns(&question.decide(), None, observation) {
        writeln!(out, "  {row}")?;
    }
    for line in hit.input.to_toml().lines().filter(|line| !line.is_empty()) {
        writeln!(out, "  | {line}")?;
    }
    let slot = hit.input.slot.as_deref().unwrap_or(CHANGING);
    writeln!(out, "  {}{}{:#}", Paint::DIM, curl_line(slot, &question.request), Paint::DIM)?;
    if matches!(hit.kind, HitKind::Relation(_)) {
        let slot = hit.found.slot.as_deref().unwrap_or(CHANGING);
        writeln!(out, "  {}against {}{:#}", Paint::DIM, curl_line(slot, &hit.found.to_send()), Paint::DIM)?;
    }
    writeln!(out)
}

/// One thing that was found, in the form that `replay` reads.
pub fn hit_json(hit: &Hit, question: &Question<'_>, observation: &Observation) -> Value {
    let (verdict, relation) = match &hit.kind {
        HitKind::Model(way) => (way.verdict.name(), None),
        HitKind::Relation(name) => ("relation", Some(*name)),
        HitKind::Unread(_) => ("unknown", None),
    };
    let decision = question.decide();
    json!({
        "case": name(&hit.input),
        "verdict": verdict,
        "relation": relation,
        "clause": suspects(&question.ask(), observation).first(),
        "expected": decision.answer,
        "observed": observation,
        "trace": decision.trace,
        "times": hit.times,
        "after": hit.after,
        "shrinking_requests": hit.shrinking,
        "curl": curl_line(hit.input.slot.as_deref().unwrap_or(CHANGING), &question.request),
        "input": hit.input,
        "unshrunk": hit.found,
    })
}

/// Prints which share of the requests of each way reached a clause, and with which answer.
pub fn print_reached(out: &mut impl Write, reached: &Reached, made: &std::collections::BTreeMap<Generation, u64>) -> std::io::Result<()> {
    let ways = [Generation::Structured, Generation::Unstructured];
    let count = |way: Generation| made.get(&way).copied().unwrap_or_default();
    let share = |part: u64, way: Generation| {
        let all = count(way).max(1);
        format!("{:>5.1} %", f64::from(u32::try_from(part * 1000 / all).unwrap_or(u32::MAX)) / 10.0)
    };
    writeln!(out, "{:26} {:>17} {:>19}", "clause reached by", ways[0].name(), ways[1].name())?;
    writeln!(out, "{:26} {:>17} {:>19}", "requests", count(ways[0]), count(ways[1]))?;
    for clause in &crate::model::CLAUSES {
        let Some(counts) = reached.get(&clause.id) else { continue };
        let cells = ways.map(|way| {
            let count = counts.get(&way).copied().unwrap_or_default();
            format!("{} yes {} no", share(count.held, way), share(count.not_held, way))
        });
        writeln!(out, "{:26} {}  {}", clause.id, cells[0], cells[1])?;
    }
    Ok(())
}
