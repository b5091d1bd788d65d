//! Request parameters as PHP reads them, from raw bytes, and Matomo's way of cleaning them.
//!
//! Checked against `parse_str` and `html_entity_decode` of PHP 8.2.

use std::collections::BTreeMap;

/// One parameter as PHP keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A scalar: always bytes, never trimmed.
    Text(Vec<u8>),
    /// An array: keys, empty where PHP counts, and scalars.
    Array(Vec<(Vec<u8>, Vec<u8>)>),
}

/// `$_GET` or `$_POST`.
pub type Parameters = BTreeMap<Vec<u8>, Value>;

/// How names and duplicates are read: the default is PHP, the rest are planted faults.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Dots and spaces in names become underscores.
    pub mangle: bool,
    /// The last of two equal names counts.
    pub last_wins: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self { mangle: true, last_wins: true }
    }
}

/// Reads `a=1&b=2`.
#[must_use]
pub fn urlencoded(raw: &[u8], reading: Reading) -> Parameters {
    let mut parameters = Parameters::new();
    for pair in raw.split(|&byte| byte == b'&').filter(|p| !p.is_empty()) {
        let (name, value) = match pair.iter().position(|&byte| byte == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        register(&mut parameters, &decode(name), decode(value), reading);
    }
    parameters
}

/// Reads a multipart form; parts with a file name are uploads, not parameters.
#[must_use]
pub fn multipart(content_type: &str, body: &[u8], reading: Reading) -> Parameters {
    let mut parameters = Parameters::new();
    let Some(boundary) = attribute(content_type, "boundary") else {
        return parameters;
    };
    let delimiter = format!("--{boundary}").into_bytes();
    let mut rest = body;
    while let Some(at) = find(rest, &delimiter) {
        rest = &rest[at + delimiter.len()..];
        let end = find(rest, &delimiter).unwrap_or(rest.len());
        let part = rest[..end].strip_prefix(b"\r\n").unwrap_or(&rest[..end]);
        let Some(gap) = find(part, b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&part[..gap]);
        let content = &part[gap + 4..];
        let content = content.strip_suffix(b"\r\n").unwrap_or(content);
        let disposition = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"));
        let Some(disposition) = disposition else {
            continue;
        };
        if attribute(disposition, "filename").is_some() {
            continue;
        }
        if let Some(name) = attribute(disposition, "name") {
            register(&mut parameters, name.as_bytes(), content.to_vec(), reading);
        }
    }
    parameters
}

fn attribute(header: &str, name: &str) -> Option<String> {
    for piece in header.split(';').skip(1) {
        let Some((key, value)) = piece.trim().split_once('=') else {
            continue;
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim().trim_matches('"').to_owned());
        }
    }
    None
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Percent decoding with `+` for a space; broken escapes stay as they are.
#[must_use]
pub fn decode(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let hex = |offset: usize| raw.get(at + offset).and_then(|&byte| char::from(byte).to_digit(16));
        match (raw[at], hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                // two hexadecimal digits always fit a byte
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 3;
            }
            (b'+', _, _) => {
                out.push(b' ');
                at += 1;
            }
            (byte, _, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// `php_register_variable_ex`: the name up to a NUL, leading spaces dropped, dots and spaces turned into `_`,
/// a matched bracket makes an array, an unmatched one turns into `_`.
fn register(parameters: &mut Parameters, name: &[u8], value: Vec<u8>, reading: Reading) {
    let end = name.iter().position(|&b| b == 0).unwrap_or(name.len());
    let start = name[..end].iter().position(|&b| b != b' ').unwrap_or(end);
    let name = &name[start..end];
    let open = name.iter().position(|&b| b == b'[').unwrap_or(name.len());
    if open == 0 {
        return;
    }
    let is_array = name[open..].contains(&b']');
    let base = if is_array { &name[..open] } else { name };
    let key: Vec<u8> = base
        .iter()
        .map(|&byte| match byte {
            b' ' | b'.' | b'[' if reading.mangle => b'_',
            other => other,
        })
        .collect();
    if !reading.last_wins && parameters.contains_key(&key) {
        return;
    }
    if !is_array {
        parameters.insert(key, Value::Text(value));
        return;
    }
    let close = name.iter().position(|&b| b == b']').unwrap_or(name.len());
    let index = name.get(open + 1..close).unwrap_or_default().to_vec();
    let mut elements = match parameters.remove(&key) {
        Some(Value::Array(elements)) => elements,
        _ => Vec::new(),
    };
    if !index.is_empty()
        && let Some(known) = elements.iter_mut().find(|(known, _)| *known == index)
    {
        known.1 = value;
    } else {
        elements.push((index, value));
    }
    parameters.insert(key, Value::Array(elements));
}

/// How a text is cleaned: the default is Matomo, the rest are planted faults or newer releases.
#[allow(clippy::struct_excessive_bools)] // four independent steps
#[derive(Clone, Copy, Debug)]
pub struct Cleaning {
    /// Decode HTML entities first.
    pub entities: bool,
    /// Remove NUL bytes.
    pub nul: bool,
    /// Escape for HTML at the end.
    pub escape: bool,
    /// Read the first element of an array (never Matomo).
    pub arrays: bool,
}

impl Cleaning {
    /// `Common::getRequestVar` with type string: names in every release, tokens up to 5.3.
    pub const NAMES: Self = Self { entities: true, nul: true, escape: true, arrays: false };
    /// `Request::getStringParameter`: tokens from 5.4 on.
    pub const TOKENS: Self = Self { entities: false, nul: true, escape: false, arrays: false };

    /// The cleaned text, `''` for a missing parameter or an array.
    #[must_use]
    pub fn clean(self, value: Option<&Value>) -> String {
        let raw = match value {
            Some(Value::Text(raw)) => raw,
            Some(Value::Array(elements)) if self.arrays => match elements.first() {
                Some((_, raw)) => raw,
                None => return String::new(),
            },
            _ => return String::new(),
        };
        // Matomo falls back to reading broken UTF-8 as Latin-1
        let mut text = String::from_utf8(raw.clone()).unwrap_or_else(|_| raw.iter().map(|&byte| char::from(byte)).collect());
        if self.entities && text.contains('&') {
            text = decode_entities(&text);
        }
        if self.nul && text.contains('\0') {
            text.retain(|c| c != '\0');
        }
        if self.escape && text.contains(['&', '<', '>', '"', '\'']) {
            text = escape(&text);
        }
        text
    }
}

/// `Common::getRequestVar` with type int, of a cleaned value: 0 for what is no whole number in PHP's sense.
#[must_use]
pub fn whole_number(text: &str) -> i64 {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let word = text.contains(|c: char| c.is_ascii_alphabetic() && !c.eq_ignore_ascii_case(&'e'));
    let number = text.parse::<f64>().ok().filter(|number| !word && number.fract() == 0.0);
    #[allow(clippy::cast_possible_truncation)] // whole, and saturated where it is too large
    number.map_or(0, |number| number as i64)
}

/// `htmlspecialchars` with quotes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#039;"),
            other => out.push(other),
        }
    }
    out
}

