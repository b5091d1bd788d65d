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
            return Err(Failure::environment(format!("there is no folder {}", given.display()))
                .hint(format!("give a Matomo checkout, or the name of a tree in {}", cache_folder().join("sources").display())));
        }
        let path = path.canonicalize().map_err(crate::failure::at(&path, "open"))?;
        let lacks = |file: &str| !path.join(file).exists();
        if lacks("index.php") || lacks("core/Version.php") || lacks("config/global.ini.php") {
            return Err(Failure::environment(format!(
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
        let mut hash = Sha256::new();
        for top in ["core", "plugins", "config", "libs"] {
            let files = WalkDir::new(self.path.join(top)).sort_by_file_name().into_iter().filter_entry(|entry| {
                !matches!(entry.file_name().to_str(), Some("tests" | "node_modules" | "vue" | "javascripts" | "images" | "lang"))
            });
            for entry in files.flatten().filter(|entry| entry.path().extension().is_some_and(|ext| ext == "php")) {
                let Ok(meta) = entry.metadata() else { continue };
                let modified = meta.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
                hash.update(entry.path().to_string_lossy().as_bytes());
                hash.update(meta.len().to_le_bytes());
                hash.update(modified.unwrap_or_default().as_nanos().to_le_bytes());
            }
        }
        hash.finalize().iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }
}
