//! What a Matomo's own files put into its allowlist and which plugins of others may decide, told at the start of a run.

use super::screen::eprintln;
use crate::model::Feature;
use crate::report::Paint;
use crate::sut::Environment;

/// Names each entry with its file, warns of those that cannot match or open too much, and names listeners of which the model knows nothing.
pub fn tell_brought(environment: &Environment) {
    let catalogue = &environment.catalogue;
    let brought = &catalogue.brought;
    for entry in &brought.entries {
        eprintln!("its allowlist has {} (from {})", entry.text(), entry.file);
    }
    if !brought.entries.is_empty() && !environment.features.has(Feature::Allowlist) {
        eprintln!("{}note:{:#} this release reads no allowlist, so these entries open nothing", Paint::WARN, Paint::WARN);
    }
    for listener in &catalogue.listeners {
        eprintln!("{}note:{:#} {}", Paint::WARN, Paint::WARN, listener.sentence());
    }
    for warning in brought.warnings(catalogue) {
        eprintln!("{}warning:{:#} {warning}", Paint::WARN, Paint::WARN);
    }
}
