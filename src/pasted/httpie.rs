//! A line of `HTTPie` (`http`, `https`) or of its twin `xh`, read into the request that it would send.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::address::{Address, Dots, not_a_credential};
use super::curl::method;
use super::exact::ExactRequest;
use super::headers::{Headers, base64};
use super::shell::Command;
use super::variables::{unset_variable, with_names};

const AGENT: &str = "HTTPie/3.2.2";

/// What stays in a form.
const IN_FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is encoded in an address.
const IN_ADDRESS: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// Switches that say nothing about the request.
const SWITCHES: [&str; 16] = [
    "verbose",
    "headers",
    "body",
    "meta",
    "quiet",
    "stream",
    "download",
    "continue",
    "follow",
    "check-status",
    "ignore-stdin",
    "offline",
    "print-body",
    "all",
    "debug",
    "pretty-all",
];

/// Options with a value that say nothing about the request.
const BESIDE: [&str; 13] = [
    "print",
    "pretty",
    "style",
    "output",
    "verify",
    "timeout",
    "max-redirects",
    "proxy",
    "cert",
    "cert-key",
    "ssl",
    "history-print",
    "response-charset",
];

/// How a body is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Json,
    Form,
}

/// What stands between the name of an item and its value, the longest first.
const SEPARATORS: [&str; 9] = [":=@", "==@", "=@", ":=", "==", "@", "=", ":", ";"];

/// Reads a command. What cannot be repeated is an error that names it.
pub fn read_httpie(command: &Command) -> Result<ExactRequest, String> {
    let program = command.words.first().map(String::as_str).unwrap_or_default();
    let scheme = if program.ends_with("https") || program.ends_with("xhs") { "https" } else { "http" };
    let (mut body, mut raw, mut user, mut bearer) = (Body::Json, None, None, false);
    let mut plain = Vec::new();
    let mut words = command.words.iter().skip(1);
    while let Some(word) = words.next() {
        let refused = || format!("{} of HTTPie cannot be repeated", with_names(word));
        let Some(option) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
            plain.push(word.clone());
            continue;
        };
        let (name, joined) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value.to_owned())));
        let mut value = || joined.clone().or_else(|| words.next().cloned()).ok_or_else(|| format!("nothing stands behind {word}"));
        match name {
            "f" | "-form" => body = Body::Form,
            "j" | "-json" => body = Body::Json,
            "-raw" => raw = Some(value()?),
            "a" | "-auth" => user = Some(value()?),
            "A" | "-auth-type" => {
                bearer = match value()?.as_str() {
                    "bearer" => true,
                    "basic" => false,
                    other => return Err(format!("--auth-type {other} of HTTPie cannot be repeated")),
                }
            }
            "p" | "s" | "o" => drop(value()?),
            long if long.strip_prefix('-').is_some_and(|long| BESIDE.contains(&long)) => drop(value()?),
            long if long.strip_prefix('-').is_some_and(|long| SWITCHES.contains(&long)) => {}
            letters if !letters.starts_with('-') && letters.chars().all(|letter| "vhbmqSdcFIi".contains(letter)) => {}
            _ => return Err(refused()),
        }
    }
    let has_more = plain.len() > 1;
    let mut plain = plain.into_iter().peekable();
    // Before an address, and of letters only, it is the method, in whatever case.
    let named = plain.next_if(|word| has_more && !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let named = named.map(|word| word.to_ascii_uppercase());
    let url = plain.next().ok_or("the line has no address")?;
    let url = whole(&url, scheme);
    let mut items = Items::default();
    for item in plain {
        items.take(&item)?;
    }
    let has_fields = !items.fields.is_empty() || raw.is_some();
    if named.is_none() && unset_variable(&url).is_some() && !url.contains('/') {
        return Err(format!("the address {:?} has no value", with_names(&url)));
    }
    let address = Address::read(&utf8_percent_encode(&url, IN_ADDRESS).to_string(), Dots::Removed)?;
    let mut request = address.request();
    request.method = method(named.as_deref().unwrap_or(if has_fields { "POST" } else { "GET" }))?;
    for pair in &items.query {
        request.query = Some(match request.query.take().filter(|query| !query.is_empty()) {
            Some(query) => format!("{query}&{pair}"),
            None => pair.clone(),
        });
    }
    let is_json = body == Body::Json && has_fields;
    let text = match (raw, body) {
        (Some(raw), _) => Some(with_names(&raw)),
        (None, _) if items.fields.is_empty() => None,
        (None, Body::Form) => Some(items.form()?),
        (None, Body::Json) => Some(items.json()?),
    };
    let authorization = user.or_else(|| address.user.clone()).map(|user| {
        let user = with_names(&user);
        if bearer { format!("Bearer {user}") } else { format!("Basic {}", base64(user.as_bytes())) }
    });
    let mut first: Vec<(String, String)> = authorization.into_iter().map(|value| ("Authorization".to_owned(), value)).collect();
    first.push(("User-Agent".to_owned(), AGENT.to_owned()));
    first.push(("Accept".to_owned(), if is_json { "application/json, */*;q=0.5" } else { "*/*" }.to_owned()));
    first.push(("Accept-Encoding".to_owned(), "gzip, deflate".to_owned()));
    if text.is_some() {
        let kind = if body == Body::Form { "application/x-www-form-urlencoded; charset=utf-8" } else { "application/json" };
        first.push(("Content-Type".to_owned(), kind.to_owned()));
    }
    request.headers = Headers::read(&items.headers)?.under(first)?;
    request.body = text.map(String::into_bytes);
    Ok(request)
}

