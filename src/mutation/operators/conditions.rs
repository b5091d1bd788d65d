//! Conditions and comparisons: turned round, loosened, widened, narrowed.

use tree_sitter::Node;

use super::Site;
use crate::mutation::operator::Operator;
use crate::mutation::syntax::{Php, inner, operator};

pub(super) fn at(site: &mut Site<'_, '_>, node: Node<'_>) {
    match node.kind() {
        "if_statement" | "else_if_clause" | "while_statement" | "conditional_expression" => {
            if let Some(condition) = node.child_by_field_name("condition") {
                negate(site, inner(condition));
            }
        }
        "return_statement" => {
            if let Some(value) = node.named_child(0).filter(|value| answers(site.php, inner(*value))) {
                negate(site, inner(value));
            }
        }
        "function_call_expression" if site.php.callee(node) == Some("in_array") => strict(site, node),
        _ => {}
    }
    let Some(sign) = operator(node).filter(|_| !site.php.is_foreign(node)) else { return };
    let text = site.php.of(sign);
    match text.to_ascii_lowercase().as_str() {
        "&&" => join(site, node, sign, Operator::Widen, "||"),
        "||" => join(site, node, sign, Operator::Narrow, "&&"),
        "and" => join(site, node, sign, Operator::Widen, "or"),
        "or" => join(site, node, sign, Operator::Narrow, "and"),
        "===" if !loose_already(site.php, node) => site.replace(Operator::Loosen, sign, "=="),
        "!==" if !loose_already(site.php, node) => site.replace(Operator::Loosen, sign, "!="),
        ">" => site.replace(Operator::Loosen, sign, ">="),
        "<" => site.replace(Operator::Loosen, sign, "<="),
        _ => {}
    }
}

/// Whether a strict comparison is no stricter than a loose one: with a word that is no number, or of a count.
fn loose_already(php: &Php<'_>, node: Node<'_>) -> bool {
    let sides = || ["left", "right"].iter().filter_map(|side| node.child_by_field_name(side)).map(inner);
    let word = |side: Node<'_>| php.string(side).is_some_and(|text| text.starts_with(|letter: char| letter.is_ascii_alphabetic()));
    let counts = |side: Node<'_>| php.callee(side).is_some_and(|name| ["count", "substr_count", "strlen"].contains(&name));
    sides().any(word) || sides().any(counts)
}

fn join(site: &mut Site<'_, '_>, node: Node<'_>, sign: Node<'_>, operator: Operator, other: &str) {
    site.replace(operator, sign, other);
    for side in ["left", "right"].iter().filter_map(|side| node.child_by_field_name(side)) {
        negate(site, side);
    }
}

/// Turns a condition round. Both sides of `&&` and `||` are turned round on their own as well.
fn negate(site: &mut Site<'_, '_>, node: Node<'_>) {
    if site.php.is_foreign(node) {
        return;
    }
    let text = site.php.of(node);
    if node.kind() == "boolean" {
        site.replace(Operator::Negate, node, if text.eq_ignore_ascii_case("true") { "false" } else { "true" });
        return;
    }
    let positive = (node.kind() == "unary_op_expression").then(|| text.strip_prefix('!')).flatten();
    let turned = positive.map_or_else(|| format!("!({text})"), |rest| rest.trim_start().to_owned());
    site.replace(Operator::Negate, node, turned);
}

/// Whether an expression is a yes or no.
fn answers(php: &Php<'_>, node: Node<'_>) -> bool {
    let comparison = ["&&", "||", "===", "!==", "==", "!=", ">", "<", ">=", "<="];
    match node.kind() {
        "unary_op_expression" => php.of(node).starts_with('!'),
        "binary_expression" => operator(node).is_some_and(|sign| comparison.contains(&php.of(sign))),
        "boolean" => true,
        _ => php.callee(node).is_some_and(|name| ["is", "has", "in_array"].iter().any(|start| name.starts_with(start))),
    }
}

/// `in_array` without its strictness.
fn strict(site: &mut Site<'_, '_>, node: Node<'_>) {
    let arguments = Php::arguments(node);
    if let [_, list, flag] = arguments[..]
        && site.php.of(flag).eq_ignore_ascii_case("true")
    {
        let after = list.end_byte();
        site.edits.push(crate::mutation::operator::Edit {
            operator: Operator::Loosen,
            start: after,
            end: flag.end_byte(),
            replacement: String::new(),
        });
    }
}
