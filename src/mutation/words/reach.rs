//! What the deciding functions call, and what those call, three steps far.

use std::collections::{HashMap, HashSet};

use super::files::File;
use super::reading::Read;
use crate::mutation::places::PLACES;

/// How many calls away a function may be from one that decides.
const STEPS: usize = 3;

/// A call to a name that so many functions have, on who knows what, tells nothing.
const TOO_COMMON: usize = 12;

/// A function: the number of its file, and its own in there.
pub(super) type Place = (usize, usize);

/// All functions that decide, that a deciding one calls within three calls, or that stand in a changed file.
pub(super) fn reach(files: &[File], reads: &[Read], changed: &[String]) -> HashSet<Place> {
    let mut by_name: HashMap<String, Vec<Place>> = HashMap::new();
    for (file, read) in reads.iter().enumerate() {
        for (index, body) in read.bodies.iter().enumerate().filter(|(_, body)| !body.function.is_empty()) {
            by_name.entry(body.function.to_ascii_lowercase()).or_default().push((file, index));
        }
    }
    let mut reached: HashSet<Place> = HashSet::new();
    for (number, (file, read)) in files.iter().zip(reads).enumerate() {
        let all = changed.contains(&file.path);
        let place = PLACES.iter().find(|place| place.file == file.path);
        for (index, body) in read.bodies.iter().enumerate() {
            let decides = place.is_some_and(|place| {
                place.functions.is_empty() || place.functions.iter().any(|known| known.name.eq_ignore_ascii_case(&body.function))
            });
            if all || decides {
                reached.insert((number, index));
            }
        }
    }
    let mut last: Vec<Place> = reached.iter().copied().collect();
    for _ in 0..STEPS {
        let mut next = Vec::new();
        for (file, index) in last {
            for (class, callee) in &reads[file].bodies[index].callees {
                let Some(known) = by_name.get(&callee.to_ascii_lowercase()) else { continue };
                let of_class: Vec<Place> =
                    known.iter().copied().filter(|(file, _)| class.as_ref().is_some_and(|class| files[*file].class() == class)).collect();
                let called = if !of_class.is_empty() {
                    of_class
                } else if known.len() <= TOO_COMMON {
                    known.clone()
                } else {
                    continue;
                };
                next.extend(called.into_iter().filter(|place| reached.insert(*place)));
            }
        }
        last = next;
    }
    reached
}
