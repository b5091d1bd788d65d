//! Reports: each a small module on the same results.

mod budget;
mod comparison;
mod coverage;
mod formats;
mod found;
mod github;
mod glance;
mod kill_table;
mod lines;
pub mod matrix;
mod mutants;
mod own_checks;
mod read_back;
mod releases;
mod results;
mod search;
mod served;
mod terminal;

pub use budget::BudgetRecord;
pub use comparison::{COMPARISON_SCHEMA, ChangeCases, ChangeKey, Comparison, LoneEndpoint, outcome_text};
pub use coverage::print_coverage;
pub use formats::{FORMATS, Format, markdown};
pub use found::{ClauseCases, ClauseGroup, KEPT};
pub use github::GitHub;
pub use glance::{first_text, print_glance};
pub use kill_table::{KillRow, kill_table, read_kill_rows, record_kill_row};
pub use lines::{FunctionLines, LinesReport, SourceLine};
pub use mutants::{MUTANTS_SCHEMA, MutantsReport};
pub use own_checks::{OWN_CHECKS_SCHEMA, OwnChecksReport, changes_text};
pub use read_back::{JournalLine, JournalReader};
pub use releases::{ReleaseRow, ReleaseTable, splice};
pub use results::{Accepted, CanaryRecord, Difference, EntryRecord, PlanRecord, Results, SCHEMA, StoryCount, TargetRecord};
pub use search::{hit_json, print_hit, print_reached};
pub use served::{export_lines, print_served};
pub use terminal::{
    Paint, answer_columns, answer_text, observation_text, plural, plural_of, print_accepted, print_bugs, print_closing, print_difference,
    print_scenarios, print_summary, rights_text, stream_is_terminal,
};
