//! What a commit changes within functions that decide.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::mutation::DecidingFunction;

/// A hunk of a diff without context.
#[derive(Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The file.
    pub file: String,
    /// Its lines before.
    before: Range<u32>,
    /// Its lines afterwards.
    after: Range<u32>,
    /// Lines that are gone and lines that are new, with their signs.
    pub lines: Vec<String>,
}

/// Reads a diff in Git's form, made without context.
pub fn hunks(diff: &str) -> Vec<Hunk> {
    let (mut all, mut file) = (Vec::<Hunk>::new(), String::new());
    let mut in_hunk = false;
    for line in diff.lines() {
        if let Some(head) = line.strip_prefix("@@ -") {
            let mut sides = head.split(' ');
            let mut side = |sign: &str| sides.next().map(|text| lines_of(text.trim_start_matches(sign))).unwrap_or_default();
            let (before, after) = (side("-"), side("+"));
            all.push(Hunk { file: file.clone(), before, after, lines: Vec::new() });
            in_hunk = true;
        } else if line.starts_with("diff --git ") {
            // A file that is gone has its name on the one side only, and one that is new on the other.
            in_hunk = false;
            file.clear();
        } else if in_hunk && line.starts_with(['+', '-']) {
            if let Some(hunk) = all.last_mut() {
                hunk.lines.push(line.to_owned());
            }
        } else if let Some(name) = line.strip_prefix("+++ b/").or_else(|| line.strip_prefix("--- a/")) {
            name.clone_into(&mut file);
        }
    }
    all
}

/// `START,COUNT`, or `START` for one line.
fn lines_of(text: &str) -> Range<u32> {
    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
    let (start, count): (u32, u32) = (start.parse().unwrap_or(0), count.parse().unwrap_or(0));
    start..start.saturating_add(count)
}

/// Hunks that lie in functions that decide, before or afterwards, each with the function's name.
pub fn deciding<'a>(hunks: &'a [Hunk], before: &[DecidingFunction], after: &[DecidingFunction]) -> Vec<(&'a Hunk, String)> {
    let meets =
        |lines: &Range<u32>, function: &DecidingFunction| !lines.is_empty() && lines.start <= function.last && function.first < lines.end;
    let of = |hunk: &Hunk| {
        let now = after.iter().find(|function| function.file == hunk.file && meets(&hunk.after, function));
        let function = now.or_else(|| before.iter().find(|function| function.file == hunk.file && meets(&hunk.before, function)));
        function.map(|function| function.name.clone())
    };
    hunks.iter().filter_map(|hunk| Some((hunk, of(hunk)?))).collect()
}

/// The files of a diff.
pub fn files(diff: &str) -> BTreeSet<&str> {
    let heads = diff.lines().filter_map(|line| line.strip_prefix("diff --git a/"));
    heads.filter_map(|names| names.split_once(" b/").map(|(name, _)| name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "diff --git a/core/Piwik.php b/core/Piwik.php\nindex 1..2 100644\n--- a/core/Piwik.php\n+++ b/core/Piwik.php\n\
        @@ -7 +7,2 @@ class Piwik\n-    old;\n+    new;\n+--- a/no/file\n@@ -20,2 +21,0 @@ class Piwik\n-    gone;\n-    gone, too;\n\
        diff --git a/README.md b/README.md\nindex 1..2 100644\n--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-a\n+b\n";

    fn function(name: &str, first: u32, last: u32) -> DecidingFunction {
        DecidingFunction { file: "core/Piwik.php", name: name.to_owned(), first, last, text: Vec::new() }
    }

    #[test]
    fn the_hunks_within_deciding_functions_are_named_with_them() {
        let all = hunks(DIFF);
        assert_eq!(all.iter().map(|hunk| hunk.file.as_str()).collect::<Vec<_>>(), ["core/Piwik.php", "core/Piwik.php", "README.md"]);
        assert_eq!(all[0].lines, ["-    old;", "+    new;", "+--- a/no/file"]);
        let (before, after) = ([function("checkThis", 5, 9), function("checkThat", 18, 22)], [function("checkThis", 5, 10)]);
        let found = deciding(&all, &before, &after);
        assert_eq!(found.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["checkThis", "checkThat"]);
        assert!(deciding(&all, &[function("other", 30, 40)], &[function("other", 30, 40)]).is_empty());
        assert_eq!(files(DIFF).into_iter().collect::<Vec<_>>(), ["README.md", "core/Piwik.php"]);
    }
}
