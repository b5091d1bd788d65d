//! `--as all`: one request, as every principal, in the settings that matter to it.

use futures::StreamExt as _;
use serde_json::{Value, json};

use super::Repeats;
use super::outcome::{Counts, ReplayOutcome};
use super::replayable::slot_of;
use crate::ask::{Question, Responder as _};
use crate::cli::screen::println;
use crate::failure::Failure;
use crate::judge::Verdict;
use crate::matomo::Observation;
use crate::model::{Allowlist, Answer, ClauseId, Decision, Entry, Feature, Layer, Parameters, Reason, Settings};
use crate::pasted::{ExactRequest, Pasted, complete};
use crate::plan::{Input, Principal, everybody, spared_request};
use crate::report::Paint;

/// Requests at once.
const AT_ONCE: usize = 6;

/// Settings under which a request is asked.
struct Column {
    name: &'static str,
    /// What they are, in words.
    says: String,
    input: Input,
}

/// What became of one request.
struct Cell {
    decision: Decision,
    observation: Observation,
    verdict: Verdict,
    clause: ClauseId,
}

impl Cell {
    fn outcome(&self) -> ReplayOutcome {
        match self.verdict {
            Verdict::Agree => ReplayOutcome::Fine,
            verdict if verdict.differs() => ReplayOutcome::Differs,
            _ => ReplayOutcome::Unclear,
        }
    }

    /// In a few words; what is not as expected begins with its verdict.
    fn text(&self) -> String {
        let seen = match &self.observation {
            Observation::Clear { answer, .. } => short(answer),
            Observation::Unknown { status, .. } => format!("unclear ({status})"),
            Observation::Failed { .. } => "no answer".to_owned(),
        };
        match self.verdict {
            Verdict::Agree => seen,
            verdict => format!("{}: {seen}, not {}", verdict.name().to_uppercase(), short(&self.decision.answer)),
        }
    }
}

/// `view`, or where it was refused and why.
fn short(answer: &Answer) -> String {
    match answer {
        Answer::Opened { who, .. } => format!("opened as {}", who.login.trim_start_matches("conformance-")),
        Answer::Denied { reason } => {
            let place = match reason.layer() {
                Layer::Authentication => "token",
                Layer::Gate => "gate",
                Layer::Behind => "endpoint",
            };
            let why = reason.name();
            format!("{place}: {}", why.trim_start_matches("gate-"))
        }
    }
}

/// Asks one request as everybody, and prints the table or returns it as JSON.
pub async fn play(pasted: Pasted, repeats: &Repeats<'_>, counts: &mut Counts) -> Result<Value, Failure> {
    let Pasted { mut request, mut notes, place } = pasted;
    if request.differing_tokens() {
        return Err(Failure::usage("the request has tokens that differ, and one principal cannot be all of them")
            .hint("write $TOKEN_VIEW, $TOKEN_WRITE and so on in their places, and leave --as out"));
    }
    if repeats.complete {
        notes.extend(complete(&mut request).map(|added| format!("added: {added}")));
    }
    let features = &repeats.environment.features;
    let who: Vec<(&Principal, ExactRequest)> = everybody()
        .into_iter()
        .filter(|principal| principal.exists_in(features))
        .filter(|principal| principal.token.is_none() || request.has_credentials())
        .filter_map(|principal| Some((principal, request.of(principal)?)))
        .collect();
    if !request.has_credentials() {
        notes.push("there is neither a token nor a session in it, so that it is nobody's".to_owned());
    }
    let columns = columns(&request, repeats, &mut notes)?;
    let mut rows: Vec<Vec<Cell>> = who.iter().map(|_| Vec::new()).collect();
    // What may change something is asked one after the other, and put back each time.
    let at_once = if spared_request(&request.view()).is_some() { 1 } else { AT_ONCE };
    for column in &columns {
        if repeats.stopped() {
            return Err(Failure::interrupted());
        }
        repeats.client.prepare(&column.input).await?;
        let asked = futures::stream::iter(&who).map(|(_, request)| ask(request, column, repeats));
        let cells: Vec<Result<Cell, Failure>> = asked.buffered(at_once).collect().await;
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.push(cell?);
        }
    }
    for cell in rows.iter().flatten() {
        counts.add(cell.outcome());
    }
    let label = format!("{}{}", place.map(|place| format!("{place}, ")).unwrap_or_default(), request.label());
    if repeats.json {
        return Ok(as_json(&label, &request, &notes, &columns, &who, &rows));
    }
    repeats.bar.suspend(|| print_table(&label, &notes, &columns, &who, &rows, repeats));
    Ok(Value::Null)
}

