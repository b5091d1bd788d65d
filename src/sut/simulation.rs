//! The bridge to the simulated Matomo: the only file that knows its vocabulary and the model's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::BoxFuture;

use super::{Changing, ChangingSlot, Environment, Phases, SIMULATED, ServedSlot, Silent};
use crate::failure::Failure;
use crate::matomo::{BOUNDARY, BroughtList, Catalogue, Credentials, Endpoint, Raw, Secrets, multipart};
use crate::model::{
    Allowlist, Body, ClauseId, DEAD_SESSIONS, Delivery, Dispatch, EndpointKind, Entry, Feature, Features, Form, Method, Request, Role,
    Settings, TokenKind, Word, Words, World,
};
use crate::plan::{Slot, nearest, slots};
use crate::simulated::world::Over;
use crate::simulated::{self, Config, Fault, SimulatedMatomo};

/// Releases that are known to be spoken for.
pub use simulated::RELEASES;

/// A planted fault, as it is listed.
#[derive(Clone, Copy, Debug)]
pub struct PlantedFault {
    /// Stable name.
    pub name: &'static str,
    /// The clause it breaks, which the simulated Matomo names in words of its own.
    pub clause: ClauseId,
    /// What is wrong.
    pub breaks: &'static str,
}

/// The planted faults that mean something for a release.
pub fn faults(release: &str) -> Result<Vec<PlantedFault>, Failure> {
    let features = simulated_features(release)?;
    let meant = simulated::FAULTS.iter().filter(|fault| fault.applies(&features) && !fault.is_deep());
    let told = |fault: &Fault| {
        let clause = fault.clause.parse().map_err(|why| Failure::internal(format!("planted fault {}: {why}", fault.name)))?;
        Ok(PlantedFault { name: fault.name, clause, breaks: fault.breaks })
    };
    meant.map(told).collect()
}

/// A simulated Matomo that is asked without any server, with whatever settings and rights.
pub struct InProcess {
    /// Features of the release.
    pub features: Features,
    /// Its endpoints.
    pub catalogue: Catalogue,
    /// Users, tokens and sessions.
    pub world: World,
    /// The slots of the table.
    pub slots: Vec<Slot>,
    secrets: Secrets,
    instance: simulated::Instance,
    of_slots: BTreeMap<&'static str, simulated::Instance>,
}

impl InProcess {
    /// Of a release, with a planted fault or without.
    pub fn new(release: &str, fault: Option<&str>) -> Result<Self, Failure> {
        let theirs = simulated_features(release)?;
        let fault = kind_of(fault)?;
        let built_in = simulated::Catalogue::built_in();
        let catalogue = catalogue(&built_in);
        let world = World::standard();
        let secrets = invent(&world);
        let instance = simulated::Instance {
            features: theirs,
            world: Arc::new(simulated_world(&world, &secrets)),
            catalogue: Arc::new(built_in),
            settings: simulated_settings(&Settings::default(), &world),
            fault,
        };
        let slots = slots(&catalogue.names(), false);
        let of_slot = |slot: &Slot| {
            let settings = simulated_settings(&slot.settings, &world);
            (slot.name, simulated::Instance { settings, ..instance.clone() })
        };
        let of_slots = slots.iter().map(of_slot).collect();
        Ok(Self { features: features(release), catalogue, world, slots, secrets, instance, of_slots })
    }

    /// The same with other settings and rights.
    pub fn set(&mut self, settings: &Settings, world: &World) {
        self.instance.settings = simulated_settings(settings, &self.world);
        self.instance.world = Arc::new(simulated_world(world, &self.secrets));
    }

    /// Answers a request to a slot of the table, or with what was set. `None` where there is no such slot.
    pub fn answer(&self, slot: Option<&str>, request: &Request) -> Option<Raw> {
        let instance = match slot {
            Some(name) => self.of_slots.get(name)?,
            None => &self.instance,
        };
        let answer = simulated::answer(instance, &self.incoming(request));
        let bodyless = request.method == Method::Head;
        let simulated::Answer { page, probe } = answer;
        Some(Raw {
            status: page.status,
            content_type: page.content_type.to_lowercase(),
            probe: Some(probe).filter(|probe| !probe.is_empty()),
            location: page.location.clone(),
            body: if bodyless { String::new() } else { page.body },
            bodyless,
            number: None,
        })
    }

