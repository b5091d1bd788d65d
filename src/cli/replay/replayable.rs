//! What can be repeated: case ids, results, scenarios, inputs of the search, and what other people bring, each with the request that is sent.

use std::path::Path;

use serde::Deserialize;

use super::Repeats;
use crate::failure::Failure;
use crate::matomo::Observation;
use crate::model::{Answer, Features, World};
use crate::pasted::{Credential, ExactRequest, Pasted, complete};
use crate::plan::{Expectation, Input, Plan, Principal, Scenario, Slot};

/// One request to repeat.
pub struct Replayable {
    /// What it is called: the case id where it has one.
    pub label: String,
    /// The request and what it meets.
    pub input: Input,
    /// The request as it is sent, where it is somebody else's: not a byte of it is ours.
    pub exact: Option<ExactRequest>,
    /// What was seen before, where that is known.
    pub before: Option<Before>,
    /// What a story tells of it.
    pub told: Option<Expectation>,
    /// What is said of it beside its verdict.
    pub notes: Vec<String>,
}

/// A line of a results file.
#[derive(Clone, Debug, Deserialize)]
pub struct Before {
    case: String,
    /// Name of the verdict.
    pub verdict: String,
    /// The clause it points to.
    #[serde(default)]
    pub clause: Option<String>,
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

impl Replayable {
    fn new(label: String, input: Input) -> Self {
        Self { label, input, exact: None, before: None, told: None, notes: Vec::new() }
    }

    /// A request of somebody else, with the slot, the principal and the parameters that the command line adds to it. `None` where it is not
    /// one of those that were picked.
    pub fn pasted(pasted: Pasted, repeats: &Repeats<'_>) -> Result<Option<Self>, Failure> {
        let Pasted { mut request, place, mut notes } = pasted;
        let slot = slot_of(&request, repeats.slots, repeats.slot)?;
        if repeats.complete {
            notes.extend(complete(&mut request).map(|added| format!("added: {added}")));
        }
        match repeats.principal {
            Some(principal) if request.has_credentials() => {
                request = as_principal(&request, principal).map_err(|failure| at(place.as_deref(), failure))?;
            }
            Some(principal) => {
                notes.push(format!("it has neither a token nor a session that could be {}'s: it is asked as it stands", principal.name));
            }
            None => {}
        }
        let place = place.map(|place| format!("{place}, ")).unwrap_or_default();
        let label = format!("{place}{slot}: {}", request.label());
        if !repeats.filter.is_empty() && !repeats.filter.takes(&label) && !repeats.filter.takes(&request.label()) {
            return Ok(None);
        }
        if !request.origin.is_empty() && request.slot.is_none() {
            notes.push(format!("{} stands for the slot {slot} of this target", request.origin));
        }
        let mut one = Self::new(label, Input::of_slot(&slot, request.view()));
        one.exact = Some(request);
        one.notes = notes;
        Ok(Some(one))
    }
}

fn at(place: Option<&str>, failure: Failure) -> Failure {
    match place {
        Some(place) => Failure { what: format!("{place}: {}", failure.what), ..failure },
        None => failure,
    }
}

/// The slot that a request asks.
pub fn slot_of(request: &ExactRequest, slots: &[Slot], otherwise: &str) -> Result<String, Failure> {
    let shouted = |name: &str| name.to_uppercase().replace('-', "_");
    let name = match &request.slot {
        Some(named) => slots.iter().map(|slot| slot.name).find(|name| shouted(name) == *named).unwrap_or(named),
        None => otherwise,
    };
    if !slots.iter().any(|slot| slot.name == name) {
        let known: Vec<&str> = slots.iter().map(|slot| slot.name).collect();
        return Err(Failure::usage(format!("there is no slot {name:?}")).hint(format!("the slots are {}", known.join(", "))));
    }
    Ok(name.to_owned())
}

/// The same request with a principal's credentials.
pub fn as_principal(request: &ExactRequest, principal: &Principal) -> Result<ExactRequest, Failure> {
    if request.differing_tokens() {
        return Err(Failure::usage("the request has tokens that differ, and one principal cannot be all of them")
            .hint("write $TOKEN_VIEW, $TOKEN_WRITE and so on in their places"));
    }
    request.of(principal).ok_or_else(|| {
        Failure::usage(format!("{} cannot be carried where this request has its credentials", principal.name))
            .hint("only users have sessions, and a header takes no encoded token")
    })
}

/// What is said of credentials that nobody here knows: first of all, since no verdict is about them.
pub fn unknown_credentials(request: &ExactRequest, world: &World) -> Option<String> {
    let unknown = request.unknown_credentials(world);
    if unknown.is_empty() {
        return None;
    }
    let say = |one: &Credential| match one.place {
        crate::pasted::Place::Cookie => format!("the session {} in the cookie", one.shown()),
        place => format!("the token {} in {}", one.shown(), place.name()),
    };
    let all = unknown.iter().map(say).collect::<Vec<_>>().join(" and ");
    let (is, stands) = if unknown.len() == 1 { ("is", "it stands") } else { ("are", "they stand") };
    Some(format!(
        "asked as nobody's: {all} {is} not known here, so nothing is said about whose {stands} for; --as PRINCIPAL says that (or --as all), or write $TOKEN_VIEW, $SESSION_VIEW and so on in place"
    ))
}

/// Reads a name: a case id or a scenario.
pub fn named(what: &str, slots: &[Slot], features: &Features) -> Result<Vec<Replayable>, Failure> {
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
    Ok(vec![Replayable::new(what.to_owned(), input)])
}

fn of_case(id: &str, slots: &[Slot]) -> Result<Input, String> {
    let mut plan = Plan { slots: slots.to_vec(), ..Plan::default() };
    let case = plan.parse(id)?;
    Ok(Input::of_slot(plan.slot(case).name, plan.request(case)))
}

/// The differences of a results file or journal.
pub fn results(file: &Path, slots: &[Slot]) -> Result<Vec<Replayable>, Failure> {
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
            Ok(Replayable { before: Some(before.clone()), ..Replayable::new(before.case, input) })
        })
        .collect()
}

/// A story, or an input of the search.
pub fn toml_file(file: &Path, slots: &[Slot], features: &Features) -> Result<Vec<Replayable>, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    // A story has a title, an input has none.
    let is_story = text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("title"));
    if is_story {
        return story(&Scenario::read(file).map_err(Failure::usage)?, slots, features);
    }
    let input = Input::parse(&text).map_err(|why| Failure::usage(format!("{}: {why}", file.display())))?;
    let label = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(vec![Replayable::new(label, input)])
}

fn story(scenario: &Scenario, slots: &[Slot], features: &Features) -> Result<Vec<Replayable>, Failure> {
    let told = scenario.told_for(features).map(|(told, expect)| {
        let input = of_case(&told.case, slots).map_err(|why| Failure::usage(format!("scenario {}: {why}", scenario.name)))?;
        Ok(Replayable { told: Some(expect.clone()), ..Replayable::new(told.case.clone(), input) })
    });
    told.collect()
}
