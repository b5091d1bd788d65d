//! Live: every way to configure the allowlist takes effect, and no slot ever reads the settings of another.

mod support;

use std::time::Duration;

use matomo_conformance::judge::{Verdict, judge};
use matomo_conformance::matomo::observe;
use matomo_conformance::model::{Answer, Ask, decide};
use matomo_conformance::plan::{PRINCIPALS, Plan};
use matomo_conformance::run::Sender;
use matomo_conformance::target::{Silent, Source, local};
use support::{check, copy_of, rewrite, tree};

/// The same request to one slot after the other, many times: a setting that leaks from slot to slot, or stays from the
/// request before, shows at once.
#[test]
fn alternating_between_slots_never_reads_a_stale_setting() {
    let Some(tree) = tree("5.2.0-b5+24103") else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let source = Source::open(&tree).expect("a tree");
    let environment = runtime.block_on(local::start(&source, &local::Options::default(), &Silent)).expect("it starts");
    let names = environment.catalogue.names();
    let sender = Sender::new(PRINCIPALS.iter().map(|who| who.name), &environment.secrets, Duration::from_secs(60)).expect("clients");
    let mut plan = Plan { slots: environment.slots.iter().map(|served| served.slot.clone()).collect(), ..Plan::default() };
    let (mut opened, mut refused) = (0, 0);
    for round in 0..12 {
        for served in &environment.slots {
            for endpoint in ["ConformanceProbe.needNothing", "VisitsSummary.index"] {
                let case = plan.parse(&format!("{}/write/url/dry/{endpoint}", served.slot.name)).expect("a case");
                let request = plan.request(case);
                let ask = Ask {
                    features: &environment.features,
                    settings: &served.slot.settings,
                    world: &environment.world,
                    names: &names,
                    request: &request,
                };
                let expected = decide(&ask);
                let raw = runtime.block_on(sender.send("write", &served.url, &request)).expect("an answer");
                let seen = observe(&raw, request.dispatch);
                assert_eq!(judge(&expected, &seen), Verdict::Agree, "round {round}, slot {}, {endpoint}: {seen:?}", served.slot.name);
                if matches!(expected.answer, Answer::Opened { .. }) { opened += 1 } else { refused += 1 }
            }
        }
    }
    assert!(opened > 50 && refused > 50, "{opened} opened, {refused} refused: the slots do not alternate");
}

#[test]
fn an_allowlist_in_the_ini_file_is_found_under_the_given_key() {
    let Some(clean) = tree("5.2.0-b5+24103") else { return };
    let work = tempfile::tempdir().expect("a folder");
    let planted = work.path().join("ini");
    copy_of(&clean, &planted);
    let key = "General.token_auth_allowed";
    rewrite(&planted, "core/API/Request.php", |text| {
        text.replace(
            "StaticContainer::get('token_auth.write_admin_allowed_module_actions')",
            "Config::getInstance()->General['token_auth_allowed'] ?? []",
        )
    });
    rewrite(&planted, "config/global.php", |text| text.replace("'token_auth.write_admin_allowed_module_actions'", "'unused'"));
    let run = check(
        &planted,
        &work.path().join("out"),
        &["--no-template", "--allowlist-ini-key", key, "--only", "*/write/*/VisitsSummary.index"],
    );
    run.count_live("an allowlist in the ini file");
    assert_eq!(run.code, 0, "{}\n{}", run.out, run.err);
    let without = check(&clean, &work.path().join("out"), &["--allowlist-ini-key", key, "--only", "list-ini/write/*/VisitsSummary.index"]);
    assert_eq!(without.code, 2, "a tree that does not read the key is found out\n{}\n{}", without.out, without.err);
}
