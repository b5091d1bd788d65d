//! A `wget` command, read into the requests that `wget` itself would send.

use std::path::Path;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::address::{Address, Dots};
use super::curl::method;
use super::exact::ExactRequest;
use super::headers::{Headers, base64};
use super::shell::Command;
use super::variables::{unset_variable, with_names};
use crate::model::Method;

const AGENT: &str = "Wget/1.21.3";

/// Letters that `wget` encodes in an address.
const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// Switches that say nothing about the request, by letters and names.
const SWITCHES: [&str; 45] = [
    "b",
    "d",
    "q",
    "v",
    "F",
    "S",
    "4",
    "6",
    "x",
    "E",
    "background",
    "debug",
    "quiet",
    "verbose",
    "no-verbose",
    "retry-connrefused",
    "no-clobber",
    "no-netrc",
    "show-progress",
    "server-response",
    "random-wait",
    "no-proxy",
    "no-dns-cache",
    "inet4-only",
    "inet6-only",
    "no-iri",
    "no-directories",
    "force-directories",
    "no-host-directories",
    "adjust-extension",
    "ignore-length",
    "save-headers",
    "no-http-keep-alive",
    "no-cookies",
    "keep-session-cookies",
    "content-disposition",
    "content-on-error",
    "https-only",
    "no-check-certificate",
    "no-hsts",
    "trust-server-names",
    "no-config",
    "unlink",
    "xattr",
    "no-use-server-timestamps",
];

/// Options with a value that say nothing about the request.
const BESIDE: [&str; 39] = [
    "o",
    "a",
    "t",
    "O",
    "T",
    "w",
    "Q",
    "P",
    "B",
    "output-file",
    "append-output",
    "tries",
    "output-document",
    "timeout",
    "wait",
    "quota",
    "directory-prefix",
    "report-speed",
    "rejected-log",
    "retry-on-http-error",
    "progress",
    "dns-timeout",
    "connect-timeout",
    "read-timeout",
    "waitretry",
    "bind-address",
    "limit-rate",
    "prefer-family",
    "cut-dirs",
    "max-redirect",
    "proxy-user",
    "proxy-password",
    "save-cookies",
    "secure-protocol",
    "certificate",
    "private-key",
    "ca-certificate",
    "ca-directory",
    "ciphers",
];

/// Options that say something about the request, by letter and name.
const TELLS: [(&str, &str); 15] = [
    ("U", "user-agent"),
    ("", "header"),
    ("", "referer"),
    ("", "post-data"),
    ("", "post-file"),
    ("", "method"),
    ("", "body-data"),
    ("", "body-file"),
    ("", "user"),
    ("", "http-user"),
    ("", "password"),
    ("", "http-password"),
    ("", "http-passwd"),
    ("", "compression"),
    ("e", "execute"),
];

#[derive(Default)]
struct Told {
    urls: Vec<String>,
    headers: Vec<String>,
    agent: Option<String>,
    referrer: Option<String>,
    method: Option<String>,
    body: Option<Vec<u8>>,
    user: Option<String>,
    password: Option<String>,
    unasked: bool,
    spider: bool,
    gzip: bool,
    no_cache: bool,
}

/// Reads a command. What cannot be repeated is an error that names it.
pub fn read_wget(command: &Command, folder: &Path) -> Result<Vec<ExactRequest>, String> {
    let mut told = Told::default();
    let mut words = command.words.iter().skip(1);
    while let Some(word) = words.next() {
        let refused = || format!("{} of wget cannot be repeated", with_names(word));
        if let Some(long) = word.strip_prefix("--") {
            let (name, joined) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
            match name {
                "spider" => told.spider = true,
                "auth-no-challenge" => told.unasked = true,
                "no-cache" => told.no_cache = true,
                _ if SWITCHES.contains(&name) => {}
                _ => {
                    let tells = TELLS.iter().any(|(_, known)| *known == name);
                    if !tells && !BESIDE.contains(&name) {
                        return Err(refused());
                    }
                    let value = joined.or_else(|| words.next().cloned()).ok_or_else(|| format!("nothing stands behind {word}"))?;
                    if tells {
                        told.take(name, value, folder)?;
                    }
                }
            }
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            let mut rest = letters;
            while let Some(letter) = rest.get(..1) {
                if ["nv", "nc", "nd", "nH"].iter().any(|two| rest.starts_with(two)) {
                    rest = &rest[2..];
                    continue;
                }
                rest = &rest[1..];
                if SWITCHES.contains(&letter) {
                    continue;
                }
                let tells = TELLS.iter().find(|(short, _)| *short == letter);
                if tells.is_none() && !BESIDE.contains(&letter) {
                    return Err(refused());
                }
                let value = if rest.is_empty() { words.next().cloned() } else { Some(rest.to_owned()) };
                let value = value.ok_or_else(|| format!("nothing stands behind -{letter}"))?;
                if let Some((_, name)) = tells {
                    told.take(name, value, folder)?;
                }
                break;
            }
        } else {
            told.urls.push(word.clone());
        }
    }
    if told.urls.is_empty() {
        return Err("the line has no address".to_owned());
    }
    told.urls.iter().map(|url| told.request(url)).collect()
}

