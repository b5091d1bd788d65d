//! Requests that other people bring: `curl`, `wget` and `HTTPie` lines, addresses, HAR files and access logs, each read into exactly what it sends.

mod access_log;
mod address;
mod credentials;
mod curl;
mod curl_options;
mod exact;
mod glob;
mod har;
mod headers;
mod hidden;
mod httpie;
mod markup;
mod message;
mod program;
mod prose;
mod secrets;
mod shell;
mod shell_word;
mod variables;
mod wget;
mod windows;

use std::collections::BTreeMap;
use std::path::Path;

pub use access_log::{LogLine, is_log_line, read_log_line};
pub use address::{Address, Dots, is_address};
pub use credentials::{Credential, Place};
pub use curl_options::{CURL_OPTIONS, CurlOption, Role};
pub use exact::{ExactRequest, FormKind};
pub use har::{HarEntries, is_of_matomo, read_har};
pub use hidden::without_secrets;
pub use message::is_message;
pub use program::looks_like_commands;
pub use prose::unwrapped;
pub use shell::Command;
pub use variables::Variables;

use address::may_be_request;
use shell::Piece;

use crate::model::{Parameters, World};

/// A line that is longer is no line that anybody wrote.
pub const LONGEST_LINE: usize = 64 * 1024;

/// Something that was brought, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pasted {
    /// What is sent.
    pub request: ExactRequest,
    /// Where it was read, in words: `line 3`.
    pub place: Option<String>,
    /// What was cut off, or read otherwise than it was written.
    pub notes: Vec<String>,
}

/// What a text is read with.
pub struct Reading<'a> {
    /// What was said of variables.
    pub given: &'a BTreeMap<String, String>,
    /// Users, tokens and sessions of the target.
    pub world: &'a World,
    /// Where files are that a line names.
    pub folder: &'a Path,
    /// Whether the text is a file's, so that lines are always told.
    pub whole_file: bool,
}

impl Reading<'_> {
    /// Reads a text of commands, or of addresses, one a line. A mistake is named with its line.
    pub fn text(&self, text: &str) -> Result<Vec<Pasted>, String> {
        let text = &prose::unwrapped(text);
        if text.trim().is_empty() {
            return Err("there is nothing in it".to_owned());
        }
        if let Some((index, line)) = text.lines().enumerate().find(|(_, line)| line.len() > LONGEST_LINE) {
            return Err(format!(
                "line {}: it has {} bytes, more than any request that is read here ({LONGEST_LINE})",
                index + 1,
                line.len()
            ));
        }
        if let Some((index, _)) = text.lines().enumerate().find(|(_, line)| line.contains('\0')) {
            return Err(format!("line {}: it is no text", index + 1));
        }
        if message::is_message(text) {
            let (request, notes) = message::read_message(text)?;
            return Ok(vec![Pasted { request, place: None, notes }]);
        }
        if looks_like_commands(text) {
            return self.commands(text);
        }
        let several = self.whole_file || text.trim().lines().count() > 1;
        let all = addresses_among(text, 1, several, false)?;
        if all.is_empty() { Err("there is no request in it".to_owned()) } else { Ok(all) }
    }

    fn commands(&self, text: &str) -> Result<Vec<Pasted>, String> {
        let is_placeholder = |name: &str| self.is_placeholder(name);
        let environment = |name: &str| std::env::var(name).ok();
        let variables = Variables { given: self.given, is_placeholder: &is_placeholder, environment: &environment };
        let several = self.whole_file || text.trim().lines().count() > 1;
        let mut all = Vec::new();
        for piece in &shell::pieces(text, &variables)? {
            let command = match piece {
                Piece::Command(command) => command,
                Piece::Other { line, text } => {
                    all.extend(addresses_among(text, *line, several, true)?);
                    continue;
                }
            };
            let at = |why: String| if several { format!("line {}: {why}", command.line) } else { why };
            prose::refuse_pretty(&command.words).map_err(at)?;
            let program = command.words.first().map(String::as_str).unwrap_or_default();
            let (requests, more) = if program.contains("wget") {
                (wget::read_wget(command, self.folder).map_err(at)?, Vec::new())
            } else if program.contains("curl") {
                curl::read_curl(command, self.folder).map_err(at)?
            } else {
                (vec![httpie::read_httpie(command).map_err(at)?], Vec::new())
            };
            let notes: Vec<String> = command.notes.iter().cloned().chain(more).collect();
            let place = several.then(|| format!("line {}", command.line));
            all.extend(requests.into_iter().map(|request| {
                let notes = notes.iter().cloned().chain(prose::doubts(&request, false)).collect();
                Pasted { request, place: place.clone(), notes }
            }));
        }
        if all.is_empty() {
            return Err("it has no line that begins with curl, wget or http".to_owned());
        }
        Ok(all)
    }

    fn is_placeholder(&self, name: &str) -> bool {
        let is_of_slot = name.strip_prefix("URL_").is_some_and(|slot| !slot.is_empty());
        let is_session = |name: &str| self.world.sessions.iter().any(|session| session.token == name || session.cookie == name);
        let is_dead = crate::model::DEAD_SESSIONS.iter().any(|dead| World::cookie_of(dead) == name);
        is_of_slot || is_dead || self.world.token(name).is_some() || is_session(name)
    }
}

