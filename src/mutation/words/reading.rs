//! What one file asks a request for.

use tree_sitter::Node;

use super::dictionary::WordKind;
use super::names::{Name, names};
use super::scope::{Held, Scope, each, is_function};
use crate::mutation::syntax::{Php, children, inner, operator};

/// A name that is asked for, on a line.
pub(super) struct Asked {
    pub(super) kind: WordKind,
    pub(super) name: Name,
    pub(super) line: usize,
    /// The function that asks, for names that are its argument.
    pub(super) function: String,
}

/// A call with arguments that may be names.
pub(super) struct Call {
    /// The class it is made to; nothing where that is not told.
    pub(super) class: Option<String>,
    pub(super) callee: String,
    /// Number of the argument, and what it may be.
    pub(super) argument: usize,
    pub(super) name: Name,
    pub(super) line: usize,
    /// The function that calls.
    pub(super) function: String,
}

/// What one file tells.
#[derive(Default)]
pub(super) struct Read {
    pub(super) asked: Vec<Asked>,
    pub(super) calls: Vec<Call>,
    /// Constants of its class with their texts.
    pub(super) constants: Vec<(String, Vec<String>)>,
    /// Names with a value that they are compared with.
    pub(super) compared: Vec<(Name, String)>,
    /// Its functions, and what stands outside of them.
    pub(super) bodies: Vec<Body>,
}

/// A function, by what it calls and compares.
pub(super) struct Body {
    pub(super) function: String,
    /// Calls, with the class they are made to where that is told.
    pub(super) callees: Vec<(Option<String>, String)>,
    /// Texts and numbers that something is compared with, each with its line.
    pub(super) literals: Vec<(String, usize)>,
}

/// Functions whose first argument is the name of a parameter, of a header and of a cookie.
const GETTERS: [(&str, WordKind); 11] = [
    ("getRequestVar", WordKind::Parameter),
    ("getParameter", WordKind::Parameter),
    ("getBoolParameter", WordKind::Parameter),
    ("getIntegerParameter", WordKind::Parameter),
    ("getFloatParameter", WordKind::Parameter),
    ("getStringParameter", WordKind::Parameter),
    ("getArrayParameter", WordKind::Parameter),
    ("getJsonParameter", WordKind::Parameter),
    ("getHeader", WordKind::Header),
    ("hasHeader", WordKind::Header),
    ("getHeaderLine", WordKind::Header),
];

/// Reads a file; nothing where its syntax cannot be had.
pub(super) fn read(text: &str, class: &str, is_api: bool) -> Read {
    let mut into = Read::default();
    let Some(php) = Php::parse(text) else { return into };
    let root = php.root();
    let file = Held::of(&php, class, root);
    let nowhere = Scope::of(&php, &file, root);
    let mut functions = Vec::new();
    each(root, &mut |node| {
        if is_function(node) {
            functions.push(node);
        }
        true
    });
    scan(&php, &nowhere, root, &mut into);
    for node in functions {
        let scope = Scope::of(&php, &file, node);
        if is_api && is_public(&php, node) && !scope.function.starts_with("__") {
            // What an API method is called with comes from parameters of the same names.
            for argument in &scope.arguments {
                let name = Name::Text(argument.trim_start_matches('$').to_owned());
                into.asked.push(asked(WordKind::Parameter, name, node, scope.function));
            }
        }
        scan(&php, &scope, node, &mut into);
    }
    for (name, value) in &file.constants {
        let texts: Vec<String> = names(&php, &nowhere, *value)
            .into_iter()
            .filter_map(|name| if let Name::Text(text) = name { Some(text) } else { None })
            .collect();
        if !texts.is_empty() {
            into.constants.push(((*name).to_owned(), texts));
        }
    }
    into
}

fn is_public(php: &Php<'_>, node: Node<'_>) -> bool {
    children(node).iter().any(|part| part.kind() == "visibility_modifier" && php.of(*part) == "public")
}

fn asked(kind: WordKind, name: Name, node: Node<'_>, function: &str) -> Asked {
    Asked { kind, name, line: node.start_position().row + 1, function: function.to_owned() }
}