    /// A request as it comes off the wire when the sender sends it.
    fn incoming(&self, request: &Request) -> simulated::Incoming {
        let query = self.secrets.reveal(&request.query);
        let url = reqwest::Url::parse(&format!("http://127.0.0.1/index.php?{query}"));
        let query = url.ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or(query);
        let (mut content_type, mut body) = (String::new(), String::new());
        if let Some(sent) = &request.body {
            let text = self.secrets.reveal(sent.text());
            sent.content_type().clone_into(&mut content_type);
            body = text;
            if matches!(sent, Body::Multipart(_)) {
                content_type = format!("{content_type}; boundary={BOUNDARY}");
                body = multipart(&body);
            }
        }
        let session =
            request.cookie.iter().map(|user| format!("MATOMO_SESSID={}", self.secrets.get(&World::cookie_of(user)).unwrap_or_default()));
        let cookies: Vec<String> = session.chain(request.cookies.iter().map(|(name, value)| format!("{name}={value}"))).collect();
        simulated::Incoming {
            method: request.method.name().to_owned(),
            query: query.into_bytes(),
            content_type,
            authorization: request.authorization.as_deref().map(|value| self.secrets.reveal(value)),
            cookie: cookies.join("; "),
            headers: request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect(),
            xhr: request.xhr,
            dry: request.dispatch == Dispatch::Dry,
            body: body.into_bytes(),
        }
    }
}

fn kind_of(fault: Option<&str>) -> Result<Option<simulated::FaultKind>, Failure> {
    let find = |name: &str| {
        Fault::by_name(name).map(|fault| fault.kind).ok_or_else(|| {
            let meant = nearest(name, simulated::FAULTS.iter().map(|fault| fault.name));
            let hint = meant.map_or("`explain --list` names every fault".to_owned(), |near| format!("did you mean {near}?"));
            Failure::usage(format!("there is no planted fault {name:?}")).hint(hint)
        })
    };
    fault.map(find).transpose()
}

/// Values for all tokens and sessions.
fn invent(world: &World) -> Secrets {
    let mut secrets = Credentials::invent(world);
    for session in &world.sessions {
        secrets.set(&session.cookie, Secrets::random_token());
        secrets.set(&session.token, Secrets::random_token());
    }
    for name in DEAD_SESSIONS {
        secrets.set(World::cookie_of(name), Secrets::random_token());
    }
    secrets
}

/// Starts a simulated Matomo of a release (`5.8`, `5.2+24103`), with a planted fault or without.
pub async fn start(release: &str, fault: Option<&str>) -> Result<Environment, Failure> {
    start_bringing(release, fault, &[]).await
}

/// The same, whose own files put these entries into its allowlist.
pub async fn start_bringing(release: &str, fault: Option<&str>, listed: &[String]) -> Result<Environment, Failure> {
    let mut phases = Phases::default();
    phases.begin("start simulated Matomo", &Silent);
    let theirs = simulated_features(release)?;
    let fault = kind_of(fault)?;
    let built_in = simulated::Catalogue { listed: listed.to_vec(), ..simulated::Catalogue::built_in() };
    let catalogue = catalogue(&built_in);
    let features = features(release);
    let world = World::standard();
    let secrets = invent(&world);
    let planned = slots(&catalogue.names(), false);
    let unset = Settings::default();
    let all_settings = planned.iter().map(|slot| &slot.settings).chain([&unset]);
    let config = Config {
        features: theirs,
        world: Arc::new(simulated_world(&world, &secrets)),
        catalogue: Arc::new(built_in),
        slots: all_settings.map(|settings| simulated_settings(settings, &world)).collect(),
        fault,
        port: 0,
    };
    let running = SimulatedMatomo::start(config)
        .await
        .map_err(|error| Failure::environment(format!("the simulated Matomo did not start: {error}")))?;
    let changing = running.url(planned.len()).zip(running.serving(planned.len())).map(|(url, serving)| ChangingSlot {
        url,
        log: None,
        hand: Box::new(Hand { serving, world: world.clone(), secrets: secrets.clone() }),
    });
    let serve = |(index, slot)| Some(ServedSlot { slot, url: running.url(index)?, log: None });
    let served = planned.into_iter().enumerate().filter_map(serve).collect();
    phases.end();
    Ok(Environment {
        kind: SIMULATED,
        name: "simulated".to_owned(),
        software: vec![("release".to_owned(), release.to_owned())],
        features,
        catalogue,
        world,
        secrets,
        slots: served,
        attached: None,
        changing,
        guarded: None,
        coverage: None,
        state: None,
        health: None,
        phases,
        guard: Box::new(running),
    })
}