/// The settings: as a slot has them, with the flag, with the request's own name listed, with almost that name listed, and with secure tokens only.
fn columns(request: &ExactRequest, repeats: &Repeats<'_>, notes: &mut Vec<String>) -> Result<Vec<Column>, Failure> {
    let of_slot =
        |name: &'static str, slot: &str, says: &str| Column { name, says: says.to_owned(), input: Input::of_slot(slot, request.view()) };
    let features = &repeats.environment.features;
    let slot = slot_of(request, repeats.slots, repeats.slot)?;
    let mut all = vec![of_slot("default", &slot, &format!("the slot {slot}"))];
    all.push(of_slot("flag", "flag", "enable_framed_allow_write_admin_token_auth is 1"));
    let compared = compared_name(request);
    let own = |name, says: String, entries: Vec<Entry>| {
        let settings = Settings { allowlist: Allowlist { entries, ..Allowlist::default() }, ..Settings::default() };
        Column { name, says, input: Input { slot: None, settings: Some(settings), request: request.view(), ..Input::default() } }
    };
    if !features.has(Feature::Allowlist) {
        notes.push("this release has no list of endpoints, so nothing is listed".to_owned());
    } else if repeats.client.can_change() {
        all.push(own("listed", format!("the list has {compared:?}"), vec![Entry::text(compared.clone())]));
        all.push(own("near", format!("the list has almost {compared:?}, and true, in other words and letters"), near(&compared)));
    } else {
        let admits = |slot: &&crate::plan::Slot| {
            !slot.settings.flag && !slot.settings.only_secure_tokens && slot.settings.allowlist.admits(&compared)
        };
        match repeats.slots.iter().find(admits) {
            Some(slot) => all.push(of_slot("listed", slot.name, &format!("the slot {}, whose list has {compared:?}", slot.name))),
            None => notes
                .push(format!("no slot of this runtime has {compared:?} in its list, so that nothing is listed; --runtime local has one")),
        }
    }
    if features.has(Feature::SecureTokens) {
        all.push(of_slot("secure", "secure", "only_allow_secure_auth_tokens is 1"));
    }
    Ok(all)
}

/// `Module.Action` as the gate compares it.
fn compared_name(request: &ExactRequest) -> String {
    let view = request.view();
    let body = match &view.body {
        Some(crate::model::Body::Form(text) | crate::model::Body::Multipart(text)) => Parameters::parse(text),
        _ => Parameters::default(),
    };
    let all = Parameters::parse(&view.query).over(&body);
    format!("{}.{}", all.text("module"), all.text("action"))
}

/// What is almost the name, and must open nothing.
fn near(name: &str) -> Vec<Entry> {
    let (module, action) = name.split_once('.').unwrap_or((name, ""));
    let without_last: String = name.chars().take(name.chars().count().saturating_sub(1)).collect();
    let texts = [
        name.to_lowercase(),
        name.to_uppercase(),
        format!("{name} "),
        format!(" {name}"),
        format!("{name}s"),
        without_last,
        module.to_owned(),
        format!("{module}."),
        format!("{module}.*"),
        format!("*.{action}"),
        action.to_owned(),
    ];
    let mut all: Vec<Entry> = texts.into_iter().filter(|text| text != name && !text.is_empty() && text != ".").map(Entry::Text).collect();
    all.extend([Entry::Bool(true), Entry::Number(0), Entry::Nested(vec![Entry::text(name)])]);
    all
}

async fn ask(request: &ExactRequest, column: &Column, repeats: &Repeats<'_>) -> Result<Cell, Failure> {
    let input = Input { request: request.view(), ..column.input.clone() };
    repeats.client.prepare(&input).await?;
    let question = Question::exactly(&input, repeats.client.known()).map_err(Failure::usage)?;
    let decision = question.decide();
    let raw = match repeats.client.place(&input) {
        Some((base, _)) => repeats.exact.send(base, request).await,
        None => Err(format!("no slot {:?} is served", input.slot)),
    };
    let (observation, verdict) = question.judge(&decision, raw.as_ref());
    let blamed = crate::judge::suspects(&question.ask(), &observation).first().copied().unwrap_or(decision.clause);
    let clause = if verdict.differs() { blamed } else { decision.clause };
    repeats.put_back(&input).await?;
    Ok(Cell { decision, observation, verdict, clause })
}

