//! Reports: each a small module on the same results.

mod results;
mod terminal;

pub use results::{Difference, Results, SCHEMA};
pub use terminal::{Paint, print_closing, print_difference, print_summary, stream_is_terminal};
