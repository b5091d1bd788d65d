//! What sends many requests to the simulated Matomo.

mod command_line;
mod search;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
