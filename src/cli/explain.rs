//! `explain`: what the model decides for a case.

use super::screen::println;

use super::args::ExplainArgs;
use super::exit::ExitCode;
use crate::failure::Failure;
use crate::model::{Answer, Ask, EndpointKind, Feature, Features, Names, World, decide};
use crate::plan::{Plan, slots};

/// Prints the decision for a case with its clauses and sources.
pub fn run(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let (version, allowlist) = args.rules_of.split_once("+24103").map_or((args.rules_of.as_str(), false), |(version, _)| (version, true));
    let mut features = Features::of_version(version);
    if allowlist {
        features = features.with(Feature::Allowlist);
    }
    let names = names_for(&args.case);
    let mut plan = Plan { slots: slots(&names, true), ..Plan::default() };
    let case = plan.parse(&args.case).map_err(Failure::usage)?;
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
