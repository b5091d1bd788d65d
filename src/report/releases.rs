//! The table release × result: kept as JSON, shown as Markdown between two marks of a document.

use std::cmp::Ordering;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a run of `check` on one tree came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRow {
    /// Name of the tree.
    pub tree: String,
    /// Version it states.
    pub version: String,
    /// Names of what it has.
    pub features: Vec<String>,
    /// Cases planned.
    pub cases: u64,
    /// Leaks.
    pub leaks: u64,
    /// Lockouts.
    pub lockouts: u64,
    /// Wrong reasons.
    pub wrong_reasons: u64,
    /// Unclear answers, missing answers and cases that were not run.
    pub unclear: u64,
    /// Exit code.
    pub exit: u64,
    /// Known bugs of the release that were met, as issues.
    pub bugs: Vec<String>,
}

/// The table of all trees that were run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseTable {
    /// Software the trees were run with.
    pub software: String,
    /// One row a tree, in the order of versions.
    pub trees: Vec<ReleaseRow>,
}

impl ReleaseRow {
    /// Reads a row out of a `results.json`; `None` where that is no complete one.
    pub fn of_results(tree: &str, results: &Value) -> Option<Self> {
        let total = |name: &str| results["totals"][name].as_u64();
        let texts = |value: &Value, key: &str| -> Vec<String> {
            let all = value.as_array().into_iter().flatten();
            all.filter_map(|item| Some(item[key].as_str()?.to_owned())).collect()
        };
        let features = results["target"]["features"].as_object()?;
        Some(Self {
            tree: tree.to_owned(),
            version: results["target"]["version"].as_str()?.to_owned(),
            features: features.iter().filter(|(_, feature)| feature["has"] == true).map(|(name, _)| name.clone()).collect(),
            cases: total("cases")?,
            leaks: total("leak")?,
            lockouts: total("lockout")?,
            wrong_reasons: total("wrong_reason")?,
            unclear: total("unknown")? + total("error")? + total("not_run")?,
            exit: results["exit"].as_u64()?,
            bugs: issues(&texts(&results["bugs"], "source")),
        })
    }
}

/// The first issue of each source: the bug itself, not what mended it.
fn issues(sources: &[String]) -> Vec<String> {
    let mut issues: Vec<String> =
        sources.iter().filter_map(|source| source.split(", ").next()).filter(|first| first.starts_with('#')).map(str::to_owned).collect();
    issues.sort();
    issues.dedup();
    issues
}

impl ReleaseTable {
    /// Puts a row in, in place of an older one of the same tree.
    pub fn put(&mut self, row: ReleaseRow) {
        self.trees.retain(|known| known.tree != row.tree);
        self.trees.push(row);
        self.trees.sort_by(|a, b| by_version(&a.tree, &b.tree));
    }

    /// The table as Markdown.
    pub fn to_markdown(&self) -> String {
        let mut text = format!("With {}:\n\n", self.software);
        text.push_str("| tree | cases | leaks | lockouts | wrong reasons | unclear | exit code | known bugs met |\n");
        text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        for row in &self.trees {
            let bugs = if row.bugs.is_empty() { "none".to_owned() } else { row.bugs.join(", ") };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {bugs} |",
                row.tree, row.cases, row.leaks, row.lockouts, row.wrong_reasons, row.unclear, row.exit
            );
        }
        text
    }
}

/// Compares names of trees number by number: 4.7.0 comes before 4.15.1.
fn by_version(a: &str, b: &str) -> Ordering {
    let parts = |name: &str| -> Vec<(u64, String)> {
        name.split(['.', '-', '+']).map(|part| (part.parse().unwrap_or(0), part.to_owned())).collect()
    };
    parts(a).cmp(&parts(b))
}

/// The document with the text between the marks `<!-- NAME -->` and `<!-- /NAME -->` replaced; `None` where a mark is missing.
pub fn splice(document: &str, name: &str, text: &str) -> Option<String> {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = document.split_once(&start)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{start}{text}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ReleaseRow, ReleaseTable, splice};

    fn row(tree: &str, bugs: &[&str]) -> ReleaseRow {
        let bugs: Vec<_> = bugs.iter().map(|source| json!({"source": source})).collect();
        let results = json!({
            "target": {"version": "4.0.3", "features": {"allowlist": {"has": false}, "widget_recheck": {"has": true}}},
            "totals": {"cases": 9, "leak": 1, "lockout": 2, "wrong_reason": 3, "unknown": 1, "error": 1, "not_run": 1},
            "bugs": bugs, "exit": 2
        });
        ReleaseRow::of_results(tree, &results).unwrap()
    }

    #[test]
    fn a_row_counts_what_is_not_clear_and_names_each_bug_once() {
        let row = row("4.0.3", &["#17335, #17520", "#16869, #16871", "#17335", "observed"]);
        assert_eq!((row.leaks, row.lockouts, row.wrong_reasons, row.unclear, row.exit), (1, 2, 3, 3, 2));
        assert_eq!(row.bugs, ["#16869", "#17335"]);
        assert_eq!(row.features, ["widget_recheck"]);
        assert_eq!(ReleaseRow::of_results("x", &json!({"totals": {}})), None);
    }

    #[test]
    fn rows_stand_in_the_order_of_versions_and_a_tree_has_one() {
        let mut table = ReleaseTable::default();
        for tree in ["5.2.0-b5+24103", "4.15.1", "4.7.0", "5.2.0-b5", "4.7.0"] {
            table.put(row(tree, &[]));
        }
        let order: Vec<&str> = table.trees.iter().map(|row| row.tree.as_str()).collect();
        assert_eq!(order, ["4.7.0", "4.15.1", "5.2.0-b5", "5.2.0-b5+24103"]);
        assert!(table.to_markdown().contains("| 4.7.0 | 9 | 1 | 2 | 3 | 3 | 2 | none |\n"));
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let document = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n";
        assert_eq!(splice(document, "x", "new\n").unwrap(), "a\n<!-- x -->\nnew\n<!-- /x -->\nb\n");
        assert_eq!(splice(document, "y", "new\n"), None);
    }
}
