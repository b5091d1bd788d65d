//! All mutants of a tree, in a fixed order, each once.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::mutant::Mutant;
use super::operators::edits;
use super::places::{PLACES, Place};
use super::syntax::Php;

/// What a tree gives.
#[derive(Clone, Debug, Default)]
pub struct Mutants {
    /// The mutants.
    pub all: Vec<Mutant>,
    /// Files and functions that this release does not have, or that cannot be read, each with the reason.
    pub skipped: Vec<String>,
    /// Digest of the texts of all files that decide, 16 hexadecimal digits: the same for the same mutants.
    pub digest: String,
}

/// Breaks every deciding function of a tree in every way. Files that cannot be read are an error but for those that are not there.
pub fn mutants_of(tree: &Path) -> std::io::Result<Mutants> {
    let files = deciding_files(tree)?;
    let mut mutants = Mutants { digest: digest(&files), ..Mutants::default() };
    for (place, text) in &files {
        match text {
            Some(text) => mutate(place, text, &mut mutants),
            None => mutants.skipped.push(format!("{}: this release has no such file", place.file)),
        }
    }
    Ok(mutants)
}

/// The digest of a tree's deciding files, which tells trees apart that say their rules in other words.
pub fn digest_of(tree: &Path) -> std::io::Result<String> {
    Ok(digest(&deciding_files(tree)?))
}

/// The files in which deciding functions stand, with their texts; nothing for one that the release does not have.
fn deciding_files(tree: &Path) -> std::io::Result<Vec<(&'static Place, Option<String>)>> {
    let read = |place: &'static Place| match std::fs::read_to_string(tree.join(place.file)) {
        Ok(text) => Ok((place, Some(text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok((place, None)),
        Err(error) => Err(error),
    };
    PLACES.iter().map(read).collect()
}

fn digest(files: &[(&Place, Option<String>)]) -> String {
    let mut hash = Sha256::new();
    for text in files.iter().filter_map(|(_, text)| text.as_ref()) {
        hash.update(text);
    }
    hex::encode(&hash.finalize()[..8])
}

/// Breaks the deciding functions of one file.
pub fn mutate(place: &Place, text: &str, into: &mut Mutants) {
    let Some(php) = Php::parse(text).filter(Php::is_sound) else {
        into.skipped.push(format!("{}: its syntax is not understood", place.file));
        return;
    };
    let functions = php.functions();
    let named: Vec<(&str, &[&str])> = if place.functions.is_empty() {
        functions.iter().map(|function| (function.name, &[][..])).collect()
    } else {
        place.functions.iter().map(|decider| (decider.name, decider.about)).collect()
    };
    // Two operators may come to the same text.
    let mut seen = HashSet::from([text.to_owned()]);
    for (name, about) in named {
        let Some(function) = functions.iter().find(|function| function.name.eq_ignore_ascii_case(name)) else {
            into.skipped.push(format!("{}: this release has no {name}", place.file));
            continue;
        };
        let before = into.all.len();
        let mut numbers = BTreeMap::new();
        for edit in edits(&php, function, about) {
            let mutated = edit.apply(text);
            if !Php::parse(&mutated).is_some_and(|php| php.is_sound()) || !seen.insert(mutated) {
                continue;
            }
            let number = numbers.entry(edit.operator).or_insert(0_usize);
            *number += 1;
            into.all.push(Mutant::new(place.file, function.name, *number, edit, text));
        }
        if into.all.len() == before {
            into.skipped.push(format!("{}: nothing to break in {name}", place.file));
        }
    }
}
