//! Canaries: before and after a run every token must be accepted once and refused once, else nothing was concluded.

use crate::matomo::{Observation, observe};
use crate::model::{Answer, Body, Dispatch, Method, Request};
use crate::plan::{PRINCIPALS, Principal};
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
                failed.push(Canary { principal: who.name, should_be, seen: format!("{observation:?}") });
            }
        }
    }
    failed
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
    let worthless = who.name == "invalid" || who.name.starts_with("expired");
    if worthless {
        // Up to 4.x only a method that needs something refuses a worthless token.
        return vec![("refused", post("module=API&method=ConformanceProbe.getNeedView&format=json"), false)];
    }
    vec![("accepted", api, true), ("refused", post("module=ConformanceProbe&action=needSuper"), false)]
}
