//! Which lines of Matomo's deciding functions ran, and which never did.

use std::io::Write;

use serde::{Deserialize, Serialize};

use super::terminal::Paint;
use crate::mutation::DecidingFunction;
use crate::sut::Lines;

/// Lines that never ran are shown one by one up to so many.
const SHOWN: usize = 40;

/// One function and its lines that can run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionLines {
    /// File below the tree.
    pub file: String,
    /// Name of the function.
    pub function: String,
    /// How many of its lines ran.
    pub ran: usize,
    /// The lines that did not, each with its number in the file and its text.
    pub never: Vec<SourceLine>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLine {
    /// Its number.
    pub line: u32,
    /// Its text.
    pub text: String,
}

/// All deciding functions of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinesReport {
    /// In the order of the places; functions of which no line is known were never even loaded.
    pub functions: Vec<FunctionLines>,
}

impl LinesReport {
    /// Joins what ran with the functions that decide.
    pub fn new(functions: &[DecidingFunction], lines: &Lines) -> Self {
        let of = |function: &DecidingFunction| {
            let known = lines.get(function.file);
            let mine = known.into_iter().flatten().filter(|(number, _)| (function.first..=function.last).contains(number));
            let (ran, never): (Vec<_>, Vec<_>) = mine.partition(|(_, ran)| **ran);
            FunctionLines {
                file: function.file.to_owned(),
                function: function.name.clone(),
                ran: ran.len(),
                never: never.into_iter().map(|(number, _)| SourceLine { line: *number, text: function.line(*number).to_owned() }).collect(),
            }
        };
        Self { functions: functions.iter().map(of).collect() }
    }

    /// What ran in one of two runs on the same tree.
    #[must_use]
    pub fn joined(mut self, other: &Self) -> Self {
        for (mine, theirs) in self.functions.iter_mut().zip(&other.functions) {
            if mine.never.is_empty() && mine.ran == 0 {
                // Never loaded here, so no line is known.
                mine.clone_from(theirs);
            } else if theirs.ran > 0 {
                let all = mine.ran + mine.never.len();
                mine.never.retain(|line| theirs.never.contains(line));
                mine.ran = all - mine.never.len();
            }
        }
        self
    }

    /// Lines that ran, and lines that can.
    pub fn totals(&self) -> (usize, usize) {
        let ran: usize = self.functions.iter().map(|function| function.ran).sum();
        (ran, ran + self.functions.iter().map(|function| function.never.len()).sum::<usize>())
    }

    /// For the terminal: the total, and every line that never ran.
    pub fn print(&self, out: &mut impl Write) -> std::io::Result<()> {
        let (ran, all) = self.totals();
        writeln!(out, "lines of Matomo's deciding functions: {ran} of {all} ran")?;
        let mut shown = 0;
        for function in self.functions.iter().filter(|function| !function.never.is_empty() || function.ran == 0) {
            let FunctionLines { file, function: name, ran, never } = function;
            if *ran == 0 {
                writeln!(out, "  {file} {name}: never called")?;
                continue;
            }
            for SourceLine { line, text } in never.iter().take(SHOWN.saturating_sub(shown)) {
                writeln!(out, "  {}{file}:{line}{:#} {name}: {text}", Paint::DIM, Paint::DIM)?;
            }
            shown += never.len();
        }
        if shown > SHOWN {
            writeln!(out, "  and {} more lines, in results.json", shown - SHOWN)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn lines_are_counted_by_function_and_those_that_never_ran_are_named() {
        let function = |name: &str, first, text: &[&str]| DecidingFunction {
            file: "core/Access.php",
            name: name.to_owned(),
            first,
            last: first + u32::try_from(text.len()).unwrap() - 1,
            text: text.iter().map(|line| (*line).to_owned()).collect(),
        };
        let functions = [function("check", 10, &["{", "if ($a) {", "throw $b;", "}"]), function("other", 20, &["{", "return 1;", "}"])];
        let lines = Lines::from([("core/Access.php".to_owned(), BTreeMap::from([(11, true), (12, false), (15, true), (21, false)]))]);
        let report = LinesReport::new(&functions, &lines);
        assert_eq!(report.totals(), (1, 3), "line 15 is in no deciding function");
        assert_eq!(report.functions[0].never, [SourceLine { line: 12, text: "throw $b;".to_owned() }]);
        let more = Lines::from([("core/Access.php".to_owned(), BTreeMap::from([(11, false), (12, true), (21, false)]))]);
        assert_eq!(report.clone().joined(&LinesReport::new(&functions, &more)).totals(), (2, 3));
        assert_eq!(report.clone().joined(&report), report);
        let mut text = Vec::new();
        report.print(&mut text).expect("printed");
        let text = anstream::adapter::strip_str(&String::from_utf8(text).expect("text")).to_string();
        assert!(text.contains("1 of 3 ran") && text.contains("core/Access.php:12 check: throw $b;"), "{text}");
        assert!(text.contains("other: never called"), "{text}");
        assert_eq!(serde_json::to_value(&report).expect("JSON")["functions"][1]["never"][0]["line"], 21);
    }
}
