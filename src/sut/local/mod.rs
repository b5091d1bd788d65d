//! The runtime `local`: an own database server in a temporary data directory, and PHP's built-in server for each slot.

mod database;
mod given;
mod php;
mod process;
mod start;
pub mod template;

pub use database::DatabaseProgram;
pub use given::Schemas;
pub use php::Php;
pub use process::Group;
pub use start::{Options, start};
