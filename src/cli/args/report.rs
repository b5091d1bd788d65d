//! Arguments of reports, and of the commands that make them of results that are there: `report` and `merge`.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};

use crate::ask::writable;
use crate::failure::Failure;
use crate::report::{FORMATS, Format};

/// Which reports are written beside `results.json`: an option for each format of the table.
#[derive(Clone, Debug, Default)]
pub struct ReportArgs {
    wanted: Vec<(&'static Format, PathBuf)>,
}

impl Args for ReportArgs {
    fn augment_args(command: Command) -> Command {
        FORMATS.iter().fold(command, |command, format| {
            let help = format.says.trim_end_matches('.');
            let argument = Arg::new(format.name).long(format.name).value_name("FILE").env(format.variable);
            let argument = argument.value_parser(value_parser!(PathBuf)).help(help).help_heading("Output");
            command.arg(if format.holds.is_some() { argument.long_help(format.help()) } else { argument })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ReportArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let file = |format: &'static Format| Some((format, matches.get_one::<PathBuf>(format.name)?.clone()));
        Ok(Self { wanted: FORMATS.iter().filter_map(file).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl ReportArgs {
    /// Every report that is wanted, with its file.
    pub fn wanted(&self) -> &[(&'static Format, PathBuf)] {
        &self.wanted
    }

    /// Whether every report can be written where it is wanted: asked before the work, not behind it.
    pub fn check(&self) -> Result<(), Failure> {
        for (index, (format, file)) in self.wanted.iter().enumerate() {
            if let Some((other, _)) = self.wanted[..index].iter().find(|(_, earlier)| earlier == file && file.is_relative()) {
                return Err(Failure::usage(format!("--{} and --{} are both {}", other.name, format.name, file.display())));
            }
            writable(file).map_err(|why| {
                Failure::usage(format!("--{} {} cannot be written: {why}", format.name, file.display()))
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
