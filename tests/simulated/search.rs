//! The search: what it finds alone, how small it makes it, what it keeps, and that model and simulated Matomo agree on what nobody thought of.

use std::path::Path;

use matomo_conformance::ask::{Budget, Corpus, Hit, HitKind, Inside, Responder as _, Search, Stop, differs};
use matomo_conformance::model::{Dispatch, Method};
use matomo_conformance::plan::{Input, Pool};
use matomo_conformance::sut::simulation::{self, InProcess};

use crate::support::program;

/// Releases on which faults are planted, as in `mutants --simulated`.
const RELEASES: [&str; 9] = ["5.8", "5.13", "5.2+24103", "6.0", "5.4", "5.2", "4.2.1", "5.0", "4.0.3"];

fn budget(cases: u64, thorough: bool, first_only: bool) -> Budget {
    Budget { cases, deadline: None, concurrency: 1, thorough, first_only, stop: Stop::default() }
}

/// A search inside of this process: what it found, and how many inputs it took.
fn search(release: &str, fault: Option<&str>, seed: u64, budget: &Budget) -> (Vec<Hit>, u64, Inside) {
    let inside = Inside::new(InProcess::new(release, fault).expect("a release"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let known = inside.known();
    let slots: Vec<&'static str> = known.slots.iter().map(|slot| slot.name).collect();
    let pool = Pool::new(known.names, known.features, known.world, &slots);
    let mut search = Search::new(&inside, pool);
    runtime.block_on(search.run(seed, budget, &mut Corpus::open(None), |_| {})).expect("it runs");
    let (hits, asked) = (std::mem::take(&mut search.hits), search.asked);
    drop(search);
    (hits, asked, inside)
}

fn told(hits: &[Hit]) -> String {
    hits.iter().map(|hit| format!("{:?}\n{}", hit.kind, hit.input.to_toml())).collect::<Vec<_>>().join("\n")
}

/// Clean simulated releases against the model, so many random inputs each.
fn agrees(cases: u64, seed: u64) {
    for release in RELEASES {
        let (hits, asked, _) = search(release, None, seed, &budget(cases, true, false));
        assert!(hits.is_empty(), "{release}: {}", told(&hits));
        assert_eq!(asked, cases);
    }
}

#[test]
fn on_random_inputs_model_and_simulated_matomo_agree() {
    agrees(4000, 11);
}

/// One million, in the nightly job.
#[test]
#[ignore = "takes minutes: the nightly job runs it, with --ignored"]
fn on_a_million_random_inputs_model_and_simulated_matomo_agree() {
    agrees(112_000, 2026);
}

/// Inputs up to which a fault has to be found.
const WITHIN: u64 = 2000;

/// How many of the planted faults the search finds within so many requests, as the book says.
#[test]
fn the_search_alone_finds_most_planted_faults_and_the_readme_says_how_many() {
    let mut planted: Vec<(&str, &str)> = Vec::new();
    for release in RELEASES {
        for fault in simulation::faults(release).expect("faults") {
            if !planted.iter().any(|(_, known)| *known == fault.name) {
                planted.push((release, fault.name));
            }
        }
    }
    assert!(planted.len() >= 110, "{}", planted.len());
    // A search draws nothing from the words of a tree yet, so that what shows beside such a word only is counted for itself.
    let (company, planted): (Vec<_>, Vec<_>) = planted.into_iter().partition(|(_, name)| name.starts_with("company-"));
    let found = |(release, fault): &&(&str, &str)| {
        let (hits, _, _) = search(release, Some(fault), 1, &budget(WITHIN, false, true));
        hits.iter().any(|hit| matches!(hit.kind, HitKind::Model(_)))
    };
    let in_company = company.iter().filter(found).count();
    let (mut missed, mut requests) = (Vec::new(), Vec::new());
    for (release, fault) in &planted {
        let (hits, asked, _) = search(release, Some(fault), 1, &budget(WITHIN, false, true));
        if hits.iter().any(|hit| matches!(hit.kind, HitKind::Model(_))) {
            requests.push(asked);
        } else {
            missed.push(*fault);
        }
    }
    requests.sort_unstable();
    let (caught, median) = (requests.len(), requests[requests.len() / 2]);
    eprintln!(
        "of {} planted faults {caught} within {WITHIN} requests, median {median}; of {} in company {in_company}; missed: {}",
        planted.len(),
        company.len(),
        missed.join(", ")
    );
    // Less would mean that a generator has lost something; how many exactly, and after how many requests, any reordering changes.
    assert!(caught * 100 >= planted.len() * FLOOR, "{caught} of {}", planted.len());
    assert!(median <= MOST_FOR_HALF, "{median}");
    let line = format!(
        "Of {} planted faults at least {FLOOR} in a hundred show within {WITHIN} requests, half of them within {MOST_FOR_HALF}. {} more show in \
         company only.",
        planted.len(),
        company.len()
    );
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/search.md")).expect("the page");
    let (_, rest) = page.split_once("<!-- search-share -->\n").expect("the page has the place");
    let (shown, _) = rest.split_once("\n<!-- /search-share -->").expect("the page has the place");
    assert_eq!(shown, line, "put the line into docs/src/search.md");
}

/// The least share that was ever accepted, of a hundred.
const FLOOR: usize = 90;

/// Requests within which half of what is found has to be found.
const MOST_FOR_HALF: u64 = 120;

#[test]
fn a_difference_that_needs_three_things_is_found_and_shrunk_to_exactly_those() {
    let (hits, asked, inside) = search("5.8", Some("deep-list-module"), 3, &budget(20_000, true, true));
    let hit = hits.iter().find(|hit| matches!(hit.kind, HitKind::Model(_))).unwrap_or_else(|| panic!("nothing within {asked}"));
    let input = &hit.input;
    let text = input.to_toml();
    let own = input.settings.as_ref().expect("settings of its own");
    assert_eq!(own.allowlist.entries.len(), 1, "{text}");
    assert!(!own.flag && own.flag_text.is_none() && !own.only_secure_tokens && input.grants.is_empty(), "{text}");
    let request = &input.request;
    assert!(request.xhr && request.method == Method::Post, "{text}");
    assert!(request.cookie.is_none() && request.authorization.is_none() && request.dispatch == Dispatch::Dry, "{text}");
    let pairs = request.query.split('&').count()
        + request.body.as_ref().map_or(0, |body| body.text().split('&').filter(|pair| !pair.is_empty()).count());
    assert!(pairs <= 3, "module, action and token at most: {text}");
    assert!(hit.shrinking <= matomo_conformance::ask::MOST_REQUESTS);
    assert_ne!(hit.found, hit.input, "the unshrunk input is kept");
    // Without any of the three it is as it must be.
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let still_differs = |input: &Input| runtime.block_on(differs(&inside, input)).expect("it is asked").is_some();
    assert!(still_differs(input), "{text}");
    let without = |change: &dyn Fn(&mut Input)| {
        let mut other = input.clone();
        change(&mut other);
        assert!(!still_differs(&other), "{}", other.to_toml());
    };
    without(&|other| other.request.xhr = false);
    without(&|other| other.request.method = Method::Get);
    without(&|other| other.settings.as_mut().expect("settings").allowlist.entries.clear());
}

#[test]
fn two_live_answers_that_do_not_fit_are_found_without_the_model() {
    for (fault, relation) in
        [("list-first-only", "list-order"), ("gate-skipped-on-post", "body-for-url"), ("flag-ignored", "flag-opens-more")]
    {
        let (hits, _, _) = search("5.8", Some(fault), 2, &budget(3000, true, false));
        assert!(hits.iter().any(|hit| hit.kind == HitKind::Relation(relation)), "{fault} breaks {relation}: {}", told(&hits));
    }
}

#[test]
fn the_same_seed_makes_the_same_search_and_another_one_another() {
    let found = |seed| {
        let (hits, asked, _) = search("5.8", Some("list-prefix"), seed, &budget(3000, true, true));
        (told(&hits), asked)
    };
    assert_eq!(found(5), found(5));
    assert_ne!(found(5), found(6));
}

fn run(args: &[&str], folder: &Path) -> (i32, String) {
    let mut command = program();
    let done = command.args(args).current_dir(folder).output().expect("the program starts");
    (done.status.code().unwrap_or(-1), format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr)))
}

