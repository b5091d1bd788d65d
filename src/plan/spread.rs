//! The order in which a few cases tell much: first those that bring two values together for the first time.

use std::collections::HashSet;

use super::case::{Case, Plan};

/// Puts cases first that are the first to join two values of slot, principal, carrier and shape; both parts keep the
/// order of the plan. However early such a run is stopped, no value of a dimension has been left to the end.
pub fn spread(plan: &mut Plan) {
    let mut seen: HashSet<(&'static str, String)> = HashSet::new();
    let (first, rest): (Vec<Case>, Vec<Case>) = plan.cases.iter().partition(|case| {
        let slot = plan.slot(**case).name;
        let who = Plan::principal(**case).name;
        let (carrier, shape) = (case.carrier.to_string(), case.shape.name());
        let pairs = [
            ("slot and principal", format!("{slot} {who}")),
            ("slot and carrier", format!("{slot} {carrier}")),
            ("slot and shape", format!("{slot} {shape}")),
            ("principal and carrier", format!("{who} {carrier}")),
            ("principal and shape", format!("{who} {shape}")),
            ("carrier and shape", format!("{carrier} {shape}")),
        ];
        // Every pair is noted, not only the first new one.
        pairs.into_iter().fold(false, |fresh, pair| seen.insert(pair) || fresh)
    });
    plan.cases = first.into_iter().chain(rest).collect();
}

#[cfg(test)]
mod tests {
    use super::super::{Breadth, Filter, exhaustive, slots};
    use super::*;
    use crate::model::{Features, Names};

    fn plan() -> Plan {
        let names = Names::default();
        exhaustive(&names, &Features::of_version("5.2.0+24103"), slots(&names, false), Breadth::Default, &Filter::default(), 1)
    }

    #[test]
    fn spreading_keeps_every_case_once() {
        let (before, mut after) = (plan(), plan());
        spread(&mut after);
        let ids = |plan: &Plan| plan.cases.iter().map(|case| plan.id(*case)).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(ids(&before), ids(&after));
        assert_eq!(before.cases.len(), after.cases.len());
        assert_ne!(before.cases, after.cases);
    }

    #[test]
    fn the_first_quarter_of_a_spread_plan_has_every_carrier_with_every_principal_that_it_ever_meets() {
        let mut plan = plan();
        spread(&mut plan);
        let pairs = |cases: &[Case]| cases.iter().map(|case| (case.principal, case.carrier.to_string())).collect::<HashSet<_>>();
        let all = pairs(&plan.cases);
        let early = pairs(&plan.cases[..plan.cases.len() / 4]);
        assert_eq!(all, early);
    }
}
