//! Arguments of all commands.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::target::archive::{Checksum, DEFAULT_BASE_URL, ReleaseArchive};
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
    Check(Box<CheckArgs>),
    /// List the endpoints of a Matomo with kind and other names.
    Endpoints(EndpointsArgs),
    /// Show what the model decides for a case, with clauses and sources; needs no server.
    Explain(ExplainArgs),
    /// Repeat cases, results, scenarios or curl lines, and say what is fixed, still there or changed.
    Replay(ReplayArgs),
    /// Send random requests in random settings, and make each difference as small as it gets.
    Search(SearchArgs),
    /// Plant bugs and say how many of them the default plan finds.
    Mutants(MutantsArgs),
    /// Check every source tree of a folder and keep the table release × result.
    Releases(ReleasesArgs),
    /// Start a Matomo with all its slots, users and tokens, and keep it.
    Serve(ServeArgs),
    /// Remove what a killed run left behind, and end environments that are served in the background.
    Clean(CleanArgs),
    /// Say what works on this machine and what to install.
    Doctor(DoctorArgs),
}

/// Release that the simulated Matomo speaks for where none is given.
pub const DEFAULT_SIMULATED: &str = "5.8";

/// Where a Matomo runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RuntimeName {
    /// Processes on this machine.
    Local,
    /// Containers of an engine on this machine.
    Containers,
}

/// With what a Matomo runs: the runtime, its images or its programs.
#[derive(Clone, Debug, Default, Args)]
pub struct RuntimeArgs {
    /// Where a Matomo runs; by default `local` for a source tree and `containers` for a release. `doctor` looks at both without it.
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
}

/// How the archive of a release is had and checked.
#[derive(Clone, Debug, Default, Args)]
pub struct ReleaseArchiveArgs {
    /// Folder of release archives on a web server, for `--release` with `--runtime local`.
    #[arg(long = "release-url", value_name = "URL", default_value = DEFAULT_BASE_URL, env = "MATOMO_CONFORMANCE_RELEASE_URL")]
    pub base_url: String,

    /// Checksum that the archive must have: sha256:DIGITS or sha512:DIGITS. Without one the published signature is checked.
    #[arg(long = "release-checksum", value_name = "CHECKSUM", env = "MATOMO_CONFORMANCE_RELEASE_CHECKSUM")]
    pub checksum: Option<Checksum>,

    /// File with the public key that signed the archive; by default the server's, which must have the fingerprint of Matomo's release key.
    #[arg(long = "release-key", value_name = "FILE", env = "MATOMO_CONFORMANCE_RELEASE_KEY")]
    pub key: Option<PathBuf>,
}

impl ReleaseArchiveArgs {
    /// The archive of a version.
    pub fn wanted(&self, version: &str, limit: Duration) -> ReleaseArchive {
        ReleaseArchive {
            version: version.to_owned(),
            base_url: self.base_url.clone(),
            checksum: self.checksum.clone(),
            key: self.key.clone(),
            limit,
        }
    }
}

/// Which Matomo.
#[derive(Clone, Debug, Default, Args)]
pub struct TargetArgs {
    /// Matomo source tree with its `vendor/`; or the name of a tree in the cache's `sources` folder.
    #[arg(long, value_name = "DIR", env = "MATOMO_CONFORMANCE_SOURCE")]
    pub source: Option<PathBuf>,

    /// The built-in simulated Matomo, of this release; the default where no target is named. Tests this program, not Matomo.
    #[arg(long, value_name = "RELEASE", num_args = 0..=1, require_equals = true, default_missing_value = DEFAULT_SIMULATED)]
    #[arg(conflicts_with_all = ["source", "release"])]
    pub simulated: Option<String>,

    /// Plant this fault in the simulated Matomo; `mutants --simulated --list` names them.
    #[arg(long, value_name = "FAULT", conflicts_with_all = ["source", "release"])]
    pub fault: Option<String>,

    /// Released version, run in the official image `matomo:X.Y.Z-apache`; with `--runtime local` its archive is fetched into the cache.
    #[arg(long, value_name = "X.Y.Z", env = "MATOMO_CONFORMANCE_RELEASE", conflicts_with = "source")]
    pub release: Option<String>,

    /// How an archive of a release is had.
    #[command(flatten)]
    pub release_archive: ReleaseArchiveArgs,

    /// With what it runs.
    #[command(flatten)]
    pub programs: RuntimeArgs,

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

/// A Matomo that runs elsewhere.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "A Matomo that runs already")]
pub struct AttachArgs {
    /// Address of a running Matomo, which is only asked: nothing is provisioned, and only endpoints that read are opened. Tokens are read
    /// from `TOKEN_VIEW`, `TOKEN_WRITE` and so on in the environment, or from a file.
    #[arg(long, value_name = "URL", env = "MATOMO_CONFORMANCE_URL", conflicts_with_all = ["source", "release", "simulated", "fault", "full"])]
    pub url: Option<String>,