#[test]
fn the_command_keeps_a_corpus_finds_a_fault_and_its_results_can_be_replayed() {
    let work = tempfile::tempdir().expect("a folder");
    let cases = ["search", "--simulated=5.8", "--cases", "1500", "--corpus", "corpus"];
    let (code, text) = run(&cases, work.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("no real Matomo was tested") && text.contains("gate.allowlist"), "{text}");
    let classes = std::fs::read_dir(work.path().join("corpus")).expect("a corpus").count();
    assert!(classes > 100, "{classes}");
    // What was kept is asked first: the fault shows without one random request.
    let (code, text) =
        run(&["search", "--simulated=5.8", "--cases", "0", "--corpus", "corpus", "--fault", "super-guard-gone"], work.path());
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("LEAK search/") && text.contains("gate.superuser"), "{text}");
    let results = "target/conformance-search/results.json";
    let (code, text) = run(&["replay", results, "--simulated=5.8", "--fault", "super-guard-gone"], work.path());
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("STILL THERE search/"), "{text}");
    let (code, text) = run(&["replay", results, "--simulated=5.8"], work.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("FIXED search/") && text.contains(" fixed; simulated"), "{text}");
    let (code, text) = run(&["search", "--for", "5x"], work.path());
    assert_eq!(code, 1, "{text}");
    let (code, text) = run(&["search", "--simulated", "--for", "2s", "--corpus", "other"], work.path());
    assert_eq!(code, 0, "{text}");
}
