//! Shrinking on the live target: smaller and smaller inputs, as long as they differ in the same way.

use std::collections::HashMap;

use super::client::Responder;
use super::question::Question;
use crate::failure::Failure;
use crate::judge::Verdict;
use crate::matomo::{Observation, Raw};
use crate::plan::{Input, smaller};

/// At most so many requests for one difference.
pub const MOST_REQUESTS: usize = 400;

/// In which way live and model differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Differs {
    /// The verdict.
    pub verdict: Verdict,
    /// What the model decides: `opened`, or the reason of a refusal.
    pub expected: String,
    /// What was seen, in the same words.
    pub observed: String,
}

/// Asks one input: in which way it differs, if it does.
pub async fn differs(replies: &impl Responder, input: &Input) -> Result<Option<Differs>, Failure> {
    replies.prepare(input).await?;
    let question = Question::of(input, replies.known()).map_err(Failure::usage)?;
    let decision = question.decide();
    let raw: Result<Raw, String> = replies.send(input, &question).await;
    let (observation, verdict) = question.judge(&decision, raw.as_ref());
    Ok(match observation {
        Observation::Clear { answer, .. } if verdict.differs() => {
            Some(Differs { verdict, expected: decision.answer.outcome(), observed: answer.outcome() })
        }
        _ => None,
    })
}

/// The smallest input that still differs in this way, and the requests it took. Answers are kept, so that none is asked twice.
pub async fn shrink(replies: &impl Responder, input: &Input, wanted: &Differs) -> Result<(Input, usize), Failure> {
    let mut least = input.clone();
    let mut known: HashMap<String, bool> = HashMap::new();
    let mut requests = 0;
    // A slot of the table has one long list; with the same settings of its own the entries can go one by one.
    if let Some(slot) = input.slot.as_ref().and_then(|name| replies.known().slots.iter().find(|slot| slot.name == *name))
        && replies.can_change()
        && !slot.settings.allowlist.entries.is_empty()
        && !slot.settings.anonymous_view
    {
        let own = Input { slot: None, settings: Some(slot.settings.clone()), ..input.clone() };
        requests += 1;
        if differs(replies, &own).await?.as_ref() == Some(wanted) {
            least = own;
        }
    }
    'again: loop {
        for candidate in smaller(&least) {
            let key = candidate.to_toml();
            let same = match known.get(&key) {
                Some(same) => *same,
                None if requests >= MOST_REQUESTS => return Ok((least, requests)),
                None => {
                    requests += 1;
                    let same = differs(replies, &candidate).await?.as_ref() == Some(wanted);
                    known.insert(key, same);
                    same
                }
            };
            if same {
                least = candidate;
                continue 'again;
            }
        }
        return Ok((least, requests));
    }
}
