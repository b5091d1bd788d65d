//! A Matomo that serves, with everything a run needs to know of it.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::attached::Attached;
use super::coverage::LineCoverage;
use super::phases::Phases;
use super::state::State;
use crate::failure::Failure;
use crate::matomo::{Catalogue, Secrets, url_placeholder};
use crate::model::{Features, Settings, World};
use crate::plan::{OwnCatalogue, Slot};

/// Kind of the built-in target.
pub const SIMULATED: &str = "simulated";

/// A slot and where it serves.
#[derive(Clone, Debug)]
pub struct ServedSlot {
    /// Name and settings.
    pub slot: Slot,
    /// Base URL without a trailing slash.
    pub url: String,
    /// Log of its server, where there is one.
    pub log: Option<PathBuf>,
}

/// Name of the slot whose settings change while it serves.
pub const CHANGING: &str = "changing";

/// What can be changed of a slot while it serves. No request may be under way meanwhile.
pub trait Changing: Send + Sync {
    /// Serves other settings, to users who have other rights in this slot alone, from now on.
    fn change<'a>(&'a self, settings: &'a Settings, world: &'a World) -> BoxFuture<'a, Result<(), Failure>>;
}

/// A slot beside the table whose settings change while it serves.
pub struct ChangingSlot {
    /// Where it serves.
    pub url: String,
    /// Log of its server, where there is one.
    pub log: Option<PathBuf>,
    /// How it is changed.
    pub hand: Box<dyn Changing>,
}

/// Name of the slot whose account may only read.
pub const GUARDED: &str = "guarded";

/// A slot whose database account may only read: whoever gets past an endpoint's own check is stopped at the first write (issue 19).
pub struct GuardedSlot {
    /// Where it serves.
    pub url: String,
    /// Log of its server.
    pub log: PathBuf,
    /// Where it notes what was reached, one object a request.
    pub reached: PathBuf,
    /// What it can be asked.
    pub catalogue: OwnCatalogue,
    /// Looks at its schema.
    pub state: Option<Box<dyn State>>,
}

/// Looks at what a Matomo runs on.
pub trait Health: Send + Sync {
    /// Whether all of it still runs; else what ended, with its last words.
    fn look(&self) -> BoxFuture<'_, Result<(), Failure>>;
}

/// A logged-in session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Short name of its user.
    pub user: String,
}

/// A running Matomo. Dropping it stops and removes everything it started.
pub struct Environment {
    /// What kind of target it is: `source`, `release`, `url` or `simulated`.
    pub kind: &'static str,
    /// What was asked for, for reports.
    pub name: String,
    /// Database and PHP versions, for reports.
    pub software: Vec<(String, String)>,
    /// Features of the release.
    pub features: Features,
    /// Its endpoints.
    pub catalogue: Catalogue,
    /// Users, tokens and sessions.
    pub world: World,
    /// Values behind placeholders.
    pub secrets: Secrets,
    /// All slots, serving at once.
    pub slots: Vec<ServedSlot>,
    /// What is different where it was not started but is only asked.
    pub attached: Option<Attached>,
    /// One more slot, where settings have to change while it serves.
    pub changing: Option<ChangingSlot>,
    /// One more slot, in which every endpoint can be run, where that was wanted.
    pub guarded: Option<GuardedSlot>,
    /// Which lines of Matomo's code have run, where that is noted.
    pub coverage: Option<LineCoverage>,
    /// Looks at its database, where it has one of its own.
    pub state: Option<Box<dyn State>>,
    /// Looks at what it runs on, where that can end by itself.
    pub health: Option<Arc<dyn Health>>,
    /// What the start took.
    pub phases: Phases,
    /// Owner of processes and folders, in the order in which they must go.
    pub guard: Box<dyn Any + Send + Sync>,
}

impl Environment {
    /// What a shell needs for the `curl` lines of a report: tokens, cookies and the address of every slot.
    pub fn exports(&self) -> impl Iterator<Item = (String, String)> {
        let secrets = self.secrets.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        secrets.chain(self.slots.iter().map(|served| (url_placeholder(served.slot.name), served.url.clone())))
    }

    /// Whether no real Matomo is behind it.
    pub fn is_simulated(&self) -> bool {
        self.kind == SIMULATED
    }
}
