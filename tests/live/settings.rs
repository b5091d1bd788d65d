//! Live: every way to configure the allowlist takes effect, and no slot ever reads the settings of another.

use std::time::Duration;

use matomo_conformance::ask::{Client, Question, Responder as _, Sender};
use matomo_conformance::judge::{Verdict, judge};
use matomo_conformance::matomo::observe;
use matomo_conformance::model::{Answer, Ask, Dispatch, Request, Settings, decide};
use matomo_conformance::plan::{Input, Plan};
use matomo_conformance::sut::{Silent, Source, local};

use crate::needs::{Test, a_tree, test};
use crate::support::{check, copy_of, count_cases, rewrite, tree};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![
        test!(alternating_between_slots_never_reads_a_stale_setting).needs(a_tree("5.2.0-b5+24103")),
        test!(an_allowlist_in_the_ini_file_is_found_under_the_given_key).needs(a_tree("5.2.0-b5+24103")),
        test!(users_have_other_rights_in_the_changing_slot_alone).needs(a_tree("5.2.0-b5+24103")),
    ]
}

/// The same request to one slot after the other, many times: a setting that leaks from slot to slot, or stays from the
/// request before, shows at once.
fn alternating_between_slots_never_reads_a_stale_setting() {
    let tree = tree("5.2.0-b5+24103");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let source = Source::open(&tree).expect("a tree");
    let environment = runtime.block_on(local::start(&source, &local::Options::default(), &Silent)).expect("it starts");
    let names = environment.catalogue.names();
    let sender = Sender::to(&environment, &[], Duration::from_secs(60)).expect("clients");
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

fn an_allowlist_in_the_ini_file_is_found_under_the_given_key() {
    let clean = tree("5.2.0-b5+24103");
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

/// Rights of an input are met in the slot of its own, by everybody who has them, and never in another slot.
fn users_have_other_rights_in_the_changing_slot_alone() {
    let tree = tree("5.2.0-b5+24103");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let source = Source::open(&tree).expect("a tree");
    let options = local::Options { changing_slot: true, ..local::Options::default() };
    let environment = runtime.block_on(local::start(&source, &options, &Silent)).expect("it starts");
    let desk = Client::new(&environment, Duration::from_secs(60)).expect("clients");
    let request = |action: &str, who: &str, cookie: bool| Request {
        query: format!(
            "module=ConformanceProbe&action={action}{}",
            if cookie { String::new() } else { format!("&token_auth=$TOKEN_{who}") }
        ),
        cookie: cookie.then(|| who.to_lowercase()),
        dispatch: Dispatch::Real,
        ..Request::default()
    };
    let flag = Settings { flag: true, ..Settings::default() };
    let own = |who: &str, grants: &str, request: Request| Input {
        request,
        settings: Some(flag.clone()),
        grants: [(who.to_owned(), grants.to_owned())].into(),
        ..Input::default()
    };
    let usual = |request: Request| Input { request, settings: Some(flag.clone()), ..Input::default() };
    let tried = [
        (own("view", "1:admin", request("needAdmin", "VIEW", false)), "opened"),
        (Input::of_slot("flag", request("needAdmin", "VIEW", false)), "no-right"),
        (own("view", "super", request("needNothing", "VIEW", false)), "gate-super-user"),
        (own("admin", "2:view", request("needAdmin", "ADMIN", false)), "no-right"),
        (own("admin", "99:admin", request("needView", "ADMIN", false)), "no-right"),
        (own("super", "1:view", request("needSuper", "SUPER", true)), "no-right"),
        (own("view", "1:view 2:write", request("needSomeWrite", "VIEW", true)), "opened"),
        (usual(request("needAdmin", "ADMIN", false)), "opened"),
        (usual(request("needSuper", "SUPER", true)), "opened"),
    ];
    for (input, wanted) in &tried {
        runtime.block_on(desk.prepare(input)).expect("settings and rights");
        let question = Question::of(input, desk.known()).expect("a question");
        let decision = question.decide();
        assert_eq!(decision.answer.outcome(), *wanted, "the model: {input:?}");
        let raw = runtime.block_on(desk.send(input, &question));
        let (seen, verdict) = question.judge(&decision, raw.as_ref());
        assert_eq!(verdict, Verdict::Agree, "{input:?}: {seen:?}");
    }
    count_cases("rights of the changing slot", tried.len() as u64);
}
