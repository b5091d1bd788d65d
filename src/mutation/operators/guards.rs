//! Guards: gone, or not met by some requests.

use tree_sitter::Node;

use super::Site;
use crate::mutation::operator::Operator;
use crate::mutation::syntax::{Php, any, children, inner};

/// How names of calls begin that check something, or prepare a check.
const DECIDING: [&str; 7] = ["check", "throw", "reload", "forceReload", "restoreAuth", "reset", "setSuperUser"];

/// Names of calls that tell somebody a token.
const TELLING: [&str; 2] = ["setTokenAuth", "setLogin"];

/// The event by which log-in plugins are told a token.
const AUTHENTICATE: &str = "API.Request.authenticate";

/// Properties of a request, as conditions.
const PROPERTIES: [(Operator, &str); 3] = [
    (Operator::SkipOnXhr, "!empty($_SERVER['HTTP_X_REQUESTED_WITH'])"),
    (Operator::SkipOnPost, "($_SERVER['REQUEST_METHOD'] ?? '') === 'POST'"),
    (Operator::SkipOnCookie, "!empty($_COOKIE)"),
];

pub(super) fn at(site: &mut Site<'_, '_>, node: Node<'_>) {
    let php = site.php;
    match node.kind() {
        "if_statement" => {
            let (Some(condition), Some(body)) = (node.child_by_field_name("condition"), node.child_by_field_name("body")) else { return };
            if php.is_foreign(condition) {
                return;
            }
            if node.child_by_field_name("alternative").is_none() {
                site.replace(Operator::DropGuard, node, nothing(node));
            }
            if refuses(php, body) {
                for (operator, property) in PROPERTIES {
                    site.replace(operator, condition, format!("(!({property}) && ({}))", php.of(inner(condition))));
                }
            }
        }
        "expression_statement" if node.named_child(0).is_some_and(|thrown| thrown.kind() == "throw_expression") => {
            drop_call(site, node);
        }
        "expression_statement" if node.named_child(0).is_some_and(|call| decides(php, call)) => {
            drop_call(site, node);
            if node.named_child(0).is_some_and(|call| checks(php, call)) {
                for (operator, property) in PROPERTIES {
                    site.replace(operator, node, format!("if (!({property})) {{ {} }}", php.of(node)));
                }
            }
        }
        _ => {}
    }
}

fn drop_call(site: &mut Site<'_, '_>, node: Node<'_>) {
    // Where it is all that a guard guards, the guard is dropped already.
    let alone = node
        .parent()
        .filter(|block| block.named_child_count() == 1)
        .and_then(|block| block.parent())
        .is_some_and(|guard| guard.kind() == "if_statement" && guard.child_by_field_name("alternative").is_none());
    if !alone {
        site.replace(Operator::DropCall, node, nothing(node));
    }
}

/// What can stand in place of a statement that is gone.
fn nothing(node: Node<'_>) -> &'static str {
    if node.parent().is_some_and(|parent| parent.kind() == "compound_statement") { "" } else { "{}" }
}

/// Whether a block ends in a refusal: it throws, or answers false, null or a failure.
fn refuses(php: &Php<'_>, body: Node<'_>) -> bool {
    any(body, &|node| match node.kind() {
        "throw_expression" | "throw_statement" => true,
        "return_statement" => children(node).first().is_some_and(|value| {
            let text = php.of(*value).to_ascii_lowercase();
            text == "false" || text == "null" || text.contains("failure")
        }),
        _ => checks(php, node),
    })
}

/// Whether a call is a check: it may throw.
fn checks(php: &Php<'_>, node: Node<'_>) -> bool {
    php.callee(node).is_some_and(|name| name.starts_with("check") || name.starts_with("throw"))
}

fn decides(php: &Php<'_>, node: Node<'_>) -> bool {
    let Some(name) = php.callee(node) else { return false };
    let event = || Php::arguments(node).first().and_then(|argument| argument.named_child(0)).and_then(|text| php.string(text));
    DECIDING.iter().any(|start| name.starts_with(start))
        || TELLING.contains(&name)
        || (name == "postEvent" && event() == Some(AUTHENTICATE))
}
