//! Arguments of `releases`.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "Examples:
  matomo-conformance releases ../trees
  matomo-conformance releases ../trees --tree 5.2.0 -- --only default/";

/// Arguments of `releases`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReleasesArgs {
    /// Folder of Matomo source trees, each with its `vendor/`.
    pub folder: PathBuf,

    /// Only the tree of this name; may be given several times.
    #[arg(help_heading = "Selection", long, value_name = "NAME")]
    pub tree: Vec<String>,

    /// Folder for the output directories, one a tree.
    #[arg(help_heading = "Output", long, value_name = "DIR", default_value = "target/releases")]
    pub output: PathBuf,

    /// Take results that are already there instead of running a tree again.
    #[arg(help_heading = "Run", long)]
    pub reuse: bool,

    /// The table; rows of trees that are not run stay as they are.
    #[arg(help_heading = "Output", long, value_name = "FILE", default_value = "target/releases.json")]
    pub json: PathBuf,

    /// Write the table between the marks `releases` of this Markdown document.
    #[arg(help_heading = "Output", long, value_name = "FILE")]
    pub document: Option<PathBuf>,

    /// Arguments for each `check`, after `--`.
    #[arg(last = true, value_name = "ARGUMENT")]
    pub check: Vec<String>,
}
