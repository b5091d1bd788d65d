//! Own checks of two Matomos beside each other: who gets past them now, and which laws are newly broken.

use std::collections::{BTreeMap, BTreeSet};

use super::baseline::{BaselineChange, OwnBaseline};
use super::laws::{OwnFinding, broken_laws};
use super::row::{OwnRow, Stance};
use crate::judge::Verdict;
use crate::plan::LADDER;

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
        let mut changes = OwnBaseline::of(base).changes(&OwnBaseline::of(head));
        let named: BTreeSet<String> = changes.iter().map(|change| change.endpoint.clone()).collect();
        let of_head: BTreeMap<String, &OwnRow> = head.iter().map(|row| (row.name(), row)).collect();
        for before in base {
            let name = before.name();
            let Some(after) = of_head.get(&name).filter(|_| !named.contains(&name)) else { continue };
            let newly_past = |who: &&&str| before.stance_of(who) == Stance::Unclear && after.stance_of(who) == Stance::Past;
            // Above a role that was past it already, it is no news.
            let first_past = LADDER.iter().position(|who| before.stance_of(who) == Stance::Past).unwrap_or(LADDER.len());
            if let Some(who) = LADDER[..first_past].iter().find(newly_past) {
                changes.push(BaselineChange {
                    endpoint: name,
                    before: Some(format!("{} (unclear to {who})", before.open_to())),
                    after: Some(format!("{} (past its check: {who})", after.open_to())),
                    verdict: Verdict::Unknown,
                });
            }
        }
        Self { changes, newly_broken: head.iter().flat_map(broken_laws).filter(|finding| !of_base.contains(&key(finding))).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::laws::tests::row;
    use super::*;
    use crate::matomo::CellOutcome;

    fn verdicts(base: &OwnRow, head: &OwnRow) -> Vec<Verdict> {
        let compared = OwnComparison::of(std::slice::from_ref(base), std::slice::from_ref(head));
        compared.changes.into_iter().map(|change| change.verdict).collect()
    }

    #[test]
    fn more_is_a_leak_fewer_a_lockout_and_the_same_nothing() {
        let (view, admin) = (row(&["view", "write", "admin", "super"]), row(&["admin", "super"]));
        assert_eq!(verdicts(&admin, &view), [Verdict::Leak]);
        assert_eq!(verdicts(&view, &admin), [Verdict::Lockout]);
        assert_eq!(verdicts(&view, &view), []);
    }

    #[test]
    fn whoever_met_an_error_before_and_gets_past_the_check_now_is_no_agreement() {
        let mut base = row(&["super"]);
        base.cells.get_mut("view").expect("a cell").outcome = CellOutcome::Error;
        let mut head = base.clone();
        head.cells.get_mut("view").expect("a cell").outcome = CellOutcome::Opened;
        assert_eq!(verdicts(&base, &head), [Verdict::Unknown]);
        assert_eq!(verdicts(&head, &base), []);
        let mut above = row(&["view", "write", "super"]);
        above.cells.get_mut("admin").expect("a cell").outcome = CellOutcome::Error;
        assert_eq!(verdicts(&above, &row(&["view", "write", "admin", "super"])), []);
    }
}
