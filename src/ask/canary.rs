//! Canaries: before and after a run every token must be accepted once and refused once, else nothing was concluded.

use crate::judge::{Verdict, judge};
use crate::matomo::{Observation, observe};
use crate::model::{Answer, Ask, Body, Dispatch, Method, Request, Settings, decide};
use crate::plan::{NOBODYS_TOKEN, PRINCIPALS, Principal};
use crate::sut::Environment;

use super::sender::Sender;

/// A canary that did not answer as it must.
#[derive(Clone, Debug)]
pub struct Canary {
    /// The principal.
    pub principal: &'static str,
    /// `accepted` or `refused`.
    pub should_be: &'static str,
    /// What was seen instead.
    pub seen: String,
}

/// Asks every canary; those that fail come back.
pub async fn canaries(environment: &Environment, sender: &Sender) -> Vec<Canary> {
    let Some(slot) = environment.slots.first() else { return Vec::new() };
    warm_up(environment, sender).await;
    let mut failed = Vec::new();
    // A misspelled token is no token of its own.
    for who in PRINCIPALS
        .iter()
        .filter(|who| !who.name.ends_with("with-space") && !who.name.ends_with("with-entity") && who.exists_in(&environment.features))
    {
        for (should_be, request, accepted) in requests(who) {
            let observation = match sender.send(who.name, &slot.url, &request).await {
                Ok(raw) => observe(&raw, request.dispatch),
                Err(error) => Observation::Failed { error },
            };
            let fine = match &observation {
                Observation::Clear { answer: Answer::Opened { who: live, .. }, .. } => {
                    accepted && login_of(who).is_none_or(|login| login == live.login)
                }
                Observation::Clear { answer: Answer::Denied { .. }, .. } => !accepted,
                _ => false,
            };
            if !fine {
                failed.push(Canary { principal: who.name, should_be, seen: observation.in_words() });
            }
        }
    }
    failed.extend(worthless_tokens(environment, sender, &slot.slot.settings, &slot.url).await);
    failed
}

/// Whoever replaces the authenticator may take any token for the one in force: then a session opens whatever is asked, and the gate with it.
/// A token that nobody has, an empty one and another user's are sent with a session and without; none may open more than the model says.
async fn worthless_tokens(environment: &Environment, sender: &Sender, settings: &Settings, url: &str) -> Vec<Canary> {
    let names = environment.catalogue.names();
    let mut failed = Vec::new();
    for (user, others) in [("view", "$TOKEN_WRITE"), ("super", "$TOKEN_VIEW")] {
        for (token, should_be) in [
            (NOBODYS_TOKEN, "kept from opening more by a token that nobody has"),
            ("", "kept from opening more by an empty token"),
            (others, "kept from opening more by another user's token"),
        ] {
            for request in with_worthless(user, token) {
                let ask = Ask { features: &environment.features, settings, world: &environment.world, names: &names, request: &request };
                let observation = match sender.send(user, url, &request).await {
                    Ok(raw) => observe(&raw, request.dispatch),
                    Err(error) => Observation::Failed { error },
                };
                if judge(&decide(&ask), &observation) == Verdict::Leak {
                    failed.push(Canary { principal: user, should_be, seen: observation.in_words() });
                }
            }
        }
    }
    failed
}

/// A page and an API method with a token that is worth nothing, beside a session and, where it is nobody's, alone.
fn with_worthless(user: &str, token: &str) -> Vec<Request> {
    let page = |cookie: Option<&str>| Request {
        query: format!("module=ConformanceProbe&action=needNothing&force_api_session=1&token_auth={token}&idSite=1&language=en"),
        dispatch: Dispatch::Real,
        cookie: cookie.map(str::to_owned),
        ..Request::default()
    };
    let api = |cookie: Option<&str>| Request {
        method: Method::Post,
        query: "module=API&method=ConformanceProbe.getNeedView&format=json&idSite=1&language=en".to_owned(),
        body: Some(Body::Form(format!("token_auth={token}&force_api_session=1"))),
        dispatch: Dispatch::Real,
        cookie: cookie.map(str::to_owned),
        ..Request::default()
    };
    let mut requests = vec![page(Some(user)), api(Some(user))];
    if !token.starts_with('$') {
        requests.extend([page(None), api(None)]);
    }
    requests
}

/// Lets every slot fill its cache of reports while somebody asks who may view the sites. Matomo keeps it for an hour, for each
/// site; on a cold one, a request without rights for something that does not exist ends in a permission check on the way.
async fn warm_up(environment: &Environment, sender: &Sender) {
    let table = environment.slots.iter().map(|slot| slot.url.as_str());
    for url in table.chain(environment.changing.as_ref().map(|slot| slot.url.as_str())) {
        for site in &environment.world.sites {
            let request = Request {
                method: Method::Post,
                query: format!("module=ConformanceProbe&action=noSuchAction&idSite={site}&period=day&date=today&language=en"),
                body: Some(Body::Form("token_auth=$TOKEN_VIEW".to_owned())),
                ..Request::default()
            };
            // Whatever comes back: a Matomo that does not answer is found out by the canaries.
            let _ = sender.send("view", url, &request).await;
        }
    }
}

fn login_of(who: &Principal) -> Option<String> {
    who.session.map(|user| format!("conformance-{user}"))
}

/// The requests of a principal: what it must be asked, and whether it must be accepted.
fn requests(who: &'static Principal) -> Vec<(&'static str, Request, bool)> {
    let real = |query: &str| Request { query: format!("{query}&idSite=1&language=en"), dispatch: Dispatch::Real, ..Request::default() };
    let nothing = "module=ConformanceProbe&action=needNothing";
    let Some(token) = who.token else {
        return vec![("accepted", real(nothing), true), ("refused", real("module=ConformanceProbe&action=needSuper"), false)];
    };
    let form = Body::Form(format!("token_auth={token}"));
    let post = |query: &str| Request { method: Method::Post, body: Some(form.clone()), ..real(query) };
    let api = post("module=API&method=ConformanceProbe.getRights&format=json");
    if who.is_worthless {
        // Up to 4.x only a method that needs something refuses a worthless token.
        return vec![("refused", post("module=API&method=ConformanceProbe.getNeedView&format=json"), false)];
    }
    vec![("accepted", api, true), ("refused", post("module=ConformanceProbe&action=needSuper"), false)]
}
