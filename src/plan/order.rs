//! The order in which a few cases tell much: first those that bring two values together for the first time.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::carrier::Carrier;
use super::case::{Case, Plan};

/// How many new pairs a case must bring to be taken in each round.
const ROUNDS: [usize; 4] = [6, 4, 2, 1];

/// Puts cases first that are the first to join two values of slot, principal, carrier, shape and target: those that
/// join most at once, then those that join fewer. Then those that ask our own endpoints in a way of their own, for scripts, with
/// a body or in a session, as somebody who may and somebody who may not; then all others. However early such a run is stopped,
/// no value of a dimension has been left to the end.
///
/// Matomo's own endpoints count as one target: the sweep over them joins each with every principal, and tells little more.
pub fn order(plan: &mut Plan) {
    let mut seen: HashSet<Pair> = HashSet::new();
    let mut values = Values::default();
    let mut rest: Vec<(Case, [Pair; 9])> = plan.cases.iter().map(|case| (*case, values.pairs(plan, *case))).collect();
    let mut cases = Vec::with_capacity(rest.len());
    for least in ROUNDS {
        rest.retain(|(case, pairs)| {
            let taken = pairs.iter().filter(|pair| !seen.contains(*pair)).count() >= least;
            if taken {
                cases.push(*case);
                seen.extend(*pairs);
            }
            !taken
        });
    }
    let mut seen = HashSet::new();
    rest.retain(|(case, _)| {
        let taken = way_of_asking(plan, *case).is_some_and(|values| seen.insert(values));
        if taken {
            cases.push(*case);
        }
        !taken
    });
    cases.extend(rest.into_iter().map(|(case, _)| case));
    plan.cases = cases;
}

/// Two values of two dimensions, which the first number names.
type Pair = (u8, u32, u32);

/// Numbers in place of the values of each dimension: a plan joins hundreds of thousands of them.
#[derive(Default)]
struct Values {
    carriers: HashMap<String, u32>,
    shapes: HashMap<&'static str, u32>,
    targets: HashMap<String, u32>,
}

/// The number of a value, the next one where it is new.
fn number<K: Eq + Hash>(known: &mut HashMap<K, u32>, value: K) -> u32 {
    let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
    *known.entry(value).or_insert(next)
}

impl Values {
    /// The pairs of values that a case joins.
    fn pairs(&mut self, plan: &Plan, case: Case) -> [Pair; 9] {
        let (slot, who) = (u32::from(case.slot), u32::from(case.principal));
        let carrier = number(&mut self.carriers, case.carrier.to_string());
        let shape = number(&mut self.shapes, case.shape.name());
        let target = plan.target(case);
        let target = number(&mut self.targets, if is_ours(target) { target } else { "another" }.to_owned());
        [
            (0, slot, who),
            (1, slot, carrier),
            (2, slot, shape),
            (3, who, carrier),
            (4, who, shape),
            (5, carrier, shape),
            (6, slot, target),
            (7, target, who),
            (8, target, carrier),
        ]
    }
}

/// Whether a target is one of our own, no endpoint of Matomo's from the sweep.
fn is_ours(target: &str) -> bool {
    target.starts_with('?') || target.starts_with("ConformanceProbe.")
}

/// Values that one case is enough for: a rule may be broken for one way of asking alone. Nothing where a case is not about that.
fn way_of_asking(plan: &Plan, case: Case) -> Option<(String, &'static str, &'static str, String)> {
    let who = Plan::principal(case);
    let alone = matches!(case.carrier, Carrier::None | Carrier::Url | Carrier::Body)
        || (case.carrier.has_session() && case.carrier.other().is_none_or(|other| other.is_worthless));
    let asked = alone && is_ours(plan.target(case)) && matches!(who.name, "anonymous" | "no-access" | "view" | "write" | "super");
    asked.then(|| (case.carrier.to_string(), who.name, case.shape.name(), plan.target(case).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::{Breadth, Filter, exhaustive, slots};
    use super::*;
    use crate::model::{Features, Names};

    fn plan() -> Plan {
        // A few endpoints, so that there is a sweep.
        let endpoints = ["VisitsSummary.index", "CoreHome.index", "Goals.index", "Live.index", "Actions.menuGetPageUrls"];
        let endpoints = endpoints.iter().map(|name| ((*name).to_owned(), crate::model::EndpointKind::Controller)).collect();
        let names = Names { endpoints, ..Names::default() };
        exhaustive(&names, &Features::of_version("5.2.0+24103"), slots(&names, false), Breadth::Default, &Filter::default(), 1)
    }

    #[test]
    fn spreading_keeps_every_case_once() {
        let mut before = plan();
        before.cases.reverse();
        let mut after = before.clone();
        order(&mut after);
        let ids = |plan: &Plan| plan.cases.iter().map(|case| plan.id(*case)).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(ids(&before), ids(&after));
        assert_eq!(before.cases.len(), after.cases.len());
        assert_ne!(before.cases, after.cases);
    }

    #[test]
    fn what_a_script_asks_in_a_session_comes_before_the_sweep() {
        let mut plan = plan();
        order(&mut plan);
        let at = |id: &str| plan.cases.iter().position(|case| plan.id(*case) == id).expect("a case");
        let sweep = plan.cases.iter().rposition(|case| plan.target(*case) == "Live.index").expect("a sweep");
        assert!(at("default/view/cookie/real-xhr/ConformanceProbe.needSuper") < sweep);
        assert!(at("default/super/cookie+empty-body-forced/real-xhr/?module=API&method=ConformanceProbe.getNeedSuper&format=json") < sweep);
    }

    #[test]
    fn the_first_half_of_a_spread_plan_has_every_carrier_with_every_principal_that_it_ever_meets() {
        let mut plan = plan();
        order(&mut plan);
        let pairs = |cases: &[Case]| cases.iter().map(|case| (case.principal, case.carrier.to_string())).collect::<HashSet<_>>();
        let all = pairs(&plan.cases);
        let early = pairs(&plan.cases[..plan.cases.len() / 2]);
        assert_eq!(all, early);
    }
}
