//! `explain`: what the model decides for a case.

use super::screen::println;

use super::args::{DEFAULT_SIMULATED, ExplainArgs};
use super::exit::ExitCode;
use crate::failure::Failure;
use crate::model::{Answer, Ask, EndpointKind, Feature, Features, Names, World, decide};
use crate::plan::{PRINCIPALS, Plan, Shape, carriers, slots};
use crate::sut::simulation::faults;

/// Prints the decision for a case with its clauses and sources.
pub fn run(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let (version, allowlist) = args.rules_of.split_once("+24103").map_or((args.rules_of.as_str(), false), |(version, _)| (version, true));
    let mut features = Features::of_version(version);
    if allowlist {
        features = features.with(Feature::Allowlist);
    }
    let Some(case) = &args.case else {
        list(&features)?;
        return Ok(ExitCode::Conformant);
    };
    let names = names_for(case);
    let mut plan = Plan { slots: slots(&names, true), ..Plan::default() };
    let case = plan.parse(case).map_err(Failure::usage)?;
    let request = plan.request(case);
    let world = World::standard();
    let ask = Ask { features: &features, settings: &plan.slot(case).settings, world: &world, names: &names, request: &request };
    let decision = decide(&ask);
    println!("{}", crate::matomo::curl_line(plan.slot(case).name, &request));
    for step in &decision.trace.steps {
        let clause = step.clause.clause();
        println!("  {} {:26} {} [{}]", if step.held { "yes" } else { " no" }, clause.id, clause.says, clause.origin());
    }
    match &decision.answer {
        Answer::Opened { who, route, .. } => println!("opens {} as {}", route.join(" > "), who.login),
        Answer::Denied { reason } => println!("refused: {} (by {})", reason.name(), decision.clause),
    }
    Ok(ExitCode::Conformant)
}

/// The names that a case id is made of, and those of the faults.
fn list(features: &Features) -> Result<(), Failure> {
    for slot in slots(&Names::default(), true) {
        println!("slot\t{}", slot.name);
    }
    for who in PRINCIPALS.iter().filter(|who| who.exists_in(features)) {
        println!("principal\t{}", who.name);
    }
    for carrier in carriers() {
        println!("carrier\t{carrier}");
    }
    for shape in [Shape::DRY, Shape::DRY.xhr(), Shape::REAL, Shape::REAL.xhr()] {
        println!("shape\t{}", shape.name());
    }
    for fault in faults(DEFAULT_SIMULATED)? {
        println!("fault\t{}\t{}", fault.name, fault.breaks);
    }
    Ok(())
}

/// Without a Matomo at hand the endpoint of the case is taken to exist.
fn names_for(case: &str) -> Names {
    let mut names = Names::default();
    let mut know = |name: &str| {
        if let Some((module, _)) = name.split_once('.') {
            names.activated.insert(module.to_owned());
            names.endpoints.insert(name.to_owned(), EndpointKind::Controller);
        }
    };
    for action in [
        "index",
        "needNothing",
        "needView",
        "needSomeView",
        "needSomeWrite",
        "needSomeAdmin",
        "needWrite",
        "needAdmin",
        "needSuper",
        "nested",
    ] {
        know(&format!("ConformanceProbe.{action}"));
    }
    for name in ["API.index", "CoreHome.index", "CoreHome.redirectToCoreHomeIndex", "Widgetize.iframe", "VisitsSummary.index"] {
        know(name);
    }
    if let Some(target) = case.splitn(5, '/').nth(4).filter(|target| !target.starts_with('?')) {
        know(target);
    }
    names.default_actions.extend(
        [("API", "index"), ("CoreHome", "redirectToCoreHomeIndex"), ("ConformanceProbe", "index")]
            .map(|(m, a)| (m.to_owned(), a.to_owned())),
    );
    names
}
