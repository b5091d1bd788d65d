//! The operators at work: each looks at one node of a function and says which changes it would make there.

mod conditions;
mod early;
mod guards;
mod levels;
mod queries;
mod settings;

use tree_sitter::Node;

use super::operator::{Edit, Operator};
use super::syntax::{Function, Php, walk};

/// What an operator sees.
pub(super) struct Site<'s, 't> {
    php: &'s Php<'t>,
    function: &'s Function<'s>,
    edits: Vec<Edit>,
}

impl Site<'_, '_> {
    fn replace(&mut self, operator: Operator, node: Node<'_>, replacement: impl Into<String>) {
        self.edits.push(Edit { operator, start: node.start_byte(), end: node.end_byte(), replacement: replacement.into() });
    }
}

/// All changes to a function, in the order of operators and then of the text.
pub(super) fn edits(php: &Php<'_>, function: &Function<'_>, about: &[&str]) -> Vec<Edit> {
    let mut site = Site { php, function, edits: Vec::new() };
    if about.is_empty() {
        early::returns(&mut site);
    }
    walk(function.body, &mut |node| {
        if about.is_empty() || about.iter().any(|word| php.of(node).contains(word)) {
            guards::at(&mut site, node);
            conditions::at(&mut site, node);
            levels::at(&mut site, node);
            queries::at(&mut site, node);
            settings::at(&mut site, node);
        }
        true
    });
    let mut edits = site.edits;
    edits.sort();
    edits.dedup();
    edits
}
