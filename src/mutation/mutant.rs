//! A mutant: one change to one function of one file.

use serde::Serialize;

use super::operator::{Edit, Operator};

/// How many letters of a line are shown on each side of a diff.
const SHOWN: usize = 120;

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mutant {
    /// `file:function:operator:number`, the number counting within operator and function.
    pub id: String,
    /// The operator.
    pub operator: Operator,
    /// Path of the file below the tree.
    pub file: &'static str,
    /// The function that is broken.
    pub function: String,
    /// First byte that is replaced.
    pub start: usize,
    /// First byte behind what is replaced.
    pub end: usize,
    /// What stands there instead.
    pub replacement: String,
    /// The line of the file.
    pub line: usize,
    /// Before and after in one line.
    pub diff: String,
}

impl Mutant {
    /// The mutated text of the file.
    pub fn apply(&self, text: &str) -> String {
        self.edit().apply(text)
    }

    fn edit(&self) -> Edit {
        Edit { operator: self.operator, start: self.start, end: self.end, replacement: self.replacement.clone() }
    }

    /// A mutant from an edit of a text.
    pub(super) fn new(file: &'static str, function: &str, number: usize, edit: Edit, text: &str) -> Self {
        let line = text[..edit.start].matches('\n').count() + 1;
        let id = format!("{file}:{function}:{}:{number}", edit.operator);
        let diff = diff(text, &edit);
        let Edit { operator, start, end, replacement } = edit;
        Self { id, operator, file, function: function.to_owned(), start, end, replacement, line, diff }
    }
}

/// The lines that change, before and after, without what they share but for some letters.
fn diff(text: &str, edit: &Edit) -> String {
    let from = text[..edit.start].rfind('\n').map_or(0, |at| at + 1);
    let to = text[edit.end..].find('\n').map_or(text.len(), |at| edit.end + at);
    let before = one_line(&text[from..to]);
    let after = one_line(&format!("{}{}{}", &text[from..edit.start], edit.replacement, &text[edit.end..to]));
    let same = before.chars().zip(after.chars()).take_while(|(one, other)| one == other).count();
    // Some letters before the change tell where it is.
    let skip = same.saturating_sub(SHOWN / 2);
    let after = if after.is_empty() { "(nothing)".to_owned() } else { cut(&after, skip) };
    format!("{}  =>  {after}", cut(&before, skip))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, skip: usize) -> String {
    let shown: String = text.chars().skip(skip).take(SHOWN).collect();
    let start = if skip > 0 { "…" } else { "" };
    let end = if text.chars().count() > skip + SHOWN { "…" } else { "" };
    format!("{start}{shown}{end}")
}