    /// File of mode 600 with a line NAME=TOKEN for each token, as `serve --tokens` writes it, instead of the environment.
    #[arg(long, value_name = "FILE", requires = "url")]
    pub tokens: Option<PathBuf>,

    /// Version whose rules are applied instead of the one that it tells; `+24103` adds the allowlist.
    #[arg(long, value_name = "VERSION", requires = "url")]
    pub rules_of: Option<String>,

    /// It has `enable_framed_allow_write_admin_token_auth = 1`.
    #[arg(long, requires = "url")]
    pub has_flag: bool,

    /// Its allowlist has this entry; may be given several times.
    #[arg(long, value_name = "MODULE.ACTION", requires = "url")]
    pub has_allowlist: Vec<String>,

    /// It has `only_allow_secure_auth_tokens = 1`.
    #[arg(long, requires = "url")]
    pub has_only_secure_tokens: bool,

    /// Its anonymous user may view the site.
    #[arg(long, requires = "url")]
    pub has_anonymous_view: bool,

    /// Site on which the tokens have the rights that their names say.
    #[arg(long, value_name = "ID", default_value_t = 1)]
    pub site: u32,

    /// Requests a second.
    #[arg(long, value_name = "N", default_value = "5", value_parser = super::attach::rate)]
    pub rate: f64,

    /// Also send what leaves traces: tokens that must be refused, which count as failed logins, and reports, which may be archived.
    #[arg(long, requires = "url")]
    pub allow_side_effects: bool,

    /// Send tokens without https to other machines, too.
    #[arg(long, requires = "url")]
    pub allow_plain_http: bool,
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

    /// Note which lines of Matomo's deciding functions run, and say which never do. Needs PHP's extension pcov and the runtime local.
    #[arg(long)]
    pub coverage: bool,

    /// Stop at the first leak.
    #[arg(long)]
    pub fail_fast: bool,

    /// Requests at once; by default three for each core.
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,

    /// Stop after this many seconds of requests.
    #[arg(long, value_name = "SECONDS")]
    pub time_limit: Option<u64>,

    /// File of accepted differences; by default known-differences.toml where there is one.
    #[arg(long, value_name = "FILE", env = "MATOMO_CONFORMANCE_KNOWN_DIFFERENCES")]
    pub known_differences: Option<PathBuf>,

    /// Folder of known stories (*.toml) to run instead of those that come with the program.
    #[arg(long, value_name = "DIR")]
    pub scenarios: Option<PathBuf>,

    /// Output directory; what was there is kept once as DIR.old.
    #[arg(long, value_name = "DIR", default_value = "target/conformance", env = "MATOMO_CONFORMANCE_OUTPUT")]
    pub output: PathBuf,

    /// Or one that runs already.
    #[command(flatten)]
    pub attach: AttachArgs,
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

/// Arguments of `search`.
#[derive(Debug, Args)]
pub struct SearchArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Random requests; by default 10000, or as many as there is time for with --for.
    #[arg(long, value_name = "N")]
    pub cases: Option<u64>,

    /// Time for random requests: 90s, 5m, 2h.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub time: Option<Duration>,

    /// Seed of the random requests; the same one makes the same requests.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Folder of what was met before, one file for each class of behaviour: sent first, and added to.
    #[arg(long, value_name = "DIR", default_value = "target/conformance-corpus")]
    pub corpus: PathBuf,

    /// Note which lines of Matomo's deciding functions run, keep requests that reach a new one, and say which never do.
    /// Needs PHP's extension pcov and the runtime local.
    #[arg(long)]
    pub coverage: bool,

    /// Stop at the first difference.
    #[arg(long)]
    pub fail_fast: bool,

    /// Requests at once; by default three for each core.
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,

    /// Output directory; what was there is kept once as DIR.old.
    #[arg(long, value_name = "DIR", default_value = "target/conformance-search", env = "MATOMO_CONFORMANCE_SEARCH_OUTPUT")]
    pub output: PathBuf,
}

/// Reads `90s`, `5m` or `2h`.
fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.chars().next_back().unwrap_or_default();
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return Err("a number with s, m or h is needed, such as 5m".to_owned()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| "a number with s, m or h is needed, such as 5m".to_owned())?;
    Ok(Duration::from_secs(number * seconds))
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// A case id, a results.json or results.jsonl (all its differences), an output directory, a scenario by name or file, a file
    /// that `search` wrote, or a curl line in one argument; several may be given.
    #[arg(required = true, value_name = "WHAT")]
    pub what: Vec<String>,

    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Take only cases whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,

    /// Slot for curl lines whose address names none.
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub slot: String,

