//! An access log: each request once, and a table of what became of them. Nothing of it is kept but a number for each request that was seen.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _};

use futures::StreamExt as _;

use super::outcome::{Answered, Counts, ReplayOutcome};
use super::replayable::Replayable;
use super::{Played, Repeats};
use crate::cli::screen::{eprintln, println};
use crate::failure::Failure;
use crate::model::Parameters;
use crate::pasted::{ExactRequest, LONGEST_LINE, LogLine, Pasted, complete, read_log_line, without_secrets};
use crate::report::Paint;

/// Requests at once.
const AT_ONCE: usize = 6;

/// Rows of the table.
const ROWS: usize = 60;

/// Names that are counted each for itself.
const NAMES: usize = 2000;

/// A log that was looked through once: every line is one.
pub struct AccessLog {
    name: String,
    file: File,
    lines: usize,
    left_out: BTreeMap<&'static str, usize>,
}

impl AccessLog {
    /// Looks through a log. A line in another format is an error that names it.
    pub fn check(name: &str, file: File) -> Result<Self, Failure> {
        let mut log = Self { name: name.to_owned(), file, lines: 0, left_out: BTreeMap::new() };
        let mut left_out = BTreeMap::new();
        let mut requests = 0_usize;
        log.each(|line| {
            match line {
                LogLine::Request(..) => requests += 1,
                LogLine::LeftOut(why) => *left_out.entry(why).or_default() += 1,
            }
            true
        })?;
        log.left_out = left_out;
        if requests == 0 {
            return Err(Failure::usage(format!("{name}: none of its {} lines asks index.php for something", log.lines)));
        }
        Ok(log)
    }

    /// Every line in order, as long as more are wanted.
    fn each(&mut self, mut take: impl FnMut(LogLine) -> bool) -> Result<(), Failure> {
        let wrong = |number: usize, why: &str| Failure::usage(format!("{}, line {number}: {}", self.name, without_secrets(why)));
        self.file.rewind().map_err(|error| wrong(1, &error.to_string()))?;
        let mut reader = BufReader::new(&self.file);
        let (mut number, mut bytes) = (0, Vec::new());
        loop {
            bytes.clear();
            number += 1;
            let length = reader
                .by_ref()
                .take(LONGEST_LINE as u64 + 1)
                .read_until(b'\n', &mut bytes)
                .map_err(|error| wrong(number, &error.to_string()))?;
            if length == 0 {
                self.lines = number - 1;
                return Ok(());
            }
            if length > LONGEST_LINE {
                return Err(wrong(number, &format!("it is longer than any line of a log ({LONGEST_LINE} bytes)")));
            }
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_end();
            if text.is_empty() {
                continue;
            }
            let line = read_log_line(text).map_err(|why| wrong(number, &why))?;
            if !take(line) {
                return Ok(());
            }
        }
    }

    /// The first request of it, for what is said of credentials.
    pub fn some_request(&mut self, fits: impl Fn(&ExactRequest) -> bool) -> Option<ExactRequest> {
        let mut found = None;
        let _ = self.each(|line| {
            found = match line {
                LogLine::Request(request, _) if fits(&request) => Some(*request),
                _ => None,
            };
            found.is_none()
        });
        found
    }

