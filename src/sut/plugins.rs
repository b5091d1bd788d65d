//! Plugins that are tested with a tree: checkouts beside it, and those that are switched on.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::source::hash_php;
use crate::failure::{Failure, at};

/// Folder of a run that holds copies of the given plugins; `prepend.php` tells Matomo of it.
const FOLDER: &str = "plugins";

/// What no request reads of a checkout.
const LEFT_OUT: [&str; 3] = [".git", "node_modules", "tests"];

/// A plugin's checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenPlugin {
    /// Its name, as its `plugin.json` says.
    pub name: String,
    /// Absolute path.
    pub folder: PathBuf,
}

/// What is switched on beside a Matomo's own default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plugins {
    /// Checkouts beside the tree.
    pub given: Vec<GivenPlugin>,
    /// Plugins of the tree.
    pub activate: Vec<String>,
}

#[derive(Deserialize)]
struct Manifest {
    name: String,
}

impl GivenPlugin {
    /// Reads a checkout; what is wrong with it is said before anything is started.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let shown = folder.display();
        if !folder.is_dir() {
            return Err(Failure::environment(format!("there is no folder {shown}")).hint("give the checkout of a plugin"));
        }
        let folder = folder.canonicalize().map_err(at(folder, "open"))?;
        let name = Self::name_in(&folder)?;
        let called = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Repositories of plugins are named so.
        if called != name && called.strip_prefix("plugin-") != Some(&name) {
            return Err(Failure::environment(format!(
                "{shown} holds the plugin {name:?}, and Matomo finds a plugin by the name of its folder"
            ))
            .hint(format!("name the folder {name} or plugin-{name}, or correct the name in its plugin.json")));
        }
        Ok(Self { name, folder })
    }

    /// The name that a folder's `plugin.json` has.
    pub fn name_in(folder: &Path) -> Result<String, Failure> {
        let file = folder.join("plugin.json");
        let Ok(text) = std::fs::read_to_string(&file) else {
            return Err(Failure::environment(format!("{} has no plugin.json", folder.display()))
                .hint("give the folder of one plugin, not the folder of several; plugins of the tree itself are named with --activate"));
        };
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|error| Failure::environment(format!("{} cannot be read: {error}", file.display())))?;
        Ok(manifest.name)
    }
}

impl Plugins {
    /// Reads the checkouts; no two plugins may have one name.
    pub fn open(folders: &[PathBuf], activate: &[String]) -> Result<Self, Failure> {
        let mut given: Vec<GivenPlugin> = Vec::new();
        for folder in folders {
            let plugin = GivenPlugin::open(folder)?;
            if let Some(other) = given.iter().find(|other| other.name == plugin.name) {
                return Err(two(&plugin.name, &other.folder, &plugin.folder));
            }
            given.push(plugin);
        }
        Ok(Self { given, activate: activate.to_vec() })
    }

    /// Sees that the tree has no other plugin of a given one's name. An empty folder is none: a submodule leaves one.
    pub fn beside(&self, tree: &Path) -> Result<(), Failure> {
        for plugin in &self.given {
            let own = tree.join("plugins").join(&plugin.name);
            let same = own.canonicalize().is_ok_and(|own| own == plugin.folder);
            if !same && std::fs::read_dir(&own).is_ok_and(|mut entries| entries.next().is_some()) {
                return Err(two(&plugin.name, &own, &plugin.folder));
            }
        }
        Ok(())
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty() && self.activate.is_empty()
    }

