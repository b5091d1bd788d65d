//! The terminal: only what differs, leaks first, and one closing line.

use std::io::{IsTerminal as _, Write};

use anstyle::{AnsiColor, Style};

use super::results::{Difference, Results};
use crate::judge::Verdict;
use crate::matomo::Observation;
use crate::model::{Answer, Clause, Decision, Layer};

/// How many differences of one clause are shown in full.
const SHOWN: usize = 3;

/// Styles of the report; the stream drops them where colours are not supported.
pub struct Paint;

impl Paint {
    /// For leaks.
    pub const LEAK: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
    /// For other differences.
    pub const WARN: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));
    /// For what is fine.
    pub const FINE: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));
    /// For what is beside the point.
    pub const DIM: Style = Style::new().dimmed();
}

/// Whether standard error is a terminal, where progress may be drawn.
pub fn stream_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Leak => Paint::LEAK,
        Verdict::Agree => Paint::FINE,
        _ => Paint::WARN,
    }
}

/// What becomes of a request, in words.
pub fn answer_text(answer: &Answer) -> String {
    match answer {
        Answer::Opened { who, route, nested } => {
            if who.login.is_empty() {
                return "opens".to_owned();
            }
            let nested = nested.as_ref().map(|rights| format!(", nested calls with {}", rights_text(rights))).unwrap_or_default();
            format!("opens {} as {} with {}{nested}", route.join(" > "), who.login, rights_text(&who.rights))
        }
        Answer::Denied { reason } => format!("refused: {}", reason.name()),
    }
}

/// Rights in words.
pub fn rights_text(rights: &crate::model::Rights) -> String {
    if rights.superuser {
        return "super user access".to_owned();
    }
    if rights.roles.is_empty() {
        return "no right".to_owned();
    }
    rights.roles.iter().map(|(site, role)| format!("{role:?} on site {site}").to_lowercase()).collect::<Vec<_>>().join(", ")
}

/// What was seen, in words.
pub fn observation_text(observation: &Observation) -> String {
    match observation {
        Observation::Clear { answer, status, message, .. } => {
            let message = message.as_ref().map(|text| format!(" \"{text}\"")).unwrap_or_default();
            format!("{} (status {status}){message}", answer_text(answer))
        }
        Observation::Unknown { status, why } => format!("unclear (status {status}): {why}"),
        Observation::Failed { error } => format!("no answer: {error}"),
    }
}

/// What must have become of a difference's request; with its status where nothing else differs.
pub fn expected_text(difference: &Difference) -> String {
    let answer = answer_text(&difference.expected);
    match (difference.expected_status, &difference.observed) {
        (Some(promised), Observation::Clear { answer: seen, .. }) if *seen == difference.expected => {
            format!("{answer} (status {promised})")
        }
        _ => answer,
    }
}

/// What was seen of a difference. A refusal is a leak where the gate had let it through: then something behind it refused.
pub fn observed_text(difference: &Difference) -> String {
    match &difference.observed {
        Observation::Clear { answer: Answer::Denied { reason }, status, message, .. } if difference.verdict == Verdict::Leak => {
            let message = message.as_ref().map(|text| format!(" \"{text}\"")).unwrap_or_default();
            format!("passed the gate, then refused by the endpoint: {} (status {status}){message}", reason.name())
        }
        observed => observation_text(observed),
    }
}

