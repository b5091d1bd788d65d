//! What a run covered, as a table: every clause with how often it was decided which way, every value of every dimension.

use std::io::Write;

use super::Paint;
use crate::judge::Coverage;
use crate::model::Strength;

/// Width of a line of values.
const WIDTH: usize = 120;

/// Prints the table; what no case of a whole plan reached is named last, so that it cannot be overlooked.
pub fn print_coverage(out: &mut impl Write, coverage: &Coverage, whole: bool) -> std::io::Result<()> {
    writeln!(out, "{:28} {:>9} {:>9}", "clause", "held", "not held")?;
    let undecided = if whole { coverage.undecided() } else { Vec::new() };
    for (id, count) in &coverage.clauses {
        let quirk = id.clause().strength == Strength::Quirk;
        let note = match (undecided.contains(id), quirk) {
            (true, _) => "  not decided both ways",
            (false, true) => "  quirk",
            (false, false) => "",
        };
        let paint = if undecided.contains(id) { Paint::WARN } else { Paint::DIM };
        writeln!(out, "{id:28} {:>9} {:>9}{paint}{note}{paint:#}", count.held, count.not_held)?;
    }
    for (dimension, values) in &coverage.dimensions {
        let mut line = format!("{dimension}:");
        for (value, count) in values {
            let item = format!(" {value} {count}");
            if line.len() + item.len() > WIDTH {
                writeln!(out, "{line}")?;
                line = " ".repeat(dimension.len() + 1);
            }
            line += &item;
        }
        writeln!(out, "{line}")?;
    }
    let zero: Vec<String> = coverage.zero_cells().iter().map(|(dimension, value)| format!("{dimension} {value}")).collect();
    if whole && !zero.is_empty() {
        writeln!(out, "{}no case had:{:#} {}", Paint::WARN, Paint::WARN, zero.join(", "))?;
    }
    writeln!(out)
}
