//! Drives one mix of requests with `wrk` and with the engine, in turns, and prints rates, ratios, start-up and peak memory.
//!
//! `scripts/throughput NAME` builds and runs it; NAME is a source tree, or the name of one in the cache.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use matomo_conformance::ask::{Conduct, Sender, conduct};
use matomo_conformance::judge::{Coverage, Tally, Verdict, judge};
use matomo_conformance::matomo::{DRY_HEADER, Observation};
use matomo_conformance::model::{Ask, Dispatch, Features, Method, Names, World, decide};
use matomo_conformance::plan::{Breadth, Filter, Plan, exhaustive, slots};
use matomo_conformance::sut::{Environment, Silent, Source, local};

type Measured<T> = Result<T, Box<dyn std::error::Error>>;

/// One request of each kind: refused by the gate, allowed without side effects, API, and the login page.
const MIX: [(&str, &str); 4] = [
    ("gate", "default/super/url/dry/VisitsSummary.index"),
    ("dry", "default/view/url/dry/VisitsSummary.index"),
    ("api", "default/view/url/real/?module=API&method=ConformanceProbe.getRights&format=json"),
    ("login page", "default/anonymous/none/real/ConformanceProbe.needView"),
];
const ROUNDS: usize = 3;
const CONNECTIONS: usize = 8;

fn main() -> Measured<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--memory", kind, endpoints, catalogue] => memory(kind, endpoints.parse()?, Path::new(catalogue)),
        [tree] => measure(tree, Duration::from_secs(3)),
        [tree, seconds] => measure(tree, Duration::from_secs(seconds.parse()?)),
        _ => Err("usage: throughput TREE [SECONDS]".into()),
    }
}

#[tokio::main]
async fn measure(tree: &str, turn: Duration) -> Measured<()> {
    let source = Source::open(Path::new(tree))?;
    println!("load before: {}", std::fs::read_to_string("/proc/loadavg")?.trim());

    // Started twice: from nothing, and from the template that an earlier start may have kept.
    for templates in [false, true] {
        // The first of the two starts with a template may have to make it.
        for _ in 0..if templates { 2 } else { 1 } {
            let begun = Instant::now();
            let environment = local::start(&source, &local::Options { templates, ..local::Options::default() }, &Silent).await?;
            let took = begun.elapsed();
            start_up(if templates { "with a template" } else { "from nothing" }, &environment, took);
        }
    }

    let environment = local::start(&source, &local::Options::default(), &Silent).await?;
    let names = environment.catalogue.names();
    let mut plan = Plan { slots: environment.slots.iter().map(|served| served.slot.clone()).collect(), ..Plan::default() };
    let mix = MIX.iter().map(|(_, id)| plan.parse(id)).collect::<Result<Vec<_>, _>>()?;
    let base = environment.slots.first().ok_or("no slot")?.url.clone();
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("mix.lua");
    std::fs::write(&script, lua(&plan, &mix, &environment))?;

    // Something that every request needs is compiled on the first one.
    engine(&environment, &names, &plan, &mix, CONNECTIONS, Duration::from_secs(2)).await?;
    println!("requests per second, {ROUNDS} rounds of {} s each:", turn.as_secs());
    let (mut wrks, mut many, mut single) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let by_wrk = wrk(&script, &base, turn)?;
        let by_many = engine(&environment, &names, &plan, &mix, CONNECTIONS, turn).await?;
        let by_one = engine(&environment, &names, &plan, &mix, 1, turn).await?;
        println!(
            "  round {round}: wrk {by_wrk:.0}, engine with {CONNECTIONS} connections {by_many:.0}, with one {by_one:.0}; engine/wrk {:.2}, {CONNECTIONS} against one {:.2}",
            by_many / by_wrk,
            by_many / by_one
        );
        wrks.push(by_wrk);
        many.push(by_many);
        single.push(by_one);
    }
    println!("  median: engine/wrk {:.2}, {CONNECTIONS} against one {:.2}", ratio(&many, &wrks), ratio(&many, &single));
    println!("load after: {}", std::fs::read_to_string("/proc/loadavg")?.trim());

    let catalogue = folder.path().join("names.json");
    std::fs::write(&catalogue, serde_json::to_vec(&(&names, &environment.features))?)?;
    drop(environment);
    memory_of_plans(&catalogue, &names)
}

/// The phases of a start against its whole.
fn start_up(how: &str, environment: &Environment, took: Duration) {
    let sum = environment.phases.total();
    println!(
        "start {how}: {:.2} s, sum of its phases {:.2} s ({:.3})",
        took.as_secs_f64(),
        sum.as_secs_f64(),
        took.as_secs_f64() / sum.as_secs_f64()
    );
    for (name, took) in environment.phases.all() {
        println!("  {name:30} {:.3} s", took.as_secs_f64());
    }
}

