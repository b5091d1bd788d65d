//! What endpoints ask for themselves: laws that need no baseline, what the code declares, and a baseline.

mod baseline;
mod comparison;
mod exceptions;
mod laws;
mod policy;
mod row;

pub use baseline::{BaselineChange, OwnBaseline, baseline_line};
pub use comparison::OwnComparison;
pub use laws::{Law, OwnFinding, broken_laws};
pub use policy::OwnPolicy;
pub use row::{OwnCell, OwnRow, Stance};
