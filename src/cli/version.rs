//! What `--version` says: the program, what it is built from, and which files of other versions it reads.

use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::report::{COMPARISON_SCHEMA, MUTANTS_SCHEMA, OWN_CHECKS_SCHEMA, SCHEMA, matrix};

/// Version, commit, and the schema of each file, a line each.
pub fn long() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let mut text = format!("{} ({})", env!("CARGO_PKG_VERSION"), env!("CONFORMANCE_COMMIT"));
        for (file, schema) in [
            ("results.json", SCHEMA),
            ("matrix.json", matrix::MATRIX_SCHEMA),
            ("own-checks.json", OWN_CHECKS_SCHEMA),
            ("comparison.json", COMPARISON_SCHEMA),
            ("mutants.json", MUTANTS_SCHEMA),
        ] {
            let _ = write!(text, "\n{file}: schema {schema}");
        }
        text
    });
    &TEXT
}
