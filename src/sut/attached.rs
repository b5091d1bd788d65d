//! A Matomo that runs elsewhere and is only asked: no provisioning, no probe, and no settings but those that were stated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::Client;

use super::{Environment, Health, Phases, Progress, ServedSlot};
use crate::failure::Failure;
use crate::matomo::{BroughtList, Catalogue, Endpoint, Secrets};
use crate::model::{Feature, Features, Rights, Settings, Words, World};
use crate::plan::{Slot, open_names};

/// What is known beforehand.
#[derive(Clone, Debug)]
pub struct Options {
    /// Base URL without a trailing slash.
    pub url: String,
    /// Tokens that were given, by placeholder.
    pub tokens: Secrets,
    /// Settings that it has.
    pub settings: Settings,
    /// Version whose rules are applied; asked for where it is not stated.
    pub rules_of: Option<String>,
    /// Site that is asked for.
    pub site: u32,
    /// Whether requests may leave traces.
    pub side_effects: bool,
    /// Requests a second.
    pub rate: f64,
    /// Limit of one answer.
    pub limit: Duration,
}

/// What is different about such a target.
#[derive(Clone, Debug)]
pub struct Attached {
    /// Site that is asked for.
    pub site: u32,
    /// Whether requests may leave traces.
    pub side_effects: bool,
    /// Requests a second.
    pub rate: f64,
    /// What a run on it cannot compare.
    pub not_compared: Vec<String>,
}

/// Looks at a running Matomo.
pub async fn attach(options: Options, progress: &dyn Progress) -> Result<Environment, Failure> {
    let mut phases = Phases::default();
    let mut world = world_at(options.site);
    world.tokens.retain(|token| options.tokens.get(&token.placeholder).is_some());
    if world.tokens.is_empty() {
        let what = "no token was given, so that nothing but anonymous could be compared";
        return Err(Failure::usage(what).hint("export TOKEN_VIEW, TOKEN_WRITE, TOKEN_ADMIN or TOKEN_SUPER, or name a file with --tokens"));
    }
    phases.begin("ask for the version", progress);
    let version = match &options.rules_of {
        Some(version) => version.clone(),
        None => version(&options, &world).await?,
    };
    phases.end();
    let (base, allowlist) = version.split_once("+24103").map_or((version.as_str(), false), |(base, _)| (base, true));
    let mut features = Features::detected(base, &BTreeMap::new());
    if allowlist {
        features = features.with(Feature::Allowlist);
    }
    let name = if options.settings == Settings::default() { "default" } else { "stated" };
    let slot = Slot { name, settings: options.settings.clone() };
    Ok(Environment {
        kind: "url",
        name: options.url.clone(),
        software: vec![("matomo".to_owned(), version.clone())],
        catalogue: catalogue(),
        attached: Some(Attached {
            site: options.site,
            side_effects: options.side_effects,
            rate: options.rate,
            not_compared: not_compared(&options, &world),
        }),
        features,
        world,
        secrets: options.tokens,
        slots: vec![ServedSlot { slot, url: options.url, log: None }],
        changing: None,
        guarded: None,
        coverage: None,
        state: None,
        health: Some(Arc::new(Elsewhere)),
        phases,
        guard: Box::new(()),
    })
}

/// What runs elsewhere is seen by its answers alone.
struct Elsewhere;

impl Health for Elsewhere {
    fn look(&self) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// The standard users, on the site that is asked for and another one.
fn world_at(site: u32) -> World {
    let mut world = World::standard();
    let other = if site == 2 { 1 } else { 2 };
    let moved = |id: u32| if id == 1 { site } else { other };
    world.sites = world.sites.iter().map(|id| moved(*id)).collect();
    for user in &mut world.users {
        let roles = user.rights.roles.iter().map(|(id, role)| (moved(*id), *role)).collect();
        user.rights = Rights { superuser: user.rights.superuser, roles };
    }
    world.sessions.clear();
    world
}

/// Asks for the version with the first token that may know it.
async fn version(options: &Options, world: &World) -> Result<String, Failure> {
    let unknown = |why: String| {
        Failure::environment(format!("{} does not tell its version: {why}", options.url))
            .hint("is it a Matomo, and is the token one of its? --rules-of states a version")
    };
    let token = ["TOKEN_VIEW", "TOKEN_WRITE", "TOKEN_ADMIN", "TOKEN_SUPER"].into_iter().find(|name| world.token(name).is_some());
    let token = token.ok_or_else(|| unknown("of the tokens given none may ask for it".to_owned()))?;
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(options.limit).build();
    let client = client.map_err(|error| Failure::environment(format!("no HTTP client: {error}")))?;
    let said = |error: reqwest::Error| unknown(options.tokens.redact(&chain(&error.without_url())));
    let body = options.tokens.reveal(&format!("token_auth=${token}"));
    let asked = client
        .post(format!("{}/index.php?module=API&method=API.getMatomoVersion&format=json&language=en", options.url))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(body);
    let answer = asked.send().await.map_err(said)?;
    let status = answer.status();
    let text = answer.text().await.map_err(said)?;
    let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let version = json["value"].as_str().filter(|version| version.starts_with(|first: char| first.is_ascii_digit()));
    version.map(str::to_owned).ok_or_else(|| {
        let message = json["message"].as_str().map(|message| format!(": {message}")).unwrap_or_default();
        unknown(options.tokens.redact(&format!("it answers {status}{message}")))
    })
}

/// An error with its causes.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn catalogue() -> Catalogue {
    let names = open_names();
    let endpoint = |kind| Endpoint { kind, required_arguments: 0, aliases: Vec::new() };
    Catalogue {
        endpoints: names.endpoints.iter().map(|(name, kind)| (name.clone(), endpoint(*kind))).collect(),
        activated: names.activated,
        deactivated: BTreeSet::new(),
        offline: BTreeSet::new(),
        default_actions: names.default_actions,
        inherited: BTreeSet::new(),
        api_methods: vec!["API.getMatomoVersion".to_owned(), "SitesManager.getSitesIdWithAtLeastViewAccess".to_owned()],
        api_arguments: BTreeMap::new(),
        brought: BroughtList::default(),
        listeners: Vec::new(),
        words: Words::default(),
    }
}

/// What such a run says nothing about, in words.
fn not_compared(options: &Options, world: &World) -> Vec<String> {
    let missing: Vec<String> = World::standard().tokens.iter().map(|token| token.placeholder.clone()).collect();
    let missing: Vec<&str> = missing.iter().map(String::as_str).filter(|name| world.token(name).is_none()).collect();
    let mut list = vec![
        "as whom and with which rights a request ran: without the probe there is only the page to read".to_owned(),
        "other settings than the stated ones".to_owned(),
        "other endpoints than those whose controllers are known to read only".to_owned(),
        "sessions, cookies and force_api_session".to_owned(),
    ];
    if !missing.is_empty() {
        list.push(format!("principals without a token: {}", missing.join(" ")));
    }
    if !options.side_effects {
        list.push("refused tokens and reports, which leave traces (--allow-side-effects)".to_owned());
    }
    list
}