/// The addresses of lines that are no commands. Each other line is a mistake where something in it may be a request, and where nothing tells that it
/// is something around requests: a page, an answer, a script.
fn addresses_among(text: &str, first: usize, several: bool, is_script: bool) -> Result<Vec<Pasted>, String> {
    let (found, rest) = markup::taken_out(text);
    let is_page = is_script || !found.is_empty();
    let place = |line: usize| several.then_some(first - 1 + line);
    let mut all = Vec::new();
    for (line, address) in &found {
        all.push((*line, address_alone(address, place(*line))?));
    }
    let lines = rest.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#') && !message::is_trace(line)) {
        if !is_page || may_be_request(line) {
            all.push((number, address_alone(line, place(number))?));
        }
    }
    all.sort_by_key(|(line, _)| *line);
    Ok(all.into_iter().map(|(_, pasted)| pasted).collect())
}

/// One address, as a browser asks for it.
fn address_alone(line: &str, number: Option<usize>) -> Result<Pasted, String> {
    let at = |why: String| number.map_or_else(|| why.clone(), |number| format!("line {number}: {why}"));
    let line = prose::line_unwrapped(line);
    if !is_address(line) || line.split_whitespace().any(|word| may_be_request(word) && word.len() < line.len()) {
        return Err(at(format!(
            "{:?} is neither a command that is read here nor an address of a Matomo alone",
            line.chars().take(80).collect::<String>()
        )));
    }
    let line = if let Some(rest) = line.strip_prefix("//") {
        format!("http://{rest}")
    } else if line.starts_with(['/', '?']) || line.starts_with("index.php") {
        format!("http://pasted/{}", line.trim_start_matches('/'))
    } else {
        line.to_owned()
    };
    let mut request = Address::read(&line, Dots::Removed).map_err(at)?.request();
    if request.origin == "http://pasted" {
        request.origin.clear();
    }
    let notes = prose::doubts(&request, true);
    Ok(Pasted { request, place: number.map(|number| format!("line {number}")), notes })
}

/// Whether a text is HTML or Markdown with addresses of a Matomo in it.
pub fn is_markup(text: &str) -> bool {
    !markup::addresses(text).is_empty()
}

/// Parameters without which most pages show nothing, where a request has them nowhere: added, and what was added.
pub fn complete(request: &mut ExactRequest) -> Option<String> {
    let view = request.view();
    let body = match (&view.body, view.method) {
        (Some(crate::model::Body::Form(text) | crate::model::Body::Multipart(text)), crate::model::Method::Post) => Parameters::parse(text),
        _ => Parameters::default(),
    };
    let all = Parameters::parse(&view.query).over(&body);
    let missing: Vec<&str> = [("idSite", "idSite=1"), ("period", "period=day"), ("date", "date=today")]
        .iter()
        .filter(|(name, _)| !all.has(name))
        .map(|(_, pair)| *pair)
        .collect();
    if missing.is_empty() {
        return None;
    }
    let added = missing.join("&");
    request.query = Some(match request.query.take().filter(|query| !query.is_empty()) {
        Some(query) => format!("{query}&{added}"),
        None => added.clone(),
    });
    Some(added)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod witness;
