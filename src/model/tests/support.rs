//! A small world and a short way to write requests, settings and expected answers.

use crate::model::{
    Allowlist, Answer, Ask, Body, ClauseId, Decision, Dispatch, EndpointKind, Entry, Feature, Features, Form, Method, Names, Request,
    Settings, World, decide,
};

/// Whether and how a clause was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Held,
    Not,
    Never,
}
pub use Asked::{Held, Never, Not};

/// One line of a table: release, settings, request, the clause's answer, the model's answer.
#[derive(Clone, Copy, Debug)]
pub struct Row(pub &'static str, pub &'static str, pub &'static str, pub Asked, pub &'static str);

impl Row {
    pub fn check(self, id: ClauseId) {
        let Self(release, settings, request, asked, expected) = self;
        let scene = Scene::new(release, settings, request);
        let decision = scene.decide();
        let exists = id.clause().exists;
        assert!(asked == Never || exists.in_release(&scene.features), "{id} does not exist in {release}");
        assert_eq!(outcome(&decision), expected, "{request} with {settings} on {release}: {:?}", decision.trace);
        let found = match (decision.trace.has(id, true), decision.trace.has(id, false)) {
            (true, _) => Held,
            (false, true) => Not,
            (false, false) => Never,
        };
        assert_eq!(found, asked, "{id} for {request} with {settings} on {release}: {:?}", decision.trace);
    }
}

/// Everything that a question to the model borrows.
#[derive(Clone, Debug)]
pub struct Scene {
    pub features: Features,
    pub settings: Settings,
    pub world: World,
    pub names: Names,
    pub request: Request,
}

impl Scene {
    pub fn new(release: &str, settings_text: &str, request_text: &str) -> Self {
        Self {
            features: features(release),
            settings: settings(settings_text),
            world: World::standard(),
            names: names(),
            request: request(request_text),
        }
    }

    pub fn ask(&self) -> Ask<'_> {
        Ask { features: &self.features, settings: &self.settings, world: &self.world, names: &self.names, request: &self.request }
    }

    pub fn decide(&self) -> Decision {
        decide(&self.ask())
    }
}

/// A version; `5.2+list` has the allowlist before its release, `5.2+25191` what that pull request changes.
pub fn features(release: &str) -> Features {
    match release.split_once('+') {
        Some((version, "list")) => Features::of_version(version).with(Feature::Allowlist),
        Some((version, "25191")) => Features::of_version(version).with(Feature::SecondFactorByAccess),
        _ => Features::of_version(release),
    }
}

/// `default`, or words of `flag`, `secure`, `anonymous` and one of `list`, `map`, `closure`, `text`, `null` with `=A.b,C.d`.
/// The entries `true`, `false` and numbers are values of that type, `[A.b]` is a nested list.
pub fn settings(text: &str) -> Settings {
    let mut settings = Settings::default();
    for word in text.split(' ').filter(|word| *word != "default") {
        let (name, entries) = word.split_once('=').unwrap_or((word, ""));
        let form = match name {
            "flag" => {
                settings.flag = true;
                continue;
            }
            "secure" => {
                settings.only_secure_tokens = true;
                continue;
            }
            "anonymous" => {
                settings.anonymous_view = true;
                continue;
            }
            "list" => Form::List,
            "map" => Form::Map,
            "closure" => Form::Closure,
            "text" => Form::Text,
            "null" => Form::Null,
            other => panic!("unknown setting {other:?}"),
        };
        settings.allowlist = Allowlist { form, entries: entries.split(',').map(entry).collect(), ..Allowlist::default() };
    }
    settings
}

fn entry(text: &str) -> Entry {
    match text {
        "true" => Entry::Bool(true),
        "false" => Entry::Bool(false),
        _ => match (text.parse(), text.strip_prefix('[').and_then(|text| text.strip_suffix(']'))) {
            (Ok(number), _) => Entry::Number(number),
            (_, Some(inner)) => Entry::Nested(vec![entry(inner)]),
            _ => Entry::Text(text.replace('_', " ")),
        },
    }
}

/// `?query` or `Module.Action&more`, then ` | body: …`, ` | cookie: user`, ` | header: …`, ` | real`.
pub fn request(text: &str) -> Request {
    let mut parts = text.split(" | ");
    let first = parts.next().unwrap_or_default();
    let query = match (first.strip_prefix('?'), first.split_once('&').unwrap_or((first, ""))) {
        (Some(raw), _) => raw.to_owned(),
        (None, (endpoint, more)) => {
            let (module, action) = endpoint.split_once('.').expect("Module.Action");
            format!("module={module}&action={action}&{more}")
        }
    };
    let mut request = Request { query, ..Request::default() };
    for part in parts {
        match part.split_once(": ").unwrap_or((part, "")) {
            ("body", form) => {
                request.method = Method::Post;
                request.body = Some(Body::Form(form.to_owned()));
            }
            ("json", text) => {
                request.method = Method::Post;
                request.body = Some(Body::Json(text.to_owned()));
            }
            ("cookie", user) => request.cookie = Some(user.to_owned()),
            ("header", value) => request.authorization = Some(value.to_owned()),
            ("real", _) => request.dispatch = Dispatch::Real,
            other => panic!("unknown part {other:?}"),
        }
    }
    request
}

/// `user: Module.Action > Module.Action`, or the reason of a refusal.
pub fn outcome(decision: &Decision) -> String {
    match &decision.answer {
        Answer::Denied { reason } => reason.name(),
        Answer::Opened { who, route, nested } => {
            let login = who.login.trim_start_matches("conformance-");
            let inside = match nested {
                None => "",
                Some(rights) if *rights == who.rights => " (nested: the same)",
                Some(_) => " (nested: other)",
            };
            format!("{login}: {}{inside}", route.join(" > "))
        }
    }
}

/// A Matomo with few names, of every kind.
pub fn names() -> Names {
    let mut names = Names::default();
    for (kind, list) in [
        (
            EndpointKind::Controller,
            "API.index API.listAllMethods API.glossary ConformanceProbe.index ConformanceProbe.needNothing ConformanceProbe.needView \
             ConformanceProbe.needSomeView ConformanceProbe.needSomeWrite ConformanceProbe.needSomeAdmin ConformanceProbe.needWrite ConformanceProbe.needAdmin ConformanceProbe.needSuper \
             ConformanceProbe.nested CoreAdminHome.index CoreAdminHome.optOutJS CoreHome.index CoreHome.redirectToPaypal Login.index Login.logout \
             Overlay.index Overlay.startOverlaySession Referrers.index RssWidget.index ScheduledReports.index VisitsSummary.index \
             VisitsSummary.getSparklines Widgetize.index Widgetize.iframe",
        ),
        (EndpointKind::Widget, "Live.widget"),
        (EndpointKind::Report, "Referrers.getAll UserCountry.getCountry VisitsSummary.get"),
        (EndpointKind::Unreachable, "UserCountryMap.getVisitorMap"),
    ] {
        names.endpoints.extend(list.split_whitespace().map(|name| (name.to_owned(), kind)));
    }
    names.activated = names.endpoints.keys().filter_map(|name| name.split_once('.')).map(|(module, _)| module.to_owned()).collect();
    names.default_actions = names.activated.iter().map(|module| (module.clone(), "index".to_owned())).collect();
    names.inherited = ["CoreHome.getDateParameterInTimezone".to_owned()].into();
    names
}
