//! What needs the whole crate, but no Matomo and no engine, and is quick.

mod attached;
mod command_line;
mod documents;
mod gate;
mod house;
mod matrix;
mod release_archive;
mod replay;
mod reports;
mod scenarios;
mod serve;
mod snapshots;
#[path = "../support/mod.rs"]
mod support;
