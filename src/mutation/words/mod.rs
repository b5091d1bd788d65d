//! The words of a tree: names that its PHP asks a request for, and texts and numbers that it compares.

mod dictionary;
mod files;
mod names;
mod reach;
mod reading;
mod scope;

pub use dictionary::{Dictionary, Word, WordKind};

#[cfg(test)]
mod tests;
