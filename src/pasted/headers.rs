//! Headers as programs send them.

use base64::Engine as _;
use percent_encoding::percent_decode_str;

use super::variables::with_names;

/// Headers that belong to the connection, or to the address that is exchanged.
const OF_CONNECTION: [&str; 11] = [
    "host",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "content-length",
    "expect",
    "te",
    "upgrade",
    "http2-settings",
    "priority",
];

/// Headers of which a server makes one, each in its own way, where they are sent twice.
const ONCE: [&str; 5] = ["authorization", "cookie", "content-type", "x-requested-with", "x-conformance-dispatch"];

/// Headers that somebody wrote, and which of the usual ones they take away.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    written: Vec<(String, String)>,
    removed: Vec<String>,
    last: Option<(String, String)>,
}

impl Headers {
    /// Reads `Name: value`, `Name;` (no value) and `Name:` (not sent).
    pub fn read(lines: &[String]) -> Result<Self, String> {
        let mut headers = Self::default();
        for line in lines {
            let shown = with_names(line);
            if let Some(letter) = line.chars().find(|letter| letter.is_ascii_control() && *letter != '\t') {
                return Err(format!("HTTP cannot carry {letter:?} in the header {shown:?}"));
            }
            match (line.split_once(':'), line.split_once(';')) {
                (Some((name, value)), _) => headers.written(name, value)?,
                (None, Some((name, ""))) => headers.send(name, "")?,
                _ if line.is_empty() => {}
                _ => return Err(format!("{shown:?} is no header: Name: value is needed")),
            }
        }
        Ok(headers)
    }

    fn written(&mut self, name: &str, value: &str) -> Result<(), String> {
        let value = with_names(value.trim_start_matches([' ', '\t']));
        if value.is_empty() {
            self.removed.push(name.trim().to_ascii_lowercase());
            return Ok(());
        }
        self.send(name, &value)
    }

    /// Adds one that is sent, even without a value.
    pub fn send(&mut self, name: &str, value: &str) -> Result<(), String> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)) {
            return Err(format!("HTTP cannot carry a header of the name {name:?}"));
        }
        let lower = name.to_ascii_lowercase();
        if lower.contains('_') && ONCE.contains(&lower.replace('_', "-").as_str()) {
            return Err(format!("the header {name} cannot be repeated: servers differ in whether it is {}", lower.replace('_', "-")));
        }
        if lower == "transfer-encoding" {
            return Err("a header Transfer-Encoding cannot be repeated: the body is sent as a whole".to_owned());
        }
        if OF_CONNECTION.contains(&lower.as_str()) {
            return Ok(());
        }
        if ONCE.contains(&lower.as_str()) && self.written.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Err(format!("two headers {name} cannot be repeated: servers differ in what they make of them"));
        }
        self.written.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// One that is sent at the end where nobody wrote it.
    pub fn last(&mut self, name: &str, value: Option<String>) {
        self.last = value.map(|value| (name.to_owned(), value));
    }

    /// All of them, behind those that a program sends by itself where nobody wrote them otherwise.
    pub fn under(self, first: Vec<(String, String)>) -> Result<Vec<(String, String)>, String> {
        let Self { written, removed, last } = self;
        let own = |name: &str| {
            removed.iter().any(|gone| gone.eq_ignore_ascii_case(name)) || written.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        let mut all: Vec<(String, String)> =
            first.into_iter().filter(|(name, _)| !own(name)).map(|(name, value)| (name, with_names(&value))).collect();
        let last = last.filter(|(name, _)| !own(name));
        if let Some((name, value)) = all.iter().find(|(_, value)| value.chars().any(|letter| letter.is_ascii_control() && letter != '\t')) {
            return Err(format!("HTTP cannot carry the header {name}: {value:?}"));
        }
        all.extend(written);
        all.extend(last);
        Ok(all)
    }
}

/// `dXNlcjpwYXNz`.
pub fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A percent-decoded text.
pub fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
