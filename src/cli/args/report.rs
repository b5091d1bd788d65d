//! Arguments of reports, and of the commands that make them of results that are there: `report` and `merge`.

use std::path::PathBuf;

use clap::Args;

use crate::ask::writable;
use crate::failure::Failure;
use crate::report::{Results, junit, markdown, sarif};

/// Makes a report of results.
type Format = fn(&Results) -> Result<String, Failure>;

/// Which reports are written beside `results.json`.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct ReportArgs {
    /// Write a `JUnit` report.
    ///
    /// It has a suite for each slot, and a test case for each principal, carrier and shape.
    #[arg(long, value_name = "FILE", env = "MATOMO_CONFORMANCE_JUNIT")]
    pub junit: Option<PathBuf>,

    /// Write a SARIF report for code scanning.
    ///
    /// It has a rule for each clause, and a result for each clause that differs.
    #[arg(long, value_name = "FILE", env = "MATOMO_CONFORMANCE_SARIF")]
    pub sarif: Option<PathBuf>,

    /// Write a page of Markdown.
    #[arg(long, value_name = "FILE", env = "MATOMO_CONFORMANCE_MARKDOWN")]
    pub markdown: Option<PathBuf>,
}

impl ReportArgs {
    /// Every report that is wanted: its option, its file, and what makes it.
    pub fn wanted(&self) -> Vec<(&'static str, &PathBuf, Format)> {
        let all: [(_, _, Format); 3] = [
            ("--junit", &self.junit, junit),
            ("--sarif", &self.sarif, sarif),
            ("--markdown", &self.markdown, |results| Ok(markdown(results))),
        ];
        all.into_iter().filter_map(|(option, file, format)| Some((option, file.as_ref()?, format))).collect()
    }

    /// Whether every report can be written where it is wanted: asked before the work, not behind it.
    pub fn check(&self) -> Result<(), Failure> {
        let files = self.wanted();
        for (index, (option, file, _)) in files.iter().enumerate() {
            if let Some((other, ..)) = files[..index].iter().find(|(_, earlier, _)| earlier == file && file.is_relative()) {
                return Err(Failure::usage(format!("{other} and {option} are both {}", file.display())));
            }
            writable(file).map_err(|why| {
                Failure::usage(format!("{option} {} cannot be written: {why}", file.display()))
                    .hint("name a file in a folder you may write to")
            })?;
        }
        Ok(())
    }
}

const REPORT_EXAMPLES: &str = "Examples:
  matomo-conformance report
  matomo-conformance report target/conformance --sarif target/conformance.sarif
  matomo-conformance report --exit-code";

const MERGE_EXAMPLES: &str = "Examples:
  matomo-conformance merge shard-1 shard-2 shard-3 --output target/conformance
  matomo-conformance merge shard-* --junit target/junit.xml";

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = REPORT_EXAMPLES)]
pub struct ReportCommandArgs {
    /// A results.json of `check` or `merge`, or the output directory it lies in.
    #[arg(value_name = "RESULTS", default_value = "target/conformance")]
    pub results: PathBuf,

    /// End with the exit code of the run that left the results, with 4 where it is not complete, and write no page to standard output.
    #[arg(help_heading = "Output", long)]
    pub exit_code: bool,

    /// What is written.
    #[command(flatten)]
    pub reports: ReportArgs,
}

/// Arguments of `merge`.
#[derive(Debug, Args)]
#[command(after_help = MERGE_EXAMPLES)]
pub struct MergeArgs {
    /// Output directories of all shards, in any order.
    #[arg(required = true, value_name = "DIR")]
    pub shards: Vec<PathBuf>,

    /// Output directory.
    ///
    /// What was there is kept once as DIR.old.
    #[arg(help_heading = "Output", long, value_name = "DIR", default_value = "target/conformance", env = "MATOMO_CONFORMANCE_OUTPUT")]
    pub output: PathBuf,

    /// What is written beside it.
    #[command(flatten)]
    pub reports: ReportArgs,
}
