//! Settings that are ignored, and parts of the request that are read in place of each other.

use tree_sitter::Node;

use super::Site;
use crate::mutation::operator::Operator;
use crate::mutation::syntax::{Php, any};

/// Ways to read a part of the request, in pairs.
const SOURCES: [(&str, &str); 2] = [("$_GET", "$_POST"), ("fromGet", "fromPost")];

pub(super) fn at(site: &mut Site<'_, '_>, node: Node<'_>) {
    let php = site.php;
    match node.kind() {
        // `Config::getInstance()->Section['key']`
        "subscript_expression" if of_config(php, node) => {
            for value in ["0", "1"] {
                site.replace(Operator::IgnoreSetting, node, value);
            }
        }
        // `GeneralConfig::getConfigValue('key')`
        "scoped_call_expression" | "member_call_expression" if php.callee(node) == Some("getConfigValue") => {
            for value in ["0", "1"] {
                site.replace(Operator::IgnoreSetting, node, value);
            }
        }
        // `StaticContainer::get('some.setting')`, but not a class
        "scoped_call_expression" | "member_call_expression" if php.callee(node) == Some("get") => {
            let first = Php::arguments(node).first().and_then(|argument| argument.named_child(0)).and_then(|text| php.string(text));
            if first.is_some_and(|name| name.contains('.') && !name.contains('\\')) {
                site.replace(Operator::IgnoreSetting, node, "[]");
            }
        }
        "variable_name" | "name" => {
            let text = php.of(node);
            for (one, other) in SOURCES {
                if text == one {
                    site.replace(Operator::SwapSource, node, other);
                } else if text == other {
                    site.replace(Operator::SwapSource, node, one);
                }
            }
        }
        _ => {}
    }
}

fn of_config(php: &Php<'_>, node: Node<'_>) -> bool {
    let object = node.named_child(0);
    object.is_some_and(|object| {
        any(object, &|below| {
            below.kind() == "scoped_call_expression"
                && php.callee(below) == Some("getInstance")
                && below.child_by_field_name("scope").is_some_and(|scope| php.of(scope).ends_with("Config"))
        })
    })
}
