//! Names the words that make a difference, where a request in company differs.

use std::collections::HashSet;

use super::record::Record;
use crate::ask::{Sender, Split, Splitter};
use crate::judge::{Verdict, suspects};
use crate::matomo::curl_line;
use crate::model::{Ask, Names};
use crate::plan::{Company, Plan};
use crate::report::Difference;
use crate::sut::Environment;

/// How many differences are looked at.
const LOOKED_AT: usize = 200;

/// Splits the groups that differ until one word or a pair is left; each difference is then told by the case that carries nothing else.
pub async fn name_words(record: &mut Record, environment: &Environment, names: &Names, plan: &Plan, sender: &Sender) {
    let mut scratch = Plan { slots: plan.slots.clone(), ..Plan::default() };
    let mut splitter = Splitter::of(environment, names, sender);
    let mut looked_at = 0;
    let mut told_anew = Vec::new();
    for difference in &mut record.results.differences {
        let target = difference.case.splitn(5, '/').nth(4).unwrap_or_default();
        if looked_at == LOOKED_AT || Company::of(target).is_none() {
            continue;
        }
        looked_at += 1;
        let Ok(case) = scratch.parse(&difference.case) else { continue };
        if let Some(split) = splitter.split(&scratch, case).await {
            let slot = scratch.slot(case);
            let who = Plan::principal(case).name;
            let ask = Ask {
                features: &environment.features,
                settings: &slot.settings,
                world: &environment.world,
                names,
                request: &split.request,
            };
            let suspects = suspects(&ask, &split.observation);
            let curl = curl_line(slot.name, &split.request);
            let before = std::mem::replace(difference, told(split, who, suspects, curl));
            told_anew.push((before, difference.clone()));
        }
    }
    for (before, now) in &told_anew {
        record.results.told_anew(before, now);
    }
    // Many groups carry the same word.
    let mut seen = HashSet::new();
    let before = record.results.differences.len();
    record.results.differences.retain(|difference| difference.company.is_none() || seen.insert(difference.case.clone()));
    record.results.left_out += (before - record.results.differences.len()) as u64;
}

fn told(split: Split, who: &str, suspects: Vec<crate::model::ClauseId>, curl: String) -> Difference {
    let Split { company, case, decision, observation, verdict, .. } = split;
    let whose = match who {
        "super" => "a super user's token".to_owned(),
        "anonymous" => "anonymous".to_owned(),
        other => format!("the token of {other}"),
    };
    let what = match verdict {
        Verdict::Leak => "passes",
        Verdict::Lockout => "is refused",
        Verdict::Unknown | Verdict::Error => "gets no answer that can be read",
        _ => "is answered otherwise",
    };
    let clause = suspects.first().copied().unwrap_or(decision.clause);
    Difference {
        case,
        verdict,
        clause,
        suspects,
        expected: decision.answer,
        expected_status: decision.status,
        observed: observation,
        trace: decision.trace,
        curl,
        scenario: None,
        company: Some(format!("{whose} {what} where {} is there", company.says())),
    }
}
