//! A clause made executable, and the trace of clauses that led to a decision.

use serde::{Deserialize, Serialize};

use super::clauses::ClauseId;
use super::situation::Situation;

/// What follows when a rule of a stage holds.
pub type Test = fn(&Situation<'_>) -> bool;

/// A clause made executable: the first rule of a stage that holds decides the stage.
pub struct Rule<T: 'static> {
    /// The clause.
    pub clause: ClauseId,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The clause.
    pub clause: ClauseId,
    /// Whether it held.
    pub held: bool,
}

/// The clauses asked for one request, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trace {
    /// Clauses with their answers.
    pub steps: Vec<Step>,
    /// Clauses that a small slip would turn round; filled only when a difference is to be explained.
    #[serde(skip)]
    pub fragile: Vec<ClauseId>,
    /// Why the tokens of API calls within the request were refused, as clauses of authentication; filled as `fragile` is.
    #[serde(skip)]
    pub refused_within: Vec<ClauseId>,
    #[serde(skip)]
    explaining: bool,
}

impl Trace {
    /// A trace that also notes which clauses were near to the other answer.
    pub fn explaining() -> Self {
        Self { explaining: true, ..Self::default() }
    }

    /// Notes the answer of a clause that is asked in passing.
    pub fn ask(&mut self, clause: ClauseId, held: bool) -> bool {
        self.steps.push(Step { clause, held });
        held
    }

    /// Notes why the token of an API call within the request is refused.
    pub fn refuse_within(&mut self, clause: ClauseId) {
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
    pub fn last_held(&self) -> Option<ClauseId> {
        self.steps.iter().rev().find(|step| step.held).map(|step| step.clause)
    }

    /// Whether the trace has the clause, with that answer.
    pub fn has(&self, clause: ClauseId, held: bool) -> bool {
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
