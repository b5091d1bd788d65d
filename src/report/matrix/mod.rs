//! The access matrix as one JSON document, and the page, the Markdown and the CSV that are made of it.

mod csv;
mod document;
mod markdown;
mod own;
mod page;
mod record;

pub use csv::matrix_csv;
pub use document::{
    Cell, MATRIX_KIND, MATRIX_SCHEMA, Matrix, MatrixCell, MatrixChange, MatrixClause, MatrixDecision, MatrixObservation, MatrixPrincipal,
    MatrixRowDocument, MatrixSlot, MatrixState, MatrixTarget, MatrixTotals,
};
pub use markdown::matrix_markdown;
pub use own::MatrixOwnCheck;
pub use page::matrix_page;
pub use record::MatrixRecord;
