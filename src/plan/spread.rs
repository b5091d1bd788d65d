//! The order in which a few cases tell much: first those that bring two values together for the first time.

use std::collections::HashSet;

use super::case::{Case, Plan};

/// Puts cases first that are the first to join two values of slot, principal, carrier, shape and target; both parts keep
/// the order of the plan. However early such a run is stopped, no value of a dimension has been left to the end.
///
/// Matomo's own endpoints count as one target: the sweep over them joins each with every principal, and tells little more.
pub fn spread(plan: &mut Plan) {
    let mut seen: HashSet<(&'static str, String)> = HashSet::new();
    let (first, rest): (Vec<Case>, Vec<Case>) = plan.cases.iter().partition(|case| {
        let slot = plan.slot(**case).name;
        let who = Plan::principal(**case).name;
        let (carrier, shape) = (case.carrier.to_string(), case.shape.name());
        let target = plan.target(**case);
        let ours = target.starts_with('?') || target.starts_with("ConformanceProbe.");
        let target = if ours { target } else { "another" };
        let pairs = [
            ("slot and principal", format!("{slot} {who}")),
            ("slot and carrier", format!("{slot} {carrier}")),
            ("slot and shape", format!("{slot} {shape}")),
            ("principal and carrier", format!("{who} {carrier}")),
            ("principal and shape", format!("{who} {shape}")),
            ("carrier and shape", format!("{carrier} {shape}")),
            ("target and principal", format!("{target} {who}")),
            ("target and carrier", format!("{target} {carrier}")),
        ];
        // Every pair is noted, not only the first new one.
        pairs.into_iter().map(|pair| seen.insert(pair)).filter(|fresh| *fresh).count() > 0
    });
    plan.cases = first.into_iter().chain(rest).collect();
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