/// What the model decides, what was seen before, and what is seen now, side by side: one row for each thing that can differ.
pub fn answer_columns(decision: &Decision, before: Option<&Observation>, now: &Observation) -> Vec<String> {
    let model = [
        outcome_text(&decision.answer),
        who_text(&decision.answer),
        route_text(&decision.answer),
        decision.status.map_or("any".to_owned(), |status| status.to_string()),
        String::new(),
    ];
    let seen = |observation: &Observation| match observation {
        Observation::Clear { answer, status, message, .. } => {
            let outcome = match (&decision.answer, answer) {
                (Answer::Opened { .. }, Answer::Denied { reason }) if reason.layer() == Layer::Behind => {
                    format!("refused by the endpoint: {}", reason.name())
                }
                _ => outcome_text(answer),
            };
            [outcome, who_text(answer), route_text(answer), status.to_string(), message.clone().unwrap_or_default()]
        }
        Observation::Unknown { status, why } => ["unclear".to_owned(), String::new(), String::new(), status.to_string(), why.clone()],
        Observation::Failed { error } => ["no answer".to_owned(), String::new(), String::new(), String::new(), error.clone()],
    };
    let mut columns = vec![("expected", model)];
    columns.extend(before.map(|before| ("before", seen(before))));
    columns.push(("observed", seen(now)));
    // The last column may be as wide as it likes.
    let width = |cells: &[String; 5], name: &str| cells[..4].iter().map(|cell| cell.chars().count()).max().unwrap_or(0).max(name.len());
    let widths: Vec<usize> = columns.iter().map(|(name, cells)| width(cells, name)).collect();
    let row = |label: &str, cells: Vec<&str>| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{label:8} {}", padded.join("  ")).trim_end().to_owned()
    };
    let mut rows = vec![row("", columns.iter().map(|(name, _)| *name).collect())];
    for (index, label) in ["answer", "who", "route", "status"].iter().enumerate() {
        rows.push(row(label, columns.iter().map(|(_, cells)| cells[index].as_str()).collect()));
    }
    rows.extend(columns.last().filter(|(_, cells)| !cells[4].is_empty()).map(|(_, cells)| format!("{:8} {}", "message", cells[4])));
    rows
}

fn outcome_text(answer: &Answer) -> String {
    match answer {
        Answer::Opened { nested: Some(rights), .. } => format!("opened, nested calls with {}", rights_text(rights)),
        Answer::Opened { .. } => "opened".to_owned(),
        Answer::Denied { reason } => format!("refused: {}", reason.name()),
    }
}

fn who_text(answer: &Answer) -> String {
    match answer {
        Answer::Opened { who, .. } => format!("{} with {}", who.login, rights_text(&who.rights)),
        Answer::Denied { .. } => "-".to_owned(),
    }
}

fn route_text(answer: &Answer) -> String {
    match answer {
        Answer::Opened { route, .. } => route.join(" > "),
        Answer::Denied { .. } => "-".to_owned(),
    }
}

/// Prints one difference in full.
pub fn print_difference(out: &mut impl Write, difference: &Difference) -> std::io::Result<()> {
    let paint = style(difference.verdict);
    writeln!(out, "{paint}{}{paint:#} {}", difference.verdict.name().to_uppercase(), difference.case)?;
    let Clause { id, says, source, .. } = difference.clause.clause();
    writeln!(out, "  clause    {id}: {says} [{source}]")?;
    writeln!(out, "  expected  {}", expected_text(difference))?;
    if let Some(scenario) = &difference.scenario {
        writeln!(out, "  scenario  {scenario}")?;
    }
    if let Some(company) = &difference.company {
        writeln!(out, "  company   {company}")?;
    }
    writeln!(out, "  observed  {}", observed_text(difference))?;
    writeln!(out, "  {}{}{:#}", Paint::DIM, difference.curl, Paint::DIM)
}

