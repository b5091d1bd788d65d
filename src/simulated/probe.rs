//! What the probe plugin reports in its one response header.

use std::fmt::Write as _;

use serde::Serialize;

use super::world::Rights;

/// The name of the probe plugin.
pub const PROBE: &str = "ConformanceProbe";
/// Its response header.
pub const HEADER: &str = "X-Conformance-Probe";
/// At most so many dispatches are reported.
const MOST_ROUTES: usize = 8;

/// One report; absent fields are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<&'static str>,
    #[serde(flatten)]
    actor: Option<Effective>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    route: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    denied: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nested: Option<Effective>,
}

/// Somebody's login and rights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Effective {
    login: String,
    #[serde(rename = "super")]
    super_user: bool,
    view: Vec<u32>,
    write: Vec<u32>,
    admin: Vec<u32>,
}

impl Effective {
    fn new(login: &str, rights: &Rights) -> Self {
        Self {
            login: login.to_owned(),
            super_user: rights.super_user,
            view: rights.view.clone(),
            write: rights.write.clone(),
            admin: rights.admin.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Error {
    class: &'static str,
    key: Option<&'static str>,
}

impl Report {
    /// `Platform.initialized` fired.
    pub fn initialized(&mut self) {
        self.gate = Some(true);
    }

    /// Authentication with a token failed.
    pub fn not_authenticated(&mut self) {
        self.auth = Some("failed");
    }

    /// Who the request runs as.
    pub fn runs_as(&mut self, login: &str, rights: &Rights) {
        self.actor = Some(Effective::new(login, rights));
    }

    /// One more dispatch.
    pub fn dispatched(&mut self, module: &str, action: &str) {
        if self.route.len() < MOST_ROUTES {
            self.route.push(format!("{module}.{action}"));
        }
    }

    /// The last dispatch.
    #[must_use]
    pub fn last_route(&self) -> &str {
        self.route.last().map_or("", String::as_str)
    }

    /// What a dry request found.
    pub fn resolved(&mut self, kind: &'static str) {
        self.resolved = Some(kind);
    }

    /// A permission check failed.
    pub fn denied(&mut self) {
        self.denied = Some("NoAccess");
    }

    /// An error page is shown.
    pub fn error(&mut self, class: &'static str, key: Option<&'static str>) {
        self.error = Some(Error { class, key });
    }

    /// An API error is made without any event: all that was seen is what was told before, and whether authentication failed.
    pub fn unseen(&mut self) {
        if self.gate.is_none() {
            *self = Self { auth: self.auth, ..Self::default() };
        }
    }

    /// Who the nested API call ran as.
    pub fn nested(&mut self, login: &str, rights: &Rights) {
        self.nested = Some(Effective::new(login, rights));
    }

    /// The header's value: one line of ASCII JSON, or nothing where no event was seen.
    #[must_use]
    pub fn header(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        // a struct of strings, numbers and lists always serialises
        let json = serde_json::to_string(self).unwrap_or_default();
        if json.is_ascii() {
            return json;
        }
        let mut ascii = String::with_capacity(json.len());
        for unit in json.encode_utf16() {
            match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => ascii.push(char::from(byte)),
                _ => {
                    // writing to a string cannot fail
                    let _ = write!(ascii, "\\u{unit:04x}");
                }
            }
        }
        ascii
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_fields_are_left_out() {
        assert_eq!(Report::default().header(), "");
        let mut report = Report::default();
        report.initialized();
        report.runs_as("a", &Rights::default());
        assert_eq!(report.header(), r#"{"gate":true,"login":"a","super":false,"view":[],"write":[],"admin":[]}"#);
    }

    #[test]
    fn the_header_is_ascii() {
        let mut report = Report::default();
        report.dispatched("M", "\u{e9}\u{1f600}");
        assert_eq!(report.header(), r#"{"route":["M.\u00e9\ud83d\ude00"]}"#);
    }
}
