//! Which cases to run: slots of settings, principals, carriers, endpoints, and the exhaustive plan over them.

mod black_box;
mod carrier;
mod case;
mod exhaustive;
mod filter;
mod lists;
mod principal;
mod slot;
mod spread;
mod target;

pub use black_box::{BlackBox, Mark, OPEN_ENDPOINTS, black_box, open_endpoint, open_names};
pub use carrier::Carrier;
pub use case::{Case, Plan, Shape};
pub use exhaustive::{Breadth, exhaustive};
pub use filter::Filter;
pub use principal::{PRINCIPALS, Principal, principal};
pub use slot::{Slot, slots};
pub use spread::spread;
pub use target::{aliases, common_parameters};

#[cfg(test)]
mod tests;
