//! The code that embeds a widget, and links of a page or a forum: the addresses in it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::address::is_address;
use super::program::looks_like_commands;

static ATTRIBUTE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?is)<(?:iframe|frame|img|embed|script|link|object|a)\s[^>]*?\b(?:src|href|data)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))[^>]*>?"#)
        .ok()
});
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\]\(\s*<?([^\s)>]+)>?[^)]*\)").ok());
static AUTOLINK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"<(https?://[^\s<>]+)>").ok());
static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^\s*</?[A-Za-z][A-Za-z0-9]*(?:\s+[A-Za-z_:][\w:.-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)*\s*/?>"#).ok()
});

/// Addresses of a Matomo in HTML or Markdown, with the number of their line. None where it is neither.
pub fn addresses(text: &str) -> Vec<(usize, String)> {
    taken_out(text).0
}

/// The addresses of a text, and the text with blanks in their place.
pub fn taken_out(text: &str) -> (Vec<(usize, String)>, String) {
    let (mut all, mut rest) = (Vec::new(), text.to_owned());
    for (pattern, is_html) in [(&*ATTRIBUTE, true), (&*LINK, false), (&*AUTOLINK, false)] {
        let before = rest.clone();
        for found in pattern.iter().flat_map(|pattern| pattern.captures_iter(&before)) {
            let (Some(whole), Some(value)) = (found.get(0), found.iter().skip(1).flatten().next()) else { continue };
            let address = if is_html { html_escape::decode_html_entities(value.as_str()).into_owned() } else { value.as_str().to_owned() };
            if is_address(&address) {
                all.push((before[..value.start()].matches('\n').count() + 1, address.trim().to_owned()));
                blank(&mut rest, whole.range());
                // A link shows its own address as its text, too.
                let shown = before[whole.end()..].split(['<', '\n']).next().unwrap_or_default();
                if html_escape::decode_html_entities(shown.trim()) == address {
                    blank(&mut rest, whole.end()..whole.end() + shown.len());
                }
            }
        }
    }
    all.sort_by_key(|(line, _)| *line);
    (all, rest)
}

fn blank(text: &mut String, range: Range<usize>) {
    let blanks: String = text[range.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(range, &blanks);
}

/// Where markup ends with which a text of commands begins, in bytes: a tag, or a line with links in it.
pub fn end_of_markup(text: &str) -> Option<usize> {
    let line = text.lines().next().unwrap_or_default();
    let tag = TAG.as_ref().and_then(|tag| tag.find(text)).map(|found| found.end());
    tag.or_else(|| (!looks_like_commands(line) && !addresses(line).is_empty()).then_some(line.len()))
}
