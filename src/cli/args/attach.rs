//! Arguments for a Matomo that runs already.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::cli::attach::rate;
use crate::model::{SWITCHES, Settings, Switch};

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

    /// What is on there.
    #[command(flatten)]
    pub switches: SwitchArgs,

    /// Its allowlist has this entry; may be given several times.
    #[arg(long, value_name = "MODULE.ACTION", requires = "url", hide_short_help = true)]
    pub has_allowlist: Vec<String>,

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

/// Settings of a Matomo that runs already: an option for each switch of the table.
#[derive(Clone, Debug, Default)]
pub struct SwitchArgs {
    on: Vec<&'static Switch>,
}

impl SwitchArgs {
    /// Turns on what was stated.
    pub fn turn_on(&self, settings: &mut Settings) {
        self.on.iter().for_each(|switch| (switch.turn)(settings, true));
    }
}

impl Args for SwitchArgs {
    fn augment_args(command: Command) -> Command {
        SWITCHES.iter().fold(command, |command, switch| {
            let argument = Arg::new(switch.option).long(switch.option).action(ArgAction::SetTrue).requires("url").hide_short_help(true);
            command.arg(argument.help(switch.says))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SwitchArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { on: SWITCHES.iter().filter(|switch| matches.get_flag(switch.option)).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
