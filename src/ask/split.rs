//! Splits what a request carries on the live Matomo, until those words are left that make the difference.

use super::sender::Sender;
use crate::judge::{Verdict, asks_the_probe, judge_answer};
use crate::matomo::Observation;
use crate::model::{Ask, Decision, Names, Request, decide};
use crate::plan::{Beside, Case, Company, Plan};
use crate::sut::Environment;

/// The most requests for one group.
const MOST: usize = 120;

/// A request in company that differs, and what of it makes the difference.
pub struct Split {
    /// The words that are left, with what the request is about.
    pub company: Company,
    /// Id of the case with them alone.
    pub case: String,
    /// The request with them alone.
    pub request: Request,
    /// What must become of it.
    pub decision: Decision,
    /// What became of it.
    pub observation: Observation,
    /// The verdict.
    pub verdict: Verdict,
}

/// Splits groups. What was found once is tried first on the next group.
pub struct Splitter<'a> {
    environment: &'a Environment,
    names: &'a Names,
    sender: &'a Sender,
    found: Vec<Vec<Beside>>,
    left: usize,
    /// Whether the group differs; else it is one whose answer cannot be read.
    differing: bool,
}

impl<'a> Splitter<'a> {
    /// For a running Matomo.
    pub fn of(environment: &'a Environment, names: &'a Names, sender: &'a Sender) -> Self {
        Self { environment, names, sender, found: Vec::new(), left: 0, differing: true }
    }

    /// The words of a case that make it differ, or that its answer cannot be read; nothing where it carries none, where it differs without them, or where it differs no more.
    pub async fn split(&mut self, plan: &Plan, case: Case) -> Option<Split> {
        let company = Company::of(plan.target(case))?;
        self.left = MOST;
        self.differing = false;
        let mut last = self.differs(plan, case, company.clone()).await?;
        self.differing = last.verdict.differs();
        for known in self.found.clone() {
            if known.iter().all(|word| company.words.contains(word))
                && let Some(split) = self.differs(plan, case, company.with(known)).await
            {
                return Some(split);
            }
        }
        if self.differs(plan, case, company.with(Vec::new())).await.is_some() {
            return None;
        }
        let mut parts = 2;
        while last.company.words.len() > 1 && self.left > 0 {
            let words = &last.company.words;
            let size = words.len().div_ceil(parts);
            let portions: Vec<Vec<Beside>> = words.chunks(size).map(<[Beside]>::to_vec).collect();
            // One part alone, or all but one.
            let without = |portion: &Vec<Beside>| words.iter().filter(|word| !portion.contains(word)).cloned().collect::<Vec<_>>();
            let rests: Vec<Vec<Beside>> = if parts > 2 { portions.iter().map(without).collect() } else { Vec::new() };
            let mut smaller = None;
            for (portion, next) in portions.into_iter().map(|portion| (portion, 2)).chain(rests.into_iter().map(|rest| (rest, parts - 1))) {
                if let Some(split) = self.differs(plan, case, company.with(portion)).await {
                    smaller = Some((split, next.max(2)));
                    break;
                }
            }
            match smaller {
                Some((split, next)) => (last, parts) = (split, next),
                None if size == 1 => break,
                None => parts = (parts * 2).min(last.company.words.len()),
            }
        }
        self.found.push(last.company.words.clone());
        Some(last)
    }

    /// The case with other company, where it differs, or is not to be read where that is looked for.
    async fn differs(&mut self, plan: &Plan, case: Case, company: Company) -> Option<Split> {
        self.left = self.left.saturating_sub(1);
        let alone = Plan { slots: plan.slots.clone(), targets: vec![company.target()], cases: Vec::new() };
        let case = Case { target: 0, ..case };
        let request = alone.request(case);
        let slot = alone.slot(case);
        let url = self.environment.slots.iter().find(|served| served.slot.name == slot.name)?.url.clone();
        let features = &self.environment.features;
        let ask = Ask { features, settings: &slot.settings, world: &self.environment.world, names: self.names, request: &request };
        let decision = decide(&ask);
        let answer = self.sender.send(Plan::principal(case).name, &url, &request).await;
        let (observation, verdict) = judge_answer(&decision, case.shape.dispatch, || asks_the_probe(&request), answer.as_ref());
        let id = alone.id(case);
        let met = if self.differing { verdict.differs() } else { verdict != Verdict::Agree };
        met.then_some(Split { company, case: id, request, decision, observation, verdict })
    }
}