/// Looks through a function, or through what stands outside of all.
fn scan(php: &Php<'_>, scope: &Scope<'_, '_>, top: Node<'_>, into: &mut Read) {
    let mut body = Body { function: scope.function.to_owned(), callees: Vec::new(), literals: Vec::new() };
    each(top, &mut |node| {
        if node != top && is_function(node) {
            return false;
        }
        for (kind, name) in asks(php, scope, node) {
            into.asked.push(asked(kind, name, node, scope.function));
        }
        if let Some((class, callee)) = called(php, scope, node) {
            call(php, scope, (node, class.as_deref(), &callee), into);
            body.callees.push((class, callee));
        }
        for (subject, value) in comparisons(php, node) {
            for name in subject_names(php, scope, subject, 2) {
                into.compared.push((name, value.clone()));
            }
            body.literals.push((value, node.start_position().row + 1));
        }
        true
    });
    into.bodies.push(body);
}

/// The names that one node asks a request for.
fn asks(php: &Php<'_>, scope: &Scope<'_, '_>, node: Node<'_>) -> Vec<(WordKind, Name)> {
    let of = |kind: WordKind, name: Node<'_>| names(php, scope, name).into_iter().map(|name| (kind, name)).collect::<Vec<_>>();
    match node.kind() {
        "subscript_expression" => {
            let parts = children(node);
            let [object, index] = parts[..] else { return Vec::new() };
            match source(php.of(object)) {
                Some(kind) => of(kind, index),
                None => match holder(php.of(object)) {
                    Some(kind) => php.string(index).map(|text| (kind, Name::Text(text.to_owned()))).into_iter().collect(),
                    None => Vec::new(),
                },
            }
        }
        "function_call_expression" | "member_call_expression" | "scoped_call_expression" | "nullsafe_member_call_expression" => {
            let Some(name) = php.callee(node) else { return Vec::new() };
            let arguments = Php::arguments(node);
            let at = |number: usize| arguments.get(number).copied();
            match (name, at(0), at(1)) {
                ("array_key_exists" | "key_exists", Some(name), Some(list)) => {
                    source(php.of(list)).map_or_else(Vec::new, |kind| of(kind, name))
                }
                ("filter_input" | "filter_has_var", Some(list), Some(name)) => match php.of(list) {
                    "INPUT_GET" | "INPUT_POST" => of(WordKind::Parameter, name),
                    "INPUT_SERVER" => of(WordKind::Server, name),
                    "INPUT_COOKIE" => of(WordKind::Cookie, name),
                    _ => Vec::new(),
                },
                (_, Some(first), _) => match GETTERS.iter().find(|(getter, _)| *getter == name) {
                    Some((_, kind)) => of(*kind, first),
                    None if about_parameters(name) => arguments.iter().flat_map(|list| listed(php, *list)).collect(),
                    None => Vec::new(),
                },
                _ => Vec::new(),
            }
        }
        "object_creation_expression" => {
            let class = children(node).first().map(|class| php.of(*class).rsplit('\\').next().unwrap_or_default());
            let first = Php::arguments(node).first().copied().or_else(|| {
                let list = children(node).into_iter().find(|part| part.kind() == "arguments")?;
                children(list).first().copied()
            });
            match (class, first) {
                (Some("Cookie"), Some(name)) => of(WordKind::Cookie, name),
                (Some("SessionNamespace" | "Zend_Session_Namespace"), Some(name)) => of(WordKind::Session, name),
                _ => Vec::new(),
            }
        }
        "assignment_expression" => {
            let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
                return Vec::new();
            };
            if about_parameters(php.of(left)) { listed(php, right) } else { Vec::new() }
        }
        "property_element" | "const_element" => match children(node)[..] {
            [name, value] if about_parameters(php.of(name)) => listed(php, value),
            _ => Vec::new(),
        },
        "string_content" => server_key(php.of(node)).map(|key| (WordKind::Server, Name::Text(key.to_owned()))).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// What is read where one of PHP's own arrays is.
fn source(array: &str) -> Option<WordKind> {
    match array.trim() {
        "$_GET" | "$_POST" | "$_REQUEST" | "$_FILES" => Some(WordKind::Parameter),
        "$_SERVER" => Some(WordKind::Server),
        "$_COOKIE" => Some(WordKind::Cookie),
        "$_SESSION" => Some(WordKind::Session),
        _ => None,
    }
}

/// What an array holds by its name.
fn holder(array: &str) -> Option<WordKind> {
    let name = array.rsplit(['$', '>', ':']).next().unwrap_or_default().to_ascii_lowercase();
    if name.starts_with("request") || name.ends_with("request") || name.contains("param") {
        Some(WordKind::Parameter)
    } else {
        name.ends_with("headers").then_some(WordKind::Header)
    }
}

fn about_parameters(name: &str) -> bool {
    name.to_ascii_lowercase().contains("param")
}

/// Names in an array that stands there: its texts, and the keys of its pairs.
fn listed(php: &Php<'_>, node: Node<'_>) -> Vec<(WordKind, Name)> {
    let node = if node.kind() == "argument" { children(node).first().copied().unwrap_or(node) } else { node };
    let node = inner(node);
    if node.kind() != "array_creation_expression" {
        return Vec::new();
    }
    let first = |element: Node<'_>| children(element).first().and_then(|name| php.string(*name)).map(str::to_owned);
    children(node).into_iter().filter_map(first).map(|name| (WordKind::Parameter, Name::Text(name))).collect()
}

/// A text that can only be a key of `$_SERVER`.
fn server_key(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("HTTP_")?;
    let plain = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    plain.then_some(text)
}

/// What a node calls, with the class where that is told; nothing where it is PHP's own.
fn called(php: &Php<'_>, scope: &Scope<'_, '_>, node: Node<'_>) -> Option<(Option<String>, String)> {
    let short = |text: &str| text.rsplit('\\').next().unwrap_or_default().to_owned();
    if node.kind() == "object_creation_expression" {
        let class =
            children(node).first().filter(|class| matches!(class.kind(), "name" | "qualified_name")).map(|class| short(php.of(*class)))?;
        return Some((Some(class), "__construct".to_owned()));
    }
    let callee = php.callee(node)?;
    if node.kind() == "function_call_expression"
        && callee.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit())
    {
        return None;
    }
    let own = |text: &str| matches!(text, "self" | "static" | "$this" | "parent");
    let receiver = node.child_by_field_name("scope").or_else(|| node.child_by_field_name("object")).map(|receiver| php.of(receiver));
    let class = match receiver {
        Some(text) if own(text) => Some(scope.file.class.to_owned()),
        Some(text) if node.kind() == "scoped_call_expression" => Some(short(text)),
        _ => None,
    };
    Some((class, callee.to_owned()))
}

