//! Arguments about how a Matomo is started, shared by all commands that start one.

use clap::Args;

/// How it is started.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Target")]
pub struct StartArgs {
    /// Database server that runs already, such as a CI service: mysql://USER:PASSWORD@HOST:PORT/. Two schemas are made and dropped.
    #[arg(long, value_name = "URL", env = "MATOMO_CONFORMANCE_DATABASE_URL", hide_env_values = true, hide_short_help = true)]
    #[arg(conflicts_with = "database_server")]
    pub database_url: Option<String>,

    /// Seconds each server may take to get ready.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, hide_short_help = true)]
    pub start_limit: u64,

    /// Provision from scratch and keep no template.
    #[arg(long, hide_short_help = true)]
    pub no_template: bool,
}

impl Default for StartArgs {
    fn default() -> Self {
        Self { database_url: None, start_limit: 60, no_template: false }
    }
}