fn print_table(
    label: &str,
    notes: &[String],
    columns: &[Column],
    who: &[(&Principal, ExactRequest)],
    rows: &[Vec<Cell>],
    repeats: &Repeats<'_>,
) {
    println!("{}", repeats.redact(label));
    for note in notes {
        println!("  {}{}{:#}", Paint::DIM, repeats.redact(note), Paint::DIM);
    }
    // Principals of whom the same became share a row.
    let mut groups: Vec<(Vec<&str>, Vec<String>)> = Vec::new();
    for ((principal, _), row) in who.iter().zip(rows) {
        let cells: Vec<String> = row.iter().map(Cell::text).collect();
        match groups.iter_mut().find(|(_, known)| *known == cells) {
            Some((names, _)) => names.push(principal.name),
            None => groups.push((vec![principal.name], cells)),
        }
    }
    let names: Vec<String> = groups.iter().map(|(names, _)| names.join(", ")).collect();
    let mut widths = vec![names.iter().map(|name| name.chars().count()).max().unwrap_or(0).clamp(9, 36)];
    for (index, column) in columns.iter().enumerate() {
        let widest = groups.iter().map(|(_, cells)| cells[index].chars().count()).max().unwrap_or(0);
        widths.push(widest.max(column.name.len()));
    }
    let heads: Vec<String> = std::iter::once("who")
        .chain(columns.iter().map(|column| column.name))
        .zip(&widths)
        .map(|(text, width)| format!("{text:width$}"))
        .collect();
    println!("  {}", heads.join("  ").trim_end());
    for (name, (_, cells)) in names.iter().zip(&groups) {
        let differs = cells.iter().any(|cell| cell.contains(": ") && cell.starts_with(|letter: char| letter.is_ascii_uppercase()));
        let paint = if differs { Paint::LEAK } else { anstyle::Style::new() };
        let mut lines = wrapped(name, widths[0]);
        let first = lines.remove(0);
        let texts: Vec<String> = std::iter::once(&first).chain(cells).zip(&widths).map(|(text, width)| format!("{text:width$}")).collect();
        println!("{paint}  {}{paint:#}", texts.join("  ").trim_end());
        for more in lines {
            println!("{paint}  {more}{paint:#}");
        }
    }
    for column in columns {
        println!("  {}{}: {}{:#}", Paint::DIM, column.name, column.says, Paint::DIM);
    }
    let differing = who
        .iter()
        .zip(rows)
        .flat_map(|((principal, request), row)| row.iter().zip(columns).map(move |(cell, column)| (principal, request, cell, column)));
    let mut shown = 0;
    for (principal, request, cell, column) in differing.filter(|(_, _, cell, _)| cell.verdict != Verdict::Agree) {
        shown += 1;
        if shown > super::groups::SHOWN * 3 {
            continue;
        }
        let clause = cell.clause.clause();
        let verdict = cell.verdict.name().to_uppercase();
        let (who, settings) = (principal.name, column.name);
        println!(
            "{}{verdict}{:#} {who} under {settings}, clause {}: {} [{}]",
            Paint::LEAK,
            Paint::LEAK,
            cell.clause,
            clause.says,
            clause.origin()
        );
        println!("  {}", repeats.redact(&crate::report::observation_text(&cell.observation)));
        println!(
            "  {}{}{:#}",
            Paint::DIM,
            repeats.redact(&request.curl_line(column.input.slot.as_deref().unwrap_or(crate::sut::CHANGING))),
            Paint::DIM
        );
    }
    if shown > super::groups::SHOWN * 3 {
        println!("  … and {} more; all with -j", shown - super::groups::SHOWN * 3);
    }
}

/// Names in lines of a width.
fn wrapped(names: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for name in names.split(", ") {
        let fits = lines.last().is_some_and(|line| line.is_empty() || line.chars().count() + name.chars().count() + 2 <= width);
        match lines.last_mut() {
            Some(line) if fits => {
                if !line.is_empty() {
                    line.push_str(", ");
                }
                line.push_str(name);
            }
            _ => lines.push(name.to_owned()),
        }
    }
    lines
}

fn as_json(
    label: &str,
    request: &ExactRequest,
    notes: &[String],
    columns: &[Column],
    who: &[(&Principal, ExactRequest)],
    rows: &[Vec<Cell>],
) -> Value {
    let cell = |principal: &Principal, request: &ExactRequest, cell: &Cell, column: &Column| {
        let (answer, login, reason, status, message) = match &cell.observation {
            Observation::Clear { answer: Answer::Opened { who, .. }, status, message, .. } => {
                ("opened", Some(who.login.clone()), None, Some(*status), message.clone())
            }
            Observation::Clear { answer: Answer::Denied { reason }, status, message, .. } => {
                ("refused", None, Some(*reason), Some(*status), message.clone())
            }
            Observation::Unknown { status, why } => ("unclear", None, None, Some(*status), Some(why.clone())),
            Observation::Failed { error } => ("none", None, None, None, Some(error.clone())),
        };
        let layer = |reason: Reason| match reason.layer() {
            Layer::Authentication => "token",
            Layer::Gate => "gate",
            Layer::Behind => "endpoint",
        };
        json!({
            "principal": principal.name,
            "settings": column.name,
            "answer": answer,
            "as": login,
            "refused_at": reason.map(layer),
            "reason": reason,
            "status": status,
            "message": message,
            "expected": cell.decision.answer,
            "verdict": cell.verdict,
            "clause": cell.clause.to_string(),
            "curl": request.curl_line(column.input.slot.as_deref().unwrap_or(crate::sut::CHANGING)),
        })
    };
    let cells: Vec<Value> = who
        .iter()
        .zip(rows)
        .flat_map(|((principal, request), row)| row.iter().zip(columns).map(move |(one, column)| cell(principal, request, one, column)))
        .collect();
    json!({
        "request": label,
        "method": request.method.name(),
        "target": request.target(),
        "notes": notes,
        "settings": columns.iter().map(|column| json!({"name": column.name, "says": column.says})).collect::<Vec<_>>(),
        "cells": cells,
    })
}
