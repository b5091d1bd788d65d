//! What endpoints ask for themselves: laws that need no baseline, what the code declares, and a baseline.

mod baseline;
mod exceptions;
mod laws;
mod row;

pub use baseline::{BaselineChange, OwnBaseline, baseline_line};
pub use laws::{Law, OwnFinding, broken_laws};
pub use row::{OwnCell, OwnRow, Stance};
