//! The dictionary of a tree, put together from what each of its files asks for.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::path::Path;

use super::files::{File, parallel, read as read_files};
use super::names::Name;
use super::reach::reach;
use super::reading::{Read, plausible, read};

/// What a word is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WordKind {
    /// A parameter in URL or body.
    Parameter,
    /// A header of the request.
    Header,
    /// A cookie.
    Cookie,
    /// A key of `$_SERVER` that is no header.
    Server,
    /// A key of the session, which no request can bring.
    Session,
}

impl fmt::Display for WordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parameter => "parameter",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Server => "server",
            Self::Session => "session",
        })
    }
}

/// A name that the tree's PHP asks a request for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What it is the name of.
    pub kind: WordKind,
    /// The name, headers as they go over the wire.
    pub name: String,
    /// Where it is asked for first: the file below the tree and the line.
    pub place: (String, usize),
    /// Whether a function asks for it that decides, or that is called by one within three calls, or a changed file.
    pub near: bool,
    /// Texts and numbers that it is compared with.
    pub values: BTreeSet<String>,
}

/// All words of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dictionary {
    /// Files that were read.
    pub files: usize,
    /// Names, sorted by kind and name.
    pub words: Vec<Word>,
    /// Texts and numbers that something is compared with near a decision, each with its first file and line.
    pub literals: BTreeMap<String, (String, usize)>,
}

impl Dictionary {
    /// Reads a tree; `changed` are files below it of which all is near.
    pub fn of(tree: &Path, changed: &[String]) -> Self {
        let mut files = read_files(tree);
        for path in changed.iter().filter(|path| Path::new(path).extension().is_some_and(|ending| ending == "php")) {
            // Elsewhere only a change makes a file matter.
            if !files.iter().any(|file| file.path == *path)
                && let Ok(text) = std::fs::read_to_string(tree.join(path))
            {
                files.push(File { path: path.clone(), text });
            }
        }
        let reads = parallel(&files, |file| read(&file.text, file.class(), is_api(&file.path)));
        let mut making = Making::new(&files, &reads, reach(&files, &reads, changed));
        making.asked();
        making.through_getters();
        making.compared();
        making.configured(tree);
        let literals = making.literals();
        let words = making.words.into_values().collect();
        Self { files: files.len(), words, literals }
    }
}

/// Whether public methods of a file are called with parameters of their arguments' names.
fn is_api(path: &str) -> bool {
    path.starts_with("plugins/") && path.ends_with("/API.php")
}

/// A dictionary in the making.
struct Making<'a> {
    files: &'a [File],
    reads: &'a [Read],
    near: HashSet<(usize, &'a str)>,
    reached: HashSet<(usize, usize)>,
    constants: HashMap<(&'a str, &'a str), &'a [String]>,
    words: BTreeMap<(WordKind, String), Word>,
    /// Functions that ask for what they are given: class, name and number of the argument.
    getters: BTreeSet<(String, String, usize, WordKind)>,
}

impl<'a> Making<'a> {
    fn new(files: &'a [File], reads: &'a [Read], reached: HashSet<(usize, usize)>) -> Self {
        let mut constants = HashMap::new();
        for (file, read) in files.iter().zip(reads) {
            for (name, texts) in &read.constants {
                constants.entry((file.class(), name.as_str())).or_insert(texts.as_slice());
            }
        }
        let near = reached.iter().map(|(file, body)| (*file, reads[*file].bodies[*body].function.as_str())).collect();
        Self { files, reads, near, reached, constants, words: BTreeMap::new(), getters: BTreeSet::new() }
    }

    /// The texts of a name that is told, in this file or in another.
    fn texts(&self, name: &Name) -> Vec<String> {
        match name {
            Name::Text(text) => vec![text.clone()],
            Name::Constant(class, name) => {
                self.constants.get(&(class.as_str(), name.as_str())).map(|texts| texts.to_vec()).unwrap_or_default()
            }
            Name::Argument(_) => Vec::new(),
        }
    }

