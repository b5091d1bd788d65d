//! The dependencies of a commit: the vendor folder that was made for its composer.lock.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sha2::{Digest as _, Sha256};
use tokio::process::Command;

use super::copy::share;
use crate::failure::{Failure, at};

/// Where vendor folders are had from, and those that were.
pub struct Dependencies {
    /// Trees with a composer.lock and the vendor folder that was made for it.
    trees: Vec<PathBuf>,
    /// Where those wait that are not in use.
    kept: PathBuf,
    /// The composer.lock of the one that is in use, as it is named.
    now: Option<String>,
}

impl Dependencies {
    /// From trees; what is not in use waits in a folder of one's own.
    pub fn of(trees: Vec<PathBuf>, kept: PathBuf) -> Self {
        Self { trees, kept, now: None }
    }

    /// Takes the folder out of a tree, before another commit is put there.
    pub fn take_out(&mut self, tree: &Path) -> Result<(), Failure> {
        let Some(lock) = self.now.take() else { return Ok(()) };
        let vendor = tree.join("vendor");
        fs::rename(&vendor, self.kept.join(lock)).map_err(at(&vendor, "move"))
    }

    /// Gives a tree what it depends on. What comes back instead says why that cannot be had.
    pub async fn put(&mut self, tree: &Path) -> Result<Result<(), String>, Failure> {
        let Some(lock) = lock_of(tree) else { return Ok(Err("it has no composer.lock".to_owned())) };
        let vendor = tree.join("vendor");
        let kept = self.kept.join(&lock);
        if kept.is_dir() {
            fs::rename(&kept, &vendor).map_err(at(&vendor, "move to"))?;
        } else if let Some(from) = self.trees.iter().find(|from| has_vendor(from) && lock_of(from).as_ref() == Some(&lock)) {
            // A link would load Matomo's classes from the tree that it leads to.
            share(&from.join("vendor"), &vendor)?;
        } else if let Err(why) = install(tree).await {
            let _ = fs::remove_dir_all(&vendor);
            return Ok(Err(format!("no vendor folder was made for its composer.lock, and composer makes none: {why}")));
        }
        self.now = Some(lock);
        Ok(Ok(()))
    }
}

fn has_vendor(tree: &Path) -> bool {
    tree.join("vendor/autoload.php").is_file()
}

/// The name of a tree's composer.lock, by what stands in it.
fn lock_of(tree: &Path) -> Option<String> {
    let text = fs::read(tree.join("composer.lock")).ok()?;
    Some(hex::encode(&Sha256::digest(text)[..8]))
}

async fn install(tree: &Path) -> Result<(), String> {
    let mut command = Command::new("composer");
    command.args(["install", "--no-dev", "--no-interaction", "--no-progress", "--no-scripts", "--quiet"]);
    command.current_dir(tree).stdin(Stdio::null()).kill_on_drop(true);
    let done = command.output().await.map_err(|error| error.to_string())?;
    if done.status.success() && has_vendor(tree) {
        return Ok(());
    }
    let error = String::from_utf8_lossy(&done.stderr);
    Err(error.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it failed").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(lock: &str, vendor: Option<&str>) -> tempfile::TempDir {
        let tree = tempfile::tempdir().expect("a folder");
        fs::write(tree.path().join("composer.lock"), lock).expect("a file");
        if let Some(text) = vendor {
            fs::create_dir(tree.path().join("vendor")).expect("a folder");
            fs::write(tree.path().join("vendor/autoload.php"), text).expect("a file");
        }
        tree
    }

    #[tokio::test]
    async fn a_vendor_folder_is_shared_where_the_lock_is_the_same_and_comes_back_when_it_is_needed_again() {
        let (one, other, kept) = (tree("one", Some("of one")), tree("other", Some("of other")), tempfile::tempdir().expect("a folder"));
        let mut dependencies = Dependencies::of(vec![one.path().to_owned(), other.path().to_owned()], kept.path().to_owned());
        let at = tree("other", None);
        let seen = |at: &Path| fs::read_to_string(at.join("vendor/autoload.php")).unwrap_or_default();
        for lock in ["other", "one", "other"] {
            dependencies.take_out(at.path()).expect("it is taken out");
            assert!(!at.path().join("vendor").exists());
            fs::write(at.path().join("composer.lock"), lock).expect("a file");
            assert_eq!(dependencies.put(at.path()).await.expect("it works"), Ok(()));
            assert_eq!(seen(at.path()), format!("of {lock}"));
        }
        assert_eq!(seen(one.path()), "of one", "what is shared is left as it is");
        dependencies.take_out(at.path()).expect("it is taken out");
        fs::remove_file(at.path().join("composer.lock")).expect("it is removed");
        assert!(dependencies.put(at.path()).await.expect("it works").is_err_and(|why| why.contains("no composer.lock")));
    }
}
