//! Which cases to run: slots of settings, principals, carriers, endpoints, and the exhaustive plan over them.

mod carrier;
mod case;
mod exhaustive;
mod filter;
mod lists;
mod principal;
mod scenario;
mod slot;
mod spread;
mod target;

pub use carrier::Carrier;
pub use case::{Case, Plan, Shape};
pub use exhaustive::{Breadth, exhaustive};
pub use filter::Filter;
pub use principal::{PRINCIPALS, Principal, principal};
pub use scenario::{Expectation, Outcome, Scenario, Telling, tell};
pub use slot::{Slot, slots};
pub use spread::spread;
pub use target::{aliases, common_parameters};

#[cfg(test)]
mod tests;
