//! The words of a target's tree, in the model's form.

use std::path::Path;

use crate::model::{Word, Words};
use crate::mutation::{Dictionary, WordKind};

/// The longest text that is put into a request.
const LONGEST: usize = 40;

/// Reads the tree; all of the changed files is near.
pub fn words_of(tree: &Path, changed: &[String]) -> Words {
    let Dictionary { words, literals, .. } = Dictionary::of(tree, changed);
    let of = |kind: WordKind| {
        let own = words.iter().filter(|word| word.kind == kind);
        own.map(|word| Word { name: word.name.clone(), values: word.values.iter().cloned().collect(), near: word.near }).collect()
    };
    Words {
        parameters: of(WordKind::Parameter),
        headers: of(WordKind::Header),
        cookies: of(WordKind::Cookie),
        compared: literals.into_keys().filter(|text| text.len() <= LONGEST).collect(),
    }
}
