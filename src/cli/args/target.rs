//! Arguments that say which Matomo is tested, and with what it runs.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::StartArgs;
use crate::sut::archive::{Checksum, DEFAULT_BASE_URL, ReleaseArchive};
use crate::sut::containers::DEFAULT_BASE;

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

/// Programs of this machine.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Target")]
pub struct ProgramArgs {
    /// PHP program.
    #[arg(long, value_name = "PROGRAM", env = "MATOMO_CONFORMANCE_PHP", hide_short_help = true)]
    pub php: Option<String>,

    /// Database server program: mariadbd or mysqld.
    #[arg(long, value_name = "PROGRAM", env = "MATOMO_CONFORMANCE_DATABASE_SERVER", hide_short_help = true)]
    pub database_server: Option<String>,
}

/// With what a Matomo runs: the runtime, its images or its programs.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Target")]
pub struct RuntimeArgs {
    /// Where a Matomo runs.
    ///
    /// By default `local` for a source tree and `containers` for a release; `doctor` looks at both without it.
    #[arg(long, value_enum, env = "MATOMO_CONFORMANCE_RUNTIME")]
    pub runtime: Option<RuntimeName>,

    /// Database image for containers: any tag of mysql or mariadb; `matomo-conformance/mariadb:SUITE` is built from Debian packages.
    #[arg(long, value_name = "IMAGE", default_value = "mysql:8.4", env = "MATOMO_CONFORMANCE_DATABASE", hide_short_help = true)]
    pub database: String,

    /// Base image of PHP for a source tree in containers: Debian, or php:X.Y-cli.
    #[arg(long, value_name = "IMAGE", default_value = DEFAULT_BASE, env = "MATOMO_CONFORMANCE_PHP_BASE", hide_short_help = true)]
    pub php_base: String,

    /// PHP version for containers, where the base image's packages have several.
    #[arg(long, value_name = "X.Y", default_value = "", hide_default_value = true, env = "MATOMO_CONFORMANCE_PHP_VERSION")]
    #[arg(hide_short_help = true)]
    pub php_version: String,

    /// Programs of this machine.
    #[command(flatten)]
    pub local: ProgramArgs,
}

/// How the archive of a release is had and checked.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Target")]
pub struct ReleaseArchiveArgs {
    /// Folder of release archives on a web server, for `--release` with `--runtime local`.
    #[arg(long = "release-url", value_name = "URL", default_value = DEFAULT_BASE_URL, env = "MATOMO_CONFORMANCE_RELEASE_URL")]
    #[arg(hide_short_help = true)]
    pub base_url: String,

    /// Checksum that the archive must have: sha256:DIGITS or sha512:DIGITS. Without one the published signature is checked.
    #[arg(long = "release-checksum", value_name = "CHECKSUM", env = "MATOMO_CONFORMANCE_RELEASE_CHECKSUM", hide_short_help = true)]
    pub checksum: Option<Checksum>,

    /// File with the public key that signed the archive; by default the server's, which must have the fingerprint of Matomo's release key.
    #[arg(long = "release-key", value_name = "FILE", env = "MATOMO_CONFORMANCE_RELEASE_KEY", hide_short_help = true)]
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

/// Plugins that are tested with a Matomo, beside its default ones.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Target")]
pub struct PluginArgs {
    /// Checkout of a plugin, put beside the tree's own and switched on.
    ///
    /// Nothing is written into it or into the tree. May be given several times.
    #[arg(long = "plugin-dir", value_name = "DIR", hide_short_help = true)]
    pub folders: Vec<PathBuf>,

    /// Switch on a plugin of the tree, with those that it needs.
    ///
    /// May be given several times.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub activate: Vec<String>,
}

/// Which Matomo.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Target")]
pub struct TargetArgs {
    /// Matomo source tree with its `vendor/`, or one of the cache by name.
    ///
    /// Trees by name are in the folder `sources` of the cache.
    #[arg(long, value_name = "DIR", env = "MATOMO_CONFORMANCE_SOURCE")]
    pub source: Option<PathBuf>,

    /// The built-in simulated Matomo: tests this program, not Matomo.
    ///
    /// It speaks for this release, and is the default where no target is named.
    #[arg(long, value_name = "RELEASE", num_args = 0..=1, require_equals = true, default_missing_value = DEFAULT_SIMULATED)]
    #[arg(conflicts_with_all = ["source", "release"])]
    pub simulated: Option<String>,

    /// Plant this fault in the simulated Matomo.
    ///
    /// `mutants --simulated --list` names them.
    #[arg(long, value_name = "FAULT", conflicts_with_all = ["source", "release"])]
    pub fault: Option<String>,

    /// Entry of the allowlist that the simulated Matomo's own files bring along. May be given several times.
    #[arg(long = "simulated-entry", value_name = "MODULE.ACTION", conflicts_with_all = ["source", "release"], hide_short_help = true)]
    pub simulated_entries: Vec<String>,

    /// Released version, run in the official image `matomo:X.Y.Z-apache`.
    ///
    /// With `--runtime local` its archive is fetched into the cache.
    #[arg(long, value_name = "X.Y.Z", env = "MATOMO_CONFORMANCE_RELEASE", conflicts_with = "source")]
    pub release: Option<String>,

    /// How an archive of a release is had.
    #[command(flatten)]
    pub release_archive: ReleaseArchiveArgs,

    /// With what it runs.
    #[command(flatten)]
    pub programs: RuntimeArgs,

    /// Read the allowlist of one more slot from this key of config.ini.php, as the first revision of PR #24103 does.
    #[arg(long, value_name = "SECTION.KEY", hide_short_help = true)]
    pub allowlist_ini_key: Option<String>,

    /// Plugins beside the default ones.
    #[command(flatten)]
    pub plugins: PluginArgs,

    /// How it is started.
    #[command(flatten)]
    pub start: StartArgs,
}
