//! The command line: one file a command.

mod args;
mod attach;
mod bisect;
mod brought;
mod cache;
mod check;
mod clean;
mod compare;
mod configuration;
mod doctor;
mod endpoints;
mod exit;
mod explain;
mod init;
mod lines;
mod matrix;
mod merge;
mod mutants;
mod own;
mod own_comparison;
mod own_mutants;
mod php_mutants;
mod progress;
mod releases;
mod replay;
mod report;
mod screen;
mod search;
mod serve;
mod shell;
mod signals;
mod start;
mod sweep;
mod version;
mod words;

use std::path::Path;

use clap::{CommandFactory as _, FromArgMatches as _};
use screen::eprintln;

pub use args::{Cli, Command};
pub use exit::ExitCode;

use crate::failure::Failure;
use configuration::Loaded;

/// Parses the command line and runs the command.
pub fn main() -> std::process::ExitCode {
    let (cli, configuration) = match parse() {
        Ok(parsed) => parsed,
        Err(Unparsed::Arguments(error)) => {
            let _ = error.print();
            // clap says 2 for usage errors, which means a leak here.
            let code = if error.use_stderr() { ExitCode::Usage } else { ExitCode::Conformant };
            return code.into();
        }
        Err(Unparsed::Configuration(failure)) => {
            eprintln!("{}error:{:#} {failure}", crate::report::Paint::LEAK, crate::report::Paint::LEAK);
            return ExitCode::from(failure.kind).into();
        }
    };
    screen::tell(match (cli.verbose, cli.quiet) {
        (true, _) => screen::Telling::Verbose,
        (_, true) => screen::Telling::Quiet,
        _ => screen::Telling::Plain,
    });
    match cli.color.as_str() {
        "always" => anstream::ColorChoice::Always.write_global(),
        "never" => anstream::ColorChoice::Never.write_global(),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no asynchronous runtime: {error}");
            return ExitCode::Internal.into();
        }
    };
    let code = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(run(cli, configuration.as_ref()))));
    match code {
        Ok(Ok(code)) => screen::code(code).into(),
        Ok(Err(failure)) => {
            eprintln!("{}error:{:#} {failure}", crate::report::Paint::LEAK, crate::report::Paint::LEAK);
            ExitCode::from(failure.kind).into()
        }
        // The panic's message was printed where it happened; everything started was dropped on the way.
        Err(_) => ExitCode::Internal.into(),
    }
}

/// Why there is nothing to run.
enum Unparsed {
    Arguments(clap::Error),
    Configuration(Failure),
}

/// Parses the command line, with the configuration file under it where there is one.
fn parse() -> Result<(Cli, Option<Loaded>), Unparsed> {
    let command = if std::env::args_os().any(|argument| argument == "-h") { args::brief(Cli::command()) } else { Cli::command() };
    let nearer = command.try_get_matches().map_err(Unparsed::Arguments)?;
    let cli = Cli::from_arg_matches(&nearer).map_err(Unparsed::Arguments)?;
    let file = match &cli.config {
        // Help about the file must not need a file that is right.
        _ if cli.no_config || matches!(&cli.command, Command::Config(args) if args.default || args.schema) => None,
        Some(file) => Some(file.as_path()),
        None => Some(Path::new(configuration::FILE)).filter(|file| file.is_file()),
    };
    let Some(file) = file else { return Ok((cli, None)) };
    let loaded = Loaded::read(file).map_err(Unparsed::Configuration)?;
    let matches = loaded.under(Cli::command(), &nearer).try_get_matches().map_err(Unparsed::Arguments)?;
    let cli = Cli::from_arg_matches(&matches).map_err(Unparsed::Arguments)?;
    Ok((cli, Some(loaded)))
}

async fn run(cli: Cli, configuration: Option<&Loaded>) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Check(args) => Box::pin(check::run(&args)).await,
        Command::Compare(args) => Box::pin(compare::run(&args)).await,
        Command::Report(args) => report::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Endpoints(args) => endpoints::run(&args).await,
        Command::Explain(args) => explain::run(&args),
        Command::Matrix(args) => Box::pin(matrix::run(&args)).await,
        Command::Mutants(args) => mutants::run(&args).await,
        Command::Search(args) => Box::pin(search::run(&args)).await,
        Command::Bisect(args) => Box::pin(bisect::run(&args)).await,
        Command::Replay(args) => Box::pin(replay::run(&args)).await,
        Command::Releases(args) => releases::run(&args),
        Command::Serve(args) => Box::pin(serve::run(&args)).await,
        Command::Init(args) => init::run(&args),
        Command::Config(args) => Ok(shell::config(&args, configuration)),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
        Command::Cache(args) => cache::run(&args),
        Command::Clean(args) => clean::run(&args).await,
        Command::Doctor(args) => Ok(doctor::run(&args).await),
    }
}