    fn note(&mut self, kind: WordKind, text: &str, file: usize, (function, line): (&str, usize)) {
        if !plausible(text) {
            return;
        }
        let (kind, name) = over_the_wire(kind, text);
        let near = self.near.contains(&(file, function));
        let place = (self.files[file].path.clone(), line);
        let word = self.words.entry((kind, name.clone()));
        word.or_insert_with(|| Word { kind, name, place, near, values: BTreeSet::new() }).near |= near;
    }

    /// What is asked for by a name that is told.
    fn asked(&mut self) {
        for (file, read) in self.reads.iter().enumerate() {
            for asked in &read.asked {
                for text in self.texts(&asked.name) {
                    self.note(asked.kind, &text, file, (&asked.function, asked.line));
                }
                if let Name::Argument(number) = asked.name {
                    self.getters.insert((self.files[file].class().to_owned(), asked.function.clone(), number, asked.kind));
                }
            }
        }
    }

    /// What is asked for through functions that ask for what they are given.
    fn through_getters(&mut self) {
        let mut declared: HashMap<&str, usize> = HashMap::new();
        for body in self.reads.iter().flat_map(|read| &read.bodies) {
            *declared.entry(body.function.as_str()).or_default() += 1;
        }
        let alone = |name: &str| declared.get(name) == Some(&1);
        for _ in 0..3 {
            let getters = self.getters.clone();
            for (file, read) in self.reads.iter().enumerate() {
                for call in &read.calls {
                    let mut known = getters.iter().filter(|(class, function, number, _)| {
                        *function == call.callee && *number == call.argument && (call.class.as_ref() == Some(class) || alone(function))
                    });
                    let Some((.., kind)) = known.next() else { continue };
                    for text in self.texts(&call.name) {
                        self.note(*kind, &text, file, (&call.function, call.line));
                    }
                    if let Name::Argument(number) = call.name {
                        self.getters.insert((self.files[file].class().to_owned(), call.function.clone(), number, *kind));
                    }
                }
            }
            if self.getters.len() == getters.len() {
                break;
            }
        }
    }

    /// Values that the words are compared with.
    fn compared(&mut self) {
        for read in self.reads {
            for (name, value) in &read.compared {
                for text in self.texts(name) {
                    for kind in [WordKind::Parameter, WordKind::Header, WordKind::Cookie, WordKind::Server] {
                        if let Some(word) = self.words.get_mut(&over_the_wire(kind, &text)) {
                            word.values.insert(value.clone());
                        }
                    }
                }
            }
        }
    }

    /// Names of cookies that stand in the configuration that comes with Matomo.
    fn configured(&mut self, tree: &Path) {
        const FILE: &str = "config/global.ini.php";
        let text = std::fs::read_to_string(tree.join(FILE)).unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim().trim_matches(['"', '\'']);
            if key.trim().ends_with("cookie_name") && plausible(value) {
                let name = value.to_owned();
                let word = Word {
                    kind: WordKind::Cookie,
                    name: name.clone(),
                    place: (FILE.to_owned(), index + 1),
                    near: false,
                    values: BTreeSet::new(),
                };
                self.words.entry((WordKind::Cookie, name)).or_insert(word);
            }
        }
    }

    /// What is compared near a decision.
    fn literals(&self) -> BTreeMap<String, (String, usize)> {
        let mut places: Vec<_> = self.reached.iter().copied().collect();
        places.sort_unstable();
        let mut literals = BTreeMap::new();
        for (file, body) in places {
            for (text, line) in &self.reads[file].bodies[body].literals {
                literals.entry(text.clone()).or_insert_with(|| (self.files[file].path.clone(), *line));
            }
        }
        literals
    }
}

/// A key of `$_SERVER` that comes from a header is that header.
fn over_the_wire(kind: WordKind, text: &str) -> (WordKind, String) {
    let header = match kind {
        WordKind::Server => text.strip_prefix("HTTP_"),
        WordKind::Header => Some(text),
        _ => None,
    };
    match header {
        Some(name) => {
            let part = |part: &str| {
                part.chars()
                    .take(1)
                    .flat_map(char::to_uppercase)
                    .chain(part.chars().skip(1).flat_map(char::to_lowercase))
                    .collect::<String>()
            };
            (WordKind::Header, name.split(['_', '-']).map(part).collect::<Vec<_>>().join("-"))
        }
        None => (kind, text.to_owned()),
    }
}
