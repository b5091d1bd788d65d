//! A simulated Matomo: a second, independent telling of the rules, as the request pipeline goes.
//!
//! It imports nothing of the model and is asked over HTTP like any other Matomo. `pipeline` has the order of the
//! steps; each step is a file of its own.

mod access;
mod api;
pub mod catalogue;
mod company;
mod dispatch;
mod exchange;
pub mod fault;
pub mod features;
mod gate;
mod http;
mod pages;
mod php;
mod pipeline;
mod probe;
mod server;
mod session;
mod token;
pub mod words;
pub mod world;

pub use catalogue::Catalogue;
pub use exchange::{Incoming, Instance};
pub use fault::{FAULTS, Fault, FaultKind};
pub use features::{Features, RELEASES};
pub use pipeline::{Answer, answer};
pub use server::{Config, Serving, SimulatedMatomo};
pub use world::{SlotSettings, World};

#[cfg(test)]
mod tests;
