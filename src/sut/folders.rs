//! Folders of ours: the cache, and one folder a run, which `clean` finds again by its name.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::Owner;
use super::local::Schemas;
use crate::failure::{Failure, at};

/// The cache: source trees by name, templates of data directories, compiled PHP.
pub fn cache_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("MATOMO_CONFORMANCE_CACHE").filter(|folder| !folder.is_empty()) {
        return PathBuf::from(folder);
    }
    let base = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    base.or_else(home).unwrap_or_else(std::env::temp_dir).join("matomo-conformance")
}

/// The folder that holds one folder a run. Short, because the path of a Unix socket may have about a hundred bytes.
pub fn runs_folder() -> PathBuf {
    std::env::temp_dir().join(format!("matomo-conformance-{}", nix::unistd::getuid()))
}

/// What a run writes about itself, for `clean`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RunNote {
    /// The harness.
    #[serde(flatten)]
    pub owner: Owner,
    /// Leaders of the process groups it started.
    pub groups: Vec<i32>,
    /// Schemas it made on a server that is not its own.
    #[serde(default)]
    pub schemas: Option<Schemas>,
}

/// The folder of this run; removed when dropped.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Id of the run: start time and process id.
    pub id: String,
    note: std::sync::Mutex<RunNote>,
    keep: bool,
}

impl RunFolder {
    /// Makes the folder, readable by its owner only.
    pub fn create() -> Result<Self, Failure> {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S");
        let id = format!("{now}-{}-{count}", std::process::id());
        let base = runs_folder();
        let private = |path: &Path| fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        private(&base).map_err(at(&base, "create the folder"))?;
        let owned = fs::metadata(&base).is_ok_and(|meta| meta.permissions().mode() & 0o022 == 0);
        if !owned {
            return Err(Failure::environment(format!("{} can be written by others", base.display()))
                .hint("remove it, or set TMPDIR to a folder of your own"));
        }
        let path = base.join(&id);
        private(&path).map_err(at(&path, "create the folder"))?;
        let note = RunNote { owner: Owner::this(), ..RunNote::default() };
        let folder = Self { path, id, note: std::sync::Mutex::new(note), keep: false };
        folder.write_note()?;
        Ok(folder)
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path inside, whose folder is made.
    pub fn sub(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.path.join(name);
        fs::create_dir_all(&path).map_err(at(&path, "create the folder"))?;
        Ok(path)
    }

    /// Notes a process group for `clean`.
    pub fn note_group(&self, leader: i32) -> Result<(), Failure> {
        self.lock().groups.push(leader);
        self.write_note()
    }

    /// Notes schemas on somebody's server for `clean`.
    pub fn note_schemas(&self, schemas: &Schemas) -> Result<(), Failure> {
        self.lock().schemas = Some(schemas.clone());
        self.write_note()
    }

    /// Whether there are such schemas.
    pub fn has_schemas(&self) -> bool {
        self.lock().schemas.is_some()
    }

    /// Leaves the folder in place when dropped.
    pub fn keep(&mut self) {
        self.keep = true;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, RunNote> {
        self.note.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write_note(&self) -> Result<(), Failure> {
        let file = self.path.join("run.json");
        let text = serde_json::to_vec(&*self.lock()).map_err(Failure::internal)?;
        let fresh = self.path.join("run.json.new");
        fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, &file)).map_err(at(&file, "write"))
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if !self.keep {
            let _ = fs::remove_dir_all(&self.path);
            let _ = fs::remove_dir(runs_folder());
        }
    }
}

/// Writes a file that only its owner may read.
pub fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(at(path, "write"))
}

/// Writes a new file that only its owner may read. One that is there already is left alone: others may read it, or it leads elsewhere.
pub fn create_private(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(at(path, "create"))
}

/// What a killed run left behind.
#[derive(Clone, Debug)]
pub struct Leftover {
    /// Its folder.
    pub path: PathBuf,
    /// Its age.
    pub age: Duration,
    /// Process groups of it that still run.
    pub groups: Vec<i32>,
    /// Schemas it left on a server that is not its own.
    pub schemas: Option<Schemas>,
}

/// Runs whose harness is no longer alive.
pub fn leftovers() -> Vec<Leftover> {
    let Ok(entries) = fs::read_dir(runs_folder()) else { return Vec::new() };
    let mut found: Vec<Leftover> = entries
        .flatten()
        .filter_map(|entry| {
            let path = entry.path();
            let note: RunNote =
                fs::read(path.join("run.json")).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
            let alive = note.owner.is_alive();
            let age =
                entry.metadata().ok().and_then(|meta| meta.modified().ok()).and_then(|time| SystemTime::now().duration_since(time).ok());
            let groups = note.groups.into_iter().filter(|group| group_runs(*group, &path)).collect();
            (!alive).then_some(Leftover { path, age: age.unwrap_or_default(), groups, schemas: note.schemas })
        })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Whether a process was started by a run.
fn belongs_to(pid: i32, run: &Path) -> bool {
    let mark = run.to_string_lossy().into_owned();
    fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environ| String::from_utf8_lossy(&environ).contains(&mark))
}

/// Whether any process of a group belongs to the run; a number that was given anew to a stranger is left alone.
fn group_runs(group: i32, run: &Path) -> bool {
    let Ok(entries) = fs::read_dir("/proc") else { return false };
    entries.flatten().any(|entry| {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { return false };
        let same = nix::unistd::getpgid(Some(nix::unistd::Pid::from_raw(pid))).is_ok_and(|found| found.as_raw() == group);
        same && belongs_to(pid, run)
    })
}
