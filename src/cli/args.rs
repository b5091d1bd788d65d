//! Arguments of all commands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::target::containers::DEFAULT_BASE;

/// Differential conformance tests of who may open what with a Matomo `token_auth`.
///
/// Starts a Matomo, fires generated Module.Action requests with tokens of every access level, and compares each live
/// answer with a model of the intended rules.
#[derive(Debug, Parser)]
#[command(name = "matomo-conformance", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
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
    Check(CheckArgs),
    /// List the endpoints of a Matomo with kind and other names.
    Endpoints(EndpointsArgs),
    /// Show what the model decides for a case, with clauses and sources; needs no server.
    Explain(ExplainArgs),
    /// Remove what a killed run left behind.
    Clean(CleanArgs),
    /// Say what works on this machine and what to install.
    Doctor(DoctorArgs),
}

/// Where a Matomo runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RuntimeName {
    /// Processes on this machine.
    Local,
    /// Containers of an engine on this machine.
    Containers,
}

/// Which Matomo.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// Matomo source tree with its `vendor/`; or the name of a tree in the cache's `sources` folder.
    #[arg(long, value_name = "DIR", env = "MATOMO_CONFORMANCE_SOURCE")]
    pub source: Option<PathBuf>,

    /// Released version, run in the official image `matomo:X.Y.Z-apache`.
    #[arg(long, value_name = "X.Y.Z", env = "MATOMO_CONFORMANCE_RELEASE", conflicts_with = "source")]
    pub release: Option<String>,

    /// Where it runs; by default `local` for a source tree and `containers` for a release.
    #[arg(long, value_enum, env = "MATOMO_CONFORMANCE_RUNTIME")]
    pub runtime: Option<RuntimeName>,

    /// Database image for containers: any tag of mysql or mariadb; `matomo-conformance/mariadb:SUITE` is built from Debian packages.
    #[arg(long, value_name = "IMAGE", default_value = "mysql:8.4", env = "MATOMO_CONFORMANCE_DATABASE")]
    pub database: String,

    /// Base image of PHP for a source tree in containers: Debian, or php:X.Y-cli.
    #[arg(long, value_name = "IMAGE", default_value = DEFAULT_BASE, env = "MATOMO_CONFORMANCE_PHP_BASE")]
    pub php_base: String,

    /// PHP version for containers, where the base image's packages have several.
    #[arg(long, value_name = "X.Y", default_value = "", hide_default_value = true, env = "MATOMO_CONFORMANCE_PHP_VERSION")]
    pub php_version: String,

    /// PHP program.
    #[arg(long, value_name = "PROGRAM", env = "MATOMO_CONFORMANCE_PHP")]
    pub php: Option<String>,

    /// Database server program: mariadbd or mysqld.
    #[arg(long, value_name = "PROGRAM", env = "MATOMO_CONFORMANCE_DATABASE_SERVER")]
    pub database_server: Option<String>,

    /// Database server that runs already, such as a CI service: mysql://USER:PASSWORD@HOST:PORT/. Two schemas are made and dropped.
    #[arg(long, value_name = "URL", env = "MATOMO_CONFORMANCE_DATABASE_URL", hide_env_values = true, conflicts_with = "database_server")]
    pub database_url: Option<String>,

    /// Read the allowlist of one more slot from this key of config.ini.php, as the first revision of PR #24103 does.
    #[arg(long, value_name = "SECTION.KEY")]
    pub allowlist_ini_key: Option<String>,

    /// Seconds each server may take to get ready.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub start_limit: u64,

    /// Provision from scratch and keep no template.
    #[arg(long)]
    pub no_template: bool,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Take only cases whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,

    /// Leave out cases whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN")]
    pub skip: Vec<String>,

    /// Run the whole product of all dimensions instead of the default plan.
    #[arg(long)]
    pub full: bool,

    /// Print the ids of the planned cases instead of running them.
    #[arg(long)]
    pub list: bool,

    /// Seed of the order.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Stop at the first leak.
    #[arg(long)]
    pub fail_fast: bool,

    /// Requests at once; by default three for each core.
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,

    /// Stop after this many seconds of requests.
    #[arg(long, value_name = "SECONDS")]
    pub time_limit: Option<u64>,

    /// Output directory; what was there is kept once as DIR.old.
    #[arg(long, value_name = "DIR", default_value = "target/conformance", env = "MATOMO_CONFORMANCE_OUTPUT")]
    pub output: PathBuf,
}

/// Arguments of `endpoints`.
#[derive(Debug, Args)]
pub struct EndpointsArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Case id, as in reports: slot/principal/carrier/shape/endpoint.
    pub case: String,

    /// Version whose rules are applied; `+24103` adds the allowlist.
    #[arg(long, default_value = "5.8.0")]
    pub rules_of: String,
}

/// Arguments of `clean`.
#[derive(Debug, Args)]
pub struct CleanArgs {
    /// Only what is older than this many minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 0)]
    pub older_than: u64,

    /// Say what would be removed and remove nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// Remove the images that were built for runs, too; the next run builds them anew.
    #[arg(long)]
    pub images: bool,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Look at one runtime only; otherwise one that works is enough.
    #[arg(long, value_enum, env = "MATOMO_CONFORMANCE_RUNTIME")]
    pub runtime: Option<RuntimeName>,

    /// Database image for containers.
    #[arg(long, value_name = "IMAGE", default_value = "mysql:8.4", env = "MATOMO_CONFORMANCE_DATABASE")]
    pub database: String,

    /// Base image of PHP for containers.
    #[arg(long, value_name = "IMAGE", default_value = DEFAULT_BASE, env = "MATOMO_CONFORMANCE_PHP_BASE")]
    pub php_base: String,

    /// PHP version for containers.
    #[arg(long, value_name = "X.Y", default_value = "", hide_default_value = true, env = "MATOMO_CONFORMANCE_PHP_VERSION")]
    pub php_version: String,

    /// PHP program.
    #[arg(long, value_name = "PROGRAM", env = "MATOMO_CONFORMANCE_PHP")]
    pub php: Option<String>,

    /// Database server program.
    #[arg(long, value_name = "PROGRAM", env = "MATOMO_CONFORMANCE_DATABASE_SERVER")]
    pub database_server: Option<String>,
}
