//! The order in which a few cases tell much: first those that bring two values together for the first time.

use std::collections::HashSet;

use super::case::{Case, Plan};

/// How many new pairs a case must bring to be taken in each round.
const ROUNDS: [usize; 4] = [6, 4, 2, 1];

/// Puts cases first that are the first to join two values of slot, principal, carrier, shape and target: those that
/// join most at once, then those that join fewer, then all others, each in the order of the plan. However early such a
/// run is stopped, no value of a dimension has been left to the end.
///
/// Matomo's own endpoints count as one target: the sweep over them joins each with every principal, and tells little more.
pub fn spread(plan: &mut Plan) {
    let mut seen: HashSet<(&'static str, String)> = HashSet::new();
    let mut rest: Vec<(Case, [(&'static str, String); 9])> = plan.cases.iter().map(|case| (*case, pairs(plan, *case))).collect();
    let mut cases = Vec::with_capacity(rest.len());
    for least in ROUNDS {
        rest.retain(|(case, pairs)| {
            let taken = pairs.iter().filter(|pair| !seen.contains(*pair)).count() >= least;
            if taken {
                cases.push(*case);
                seen.extend(pairs.iter().cloned());
            }
            !taken
        });
    }
    cases.extend(rest.into_iter().map(|(case, _)| case));
    plan.cases = cases;
}

/// The pairs of values that a case joins.
fn pairs(plan: &Plan, case: Case) -> [(&'static str, String); 9] {
    let slot = plan.slot(case).name;
    let who = Plan::principal(case).name;
    let (carrier, shape) = (case.carrier.to_string(), case.shape.name());
    let target = plan.target(case);
    let ours = target.starts_with('?') || target.starts_with("ConformanceProbe.");
    let target = if ours { target } else { "another" };
    [
        ("slot and principal", format!("{slot} {who}")),
        ("slot and carrier", format!("{slot} {carrier}")),
        ("slot and shape", format!("{slot} {shape}")),
        ("principal and carrier", format!("{who} {carrier}")),
        ("principal and shape", format!("{who} {shape}")),
        ("carrier and shape", format!("{carrier} {shape}")),
        ("slot and target", format!("{slot} {target}")),
        ("target and principal", format!("{target} {who}")),
        ("target and carrier", format!("{target} {carrier}")),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::{Breadth, Filter, exhaustive, slots};
    use super::*;
    use crate::model::{Features, Names};

    fn plan() -> Plan {
        // A few endpoints, so that there is a sweep.
        let endpoints = ["VisitsSummary.index", "CoreHome.index", "Goals.index", "Live.index", "Actions.menuGetPageUrls"];
        let endpoints = endpoints.iter().map(|name| ((*name).to_owned(), crate::model::Kind::Controller)).collect();
        let names = Names { endpoints, ..Names::default() };
        exhaustive(&names, &Features::of_version("5.2.0+24103"), slots(&names, false), Breadth::Default, &Filter::default(), 1)
    }

    #[test]
    fn spreading_keeps_every_case_once() {
        let mut before = plan();
        before.cases.reverse();
        let mut after = before.clone();
        spread(&mut after);
        let ids = |plan: &Plan| plan.cases.iter().map(|case| plan.id(*case)).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(ids(&before), ids(&after));
        assert_eq!(before.cases.len(), after.cases.len());
        assert_ne!(before.cases, after.cases);
    }

    #[test]
    fn the_first_half_of_a_spread_plan_has_every_carrier_with_every_principal_that_it_ever_meets() {
        let mut plan = plan();
        spread(&mut plan);
        let pairs = |cases: &[Case]| cases.iter().map(|case| (case.principal, case.carrier.to_string())).collect::<HashSet<_>>();
        let all = pairs(&plan.cases);
        let early = pairs(&plan.cases[..plan.cases.len() / 2]);
        assert_eq!(all, early);
    }
}
