//! Templates: a provisioned data directory with everything known about it, so that the next start only copies.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::failure::{Failure, at};
use crate::sut::Provisioned;
use crate::sut::folders::write_private;

/// What is known of a template beside its data; its time says when it was last used.
const RECORD: &str = "provisioned.json";

/// Where the template for a key is, or will be.
pub fn template_path(cache: &Path, parts: &[&str]) -> PathBuf {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let key = hex::encode(&hash.finalize()[..12]);
    cache.join("templates").join(key)
}

/// Copies a template's data directory; `None` when there is no complete template.
pub fn restore(template: &Path, data: &Path) -> Option<Provisioned> {
    let text = fs::read(template.join(RECORD)).ok()?;
    let provisioned = serde_json::from_slice(&text).ok()?;
    if let Err(error) = copy_tree(&template.join("data"), data) {
        let _ = fs::remove_dir_all(data);
        let _ = error;
        return None;
    }
    let _ = fs::File::options().append(true).open(template.join(RECORD)).and_then(|file| file.set_modified(SystemTime::now()));
    Some(provisioned)
}

/// Keeps a stopped data directory as a template. Several runs may do so at once: the first to finish wins.
pub fn keep(template: &Path, data: &Path, provisioned: &Provisioned) -> Result<(), Failure> {
    let parent = template.parent().unwrap_or(template);
    fs::create_dir_all(parent).map_err(at(parent, "create the folder"))?;
    let staged = tempfile::tempdir_in(parent).map_err(at(parent, "write to"))?;
    copy_tree(data, &staged.path().join("data")).map_err(at(parent, "copy the data directory to"))?;
    let text = serde_json::to_string(provisioned).map_err(Failure::internal)?;
    write_private(&staged.path().join(RECORD), &text)?;
    let staged = staged.keep();
    if fs::rename(&staged, template).is_err() {
        let _ = fs::remove_dir_all(&staged);
    }
    Ok(())
}

/// The size that the templates of a cache may have, in bytes; `MATOMO_CONFORMANCE_CACHE_LIMIT` names it in MiB.
pub fn limit() -> u64 {
    let named = std::env::var("MATOMO_CONFORMANCE_CACHE_LIMIT").ok().and_then(|text| text.parse::<u64>().ok());
    named.unwrap_or(2048) * 1024 * 1024
}

/// A template in the cache.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its folder.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last used.
    pub used: SystemTime,
}

/// The templates of a cache, the one that was used last first.
pub fn templates(cache: &Path) -> Vec<Template> {
    let Ok(entries) = fs::read_dir(cache.join("templates")) else { return Vec::new() };
    let size =
        |path: &Path| WalkDir::new(path).into_iter().flatten().filter_map(|entry| entry.metadata().ok()).map(|data| data.len()).sum();
    let mut found: Vec<Template> = entries
        .flatten()
        .filter_map(|entry| {
            // A file that each use touches.
            let used = fs::metadata(entry.path().join(RECORD)).ok()?.modified().ok()?;
            Some(Template { size: size(&entry.path()), path: entry.path(), used })
        })
        .collect();
    found.sort_by_key(|template| std::cmp::Reverse(template.used));
    found
}

/// Removes the templates that were not used for longest until the rest has at most this size in bytes. The one used last always stays.
pub fn keep_within(cache: &Path, most: u64) {
    let mut sum = 0;
    for (index, template) in templates(cache).iter().enumerate() {
        sum += template.size;
        if index > 0 && sum > most {
            remove(template);
        }
    }
}

/// Removes a template. A run that copies it meanwhile provisions anew.
pub fn remove(template: &Template) -> bool {
    // Its record goes first: without it nobody takes it for complete.
    let _ = fs::remove_file(template.path.join(RECORD));
    fs::remove_dir_all(&template.path).is_ok()
}

/// Copies a folder with everything in it.
pub fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry?;
        let target = to.join(entry.path().strip_prefix(from).unwrap_or(entry.path()));
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target)?;
        } else if entry.file_type().is_file() {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_templates_that_were_not_used_for_longest_go_first_and_the_last_one_stays() {
        let cache = tempfile::tempdir().expect("a folder");
        let now = SystemTime::now();
        for (name, age) in [("old", 300), ("older", 400), ("new", 100)] {
            let folder = cache.path().join("templates").join(name);
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("data"), vec![0; 1000]).expect("data");
            fs::write(folder.join(RECORD), "{}").expect("a record");
            let file = fs::File::options().append(true).open(folder.join(RECORD)).expect("the record");
            file.set_modified(now - Duration::from_secs(age)).expect("a time");
        }
        let names = || {
            templates(cache.path())
                .iter()
                .map(|one| one.path.file_name().expect("a name").to_string_lossy().into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(), ["new", "old", "older"]);
        let size = templates(cache.path())[0].size;
        keep_within(cache.path(), 2 * size);
        assert_eq!(names(), ["new", "old"]);
        keep_within(cache.path(), 0);
        assert_eq!(names(), ["new"], "what is in use is not removed");
        assert!(templates(cache.path()).iter().all(remove) && names().is_empty());
    }
}
