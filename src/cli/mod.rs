//! The command line: one file a command.

mod args;
mod attach;
mod check;
mod clean;
mod doctor;
mod endpoints;
mod exit;
mod explain;
mod matrix;
mod mutants;
mod php_mutants;
mod progress;
mod releases;
mod replay;
mod replayable;
mod search;
mod serve;
mod signals;
mod start;

use anstream::eprintln;
use clap::Parser as _;

pub use args::{Cli, Command};
pub use exit::ExitCode;

/// Parses the command line and runs the command.
pub fn main() -> std::process::ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            // clap says 2 for usage errors, which means a leak here.
            let code = if error.use_stderr() { ExitCode::Usage } else { ExitCode::Conformant };
            return code.into();
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no asynchronous runtime: {error}");
            return ExitCode::Internal.into();
        }
    };
    let code = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(run(cli))));
    match code {
        Ok(Ok(code)) => code.into(),
        Ok(Err(failure)) => {
            eprintln!("{}error:{:#} {failure}", crate::report::Paint::LEAK, crate::report::Paint::LEAK);
            ExitCode::from(failure.kind).into()
        }
        // The panic's message was printed where it happened; everything started was dropped on the way.
        Err(_) => ExitCode::Internal.into(),
    }
}

async fn run(cli: Cli) -> Result<ExitCode, crate::failure::Failure> {
    match cli.command {
        Command::Check(args) => Box::pin(check::run(&args)).await,
        Command::Endpoints(args) => endpoints::run(&args).await,
        Command::Explain(args) => explain::run(&args),
        Command::Matrix(args) => Box::pin(matrix::run(&args)).await,
        Command::Mutants(args) => mutants::run(&args).await,
        Command::Search(args) => Box::pin(search::run(&args)).await,
        Command::Replay(args) => Box::pin(replay::run(&args)).await,
        Command::Releases(args) => releases::run(&args),
        Command::Serve(args) => Box::pin(serve::run(&args)).await,
        Command::Clean(args) => clean::run(&args).await,
        Command::Doctor(args) => Ok(doctor::run(&args).await),
    }
}
