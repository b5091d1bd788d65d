//! Arguments of all commands, one file for each group of them; their comments are the help text.

mod attach;
mod check;
mod compare;
mod explain;
mod matrix;
mod mutants;
mod releases;
mod report;
mod search;
mod serve;
mod shell;
mod target;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use attach::AttachArgs;
pub use check::CheckArgs;
pub use compare::CompareArgs;
pub use explain::{EndpointsArgs, ExplainArgs};
pub use matrix::MatrixArgs;
pub use mutants::{MutantsArgs, PhpMutantsArgs};
pub use releases::ReleasesArgs;
pub use report::{MergeArgs, ReportArgs, ReportCommandArgs};
pub use search::{ReplayArgs, SearchArgs};
pub use serve::{CleanArgs, DoctorArgs, ServeArgs};
pub use shell::{CompletionsArgs, ConfigArgs, ManArgs};
pub use target::{DEFAULT_SIMULATED, ReleaseArchiveArgs, RuntimeArgs, RuntimeName, TargetArgs};

/// Differential conformance tests of who may open what with a Matomo `token_auth`.
///
/// Starts a Matomo, fires generated Module.Action requests with tokens of every access level, and compares each live
/// answer with a model of the intended rules.
#[derive(Debug, Parser)]
#[command(name = "matomo-conformance", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// Configuration file; by default matomo-conformance.toml where there is one.
    #[arg(long, global = true, value_name = "FILE", env = "MATOMO_CONFORMANCE_CONFIG", help_heading = "Configuration")]
    pub config: Option<PathBuf>,

    /// Look at no configuration file.
    #[arg(long, global = true, conflicts_with = "config", help_heading = "Configuration")]
    pub no_config: bool,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 conformant, 1 usage, 2 leak, lockout or wrong reason, 3 time limit, 4 nothing concluded, \
5 stale known difference, 7 environment, 70 internal error, 130 interrupted.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare a Matomo with the model: every endpoint, every principal, all settings.
    Check(Box<CheckArgs>),
    /// Say what has changed between two Matomos: what was opened, closed, or is refused for another reason.
    Compare(Box<CompareArgs>),
    /// Make reports of results that are there: `JUnit`, SARIF, Markdown.
    Report(ReportCommandArgs),
    /// Join the results of all shards of a run.
    Merge(MergeArgs),
    /// List the endpoints of a Matomo with kind and other names.
    Endpoints(EndpointsArgs),
    /// Show what the model decides for a case, with clauses and sources; needs no server.
    Explain(ExplainArgs),
    /// Show every endpoint for every principal as a page and as tables, with what the model says of each cell.
    Matrix(Box<MatrixArgs>),
    /// Repeat cases, results, scenarios or curl lines, and say what is fixed, still there or changed.
    Replay(ReplayArgs),
    /// Send random requests in random settings, and make each difference as small as it gets.
    Search(SearchArgs),
    /// Plant bugs and say how many of them the default plan finds.
    Mutants(MutantsArgs),
    /// Check every source tree of a folder and keep the table release × result.
    Releases(ReleasesArgs),
    /// Start a Matomo with all its slots, users and tokens, and keep it.
    Serve(ServeArgs),
    /// Remove what a killed run left behind, and end environments that are served in the background.
    Clean(CleanArgs),
    /// Say which configuration file is in force, or print one with every key.
    Config(ConfigArgs),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for each command.
    Man(ManArgs),
    /// Say what works on this machine and what to install.
    Doctor(DoctorArgs),
}