    /// Names of all that are to be switched on, each once.
    pub fn wanted(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.activate.iter().chain(self.given.iter().map(|plugin| &plugin.name)) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// Copies the checkouts to where PHP sees them, so that nothing is ever written into them.
    pub fn install(&self, share: &Path) -> Result<(), Failure> {
        for plugin in &self.given {
            let target = share.join(FOLDER).join(&plugin.name);
            let entries = WalkDir::new(&plugin.folder)
                .into_iter()
                .filter_entry(|entry| entry.depth() != 1 || !LEFT_OUT.iter().any(|name| entry.file_name() == *name));
            for entry in entries {
                let entry = entry.map_err(|error| Failure::environment(format!("{} cannot be read: {error}", plugin.folder.display())))?;
                let to = target.join(entry.path().strip_prefix(&plugin.folder).unwrap_or(entry.path()));
                let done = match entry.file_type() {
                    kind if kind.is_dir() => std::fs::create_dir_all(&to),
                    _ if entry.path().is_file() => std::fs::copy(entry.path(), &to).map(drop),
                    _ => Ok(()),
                };
                done.map_err(at(&to, "copy to"))?;
            }
        }
        Ok(())
    }

    /// Changes whenever a plugin, or what is switched on, does; `provisioning` leaves out what only answers requests.
    pub fn fingerprint(&self, provisioning: bool) -> String {
        if self.is_empty() {
            return String::new();
        }
        let mut hash = Sha256::new();
        for name in self.wanted() {
            hash.update(name.as_bytes());
            hash.update([0]);
        }
        for plugin in &self.given {
            hash_php(&mut hash, &plugin.folder, &Path::new("plugins").join(&plugin.name), provisioning);
            hash.update(std::fs::read(plugin.folder.join("plugin.json")).unwrap_or_default());
        }
        hex::encode(&hash.finalize()[..8])
    }
}

fn two(name: &str, one: &Path, other: &Path) -> Failure {
    Failure::environment(format!("there are two plugins {name}: {} and {}", one.display(), other.display()))
        .hint("leave one of them out; a plugin that lies in the tree is switched on with --activate")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(parent: &Path, folder: &str, manifest: Option<&str>) -> PathBuf {
        let path = parent.join(folder);
        std::fs::create_dir_all(path.join(".git")).expect("a folder");
        if let Some(text) = manifest {
            std::fs::write(path.join("plugin.json"), text).expect("a file");
        }
        std::fs::write(path.join("Controller.php"), "<?php").expect("a file");
        path
    }

    fn wrong(folder: &Path) -> String {
        GivenPlugin::open(folder).expect_err("it is wrong").to_string()
    }

    #[test]
    fn a_folder_that_is_no_plugin_or_has_another_name_is_refused() {
        let work = tempfile::tempdir().expect("a folder");
        assert!(wrong(&work.path().join("nowhere")).contains("there is no folder"));
        assert!(wrong(&plugin(work.path(), "Bare", None)).contains("has no plugin.json"));
        assert!(wrong(&plugin(work.path(), "Broken", Some("{"))).contains("cannot be read"));
        let other = wrong(&plugin(work.path(), "Other", Some(r#"{"name": "Mine"}"#)));
        assert!(other.contains("holds the plugin \"Mine\"") && other.contains("plugin-Mine"), "{other}");
        for folder in ["Mine", "plugin-Mine"] {
            assert_eq!(GivenPlugin::open(&plugin(work.path(), folder, Some(r#"{"name": "Mine"}"#))).expect("fine").name, "Mine");
        }
    }

    #[test]
    fn two_plugins_of_one_name_are_refused_and_an_empty_folder_is_none() {
        let work = tempfile::tempdir().expect("a folder");
        let manifest = Some(r#"{"name": "Mine"}"#);
        let (one, other) = (plugin(work.path(), "Mine", manifest), plugin(work.path(), "plugin-Mine", manifest));
        let twice = Plugins::open(&[one.clone(), other], &[]).expect_err("two").to_string();
        assert!(twice.contains("two plugins Mine"), "{twice}");
        let plugins = Plugins::open(&[one], &["Goals".to_owned(), "Mine".to_owned()]).expect("fine");
        assert_eq!(plugins.wanted(), ["Goals", "Mine"]);
        let tree = work.path().join("tree");
        std::fs::create_dir_all(tree.join("plugins/Mine")).expect("a folder");
        plugins.beside(&tree).expect("an empty folder is no plugin");
        std::fs::write(tree.join("plugins/Mine/Mine.php"), "<?php").expect("a file");
        assert!(plugins.beside(&tree).expect_err("two").to_string().contains("two plugins Mine"));
    }

    #[test]
    fn a_copy_has_what_requests_read_and_an_edit_changes_the_fingerprint() {
        let work = tempfile::tempdir().expect("a folder");
        let folder = plugin(work.path(), "Mine", Some(r#"{"name": "Mine"}"#));
        let plugins = Plugins::open(std::slice::from_ref(&folder), &[]).expect("fine");
        plugins.install(&work.path().join("share")).expect("copied");
        let copy = work.path().join("share/plugins/Mine");
        assert!(copy.join("plugin.json").is_file() && copy.join("Controller.php").is_file() && !copy.join(".git").exists());
        let (all, of_provisioning) = (plugins.fingerprint(false), plugins.fingerprint(true));
        std::fs::write(folder.join("Controller.php"), "<?php // edited").expect("a file");
        assert_ne!(plugins.fingerprint(false), all);
        assert_eq!(plugins.fingerprint(true), of_provisioning, "a controller only answers requests");
        std::fs::write(folder.join("Mine.php"), "<?php").expect("a file");
        assert_ne!(plugins.fingerprint(true), of_provisioning);
        assert_eq!(Plugins::default().fingerprint(true), "");
    }
}
