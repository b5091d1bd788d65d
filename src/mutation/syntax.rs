//! PHP as a syntax tree, and the questions that operators ask it.

use tree_sitter::{Node, Parser, Tree};

use super::places::FOREIGN;

/// A parsed PHP file.
pub struct Php<'a> {
    /// Its text.
    pub text: &'a str,
    tree: Tree,
}

impl<'a> Php<'a> {
    /// Parses; `None` only where the parser cannot be had at all.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parser = Parser::new();
        parser.set_language(&tree_sitter_php::LANGUAGE_PHP.into()).ok()?;
        parser.parse(text, None).map(|tree| Self { text, tree })
    }

    /// The whole file.
    pub fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }

    /// Whether everything was understood.
    pub fn is_sound(&self) -> bool {
        !self.tree.root_node().has_error()
    }

    /// All functions and methods that have a body, in the order of the file.
    pub fn functions(&self) -> Vec<Function<'_>> {
        let mut found = Vec::new();
        walk(self.tree.root_node(), &mut |node| {
            if matches!(node.kind(), "method_declaration" | "function_definition")
                && let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body"))
            {
                let returns = node.child_by_field_name("return_type").map(|kind| self.of(kind));
                found.push(Function { name: self.of(name), body, returns });
            }
            true
        });
        found
    }

    /// The text of a node.
    pub fn of(&self, node: Node<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// The last part of the name a call is made to, or nothing where the name is computed.
    pub fn callee(&self, node: Node<'_>) -> Option<&'a str> {
        let name = match node.kind() {
            "function_call_expression" => node.child_by_field_name("function")?,
            "member_call_expression" | "scoped_call_expression" | "nullsafe_member_call_expression" => node.child_by_field_name("name")?,
            _ => return None,
        };
        let plain = matches!(name.kind(), "name" | "qualified_name");
        plain.then(|| self.of(name).rsplit('\\').next().unwrap_or_default())
    }

    /// The content of a string without interpolation.
    pub fn string(&self, node: Node<'_>) -> Option<&'a str> {
        let quoted = matches!(node.kind(), "string" | "encapsed_string");
        let plain = (0..node.named_child_count()).all(|index| child(node, index).is_none_or(|part| part.kind() == "string_content"));
        let text = self.of(node);
        (quoted && plain && text.len() >= 2).then(|| &text[1..text.len() - 1])
    }

    /// Whether a condition is about something else than access, in all its parts.
    pub fn is_foreign(&self, node: Node<'_>) -> bool {
        let node = inner(node);
        let sides = || ["left", "right"].iter().filter_map(|side| node.child_by_field_name(side));
        match operator(node).map(|sign| self.of(sign)) {
            Some("&&" | "||") => sides().all(|side| self.is_foreign(side)),
            _ => FOREIGN.iter().any(|word| self.of(node).to_ascii_lowercase().contains(&word.to_ascii_lowercase())),
        }
    }

    /// The arguments of a call, without the wrapping nodes.
    pub fn arguments(node: Node<'_>) -> Vec<Node<'_>> {
        let Some(list) = node.child_by_field_name("arguments") else { return Vec::new() };
        children(list).into_iter().filter(|argument| argument.kind() == "argument").collect()
    }
}

/// A function with a body.
pub struct Function<'t> {
    /// Its name as written.
    pub name: &'t str,
    /// Its block.
    pub body: Node<'t>,
    /// Its declared return type.
    pub returns: Option<&'t str>,
}

/// Visits a node and all below it, parents first; `false` keeps out of what is below.
pub fn walk<'t>(node: Node<'t>, visit: &mut impl FnMut(Node<'t>) -> bool) {
    if visit(node) {
        for below in children(node) {
            walk(below, visit);
        }
    }
}

/// Whether any node at or below fits.
pub fn any<'t>(node: Node<'t>, fits: &impl Fn(Node<'t>) -> bool) -> bool {
    fits(node) || children(node).into_iter().any(|below| any(below, fits))
}

/// The named children of a node.
pub fn children(node: Node<'_>) -> Vec<Node<'_>> {
    (0..node.named_child_count()).filter_map(|index| child(node, index)).collect()
}

fn child(node: Node<'_>, index: usize) -> Option<Node<'_>> {
    node.named_child(u32::try_from(index).ok()?)
}

/// What stands within parentheses, however many.
pub fn inner(node: Node<'_>) -> Node<'_> {
    match node.kind() {
        "parenthesized_expression" => node.named_child(0).map_or(node, inner),
        _ => node,
    }
}

/// The operator of an expression with two sides.
pub fn operator(node: Node<'_>) -> Option<Node<'_>> {
    (node.kind() == "binary_expression").then(|| node.child_by_field_name("operator")).flatten()
}
