//! Conditions of SQL queries: turned round, or met by every row.

use tree_sitter::Node;

use super::Site;
use crate::mutation::operator::{Edit, Operator};

/// What a part of a condition becomes, each once for every place where it stands.
const TURNS: [(&str, &[&str]); 9] = [
    (" > ?", &[" < ?", " >= ?"]),
    (" = ?", &[" != ?", " >= ?"]),
    (" = 0", &[" = 1", " >= 0"]),
    (" = 1", &[" = 0"]),
    (" is null", &[" is not null"]),
    (" or ", &[" and "]),
    (" and ", &[" or "]),
    (" USING (idsite)", &[" ON 1 = 1"]),
    (" JOIN ", &[" LEFT JOIN "]),
];

pub(super) fn at(site: &mut Site<'_, '_>, node: Node<'_>) {
    let written = matches!(node.kind(), "string_content") && node.parent().is_some_and(|parent| parent.kind() != "heredoc_body");
    if !written || !is_query(site.php.of(node)) {
        return;
    }
    let text = site.php.of(node);
    for (part, others) in TURNS {
        for (offset, found) in positions(text, part) {
            for other in others {
                let start = node.start_byte() + offset;
                let replacement =
                    if found.chars().any(|letter| letter.is_ascii_uppercase()) { other.to_uppercase() } else { (*other).to_owned() };
                site.edits.push(Edit { operator: Operator::LoosenQuery, start, end: start + found.len(), replacement });
            }
        }
    }
}

/// A whole query, or a piece that is put into one.
fn is_query(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().map(str::to_uppercase).collect();
    let has = |word: &str| words.iter().any(|other| other.trim_start_matches('(') == word);
    let compares = text.contains(" = ") || text.contains(" > ?") || has("NULL");
    has("SELECT") || has("WHERE") || (compares && (has("AND") || has("OR"))) || (has("JOIN") && has("USING"))
}

/// Where a part stands, whatever the case of its letters.
fn positions<'t>(text: &'t str, part: &str) -> Vec<(usize, &'t str)> {
    let lower = text.to_ascii_lowercase();
    let wanted = part.to_ascii_lowercase();
    lower.match_indices(&wanted).map(|(offset, _)| (offset, &text[offset..offset + wanted.len()])).collect()
}
