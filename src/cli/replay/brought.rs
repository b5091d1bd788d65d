//! What was asked for, as far as it can be read before any Matomo is started: a mistake is an error then, and nothing is sent.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::log::AccessLog;
use crate::cli::args::ReplayArgs;
use crate::failure::Failure;
use crate::model::World;
use crate::pasted::{
    Pasted, Reading, is_address, is_log_line, is_markup, is_message, looks_like_commands, read_har, unwrapped, without_secrets,
};
use crate::plan::principal;

/// Files of commands or addresses are read as a whole, up to this size.
const LARGEST: u64 = 64 * 1024 * 1024;

/// One thing that was asked for.
pub enum Brought {
    /// Requests of somebody else.
    Pasted(Vec<Pasted>),
    /// Lines of an access log.
    Log(AccessLog),
    /// Results of this program.
    Results(PathBuf),
    /// A story, or an input of the search.
    Toml(PathBuf),
    /// A case id or the name of a scenario.
    Named(String),
}

/// What to do about a text that cannot be read.
const HINT: &str = "a curl, wget or HTTPie line, an address, code that embeds a widget, a request as it goes over the wire, a HAR file, an access log in the common or combined format, a case id, a scenario, or results of this program can be repeated";

/// Reads everything.
pub fn read_all(args: &ReplayArgs) -> Result<Vec<Brought>, Failure> {
    let given = variables(&args.set)?;
    args.what.iter().map(|what| read(what, &given)).collect()
}

fn variables(set: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |text: &String| {
        let pair = text.split_once('=').map(|(name, value)| (name.trim_start_matches('$').to_owned(), value.to_owned()));
        pair.filter(|(name, _)| !name.is_empty()).ok_or_else(|| Failure::usage(format!("--set {text:?} is not VAR=VALUE")))
    };
    set.iter().map(pair).collect()
}

fn read(what: &str, given: &BTreeMap<String, String>) -> Result<Brought, Failure> {
    let world = World::standard();
    if what == "-" {
        let mut text = Vec::new();
        std::io::stdin().read_to_end(&mut text).map_err(|error| Failure::usage(format!("standard input cannot be read: {error}")))?;
        let mut file = tempfile::tempfile().map_err(|error| Failure::environment(format!("no temporary file: {error}")))?;
        file.write_all(&text).map_err(|error| Failure::environment(format!("no temporary file: {error}")))?;
        return of_file("standard input", file, given, Path::new("."));
    }
    let path = Path::new(what);
    let is_short = what.len() < 4096 && !what.contains('\n');
    if is_short && path.is_dir() {
        let file = ["results.json", "results.jsonl"].iter().map(|name| path.join(name)).find(|file| file.is_file());
        return file.map(Brought::Results).ok_or_else(|| Failure::usage(format!("{what} has neither results.json nor results.jsonl")));
    }
    if is_short && path.is_file() {
        let file = std::fs::File::open(path).map_err(|error| Failure::usage(format!("{what}: {error}")))?;
        return match path.extension().and_then(|ending| ending.to_str()) {
            Some("jsonl") => Ok(Brought::Results(path.to_owned())),
            Some("toml") => Ok(Brought::Toml(path.to_owned())),
            Some("json") if !is_har(path) => Ok(Brought::Results(path.to_owned())),
            _ => of_file(what, file, given, path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))),
        };
    }
    if is_short && names_a_file(what) {
        return Err(Failure::usage(format!("there is no file {what}")).hint(HINT));
    }
    let plain = unwrapped(what);
    let what = plain.as_str();
    let reading = Reading { given, world: &world, folder: Path::new("."), whole_file: false };
    let is_case = what.split('/').nth(1).is_some_and(|who| principal(who).is_some());
    let is_request = is_message(what) || is_markup(what);
    if is_request || looks_like_commands(what) || what.trim_start().starts_with("curl") || (!is_case && is_address(what)) {
        let what_it_is = match (is_message(what), looks_like_commands(what)) {
            (true, _) => "request",
            (_, true) => "line",
            _ => "address",
        };
        return reading
            .text(what)
            .map(Brought::Pasted)
            .map_err(|why| Failure::usage(format!("the {what_it_is} cannot be repeated: {}", without_secrets(&why))));
    }
    if what.trim().is_empty() {
        return Err(Failure::usage("there is nothing to repeat").hint(HINT));
    }
    if !is_case && what.trim().contains(char::is_whitespace) {
        let begin: String = what.trim().chars().take(60).collect();
        return Err(Failure::usage(without_secrets(&format!("{begin:?} is nothing that can be repeated"))).hint(HINT));
    }
    Ok(Brought::Named(what.to_owned()))
}

