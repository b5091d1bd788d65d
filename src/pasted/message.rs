//! A request as it goes over the wire, as proxies and developer tools show it: a request line, headers, and a body behind an empty line.

use super::address::{Address, Dots, is_address};
use super::curl::method;
use super::exact::ExactRequest;
use super::headers::Headers;

/// Methods in front of an address, as documents write a request.
const METHODS: [&str; 3] = ["GET", "POST", "HEAD"];

/// Whether a text begins with a line such as `GET /index.php?module=API HTTP/1.1`; the version may be missing.
pub fn is_message(text: &str) -> bool {
    let first = text.trim_start().lines().next().unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    match words.as_slice() {
        [name, _, version] => version.starts_with("HTTP/") && name.bytes().all(|byte| byte.is_ascii_uppercase()),
        [name, target] => METHODS.contains(name) && is_address(target),
        _ => false,
    }
}

/// What programs print of an exchange beside the request itself.
const TOLD: [&str; 4] = ["location:", "content-security-policy:", "set-cookie:", "* issue another request"];

/// Whether a line is what a program prints of an exchange: `curl -v` of what it sends, or an answer's header that names an address.
pub fn is_trace(line: &str) -> bool {
    let plain = line.strip_prefix("> ").or_else(|| line.strip_prefix("< "));
    let is_header = |text: &str| {
        text.split_once(": ")
            .is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    };
    let said = plain.unwrap_or(line).to_ascii_lowercase();
    plain.is_some_and(|text| is_message(text) || is_header(text)) || TOLD.iter().any(|name| said.starts_with(name))
}

/// Reads one.
///
/// # Errors
/// What cannot be repeated, with its line.
pub fn read_message(text: &str) -> Result<(ExactRequest, Vec<String>), String> {
    let text = text.trim_start();
    let (head, body) = match (text.find("\r\n\r\n"), text.find("\n\n")) {
        (Some(end), None) => (&text[..end], &text[end + 4..]),
        (Some(end), Some(plain)) if end < plain => (&text[..end], &text[end + 4..]),
        (_, Some(end)) => (&text[..end], &text[end + 2..]),
        (None, None) => (text, ""),
    };
    let mut lines = head.lines();
    let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let ([name, target] | [name, target, _]) = words.as_slice() else {
        return Err("line 1: a request line has a method, a target without spaces, and a version".to_owned());
    };
    let pair = |(index, line): (usize, &'_ str)| match line.split_once(':') {
        Some((name, value)) if !name.starts_with([' ', '\t']) => Ok((name.to_owned(), value.trim().to_owned())),
        _ => Err(format!("line {}: {:?} is no header", index + 2, line.trim_end())),
    };
    let headers: Vec<(String, String)> = lines.enumerate().map(pair).collect::<Result<_, _>>()?;
    let of = |name: &str| headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    let address = match of("host") {
        Some(host) if target.starts_with('/') => format!("http://{host}{target}"),
        None if target.starts_with('/') => format!("http://pasted{target}"),
        _ => (*target).to_owned(),
    };
    let mut request = Address::read(&address, Dots::Kept)?.request();
    request.method = method(name)?;
    let length = of("content-length").map(|length| length.parse::<usize>().map_err(|_| format!("Content-Length {length:?} is no number")));
    let length_is_missing = length.is_none();
    let mut notes = Vec::new();
    let body = match length.transpose()? {
        Some(length) if body.len() < length => {
            return Err(format!("the body has {} bytes and Content-Length says {length}: some of it is missing", body.len()));
        }
        Some(length) => {
            let Some((body, more)) = body.split_at_checked(length) else {
                return Err(format!("Content-Length {length} ends within a letter of the body"));
            };
            if more.lines().any(is_message) {
                return Err(format!("another request stands behind the {length} bytes of Content-Length: bring each as a file of its own"));
            }
            if !more.trim().is_empty() {
                notes.push(format!("cut off: {} bytes behind the {length} of Content-Length", more.len()));
            }
            body
        }
        // What an editor adds at the end of a file is nobody's.
        None => body.strip_suffix("\r\n").or_else(|| body.strip_suffix('\n')).unwrap_or(body),
    };
    if let Some((index, _)) = body.lines().enumerate().find(|(_, line)| is_message(line)).filter(|_| length_is_missing) {
        return Err(format!(
            "line {}: another request begins here: bring each as a file of its own, or say Content-Length",
            head.lines().count() + index + 2
        ));
    }
    if !body.is_empty() {
        request.body = Some(body.as_bytes().to_vec());
    }
    let mut all = Headers::default();
    for (name, value) in &headers {
        if let Some(letter) = value.chars().find(|letter| letter.is_ascii_control() && *letter != '\t') {
            return Err(format!("HTTP cannot carry {letter:?} in the header {name}"));
        }
        all.send(name, value)?;
    }
    request.headers = all.under(Vec::new())?;
    Ok((request, notes))
}
