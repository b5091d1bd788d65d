//! The house is as it is described: what each folder and file holds, and which room may use which.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use walkdir::WalkDir;

use crate::documents::{first_column, read, root, shows};

/// The first paragraph of a file's `//!`.
fn sentence(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let lines = text.lines().map_while(|line| line.strip_prefix("//!")).take_while(|line| !line.trim().is_empty());
    let sentence = lines.map(str::trim).collect::<Vec<_>>().join(" ");
    (!sentence.is_empty()).then_some(sentence)
}

/// Folders below `src`, with a slash at the end.
fn source_folders() -> Vec<String> {
    let folders = WalkDir::new(root().join("src")).min_depth(1).sort_by_file_name().into_iter().flatten();
    let folders = folders.filter(|entry| entry.file_type().is_dir()).map(walkdir::DirEntry::into_path);
    folders.map(|path| format!("{}/", path.strip_prefix(root()).expect("below the root").display())).collect()
}

#[test]
fn every_source_file_begins_with_a_sentence_on_what_it_holds() {
    let files = WalkDir::new(root().join("src")).into_iter().flatten().map(walkdir::DirEntry::into_path);
    for path in files.filter(|path| path.extension().is_some_and(|ext| ext == "rs")) {
        let sentence =
            sentence(&path).unwrap_or_else(|| panic!("{} has to begin with `//! One sentence on what it holds.`", path.display()));
        assert!(sentence.contains(' ') && sentence.ends_with(['.', ')', '!', '?']), "{}: no sentence: {sentence}", path.display());
    }
}

#[test]
fn the_design_has_a_line_for_every_folder() {
    let mut rows = vec!["| folder | what it holds |".to_owned(), "| --- | --- |".to_owned()];
    let mut others = BTreeSet::new();
    for folder in source_folders() {
        match sentence(&root().join(&folder).join("mod.rs")) {
            Some(sentence) if !folder.ends_with("/tests/") => {
                rows.push(format!("| `{folder}` | {} |", sentence.replace('|', "\\|")));
            }
            _ if folder.ends_with("/tests/") => {}
            _ => _ = others.insert(folder),
        }
    }
    shows("DESIGN.md", "rooms", &rows.join("\n"));
    for entry in std::fs::read_dir(root()).expect("the repository").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        // What is built and folders of other tools are no part of the repository.
        let ours = !name.starts_with('.') || [".github", ".ci"].contains(&name.as_str());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && ours && !["target", "src"].contains(&name.as_str()) {
            others.insert(format!("{name}/"));
        }
    }
    let design = read("DESIGN.md");
    let (_, by_hand) = design.split_once("<!-- /rooms -->").expect("the mark");
    let by_hand = first_column(by_hand);
    for folder in &others {
        assert!(
            by_hand.contains(folder),
            "DESIGN.md has no line for {folder}: give it a mod.rs with a `//!` sentence, or add a row below the table of rooms"
        );
    }
    for folder in &by_hand {
        assert!(root().join(folder).is_dir(), "DESIGN.md names the folder {folder}, which does not exist");
    }
}

#[test]
fn the_map_of_the_code_stands_in_the_code_only() {
    let contributing = read("CONTRIBUTING.md");
    let map = contributing.contains("<!-- map -->") || contributing.lines().any(|line| line.starts_with("- `src/"));
    assert!(!map, "CONTRIBUTING.md has no map of files any more: what a file holds is its first line, `//! One sentence.`");
}

/// Rust files below a folder of the repository.
fn sources(folder: &str) -> Vec<PathBuf> {
    let files = WalkDir::new(root().join(folder)).into_iter().flatten().map(walkdir::DirEntry::into_path);
    files.filter(|path| path.extension().is_some_and(|ext| ext == "rs")).collect()
}

/// Rooms that a text of Rust uses, its own tests left out.
fn used(text: &str) -> BTreeSet<String> {
    static USED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"crate::([a-z_]+)").expect("a pattern"));
    let code = text.split_once("#[cfg(test)]\nmod tests {").map_or(text, |(code, _)| code);
    USED.captures_iter(code).map(|found| found[1].to_owned()).collect()
}

/// Rows of the table of rooms in CONTRIBUTING.md: a room and those that it may use, in the order in which they stand.
fn rooms() -> Vec<(String, BTreeSet<String>)> {
    let text = read("CONTRIBUTING.md");
    let rows = text.lines().skip_while(|line| !line.starts_with("| room | its one job |")).skip(2).take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let uses = cells[2].split(", ").filter(|room| *room != "nothing").map(str::to_owned).collect();
        (cells[0].trim_matches('`').trim_end_matches('/').to_owned(), uses)
    };
    rows.map(row).collect()
}

#[test]
fn each_room_uses_the_rooms_that_contributing_says_and_these_stand_above_it() {
    let rooms = rooms();
    let names: BTreeSet<String> = rooms.iter().map(|(name, _)| name.clone()).collect();
    let folders = std::fs::read_dir(root().join("src")).expect("sources").flatten().filter(|entry| entry.path().is_dir());
    let folders: BTreeSet<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(names, folders, "a room is a folder below src/");
    let mut above = BTreeSet::new();
    for (room, told) in &rooms {
        let files = sources(&format!("src/{room}")).into_iter().filter(|path| !path.components().any(|part| part.as_os_str() == "tests"));
        let texts = files.map(|path| std::fs::read_to_string(path).expect("a source"));
        let uses: BTreeSet<String> = texts.flat_map(|text| used(&text)).filter(|name| names.contains(name) && name != room).collect();
        assert_eq!(&uses, told, "what {room}/ uses, and what CONTRIBUTING.md says");
        let below: Vec<_> = uses.difference(&above).collect();
        assert!(below.is_empty(), "{room}/ uses {below:?}, which do not stand above it");
        above.insert(room.clone());
    }
}

/// The two tellings of the rules are worth something only as long as neither looks at the other.
#[test]
fn the_simulated_matomo_is_used_by_its_bridge_alone() {
    for path in sources("src") {
        let text = std::fs::read_to_string(&path).expect("a source");
        let at_home = path.starts_with(root().join("src/simulated")) || path.ends_with("src/sut/simulation.rs");
        assert!(at_home || !used(&text).contains("simulated"), "{} uses the simulated Matomo", path.display());
        // A path that climbs out of its room would not be seen above.
        assert!(!text.contains("use crate::{") && !text.contains("super::super::super"), "{}: name the room", path.display());
    }
}

#[test]
fn no_crate_is_depended_on_that_nothing_uses() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("a manifest");
    let folders = ["src", "tests", "benches", "examples"];
    let code: String =
        folders.iter().flat_map(|folder| sources(folder)).map(|path| std::fs::read_to_string(path).expect("a source")).collect();
    for table in ["dependencies", "dev-dependencies"] {
        for name in manifest[table].as_table().expect("a table").keys() {
            let word = name.replace('-', "_");
            let used = Regex::new(&format!(r"\b{word}(::|!)|\buse {word}\b")).expect("a pattern");
            assert!(used.is_match(&code), "{name} is not used: take it out of Cargo.toml");
        }
    }
}