/// Whether a text is the name of a file rather than a case id, a scenario or a request.
fn names_a_file(what: &str) -> bool {
    let is_case = what.split('/').nth(1).is_some_and(|who| principal(who).is_some());
    let endings = [".json", ".jsonl", ".toml", ".har", ".log", ".txt", ".sh"];
    let starts = ["/", "./", "../", "~/"];
    let is_plain = !what.contains(char::is_whitespace) && !what.contains("://") && !what.contains('?');
    is_plain && !is_case && (endings.iter().any(|ending| what.ends_with(ending)) || starts.iter().any(|start| what.starts_with(start)))
}

fn is_har(path: &Path) -> bool {
    let Ok(file) = std::fs::File::open(path) else { return false };
    let mut head = String::new();
    let _ = file.take(4096).read_to_string(&mut head);
    head.split_once('{').is_some_and(|(_, rest)| rest.trim_start().starts_with("\"log\""))
}

/// Reads what a file has, by its first line.
fn of_file(name: &str, mut file: std::fs::File, given: &BTreeMap<String, String>, folder: &Path) -> Result<Brought, Failure> {
    let wrong = |why: String| Failure::usage(format!("{name}: {}", without_secrets(&why))).hint(HINT);
    let unread = |error: std::io::Error| Failure::usage(format!("{name}: {error}"));
    file.rewind().map_err(unread)?;
    let mut reader = BufReader::new(file);
    let (mut first, mut number) = (Vec::new(), 0);
    while first.iter().all(u8::is_ascii_whitespace) {
        first.clear();
        number += 1;
        let length = reader.by_ref().take(crate::pasted::LONGEST_LINE as u64 + 2).read_until(b'\n', &mut first).map_err(unread)?;
        if length == 0 {
            return Err(wrong("line 1: there is nothing in it".to_owned()));
        }
    }
    let is_json = first.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if first.len() > crate::pasted::LONGEST_LINE && !is_json {
        return Err(wrong(format!(
            "line {number}: it is longer than any request that is read here ({} bytes)",
            crate::pasted::LONGEST_LINE
        )));
    }
    let Ok(line) = String::from_utf8(first.clone()).or_else(|error| if is_json { Ok(String::new()) } else { Err(error) }) else {
        return Err(wrong(format!("line {number}: it is no text")));
    };
    let mut file = reader.into_inner();
    file.rewind().map_err(unread)?;
    if is_log_line(line.trim_end()) {
        return AccessLog::check(name, file).map(Brought::Log).map_err(|failure| failure.hint(HINT));
    }
    if file.metadata().map_err(unread)?.len() > LARGEST {
        return Err(wrong(format!("line {number}: it is neither a HAR file nor an access log, and too large for anything else")));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(unread)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
        wrong(format!("line {}: it is no text", before.matches('\n').count() + 1))
    })?;
    if is_json {
        let har = read_har(&text).map_err(&wrong)?;
        let left_out = har.left_out.iter().map(|(why, count)| format!("{count} entries {why}")).collect::<Vec<_>>().join("; ");
        if har.entries.is_empty() {
            return Err(wrong(format!("line 1: no entry asks a Matomo for something that can be judged ({left_out})")));
        }
        let notes: Vec<String> =
            Some(left_out).filter(|text| !text.is_empty()).map(|text| format!("left out: {text}")).into_iter().collect();
        let pasted = har.entries.into_iter().enumerate().map(|(index, (number, request))| Pasted {
            request,
            place: Some(format!("entry {number}")),
            notes: if index == 0 { notes.clone() } else { Vec::new() },
        });
        return Ok(Brought::Pasted(pasted.collect()));
    }
    let world = World::standard();
    let reading = Reading { given, world: &world, folder, whole_file: true };
    reading.text(&text).map(Brought::Pasted).map_err(wrong)
}
