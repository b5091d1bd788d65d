//! A release in the cache: fetched, checked, unpacked, and only then put into its place.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::read::GzDecoder;
use fs4::fs_std::FileExt as _;

use super::authenticity::{Checksum, RELEASE_KEY, ReleaseKey, check_signature};
use super::download::Downloader;
use crate::failure::{Failure, at};
use crate::sut::{Progress, Source, cache_folder};

/// Matomo's build server.
pub const DEFAULT_BASE_URL: &str = "https://builds.matomo.org";

/// Name of the file with Matomo's public key on the build server.
const KEY_FILE: &str = "signature.asc";

/// A release that is wanted as a source tree.
#[derive(Clone, Debug)]
pub struct ReleaseArchive {
    /// Its version.
    pub version: String,
    /// Folder of the archives.
    pub base_url: String,
    /// Checksum that the archive must have, instead of a signature.
    pub checksum: Option<Checksum>,
    /// File with the public key, instead of the build server's.
    pub key: Option<PathBuf>,
    /// Limit of each wait for the server.
    pub limit: Duration,
}

impl ReleaseArchive {
    /// The archive's name, where the version is one.
    fn name(&self) -> Result<String, Failure> {
        // It becomes part of an address and of a path.
        let version = semver::Version::parse(&self.version).ok().filter(|version| version.build.is_empty());
        version.map(|version| format!("matomo-{version}.tar.gz")).ok_or_else(|| {
            Failure::usage(format!("{:?} is no version of a release", self.version)).hint("give it in full, as 5.2.0 or 5.3.0-rc1")
        })
    }
}

/// The tree of a release in the cache; fetches it where it is not there yet.
pub async fn fetch(wanted: &ReleaseArchive, progress: &dyn Progress) -> Result<Source, Failure> {
    let name = wanted.name()?;
    let tree = cache_folder().join("sources").join(&wanted.version);
    if tree.is_dir() {
        return Source::open(&tree);
    }
    let downloads = cache_folder().join("downloads");
    fs::create_dir_all(&downloads).map_err(at(&downloads, "create the folder"))?;
    let _lock = lock(&downloads.join(format!("{name}.lock")), progress).await?;
    // Whoever held the lock may have fetched it.
    if tree.is_dir() {
        return Source::open(&tree);
    }
    let downloader = Downloader::new(&wanted.base_url, wanted.limit)?;
    progress.phase(&format!("ask for the signature of {name}"));
    let signed = signature(wanted, &downloader, &name).await?;
    progress.phase(&format!("fetch {name}"));
    let archive = downloads.join(format!("{name}.part"));
    downloader.large(&name, &archive, progress).await?;
    progress.phase(&format!("check {name}"));
    let (checksum, address) = (wanted.checksum.clone(), downloader.url(&name));
    blocking(move || {
        if let Err(why) = genuine(&archive, checksum.as_ref(), signed.as_ref())? {
            fs::remove_file(&archive).map_err(at(&archive, "remove"))?;
            return Err(Failure::environment(format!("{address} is not what it must be, and was removed: {why}")).hint(
                "a mirror may be out of date, or somebody has tampered with it; see that version, checksum and key belong together",
            ));
        }
        unpack(&archive, &downloads, &tree)?;
        let _ = fs::remove_file(&archive);
        Source::open(&tree)
    })
    .await
}

/// What vouches for an archive.
struct Signed {
    signature: Vec<u8>,
    keys: Vec<ReleaseKey>,
}

/// The signature with the keys that count; none where a checksum vouches.
async fn signature(wanted: &ReleaseArchive, downloader: &Downloader, name: &str) -> Result<Option<Signed>, Failure> {
    if wanted.checksum.is_some() && wanted.key.is_none() {
        return Ok(None);
    }
    let keys = match &wanted.key {
        Some(file) => {
            let bytes = fs::read(file).map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?;
            ReleaseKey::read_all(&bytes).map_err(|why| Failure::usage(format!("{} is no public key: {why}", file.display())))?
        }
        None => Vec::new(),
    };
    let asked = format!("{name}.asc");
    let Some(signature) = downloader.small(&asked).await? else {
        let what = format!("there is no signature {}", downloader.url(&asked));
        return Err(Failure::environment(what).hint("is it a version that was released? with --release-checksum none is needed"));
    };
    let keys = if wanted.key.is_some() { keys } else { published_key(downloader).await? };
    Ok(Some(Signed { signature, keys }))
}

/// Matomo's key as its build server gives it, believed for its fingerprint only.
async fn published_key(downloader: &Downloader) -> Result<Vec<ReleaseKey>, Failure> {
    let url = downloader.url(KEY_FILE);
    let way_out = "get Matomo's public key in another way and give it with --release-key, or a checksum with --release-checksum";
    let Some(bytes) = downloader.small(KEY_FILE).await? else {
        return Err(Failure::environment(format!("there is no public key {url}")).hint(way_out));
    };
    let mut keys = ReleaseKey::read_all(&bytes).unwrap_or_default();
    keys.retain(|key| key.fingerprint() == RELEASE_KEY);
    if keys.is_empty() {
        return Err(Failure::environment(format!("{url} does not hold the key {RELEASE_KEY} that signs Matomo's releases")).hint(way_out));
    }
    Ok(keys)
}

fn genuine(archive: &Path, checksum: Option<&Checksum>, signed: Option<&Signed>) -> Result<Result<(), String>, Failure> {
    if let Some(checksum) = checksum
        && let Err(found) = checksum.check(archive)?
    {
        return Ok(Err(format!("its checksum is {found}")));
    }
    match signed {
        Some(signed) => check_signature(archive, &signed.signature, &signed.keys),
        None => Ok(Ok(())),
    }
}

/// Unpacks an archive beside its place and moves the tree there as a whole.
fn unpack(archive: &Path, beside: &Path, tree: &Path) -> Result<(), Failure> {
    let staged = tempfile::tempdir_in(beside).map_err(at(beside, "write to"))?;
    let file = File::open(archive).map_err(at(archive, "open"))?;
    tar::Archive::new(GzDecoder::new(file)).unpack(staged.path()).map_err(at(archive, "unpack"))?;
    let inside = staged.path().join("matomo");
    // Looked at before anybody can take it for a tree.
    Source::open(&inside)?;
    let parent = tree.parent().unwrap_or(beside);
    fs::create_dir_all(parent).map_err(at(parent, "create the folder"))?;
    fs::rename(&inside, tree).map_err(at(tree, "move the tree to"))
}

/// One fetches, others wait for it.
async fn lock(path: &Path, progress: &dyn Progress) -> Result<File, Failure> {
    let file = File::create(path).map_err(at(path, "create"))?;
    progress.phase("wait for another run that fetches the same");
    while !file.try_lock_exclusive().map_err(at(path, "lock"))? {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(file)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => Err(Failure::interrupted()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_version_becomes_part_of_a_path() {
        let name = |version: &str| {
            let (version, base_url) = (version.to_owned(), DEFAULT_BASE_URL.to_owned());
            ReleaseArchive { version, base_url, checksum: None, key: None, limit: Duration::ZERO }.name()
        };
        assert_eq!(name("5.3.0-rc1").expect("a version"), "matomo-5.3.0-rc1.tar.gz");
        for wrong in ["5.2", "", "..", "../../etc", "5.2.0/..", "latest", "5.2.0+24103", "v5.2.0"] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }
}
