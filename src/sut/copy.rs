//! A copy of a source tree in which files can be swapped while it is served.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use walkdir::WalkDir;

use super::RunFolder;
use crate::failure::{Failure, at};

/// The copy; removed when dropped. Unchanged files are shared with the original, which is never written to.
#[derive(Debug)]
pub struct TreeCopy {
    path: PathBuf,
    clock: SystemTime,
    _folder: RunFolder,
}

impl TreeCopy {
    /// Copies a tree into a run folder of its own.
    pub fn of(tree: &Path) -> Result<Self, Failure> {
        let folder = RunFolder::create()?;
        let path = folder.path().join(tree.file_name().unwrap_or("tree".as_ref()));
        share(tree, &path)?;
        Ok(Self { path, clock: SystemTime::now() - Duration::from_secs(400 * 24 * 3600), _folder: folder })
    }

    /// The root of the copy.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives a file another text, at once and as a whole.
    ///
    /// Where PHP keeps compiled files, it tells a change by the second in which a file was modified, and keeps none that
    /// is younger than two seconds. So every text gets a second of its own, long ago.
    pub fn swap(&mut self, file: &str, text: &str) -> Result<(), Failure> {
        let path = self.path.join(file);
        let fresh = path.with_extension("php.conformance-new");
        self.clock += Duration::from_secs(1);
        let clock = self.clock;
        let write = || {
            fs::write(&fresh, text)?;
            File::options().write(true).open(&fresh)?.set_modified(clock)?;
            fs::rename(&fresh, &path)
        };
        write().map_err(at(&path, "swap"))
    }
}

/// Copies a folder; unchanged files are shared with the original.
pub(super) fn share(tree: &Path, path: &Path) -> Result<(), Failure> {
    for entry in WalkDir::new(tree) {
        let entry = entry.map_err(|error| Failure::environment(format!("{} cannot be read: {error}", tree.display())))?;
        let to = path.join(entry.path().strip_prefix(tree).unwrap_or(entry.path()));
        let done = if entry.file_type().is_dir() {
            fs::create_dir_all(&to)
        } else if entry.file_type().is_symlink() {
            fs::read_link(entry.path()).and_then(|target| std::os::unix::fs::symlink(target, &to))
        } else {
            // On another file system nothing can be shared.
            fs::hard_link(entry.path(), &to).or_else(|_| fs::copy(entry.path(), &to).map(drop))
        };
        done.map_err(at(&to, "copy to"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let tree = tempfile::tempdir().expect("a folder");
        fs::create_dir(tree.path().join("core")).expect("a folder");
        fs::write(tree.path().join("core/Gate.php"), "shut").expect("a file");
        tree
    }

    #[test]
    fn a_swap_changes_the_copy_and_never_the_original() {
        let tree = tree();
        let mut copy = TreeCopy::of(tree.path()).expect("a copy");
        copy.swap("core/Gate.php", "open").expect("a swap");
        assert_eq!(fs::read_to_string(copy.path().join("core/Gate.php")).expect("a file"), "open");
        assert_eq!(fs::read_to_string(tree.path().join("core/Gate.php")).expect("a file"), "shut");
        assert_eq!(fs::read_dir(copy.path().join("core")).expect("a folder").count(), 1, "nothing is left beside it");
    }

    #[test]
    fn no_two_texts_have_the_same_second_and_all_are_old() {
        let tree = tree();
        let mut copy = TreeCopy::of(tree.path()).expect("a copy");
        let mut seconds = std::collections::HashSet::new();
        for round in 0..5 {
            copy.swap("core/Gate.php", &round.to_string()).expect("a swap");
            let modified = fs::metadata(copy.path().join("core/Gate.php")).and_then(|meta| meta.modified()).expect("a time");
            let age = SystemTime::now().duration_since(modified).expect("it is past");
            assert!(age > Duration::from_secs(3600));
            assert!(seconds.insert(modified.duration_since(SystemTime::UNIX_EPOCH).expect("a time").as_secs()));
        }
    }

    #[test]
    fn the_copy_is_removed_at_the_end() {
        let tree = tree();
        let copy = TreeCopy::of(tree.path()).expect("a copy");
        let path = copy.path().to_owned();
        drop(copy);
        assert!(!path.exists());
        assert!(tree.path().join("core/Gate.php").exists());
    }
}
