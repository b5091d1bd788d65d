//! What is known where a name is read: constants and properties of the file, arguments and assignments of the function.

use std::collections::HashMap;

use tree_sitter::Node;

use crate::mutation::syntax::{Php, children};

/// Constants and properties of a file.
#[derive(Default)]
pub(super) struct Held<'t> {
    /// The class by the file's name.
    pub(super) class: &'t str,
    /// Constants.
    pub(super) constants: HashMap<&'t str, Node<'t>>,
    /// Properties, without the dollar, with everything that is put into them.
    pub(super) properties: HashMap<&'t str, Vec<Node<'t>>>,
}

/// A function and the file around it.
pub(super) struct Scope<'f, 't> {
    pub(super) file: &'f Held<'t>,
    /// The function's name; empty outside of all.
    pub(super) function: &'t str,
    /// Names of its arguments, with the dollar.
    pub(super) arguments: Vec<&'t str>,
    /// Variables, with everything that is put into them.
    pub(super) assigned: HashMap<&'t str, Vec<Node<'t>>>,
}

/// Visits a node and all below it with a cursor, which does not mind long lists; `false` keeps out of what is below.
pub(super) fn each<'t>(node: Node<'t>, visit: &mut impl FnMut(Node<'t>) -> bool) {
    let mut cursor = node.walk();
    loop {
        if visit(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        loop {
            if cursor.node() == node || cursor.depth() == 0 {
                return;
            }
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

impl<'t> Held<'t> {
    /// Of a whole file.
    pub(super) fn of(php: &'t Php<'_>, class: &'t str, root: Node<'t>) -> Self {
        let mut file = Self { class, ..Self::default() };
        each(root, &mut |node| {
            match node.kind() {
                "const_element" => {
                    if let [name, value] = children(node)[..] {
                        file.constants.insert(php.of(name), value);
                    }
                }
                "property_element" => {
                    if let [name, value] = children(node)[..] {
                        file.properties.entry(php.of(name).trim_start_matches('$')).or_default().push(value);
                    }
                }
                "assignment_expression" => {
                    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
                        return true;
                    };
                    if matches!(left.kind(), "member_access_expression" | "scoped_property_access_expression")
                        && let Some(name) = left.child_by_field_name("name")
                    {
                        file.properties.entry(php.of(name).trim_start_matches('$')).or_default().push(right);
                    }
                }
                _ => {}
            }
            true
        });
        file
    }
}

impl<'f, 't> Scope<'f, 't> {
    /// Of a function, or of what stands outside of all functions.
    pub(super) fn of(php: &'t Php<'_>, file: &'f Held<'t>, node: Node<'t>) -> Self {
        let mut scope = Self { file, function: "", arguments: Vec::new(), assigned: HashMap::new() };
        if is_function(node) {
            scope.function = node.child_by_field_name("name").map(|name| php.of(name)).unwrap_or_default();
            let parameters = node.child_by_field_name("parameters").map(children).unwrap_or_default();
            let named = parameters.iter().filter_map(|parameter| parameter.child_by_field_name("name"));
            scope.arguments = named.map(|name| php.of(name)).collect();
        }
        each(node, &mut |below| {
            if below != node && is_function(below) {
                return false;
            }
            match below.kind() {
                "assignment_expression" => {
                    if let (Some(left), Some(right)) = (below.child_by_field_name("left"), below.child_by_field_name("right"))
                        && left.kind() == "variable_name"
                    {
                        scope.assigned.entry(php.of(left)).or_default().push(right);
                    }
                }
                "foreach_statement" => {
                    let parts = children(below);
                    let [list, each, ..] = parts[..] else { return true };
                    let variables = if each.kind() == "pair" { children(each) } else { vec![each] };
                    for variable in variables {
                        scope.assigned.entry(php.of(variable)).or_default().push(list);
                    }
                }
                _ => {}
            }
            true
        });
        scope
    }
}

/// Whether a node is a named function or method.
pub(super) fn is_function(node: Node<'_>) -> bool {
    matches!(node.kind(), "method_declaration" | "function_definition")
}
