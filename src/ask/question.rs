//! One input, asked: what the model decides, what the live Matomo answers, and the verdict.

use std::borrow::Cow;

use crate::judge::{Verdict, asks_the_probe, hanging_on, judge_answer};
use crate::matomo::{Listener, Observation, Raw};
use crate::model::{Ask, Decision, Features, Names, Request, Settings, World, decide};
use crate::plan::{Input, Slot};

/// What is known of a Matomo beside its answers.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Features of the release.
    pub features: &'a Features,
    /// Names it dispatches.
    pub names: &'a Names,
    /// Users, tokens and sessions.
    pub world: &'a World,
    /// The slots of the table.
    pub slots: &'a [Slot],
    /// Plugins of others that have a part in what decides.
    pub listeners: &'a [Listener],
}

/// An input with everything the model asks for.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    known: Known<'a>,
    settings: Cow<'a, Settings>,
    world: Cow<'a, World>,
    /// The request as it is sent.
    pub request: Request,
}

impl<'a> Question<'a> {
    /// Looks up the settings and makes the world of an input. A slot that is not served is an error that names it.
    pub fn of(input: &Input, known: Known<'a>) -> Result<Self, String> {
        let settings = match (&input.settings, &input.slot) {
            (Some(settings), _) => Cow::Owned(settings.clone()),
            (None, Some(name)) => {
                let slot = known.slots.iter().find(|slot| slot.name == *name);
                Cow::Borrowed(&slot.ok_or_else(|| format!("there is no slot {name:?}"))?.settings)
            }
            (None, None) => Cow::Owned(Settings::default()),
        };
        let world = if input.grants.is_empty() { Cow::Borrowed(known.world) } else { Cow::Owned(input.world(known.world)) };
        Ok(Self { known, settings, world, request: input.to_send() })
    }

    /// The same for a request that is sent as it stands: nothing is added to it.
    pub fn exactly(input: &Input, known: Known<'a>) -> Result<Self, String> {
        Self::of(input, known).map(|question| Self { request: input.request.clone(), ..question })
    }

    /// The question as the model takes it.
    pub fn ask(&self) -> Ask<'_> {
        let Known { features, names, .. } = self.known;
        Ask { features, settings: &self.settings, world: &self.world, names, request: &self.request }
    }

    /// What must become of it.
    pub fn decide(&self) -> Decision {
        decide(&self.ask())
    }

    /// What became of it, and the verdict.
    pub fn judge(&self, decision: &Decision, answer: Result<&Raw, &String>) -> (Observation, Verdict) {
        let (observation, verdict) = judge_answer(decision, self.request.dispatch, || asks_the_probe(&self.request), answer);
        hanging_on(self.known.listeners, decision, observation, verdict)
    }
}