/// Changes the slot beside the table.
struct Hand {
    serving: simulated::Serving,
    world: World,
    secrets: Secrets,
}

impl Changing for Hand {
    fn change<'a>(&'a self, settings: &'a Settings, world: &'a World) -> BoxFuture<'a, Result<(), Failure>> {
        let settings = simulated_settings(settings, &self.world);
        let world = Arc::new(simulated_world(world, &self.secrets));
        self.serving.change(|instance| {
            instance.settings = settings;
            instance.world = world;
        });
        Box::pin(async { Ok(()) })
    }
}

fn simulated_features(release: &str) -> Result<simulated::Features, Failure> {
    simulated::Features::release(release).ok_or_else(|| {
        Failure::usage(format!("{release:?} is no release that can be simulated")).hint(format!("known are {}", RELEASES.join(", ")))
    })
}

/// The features in the model's words: what the version promises, and what was added to the tree.
fn features(release: &str) -> Features {
    let (base, addition) = release.split_once('+').map_or((release, None), |(base, addition)| (base, Some(addition)));
    match addition {
        None => Features::detected(&whole(base), &BTreeMap::new()),
        Some(number @ ("24103" | "25191")) => {
            let feature = if number == "24103" { Feature::Allowlist } else { Feature::SecondFactorByAccess };
            Features::detected(&whole(base), &BTreeMap::from([(feature, (true, "added to this release".to_owned()))]))
        }
        Some(newer) => Features::detected(&whole(newer), &BTreeMap::new()),
    }
}

/// `5.8` as `5.8.0`.
fn whole(version: &str) -> String {
    if version.matches('.').count() == 1 && !version.contains('-') { format!("{version}.0") } else { version.to_owned() }
}

fn catalogue(from: &simulated::Catalogue) -> Catalogue {
    let mut activated = BTreeSet::new();
    let mut endpoints = BTreeMap::new();
    let mut default_actions = BTreeMap::new();
    let mut inherited = BTreeSet::new();
    for endpoint in from.endpoints.iter().filter(|endpoint| from.is_activated(&endpoint.module)) {
        activated.insert(endpoint.module.clone());
        let kind = match endpoint.kind {
            simulated::catalogue::EndpointKind::Controller => EndpointKind::Controller,
            simulated::catalogue::EndpointKind::Widget => EndpointKind::Widget,
            simulated::catalogue::EndpointKind::Report => EndpointKind::Report,
        };
        let name = format!("{}.{}", endpoint.module, endpoint.action);
        let mut letters = endpoint.action.chars();
        let upper: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let aliases = if kind == EndpointKind::Report { vec![format!("{}.{upper}", endpoint.module)] } else { Vec::new() };
        endpoints.entry(name).or_insert(Endpoint { kind, required_arguments: 0, aliases });
        if kind == EndpointKind::Controller {
            default_actions.insert(endpoint.module.clone(), simulated::Catalogue::default_action(&endpoint.module).to_owned());
            inherited.extend(simulated::Catalogue::inherited().map(|name| format!("{}.{name}", endpoint.module)));
        }
    }
    for method in from.methods.iter().filter(|method| from.is_activated(&method.module)) {
        activated.insert(method.module.clone());
    }
    let api_methods = from.methods.iter().map(|method| format!("{}.{}", method.module, method.name)).collect();
    Catalogue {
        activated,
        deactivated: from.deactivated.clone(),
        offline: BTreeSet::new(),
        endpoints,
        default_actions,
        inherited,
        api_methods,
        api_arguments: BTreeMap::new(),
        words: words(),
        brought: BroughtList::texts(&from.listed, "the simulated Matomo"),
        listeners: Vec::new(),
    }
}

/// What its pages ask a request for.
fn words() -> Words {
    let word = |(name, values): &simulated::words::Word| Word {
        name: (*name).to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        near: true,
    };
    Words {
        parameters: simulated::words::PARAMETERS.iter().map(word).collect(),
        headers: simulated::words::HEADERS.iter().map(word).collect(),
        cookies: simulated::words::COOKIES.iter().map(word).collect(),
        compared: simulated::words::COMPARED.map(str::to_owned).to_vec(),
    }
}

