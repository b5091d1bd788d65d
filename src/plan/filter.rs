//! Selecting cases by id: a prefix or a glob.

use globset::{GlobBuilder, GlobMatcher};

/// One pattern: a glob where it has wildcards, a prefix of the id otherwise.
#[derive(Clone, Debug)]
enum Pattern {
    Prefix(String),
    Glob(GlobMatcher),
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, String> {
        // `?` starts raw queries and `[` occurs in them, so only `*` and `{` make a glob.
        if !text.contains(['*', '{']) {
            return Ok(Self::Prefix(text.to_owned()));
        }
        let escaped: String = text.chars().flat_map(|c| if "?[]!".contains(c) { vec!['[', c, ']'] } else { vec![c] }).collect();
        let escaped = escaped.replace("[[]", "\\[").replace("[]]", "\\]").replace("[!]", "!").replace("[?]", "\\?");
        let glob = GlobBuilder::new(&escaped).literal_separator(false).backslash_escape(true).build();
        glob.map(|glob| Self::Glob(glob.compile_matcher())).map_err(|error| format!("bad pattern {text:?}: {error}"))
    }

    fn matches(&self, id: &str) -> bool {
        match self {
            Self::Prefix(prefix) => id.starts_with(prefix.as_str()),
            Self::Glob(glob) => glob.is_match(id),
        }
    }
}

/// Which case ids take part.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    only: Vec<Pattern>,
    only_texts: Vec<String>,
    skip: Vec<Pattern>,
}

impl Filter {
    /// Builds a filter; a bad pattern is an error that names it.
    pub fn new(only: &[String], skip: &[String]) -> Result<Self, String> {
        let parse = |patterns: &[String]| patterns.iter().map(|pattern| Pattern::parse(pattern)).collect::<Result<Vec<_>, _>>();
        Ok(Self { only: parse(only)?, only_texts: only.to_vec(), skip: parse(skip)? })
    }

    /// Whether anything is selected or left out at all.
    pub fn is_empty(&self) -> bool {
        self.only.is_empty() && self.skip.is_empty()
    }

    /// The first pattern of `--only` that takes none of these ids.
    pub fn idle(&self, ids: impl Iterator<Item = String>) -> Option<&str> {
        let mut idle: Vec<usize> = (0..self.only.len()).collect();
        for id in ids {
            if idle.is_empty() {
                return None;
            }
            idle.retain(|index| !self.only[*index].matches(&id));
        }
        idle.first().map(|index| self.only_texts[*index].as_str())
    }

    /// Whether the id takes part.
    pub fn takes(&self, id: &str) -> bool {
        (self.only.is_empty() || self.only.iter().any(|pattern| pattern.matches(id)))
            && !self.skip.iter().any(|pattern| pattern.matches(id))
    }
}