impl Told {
    fn take(&mut self, name: &str, value: String, folder: &Path) -> Result<(), String> {
        let may_be_a_token =
            matches!(name, "post-data" | "body-data") || (name == "header" && value.to_ascii_lowercase().starts_with("authorization:"));
        if let Some(variable) = unset_variable(&value)
            && !may_be_a_token
        {
            return Err(format!("the variable {variable} behind --{name} has no value: say --set {variable}=VALUE"));
        }
        let read = |file: &str| std::fs::read(folder.join(file)).map_err(|error| format!("cannot read {file}: {error}"));
        match name {
            "user-agent" => self.agent = Some(value),
            "header" => self.headers.push(value),
            "referer" => self.referrer = Some(value),
            "post-data" | "body-data" => {
                if let Some(variable) = super::address::not_a_credential(&value) {
                    return Err(format!("the variable {variable} has no value: say --set {variable}=VALUE"));
                }
                self.body = Some(with_names(&value).into_bytes());
                if name == "post-data" {
                    self.method = Some("POST".to_owned());
                }
            }
            "post-file" | "body-file" => {
                self.body = Some(read(&value)?);
                if name == "post-file" {
                    self.method = Some("POST".to_owned());
                }
            }
            "method" => self.method = Some(value.to_uppercase()),
            "user" | "http-user" => self.user = Some(value),
            "password" | "http-password" | "http-passwd" => self.password = Some(value),
            "compression" => self.gzip = value != "none",
            _ => return Err(format!("--{name} {value:?} of wget cannot be repeated")),
        }
        Ok(())
    }

    fn request(&self, url: &str) -> Result<ExactRequest, String> {
        let address = Address::read(&encoded(url), Dots::Removed)?;
        let mut request = address.request();
        let natural = if self.spider { "HEAD" } else { "GET" };
        request.method = method(self.method.as_deref().unwrap_or(natural))?;
        let mut headers = Headers::default();
        for line in &self.headers {
            let (name, value) = line.split_once(':').ok_or_else(|| format!("{line:?} is no header: Name: value is needed"))?;
            if value.chars().any(|letter| letter.is_ascii_control()) {
                return Err(format!("HTTP cannot carry the header {line:?}"));
            }
            headers.send(name.trim(), &with_names(value.trim()))?;
        }
        let own = |name: &str| (name.to_owned(), String::new());
        let mut first = Vec::new();
        first.extend(self.referrer.clone().map(|value| ("Referer".to_owned(), value)));
        let agent = self.agent.clone().unwrap_or_else(|| AGENT.to_owned());
        first.extend(Some(agent).filter(|agent| !agent.is_empty()).map(|value| ("User-Agent".to_owned(), value)));
        first.push(("Accept".to_owned(), "*/*".to_owned()));
        first.push((own("Accept-Encoding").0, if self.gzip { "gzip" } else { "identity" }.to_owned()));
        if self.no_cache {
            first.push(("Cache-Control".to_owned(), "no-cache".to_owned()));
            first.push(("Pragma".to_owned(), "no-cache".to_owned()));
        }
        // Without being asked for it, wget says no password.
        if let Some(user) = self.user.as_ref().filter(|_| self.unasked) {
            let both = format!("{user}:{}", self.password.as_deref().unwrap_or_default());
            first.push(("Authorization".to_owned(), format!("Basic {}", base64(both.as_bytes()))));
        }
        if self.body.is_some() {
            first.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        }
        request.headers = headers.under(first)?;
        request.body.clone_from(&self.body);
        if request.method == Method::Get && request.body.is_some() {
            return Err("wget refuses a body without --method or --post-data".to_owned());
        }
        Ok(request)
    }
}

/// An address as `wget` encodes it.
fn encoded(url: &str) -> String {
    let plain = utf8_percent_encode(url.split('#').next().unwrap_or_default(), UNSAFE).to_string();
    let bytes = plain.as_bytes();
    let mut out = String::with_capacity(plain.len());
    for (at, letter) in plain.char_indices() {
        let is_code = bytes.get(at + 1..at + 3).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit));
        if letter == '%' && !is_code { out.push_str("%25") } else { out.push(letter) }
    }
    out
}
