//! The curl line that repeats a request, with `$TOKEN_…` where a secret stands.

use std::fmt::Write as _;

use super::probe::DRY_HEADER;
use crate::model::{Body, Dispatch, Method, Parameters, Request, Value, World};

/// A line for a POSIX shell in which the tokens are exported under their placeholders' names.
pub fn curl_line(slot: &str, request: &Request) -> String {
    let mut line = String::from("curl -sS -i");
    match request.method {
        Method::Head => line.push_str(" -I"),
        Method::Put => line.push_str(" -X PUT"),
        Method::Get | Method::Post => {}
    }
    if request.dispatch == Dispatch::Dry {
        let _ = write!(line, " -H '{DRY_HEADER}: dry'");
    }
    if request.xhr {
        line.push_str(" -H 'X-Requested-With: XMLHttpRequest'");
    }
    if let Some(value) = &request.referrer {
        let _ = write!(line, " -e {}", shell(value));
    }
    if let Some(value) = &request.authorization {
        let _ = write!(line, " -H {}", shell(&format!("Authorization: {value}")));
    }
    let session = request.cookie.iter().map(|user| format!("MATOMO_SESSID=${}", World::cookie_of(user)));
    let cookies: Vec<String> = session.chain(request.cookies.iter().map(|(name, value)| format!("{name}={value}"))).collect();
    if !cookies.is_empty() {
        let _ = write!(line, " -H {}", shell(&format!("Cookie: {}", cookies.join("; "))));
    }
    for (name, value) in &request.headers {
        let _ = write!(line, " -H {}", shell(&format!("{name}: {value}")));
    }
    if let Some(Body::Multipart(form)) = &request.body {
        // A part is not encoded, and neither a file nor a type is meant.
        for pair in decoded_pairs(form) {
            let option = if pair.contains([';', '@', '<', '"', '(']) { "--form-string" } else { "-F" };
            let _ = write!(line, " {option} {}", shell(&pair));
        }
    } else if let Some(body) = &request.body {
        let _ = write!(line, " -H 'Content-Type: {}' --data-raw {}", body.content_type(), shell(body.text()));
    }
    let agent = request.agent.as_deref().map_or_else(|| "''".to_owned(), shell);
    let _ = write!(line, " -A {agent} -g {}", shell(&format!("${}/index.php?{}", url_placeholder(slot), request.query)));
    line
}

/// `name=value` of each part, decoded; what no argument can carry stays encoded.
fn decoded_pairs(form: &str) -> Vec<String> {
    let pairs = Parameters::parse(form);
    let texts = pairs.iter().flat_map(|(name, value)| match value {
        Value::Text(value) => vec![format!("{name}={value}")],
        Value::Array(elements) => elements.iter().map(|(key, value)| format!("{name}[{key}]={value}")).collect(),
    });
    texts.map(|pair| pair.replace('\0', "%00")).collect()
}

/// Name that stands for a slot's address: `list-even` gives `URL_LIST_EVEN`. Ports are found anew by each run, and a report
/// must not depend on them.
pub fn url_placeholder(slot: &str) -> String {
    format!("URL_{}", slot.to_uppercase().replace('-', "_"))
}

/// Double quotes, so that a shell fills in placeholders and nothing else.
pub fn shell(text: &str) -> String {
    let mut out = String::from("\"");
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        match letter {
            '"' | '\\' | '`' => out.extend(['\\', letter]),
            // Within double quotes an interactive shell looks for its history, and a backslash before it would stay.
            '!' => out.push_str("\"'!'\""),
            '$' if !["$TOKEN_", "$SESSION_", "$URL_"].iter().any(|known| rest.starts_with(known)) => out.push_str("\\$"),
            _ => out.push(letter),
        }
        rest = &rest[letter.len_utf8()..];
    }
    out.push('"');
    out
}
