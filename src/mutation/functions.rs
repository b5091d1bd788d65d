//! The functions that decide, with the lines they stand on.

use std::path::Path;

use super::places::PLACES;
use super::syntax::Php;

/// A function of a tree that decides about tokens, sessions or access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidingFunction {
    /// File below the tree.
    pub file: &'static str,
    /// Its name as written.
    pub name: String,
    /// First line of its body.
    pub first: u32,
    /// Last line of its body.
    pub last: u32,
    /// The text of each of those lines, trimmed.
    pub text: Vec<String>,
}

impl DecidingFunction {
    /// The text of a line of the file.
    pub fn line(&self, number: u32) -> &str {
        let index = number.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.text.get(index)).map_or("", String::as_str)
    }
}

/// All of them, in the order of the places; what a release does not have is left out.
pub fn deciding_functions(tree: &Path) -> std::io::Result<Vec<DecidingFunction>> {
    let mut all = Vec::new();
    for place in PLACES {
        let text = match std::fs::read_to_string(tree.join(place.file)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let Some(php) = Php::parse(&text) else { continue };
        let wanted = |name: &str| place.functions.is_empty() || place.functions.iter().any(|known| known.name.eq_ignore_ascii_case(name));
        let lines: Vec<&str> = text.lines().collect();
        for function in php.functions().iter().filter(|function| wanted(function.name)) {
            let (first, last) = (function.body.start_position().row, function.body.end_position().row);
            all.push(DecidingFunction {
                file: place.file,
                name: function.name.to_owned(),
                first: number(first),
                last: number(last),
                text: lines.get(first..=last).unwrap_or_default().iter().map(|line| line.trim().to_owned()).collect(),
            });
        }
    }
    Ok(all)
}

fn number(row: usize) -> u32 {
    u32::try_from(row + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_the_lines_of_their_bodies() {
        let work = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(work.path().join("core")).expect("a folder");
        let text = "<?php\nclass Piwik\n{\n    public static function checkUserHasViewAccess($id)\n    {\n        if ($id) {\n            return 1;\n        }\n    }\n    function other() {}\n}\n";
        std::fs::write(work.path().join("core/Piwik.php"), text).expect("a file");
        let all = deciding_functions(work.path()).expect("a tree");
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!((all[0].name.as_str(), all[0].first, all[0].last), ("checkUserHasViewAccess", 5, 9));
        assert_eq!((all[0].line(7), all[0].line(10), all[0].line(1)), ("return 1;", "", ""));
    }
}
