//! Joins the lines that ran with the functions of the tree that decide.

use super::args::TargetArgs;
use crate::failure::{Failure, at};
use crate::mutation::deciding_functions;
use crate::report::LinesReport;
use crate::sut::{CoveredPart, Lines, Source};

/// The parts of a tree's files that decide.
pub fn covered_parts(source: &Source) -> Result<Vec<CoveredPart>, Failure> {
    let functions = deciding_functions(&source.path).map_err(at(&source.path, "read PHP files in"))?;
    Ok(functions.into_iter().map(|function| CoveredPart { file: function.file, lines: function.first..=function.last }).collect())
}

/// The report on the tree that the arguments name.
pub fn lines_report(args: &TargetArgs, lines: &Lines) -> Result<Option<LinesReport>, Failure> {
    let Some(tree) = &args.source else { return Ok(None) };
    let source = Source::open(tree)?;
    let functions = deciding_functions(&source.path).map_err(at(&source.path, "read PHP files in"))?;
    Ok(Some(LinesReport::new(&functions, lines)))
}
