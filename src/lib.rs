//! Differential conformance tests of who may open what with a Matomo `token_auth`.

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
