//! Functions that end at once.

use tree_sitter::Node;

use super::Site;
use crate::mutation::operator::{Edit, Operator};
use crate::mutation::syntax::{Php, children, inner, operator, walk};

/// Adds `return` at the beginning of the function, with each answer of the kinds that it gives.
pub(super) fn returns(site: &mut Site<'_, '_>) {
    let body = site.function.body;
    let mut values: Vec<Node<'_>> = Vec::new();
    let mut bare = false;
    walk(body, &mut |node| {
        if node.kind() == "return_statement" {
            match children(node).first() {
                Some(value) => values.push(inner(*value)),
                None => bare = true,
            }
        }
        // What is returned within a closure is not the function's answer.
        !matches!(node.kind(), "anonymous_function" | "arrow_function")
    });
    let declared = site.function.returns.unwrap_or_default().to_ascii_lowercase();
    let nullable = declared.is_empty() || declared.starts_with('?') || declared.contains("null") || declared == "mixed";
    let boolean = declared.is_empty() || declared.contains("bool") || declared == "mixed";
    let array = declared.is_empty() || declared.contains("array") || declared == "mixed";
    let kinds: Vec<ReturnedType> = values.iter().map(|value| kind(site.php, *value)).collect();
    let gives = |kind: ReturnedType| kinds.contains(&kind);
    let mut answers: Vec<&str> = Vec::new();
    if values.is_empty() || (bare && !nullable) {
        answers.push("");
    }
    if boolean && gives(ReturnedType::Bool) {
        answers.extend([" true", " false"]);
    }
    if nullable && gives(ReturnedType::Null) {
        answers.push(" null");
    }
    if array && gives(ReturnedType::Array) {
        answers.push(" []");
    }
    let start = body.start_byte() + 1;
    for answer in answers {
        site.edits.push(Edit { operator: Operator::ReturnEarly, start, end: start, replacement: format!(" return{answer};") });
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ReturnedType {
    Bool,
    Null,
    Array,
    Other,
}

fn kind(php: &Php<'_>, node: Node<'_>) -> ReturnedType {
    let compares = ["&&", "||", "===", "!==", "==", "!=", ">", "<", ">=", "<="];
    match node.kind() {
        "boolean" => ReturnedType::Bool,
        "null" => ReturnedType::Null,
        "array_creation_expression" => ReturnedType::Array,
        "unary_op_expression" if php.of(node).starts_with('!') => ReturnedType::Bool,
        "binary_expression" if operator(node).is_some_and(|sign| compares.contains(&php.of(sign))) => ReturnedType::Bool,
        _ => match php.callee(node) {
            Some(name) if name.starts_with("is") || name.starts_with("has") || name == "in_array" => ReturnedType::Bool,
            Some(name) if name.starts_with("array_") => ReturnedType::Array,
            _ => ReturnedType::Other,
        },
    }
}
