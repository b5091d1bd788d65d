//! The PHP that runs inside Matomo, embedded in the binary.

use std::path::Path;

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

static ASSETS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/matomo/assets");

/// Writes the PHP files into a folder.
pub fn install_assets(folder: &Path) -> std::io::Result<()> {
    ASSETS.extract(folder)
}

/// Changes whenever the embedded PHP changes, so that no template outlives the code that made it.
pub fn provisioning_version() -> String {
    fn add(hash: &mut Sha256, dir: &Dir<'_>) {
        for file in dir.files() {
            hash.update(file.path().to_string_lossy().as_bytes());
            hash.update(file.contents());
        }
        for dir in dir.dirs() {
            add(hash, dir);
        }
    }
    let mut hash = Sha256::new();
    add(&mut hash, &ASSETS);
    hex::encode(&hash.finalize()[..8])
}