/// Notes a call whose arguments may be names.
fn call(php: &Php<'_>, scope: &Scope<'_, '_>, (node, class, callee): (Node<'_>, Option<&str>, &str), into: &mut Read) {
    for (argument, value) in Php::arguments(node).into_iter().enumerate().take(4) {
        let Some(value) = children(value).last().copied() else { continue };
        if !matches!(
            value.kind(),
            "string" | "encapsed_string" | "variable_name" | "class_constant_access_expression" | "array_creation_expression"
        ) {
            continue;
        }
        for name in names(php, scope, value) {
            if matches!(&name, Name::Text(text) if !plausible(text)) {
                continue;
            }
            into.calls.push(Call {
                class: class.map(str::to_owned),
                callee: callee.to_owned(),
                argument,
                name,
                line: node.start_position().row + 1,
                function: scope.function.to_owned(),
            });
        }
    }
}

/// Whether a text can be a name of a parameter, header, cookie or key.
pub(super) fn plausible(text: &str) -> bool {
    let first = text.bytes().next();
    let name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_') && text.len() <= 64 && text.bytes().all(name)
}

/// The names behind what is compared: a reading itself, or a variable that one was put into.
fn subject_names(php: &Php<'_>, scope: &Scope<'_, '_>, subject: Node<'_>, depth: usize) -> Vec<Name> {
    let subject = inner(subject);
    let direct: Vec<Name> = asks(php, scope, subject).into_iter().map(|(_, name)| name).collect();
    if !direct.is_empty() || depth == 0 {
        return direct;
    }
    match subject.kind() {
        "variable_name" => {
            let values = scope.assigned.get(php.of(subject)).into_iter().flatten();
            values.flat_map(|value| subject_names(php, scope, *value, depth - 1)).collect()
        }
        "function_call_expression" => Php::arguments(subject)
            .first()
            .and_then(|first| children(*first).first().copied())
            .map(|first| subject_names(php, scope, first, depth - 1))
            .unwrap_or_default(),
        "binary_expression" | "cast_expression" | "conditional_expression" => {
            children(subject).into_iter().flat_map(|part| subject_names(php, scope, part, depth - 1)).collect()
        }
        _ => Vec::new(),
    }
}

