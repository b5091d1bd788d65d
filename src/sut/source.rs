//! A source tree of Matomo.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::folders::cache_folder;
use crate::failure::Failure;

/// A Matomo source tree that looks complete.
#[derive(Clone, Debug)]
pub struct Source {
    /// Absolute path.
    pub path: PathBuf,
}

impl Source {
    /// Takes a folder, or the name of a tree in the cache's `sources` folder.
    pub fn open(given: &Path) -> Result<Self, Failure> {
        let named = cache_folder().join("sources").join(given);
        let path = if given.is_dir() { given.to_owned() } else { named };
        if !path.is_dir() {
            return Err(Failure::usage(format!("there is no folder {}", given.display()))
                .hint(format!("give a Matomo checkout, or the name of a tree in {}", cache_folder().join("sources").display())));
        }
        let path = path.canonicalize().map_err(crate::failure::at(&path, "open"))?;
        let lacks = |file: &str| !path.join(file).exists();
        if lacks("index.php") || lacks("core/Version.php") || lacks("config/global.ini.php") {
            return Err(Failure::usage(format!(
                "{} is no Matomo source tree: index.php, core/Version.php and config/global.ini.php are needed",
                path.display()
            ))
            .hint("give the root of a Matomo checkout"));
        }
        if lacks("vendor/autoload.php") {
            return Err(Failure::environment(format!("{} has no vendor/autoload.php", path.display()))
                .hint("run `composer install --no-dev` in the tree first"));
        }
        Ok(Self { path })
    }

    /// Changes whenever a PHP file of Matomo's own changes, by name, size and time.
    pub fn fingerprint(&self) -> String {
        self.fingerprint_of(false)
    }

    /// Changes whenever a file changes that may have a part in provisioning: schema, updates, plugins and what installs them. What only answers
    /// requests has none, so that a tree in which a controller was edited starts from what is there.
    pub fn fingerprint_of_provisioning(&self) -> String {
        self.fingerprint_of(true)
    }

    fn fingerprint_of(&self, provisioning: bool) -> String {
        let mut hash = Sha256::new();
        for top in ["core", "plugins", "config", "libs"] {
            // Named below the tree: a copy elsewhere is the same tree.
            hash_php(&mut hash, &self.path.join(top), Path::new(top), provisioning);
        }
        hex::encode(&hash.finalize()[..8])
    }
}

/// Adds the PHP files of a folder that stands for another one below a tree: by name, size and time.
pub fn hash_php(hash: &mut Sha256, folder: &Path, stands_for: &Path, provisioning: bool) {
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|entry| {
        !matches!(entry.file_name().to_str(), Some("tests" | "node_modules" | "vue" | "javascripts" | "images" | "lang"))
            || entry.depth() == 0
    });
    for entry in files.flatten().filter(|entry| entry.path().extension().is_some_and(|ext| ext == "php")) {
        let file = stands_for.join(entry.path().strip_prefix(folder).unwrap_or(entry.path()));
        if provisioning && answers_only(&file) {
            continue;
        }
        let Ok(meta) = entry.metadata() else { continue };
        let modified = meta.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        hash.update(file.to_string_lossy().as_bytes());
        hash.update(meta.len().to_le_bytes());
        hash.update(modified.unwrap_or_default().as_nanos().to_le_bytes());
    }
}

/// Plugins whose API provisioning calls.
const CALLED: [&str; 3] = ["SitesManager", "UsersManager", "API"];

/// Files of core that decide who is let in and what a page looks like, and of which provisioning runs nothing that leaves a trace in the database.
const OF_REQUESTS: [&str; 9] = [
    "core/API/Request.php",
    "core/API/ResponseBuilder.php",
    "core/ExceptionHandler.php",
    "core/FrontController.php",
    "core/Http/ControllerResolver.php",
    "core/Request/AuthenticationToken.php",
    "core/Session/SessionAuth.php",
    "core/View.php",
    "core/Plugin/ControllerAdmin.php",
];

/// Whether a file, named below the tree, only answers requests.
fn answers_only(file: &Path) -> bool {
    let parts: Vec<&str> = file.iter().filter_map(|part| part.to_str()).collect();
    match parts.as_slice() {
        ["plugins", _, "Controller.php"] => true,
        ["plugins", plugin, "API.php"] => !CALLED.contains(plugin),
        ["plugins", _, "Widgets" | "Reports" | "Visualizations", ..] => true,
        ["core", "ViewDataTable" | "Visualization" | "View", ..] => true,
        _ => OF_REQUESTS.iter().any(|known| Path::new(known) == file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_controller_keeps_the_template_and_an_edited_schema_does_not() {
        let tree = tempfile::tempdir().expect("a folder");
        let write = |file: &str, text: &str| {
            let path = tree.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, text).expect("a file");
        };
        let source = Source { path: tree.path().to_owned() };
        for file in [
            "core/Db/Schema/Mysql.php",
            "plugins/Goals/Controller.php",
            "plugins/Goals/API.php",
            "plugins/SitesManager/API.php",
            "core/Updates/5.0.0.php",
        ] {
            write(file, "<?php");
        }
        for (file, stays) in [
            ("plugins/Goals/Controller.php", true),
            ("plugins/Goals/API.php", true),
            ("plugins/Goals/Widgets/AddGoal.php", true),
            ("core/FrontController.php", true),
            ("plugins/SitesManager/API.php", false),
            ("plugins/Goals/Goals.php", false),
            ("core/Db/Schema/Mysql.php", false),
            ("core/Updates/5.0.1.php", false),
        ] {
            let (all, of_provisioning) = (source.fingerprint(), source.fingerprint_of_provisioning());
            write(file, "<?php // edited");
            assert_ne!(source.fingerprint(), all, "{file}");
            assert_eq!(source.fingerprint_of_provisioning() == of_provisioning, stays, "{file}");
        }
    }
}
