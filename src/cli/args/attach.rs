//! Arguments for a Matomo that runs already.

use std::path::PathBuf;

use clap::Args;

use crate::cli::attach::rate;

/// A Matomo that runs elsewhere.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "A Matomo that runs already")]
pub struct AttachArgs {
    /// Address of a running Matomo, which is only asked.
    ///
    /// Nothing is provisioned, and only endpoints that read are opened. Tokens are read from `TOKEN_VIEW`, `TOKEN_WRITE` and so on in the
    /// environment, or from a file.
    #[arg(long, value_name = "URL", env = "MATOMO_CONFORMANCE_URL", conflicts_with_all = ["source", "release", "simulated", "fault", "full"])]
    pub url: Option<String>,

    /// File of mode 600 with tokens, instead of the environment.
    ///
    /// It has a line NAME=TOKEN for each token, as `serve --tokens` writes them.
    #[arg(long, value_name = "FILE", requires = "url")]
    pub tokens: Option<PathBuf>,

    /// Version whose rules are applied instead of the one that it tells; `+24103` adds the allowlist.
    #[arg(long, value_name = "VERSION", requires = "url", hide_short_help = true)]
    pub rules_of: Option<String>,

    /// It has `enable_framed_allow_write_admin_token_auth = 1`.
    #[arg(long, requires = "url", hide_short_help = true)]
    pub has_flag: bool,

    /// Its allowlist has this entry; may be given several times.
    #[arg(long, value_name = "MODULE.ACTION", requires = "url", hide_short_help = true)]
    pub has_allowlist: Vec<String>,

    /// It has `only_allow_secure_auth_tokens = 1`.
    #[arg(long, requires = "url", hide_short_help = true)]
    pub has_only_secure_tokens: bool,

    /// Its anonymous user may view the site.
    #[arg(long, requires = "url", hide_short_help = true)]
    pub has_anonymous_view: bool,

    /// Site on which the tokens have the rights that their names say.
    #[arg(long, value_name = "ID", default_value_t = 1, hide_short_help = true)]
    pub site: u32,

    /// Requests a second.
    #[arg(long, value_name = "N", default_value = "5", value_parser = rate, hide_short_help = true)]
    pub rate: f64,

    /// Also send what leaves traces: tokens that must be refused, which count as failed logins, and reports, which may be archived.
    #[arg(long, requires = "url", hide_short_help = true)]
    pub allow_side_effects: bool,

    /// Send tokens without https to other machines, too.
    #[arg(long, requires = "url", hide_short_help = true)]
    pub allow_plain_http: bool,
}
