//! The stories in `scenarios/`: the model tells the same, for every release; `check` runs them and says where live tells otherwise.

mod support;

use matomo_conformance::model::{Ask, Feature, Features, decide};
use matomo_conformance::plan::{Plan, Scenario};
use matomo_conformance::sut::{Environment, simulation};
use support::{Run, check, program, tree};

/// Releases on both sides of every change that is told of.
const RELEASES: [&str; 15] = [
    "4.0.3",
    "4.0.4",
    "4.2.1",
    "4.3.0",
    "4.6.2",
    "4.7.0",
    "4.15.1",
    "5.0.0",
    "5.1.2",
    "5.2.0-b5",
    "5.2.0-b5+24103",
    "5.4.0",
    "5.8.0",
    "5.13.0",
    "6.0.0",
];

fn features(release: &str) -> Features {
    match release.split_once("+24103") {
        Some((version, _)) => Features::of_version(version).with(Feature::Allowlist),
        None => Features::of_version(release),
    }
}

fn simulated() -> Environment {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(simulation::start("5.8", None)).expect("it starts")
}

#[test]
fn the_model_tells_every_story_as_its_file_does_for_every_release() {
    let environment = simulated();
    let names = environment.catalogue.names();
    let slots: Vec<_> = environment.slots.iter().map(|served| served.slot.clone()).collect();
    let scenarios = Scenario::embedded().expect("they parse");
    let (mut compared, mut wrong) = (0, Vec::new());
    for release in RELEASES {
        let features = features(release);
        for scenario in &scenarios {
            for (told, expect) in scenario.told_for(&features) {
                let mut plan = Plan { slots: slots.clone(), ..Plan::default() };
                let case = plan.parse(&told.case).expect("a case");
                let request = plan.request(case);
                let settings = &plan.slot(case).settings;
                let decision = decide(&Ask { features: &features, settings, world: &environment.world, names: &names, request: &request });
                compared += 1;
                if !expect.met_by(&decision.answer, decision.status) {
                    let said = format!("{:?} (status {:?})", decision.answer, decision.status);
                    wrong.push(format!("{release}: {}: {}: told {expect}, the model says {said}", scenario.name, told.case));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 900, "only {compared} were compared");
}

#[test]
fn every_story_says_what_it_is_about_and_affected_releases_differ() {
    let scenarios = Scenario::embedded().expect("they parse");
    assert!(scenarios.len() >= 12, "{}", scenarios.len());
    for scenario in &scenarios {
        assert!(scenario.link.starts_with("https://github.com/"), "{}", scenario.name);
        let number = scenario.link.rsplit('/').next().expect("a number");
        assert!(scenario.name.contains(number) || scenario.name.starts_with("names-"), "{} does not name {number}", scenario.name);
        assert!(scenario.story.split_whitespace().count() >= 12, "{} tells nothing", scenario.name);
        assert!(!scenario.requests.is_empty(), "{}", scenario.name);
    }
    for (name, affected, fixed) in [
        ("issue-16869-widget-ignores-flag", "4.0.3", "4.0.4"),
        ("issue-17206-error-pages-200", "4.1.0", "4.2.0"),
        ("issue-17335-session-wins", "4.2.1", "4.3.0"),
        ("issue-18706-action-array", "4.6.2", "4.7.0"),
        ("issue-19813-api-errors-200", "4.15.1", "5.0.0-rc7"),
    ] {
        let scenario = scenarios.iter().find(|scenario| scenario.name == name).expect(name);
        assert!(scenario.affects(&features(affected)) && !scenario.affects(&features(fixed)), "{name}");
    }
}

fn simulated_check(args: &[&str]) -> (Run, tempfile::TempDir) {
    let work = tempfile::tempdir().expect("a folder");
    let mut command = program();
    command.arg("check").args(args).arg("--output").arg(work.path().join("out")).current_dir(work.path());
    (Run::of(command, &work.path().join("out")), work)
}

#[test]
fn check_runs_the_stories_and_says_that_all_is_as_told() {
    let only = ["--only", "flag/write/url/", "--only", "default/super/url+body=view/", "--only", "list-map/"];
    for release in ["--simulated=4.0.3", "--simulated=5.2+24103", "--simulated=6.0"] {
        let (run, _work) = simulated_check(&[&[release, "--verbose"], &only[..]].concat());
        assert_eq!(run.code, 0, "{release}: {}{}", run.out, run.err);
        let told = run.results["scenarios"]["pr-24103-allowlist"].clone();
        assert!(told["requests"].as_u64().expect("a count") >= 5, "{told}");
        assert_eq!(told["requests"], told["as_told"]);
        assert!(run.out.contains("requests as told\n"), "{}", run.out);
    }
}

#[test]
fn a_fault_shows_as_a_story_that_is_not_as_told() {
    let (run, _work) = simulated_check(&[
        "--simulated=5.8",
        "--fault",
        "recheck-ignores-flag",
        "--only",
        "flag/write/url/real/?module=Widget",
        "--verbose",
    ]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.out.contains("not so: issue-16869-widget-ignores-flag"), "{}", run.out);
    assert!(run.out.contains("scenario  issue-16869"), "{}", run.out);
}

#[test]
fn a_story_of_ones_own_is_run_even_where_the_model_agrees_with_live() {
    let folder = tempfile::tempdir().expect("a folder");
    let story = "title = \"t\"\nlink = \"l\"\nstory = \"s\"\n[[request]]\nsays = \"views are refused\"\n\
        case = \"default/view/url/dry/CoreHome.index\"\nexpect = \"gate-some-write\"\n";
    std::fs::write(folder.path().join("mine.toml"), story).expect("a file");
    let mine = folder.path().to_str().expect("a path");
    let args = ["--simulated=5.8", "--scenarios", mine, "--only", "default/view/url/dry/CoreHome.index"];
    let (run, _work) = simulated_check(&args);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert_eq!(run.differences("leak").len(), 1, "{}", run.out);
    std::fs::write(folder.path().join("mine.toml"), story.replace("gate-some-write", "gate-wriet")).expect("a file");
    let (run, _work) = simulated_check(&args);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("mine.toml") && run.err.contains("line 7, column 10"), "{}", run.err);
}

/// The stories alone, on the tree with the allowlist and on the last of those before #17335 was mended.
#[test]
fn the_stories_are_as_told_on_real_trees() {
    for name in ["5.2.0-b5+24103", "4.2.1"] {
        let Some(tree) = tree(name) else { continue };
        let ids: Vec<String> = Scenario::embedded()
            .expect("they parse")
            .iter()
            .flat_map(|scenario| scenario.requests.iter().map(|told| told.case.clone()))
            .collect();
        // A pattern that takes nothing is a mistake, and a release has not every principal.
        let listed = program().arg("check").arg("--source").arg(&tree).arg("--list").output().expect("the program starts");
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let ids: Vec<&String> = ids.iter().filter(|id| listed.lines().any(|line| line.starts_with(id.as_str()))).collect();
        let only: Vec<&str> = ids.iter().flat_map(|id| ["--only", id.as_str()]).collect();
        let work = tempfile::tempdir().expect("a folder");
        let run = check(&tree, &work.path().join("out"), &only);
        run.count_live(&format!("scenarios {name}"));
        assert_eq!(run.code, 0, "{name}: {}{}", run.out, run.err);
        let stories = run.results["scenarios"].as_object().expect("stories");
        assert!(stories.len() >= 12, "{name}: {}", stories.len());
        assert!(stories.values().all(|count| count["requests"] == count["as_told"]), "{name}: {stories:?}");
    }
}
