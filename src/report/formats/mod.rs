//! Formats of reports on a run: a file each, and its row in the table of which option, configuration key and help are made.

mod junit;
mod markdown;
mod sarif;

pub use markdown::markdown;
pub(super) use markdown::{cell, code, verdict_in_words};

use super::Results;
use crate::failure::Failure;

/// A format of reports.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Option of the command line and key of the configuration file.
    pub name: &'static str,
    /// Variable of the environment that names the file.
    pub variable: &'static str,
    /// What the option does, in one sentence.
    pub says: &'static str,
    /// What is in the report, where that wants a sentence.
    pub holds: Option<&'static str>,
    /// A file as an example.
    pub example: &'static str,
    /// Makes the report.
    pub make: fn(&Results) -> Result<String, Failure>,
}

/// Every format.
pub const FORMATS: [Format; 3] = [junit::JUNIT, sarif::SARIF, markdown::MARKDOWN];

impl Format {
    /// What the option does and what is in the report.
    pub fn help(&self) -> String {
        self.holds.map_or_else(|| self.says.to_owned(), |holds| format!("{}\n\n{holds}", self.says))
    }
}