/// `htmlspecialchars_decode` with quotes.
#[must_use]
pub fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#039;", "'").replace("&amp;", "&")
}

/// `html_entity_decode` with quotes, HTML 4.01: numeric entities and the named ones that can matter in a name.
fn decode_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let decoded = tail.find(';').and_then(|end| Some((entity(&tail[1..end])?, end)));
        if let Some((c, end)) = decoded {
            out.push(c);
            rest = &tail[end + 1..];
        } else {
            out.push('&');
            rest = &tail[1..];
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    let code = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok()?,
            None if number.bytes().all(|b| b.is_ascii_digit()) => number.parse().ok()?,
            _ => return None,
        },
        None => {
            return match name {
                "amp" => Some('&'),
                "lt" => Some('<'),
                "gt" => Some('>'),
                "quot" => Some('"'),
                "nbsp" => Some('\u{a0}'),
                _ => None,
            };
        }
    };
    // code points HTML 4.01 allows; `&#0;` and `&#128;` stay as they are
    let allowed = matches!(code, 0x09 | 0x0A | 0x0D | 0x20..=0x7E | 0xA0..=0x10_FFFF);
    char::from_u32(code).filter(|_| allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(query: &str, name: &str) -> Option<Value> {
        urlencoded(query.as_bytes(), Reading::default()).get(name.as_bytes()).cloned()
    }

    #[allow(clippy::unnecessary_wraps)] // the tables compare with what a map gives
    fn array(elements: &[(&str, &str)]) -> Option<Value> {
        Some(Value::Array(elements.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()))
    }

    #[allow(clippy::unnecessary_wraps)] // the tables compare with what a map gives
    fn text(raw: &str) -> Option<Value> {
        Some(Value::Text(raw.as_bytes().to_vec()))
    }

    #[test]
    fn names_as_php_registers_them() {
        for (query, name, expected) in [
            ("a[b.c=1", "a_b_c", text("1")),
            ("a[=1", "a_", text("1")),
            ("[a=1", "a", None),
            ("+.a=1", "_a", text("1")),
            ("%20a=1", "a", text("1")),
            ("a%00b=1", "a", text("1")),
            ("a.b=1", "a_b", text("1")),
            ("a]b=1", "a]b", text("1")),
            ("A=1", "a", None),
            ("a", "a", text("")),
            ("&&a=1&", "a", text("1")),
            ("a=1&a=2", "a", text("2")),
            ("a=1&a[]=2", "a", array(&[("", "2")])),
            ("a[]=1&a[x]=3", "a", array(&[("", "1"), ("x", "3")])),
            ("a[x]=1&a[y][z]=2&a[x]=3", "a", array(&[("x", "3"), ("y", "2")])),
            ("a[]=1&a=2", "a", text("2")),
            ("a=%41%2541+%zz", "a", text("A%41 %zz")),
        ] {
            assert_eq!(get(query, name), expected, "{query}");
        }
    }

    #[test]
    fn multipart_reads_fields_and_skips_files() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"token.auth\"\r\n\r\nsecret\r\n--b\r\n\
            content-disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\nno\r\n--b--\r\n";
        let read = multipart("multipart/form-data; boundary=\"b\"", body, Reading::default());
        assert_eq!(read.len(), 1);
        assert_eq!(read.get(&b"token_auth"[..]).cloned(), text("secret"));
    }

    #[test]
    fn names_are_decoded_stripped_and_escaped() {
        for (raw, expected) in [
            ("&#65;PI", "API"),
            ("&#x41;&#X41;", "AA"),
            ("API\0", "API"),
            ("\0", ""),
            ("&#0;", "&amp;#0;"),
            ("&#39", "&amp;#39"),
            ("&apos;", "&amp;apos;"),
            ("need&x", "need&amp;x"),
            ("it's", "it&#039;s"),
            ("&amp;lt;", "&amp;lt;"),
            (" API", " API"),
            ("0", "0"),
        ] {
            assert_eq!(Cleaning::NAMES.clean(text(raw).as_ref()), expected, "{raw:?}");
        }
        assert_eq!(Cleaning::NAMES.clean(Some(&Value::Text(vec![0xff]))), "\u{ff}");
        assert_eq!(Cleaning::NAMES.clean(array(&[("", "x")]).as_ref()), "");
    }

    #[test]
    fn newer_tokens_lose_nul_only() {
        assert_eq!(Cleaning::TOKENS.clean(text("a\0b").as_ref()), "ab");
        assert_eq!(Cleaning::TOKENS.clean(text("&#65;").as_ref()), "&#65;");
    }
}
