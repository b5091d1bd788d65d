//! A case: slot × principal × carrier × shape × target, with a readable, stable id that needs nothing else to be replayed.

use sha2::{Digest as _, Sha256};

use super::carrier::Carrier;
use super::nearest::nearest;
use super::principal::{PRINCIPALS, Principal, everybody, principal};
use super::requested::request_for;
use super::slot::Slot;
use crate::model::{Dispatch, Request};

/// How the request is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    /// How far it may go.
    pub dispatch: Dispatch,
    /// Whether it says that it is an `XMLHttpRequest`.
    pub xhr: bool,
}

impl Shape {
    /// Stopped before the controller.
    pub const DRY: Self = Self { dispatch: Dispatch::Dry, xhr: false };
    /// The controller runs.
    pub const REAL: Self = Self { dispatch: Dispatch::Real, xhr: false };

    /// The same as an `XMLHttpRequest`.
    #[must_use]
    pub const fn xhr(self) -> Self {
        Self { xhr: true, ..self }
    }

    /// Name as in case ids.
    pub fn name(self) -> &'static str {
        match (self.dispatch, self.xhr) {
            (Dispatch::Dry, false) => "dry",
            (Dispatch::Dry, true) => "dry-xhr",
            (Dispatch::Real, false) => "real",
            (Dispatch::Real, true) => "real-xhr",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::DRY, Self::DRY.xhr(), Self::REAL, Self::REAL.xhr()].into_iter().find(|shape| shape.name() == text)
    }
}

/// One case, by its place in the tables of its [`Plan`]. Small, so that memory stays flat in the number of cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Index of the slot.
    pub slot: u16,
    /// Index of the principal.
    pub principal: u8,
    /// Carrier of the token.
    pub carrier: Carrier,
    /// How the request is made.
    pub shape: Shape,
    /// Index of the target.
    pub target: u32,
}

/// Cases in the order in which they run, with the tables they refer to.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Settings slots.
    pub slots: Vec<Slot>,
    /// Targets: endpoint names, or raw queries that start with `?`.
    pub targets: Vec<String>,
    /// The cases.
    pub cases: Vec<Case>,
}

impl Plan {
    /// The slot of a case.
    pub fn slot(&self, case: Case) -> &Slot {
        &self.slots[usize::from(case.slot)]
    }

    /// The principal of a case.
    pub fn principal(case: Case) -> &'static Principal {
        &PRINCIPALS[usize::from(case.principal)]
    }

    /// The target of a case.
    pub fn target(&self, case: Case) -> &str {
        &self.targets[case.target as usize]
    }

    /// `slot/principal/carrier/shape/target`.
    pub fn id(&self, case: Case) -> String {
        format!("{}/{}/{}/{}/{}", self.slot(case).name, Self::principal(case).name, case.carrier, case.shape.name(), self.target(case))
    }

    /// `slot/principal/carrier/shape`: the id without its endpoint.
    pub fn group(&self, case: Case) -> String {
        format!("{}/{}/{}/{}", self.slot(case).name, Self::principal(case).name, case.carrier, case.shape.name())
    }

    /// SHA-256 over all ids in order: what two runs must share to be parts of one plan.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for case in &self.cases {
            hash.update(self.id(*case).as_bytes());
            hash.update(b"\n");
        }
        hex::encode(hash.finalize())
    }

    /// The request of a case.
    pub fn request(&self, case: Case) -> Request {
        let mut request = request_for(self.target(case));
        request.dispatch = case.shape.dispatch;
        request.xhr = case.shape.xhr;
        case.carrier.load(Self::principal(case), &mut request);
        request
    }

    /// Reads an id back; the target is added to the table where it is new.
    pub fn parse(&mut self, id: &str) -> Result<Case, String> {
        let parts: Vec<&str> = id.splitn(5, '/').collect();
        let [slot, who, carrier, shape, target] = parts[..] else {
            return Err(format!("{id:?} is no case id: slot/principal/carrier/shape/endpoint is needed"));
        };
        let slot = self
            .slots
            .iter()
            .position(|known| known.name == slot)
            .ok_or_else(|| unknown("slot", slot, id, self.slots.iter().map(|slot| slot.name)))?;
        let known = principal(who).ok_or_else(|| unknown("principal", who, id, PRINCIPALS.iter().map(|who| who.name)))?;
        let index = PRINCIPALS.iter().position(|other| std::ptr::eq(other, known)).unwrap_or_default();
        let carrier: Carrier = carrier.parse().map_err(|_| {
            let known = carriers();
            unknown("carrier", carrier, id, known.iter().map(String::as_str))
        })?;
        if !carrier.fits(known) {
            return Err(format!("{who} cannot be carried by {carrier} in {id:?}"));
        }
        let shape = Shape::parse(shape).ok_or_else(|| format!("unknown shape {shape:?} in {id:?}: dry, dry-xhr, real or real-xhr"))?;
        let target = self.intern(target);
        Ok(Case {
            slot: u16::try_from(slot).unwrap_or_default(),
            principal: u8::try_from(index).unwrap_or_default(),
            carrier,
            shape,
            target,
        })
    }

    /// The index of a target.
    pub fn intern(&mut self, target: &str) -> u32 {
        let found = self.targets.iter().position(|known| known == target).unwrap_or_else(|| {
            self.targets.push(target.to_owned());
            self.targets.len() - 1
        });
        u32::try_from(found).unwrap_or(u32::MAX)
    }
}

/// What is wrong with a part of a case id, and what may have been meant.
fn unknown<'a>(what: &str, given: &str, id: &str, known: impl Iterator<Item = &'a str>) -> String {
    let meant =
        nearest(given, known).map_or_else(|| format!("`explain --list` names every {what}"), |near| format!("did you mean {near}?"));
    format!("unknown {what} {given:?} in {id:?}: {meant}")
}

/// The names of all carriers.
pub fn carriers() -> Vec<String> {
    let everybody = everybody();
    Carrier::all(&everybody).iter().map(ToString::to_string).collect()
}
