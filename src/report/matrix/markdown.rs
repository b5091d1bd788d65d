//! `matrix.md`: the matrix for a page that renders Markdown, plugin by plugin.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::document::{Matrix, MatrixCell, MatrixRowDocument};
use crate::matomo::CellOutcome;
use crate::plan::RowKind;

/// How many differences are told in full.
const TOLD: usize = 50;

/// The whole document.
pub fn matrix_markdown(matrix: &Matrix) -> String {
    let mut out = String::new();
    if let Some(notice) = matrix.notice() {
        let _ = writeln!(out, "> **{notice}**\n");
    }
    let _ = writeln!(out, "# Access matrix of {}\n", text(&matrix.title()));
    let software: Vec<String> = matrix.target.software.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let _ = writeln!(
        out,
        "{} endpoints and API methods, {} principals, {} settings: {} cells. Made {} with {}.\n",
        matrix.rows.len(),
        matrix.principals.len(),
        matrix.slots.len(),
        matrix.totals.verdicts.cases,
        matrix.made,
        text(&software.join(", "))
    );
    if !matrix.complete {
        out.push_str("**The run ended early: cells are missing.**\n\n");
    }
    totals(&mut out, matrix);
    differences(&mut out, matrix);
    state(&mut out, matrix);
    columns(&mut out, matrix);
    not_run(&mut out, matrix);
    plugins(&mut out, matrix);
    if let Some(notice) = matrix.notice() {
        let _ = writeln!(out, "> **{notice}**");
    }
    out
}

fn totals(out: &mut String, matrix: &Matrix) {
    out.push_str("| cell | meaning | cells |\n| --- | --- | ---: |\n");
    for outcome in CellOutcome::ALL {
        if let Some(count) = matrix.totals.outcomes.get(&outcome) {
            let _ = writeln!(out, "| {} | {} | {count} |", word(outcome), meaning(outcome));
        }
    }
    out.push('\n');
}

fn differences(out: &mut String, matrix: &Matrix) {
    let all: Vec<MatrixCell<'_>> = matrix.all().filter(|seen| seen.verdict.differs()).collect();
    out.push_str("## Where live and model differ\n\n");
    if all.is_empty() {
        out.push_str("Nowhere.\n\n");
        return;
    }
    out.push_str("| verdict | case | model | clause | live |\n| --- | --- | --- | --- | --- |\n");
    for seen in all.iter().take(TOLD) {
        let live = word(seen.observation.outcome);
        let _ = writeln!(
            out,
            "| **{}** | `{}` | {} | {} | {live} |",
            seen.verdict.name(),
            seen.id().replace('|', "\\|"),
            text(&seen.expected()),
            text(&seen.decision.clause)
        );
    }
    if all.len() > TOLD {
        let _ = writeln!(out, "\n… and {} more; all are in `matrix.csv`.", all.len() - TOLD);
    }
    out.push('\n');
}

fn state(out: &mut String, matrix: &Matrix) {
    let state = &matrix.state;
    if state.tables == 0 {
        return;
    }
    out.push_str("## Database\n\n");
    if state.changes.is_empty() {
        let _ = writeln!(out, "{} tables were compared before and after; none changed.\n", state.tables);
        return;
    }
    out.push_str("| settings | table | what changed | put back |\n| --- | --- | --- | --- |\n");
    for change in &state.changes {
        let back = if change.restored { "yes" } else { "no" };
        let _ = writeln!(out, "| {} | `{}` | {} | {back} |", change.slot, change.table, text(&change.what));
    }
    out.push('\n');
}

fn columns(out: &mut String, matrix: &Matrix) {
    out.push_str("## Settings and principals\n\n| settings | what is set |\n| --- | --- |\n");
    for slot in &matrix.slots {
        let _ = writeln!(out, "| {} | {} |", slot.name, text(&slot.says));
    }
    out.push_str("\n| principal | who | token in |\n| --- | --- | --- |\n");
    for who in &matrix.principals {
        let _ = writeln!(out, "| {} | {} | {} |", who.name, text(&who.says), who.carrier);
    }
    out.push('\n');
}