/// Pairs of what is compared and the text or number it is compared with.
pub(super) fn comparisons<'t>(php: &Php<'_>, node: Node<'t>) -> Vec<(Node<'t>, String)> {
    let argument = |node: Node<'t>| children(node).last().copied();
    match node.kind() {
        "binary_expression" if operator(node).is_some_and(|sign| matches!(php.of(sign), "==" | "===" | "!=" | "!==" | "<>")) => {
            let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
                return Vec::new();
            };
            [(left, right), (right, left)].into_iter().filter_map(|(one, other)| Some((one, literal(php, other)?))).collect()
        }
        "case_statement" => {
            let subject = node.parent().and_then(|block| block.parent()).and_then(|switch| switch.child_by_field_name("condition"));
            let value = node.child_by_field_name("value").and_then(|value| literal(php, value));
            subject.zip(value).into_iter().collect()
        }
        "match_condition_list" => {
            let subject = node
                .parent()
                .and_then(|arm| arm.parent())
                .and_then(|block| block.parent())
                .and_then(|found| found.child_by_field_name("condition"));
            let values = children(node).into_iter().filter_map(|value| literal(php, value));
            subject.map(|subject| values.map(|value| (subject, value)).collect()).unwrap_or_default()
        }
        "function_call_expression" => {
            let Some(name) = php.callee(node) else { return Vec::new() };
            let arguments: Vec<Node<'t>> = Php::arguments(node).into_iter().filter_map(argument).collect();
            let [first, second, ..] = arguments[..] else { return Vec::new() };
            match name {
                "in_array" if second.kind() == "array_creation_expression" => {
                    let values = children(second).into_iter().filter_map(|element| literal(php, argument(element)?));
                    values.map(|value| (first, value)).collect()
                }
                "strpos" | "stripos" | "str_starts_with" | "str_ends_with" | "str_contains" | "strcmp" | "strcasecmp" | "strncmp"
                | "strncasecmp" | "substr_count" | "strstr" => {
                    [(first, second), (second, first)].into_iter().filter_map(|(one, other)| Some((one, literal(php, other)?))).collect()
                }
                "preg_match" | "fnmatch" => literal(php, first)
                    .map(|pattern| (second, matched(&pattern)))
                    .filter(|(_, text)| !text.is_empty())
                    .into_iter()
                    .collect(),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// A text or a number that stands there.
fn literal(php: &Php<'_>, node: Node<'_>) -> Option<String> {
    let node = inner(node);
    match node.kind() {
        "string" | "encapsed_string" => php.string(node).filter(|text| text.len() <= 64).map(str::to_owned),
        "integer" | "float" => Some(php.of(node).to_owned()),
        _ => None,
    }
}

/// A text that a simple pattern matches: what is left of it without its signs.
fn matched(pattern: &str) -> String {
    let delimiter = pattern.chars().next().filter(|sign| !sign.is_alphanumeric());
    let body = delimiter.and_then(|sign| pattern[sign.len_utf8()..].rsplit_once(sign)).map_or(pattern, |(body, _)| body);
    let parts = body.split(|sign: char| !(sign.is_alphanumeric() || matches!(sign, '_' | '-' | ' ' | '/' | '=')));
    parts.max_by_key(|part| part.len()).unwrap_or_default().to_owned()
}
