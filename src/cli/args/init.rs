//! Arguments of `init`.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "Examples:
  matomo-conformance init
  matomo-conformance init ../plugin-MyPlugin";

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InitArgs {
    /// Folder of the repository: Matomo's own or a plugin's, told apart by what is there.
    #[arg(default_value = ".", value_name = "DIR")]
    pub folder: PathBuf,
}
