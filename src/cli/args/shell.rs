//! Arguments of `config`, `completions` and `man`, which are about the program itself.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Print a file with every key, its meaning and its default.
    #[arg(long)]
    pub default: bool,

    /// Print the JSON schema of the file.
    #[arg(long, conflicts_with = "default")]
    pub schema: bool,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Shell that completes.
    pub shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write a page for each command into this folder, instead of the main page to standard output.
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}