fn not_run(out: &mut String, matrix: &Matrix) {
    let dry: Vec<&MatrixRowDocument> = matrix.rows.iter().filter(|row| row.dry.is_some()).collect();
    if dry.is_empty() {
        return;
    }
    out.push_str(
        "## Not run\n\nRequests for these stop before the controller: their cells tell about authentication, gate and dispatch only.\n\n",
    );
    out.push_str("| reason | endpoints and API methods |\n| --- | --- |\n");
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in dry {
        by_reason.entry(row.dry.as_deref().unwrap_or_default()).or_default().push(format!("`{}`", row.name));
    }
    for (why, names) in by_reason {
        let _ = writeln!(out, "| {} | {} |", text(why), names.join(", "));
    }
    out.push('\n');
}

fn plugins(out: &mut String, matrix: &Matrix) {
    let mut plugin = "";
    for row in &matrix.rows {
        if row.plugin != plugin {
            plugin = &row.plugin;
            let _ = write!(out, "\n## {plugin}\n\n| endpoint |");
            let names = matrix.principals.iter().fold(String::new(), |names, who| names + " " + &who.name + " |");
            let _ = writeln!(out, "{names}\n| --- |{}", " --- |".repeat(matrix.principals.len()));
        }
        let kind = match row.kind {
            RowKind::ApiMethod => "API ",
            _ => "",
        };
        let cells = (0..matrix.principals.len()).fold(String::new(), |cells, who| cells + " " + &cell(matrix, row, who) + " |");
        let _ = writeln!(out, "| {kind}`{}` |{cells}", row.name);
    }
    out.push('\n');
}

/// The outcome of a principal: in one word where all settings agree, by setting where they do not.
fn cell(matrix: &Matrix, row: &MatrixRowDocument, who: usize) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    let seen = (0..matrix.slots.len()).filter_map(|slot| matrix.seen(row, slot, who));
    for seen in seen {
        let mark = if seen.verdict.differs() { format!(" **{}**", seen.verdict.name()) } else { String::new() };
        let word = format!("{}{mark}", word(seen.observation.outcome));
        match groups.iter_mut().find(|(known, _)| *known == word) {
            Some((_, slots)) => slots.push(&seen.slot.name),
            None => groups.push((word, vec![&seen.slot.name])),
        }
    }
    match groups.as_slice() {
        [] => String::new(),
        [(word, _)] => word.clone(),
        several => several.iter().map(|(word, slots)| format!("{word} ({})", slots.join(", "))).collect::<Vec<_>>().join(", "),
    }
}

fn word(outcome: CellOutcome) -> &'static str {
    match outcome {
        CellOutcome::Opened => "opened",
        CellOutcome::ReachedWrite => "reached a write",
        CellOutcome::LetThrough => "let through",
        CellOutcome::RefusedAtGate => "gate",
        CellOutcome::NotAuthenticated => "log in",
        CellOutcome::NoRight => "no right",
        CellOutcome::NotEnabled => "not enabled",
        CellOutcome::Error => "error",
        CellOutcome::Unknown => "unknown",
        CellOutcome::NotRun => "not run",
    }
}

fn meaning(outcome: CellOutcome) -> &'static str {
    match outcome {
        CellOutcome::Opened => "the endpoint ran and answered",
        CellOutcome::ReachedWrite => "past its own check, stopped at the first write",
        CellOutcome::LetThrough => "let through up to the controller, which was not run",
        CellOutcome::RefusedAtGate => "refused at the gate",
        CellOutcome::NotAuthenticated => "not authenticated: somebody has to log in",
        CellOutcome::NoRight => "authenticated, but without the right that the endpoint asks for",
        CellOutcome::NotEnabled => "plugin, widget or report is not enabled",
        CellOutcome::Error => "an error behind the gate, such as a missing parameter",
        CellOutcome::Unknown => "the answer cannot be read with certainty, or none came",
        CellOutcome::NotRun => "not asked",
    }
}

/// A text for a table: nothing in it is taken for Markdown.
fn text(plain: &str) -> String {
    plain.chars().fold(String::new(), |mut out, letter| {
        match letter {
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
        out
    })
}
