//! The code that embeds a widget, and links of a page or a forum: the addresses in it.

use std::sync::LazyLock;

use regex::Regex;

use super::is_address;

static ATTRIBUTE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?is)<(?:iframe|frame|img|embed|a)\s[^>]*?\b(?:src|href)\s*=\s*(?:"([^"]*)"|'([^']*)')"#).ok());
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\]\(\s*<?([^\s)>]+)>?[^)]*\)").ok());

/// Addresses of a Matomo in HTML or Markdown, with the number of their line. None where it is neither.
pub fn addresses(text: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for (pattern, is_html) in [(&*ATTRIBUTE, true), (&*LINK, false)] {
        for found in pattern.iter().flat_map(|pattern| pattern.captures_iter(text)) {
            let Some(value) = found.iter().skip(1).flatten().next() else { continue };
            let address = if is_html { html_escape::decode_html_entities(value.as_str()).into_owned() } else { value.as_str().to_owned() };
            if is_address(&address) {
                all.push((text[..value.start()].matches('\n').count() + 1, address.trim().to_owned()));
            }
        }
    }
    all.sort_by_key(|(line, _)| *line);
    all
}
