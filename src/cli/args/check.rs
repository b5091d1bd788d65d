//! Arguments of `check`.

use std::path::PathBuf;

use clap::Args;

use super::{AttachArgs, ConcurrencyArgs, FilterArgs, OrderArgs, OwnChecksArgs, ReportArgs, SweepArgs, TargetArgs, TimeLimitArgs};
use crate::plan::{Budget, Shard};

const EXAMPLES: &str = "Examples:
  matomo-conformance check --simulated
  matomo-conformance check --source ../matomo --junit target/junit.xml
  matomo-conformance check --source ../matomo --only default/ --budget 30s
  matomo-conformance check --url https://matomo.example.org/ --tokens tokens.env";

/// Arguments of `check`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Which of its cases.
    #[command(flatten)]
    pub cases: FilterArgs,

    /// Run the whole product of all dimensions instead of the default plan.
    #[arg(long, help_heading = "Selection")]
    pub full: bool,

    /// Run the part NUMBER of COUNT of the plan, such as 1/4.
    ///
    /// `merge` joins the results of all parts.
    #[arg(long, value_name = "NUMBER/COUNT", env = "MATOMO_CONFORMANCE_SHARD", help_heading = "Selection", hide_short_help = true)]
    pub shard: Option<Shard>,

    /// To which endpoints the sweep is kept.
    #[command(flatten)]
    pub sweep: SweepArgs,

    /// Print the ids of the planned cases instead of running them.
    #[arg(long, help_heading = "Selection")]
    pub list: bool,

    /// Folder of known stories (*.toml) to run instead of those that come with the program.
    #[arg(long, value_name = "DIR", help_heading = "Selection", hide_short_help = true)]
    pub scenarios: Option<PathBuf>,

    /// Also ask every endpoint for its own check, behind the gate.
    ///
    /// This is done in a slot whose database account may only read: whoever gets past the check is stopped at the first write.
    #[arg(long, help_heading = "Selection", conflicts_with = "url")]
    pub own_checks: bool,

    /// With what own checks are compared.
    #[command(flatten)]
    pub own: OwnChecksArgs,

    /// In which order.
    #[command(flatten)]
    pub order: OrderArgs,

    /// How many at once.
    #[command(flatten)]
    pub concurrency: ConcurrencyArgs,

    /// For how long.
    #[command(flatten)]
    pub limit: TimeLimitArgs,

    /// Ask the most telling cases: as many as fit into a time, or so many (30s, 2m, 500).
    ///
    /// The time is that of requests; the start is not counted.
    /// The run then ends as one that is whole: with 0 where all agrees and every MUST clause was decided both ways, with 4 and a list of
    /// clauses where not.
    #[arg(long, value_name = "TIME|CASES", help_heading = "Run")]
    #[arg(conflicts_with_all = ["shard", "own_checks", "baseline", "policy", "write_baseline"])]
    pub budget: Option<Budget>,

    /// Accept that the budget leaves clauses undecided: then only what differs or cannot be read spoils the run.
    #[arg(long, requires = "budget", help_heading = "Run", hide_short_help = true)]
    pub budget_ok: bool,

    /// Stop at the first difference, whatever its verdict.
    #[arg(long, help_heading = "Run")]
    pub fail_fast: bool,

    /// Note which lines of Matomo's deciding functions run, and say which never do. Needs PHP's extension pcov and the runtime local.
    #[arg(long, help_heading = "Run", hide_short_help = true)]
    pub coverage: bool,

    /// File of accepted differences.
    ///
    /// By default known-differences.toml where there is one.
    #[arg(long, value_name = "FILE", env = "MATOMO_CONFORMANCE_KNOWN_DIFFERENCES", help_heading = "Run")]
    pub known_differences: Option<PathBuf>,

    /// Output directory.
    ///
    /// What was there is kept once as DIR.old.
    #[arg(long, value_name = "DIR", default_value = "target/conformance", env = "MATOMO_CONFORMANCE_OUTPUT", help_heading = "Output")]
    pub output: PathBuf,

    /// What is written beside it.
    #[command(flatten)]
    pub reports: ReportArgs,

    /// Whether each pattern of `--only` has to take a case: of two Matomos that are compared one may lack what it names.
    #[arg(skip = true)]
    pub each_pattern_takes: bool,

    /// Or one that runs already.
    #[command(flatten)]
    pub attach: AttachArgs,
}
