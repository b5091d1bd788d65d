//! Own checks of two Matomos beside each other: who gets past them now, and which laws are newly broken.

use std::collections::BTreeSet;

use super::baseline::{BaselineChange, OwnBaseline};
use super::laws::{OwnFinding, broken_laws};
use super::row::OwnRow;

/// What differs between a base and a head.
#[derive(Clone, Debug, Default)]
pub struct OwnComparison {
    /// Who gets past what, where that has changed.
    pub changes: Vec<BaselineChange>,
    /// Laws that only the head breaks: a change also where the smallest role is the same.
    pub newly_broken: Vec<OwnFinding>,
}

impl OwnComparison {
    /// Of the rows of both; an endpoint that only one of them has is named among the changes.
    pub fn of(base: &[OwnRow], head: &[OwnRow]) -> Self {
        let key = |finding: &OwnFinding| (finding.endpoint.clone(), finding.law, finding.principal.clone());
        let of_base: BTreeSet<_> = base.iter().flat_map(broken_laws).map(|finding| key(&finding)).collect();
        Self {
            changes: OwnBaseline::of(base).changes(&OwnBaseline::of(head)),
            newly_broken: head.iter().flat_map(broken_laws).filter(|finding| !of_base.contains(&key(finding))).collect(),
        }
    }
}
