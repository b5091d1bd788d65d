//! Own checks of endpoints, dropped or weakened one at a time.

use std::path::Path;

use walkdir::WalkDir;

use super::syntax::{Php, walk};

/// A check that is lost.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LostCheck {
    /// `file:function:drop:1`, the number counting within function and kind.
    pub id: String,
    /// Path of the file below the tree.
    pub file: String,
    /// The function in which it stands.
    pub function: String,
    /// Line of the check.
    pub line: usize,
    /// The check, and what stands in its place; empty where it is dropped.
    pub diff: (String, String),
    /// First byte that is replaced.
    #[serde(skip)]
    start: usize,
    /// First byte behind it.
    #[serde(skip)]
    end: usize,
}

impl LostCheck {
    /// The text of the file without the check.
    pub fn apply(&self, text: &str) -> String {
        format!("{}{}{}", &text[..self.start], self.diff.1, &text[self.end..])
    }
}

/// Every check in API classes, controllers, widgets and reports of a tree's plugins, in the order of files and lines.
pub fn lost_checks(tree: &Path) -> std::io::Result<Vec<LostCheck>> {
    let mut all = Vec::new();
    for entry in WalkDir::new(tree.join("plugins")).sort_by_file_name().min_depth(2).max_depth(4).into_iter().flatten() {
        let file = entry.path().strip_prefix(tree).unwrap_or(entry.path());
        if answers(file) {
            let text = std::fs::read_to_string(entry.path())?;
            all.extend(of_file(&file.to_string_lossy(), &text));
        }
    }
    Ok(all)
}

/// Whether endpoints stand in a file, named below the tree.
fn answers(file: &Path) -> bool {
    let parts: Vec<&str> = file.iter().filter_map(|part| part.to_str()).collect();
    match parts.as_slice() {
        ["plugins", _, "API.php" | "Controller.php"] => true,
        ["plugins", _, "Widgets" | "Reports", _] => file.extension().is_some_and(|ending| ending == "php"),
        _ => false,
    }
}

fn of_file(file: &str, text: &str) -> Vec<LostCheck> {
    let Some(php) = Php::parse(text) else { return Vec::new() };
    let mut all: Vec<LostCheck> = Vec::new();
    for function in php.functions() {
        let mut numbers = (0, 0);
        walk(function.body, &mut |node| {
            let call = (node.kind() == "expression_statement").then(|| node.named_child(0)).flatten();
            let Some((call, name)) =
                call.and_then(|call| php.callee(call).filter(|name| name.starts_with("checkUser")).map(|name| (call, name)))
            else {
                return true;
            };
            let mut add = |kind: &str, number: &mut u32, after: String| {
                *number += 1;
                all.push(LostCheck {
                    id: format!("{file}:{}:{kind}:{number}", function.name),
                    file: file.to_owned(),
                    function: function.name.to_owned(),
                    line: node.start_position().row + 1,
                    diff: (php.of(node).to_owned(), after),
                    start: node.start_byte(),
                    end: node.end_byte(),
                });
            };
            add("drop", &mut numbers.0, ";".to_owned());
            if let Some(weaker) = weaker(name) {
                let arguments = call.child_by_field_name("arguments").map(|list| php.of(list)).unwrap_or_default();
                let arguments = if weaker.contains("Some") { "()" } else { arguments };
                let scope = call.child_by_field_name("scope").map_or("Piwik", |scope| php.of(scope));
                add("weaken", &mut numbers.1, format!("{scope}::{weaker}{arguments};"));
            }
            true
        });
    }
    all
}

/// A check that asks for less; nothing where there is none, or where it would be asked in another way.
fn weaker(name: &str) -> Option<&'static str> {
    Some(match name {
        "checkUserHasSuperUserAccess" => "checkUserHasSomeAdminAccess",
        "checkUserHasAdminAccess" => "checkUserHasWriteAccess",
        "checkUserHasWriteAccess" => "checkUserHasViewAccess",
        "checkUserHasSomeAdminAccess" => "checkUserHasSomeWriteAccess",
        "checkUserHasSomeWriteAccess" => "checkUserHasSomeViewAccess",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_is_dropped_and_weakened_and_nothing_else_is() {
        let text = "<?php\nclass API {\n  function a($id) {\n    Piwik::checkUserHasWriteAccess($id);\n    $this->checkName($id);\n  }\n  function b() { if (1) { Piwik::checkUserIsNotAnonymous(); } Piwik::checkUserHasSuperUserAccess(); }\n}\n";
        let all = of_file("plugins/A/API.php", text);
        let ids: Vec<&str> = all.iter().map(|lost| lost.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "plugins/A/API.php:a:drop:1",
                "plugins/A/API.php:a:weaken:1",
                "plugins/A/API.php:b:drop:1",
                "plugins/A/API.php:b:drop:2",
                "plugins/A/API.php:b:weaken:1"
            ]
        );
        assert_eq!(all[1].apply(text), text.replace("checkUserHasWriteAccess($id)", "checkUserHasViewAccess($id)"));
        assert_eq!(all[4].apply(text), text.replace("checkUserHasSuperUserAccess()", "checkUserHasSomeAdminAccess()"));
        assert_eq!(all[0].line, 4);
        for lost in &all {
            assert!(Php::parse(&lost.apply(text)).is_some_and(|php| php.is_sound()), "{}", lost.id);
        }
    }

    #[test]
    fn endpoints_stand_in_four_kinds_of_files() {
        for (file, stands) in [
            ("plugins/Goals/API.php", true),
            ("plugins/Goals/Controller.php", true),
            ("plugins/Goals/Widgets/AddGoal.php", true),
            ("plugins/Goals/Reports/Get.php", true),
            ("plugins/Goals/Model.php", false),
            ("plugins/Goals/tests/API.php", false),
            ("plugins/Goals/Widgets/page.twig", false),
        ] {
            assert_eq!(answers(Path::new(file)), stands, "{file}");
        }
    }
}
