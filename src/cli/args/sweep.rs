//! Arguments on which endpoints are swept.

use std::path::PathBuf;

use clap::Args;

/// To which endpoints a sweep over all of them is kept.
#[derive(Clone, Debug, Default, Args)]
pub struct SweepArgs {
    /// File with the names of changed files, or `-`: sweeps what they touch.
    ///
    /// It has one name a line; `-` reads them from standard input. The sweep over all endpoints is kept to plugins with a changed file, unless a
    /// file is among them that may move every endpoint. The rest of the plan stays whole.
    #[arg(long, value_name = "FILE", env = "MATOMO_CONFORMANCE_CHANGED_FILES", conflicts_with = "full", help_heading = "Selection")]
    pub changed_files: Option<PathBuf>,

    /// Folder below the tree that the changed files are named from, such as plugins/NAME.
    ///
    /// For changes in a plugin's own repository, where names do not begin with it.
    #[arg(long, value_name = "FOLDER", requires = "changed_files", help_heading = "Selection", hide_short_help = true)]
    pub changed_files_in: Option<String>,

    /// Keep the sweep over all endpoints to this plugin's.
    ///
    /// The rest of the plan stays whole. May be given several times.
    #[arg(long, value_name = "NAME", conflicts_with = "full", help_heading = "Selection")]
    pub only_plugin: Vec<String>,
}
