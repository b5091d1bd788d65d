//! Known bugs on the tags that have them, and on the first ones that do not: named on the one, silent on the other, and
//! neither a false alarm.

mod support;

use rstest::rstest;
use support::{check, tree};

fn bugs_met(name: &str, only: &str) -> Option<Vec<String>> {
    let tree = tree(name)?;
    let work = tempfile::tempdir().expect("a temporary folder");
    let run = check(&tree, &work.path().join("output"), &["--verbose", "--only", only]);
    run.count_live(name);
    assert_eq!(run.code, 0, "{name}: {}\n{}", run.out, run.err);
    let bugs = run.results["bugs"].as_array().cloned().unwrap_or_default();
    let sources: Vec<String> = bugs.iter().filter_map(|bug| Some(bug["source"].as_str()?.to_owned())).collect();
    for source in &sources {
        assert!(run.out.contains(&format!("known bug {source}: ")), "{name} does not print {source}: {}", run.out);
    }
    Some(sources)
}

#[rstest]
#[case::widgetize_ignores_the_flag("#16869", "4.0.3", "4.0.4", "flag/write/url/real/?module=Widgetize*")]
#[case::error_pages_say_200("#17206", "4.0.4", "4.2.1", "default/super/url/dry/CoreHome.index")]
#[case::the_session_wins("#17335", "4.2.1", "4.3.0", "default/view/cookie+url=super/*")]
#[case::an_array_action_is_fatal("#18706", "4.6.2", "4.7.0", "default/view/url/dry/?module=ConformanceProbe&action*")]
#[case::api_errors_say_200("#19813", "4.15.1", "5.0.0", "default/view/url/real/?module=API*")]
fn a_known_bug_is_named_where_it_is_and_only_there(#[case] issue: &str, #[case] affected: &str, #[case] mended: &str, #[case] only: &str) {
    let names_it = |sources: &[String]| sources.iter().any(|source| source.contains(issue));
    if let Some(sources) = bugs_met(affected, only) {
        assert!(names_it(&sources), "{affected} has {issue}, but {sources:?} were met");
    }
    if let Some(sources) = bugs_met(mended, only) {
        assert!(!names_it(&sources), "{mended} was mended, but {sources:?} were met");
    }
}
