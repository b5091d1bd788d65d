//! Settings that are on or off, each with its key, its option and its words: a new one is a field of [`Settings`] and a row here.

use super::Settings;

/// A setting that is on or off.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// Key in the section `General` of `config.ini.php`; `None` for what stands in the database.
    pub key: Option<&'static str>,
    /// In a few words, as the list of slots shows it.
    pub words: &'static str,
    /// Option that states it of a Matomo that runs already.
    pub option: &'static str,
    /// What the option says.
    pub says: &'static str,
    /// Whether it is on.
    pub is_on: fn(&Settings) -> bool,
    /// Turns it on or off.
    pub turn: fn(&mut Settings, bool),
    /// What is written for it in place of 0 or 1.
    pub text: fn(&Settings) -> Option<&str>,
}

/// Every switch.
pub const SWITCHES: [Switch; 3] = [
    Switch {
        key: Some("enable_framed_allow_write_admin_token_auth"),
        words: "flag",
        option: "has-flag",
        says: "It has `enable_framed_allow_write_admin_token_auth = 1`",
        is_on: |settings| settings.flag,
        turn: |settings, on| (settings.flag, settings.flag_text) = (on, None),
        text: |settings| settings.flag_text.as_deref(),
    },
    Switch {
        key: Some("only_allow_secure_auth_tokens"),
        words: "only secure tokens",
        option: "has-only-secure-tokens",
        says: "It has `only_allow_secure_auth_tokens = 1`",
        is_on: |settings| settings.only_secure_tokens,
        turn: |settings, on| settings.only_secure_tokens = on,
        text: |_| None,
    },
    Switch {
        key: None,
        words: "anonymous may view",
        option: "has-anonymous-view",
        says: "Its anonymous user may view the site",
        is_on: |settings| settings.anonymous_view,
        turn: |settings, on| settings.anonymous_view = on,
        text: |_| None,
    },
];

impl Switch {
    /// The value as it is written in `config.ini.php`.
    pub fn value(&self, settings: &Settings) -> String {
        (self.text)(settings).map_or_else(|| u8::from((self.is_on)(settings)).to_string(), str::to_owned)
    }

    /// Whether anything but the default is set.
    pub fn is_set(&self, settings: &Settings) -> bool {
        (self.is_on)(settings) || (self.text)(settings).is_some()
    }
}
