//! The kill table: one row a release, kept in a file and shown in the book.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, at};
use crate::mutation::KillTally;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillRow {
    /// Name of the tree.
    pub release: String,
    /// Digest of the files that were broken; a tree made by hand may be another one next time.
    pub digest: String,
    /// Mutants tried.
    pub mutants: usize,
    /// Of them unviable.
    pub unviable: usize,
    /// Of them caught.
    pub caught: usize,
    /// Survivors that nobody could notice over the web.
    pub equivalent: usize,
    /// Survivors, listed or not, that a case could show.
    pub gap: usize,
    /// Median number of cases up to the first difference.
    pub median_requests: usize,
    /// Most cases tried on one mutant.
    pub limit: usize,
}

impl KillRow {
    /// The row of a release. All survivors that are not known to be equivalent are gaps, unclear ones too.
    pub fn new(release: &str, digest: &str, tally: KillTally, equivalent: usize, limit: usize) -> Self {
        Self {
            release: release.to_owned(),
            digest: digest.to_owned(),
            mutants: tally.mutants,
            unviable: tally.unviable,
            caught: tally.caught,
            equivalent,
            gap: (tally.survived + tally.unclear).saturating_sub(equivalent),
            median_requests: tally.median_requests,
            limit,
        }
    }
}

/// The table in Markdown.
pub fn kill_table(rows: &[KillRow]) -> String {
    let head = "| release | mutants | unviable | caught | survivors: equivalent | survivors: gaps | median requests to the first difference \
                | cases tried at most |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n";
    let row = |row: &KillRow| {
        let KillRow { release, digest: _, mutants, unviable, caught, equivalent, gap, median_requests, limit } = row;
        format!("| {release} | {mutants} | {unviable} | {caught} | {equivalent} | {gap} | {median_requests} | {limit} |\n")
    };
    format!("{head}{}", rows.iter().map(row).collect::<String>())
}

/// Reads the rows of a file.
pub fn read_kill_rows(file: &Path) -> Result<Vec<KillRow>, Failure> {
    let text = std::fs::read_to_string(file).map_err(at(file, "read"))?;
    serde_json::from_str(&text).map_err(|error| Failure::usage(format!("{} is no kill table: {error}", file.display())))
}

/// Puts a row into a file, in place of the release's old one.
pub fn record_kill_row(file: &Path, row: KillRow) -> Result<Vec<KillRow>, Failure> {
    let mut rows = if file.exists() { read_kill_rows(file)? } else { Vec::new() };
    rows.retain(|other| other.release != row.release);
    rows.push(row);
    rows.sort_by(|one, other| one.release.cmp(&other.release));
    let text = serde_json::to_string_pretty(&rows).map_err(Failure::internal)?;
    std::fs::write(file, text + "\n").map_err(at(file, "write"))?;
    Ok(rows)
}
