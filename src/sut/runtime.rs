//! What a runtime can do for a start: run PHP inside Matomo, give a database, serve slots.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;

use super::environment::{GUARDED, Health};
use super::folders::RunFolder;
use super::phases::{Phases, Progress};
use super::provisioned::Provisioned;
use crate::failure::Failure;
use crate::matomo::Database;
use crate::plan::Slot;

/// A script that installs or provisions may take this many times the limit of a server's start.
pub const SCRIPT_LIMITS: u32 = 5;

/// A slot with its user directory on this machine.
pub type SlotFolder = (Slot, PathBuf);

/// Where a Matomo runs. It owns all that it started, and dropping it stops and removes that.
pub trait Runtime: Send + Sync + 'static {
    /// The folder whose content PHP sees, on this machine.
    fn share(&self) -> &Path;

    /// Version of PHP.
    fn php_version(&self) -> &str;

    /// Changes whenever a PHP file of the tree does; empty where nothing is kept from one start to the next.
    fn fingerprint(&self) -> &str;

    /// Runs one of the scripts in `assets/` inside Matomo, with a slot's user directory, and reads its answer.
    fn script(&self, name: &str, user: &Path, input: Option<&str>) -> impl Future<Output = Result<Value, Failure>> + Send;

    /// Starts the database, and says what is in it already where a template was restored.
    fn database(
        &mut self,
        phases: &mut Phases,
        progress: &dyn Progress,
    ) -> impl Future<Output = Result<(Database, Option<Provisioned>), Failure>> + Send;

    /// Keeps a provisioned database for later starts, where the runtime does such a thing; the connection may change by it.
    fn keep(
        &mut self,
        provisioned: &Provisioned,
        phases: &mut Phases,
        progress: &dyn Progress,
    ) -> impl Future<Output = Result<Option<Database>, Failure>> + Send;

    /// Serves all slots at once and gives the base URL of each.
    fn serve(&mut self, slots: &[SlotFolder]) -> impl Future<Output = Result<Vec<String>, Failure>> + Send;

    /// Whether all that it started still runs and has room; else what ended, with its last words.
    fn well(&self) -> impl Future<Output = Result<(), Failure>> + Send;

    /// The log of the server of a slot.
    fn log(&self, slot: &str) -> PathBuf;
}

/// A runtime that is looked at while it is asked.
pub struct Looked<R>(pub Arc<R>);

impl<R: Runtime> Health for Looked<R> {
    fn look(&self) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(self.0.well())
    }
}

/// Worker processes beside the usual ones in the guarded slot.
const SPARE: usize = 4;

/// Worker processes that serve a slot. Some endpoints fail in a way that makes PHP crash, and its server starts no worker anew: where each
/// endpoint is run, there are more than are needed at once.
pub fn workers_for(slot: &Slot, usual: usize) -> usize {
    if slot.name == GUARDED { usual + SPARE } else { usual }
}

/// Bytes that have to be left for the database and the caches of a run.
const ROOM: u64 = 8 << 20;

/// Whether there is room left where a run writes: without it Matomo's answers tell of the disk.
pub fn has_room(folder: &Path) -> Result<(), Failure> {
    match fs4::available_space(folder) {
        Ok(left) if left < ROOM => {
            let what = format!("no room is left in {}: {} MiB, and {} are needed", folder.display(), left >> 20, ROOM >> 20);
            Err(Failure::environment(what).hint("make room there, or name another folder with TMPDIR"))
        }
        _ => Ok(()),
    }
}

/// The folder of a run, for runtimes whose PHP runs on this machine or sees it under another path.
impl RunFolder {
    /// Where servers and scripts write what they print.
    pub fn log_file(&self, name: &str) -> PathBuf {
        self.path().join("logs").join(format!("{name}.log"))
    }
}
