//! `mutants`: proof that the plan notices broken rules.

use super::args::MutantsArgs;
use super::exit::ExitCode;
use super::php_mutants;
use crate::failure::Failure;

/// Runs `mutants` on the kind of target that is named.
pub async fn run(args: &MutantsArgs) -> Result<ExitCode, Failure> {
    php_mutants::run(args).await
}
