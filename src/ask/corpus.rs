//! The corpus: one file for each class of behaviour that a search has met, as text, replayed first next time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::failure::{Failure, at};
use crate::matomo::Observation;
use crate::model::Trace;
use crate::plan::Input;

/// A folder of inputs, by class.
pub struct Corpus {
    folder: Option<PathBuf>,
    classes: BTreeSet<String>,
    fresh: usize,
}

impl Corpus {
    /// A folder that is there already, or will be made; none keeps nothing.
    pub fn open(folder: Option<&Path>) -> Self {
        Self { folder: folder.map(Path::to_owned), classes: BTreeSet::new(), fresh: 0 }
    }

    /// The inputs in the folder, in the order of their names.
    pub fn inputs(&self) -> Result<Vec<Input>, Failure> {
        let Some(folder) = self.folder.as_deref().filter(|folder| folder.is_dir()) else { return Ok(Vec::new()) };
        let entries = std::fs::read_dir(folder).map_err(at(folder, "read"))?;
        let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(at(folder, "read"))?;
        let mut files: Vec<PathBuf> = paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
        files.sort();
        let read = |file: &PathBuf| {
            let text = std::fs::read_to_string(file).map_err(at(file, "read"))?;
            Input::parse(&text).map_err(|why| Failure::usage(format!("{}: {why}", file.display())))
        };
        files.iter().map(read).collect()
    }

    /// How many classes were met in this search, and how many of them were written.
    pub fn met(&self) -> (usize, usize) {
        (self.classes.len(), self.fresh)
    }

    /// Notes the class of an answer, and keeps the input where nothing of the kind is in the folder.
    pub fn note(&mut self, input: &Input, trace: &Trace, observation: &Observation) -> Result<(), Failure> {
        let class = class(trace, observation);
        if !self.classes.insert(class.clone()) {
            return Ok(());
        }
        self.write(&short(&class), input, &class)
    }

    /// Keeps an input whatever its class, with what is special about it.
    pub fn keep(&mut self, input: &Input, why: &str) -> Result<(), Failure> {
        self.write(&short(&input.to_toml()), input, why)
    }

    fn write(&mut self, name: &str, input: &Input, why: &str) -> Result<(), Failure> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let file = folder.join(format!("{name}.toml"));
        if file.exists() {
            return Ok(());
        }
        std::fs::create_dir_all(folder).map_err(at(folder, "create the folder"))?;
        let fresh = file.with_extension("new");
        let text = format!("# {}\n{}", why.replace('\n', " "), input.to_toml());
        std::fs::write(&fresh, text).and_then(|()| std::fs::rename(&fresh, &file)).map_err(at(&file, "write"))?;
        self.fresh += 1;
        Ok(())
    }
}

/// The class of an answer: the clauses with their answers, the outcome, the status.
fn class(trace: &Trace, observation: &Observation) -> String {
    let steps: Vec<String> = trace.steps.iter().map(|step| format!("{}{}", if step.held { '+' } else { '-' }, step.clause)).collect();
    let seen = match observation {
        Observation::Clear { answer, status, .. } => format!("{} {status}", answer.outcome()),
        Observation::Unknown { status, .. } => format!("unknown {status}"),
        Observation::Failed { .. } => "no answer".to_owned(),
    };
    format!("{seen} {}", steps.join(" "))
}

/// A name for a text.
pub fn short(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..6])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Answer, Reason, Request};

    #[test]
    fn a_class_is_kept_once_and_read_again() {
        let work = tempfile::tempdir().expect("a folder");
        let folder = work.path().join("corpus");
        let input = Input::of_slot("flag", Request { query: "module=API".to_owned(), ..Request::default() });
        let seen = |reason| Observation::Clear { answer: Answer::Denied { reason }, status: 500, message: None, guarded: false };
        for _ in 0..2 {
            let mut corpus = Corpus::open(Some(&folder));
            corpus.note(&input, &Trace::default(), &seen(Reason::NoRight)).expect("written");
            corpus.note(&input, &Trace::default(), &seen(Reason::NoRight)).expect("known");
            corpus.note(&input, &Trace::default(), &seen(Reason::Conflict)).expect("written");
            assert_eq!(corpus.met().0, 2);
        }
        assert_eq!(Corpus::open(Some(&folder)).inputs().expect("they are read"), [input.clone(), input]);
        std::fs::write(folder.join("x.toml"), "slto = 1").expect("a file");
        assert!(Corpus::open(Some(&folder)).inputs().expect_err("a mistake").what.contains("x.toml"));
    }
}
