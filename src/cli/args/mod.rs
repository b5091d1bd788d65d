//! Arguments of all commands, one file for each group of them; their comments are the help text.

mod attach;
mod bisect;
mod cache;
mod check;
mod compare;
mod conduct;
mod explain;
mod filter;
mod init;
mod matrix;
mod mutants;
mod own;
mod releases;
mod replay;
mod report;
mod search;
mod serve;
mod shell;
mod start;
mod sweep;
mod target;

use std::path::PathBuf;

use clap::{Arg, Parser, Subcommand};

pub use attach::AttachArgs;
pub use bisect::BisectArgs;
pub use cache::{CacheAction, CacheArgs};
pub use check::CheckArgs;
pub use compare::CompareArgs;
pub use conduct::{ConcurrencyArgs, OrderArgs, TimeLimitArgs};
pub use explain::{EndpointsArgs, ExplainArgs};
pub use filter::FilterArgs;
pub use init::InitArgs;
pub use matrix::MatrixArgs;
pub use mutants::{MutantsArgs, PhpMutantsArgs};
pub use own::OwnChecksArgs;
pub use releases::ReleasesArgs;
pub use replay::ReplayArgs;
pub use report::{MergeArgs, ReportArgs, ReportCommandArgs};
pub use search::SearchArgs;
pub use serve::{CleanArgs, DoctorArgs, ServeArgs};
pub use shell::{CompletionsArgs, ConfigArgs, ManArgs};
pub use start::StartArgs;
pub use sweep::SweepArgs;
pub use target::{DEFAULT_SIMULATED, PluginArgs, ProgramArgs, ReleaseArchiveArgs, RuntimeArgs, RuntimeName, TargetArgs};

/// Differential conformance tests of who may open what with a Matomo `token_auth`.
///
/// Starts a Matomo, fires generated Module.Action requests with tokens of every access level, and compares each live
/// answer with a model of the intended rules.
#[derive(Debug, Parser)]
#[command(name = "matomo-conformance", version, long_version = super::version::long(), max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// Configuration file; by default matomo-conformance.toml where there is one.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "MATOMO_CONFORMANCE_CONFIG",
        help_heading = "Configuration",
        hide_short_help = true
    )]
    pub config: Option<PathBuf>,

    /// Look at no configuration file.
    #[arg(long, global = true, conflicts_with = "config", help_heading = "Configuration", hide_short_help = true)]
    pub no_config: bool,

    /// Tell everything that is in the reports, too: features, clauses, dimensions, every cause with examples.
    #[arg(short, long, global = true, conflicts_with = "quiet", help_heading = "Output", hide_short_help = true)]
    pub verbose: bool,

    /// Tell nothing but the verdict and what differs.
    #[arg(short, long, global = true, help_heading = "Output", hide_short_help = true)]
    pub quiet: bool,

    /// When to use colours; by default where a terminal shows them.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_parser = ["auto", "always", "never"],
        default_value = "auto",
        help_heading = "Output",
        hide_short_help = true
    )]
    pub color: String,

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
    /// Repeat cases, results, scenarios or requests of other people, and say what became of them.
    Replay(ReplayArgs),
    /// Find the commit from which on a case, or a request of somebody, is answered differently.
    Bisect(Box<BisectArgs>),
    /// Send random requests in random settings, and make each difference as small as it gets.
    Search(SearchArgs),
    /// Plant bugs and say how many of them the default plan finds.
    Mutants(MutantsArgs),
    /// Check every source tree of a folder and keep the table release × result.
    Releases(ReleasesArgs),
    /// Start a Matomo with all its slots, users and tokens, and keep it.
    Serve(ServeArgs),
    /// List, trim or remove the templates that make starts fast.
    Cache(CacheArgs),
    /// Remove what a killed run left behind, and end environments that are served in the background.
    Clean(CleanArgs),
    /// Write a configuration file and a workflow for the repository of Matomo or of a plugin; what is there is left as it is.
    Init(InitArgs),
    /// Say which configuration file is in force, or print one with every key.
    Config(ConfigArgs),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for each command.
    Man(ManArgs),
    /// Say what works on this machine and what to install.
    Doctor(DoctorArgs),
}

/// `-h` fits on one screen: names of variables stand in `--help`.
pub fn brief(command: clap::Command) -> clap::Command {
    let brief = |argument: Arg| argument.hide_env(true);
    command.mut_args(brief).mut_subcommands(|command| command.mut_args(brief))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// Lines of a screen on which help can be read without scrolling.
    const SCREEN: usize = 45;

    const HEADINGS: [&str; 7] = ["Target", "Selection", "Run", "Output", "A Matomo that runs already", "With --source", "Configuration"];

    fn commands() -> Vec<clap::Command> {
        let mut command = brief(Cli::command()).term_width(100);
        command.build();
        command.get_subcommands().filter(|command| command.get_name() != "help").cloned().collect()
    }

    #[test]
    fn the_short_help_of_every_command_fits_on_a_screen_and_ends_with_examples_that_parse() {
        for mut command in commands() {
            let help = command.render_help().to_string();
            assert!(help.lines().count() <= SCREEN, "{}: {} lines\n{help}", command.get_name(), help.lines().count());
            let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{} has no examples", command.get_name()));
            for line in examples.lines().filter(|line| !line.is_empty()) {
                let parsed = Cli::command().try_get_matches_from(line.split_whitespace());
                assert!(parsed.is_ok(), "{line}: {}", parsed.err().map(|error| error.to_string()).unwrap_or_default());
            }
        }
    }

    #[test]
    fn every_option_stands_under_a_heading_that_says_what_it_is_about() {
        for command in commands() {
            for argument in command.get_opts().filter(|argument| !["help", "version"].contains(&argument.get_id().as_str())) {
                let heading = argument.get_help_heading().unwrap_or("Options");
                assert!(HEADINGS.contains(&heading), "{} --{} stands under {heading:?}", command.get_name(), argument.get_id());
            }
        }
    }
}