/// Prints the differences: leaks first, grouped by clause, a few of each group.
pub fn print_summary(out: &mut impl Write, results: &Results) -> std::io::Result<()> {
    for group in results.by_clause() {
        for difference in group.kept.iter().take(SHOWN) {
            print_difference(out, difference)?;
        }
        let more = group.beside(SHOWN);
        if more > 0 {
            writeln!(out, "  … and {more} more {} of {}; all in results.jsonl", plural(group.verdict.name(), more), group.clause)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Accepted differences and what is out of date in their file: in few lines, but never silently.
pub fn print_accepted(out: &mut impl Write, results: &Results) -> std::io::Result<()> {
    let mut groups: Vec<((&str, &str, &str), usize)> = Vec::new();
    for accepted in &results.accepted {
        let key = (accepted.list.as_str(), accepted.reason.as_str(), accepted.link.as_str());
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => *count += 1,
            None => groups.push((key, 1)),
        }
    }
    for ((list, reason, link), count) in groups {
        writeln!(out, "{list}: {count} {}, {reason} [{link}]", plural("case", count))?;
    }
    for (case, why) in &results.stale {
        writeln!(out, "{}STALE{:#} known difference {case}: {why}", Paint::WARN, Paint::WARN)?;
    }
    Ok(())
}

/// Prints which bugs of the release were met: what it does, and later releases do otherwise.
pub fn print_bugs(out: &mut impl Write, results: &Results) -> std::io::Result<()> {
    for (clause, cases) in results.coverage.bugs_met() {
        writeln!(
            out,
            "known bug {}: {} ({}, {cases} {})",
            clause.origin(),
            clause.says,
            clause.id,
            if cases == 1 { "case" } else { "cases" }
        )?;
    }
    Ok(())
}

/// Prints how many stories are as they were told.
pub fn print_scenarios(out: &mut impl Write, results: &Results) -> std::io::Result<()> {
    if results.scenarios.is_empty() {
        return Ok(());
    }
    let (requests, as_told) = results.scenarios.values().fold((0, 0), |sum, count| (sum.0 + count.requests, sum.1 + count.as_told));
    let other: Vec<&str> =
        results.scenarios.iter().filter(|(_, count)| count.as_told < count.requests).map(|(name, _)| name.as_str()).collect();
    let but = if other.is_empty() { String::new() } else { format!(", not so: {}", other.join(", ")) };
    writeln!(out, "{} scenarios: {as_told} of {requests} requests as told{but}", results.scenarios.len())
}

/// Prints the one closing line.
pub fn print_closing(out: &mut impl Write, results: &Results, took: std::time::Duration) -> std::io::Result<()> {
    let tally = &results.tally;
    // What a budget left out spoils nothing where that was accepted.
    let left_out = if results.budget_spent() && results.exit == 0 { tally.not_run } else { 0 };
    let asked = tally.cases - left_out;
    let paint = if tally.leak > 0 {
        Paint::LEAK
    } else if tally.agree + tally.known == asked && tally.stale == 0 && asked > 0 {
        Paint::FINE
    } else {
        Paint::WARN
    };
    let mut parts = vec![format!("{} agree", tally.agree)];
    let counts = [
        ("leak", tally.leak),
        ("lockout", tally.lockout),
        ("wrong reason", tally.wrong_reason),
        ("unknown", tally.unknown),
        ("error", tally.error),
    ];
    parts.extend(counts.iter().map(|(name, count)| {
        format!("{count} {}", if *name == "unknown" { (*name).to_owned() } else { plural(name, usize::try_from(*count).unwrap_or(0)) })
    }));
    for (name, count) in [("known", tally.known), ("stale", tally.stale), ("not run", tally.not_run)] {
        if count > 0 {
            parts.push(format!("{count} {name}"));
        }
    }
    let simulated = if results.target.real_matomo { "" } else { "; simulated target: no real Matomo was tested" };
    let name = format!("{} {}", results.target.name, results.target.version);
    let ended = results.ended_early.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
    let part = results.plan.shard.map(|shard| format!(", shard {shard} of {}", results.plan.cases)).unwrap_or_default();
    writeln!(
        out,
        "{paint}{} cases{part} on {} in {:.0} s: {}{ended}{simulated}{paint:#}",
        tally.cases,
        name.trim(),
        took.as_secs_f64(),
        parts.join(", ")
    )
}

/// The same for a count that may be larger than memory.
pub fn plural_of(word: &str, count: u64) -> String {
    plural(word, usize::try_from(count).unwrap_or(usize::MAX))
}

/// A word, with an s where it is not one.
pub fn plural(word: &str, count: usize) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClauseId, Reason, Trace};

    #[test]
    fn the_status_that_was_expected_stands_where_it_alone_is_another_one() {
        let refused = |reason| Answer::Denied { reason };
        let difference = |seen: Answer| Difference {
            case: "default/view/url/real/A.b".to_owned(),
            verdict: Verdict::WrongReason,
            clause: ClauseId::GateWrite,
            suspects: Vec::new(),
            expected: refused(Reason::NoRight),
            expected_status: Some(401),
            observed: Observation::Clear { answer: seen, status: 200, message: None, guarded: false },
            trace: Trace::default(),
            curl: String::new(),
            scenario: None,
            company: None,
        };
        assert_eq!(expected_text(&difference(refused(Reason::NoRight))), "refused: no-right (status 401)");
        assert_eq!(expected_text(&difference(refused(Reason::OtherError))), "refused: no-right");
    }
}
