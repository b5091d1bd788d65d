//! `matrix.csv`: one line a cell, for spreadsheets and scripts.

use super::document::Matrix;
use crate::failure::Failure;

/// Columns of the file.
const HEAD: [&str; 17] = [
    "plugin",
    "endpoint",
    "kind",
    "settings",
    "principal",
    "dispatch",
    "outcome",
    "reason",
    "status",
    "runs as",
    "message",
    "model",
    "clause",
    "verdict",
    "why not run",
    "case",
    "target",
];

/// The whole matrix, with a head.
pub fn matrix_csv(matrix: &Matrix) -> Result<String, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::environment(format!("matrix.csv cannot be written: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEAD).map_err(|error| failed(&error))?;
    let target = match matrix.notice() {
        Some(notice) => notice.to_owned(),
        None => matrix.title(),
    };
    for seen in matrix.all() {
        let (observation, row) = (seen.observation, seen.row);
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let cells = [
            row.plugin.clone(),
            row.name.clone(),
            row.kind.name().to_owned(),
            seen.slot.name.clone(),
            seen.principal.name.clone(),
            if row.dry.is_some() { "dry" } else { "real" }.to_owned(),
            observation.outcome.name().to_owned(),
            text(&observation.reason),
            observation.status.to_string(),
            text(&observation.who),
            text(&observation.message),
            seen.expected(),
            seen.decision.clause.clone(),
            seen.verdict.name().to_owned(),
            text(&row.dry),
            seen.id(),
            target.clone(),
        ];
        // A text that begins like a formula is one to a spreadsheet.
        writer.write_record(cells.iter().map(|cell| plain(cell))).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

fn plain(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}
