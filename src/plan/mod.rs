//! Which cases to run: slots of settings, principals, carriers, endpoints, and the exhaustive plan over them.

mod arbitrary;
mod black_box;
mod budget;
mod carrier;
mod case;
mod changed_plugins;
mod company;
mod covering;
mod credentials;
mod cross;
mod exhaustive;
mod filter;
mod generate;
mod input;
mod lists;
mod matrix;
mod named;
mod nearest;
mod order;
mod own;
mod principal;
mod random_settings;
mod relation;
mod requested;
mod scenario;
mod shard;
mod shrink;
mod side_effects;
mod situations;
mod slot;

pub use black_box::{BlackBox, Mark, OPEN_ENDPOINTS, black_box, open_endpoint, open_names};
pub use budget::Budget;
pub use carrier::Carrier;
pub use case::{Case, Plan, Shape, carriers};
pub use changed_plugins::ChangedPlugins;
pub use company::{Beside, Company, EXCLUDED, Excluded, Spot};
pub use exhaustive::{Breadth, exhaustive, exhaustive_of};
pub use filter::Filter;
pub use generate::{Generation, Generator, Pool, State};
pub use input::Input;
pub use matrix::{Listed, MATRIX_PRINCIPALS, MATRIX_SLOTS, MatrixChoice, MatrixPlan, MatrixRow, RowKind, natural_carrier};
pub use named::is_named;
pub use nearest::nearest;
pub use order::order;
pub use own::{
    Argument, Attempt, LADDER, OWN_PRINCIPALS, OwnCatalogue, OwnEndpoint, OwnKind, OwnPrincipal, Way, attempts, not_run, other_ways,
    own_request, repaired, usual_way,
};
pub use principal::{NOBODYS_TOKEN, PRINCIPALS, Principal, everybody, principal};
pub use relation::{RELATIONS, Relation};
pub use requested::{aliases, common_parameters};
pub use scenario::{Expectation, Scenario, Telling, ToldOutcome, tell};
pub use shard::Shard;
pub use shrink::smaller;
pub use side_effects::spared_request;
pub use slot::{Slot, slots};
