//! Arguments of `compare`.

use std::path::PathBuf;

use clap::Args;

use super::{ReleaseArchiveArgs, RuntimeArgs};

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The Matomo before: an output directory or results.json of `check`, a source tree by path or name, a release as X.Y.Z, or
    /// `simulated:RELEASE:FAULT` (both may be left out).
    #[arg(long, value_name = "WHAT")]
    pub base: String,

    /// The Matomo after, in the same words.
    #[arg(long, value_name = "WHAT")]
    pub head: String,

    /// Take only cases whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,

    /// Leave out cases whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN")]
    pub skip: Vec<String>,

    /// Run the whole product of all dimensions instead of the default plan.
    #[arg(long)]
    pub full: bool,

    /// Seed of the order.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Requests at once; by default three for each core.
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,

    /// File of changes that are expected, in the form of the file of known differences: a leak is what was opened, a lockout what was
    /// closed, `expected` is what the base does, `observed` what the head does.
    #[arg(long, value_name = "FILE", env = "MATOMO_CONFORMANCE_EXPECTED_CHANGES")]
    pub expected_changes: Option<PathBuf>,

    /// Output directory, with the results of both in it; what was there is kept once as DIR.old.
    #[arg(long, value_name = "DIR", default_value = "target/conformance-compare", env = "MATOMO_CONFORMANCE_COMPARE_OUTPUT")]
    pub output: PathBuf,

    /// How an archive of a release is had.
    #[command(flatten)]
    pub release_archive: ReleaseArchiveArgs,

    /// With what they run.
    #[command(flatten)]
    pub programs: RuntimeArgs,

    /// Database server that runs already, such as a CI service: mysql://USER:PASSWORD@HOST:PORT/. Two schemas are made and dropped.
    #[arg(long, value_name = "URL", env = "MATOMO_CONFORMANCE_DATABASE_URL", hide_env_values = true, conflicts_with = "database_server")]
    pub database_url: Option<String>,

    /// Seconds each server may take to get ready.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub start_limit: u64,

    /// Provision from scratch and keep no template.
    #[arg(long)]
    pub no_template: bool,
}