fn simulated_world(world: &World, secrets: &Secrets) -> simulated::World {
    let secret = |name: &str| secrets.get(name).unwrap_or_default().to_owned();
    let login = |user: &str| world.user(user).map(|user| user.login.clone()).unwrap_or_default();
    let role = |role: Role| match role {
        Role::View => simulated::world::Role::View,
        Role::Write => simulated::world::Role::Write,
        Role::Admin => simulated::world::Role::Admin,
    };
    let users = world.users.iter().map(|user| simulated::world::User {
        login: user.login.clone(),
        super_user: user.rights.superuser,
        grants: user
            .rights
            .roles
            .iter()
            .chain(&user.ghosts)
            .map(|(site, held)| simulated::world::Grant { site: *site, role: role(*held) })
            .collect(),
    });
    let tokens = world.tokens.iter().map(|token| simulated::world::Token {
        secret: secret(&token.placeholder),
        login: login(&token.user),
        secure_only: token.kind == TokenKind::SecureOnly,
        expired: token.kind == TokenKind::Expired,
        access_level: token.level.clone(),
    });
    let sessions = world.sessions.iter().map(|session| simulated::world::Session {
        cookie: secret(&session.cookie),
        login: login(&session.user),
        token: secret(&session.token),
        over: None,
        unverified: session.owes_second_factor,
    });
    let dead = DEAD_SESSIONS.iter().map(|name| simulated::world::Session {
        cookie: secret(&World::cookie_of(name)),
        login: login("super"),
        token: Secrets::random_token(),
        over: Some(match *name {
            name if name.starts_with("expired") => Over::Expired,
            name if name.starts_with("before-password") => Over::PasswordChanged,
            _ => Over::UserGone,
        }),
        unverified: false,
    });
    simulated::World {
        sites: world.sites.iter().map(|id| simulated::world::Site { id: *id, has_data: true }).collect(),
        users: users.collect(),
        tokens: tokens.collect(),
        sessions: sessions.chain(dead).collect(),
    }
}

fn simulated_settings(settings: &Settings, world: &World) -> simulated::SlotSettings {
    let flag = settings.flag_text.clone().unwrap_or_else(|| u8::from(settings.flag).to_string());
    simulated::SlotSettings {
        flag,
        allowlist: list_value(&settings.allowlist),
        allowlist_joins: settings.allowlist.delivery == Delivery::Plugin,
        only_allow_secure: settings.only_secure_tokens,
        anonymous_view: if settings.anonymous_view { world.sites.clone() } else { Vec::new() },
    }
}

fn list_value(list: &Allowlist) -> Option<simulated::world::ListValue> {
    use simulated::world::ListValue;
    // The key of config.ini.php is read by no release.
    if list.entries.is_empty() || list.delivery == Delivery::Ini {
        return None;
    }
    let entries = || list.entries.iter().map(entry_value).collect::<Vec<_>>();
    Some(match list.form {
        Form::List if list.entries.iter().any(|entry| matches!(entry, Entry::Keyed { .. })) => {
            let key = |(index, entry): (usize, &Entry)| match entry {
                Entry::Keyed { key, .. } => key.clone(),
                _ => index.to_string(),
            };
            ListValue::Map(list.entries.iter().enumerate().map(key).zip(entries()).collect())
        }
        Form::List => ListValue::List(entries()),
        Form::Map => ListValue::Map(entries().into_iter().enumerate().map(|(index, entry)| (format!("key{index}"), entry)).collect()),
        Form::Closure => ListValue::Closure(Box::new(ListValue::List(entries()))),
        Form::Text => list.entries.first().map_or(ListValue::Null, entry_value),
        Form::Null => ListValue::Null,
    })
}

fn entry_value(entry: &Entry) -> simulated::world::ListValue {
    use simulated::world::ListValue;
    match entry {
        Entry::Text(text) => ListValue::Text(text.clone()),
        Entry::Bool(value) => ListValue::Bool(*value),
        Entry::Number(number) => ListValue::Number(*number),
        Entry::Keyed { value, .. } => entry_value(value),
        Entry::Nested(inner) => ListValue::List(inner.iter().map(entry_value).collect()),
    }
}
