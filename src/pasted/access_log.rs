//! Lines of an access log in the common and the combined format.

use super::address::{Address, Dots};
use super::exact::ExactRequest;
use crate::model::Method;

/// What a line of a log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogLine {
    /// A request that can be asked again, and the status it was answered with.
    Request(Box<ExactRequest>, u16),
    /// One that cannot, and why.
    LeftOut(&'static str),
}

/// Reads a line; one that is in neither format is an error.
pub fn read_log_line(line: &str) -> Result<LogLine, String> {
    let (request, status) = parts(line).ok_or(
        "it is no line of an access log in the common or combined format: HOST - USER [TIME] \"METHOD TARGET PROTOCOL\" STATUS BYTES",
    )?;
    // What a server did not understand stands there as it came.
    let mut words = request.split(' ');
    let (Some(method), Some(target), Some(_), None) = (words.next(), words.next(), words.next(), words.next()) else {
        return Ok(LogLine::LeftOut("are no requests in HTTP"));
    };
    let method = match method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" | "PUT" => return Ok(LogLine::LeftOut("have a body, which no log tells")),
        _ => return Ok(LogLine::LeftOut("have a method that decides nothing")),
    };
    let target = unescaped(target);
    let path = target.split('?').next().unwrap_or_default();
    if path.ends_with("matomo.php") || path.ends_with("piwik.php") {
        return Ok(LogLine::LeftOut("ask the tracker, which has no gate"));
    }
    let whole = if target.starts_with('/') { format!("http://log{target}") } else { target };
    let Ok(address) = Address::read(&whole, Dots::Removed) else { return Ok(LogLine::LeftOut("ask for no index.php")) };
    let mut request = address.request();
    request.origin = String::new();
    request.method = method;
    if !super::har::is_of_matomo(&request) && request.query.is_some() {
        return Ok(LogLine::LeftOut("ask for nothing that is Matomo's"));
    }
    Ok(LogLine::Request(Box::new(request), status))
}

/// Whether a line is one of a log.
pub fn is_log_line(line: &str) -> bool {
    parts(line).is_some()
}

/// What stands between the quotes behind the time, and the status.
fn parts(line: &str) -> Option<(&str, u16)> {
    let (before, rest) = line.split_once(" [")?;
    // Host, identity and user; some put a virtual host in front.
    if before.split(' ').filter(|word| !word.is_empty()).count() < 3 {
        return None;
    }
    let (time, rest) = rest.split_once("] \"")?;
    if !time.contains(':') {
        return None;
    }
    let end = rest.char_indices().find(|(at, letter)| *letter == '"' && !rest[..*at].ends_with('\\')).map(|(at, _)| at)?;
    let mut words = rest[end + 1..].split_whitespace();
    let status = words.next().filter(|word| word.len() == 3)?.parse().ok()?;
    words.next().filter(|bytes| *bytes == "-" || bytes.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some((&rest[..end], status))
}

/// Servers write quotes and backslashes with a backslash, and other bytes as `\xHH`.
fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'x') => {
                let digits: Vec<u8> = bytes.by_ref().take(2).collect();
                let code = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
                out.extend(code);
            }
            Some(b't') => out.push(b'\t'),
            Some(b'n') => out.push(b'\n'),
            Some(other) => out.push(other),
            None => out.push(b'\\'),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "192.0.2.1 - - [27/Nov/2026:13:00:00 +0000] \"GET /matomo/index.php?module=API&a=\\\"b HTTP/1.1\" 200 512",
        Some("module=API&a=\"b")
    )]
    #[case(
        "m.example:80 192.0.2.1 - me [27/Nov/2026:13:00:00 +0000] \"HEAD /?module=A HTTP/2\" 302 - \"http://r/\" \"an agent\"",
        Some("module=A")
    )]
    #[case("192.0.2.1 - - [27/Nov/2026:13:00:00 +0000] \"POST /index.php HTTP/1.1\" 200 5 \"-\" \"-\"", None)]
    #[case("192.0.2.1 - - [27/Nov/2026:13:00:00 +0000] \"GET /matomo.php?rec=1 HTTP/1.1\" 204 0", None)]
    #[case("192.0.2.1 - - [27/Nov/2026:13:00:00 +0000] \"\\x16\\x03\\x01\" 400 0 \"-\" \"-\"", None)]
    #[case("192.0.2.1 - - [27/Nov/2026:13:00:00 +0000] \"GET /js/container.js HTTP/1.1\" 200 9", None)]
    fn lines_of_both_formats_are_read(#[case] line: &str, #[case] query: Option<&str>) {
        match (read_log_line(line).expect("a line of a log"), query) {
            (LogLine::Request(request, _), Some(query)) => assert_eq!(request.query.as_deref(), Some(query)),
            (LogLine::LeftOut(_), None) => {}
            (other, _) => panic!("{other:?}"),
        }
    }

    #[rstest]
    #[case("{\"time\":\"x\",\"request\":\"GET / HTTP/1.1\"}")]
    #[case("2026-11-27 13:00:00 192.0.2.1 GET /index.php - 80")]
    #[case("[Fri Nov 27 13:00:00.1 2026] [php:error] [pid 1] x")]
    #[case("just words")]
    fn another_format_is_an_error(#[case] line: &str) {
        assert!(read_log_line(line).is_err());
    }
}
