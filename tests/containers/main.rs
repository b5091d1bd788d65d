//! What starts containers, or says why it cannot.

mod failures;
mod killed;
#[path = "../support/needs.rs"]
mod needs;
#[path = "../support/mod.rs"]
mod support;
mod verdicts;

use std::process::ExitCode;

fn main() -> ExitCode {
    let tests = [failures::tests(), killed::tests(), verdicts::tests()];
    needs::run(tests.into_iter().flatten())
}
