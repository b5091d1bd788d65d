//! The output directory: locked while in use, the previous one kept once, everything written as it comes.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fs4::fs_std::FileExt as _;
use serde_json::Value;

use crate::failure::{Failure, at};
use crate::matomo::Secrets;

/// A run's output directory.
pub struct OutputFolder {
    path: PathBuf,
    _lock: Lock,
    journal: BufWriter<File>,
    secrets: Secrets,
}

impl OutputFolder {
    /// Takes a directory: waits for nobody, moves what is there to `NAME.old`, starts afresh.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(at(parent, "create the folder"))?;
        let name = path.file_name().ok_or_else(|| Failure::usage(format!("{} is no name for an output directory", path.display())))?;
        let lock_path = parent.join(format!(".{}.lock", name.to_string_lossy()));
        let lock = Lock::take(&lock_path)?.ok_or_else(|| {
            Failure::usage(format!("{} is in use by another run", path.display())).hint("wait for it, or give another --output")
        })?;
        if path.exists() {
            if !path.join("results.jsonl").exists() && fs::read_dir(path).map_err(at(path, "read"))?.next().is_some() {
                return Err(Failure::usage(format!("{} is not empty and not an output directory of this program", path.display()))
                    .hint("give another --output"));
            }
            let old = parent.join(format!("{}.old", name.to_string_lossy()));
            if old.exists() {
                fs::remove_dir_all(&old).map_err(at(&old, "remove"))?;
            }
            fs::rename(path, &old).map_err(at(path, "move away"))?;
        }
        fs::create_dir_all(path).map_err(at(path, "create the folder"))?;
        let file = path.join("results.jsonl");
        let journal = BufWriter::new(File::create(&file).map_err(at(&file, "create"))?);
        Ok(Self { path: path.to_owned(), _lock: lock, journal, secrets: Secrets::default() })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// From now on these secrets are taken out of everything that is written.
    pub fn hide(&mut self, secrets: &Secrets) {
        self.secrets = secrets.clone();
    }

    /// Writes the ids of all cases, one a line, before the first request.
    pub fn list_cases(&self, ids: impl Iterator<Item = String>) -> Result<(), Failure> {
        let file = self.path.join("cases.txt");
        let mut out = BufWriter::new(File::create(&file).map_err(at(&file, "create"))?);
        for id in ids {
            writeln!(out, "{}", self.secrets.redact(&id)).map_err(at(&file, "write"))?;
        }
        out.flush().map_err(at(&file, "write"))
    }

    /// Appends a line that was written before, and redacted then.
    pub fn append_line(&mut self, line: &str) -> Result<(), Failure> {
        let file = self.path.join("results.jsonl");
        writeln!(self.journal, "{}", self.secrets.redact(line)).map_err(at(&file, "write"))
    }

    /// Appends one result.
    pub fn append(&mut self, result: &Value) -> Result<(), Failure> {
        let line = self.secrets.redact(&result.to_string());
        let file = self.path.join("results.jsonl");
        writeln!(self.journal, "{line}").map_err(at(&file, "write"))
    }

    /// Writes the journal anew where `change` gives another result for a line.
    pub fn rewrite(&mut self, change: impl Fn(&str) -> Option<Value>) -> Result<(), Failure> {
        self.flush()?;
        let (file, fresh) = (self.path.join("results.jsonl"), self.path.join("results.jsonl.new"));
        let lines = || File::open(&file).map(|journal| BufReader::new(journal).lines()).map_err(at(&file, "read"));
        let agrees = |line: &str| !line.contains("\"suspects\"");
        let mut changed = false;
        for line in lines()? {
            let line = line.map_err(at(&file, "read"))?;
            changed = !agrees(&line) && change(&line).is_some();
            if changed {
                break;
            }
        }
        if !changed {
            return Ok(());
        }
        let mut journal = BufWriter::new(File::create(&fresh).map_err(at(&fresh, "create"))?);
        for line in lines()? {
            let line = line.map_err(at(&file, "read"))?;
            let other = if agrees(&line) { None } else { change(&line) };
            let line = other.map_or(line, |other| self.secrets.redact(&other.to_string()));
            writeln!(journal, "{line}").map_err(at(&fresh, "write"))?;
        }
        journal.flush().map_err(at(&fresh, "write"))?;
        fs::rename(&fresh, &file).map_err(at(&file, "write"))?;
        self.journal = journal;
        Ok(())
    }

    /// Writes what is still buffered.
    pub fn flush(&mut self) -> Result<(), Failure> {
        let file = self.path.join("results.jsonl");
        self.journal.flush().map_err(at(&file, "write"))
    }

    /// Writes a file as a whole: under its final name only when it is complete.
    pub fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let file = self.path.join(name);
        let fresh = self.path.join(format!("{name}.new"));
        let text = self.secrets.redact(text);
        fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, &file)).map_err(at(&file, "write"))
    }
}

/// Whether a file outside of an output directory can be written, with its folders; what was not there before is not there afterwards.
pub fn writable(file: &Path) -> Result<(), String> {
    if file.is_dir() {
        return Err("it is a folder".to_owned());
    }
    let there = file.exists();
    // Pipes and devices are left alone until there is something to write.
    if there && !file.is_file() {
        return Ok(());
    }
    if let Some(parent) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(|error| error.to_string())?;
    }
    fs::OpenOptions::new().append(true).create(true).open(file).map_err(|error| error.to_string())?;
    if !there {
        let _ = fs::remove_file(file);
    }
    Ok(())
}

/// Writes a file outside of an output directory, with its folders: a report for whoever asked for it.
pub fn write_redacted(file: &Path, text: &str, secrets: &Secrets) -> Result<(), Failure> {
    if let Some(parent) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(at(parent, "create the folder"))?;
    }
    fs::write(file, secrets.redact(text)).map_err(at(file, "write"))
}

/// Adds to such a file.
pub fn append_redacted(file: &Path, text: &str, secrets: &Secrets) -> Result<(), Failure> {
    let opened = fs::OpenOptions::new().append(true).create(true).open(file);
    opened.and_then(|mut out| out.write_all(secrets.redact(text).as_bytes())).map_err(at(file, "write"))
}

/// A lock on a file beside the directory, which goes with the run.
struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// Takes it; nothing where another run has it.
    fn take(path: &Path) -> Result<Option<Self>, Failure> {
        loop {
            let file = File::create(path).map_err(at(path, "create"))?;
            if !file.try_lock_exclusive().map_err(at(path, "lock"))? {
                return Ok(None);
            }
            // Whoever had it before may have removed this very file meanwhile: then it keeps nobody away.
            let ours = file.metadata().map_err(at(path, "lock"))?;
            if fs::metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino())) {
                return Ok(Some(Self { path: path.to_owned(), file }));
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs4::fs_std::FileExt::unlock(&self.file);
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        let _ = self.journal.flush();
    }
}
