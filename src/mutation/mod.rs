//! Access rules of a real Matomo tree, broken one at a time, in the syntax tree of its PHP.

mod declared;
mod functions;
mod generate;
mod lost_checks;
mod mutant;
mod operator;
mod operators;
mod outcome;
mod places;
mod survivors;
mod syntax;
mod words;

pub use declared::{Declared, Level, declared};
pub use functions::{DecidingFunction, deciding_functions};
pub use generate::{Mutants, digest_of, mutants_of, mutate};
pub use lost_checks::{LostCheck, lost_checks};
pub use mutant::Mutant;
pub use operator::Operator;
pub use outcome::{Journal, KillTally, MutantFate, MutantOutcome};
pub use places::{Decider, PLACES, Place};
pub use survivors::{Entry, SurvivorKind, Survivors};
pub use words::{Dictionary, Word, WordKind};

/// Whether PHP text is understood as a whole.
pub fn is_sound(text: &str) -> bool {
    syntax::Php::parse(text).is_some_and(|php| php.is_sound())
}

#[cfg(test)]
mod tests;
