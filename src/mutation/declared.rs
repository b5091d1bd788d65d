//! The permission that a method asks for, as its syntax tree says it.

use tree_sitter::Node;

use super::syntax::{Php, any, children, walk};

/// How deep calls to methods of the same class are followed.
const DEPTH: u32 = 3;

/// A level of access that a check asks for, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// To be somebody.
    Known,
    /// View access, on a site or on some.
    View,
    /// Write access, on a site or on some.
    Write,
    /// Admin access, on a site or on some.
    Admin,
    /// To be super user.
    Super,
}

/// What a method asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The strongest level that every call has to have.
    pub always: Option<Level>,
    /// Whether it asks for any permission at all, however conditionally.
    pub any: bool,
}

/// What a method asks for itself and in the methods of its class that it calls. `texts` are the class's file and those of its parents.
pub fn declared(texts: &[&str], method: &str) -> Declared {
    let parsed: Vec<Php<'_>> = texts.iter().filter_map(|text| Php::parse(text)).collect();
    of_method(&parsed, 0, method, 0)
}

/// Of the first method of this name, from a file on.
fn of_method(parsed: &[Php<'_>], from: usize, method: &str, depth: u32) -> Declared {
    for (index, php) in parsed.iter().enumerate().skip(from) {
        if let Some(function) = php.functions().into_iter().find(|function| function.name.eq_ignore_ascii_case(method)) {
            return of_body(parsed, index, php, function.body, depth);
        }
    }
    Declared::default()
}

fn of_body(parsed: &[Php<'_>], index: usize, php: &Php<'_>, body: Node<'_>, depth: u32) -> Declared {
    let mut found = Declared::default();
    let mut always = true;
    for statement in children(body) {
        let plain = matches!(statement.kind(), "expression_statement" | "return_statement");
        walk(statement, &mut |node| {
            // What a closure does, it does when it is called.
            if matches!(node.kind(), "anonymous_function" | "arrow_function" | "anonymous_function_creation_expression") {
                return false;
            }
            let asked = of_call(parsed, index, php, node, depth);
            found.any |= node.kind() == "object_creation_expression" && php.of(node).starts_with("new Request(");
            found.any |= asked.any;
            if always && plain && !is_optional(node, statement) {
                found.always = found.always.max(asked.always);
            }
            true
        });
        // Behind a way out nothing is asked of everybody.
        always &= plain || !any(statement, &|node| node.kind() == "return_statement");
    }
    found
}

/// Whether an expression need not be evaluated where its statement is.
fn is_optional(node: Node<'_>, statement: Node<'_>) -> bool {
    let mut above = node.parent();
    while let Some(parent) = above.filter(|parent| *parent != statement) {
        let shortcut = parent.kind() == "binary_expression"
            && parent.child_by_field_name("operator").is_some_and(|sign| ["&&", "||", "and", "or", "??"].contains(&sign.kind()));
        if shortcut || parent.kind() == "conditional_expression" {
            return true;
        }
        above = parent.parent();
    }
    false
}

fn of_call(parsed: &[Php<'_>], index: usize, php: &Php<'_>, node: Node<'_>, depth: u32) -> Declared {
    let Some(name) = php.callee(node) else { return Declared::default() };
    if let Some(level) = level_of(name) {
        return Declared { always: Some(level), any: true };
    }
    let of = |field: &str| node.child_by_field_name(field).map(|place| php.of(place)).unwrap_or_default();
    // Another API method asks for what it needs.
    let calls_api = name == "processRequest" || (name == "getInstance" && of("scope").ends_with("API"));
    if calls_api || asks(name) {
        return Declared { always: None, any: true };
    }
    let from = match node.kind() {
        "member_call_expression" if of("object") == "$this" => 0,
        "scoped_call_expression" if ["self", "static"].contains(&of("scope")) => 0,
        "scoped_call_expression" if of("scope") == "parent" => index + 1,
        _ => return Declared::default(),
    };
    if depth >= DEPTH { Declared::default() } else { of_method(parsed, from, name, depth + 1) }
}

fn level_of(name: &str) -> Option<Level> {
    Some(match name {
        "checkUserIsNotAnonymous" => Level::Known,
        "checkUserHasViewAccess" | "checkUserHasSomeViewAccess" => Level::View,
        "checkUserHasWriteAccess" | "checkUserHasSomeWriteAccess" => Level::Write,
        "checkUserHasAdminAccess" | "checkUserHasSomeAdminAccess" => Level::Admin,
        "checkUserHasSuperUserAccess" => Level::Super,
        _ => return None,
    })
}

/// Whether a method's name says that it asks for some right of the user.
fn asks(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if name.starts_with("checkuser") {
        return true;
    }
    let about = ["access", "superuser", "anonymous", "capability", "permission"].iter().any(|word| name.contains(word));
    about && ["check", "has", "is", "can", "get"].iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Declared {
        let text = format!(
            "<?php\nclass API extends Base\n{{\n    public function asked($idSite) {{ {body} }}\n    private function own($idSite) {{ Piwik::checkUserHasWriteAccess($idSite); }}\n}}\n"
        );
        let parent = "<?php\nclass Base { protected function inherited() { Piwik::checkUserHasSuperUserAccess(); } function asked($id) { Piwik::checkUserHasAdminAccess($id); } }";
        declared(&[&text, parent], "asked")
    }

    #[test]
    fn what_every_call_has_to_have_is_told_from_what_some_have_to() {
        let always = |level| Declared { always: Some(level), any: true };
        let sometimes = Declared { always: None, any: true };
        for (body, told) in [
            ("Piwik::checkUserHasViewAccess($idSite); return 1;", always(Level::View)),
            ("Piwik::checkUserHasViewAccess($idSite); Piwik::checkUserHasSuperUserAccess();", always(Level::Super)),
            ("$this->own($idSite); return 2;", always(Level::Write)),
            ("self::own($idSite);", always(Level::Write)),
            ("return $this->inherited();", always(Level::Super)),
            ("parent::asked($idSite);", always(Level::Admin)),
            ("$access = Access::getInstance(); $access->checkUserHasSomeAdminAccess();", always(Level::Admin)),
            ("if ($idSite) { Piwik::checkUserHasViewAccess($idSite); }", sometimes),
            ("if (!$idSite) { return 1; } Piwik::checkUserHasViewAccess($idSite);", sometimes),
            ("$idSite && Piwik::checkUserHasViewAccess($idSite);", sometimes),
            ("Piwik::checkUserHasSuperUserAccessOrIsTheUser($idSite);", sometimes),
            ("if (!Piwik::hasUserSuperUserAccess()) { throw new Exception(); }", sometimes),
            ("$later = function () { Piwik::checkUserHasViewAccess(1); };", Declared::default()),
            ("return Request::processRequest('A.b');", sometimes),
            ("$request = new Request('method=A.b'); return $request->process();", sometimes),
            ("return APIGoals::getInstance()->get();", Declared::default()),
            ("return GoalsAPI::getInstance()->get();", sometimes),
            ("return Other::checkSomething($idSite);", Declared::default()),
        ] {
            assert_eq!(of(body), told, "{body}");
        }
    }
}
