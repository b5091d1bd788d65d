//! What the probe plugin reports in its one response header.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{Reason, Rights, Role, Who};

/// Request header that stops a request just before its controller runs, with the value `dry`.
pub const DRY_HEADER: &str = "X-Conformance-Dispatch";

/// Request header with a number, under which the coverage of a request is noted.
pub const NUMBER_HEADER: &str = "X-Conformance-Request";

/// Response header with the report.
pub const PROBE_HEADER: &str = "X-Conformance-Probe";

/// An exception that became an error page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ProbeError {
    /// Class of the exception.
    pub class: String,
    /// Translation key of its message, where it is one of the known ones.
    pub key: Option<String>,
}

impl ProbeError {
    /// Whether PHP itself raised it: the code of the tree is wrong, wherever it happened.
    pub fn is_raised_by_php(&self) -> bool {
        const CLASSES: [&str; 7] =
            ["Error", "TypeError", "ArgumentCountError", "ValueError", "ArithmeticError", "DivisionByZeroError", "UnhandledMatchError"];
        CLASSES.contains(&self.class.trim_start_matches('\\'))
    }
}

/// Rights as the probe lists them: site ids with exactly that role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ProbeRights {
    #[serde(default)]
    login: String,
    #[serde(default, rename = "super")]
    superuser: bool,
    #[serde(default)]
    view: Vec<u32>,
    #[serde(default)]
    write: Vec<u32>,
    #[serde(default)]
    admin: Vec<u32>,
}

impl ProbeRights {
    /// The rights in the model's words.
    pub fn rights(&self) -> Rights {
        if self.superuser {
            return Rights::all();
        }
        let each = |sites: &[u32], role| sites.iter().map(move |site| (*site, role)).collect::<Vec<_>>();
        let mut roles = each(&self.view, Role::View);
        roles.extend(each(&self.write, Role::Write));
        roles.extend(each(&self.admin, Role::Admin));
        Rights { superuser: false, roles: roles.into_iter().collect() }
    }
}

/// The probe's report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ProbeReport {
    /// The gate was passed, or had nothing to say.
    #[serde(default)]
    pub gate: bool,
    /// `failed` when authentication with a token failed.
    #[serde(default)]
    pub auth: Option<String>,
    #[serde(flatten)]
    rights: ProbeRights,
    /// Every dispatch as `Module.Action`.
    #[serde(default)]
    pub route: Vec<String>,
    /// What a dry request would have run; `none` when nothing answers.
    #[serde(default)]
    pub resolved: Option<String>,
    /// A permission check failed.
    #[serde(default)]
    pub denied: Option<String>,
    /// An error page was made.
    #[serde(default)]
    pub error: Option<ProbeError>,
    /// Rights inside a nested API call.
    #[serde(default)]
    pub nested: Option<ProbeRights>,
    /// Texts of refusals that leave no event, by translation key.
    #[serde(default)]
    texts: BTreeMap<String, String>,
}

impl ProbeReport {
    /// Reads the header's value.
    pub fn parse(header: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(header)
    }

    /// Whether nothing was reported but texts: the request ended before anything that the probe listens to.
    pub fn is_silent(&self) -> bool {
        !self.gate && self.auth.is_none() && self.denied.is_none() && self.error.is_none() && self.route.is_empty()
    }

    /// The reason behind the text of an error in an API format, where it is one of the texts told beforehand.
    pub fn reason_of_text(&self, text: &str) -> Option<Reason> {
        let (key, _) = self.texts.iter().find(|(_, known)| text.starts_with(known.as_str()))?;
        reason_of_key(key)
    }

    /// Who the request ran as.
    pub fn who(&self) -> Who {
        let login = if self.rights.login.is_empty() { "anonymous" } else { &self.rights.login };
        Who { login: login.to_owned(), rights: self.rights.rights() }
    }
}

/// The reason behind a translation key.
pub fn reason_of_key(key: &str) -> Option<Reason> {
    Some(match key {
        "Widgetize_TooHighAccessLevel" => Reason::GateSuperUser,
        "Widgetize_ViewAccessRequired" => Reason::GateSomeWrite,
        "Login_LoginNotAllowedBecauseBlocked" => Reason::BruteForce,
        "General_ConflictingAuthenticationParametersProvided" => Reason::Conflict,
        "General_ScopedTokenCannotUseApiSession" => Reason::ScopedSession,
        "General_YouMustBeLoggedIn"
        | "General_ExceptionPrivilege"
        | "General_ExceptionCheckUserHasSuperUserAccessOrIsTheUser"
        | "General_ExceptionCapabilityAccessWebsite"
        | "General_ExceptionPrivilegeAccessWebsite"
        | "General_ExceptionPrivilegeAtLeastOneWebsite" => Reason::NoRight,
        "Widgetize_ErrorTokenAuthFailed" | "Widgetize_ErrorTokenAuthFailedDisabledByPolicy" => Reason::WidgetToken,
        _ => return None,
    })
}
