//! Reports: each a small module on the same results.

mod coverage;
mod kill_table;
pub mod matrix;
mod mutants;
mod releases;
mod results;
mod search;
mod served;
mod terminal;

pub use coverage::print_coverage;
pub use kill_table::{KillRow, kill_table, read_kill_rows, record_kill_row};
pub use mutants::MutantsReport;
pub use releases::{ReleaseRow, ReleaseTable, splice};
pub use results::{Accepted, Difference, Results, SCHEMA, StoryCount};
pub use search::{hit_json, print_hit, print_reached};
pub use served::{export_lines, print_served};
pub use terminal::{
    Paint, answer_columns, print_bugs, print_closing, print_difference, print_scenarios, print_summary, rights_text, stream_is_terminal,
};
