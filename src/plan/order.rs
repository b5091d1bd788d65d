//! The order in which a few cases tell much: first those that bring two values together for the first time.

use std::collections::HashSet;

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

/// The pairs of values that a case joins.
fn pairs(plan: &Plan, case: Case) -> [(&'static str, String); 9] {
    let slot = plan.slot(case).name;
    let who = Plan::principal(case).name;
    let (carrier, shape) = (case.carrier.to_string(), case.shape.name());
    let target = plan.target(case);
    let target = if is_ours(target) { target } else { "another" };
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

/// Whether a target is one of our own, no endpoint of Matomo's from the sweep.
fn is_ours(target: &str) -> bool {
    target.starts_with('?') || target.starts_with("ConformanceProbe.")
}

/// Values that one case is enough for: a rule may be broken for one way of asking alone. Nothing where a case is not about that.
fn way_of_asking(plan: &Plan, case: Case) -> Option<(String, &'static str, &'static str, String)> {
    let who = Plan::principal(case);
    let carrier = case.carrier.to_string();
    let somebodys_too = carrier.contains("=view") || carrier.contains("=super");
    let alone = matches!(case.carrier, Carrier::None | Carrier::Url | Carrier::Body)
        || (who.session.is_some() && carrier.starts_with("cookie") && !somebodys_too);
    let asked = alone && is_ours(plan.target(case)) && matches!(who.name, "anonymous" | "no-access" | "view" | "write" | "super");
    asked.then(|| (carrier, who.name, case.shape.name(), plan.target(case).to_owned()))
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
