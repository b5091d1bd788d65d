//! Differential conformance tests of who may open what with a Matomo `token_auth`.
//!
//! Data flows one way: [`plan`] → [`ask`] → [`judge`] → [`report`]; [`model`] is asked by the first three and asks nobody. `DESIGN.md` says why,
//! and each module begins with one sentence on what it holds.

pub mod ask;
pub mod cli;
pub mod failure;
pub mod judge;
pub mod matomo;
pub mod model;
pub mod mutation;
pub mod pasted;
pub mod plan;
pub mod report;
pub mod simulated;
pub mod sut;