    /// Show cases that are as they should be in full, too.
    #[arg(long)]
    pub all: bool,

    /// Leave the Matomo up until Ctrl-C; tokens and addresses are put into FILE, readable by its owner only.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "target/replay.env")]
    pub keep: Option<PathBuf>,
}

/// Arguments of `mutants`.
#[derive(Debug, Args)]
pub struct MutantsArgs {
    /// Plant the faults of the table in the simulated Matomo, of this release or of all.
    #[arg(long, value_name = "RELEASE", num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with = "source")]
    pub simulated: Option<String>,

    /// Break the access rules of a copy of this source tree, one at a time.
    #[arg(long, value_name = "DIR")]
    pub source: Option<PathBuf>,

    /// Print the planted faults, or the mutants of a tree with their differences, instead of trying them.
    #[arg(long)]
    pub list: bool,

    /// Print the README's table of the simulated Matomo at the end.
    #[arg(long, conflicts_with = "source")]
    pub table: bool,

    /// Seed of the order of cases.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// What concerns source trees only.
    #[command(flatten)]
    pub php: PhpMutantsArgs,
}

/// Arguments of `mutants --source`.
#[derive(Debug, Args)]
#[command(next_help_heading = "With --source")]
pub struct PhpMutantsArgs {
    /// Take only mutants whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN", requires = "source")]
    pub only: Vec<String>,

    /// Leave out mutants whose id starts with PATTERN or matches it as a glob (`*`).
    #[arg(long, value_name = "PATTERN", requires = "source")]
    pub skip: Vec<String>,

    /// Cases that are tried on the clean tree and on known survivors; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub limit: usize,

    /// Cases that are tried at most on all other mutants; 0 for the whole plan.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub most: usize,

    /// Take from the `results.jsonl` of an earlier run on this tree what became of mutants, and try only those it leaves open.
    #[arg(long, value_name = "FILE", requires = "source")]
    pub reuse: Option<PathBuf>,

    /// Copies of the tree that are served and broken at once.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub jobs: usize,

    /// Survivors that are known, each with a reason.
    #[arg(long, value_name = "FILE", requires = "source")]
    pub survivors: Option<PathBuf>,

    /// Put the figures into this kill table and print it.
    #[arg(long, value_name = "FILE", requires = "source")]
    pub record: Option<PathBuf>,

    /// Output directory; what was there is kept once as DIR.old.
    #[arg(long, value_name = "DIR", default_value = "target/conformance-mutants", env = "MATOMO_CONFORMANCE_MUTANTS_OUTPUT")]
    pub output: PathBuf,

    /// PHP program.
    #[arg(long, value_name = "PROGRAM", env = "MATOMO_CONFORMANCE_PHP")]
    pub php: Option<String>,

    /// Database server program: mariadbd or mysqld.
    #[arg(long, value_name = "PROGRAM", env = "MATOMO_CONFORMANCE_DATABASE_SERVER")]
    pub database_server: Option<String>,

    /// Seconds each server may take to get ready.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub start_limit: u64,
}

/// Arguments of `releases`.
#[derive(Debug, Args)]
pub struct ReleasesArgs {
    /// Folder of Matomo source trees, each with its `vendor/`.
    pub folder: PathBuf,

    /// Only the tree of this name; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub tree: Vec<String>,

    /// Folder for the output directories, one a tree.
    #[arg(long, value_name = "DIR", default_value = "target/releases")]
    pub output: PathBuf,

    /// Take results that are already there instead of running a tree again.
    #[arg(long)]
    pub reuse: bool,

    /// The table; rows of trees that are not run stay as they are.
    #[arg(long, value_name = "FILE", default_value = "target/releases.json")]
    pub json: PathBuf,

    /// Write the table between the marks `releases` of this Markdown document.
    #[arg(long, value_name = "FILE")]
    pub document: Option<PathBuf>,

    /// Arguments for each `check`, after `--`.
    #[arg(last = true, value_name = "ARGUMENT")]
    pub check: Vec<String>,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Which Matomo.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Write addresses and tokens into this new file, which only its owner may read, instead of showing them on the terminal.
    #[arg(long, value_name = "FILE")]
    pub tokens: Option<PathBuf>,

    /// Keep serving in the background when the command has ended; `clean --detached` ends it.
    #[arg(long)]
    pub detach: bool,

    /// Be the process in the background.
    #[arg(long, hide = true, conflicts_with = "detach")]
    pub keeper: bool,
}

/// Arguments of `clean`.
#[derive(Debug, Args)]
pub struct CleanArgs {
    /// Ids of environments in the background that are to be ended.
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,

    /// End all environments that `serve --detach` keeps in the background.
    #[arg(long)]
    pub detached: bool,

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
    /// With what a run would go.
    #[command(flatten)]
    pub programs: RuntimeArgs,
}
