//! Differences that a run finds: all are counted, as many as a file may have are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::results::{Difference, Results};
use crate::judge::{Verdict, attribute};
use crate::model::ClauseId;

/// How many differences are kept in `results.json`; all are in the journal.
pub const KEPT: usize = 2000;

/// How many of each kind are kept at least, as long as others of the same verdict can make room.
const OF_EACH_KIND: usize = 20;

/// What differences have in common whose clause is settled together: the verdict, and the clauses they may point to.
type Kind = (Verdict, Vec<ClauseId>);

/// All differences, counted by kind before any is left out.
pub type Counts = BTreeMap<Kind, u64>;

/// Cases in which one clause seems to be broken in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseCases {
    /// The verdict.
    pub verdict: Verdict,
    /// The clause.
    pub clause: ClauseId,
    /// How many cases, those included that `differences` leaves out.
    pub cases: u64,
}

/// Differences that one clause explains.
pub struct ClauseGroup<'a> {
    /// The verdict.
    pub verdict: Verdict,
    /// The clause.
    pub clause: ClauseId,
    /// How many there are.
    pub cases: u64,
    /// Those that are kept, the shortest case id first.
    pub kept: Vec<&'a Difference>,
}

impl ClauseGroup<'_> {
    /// How many there are beside so many that are shown.
    pub fn beside(&self, shown: usize) -> usize {
        usize::try_from(self.cases).unwrap_or(usize::MAX).saturating_sub(self.kept.len().min(shown))
    }
}

impl Results {
    /// Counts a difference, and keeps it where there is room: leaks before lockouts, and some of every kind.
    pub fn find(&mut self, difference: Difference) {
        *self.counts.entry(kind(&difference)).or_default() += 1;
        self.left_out += u64::from(!keep(&mut self.differences, difference, KEPT));
    }

    /// Counts a difference that is told anew as what it is told as now.
    pub fn told_anew(&mut self, before: &Difference, now: &Difference) {
        let count = self.counts.entry(kind(before)).or_default();
        *count = count.saturating_sub(1);
        self.counts.retain(|_, count| *count > 0);
        *self.counts.entry(kind(now)).or_default() += 1;
    }

    /// Settles on one clause for each difference, and counts them by it.
    pub fn settle(&mut self) {
        let kinds: Vec<(&[ClauseId], u64)> = self.counts.iter().map(|((_, suspects), count)| (suspects.as_slice(), *count)).collect();
        let settled: BTreeMap<Kind, ClauseId> =
            self.counts.keys().zip(attribute(&kinds)).filter_map(|(kind, clause)| Some((kind.clone(), clause?))).collect();
        for difference in &mut self.differences {
            difference.clause = settled.get(&kind(difference)).copied().unwrap_or(difference.clause);
        }
        let mut cases: BTreeMap<(Verdict, ClauseId), u64> = BTreeMap::new();
        for (kind, count) in &self.counts {
            if let Some(clause) = settled.get(kind) {
                *cases.entry((kind.0, *clause)).or_default() += count;
            }
        }
        self.cases_by_clause = cases.into_iter().map(|((verdict, clause), cases)| ClauseCases { verdict, clause, cases }).collect();
        self.settled = settled;
    }

    /// The clause that was settled on for a verdict with these suspects.
    pub fn settled_on(&self, verdict: Verdict, suspects: &[ClauseId]) -> Option<ClauseId> {
        self.settled.get(&(verdict, suspects.to_vec())).copied()
    }

    /// Differences by verdict and clause: leaks first, then by number.
    pub fn by_clause(&self) -> Vec<ClauseGroup<'_>> {
        let group = |count: &ClauseCases| {
            let of_it = |difference: &&Difference| difference.verdict == count.verdict && difference.clause == count.clause;
            let mut kept: Vec<&Difference> = self.differences.iter().filter(of_it).collect();
            kept.sort_by_key(|difference| difference.case.len());
            ClauseGroup { verdict: count.verdict, clause: count.clause, cases: count.cases, kept }
        };
        let mut groups: Vec<ClauseGroup<'_>> = self.cases_by_clause.iter().map(group).collect();
        groups.sort_by_key(|group| (group.verdict, std::cmp::Reverse(group.cases)));
        groups
    }
}

/// Keeps a difference, where there is no room in place of one that matters less; false where one of them goes.
fn keep(differences: &mut Vec<Difference>, difference: Difference, room: usize) -> bool {
    if differences.len() < room {
        differences.push(difference);
        return true;
    }
    let mut kept: BTreeMap<(Verdict, &[ClauseId]), usize> = BTreeMap::new();
    for difference in differences.iter() {
        *kept.entry((difference.verdict, &difference.suspects)).or_default() += 1;
    }
    let same = kept.get(&(difference.verdict, difference.suspects.as_slice())).copied().unwrap_or_default();
    // What matters least makes room; of that, what there is most of.
    let least = kept.into_iter().max_by_key(|((verdict, _), count)| (*verdict, *count));
    let Some(((verdict, suspects), most)) = least else { return false };
    let matters_more = difference.verdict < verdict || difference.verdict == verdict && same < OF_EACH_KIND && most > OF_EACH_KIND;
    let goes = differences.iter().rposition(|kept| kept.verdict == verdict && kept.suspects == suspects);
    if let Some(goes) = goes.filter(|_| matters_more) {
        differences.remove(goes);
        differences.push(difference);
    }
    false
}

/// The same counts of differences of which none was left out, for results that were written without them.
pub fn counted(differences: &[Difference]) -> Vec<ClauseCases> {
    let mut cases: BTreeMap<(Verdict, ClauseId), u64> = BTreeMap::new();
    for difference in differences {
        *cases.entry((difference.verdict, difference.clause)).or_default() += 1;
    }
    cases.into_iter().map(|((verdict, clause), cases)| ClauseCases { verdict, clause, cases }).collect()
}

fn kind(difference: &Difference) -> Kind {
    (difference.verdict, difference.suspects.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matomo::Observation;
    use crate::model::{Answer, Reason, Trace};

    fn difference(verdict: Verdict, clause: ClauseId, number: usize) -> Difference {
        Difference {
            case: format!("default/view/url/dry/Goals.get{number}"),
            verdict,
            clause,
            suspects: vec![clause],
            expected: Answer::Denied { reason: Reason::NoRight },
            expected_status: None,
            observed: Observation::Failed { error: String::new() },
            trace: Trace::default(),
            curl: String::new(),
            scenario: None,
            company: None,
        }
    }

    #[test]
    fn leaks_take_the_place_of_lockouts_and_some_of_every_kind_are_kept() {
        let mut kept = Vec::new();
        let mut left_out = 0;
        let mut find = |verdict, clause, number| left_out += usize::from(!keep(&mut kept, difference(verdict, clause, number), 100));
        for number in 0..200 {
            find(Verdict::Lockout, ClauseId::GateWrite, number);
        }
        for number in 0..300 {
            find(Verdict::Leak, ClauseId::GateSuperuser, number);
        }
        for number in 0..30 {
            find(Verdict::Leak, ClauseId::GateWrite, number);
        }
        let count = |verdict, clause| kept.iter().filter(|kept| kept.verdict == verdict && kept.clause == clause).count();
        assert_eq!((kept.len(), left_out), (100, 430));
        assert_eq!(count(Verdict::Lockout, ClauseId::GateWrite), 0);
        assert_eq!(count(Verdict::Leak, ClauseId::GateWrite), OF_EACH_KIND);
        assert_eq!(kept[0].case, "default/view/url/dry/Goals.get0");
    }
}
