//! What a case costs on this side of the wire: deciding, and reading the answer.

// Criterion's macros make a public function that needs no words.
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use matomo_conformance::matomo::{Raw, observe, read_page};
use matomo_conformance::model::{Answer, Ask, Dispatch, EndpointKind, Feature, Features, Names, Reason, World, decide};
use matomo_conformance::plan::{Plan, slots};

/// Names in the number of a real Matomo.
fn names() -> Names {
    let mut names = Names::default();
    for plugin in 0..40 {
        let module = format!("Plugin{plugin}");
        for action in 0..8 {
            names.endpoints.insert(format!("{module}.getReport{action}"), EndpointKind::Controller);
        }
        names.default_actions.insert(module.clone(), "index".to_owned());
        names.activated.insert(module);
    }
    names.endpoints.insert("CoreHome.index".to_owned(), EndpointKind::Controller);
    names.activated.insert("CoreHome".to_owned());
    names
}

fn model(c: &mut Criterion) {
    let names = names();
    let features = Features::of_version("5.2.0").with(Feature::Allowlist);
    let world = World::standard();
    let mut plan = Plan { slots: slots(&names, false), ..Plan::default() };
    let mut group = c.benchmark_group("decide");
    for (name, id) in [
        ("view token, default settings", "default/view/url/dry/CoreHome.index"),
        ("write token, default settings", "default/write/url/dry/CoreHome.index"),
        ("write token, 3,000 near entries", "near/write/url/dry/CoreHome.index"),
    ] {
        let case = plan.parse(id).expect("the id is one");
        let request = plan.request(case);
        let settings = &plan.slot(case).settings;
        if id.starts_with("near") {
            let entries = settings.allowlist.entries.len();
            assert!((2_500..3_500).contains(&entries), "{entries} near entries");
        }
        let ask = Ask { features: &features, settings, world: &world, names: &names, request: &request };
        let refused = matches!(decide(&ask).answer, Answer::Denied { reason: Reason::GateSomeWrite });
        assert_eq!(refused, id.contains("/write/"), "{id}");
        group.bench_function(name, |b| b.iter(|| decide(black_box(&ask))));
    }
    let case = plan.parse("default/write/url/dry/CoreHome.index").expect("the id is one");
    group.bench_function("building the request", |b| b.iter(|| plan.request(black_box(case))));
    group.bench_function("writing the id", |b| b.iter(|| plan.id(black_box(case))));
    group.finish();
}

const GATE_TEXT: &str = "This user has at least some write access. Only tokens of users who have only view access can be used.";

/// The error page of the gate as 5.2 sends it, without its styles.
fn gate_page() -> String {
    format!(
        "<!DOCTYPE html>\n<html id=\"ng-app\">\n<head><meta charset=\"utf-8\"><title>Matomo &rsaquo; Error</title></head>\n\
         <body id=\"simple\">\n<div class=\"content\"><h2>{GATE_TEXT} Check <a href=\"https://example.org/faq\">the FAQ</a>.</h2>\
         <p><a href=\"index.php\">Back to Matomo</a></p></div>\n</body></html>"
    )
}

/// A login page of about 130 kB, nearly all of it scripts that carry the gate's sentences as translations.
fn login_page() -> String {
    let mut page = String::from("<!DOCTYPE html>\n<html>\n<head><title>Sign in - Matomo</title>\n");
    for block in 0..16 {
        page.push_str("<script type=\"text/javascript\">\nvar translations = {");
        while page.len() < (block + 1) * 8_000 {
            page.push_str("\"Widgetize_ViewAccessRequired\":\"");
            page.push_str(GATE_TEXT);
            page.push_str("\",");
        }
        page.push_str("};\n</script>\n");
    }
    page.push_str("</head>\n<body id=\"loginPage\">\n<div class=\"notification\"><strong>Error</strong>: You must be logged in to access this functionality.</div>\n<form id=\"login_form\"></form>\n</body></html>");
    page
}

fn classifier(c: &mut Criterion) {
    let (gate, login) = (gate_page(), login_page());
    assert!((125_000..135_000).contains(&login.len()), "{} bytes", login.len());
    let mut group = c.benchmark_group("read_page");
    for (name, status, page) in [("the gate's error page", 500, &gate), ("login page with scripts", 403, &login)] {
        group.throughput(Throughput::Bytes(page.len() as u64));
        group.bench_function(name, |b| b.iter(|| read_page(status, "text/html; charset=utf-8", black_box(page), false)));
    }
    group.finish();

    let rights = "\"login\":\"conformance-view\",\"super\":false,\"view\":[1,2],\"write\":[],\"admin\":[]";
    let raw = |status, probe: String, body: String| Raw {
        status,
        content_type: "text/html; charset=utf-8".to_owned(),
        probe: Some(probe),
        body,
        ..Raw::default()
    };
    let refused = raw(
        500,
        format!("{{\"gate\":false,{rights},\"error\":{{\"class\":\"Exception\",\"key\":\"Widgetize_ViewAccessRequired\"}}}}"),
        gate,
    );
    let opened = raw(
        200,
        format!("{{\"gate\":true,{rights},\"route\":[\"CoreHome.index\"],\"resolved\":\"controller\"}}"),
        "<!doctype html><html><body id=\"conformance-dry\">CoreHome.index</body></html>".to_owned(),
    );
    let no_right = raw(403, format!("{{\"gate\":true,{rights},\"route\":[\"CoreHome.index\"],\"denied\":\"view\"}}"), login);
    let mut group = c.benchmark_group("observe");
    for (name, dispatch, raw) in [
        ("refused by the gate", Dispatch::Dry, &refused),
        ("opened without side effects", Dispatch::Dry, &opened),
        ("login page with scripts", Dispatch::Real, &no_right),
    ] {
        let clear = matches!(observe(raw, dispatch), matomo_conformance::matomo::Observation::Clear { .. });
        assert!(clear, "{name}: {:?}", observe(raw, dispatch));
        group.bench_function(name, |b| b.iter_batched(|| raw, |raw| observe(black_box(raw), dispatch), BatchSize::SmallInput));
    }
    group.finish();
}

criterion_group!(benches, model, classifier);
criterion_main!(benches);
