//! What Matomo intends: pure rules, no I/O, no HTTP.
//!
//! A [`Situation`] is built from a request, the settings of a slot, the users of the world and the features of the
//! release; [`decide`] runs it through ordered stages of [`Rule`]s, one clause each, and returns the [`Decision`] with
//! its trace. Nothing of the rest of the crate is used here.

mod access;
mod answer;
mod clause;
mod clauses;
mod decision;
mod dispatch;
mod features;
mod gate;
mod identity;
mod names;
mod nested;
mod parameters;
mod placeholder;
mod request;
mod rights;
mod rule;
mod settings;
mod situation;
mod status;
mod switch;
mod words;
mod world;

pub use access::Need;
pub use answer::{Answer, Layer, Reason, Who};
pub use clause::{Blame, Evidence, Exists, Stage, Strength, Ways};
pub use clauses::{CLAUSES, Clause, ClauseId};
pub use decision::{Decision, decide, explain, hangs_on_brought};
pub use dispatch::{SECOND_FACTOR_PAGE, renamed};
pub(crate) use features::version_number;
pub use features::{Feature, Features};
pub use names::{EndpointKind, Names};
pub use parameters::{Parameters, Value, sanitise, unescape};
pub use placeholder::{substitute, token_placeholder};
pub use request::{Body, Dispatch, Method, Request};
pub use rights::{Rights, Role};
pub use rule::{Rule, Step, Trace};
pub use settings::{Allowlist, Delivery, Entry, Form, Settings};
pub use situation::{Ask, Situation};
pub use switch::{SWITCHES, Switch};
pub use words::{Word, Words};
pub use world::{DEAD_SESSIONS, NOBODY, SECOND_FACTOR_USER, Session, Token, TokenKind, User, World};

#[cfg(test)]
pub(crate) mod tests;
