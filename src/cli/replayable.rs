//! What can be repeated: case ids, results, scenarios, inputs of the search, and curl lines, each read into inputs.

use std::path::Path;

use serde::Deserialize;

use crate::failure::Failure;
use crate::matomo::{Observation, read_curl_line};
use crate::model::{Answer, Features};
use crate::plan::{Expectation, Input, Plan, Scenario, Slot};

/// One request to repeat.
pub struct Replayable {
    /// What it is called: the case id where it has one.
    pub label: String,
    /// The request and what it meets.
    pub input: Input,
    /// What was seen before, where that is known.
    pub before: Option<Before>,
    /// What a story tells of it.
    pub told: Option<Expectation>,
}

/// A line of a results file.
#[derive(Clone, Debug, Deserialize)]
pub struct Before {
    case: String,
    /// Name of the verdict.
    pub verdict: String,
    /// What was observed.
    pub observed: Option<Observation>,
    /// The input, where it is more than its id says.
    #[serde(default)]
    input: Option<Input>,
}

impl Before {
    /// What was seen in one word: the verdict and the outcome.
    pub fn outcome(&self) -> String {
        match &self.observed {
            Some(Observation::Clear { answer, .. }) => outcome(answer),
            _ => self.verdict.clone(),
        }
    }

    fn is_difference(&self) -> bool {
        !matches!(self.verdict.as_str(), "agree" | "not-run")
    }
}

/// `opened as LOGIN`, or the reason of a refusal.
pub fn outcome(answer: &Answer) -> String {
    match answer {
        Answer::Opened { who, .. } => format!("opened as {}", who.login),
        Answer::Denied { reason } => reason.name(),
    }
}

#[derive(Deserialize)]
struct ResultsFile {
    differences: Vec<Before>,
}

/// Reads what was asked for; the slots are those of the target.
pub fn read(what: &str, slots: &[Slot], features: &Features, slot: &str) -> Result<Vec<Replayable>, Failure> {
    if what.trim_start().starts_with("curl ") {
        return curl(what, slots, slot).map(|one| vec![one]);
    }
    let path = Path::new(what);
    if path.is_dir() {
        let file = ["results.json", "results.jsonl"].iter().map(|name| path.join(name)).find(|file| file.is_file());
        let file = file.ok_or_else(|| Failure::usage(format!("{what} has neither results.json nor results.jsonl")))?;
        return results(&file, slots);
    }
    if path.is_file() {
        return match path.extension().and_then(|ending| ending.to_str()) {
            Some("json" | "jsonl") => results(path, slots),
            Some("toml") => toml_file(path, slots, features),
            _ => Err(Failure::usage(format!("{what} is neither .json, .jsonl nor .toml"))),
        };
    }
    let embedded = Scenario::embedded().map_err(Failure::usage)?;
    if let Some(scenario) = embedded.iter().find(|scenario| scenario.name == what) {
        return story(scenario, slots, features);
    }
    if !what.contains('/') {
        let names: Vec<&str> = embedded.iter().map(|scenario| scenario.name.as_str()).collect();
        return Err(Failure::usage(format!("{what:?} is neither a file, a scenario nor a case id"))
            .hint(format!("the scenarios are {}", names.join(", "))));
    }
    let input = of_case(what, slots).map_err(Failure::usage)?;
    Ok(vec![Replayable { label: what.to_owned(), input, before: None, told: None }])
}

fn of_case(id: &str, slots: &[Slot]) -> Result<Input, String> {
    let mut plan = Plan { slots: slots.to_vec(), ..Plan::default() };
    let case = plan.parse(id)?;
    Ok(Input::of_slot(plan.slot(case).name, plan.request(case)))
}

fn curl(line: &str, slots: &[Slot], slot: &str) -> Result<Replayable, Failure> {
    let read = read_curl_line(line.trim()).map_err(|why| Failure::usage(format!("the curl line cannot be read: {why}")))?;
    let shouted = |name: &str| name.to_uppercase().replace('-', "_");
    let name = match &read.slot {
        Some(named) => slots.iter().map(|slot| slot.name).find(|name| shouted(name) == *named).unwrap_or(named),
        None => slot,
    };
    if !slots.iter().any(|slot| slot.name == name) {
        let known: Vec<&str> = slots.iter().map(|slot| slot.name).collect();
        return Err(Failure::usage(format!("there is no slot {name:?}")).hint(format!("the slots are {}", known.join(", "))));
    }
    let label = format!("{name}: {} {}", read.request.method.name(), read.request.query);
    Ok(Replayable { label, input: Input::of_slot(name, read.request), before: None, told: None })
}

fn results(file: &Path, slots: &[Slot]) -> Result<Vec<Replayable>, Failure> {
    let wrong = |why: String| Failure::usage(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let all: Vec<Before> = if file.extension().is_some_and(|ending| ending == "jsonl") {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty());
        let parse = |(index, line)| serde_json::from_str(line).map_err(|error| wrong(format!("line {}: {error}", index + 1)));
        lines.map(parse).collect::<Result<_, _>>()?
    } else {
        serde_json::from_str::<ResultsFile>(&text).map_err(|error| wrong(format!("no results of this program: {error}")))?.differences
    };
    let differences = all.into_iter().filter(Before::is_difference);
    differences
        .map(|before| {
            let input = before.input.clone().map_or_else(|| of_case(&before.case, slots), Ok).map_err(wrong)?;
            Ok(Replayable { label: before.case.clone(), input, before: Some(before), told: None })
        })
        .collect()
}

fn toml_file(file: &Path, slots: &[Slot], features: &Features) -> Result<Vec<Replayable>, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    // A story has a title, an input has none.
    let is_story = text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("title"));
    if is_story {
        return story(&Scenario::read(file).map_err(Failure::usage)?, slots, features);
    }
    let input = Input::parse(&text).map_err(|why| Failure::usage(format!("{}: {why}", file.display())))?;
    let label = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(vec![Replayable { label, input, before: None, told: None }])
}

fn story(scenario: &Scenario, slots: &[Slot], features: &Features) -> Result<Vec<Replayable>, Failure> {
    let told = scenario.told_for(features).map(|(told, expect)| {
        let input = of_case(&told.case, slots).map_err(|why| Failure::usage(format!("scenario {}: {why}", scenario.name)))?;
        Ok(Replayable { label: told.case.clone(), input, before: None, told: Some(expect.clone()) })
    });
    told.collect()
}