    /// Asks each request once.
    pub async fn play(&mut self, repeats: &Repeats<'_>, counts: &mut Counts) -> Result<(), Failure> {
        let mut table = Table::default();
        let mut seen = HashSet::new();
        let (sender, receiver) = tokio::sync::mpsc::channel::<(ExactRequest, u16)>(4 * AT_ONCE);
        let mut reader = Self {
            name: self.name.clone(),
            file: self.file.try_clone().map_err(|error| Failure::usage(format!("{}: {error}", self.name)))?,
            lines: 0,
            left_out: BTreeMap::new(),
        };
        let reading = tokio::task::spawn_blocking(move || {
            reader.each(|line| match line {
                LogLine::Request(request, status) => {
                    let mut hasher = DefaultHasher::new();
                    (request.method, &request.path, &request.query).hash(&mut hasher);
                    !seen.insert(hasher.finish()) || sender.blocking_send((*request, status)).is_ok()
                }
                LogLine::LeftOut(_) => true,
            })
        });
        let requests = futures::stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|next| (next, receiver)) });
        let mut played = std::pin::pin!(
            requests
                .map(|(mut request, status)| async move {
                    if repeats.complete {
                        complete(&mut request);
                    }
                    let name = name_of(&request);
                    let pasted = Pasted { request, place: None, notes: Vec::new() };
                    let Some(one) = Replayable::pasted(pasted, repeats)? else { return Ok(None) };
                    let played = repeats.play(&one).await?;
                    Ok::<_, Failure>(Some((name, status, played)))
                })
                .buffered(AT_ONCE)
        );
        while let Some(next) = played.next().await {
            if repeats.stopped() {
                return Err(Failure::interrupted());
            }
            let Some((name, status, played)) = next? else { continue };
            table.add(&name, status, &played);
            counts.add(played.outcome);
            repeats.bar.inc(1);
            if !matches!(played.outcome, ReplayOutcome::Fine) && table.shown < super::groups::SHOWN * 4 {
                table.shown += 1;
                repeats.show(&played.text);
            }
        }
        reading.await.map_err(Failure::internal)??;
        repeats.bar.suspend(|| table.print(self));
        Ok(())
    }
}

/// `VisitsSummary.index`, or the API method, or the frame and what it frames.
fn name_of(request: &ExactRequest) -> String {
    let all = Parameters::parse(request.query.as_deref().unwrap_or_default());
    let (module, action) = (all.text("module"), all.text("action"));
    let name = match (module.as_str(), action.as_str()) {
        ("API", "" | "index") => all.text("method"),
        ("Widgetize", "iframe") => format!("Widgetize.iframe > {}.{}", all.text("moduleToWidgetize"), all.text("actionToWidgetize")),
        _ => format!("{module}.{action}"),
    };
    name.chars().take(100).collect()
}

/// What became of the requests for each name.
#[derive(Default)]
struct Table {
    rows: BTreeMap<String, Row>,
    others: Row,
    shown: usize,
}

#[derive(Default)]
struct Row {
    requests: usize,
    differ: usize,
    /// Answered with success then, and refused now.
    closed: usize,
    answers: BTreeMap<String, usize>,
}

impl Table {
    fn add(&mut self, name: &str, status: u16, played: &Played) {
        let row = if self.rows.len() < NAMES || self.rows.contains_key(name) {
            self.rows.entry(name.to_owned()).or_default()
        } else {
            &mut self.others
        };
        row.requests += 1;
        row.differ += usize::from(played.outcome.differs());
        row.closed += usize::from((200..400).contains(&status) && !matches!(played.answered, Answered::Opened(_)));
        let answer = played.answered.word();
        if row.answers.len() < 12 || row.answers.contains_key(&answer) {
            *row.answers.entry(answer).or_default() += 1;
        }
    }

    fn print(&self, log: &AccessLog) {
        let total: usize = self.rows.values().map(|row| row.requests).sum::<usize>() + self.others.requests;
        let mut rows: Vec<(&str, &Row)> = self.rows.iter().map(|(name, row)| (name.as_str(), row)).collect();
        if self.others.requests > 0 {
            rows.push(("others", &self.others));
        }
        rows.sort_by_key(|(_, row)| std::cmp::Reverse((row.differ, row.closed, row.requests)));
        let width = rows.iter().take(ROWS).map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(8);
        println!("{:width$}  requests  differ  opened then, not now  answers now", "endpoint");
        for (name, row) in rows.iter().take(ROWS) {
            let answers: Vec<String> = row.answers.iter().map(|(answer, count)| format!("{count} {answer}")).collect();
            println!("{name:width$}  {:8}  {:6}  {:20}  {}", row.requests, row.differ, row.closed, answers.join(", "));
        }
        if rows.len() > ROWS {
            println!("… and {} more endpoints", rows.len() - ROWS);
        }
        println!("{}: {} lines, {total} different requests", log.name, log.lines);
        for (why, count) in &log.left_out {
            eprintln!("{}left out: {count} lines that {why}{:#}", Paint::DIM, Paint::DIM);
        }
    }
}
