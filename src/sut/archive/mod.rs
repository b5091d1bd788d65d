//! Release archives: from Matomo's build server into the cache, resumable, and never unpacked before they are known to be genuine.

mod authenticity;
mod download;
mod fetch;

pub use authenticity::{Checksum, RELEASE_KEY};
pub use fetch::{DEFAULT_BASE_URL, ReleaseArchive, fetch};
