//! An environment that `serve` keeps, written down for whoever shows it, lists it or ends it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use serde::{Deserialize, Serialize};

use super::folders::{RunFolder, runs_folder, write_private};
use super::{Environment, Owner};
use crate::failure::{Failure, at};
use crate::model::{Rights, Settings};

/// File in the folder of a run; only its owner may read it, since tokens stand in it.
const RECORD: &str = "served.json";

/// How long the keeper of an environment may take to stop everything.
const ENDING_LIMIT: Duration = Duration::from_secs(60);

/// A slot and where it serves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServedUrl {
    /// Name as in case ids.
    pub slot: String,
    /// Base URL without a trailing slash.
    pub url: String,
    /// Its settings.
    pub settings: Settings,
}

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServedUser {
    /// Login in Matomo.
    pub login: String,
    /// Rights on the sites.
    pub rights: Rights,
    /// Names under which the tokens are exported.
    pub tokens: Vec<String>,
}

/// What is served, by whom, since when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Served {
    /// Id by which `clean` ends it.
    pub id: String,
    /// What was asked for.
    pub name: String,
    /// Whether no real Matomo is behind it.
    pub simulated: bool,
    /// Process that keeps it.
    #[serde(flatten)]
    pub owner: Owner,
    /// Whether it stays when the command that started it ends.
    pub detached: bool,
    /// Seconds since 1970 at which it was ready.
    pub since: i64,
    /// Every slot.
    pub slots: Vec<ServedUrl>,
    /// Every user.
    pub users: Vec<ServedUser>,
    /// What a shell needs: names and values.
    pub exports: Vec<(String, String)>,
}

impl Served {
    /// Describes an environment that this process keeps.
    pub fn of(environment: &Environment, id: &str, detached: bool) -> Self {
        let world = &environment.world;
        let tokens = |user: &str| world.tokens.iter().filter(|token| token.user == user).map(|token| token.placeholder.clone()).collect();
        let slots = environment.slots.iter();
        let users = world.users.iter();
        Self {
            id: id.to_owned(),
            name: format!("{} {}", environment.name, environment.features.version).trim().to_owned(),
            simulated: environment.is_simulated(),
            owner: Owner::this(),
            detached,
            since: jiff::Timestamp::now().as_second(),
            slots: slots
                .map(|served| ServedUrl {
                    slot: served.slot.name.to_owned(),
                    url: served.url.clone(),
                    settings: served.slot.settings.clone(),
                })
                .collect(),
            users: users
                .map(|user| ServedUser { login: user.login.clone(), rights: user.rights.clone(), tokens: tokens(&user.name) })
                .collect(),
            // The database's password opens more than a run.
            exports: environment.exports().filter(|(name, _)| name != "DATABASE_PASSWORD").collect(),
        }
    }

    /// Writes it into the folder of its run.
    pub fn keep(&self, folder: &RunFolder) -> Result<PathBuf, Failure> {
        let file = folder.path().join(RECORD);
        let text = serde_json::to_string(self).map_err(Failure::internal)?;
        write_private(&file, &text)?;
        Ok(file)
    }

    /// Reads a record.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let text = fs::read(file).map_err(at(file, "read"))?;
        serde_json::from_slice(&text).map_err(|error| Failure::environment(format!("{} cannot be read: {error}", file.display())))
    }

    /// Environments that are served in the background on this machine, by this user.
    pub fn detached() -> Vec<Self> {
        let Ok(entries) = fs::read_dir(runs_folder()) else { return Vec::new() };
        let records = entries.flatten().filter_map(|entry| Self::read(&entry.path().join(RECORD)).ok());
        let mut found: Vec<Self> = records.filter(|served| served.detached && served.runs()).collect();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found
    }

    /// Whether the very process that keeps it is alive.
    pub fn runs(&self) -> bool {
        self.owner.is_alive()
    }

    /// Its age.
    pub fn age(&self) -> Duration {
        let seconds = jiff::Timestamp::now().as_second().saturating_sub(self.since);
        Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
    }

    /// Asks its keeper to stop everything, and waits until that is done.
    pub fn end(&self) -> Result<(), Failure> {
        let pid = self.owner.pid;
        if self.runs() {
            kill(self.owner.signalled()?, Signal::SIGTERM).map_err(|error| {
                Failure::environment(format!("process {pid}, which serves {}, cannot be told to end: {error}", self.id))
            })?;
        }
        let end = Instant::now() + ENDING_LIMIT;
        while self.runs() {
            if Instant::now() > end {
                let what = format!("process {pid}, which serves {}, did not end within {} s", self.id, ENDING_LIMIT.as_secs());
                return Err(Failure::environment(what).hint(format!("`kill -9 {pid}`, then `matomo-conformance clean`")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}
