//! Tries mutants: each is put in place, looked at, run up to its first difference, and taken out again.

use std::collections::HashMap;

use super::engine::Conduct;
use super::served_tree::{Loaded, MARK_HEADER, ServedTree};
use crate::failure::{Failure, at};
use crate::mutation::{Mutant, MutantFate};
use crate::sut::local::Php;
use crate::sut::{Environment, TreeCopy};

/// How often a text is put in place again where PHP still runs an older one.
const ATTEMPTS: u32 = 3;

/// A copy of a tree and the Matomo that serves it.
pub struct MutantRunner {
    // Servers end before the tree they serve.
    stage: ServedTree,
    copy: TreeCopy,
    php: Php,
    originals: HashMap<&'static str, String>,
    mark: u32,
}

/// What became of a mutant, and whether the clean tree is itself again after it.
pub struct MutantResult {
    /// What became of it.
    pub fate: MutantFate,
    /// What the clean tree answers wrongly since; nothing where all is well.
    pub damage: Option<String>,
    /// What would be the fate, had the clean tree not differed in the same case afterwards: the mutant may have left something behind.
    pub doubted: Option<MutantFate>,
}

impl MutantRunner {
    /// Ready for the first mutant.
    pub fn new(stage: ServedTree, copy: TreeCopy, php: Php) -> Self {
        Self { stage, copy, php, originals: HashMap::new(), mark: 0 }
    }

    /// The running Matomo.
    pub fn stage(&self) -> &ServedTree {
        &self.stage
    }

    /// Serves the copy by another Matomo from now on.
    pub fn restage(&mut self, environment: Environment, seed: u64) -> Result<(), Failure> {
        self.stage = ServedTree::new(environment, seed)?;
        Ok(())
    }

    /// Opens all sessions anew and says what is still wrong.
    pub async fn repair(&mut self) -> Option<String> {
        match self.stage.log_in_again().await {
            Ok(()) => self.stage.is_clean(None, true).await.err(),
            Err(failure) => Some(failure.what),
        }
    }

    /// Tries one mutant on so many cases. The tree is clean again afterwards, also where it fails.
    pub async fn of(&mut self, mutant: &Mutant, cases: usize, settings: &Conduct) -> Result<MutantResult, Failure> {
        let original = self.original(mutant.file)?;
        if mutant.file.contains("/Session/") {
            self.stage.open_dead_sessions().await?;
        }
        let tried = self.mutated(mutant, &original, cases, settings).await;
        // Without a mark: a file with one that is loaded later would speak for the next mutant.
        self.copy.swap(mutant.file, &original)?;
        let mut fate = tried?;
        let mut doubted = None;
        if mutant.file.contains("/Session/") {
            // One that the mutant let in has a new lease of life.
            self.stage.open_dead_sessions().await?;
        }
        let case = match &fate {
            MutantFate::Caught { case, .. } => Some(case.clone()),
            _ => None,
        };
        // A server may have died of it: only where all still answer was it the mutant that did not.
        let silent = matches!(fate, MutantFate::Unviable { .. } | MutantFate::Unclear { .. });
        let damage = self.stage.is_clean(case.as_deref(), silent).await.err();
        // What also differs on the clean tree was not the mutant's doing.
        if let (Some(case), Some(why)) = (case, &damage)
            && why.starts_with(&case)
            && let MutantFate::Caught { requests, .. } = fate
        {
            let unclear = MutantFate::Unclear { case, why: format!("differs without the mutant too: {why}"), requests };
            doubted = Some(std::mem::replace(&mut fate, unclear));
        }
        Ok(MutantResult { fate, damage, doubted })
    }

    /// Whether a mutant that leaves something behind is what makes a case differ: on this Matomo, which no mutant has touched yet, the
    /// clean tree agrees in so many cases, and with the mutant one of them differs. What is left behind is for the caller to throw away.
    pub async fn confirm(&mut self, mutant: &Mutant, cases: usize, settings: &Conduct) -> Result<bool, Failure> {
        let clean = self.stage.first_difference(0..cases, settings).await;
        if clean.found.is_some() || clean.unread.is_some() || clean.compared < cases {
            return Ok(false);
        }
        let original = self.original(mutant.file)?;
        let again = self.mutated(mutant, &original, cases, settings).await;
        self.copy.swap(mutant.file, &original)?;
        Ok(matches!(again?, MutantFate::Caught { .. }))
    }

    async fn mutated(&mut self, mutant: &Mutant, original: &str, cases: usize, settings: &Conduct) -> Result<MutantFate, Failure> {
        let text = mutant.apply(original);
        self.put(mutant.file, &text)?;
        if let Err(why) = self.php.lint(&self.copy.path().join(mutant.file)) {
            return Ok(MutantFate::Unviable { why });
        }
        let mut loaded = self.stage.loads(self.mark).await;
        for _ in 0..ATTEMPTS {
            if matches!(loaded, Loaded::Stale(_)) {
                self.put(mutant.file, &text)?;
                loaded = self.stage.loads(self.mark).await;
            }
        }
        match loaded {
            Loaded::Yes => {}
            Loaded::Never(why) => return Ok(MutantFate::Unviable { why }),
            Loaded::Stale(why) => {
                return Err(Failure::environment(why).hint("is the temporary folder on a file system that keeps no modification times?"));
            }
        }
        if let Err(why) = self.stage.lives().await {
            return Ok(MutantFate::Unviable { why });
        }
        let finding = self.stage.first_difference(0..cases, settings).await;
        let requests = finding.compared;
        Ok(match (finding.found, finding.unread) {
            (Some(found), _) => {
                MutantFate::Caught { case: found.case, verdict: found.verdict.name().to_owned(), clause: found.clause, requests }
            }
            (None, Some((case, why))) => MutantFate::Unclear { case, why, requests },
            (None, None) => MutantFate::Survived { requests },
        })
    }

    fn original(&mut self, file: &'static str) -> Result<String, Failure> {
        if let Some(text) = self.originals.get(file) {
            return Ok(text.clone());
        }
        let path = self.copy.path().join(file);
        let text = std::fs::read_to_string(&path).map_err(at(&path, "read"))?;
        self.originals.insert(file, text.clone());
        Ok(text)
    }

    /// Puts a text in place, with a mark by which it says that it was loaded.
    fn put(&mut self, file: &str, text: &str) -> Result<(), Failure> {
        self.mark += 1;
        let opening = if text.trim_end().ends_with("?>") { "<?php" } else { "" };
        let marked = format!("{text}\n{opening}\n\\header('{MARK_HEADER}: {}');\n", self.mark);
        self.copy.swap(file, &marked)
    }
}
