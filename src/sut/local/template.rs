//! Templates: a provisioned data directory with everything known about it, so that the next start only copies.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::failure::{Failure, at};
use crate::sut::Provisioned;
use crate::sut::folders::write_private;

/// Where the template for a key is, or will be.
pub fn template_path(cache: &Path, parts: &[&str]) -> PathBuf {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let key = hash.finalize().iter().take(12).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    cache.join("templates").join(key)
}

/// Copies a template's data directory; `None` when there is no complete template.
pub fn restore(template: &Path, data: &Path) -> Option<Provisioned> {
    let text = fs::read(template.join("provisioned.json")).ok()?;
    let provisioned = serde_json::from_slice(&text).ok()?;
    if let Err(error) = copy_tree(&template.join("data"), data) {
        let _ = fs::remove_dir_all(data);
        let _ = error;
        return None;
    }
    Some(provisioned)
}

/// Keeps a stopped data directory as a template. Several runs may do so at once: the first to finish wins.
pub fn keep(template: &Path, data: &Path, provisioned: &Provisioned) -> Result<(), Failure> {
    let parent = template.parent().unwrap_or(template);
    fs::create_dir_all(parent).map_err(at(parent, "create the folder"))?;
    let staged = tempfile::tempdir_in(parent).map_err(at(parent, "write to"))?;
    copy_tree(data, &staged.path().join("data")).map_err(at(parent, "copy the data directory to"))?;
    let text = serde_json::to_string(provisioned).map_err(Failure::internal)?;
    write_private(&staged.path().join("provisioned.json"), &text)?;
    let staged = staged.keep();
    if fs::rename(&staged, template).is_err() {
        let _ = fs::remove_dir_all(&staged);
    }
    Ok(())
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
