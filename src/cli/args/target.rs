//! Arguments that say which Matomo is tested, and with what it runs.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

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
