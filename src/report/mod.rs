//! Reports: each a small module on the same results.

mod coverage;
mod results;
mod terminal;

pub use coverage::print_coverage;
pub use results::{Accepted, Difference, Results, SCHEMA};
pub use terminal::{Paint, print_closing, print_difference, print_summary, stream_is_terminal};
