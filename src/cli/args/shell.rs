//! Arguments of `config`, `completions` and `man`, which are about the program itself.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

const CONFIG_EXAMPLES: &str = "Examples:
  matomo-conformance config
  matomo-conformance config --default";

/// Arguments of `config`.
#[derive(Debug, Args)]
#[command(after_help = CONFIG_EXAMPLES)]
pub struct ConfigArgs {
    /// Print a file with every key, its meaning and its default.
    #[arg(help_heading = "Output", long)]
    pub default: bool,

    /// Print the JSON schema of the file.
    #[arg(help_heading = "Output", long, conflicts_with = "default")]
    pub schema: bool,
}

const COMPLETIONS_EXAMPLES: &str = "Examples:
  matomo-conformance completions bash";

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub struct CompletionsArgs {
    /// Shell that completes.
    pub shell: Shell,
}

const MAN_EXAMPLES: &str = "Examples:
  matomo-conformance man
  matomo-conformance man --output target/man";

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = MAN_EXAMPLES)]
pub struct ManArgs {
    /// Write a page for each command into this folder, instead of the main page to standard output.
    #[arg(help_heading = "Output", long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}
