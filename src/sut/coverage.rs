//! Which lines of Matomo's own code the requests of a run have run so far, as the probe's PHP notes it with the extension pcov.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::{Failure, at};

/// The extension that is needed.
pub const EXTENSION: &str = "pcov";

/// Settings that switch it on for the files below a folder. Optimised code has no longer all the lines that were written.
pub fn settings(tree: &Path) -> [String; 3] {
    ["pcov.enabled=1".to_owned(), format!("pcov.directory={}", tree.display()), "opcache.optimization_level=0".to_owned()]
}

/// Whether each line that can run has run, by file below the tree and number.
pub type Lines = BTreeMap<String, BTreeMap<u32, bool>>;

/// A part of a file that is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoveredPart {
    /// File below the tree.
    pub file: &'static str,
    /// Its lines, the last one included.
    pub lines: std::ops::RangeInclusive<u32>,
}

/// What one request ran that none had run before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The number it was sent with.
    pub request: Option<u64>,
    /// Lines that are new, and whether they ran or are only known to be there.
    pub lines: Lines,
}

#[derive(Deserialize)]
struct Line {
    request: String,
    lines: Lines,
}

/// The folder in which PHP notes it.
#[derive(Debug)]
pub struct LineCoverage {
    folder: PathBuf,
    tree: PathBuf,
    parts: Vec<CoveredPart>,
    read: u64,
    lines: Lines,
}

impl LineCoverage {
    /// Prepares a folder for some parts of a tree's files; files that the tree does not have are left out.
    pub fn prepare(folder: PathBuf, tree: &Path, parts: &[CoveredPart]) -> Result<Self, Failure> {
        let files: BTreeSet<&str> = parts.iter().map(|part| part.file).collect();
        let there: Vec<String> =
            files.iter().map(|file| tree.join(file)).filter(|path| path.is_file()).map(|path| path.display().to_string()).collect();
        let list = folder.join("files.txt");
        std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&list, there.join("\n"))).map_err(at(&list, "write"))?;
        Ok(Self { folder, tree: tree.to_owned(), parts: parts.to_vec(), read: 0, lines: Lines::new() })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All that is known, as of the last call of `news`.
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// What was noted since the last call. A request's note is complete before the end of its answer is.
    pub fn news(&mut self) -> Result<Vec<News>, Failure> {
        let path = self.folder.join("news.jsonl");
        let Ok(mut file) = std::fs::File::open(&path) else { return Ok(Vec::new()) };
        let mut text = String::new();
        file.seek(SeekFrom::Start(self.read)).and_then(|_| file.read_to_string(&mut text)).map_err(at(&path, "read"))?;
        let mut all = Vec::new();
        // A line that is being written is left for the next time.
        for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            self.read += line.len() as u64;
            let line: Line = serde_json::from_str(line)
                .map_err(|error| Failure::environment(format!("{}: a note of the coverage cannot be read: {error}", path.display())))?;
            let news = News { request: line.request.parse().ok(), lines: self.of_parts(line.lines) };
            for (file, lines) in &news.lines {
                let known = self.lines.entry(file.clone()).or_default();
                for (number, ran) in lines {
                    *known.entry(*number).or_default() |= *ran;
                }
            }
            all.push(news);
        }
        Ok(all)
    }

    /// The lines of the parts that are looked at, by file below the tree.
    fn of_parts(&self, lines: Lines) -> Lines {
        let mut mine = Lines::new();
        for (path, lines) in lines {
            let Ok(file) = Path::new(&path).strip_prefix(&self.tree) else { continue };
            let parts = || self.parts.iter().filter(|part| Path::new(part.file) == file);
            let inside: BTreeMap<u32, bool> =
                lines.into_iter().filter(|(number, _)| parts().any(|part| part.lines.contains(number))).collect();
            if !inside.is_empty() {
                mine.insert(file.display().to_string(), inside);
            }
        }
        mine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_once_and_joined() {
        let work = tempfile::tempdir().expect("a folder");
        let tree = work.path().join("tree");
        std::fs::create_dir_all(tree.join("core")).expect("a folder");
        std::fs::write(tree.join("core/Access.php"), "<?php").expect("a file");
        let part = |file| CoveredPart { file, lines: 5..=7 };
        let mut coverage =
            LineCoverage::prepare(work.path().join("coverage"), &tree, &[part("core/Access.php"), part("core/None.php")]).expect("ready");
        let listed = std::fs::read_to_string(coverage.folder().join("files.txt")).expect("a list");
        assert!(listed.ends_with("core/Access.php") && !listed.contains("None.php"), "{listed}");
        assert_eq!(coverage.news().expect("nothing yet"), []);

        let file = tree.join("core/Access.php").display().to_string();
        let note = |request: &str, lines: &str| format!("{{\"request\":\"{request}\",\"lines\":{{\"{file}\":{lines}}}}}\n");
        let path = coverage.folder().join("news.jsonl");
        let half = &note("9", r#"{"7":true}"#)[..20];
        let text = note("7", r#"{"5":true,"6":false,"8":true}"#) + &note("", r#"{"6":true}"#) + half;
        std::fs::write(&path, &text).expect("notes");
        let news = coverage.news().expect("two notes");
        assert_eq!(news.iter().map(|news| news.request).collect::<Vec<_>>(), [Some(7), None]);
        assert_eq!(coverage.lines()["core/Access.php"], BTreeMap::from([(5, true), (6, true)]));
        assert_eq!(coverage.news().expect("half a note"), []);
        std::fs::write(&path, text + &note("9", r#"{"7":true}"#)[20..]).expect("the rest");
        assert_eq!(coverage.news().expect("the third").len(), 1);
        assert_eq!(coverage.lines()["core/Access.php"].len(), 3);
    }
}