/// Requests per second of the engine: every body is read, classified and judged.
async fn engine(
    environment: &Environment,
    names: &Names,
    plan: &Plan,
    mix: &[matomo_conformance::plan::Case],
    concurrency: usize,
    turn: Duration,
) -> Measured<f64> {
    let plan = Plan { cases: mix.iter().copied().cycle().take(200_000).collect(), ..plan.clone() };
    let sender = Sender::to(environment, &[], Duration::from_secs(20))?;
    let begun = Instant::now();
    let settings = Conduct { concurrency, deadline: Some(begun + turn), ..Conduct::for_this_machine() };
    let mut done = 0_u32;
    conduct(environment, names, &plan, &sender, &settings, |event| {
        if event.verdict != Verdict::Agree {
            return Err(format!("{}: {:?}", plan.id(event.case), event.observation));
        }
        done += 1;
        Ok(())
    })
    .await?;
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

/// Requests per second of `wrk`, which reads bodies and looks at nothing.
fn wrk(script: &Path, base: &str, turn: Duration) -> Measured<f64> {
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{}s", turn.as_secs()), "--timeout", "20s", "-s"])
        .arg(script)
        .arg(base)
        .output()
        .map_err(|error| format!("wrk: {error} (Debian: apt install wrk)"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // PHP's server ends every answer by closing the connection: wrk counts the answer, and the close as a read error.
    let errors = text.lines().find_map(|line| line.trim().strip_prefix("Socket errors: ")).unwrap_or_default();
    if errors.split(", ").any(|part| !part.starts_with("read ") && !part.is_empty() && !part.ends_with(" 0")) {
        return Err(format!("wrk met errors, so its rate says nothing:\n{text}").into());
    }
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:")).ok_or_else(|| format!("wrk gave no rate: {text}"))?;
    Ok(rate.trim().parse()?)
}

/// The mix for `wrk`, request by request in turns.
fn lua(plan: &Plan, mix: &[matomo_conformance::plan::Case], environment: &Environment) -> String {
    let mut text = String::from("local mix = {\n");
    for case in mix {
        let request = plan.request(*case);
        assert_eq!(request.method, Method::Get, "the mix has GET requests only");
        let header = if request.dispatch == Dispatch::Dry { format!("[\"{DRY_HEADER}\"] = \"dry\"") } else { String::new() };
        let _ = writeln!(text, "  {{ \"/index.php?{}\", {{ {header} }} }},", environment.secrets.reveal(&request.query));
    }
    text.push_str(
        "}\nlocal turn = 0\nfunction request()\n  turn = turn % #mix + 1\n  return wrk.format(\"GET\", mix[turn][1], mix[turn][2])\nend\n",
    );
    text
}

/// The median of ratios taken within one round.
fn ratio(over: &[f64], under: &[f64]) -> f64 {
    let mut ratios: Vec<f64> = over.iter().zip(under).map(|(over, under)| over / under).collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

/// Peak memory of plans of several sizes, each in a process of its own.
fn memory_of_plans(catalogue: &Path, names: &Names) -> Measured<()> {
    println!("peak memory (VmHWM), each in a process of its own:");
    let program: PathBuf = std::env::current_exe()?;
    let all = names.endpoints.len();
    for (kind, endpoints) in
        [("none", 0), ("small", 0), ("large", 70), ("judge-small", 0), ("judge-large", 70), ("default", all), ("full", all)]
    {
        let status = Command::new(&program).args(["--memory", kind, &endpoints.to_string()]).arg(catalogue).status()?;
        if !status.success() {
            return Err(format!("measuring {kind} failed").into());
        }
    }
    Ok(())
}

/// Builds one plan, judges it where asked, and says what it took.
fn memory(kind: &str, endpoints: usize, catalogue: &Path) -> Measured<()> {
    let (mut names, features): (Names, Features) = serde_json::from_slice(&std::fs::read(catalogue)?)?;
    let all = slots(&names, false);
    names.endpoints = names.endpoints.into_iter().take(endpoints).collect();
    let (slots, breadth) = match kind {
        "none" => (Vec::new(), Breadth::Default),
        "small" | "judge-small" => (all[..1].to_vec(), Breadth::Default),
        "large" | "judge-large" => (all[..1].to_vec(), Breadth::Full),
        "default" => (all, Breadth::Default),
        _ => (all, Breadth::Full),
    };
    let begun = Instant::now();
    let plan = if kind == "none" { Plan::default() } else { exhaustive(&names, &features, slots, breadth, &Filter::default(), 1) };
    let built = begun.elapsed();
    let mut line = format!("  {kind:12} {:>8} cases, built in {:.2} s", plan.cases.len(), built.as_secs_f64());
    if kind.starts_with("judge") {
        let begun = Instant::now();
        let tally = judge_all(&plan, &names, &features);
        let _ = write!(line, ", judged in {:.2} s, {} agree", begun.elapsed().as_secs_f64(), tally.agree);
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default().trim().to_owned();
    println!("{line}: {peak}");
    Ok(())
}

/// Decides, judges and counts every case as a run does, with the model's own answer in place of a live one.
fn judge_all(plan: &Plan, names: &Names, features: &Features) -> Tally {
    let world = World::standard();
    let (mut tally, mut coverage) = (Tally::default(), Coverage::new(features));
    for case in plan.cases.iter().copied() {
        let request = plan.request(case);
        let ask = Ask { features, settings: &plan.slot(case).settings, world: &world, names, request: &request };
        let decision = decide(&ask);
        let observation = Observation::Clear { answer: decision.answer.clone(), status: 200, message: None, guarded: false };
        coverage.trace(&decision.trace);
        tally.add(judge(&decision, &observation));
        std::hint::black_box(plan.id(case));
    }
    tally
}