/// `:8080/x` and `m.example/x` as whole addresses.
fn whole(url: &str, scheme: &str) -> String {
    match url.strip_prefix(':') {
        Some(rest) if rest.starts_with('/') || rest.is_empty() => format!("{scheme}://localhost{rest}"),
        Some(_) => format!("{scheme}://localhost{url}"),
        None if url.contains("://") || url.starts_with('$') || super::variables::leading_variable(url).is_some() => url.to_owned(),
        None => format!("{scheme}://{url}"),
    }
}

#[derive(Default)]
struct Items {
    headers: Vec<String>,
    query: Vec<String>,
    /// Name, value, and whether the value is JSON.
    fields: Vec<(String, String, bool)>,
}

impl Items {
    fn take(&mut self, item: &str) -> Result<(), String> {
        let (name, separator, value) = split(item).ok_or_else(|| format!("{:?} is no item of HTTPie", with_names(item)))?;
        let pair = |name: &str, value: &str| {
            let encode =
                |text: &str| if unset_variable(text).is_some() || text.starts_with('$') { with_names(text) } else { encoded(text) };
            format!("{}={}", encoded(name), encode(value))
        };
        if let Some(variable) = not_a_credential(&format!("{name}={value}"))
            && !name.eq_ignore_ascii_case("authorization")
            && !name.eq_ignore_ascii_case("cookie")
        {
            return Err(format!("the variable {variable} has no value: say --set {variable}=VALUE"));
        }
        match separator {
            ":" => self.headers.push(format!("{name}: {value}")),
            ";" => self.headers.push(format!("{name};")),
            "==" => self.query.push(pair(&name, &value)),
            "=" => self.fields.push((name, value, false)),
            ":=" => self.fields.push((name, value, true)),
            _ => return Err(format!("{:?} reads a file, which cannot be repeated", with_names(item))),
        }
        Ok(())
    }

    fn form(&self) -> Result<String, String> {
        if let Some((name, _, _)) = self.fields.iter().find(|(_, _, json)| *json) {
            return Err(format!("{name}:= in a form cannot be repeated"));
        }
        let value = |text: &str| if text.starts_with('$') || unset_variable(text).is_some() { with_names(text) } else { encoded(text) };
        Ok(self.fields.iter().map(|(name, text, _)| format!("{}={}", encoded(name), value(text))).collect::<Vec<_>>().join("&"))
    }

    fn json(&self) -> Result<String, String> {
        let mut object = Map::new();
        for (name, text, json) in &self.fields {
            if name.contains('[') {
                return Err(format!("the nested name {name:?} of HTTPie cannot be repeated: give --raw"));
            }
            let value = if *json {
                serde_json::from_str(text).map_err(|error| format!("{name}:={text} is no JSON: {error}"))?
            } else {
                Value::from(with_names(text))
            };
            object.insert(name.clone(), value);
        }
        // As Python writes it.
        let parts: Vec<String> = object.iter().map(|(name, value)| format!("{}: {value}", Value::from(name.as_str()))).collect();
        Ok(format!("{{{}}}", parts.join(", ")))
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, IN_FORM).to_string().replace("%20", "+")
}

/// Name, separator and value; a backslash before a separator makes it a letter.
fn split(item: &str) -> Option<(String, &'static str, String)> {
    let mut name = String::new();
    let mut rest = item;
    while let Some(letter) = rest.chars().next() {
        if letter == '\\' {
            let next = rest[1..].chars().next();
            match next {
                Some(next) if ":=@;\\".contains(next) => {
                    name.push(next);
                    rest = &rest[1 + next.len_utf8()..];
                }
                _ => {
                    name.push('\\');
                    rest = &rest[1..];
                }
            }
            continue;
        }
        if let Some(separator) = SEPARATORS.iter().find(|separator| rest.starts_with(**separator)) {
            return Some((name, separator, rest[separator.len()..].to_owned()));
        }
        name.push(letter);
        rest = &rest[letter.len_utf8()..];
    }
    None
}
