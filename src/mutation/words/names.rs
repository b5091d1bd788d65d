//! What may stand where a name is wanted: a text, a constant, or an argument of the function around it.

use tree_sitter::Node;

use super::scope::Scope;
use crate::mutation::syntax::{Php, children, inner, operator};

/// A name as far as one file tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// It stands there.
    Text(String),
    /// A constant of a class in another file.
    Constant(String, String),
    /// The argument with this number of the function around it.
    Argument(usize),
}

/// How often a variable is followed to what it was made of.
const DEPTH: usize = 4;

/// Functions that give what they are given, or parts of it.
const PASSING: [&str; 9] = [
    "array_merge",
    "array_keys",
    "array_unique",
    "array_diff",
    "array_values",
    "array_intersect",
    "array_filter",
    "array_combine",
    "strtolower",
];

/// All names that an expression may come to.
pub(super) fn names(php: &Php<'_>, scope: &Scope<'_, '_>, node: Node<'_>) -> Vec<Name> {
    let mut found = Vec::new();
    collect(php, scope, node, DEPTH, &mut found);
    found.sort();
    found.dedup();
    found
}

fn collect(php: &Php<'_>, scope: &Scope<'_, '_>, node: Node<'_>, depth: usize, found: &mut Vec<Name>) {
    let node = inner(node);
    match node.kind() {
        "argument" | "array_element_initializer" => {
            // Of a pair the key is a name as well as the value.
            for part in children(node) {
                collect(php, scope, part, depth, found);
            }
        }
        "string" | "encapsed_string" => found.extend(php.string(node).map(|text| Name::Text(text.to_owned()))),
        "conditional_expression" => {
            for part in children(node).into_iter().skip(1) {
                collect(php, scope, part, depth, found);
            }
        }
        "array_creation_expression" => {
            for part in children(node) {
                collect(php, scope, part, depth, found);
            }
        }
        "binary_expression" if operator(node).is_some_and(|sign| matches!(php.of(sign), "??" | "+")) => {
            for part in children(node) {
                collect(php, scope, part, depth, found);
            }
        }
        "variable_name" if depth > 0 => {
            let name = php.of(node);
            if let Some(number) = scope.arguments.iter().position(|argument| *argument == name) {
                found.push(Name::Argument(number));
            }
            for value in scope.assigned.get(name).into_iter().flatten() {
                collect(php, scope, *value, depth - 1, found);
            }
        }
        "member_access_expression" | "scoped_property_access_expression" if depth > 0 => {
            let name = node.child_by_field_name("name").map(|name| php.of(name).trim_start_matches('$')).unwrap_or_default();
            for value in scope.file.properties.get(name).into_iter().flatten() {
                collect(php, scope, *value, depth - 1, found);
            }
        }
        "class_constant_access_expression" if depth > 0 => {
            let parts = children(node);
            let [class, name] = parts[..] else { return };
            let (class, name) = (php.of(class).rsplit('\\').next().unwrap_or_default(), php.of(name));
            match scope.file.constants.get(name) {
                Some(value) if matches!(class, "self" | "static") || class == scope.file.class => {
                    collect(php, scope, *value, depth - 1, found);
                }
                _ => found.push(Name::Constant(class.to_owned(), name.to_owned())),
            }
        }
        "function_call_expression" if depth > 0 && php.callee(node).is_some_and(|name| PASSING.contains(&name)) => {
            for argument in Php::arguments(node) {
                collect(php, scope, argument, depth - 1, found);
            }
        }
        _ => {}
    }
}
