//! Collects what a run finds, case by case.

use std::collections::HashMap;

use serde_json::json;

use crate::ask::{Event, OutputFolder, principals_of};
use crate::failure::Failure;
use crate::judge::{KnownDifferences, List, Occurrence, Verdict, judge_told, suspects};
use crate::matomo::{Observation, curl_line};
use crate::model::hangs_on_brought;
use crate::plan::{Plan, Telling, everybody};
use crate::report::{Accepted, Difference, EntryRecord, PlanRecord, Results};
use crate::sut::Environment;

/// What was found so far.
pub struct Record {
    /// The results.
    pub results: Results,
    /// The entries of the file of known differences.
    pub known: KnownDifferences,
    /// Cases that were run.
    pub done: u64,
    /// What stories tell of a case, by its id.
    tellings: HashMap<String, Vec<Telling>>,
}

/// What a run is about to do.
pub struct Planned<'a> {
    /// What it asks.
    pub plan: &'a Plan,
    /// What was planned with it.
    pub record: PlanRecord,
    /// Seed of the order.
    pub seed: u64,
    /// Accepted differences of this release.
    pub known: KnownDifferences,
    /// What stories tell, with the case it is about.
    pub told: Vec<(String, Telling)>,
}

impl Record {
    /// Nothing found yet.
    pub fn new(environment: &Environment, planned: Planned<'_>) -> Self {
        let Planned { plan, record, seed, known, told } = planned;
        let mut results = Results::new(environment, plan, record, seed);
        for slot in &plan.slots {
            results.coverage.declare("slot", slot.name);
        }
        let principals = if environment.attached.is_some() {
            principals_of(plan)
        } else {
            everybody().into_iter().filter(|who| who.exists_in(&environment.features)).map(|who| who.name).collect()
        };
        for who in principals {
            results.coverage.declare("principal", who);
        }
        let mut tellings: HashMap<String, Vec<Telling>> = HashMap::new();
        for (case, telling) in told {
            tellings.entry(case).or_default().push(telling);
        }
        Self { results, known, tellings, done: 0 }
    }

    /// The verdict on a case, the stories that tell of it heard, and the first that is not as it was told.
    fn verdict(&mut self, id: &str, event: &Event<'_>) -> (Verdict, Option<String>) {
        let (mut verdict, mut broken) = (event.verdict, None);
        // A story tells of a Matomo whose own files list nothing.
        if self.tellings.contains_key(id) && event.with_ask(hangs_on_brought) {
            return (verdict, broken);
        }
        for telling in self.tellings.get(id).into_iter().flatten() {
            let told = judge_told(&telling.expect, &event.observation);
            let count = self.results.scenarios.entry(telling.scenario.clone()).or_default();
            count.requests += 1;
            count.as_told += u64::from(told == Verdict::Agree);
            if told.differs() {
                verdict = verdict.min(told);
                broken.get_or_insert_with(|| format!("{}: {}: {}", telling.scenario, telling.says, telling.expect));
            }
        }
        (verdict, broken)
    }

    /// Counts a case, and writes it into the journal. What it counts as comes back: what is accepted counts as agreement.
    pub fn note(&mut self, event: &Event<'_>, output: &mut OutputFolder) -> Result<Verdict, Failure> {
        let (plan, case) = (event.plan, event.case);
        self.done += 1;
        let coverage = &mut self.results.coverage;
        coverage.trace(&event.decision.trace);
        coverage.count("slot", plan.slot(case).name);
        coverage.count("principal", Plan::principal(case).name);
        coverage.count("carrier", &case.carrier.to_string());
        coverage.count("shape", case.shape.name());
        let id = plan.id(case);
        let (verdict, scenario) = self.verdict(&id, event);
        self.results.coverage.count("verdict", verdict.name());
        let accepted = self.accept(&id, verdict, event);
        let group = self.results.groups.entry(plan.group(case)).or_default();
        // The observation stands in every line: two runs are compared by what was seen, whatever the verdicts.
        if let Some(accepted) = accepted {
            group.known += 1;
            self.results.tally.known += 1;
            let line = json!({
                "case": id, "verdict": verdict, "clause": event.decision.clause, "accepted": accepted.list, "observed": event.observation,
            });
            self.results.accepted.push(accepted);
            return output.append(&line).map(|()| Verdict::Agree);
        }
        group.add(verdict);
        self.results.tally.add(verdict);
        if verdict == Verdict::Agree {
            let line = json!({"case": id, "verdict": verdict, "clause": event.decision.clause, "observed": event.observation});
            return output.append(&line).map(|()| verdict);
        }
        let suspects = event.with_ask(|ask| suspects(ask, &event.observation));
        let difference = Difference {
            verdict,
            clause: suspects.first().copied().unwrap_or(event.decision.clause),
            suspects,
            expected: event.decision.answer.clone(),
            expected_status: event.decision.status,
            observed: event.observation.clone(),
            trace: event.decision.trace.clone(),
            curl: curl_line(plan.slot(case).name, &plan.request(case)),
            scenario,
            company: None,
            case: id,
        };
        output.append(&serde_json::to_value(&difference).map_err(Failure::internal)?)?;
        self.results.find(difference);
        Ok(verdict)
    }

    /// The entry of the file of known differences that accepts a difference.
    fn accept(&mut self, case: &str, verdict: Verdict, event: &Event<'_>) -> Option<Accepted> {
        let Observation::Clear { answer, .. } = &event.observation else { return None };
        if !verdict.differs() {
            return None;
        }
        let (expected, observed) = (event.decision.answer.outcome(), answer.outcome());
        let entry = self.known.accepts(Occurrence { case, verdict, expected: &expected, observed: &observed })?;
        Some(Accepted {
            case: case.to_owned(),
            verdict,
            list: list_name(entry.list).to_owned(),
            reason: entry.reason.clone(),
            link: entry.link.clone(),
        })
    }

    /// What became of the entries of the file of known differences.
    pub fn entries(&self) -> Vec<EntryRecord> {
        let record = |entry: &crate::judge::Entry| EntryRecord {
            list: list_name(entry.list).to_owned(),
            case: entry.case.clone(),
            met: entry.met,
            drifted: entry.drifted.as_ref().map(ToString::to_string),
        };
        self.known.entries().iter().map(record).collect()
    }
}

fn list_name(list: List) -> &'static str {
    match list {
        List::Known => "known",
        List::Flaky => "flaky",
    }
}
