//! A clause: one sentence of the model, and the trace of clauses that led to a decision.

use serde::Serialize;

use super::situation::Situation;
use super::{Feature, Features};

/// How much a clause is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Strength {
    /// The rule is intended; a Matomo that breaks it is wrong.
    Must,
    /// The rule is what real releases do, though nobody promised it; kept so that the gate stays usable.
    Quirk,
}

/// Which answers of a clause can occur: what a plan must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ways {
    /// It can hold and not hold.
    Both,
    /// Once asked it always holds: the last word of its stage.
    Held,
    /// It never holds; asked to show that nothing changed.
    NotHeld,
}

/// Which releases have a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exists {
    /// All.
    Always,
    /// Those with a feature.
    With(Feature),
    /// Those without it.
    Without(Feature),
}

impl Exists {
    /// Whether the release has the rule.
    pub fn in_release(self, features: &Features) -> bool {
        match self {
            Self::Always => true,
            Self::With(feature) => features.has(feature),
            Self::Without(feature) => !features.has(feature),
        }
    }
}

/// How it is known that releases keep a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Seen on a whole tree of a release.
    Run,
    /// Seen only on a tree that was put together by hand, of a release's own files or after a pull request.
    Rebuilt,
    /// Not run: read in its source.
    Read,
}

/// One sentence of the model with a stable id.
#[derive(Debug, Serialize)]
pub struct Clause {
    /// Stable id such as `gate.superuser`.
    pub id: &'static str,
    /// The sentence.
    pub says: &'static str,
    /// Issue, pull request or release in which the rule can be looked up.
    pub source: &'static str,
    /// MUST or QUIRK.
    pub strength: Strength,
    /// Which answers can occur at all.
    pub ways: Ways,
    /// Which releases have the rule.
    pub exists: Exists,
    /// How it is known.
    pub evidence: Evidence,
    /// File of Matomo in which the rule is implemented, for annotations in a pull request.
    pub file: &'static str,
}

impl Clause {
    /// Source and evidence in a few words.
    pub fn origin(&self) -> String {
        match self.evidence {
            Evidence::Run => self.source.to_owned(),
            Evidence::Rebuilt => format!("{}; seen on a tree put together by hand", self.source),
            Evidence::Read => format!("{}; read, not run", self.source),
        }
    }
}

/// What follows when a rule of a stage holds.
pub type Test = fn(&Situation<'_>) -> bool;

/// A clause made executable: the first rule of a stage that holds decides the stage.
pub struct Rule<T: 'static> {
    /// Id of the clause in [`super::CLAUSES`].
    pub clause: &'static str,
    /// Whether the rule exists in this release and has anything to say about this request.
    pub applies: Test,
    /// Whether it holds.
    pub holds: Test,
    /// Whether a small slip in an implementation would turn this rule round here. Only asked to explain a difference.
    pub fragile: Test,
    /// What follows when it holds.
    pub then: T,
}

/// One clause that was asked, and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Id of the clause.
    pub clause: &'static str,
    /// Whether it held.
    pub held: bool,
}

/// The clauses asked for one request, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Trace {
    /// Clauses with their answers.
    pub steps: Vec<Step>,
    /// Clauses that a small slip would turn round; filled only when a difference is to be explained.
    #[serde(skip)]
    pub fragile: Vec<&'static str>,
    /// Why the tokens of API calls within the request were refused, as clauses of authentication; filled as `fragile` is.
    #[serde(skip)]
    pub refused_within: Vec<&'static str>,
    #[serde(skip)]
    explaining: bool,
}

impl Trace {
    /// A trace that also notes which clauses were near to the other answer.
    pub fn explaining() -> Self {
        Self { explaining: true, ..Self::default() }
    }

    /// Notes the answer of a clause that is asked in passing.
    pub fn ask(&mut self, clause: &'static str, held: bool) -> bool {
        self.steps.push(Step { clause, held });
        held
    }

    /// Notes why the token of an API call within the request is refused.
    pub fn refuse_within(&mut self, clause: &'static str) {
        if self.explaining && !self.refused_within.contains(&clause) {
            self.refused_within.push(clause);
        }
    }

    /// Runs one stage: the consequence of the first rule that holds.
    pub fn stage<T: Copy>(&mut self, rules: &'static [Rule<T>], situation: &Situation<'_>) -> Option<T> {
        for rule in rules {
            if (rule.applies)(situation) {
                let held = (rule.holds)(situation);
                self.steps.push(Step { clause: rule.clause, held });
                if self.explaining && (rule.fragile)(situation) {
                    self.fragile.push(rule.clause);
                }
                if held {
                    return Some(rule.then);
                }
            }
        }
        None
    }

    /// The clause that had the last word.
    pub fn last_held(&self) -> Option<&'static str> {
        self.steps.iter().rev().find(|step| step.held).map(|step| step.clause)
    }

    /// Whether the trace has the clause, with that answer.
    pub fn has(&self, clause: &str, held: bool) -> bool {
        self.steps.iter().any(|step| step.clause == clause && step.held == held)
    }
}

/// Always true.
pub const fn always(_: &Situation<'_>) -> bool {
    true
}

/// Never true.
pub const fn never(_: &Situation<'_>) -> bool {
    false
}
