//! Arguments of reports, and of the commands that make them of results that are there: `report` and `merge`.

use std::path::PathBuf;

use clap::Args;

/// Which reports are written beside `results.json`.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Reports")]
pub struct ReportArgs {
    /// Write a `JUnit` report: a suite for each slot, a test case for each principal, carrier and shape.
    #[arg(long, value_name = "FILE", env = "MATOMO_CONFORMANCE_JUNIT")]
    pub junit: Option<PathBuf>,

    /// Write a SARIF report for code scanning: a rule for each clause, a result for each clause that differs.
    #[arg(long, value_name = "FILE", env = "MATOMO_CONFORMANCE_SARIF")]
    pub sarif: Option<PathBuf>,

    /// Write a page of Markdown.
    #[arg(long, value_name = "FILE", env = "MATOMO_CONFORMANCE_MARKDOWN")]
    pub markdown: Option<PathBuf>,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportCommandArgs {
    /// A results.json of `check` or `merge`, or the output directory it lies in.
    #[arg(value_name = "RESULTS", default_value = "target/conformance")]
    pub results: PathBuf,

    /// End with the exit code of the run that left the results, with 4 where it is not complete, and write no page to standard output.
    #[arg(long)]
    pub exit_code: bool,

    /// What is written.
    #[command(flatten)]
    pub reports: ReportArgs,
}

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Output directories of all shards, in any order.
    #[arg(required = true, value_name = "DIR")]
    pub shards: Vec<PathBuf>,

    /// Output directory; what was there is kept once as DIR.old.
    #[arg(long, value_name = "DIR", default_value = "target/conformance", env = "MATOMO_CONFORMANCE_OUTPUT")]
    pub output: PathBuf,

    /// What is written beside it.
    #[command(flatten)]
    pub reports: ReportArgs,
}
