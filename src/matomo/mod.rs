//! How a Matomo is operated: provisioning, settings slots, endpoint catalogue, probe plugin, and reading its answers.

mod assets;
mod brought;
mod catalogue;
mod cell;
mod curl;
mod listener;
mod multipart;
mod observation;
mod page;
mod probe;
mod provision;
mod release;
mod secrets;
mod slot_files;

pub use assets::{install_assets, provisioning_version};
pub use brought::{BroughtEntry, BroughtList, UnusableList};
pub use catalogue::{Catalogue, Endpoint};
pub use cell::{CellObservation, CellOutcome, UNAVAILABLE, see};
pub use curl::{curl_line, shell, url_placeholder};
pub use listener::{Listener, Moves};
pub use multipart::{BOUNDARY, multipart};
pub use observation::{Observation, Raw, describe, observe, observe_page};
pub use page::{Page, read_page};
pub use probe::{DRY_HEADER, NUMBER_HEADER, PROBE_HEADER, ProbeReport};
pub use provision::{Credentials, Database, provision_input, rights_input};
pub use release::Release;
pub use secrets::Secrets;
pub use slot_files::{OwnedSlotFiles, SlotFiles, write_slot};
