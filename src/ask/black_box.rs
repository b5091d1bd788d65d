//! Runs a plan on a Matomo that belongs to somebody: one request after the other, at a rate, read by the page alone.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use super::canary::Canary;
use super::engine::{Conduct, Event, seen_twice};
use super::sender::Sender;
use crate::judge::{Verdict, judge_page};
use crate::matomo::{Observation, Raw, observe_page};
use crate::model::{Answer, Ask, Body, Decision, Dispatch, Method, Names, Reason, Request, Rights, Role, TokenKind, decide};
use crate::plan::{Mark, PRINCIPALS, Plan, open_endpoint, principal};
use crate::sut::Environment;

/// Lets requests through one at a time.
pub struct Pace(Interval);

impl Pace {
    /// So many requests a second.
    pub fn new(rate: f64) -> Self {
        let mut interval = interval(Duration::from_secs_f64(1.0 / rate));
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(interval)
    }

    async fn wait(&mut self) {
        self.0.tick().await;
    }
}

/// Runs all cases in order; `each` may stop the run by answering an error.
pub async fn conduct_black_box<E>(
    environment: &Environment,
    names: &Names,
    plan: &Plan,
    sender: &Sender,
    conduct: &Conduct,
    pace: &mut Pace,
    mut each: impl FnMut(Event<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let base = environment.slots.first().map(|slot| slot.url.as_str()).unwrap_or_default();
    for case in plan.cases.iter().copied() {
        if conduct.over() {
            break;
        }
        pace.wait().await;
        let request = plan.request(case);
        let endpoint = open_endpoint(plan.target(case));
        let settings = &plan.slot(case).settings;
        let mut decision = decide(&Ask { features: &environment.features, settings, world: &environment.world, names, request: &request });
        if let (Some(endpoint), Some(attached)) = (endpoint, &environment.attached) {
            ask_own_right(&mut decision, endpoint.need, attached.site);
        }
        let piece = endpoint.and_then(|endpoint| match endpoint.mark {
            Mark::Page(piece) => Some(piece),
            Mark::Json => None,
        });
        let judged = |answer: Result<Raw, String>| {
            let observation = match answer {
                Ok(raw) => observe_page(&raw, piece),
                Err(error) => Observation::Failed { error },
            };
            let verdict = judge_page(&decision, &observation);
            (observation, verdict)
        };
        let mut seen = judged(sender.send(Plan::principal(case).name, base, &request).await);
        if let Some(watch) = conduct.watch.as_ref().filter(|_| seen.1 != Verdict::Agree) {
            pace.wait().await;
            if !watch.sees_well(base, None).await {
                break;
            }
            if seen.1.differs() {
                pace.wait().await;
                seen = seen_twice(seen, judged(sender.send(Plan::principal(case).name, base, &request).await));
                pace.wait().await;
                if !watch.sees_well(base, None).await {
                    break;
                }
            }
        }
        let (observation, verdict) = seen;
        each(Event { case, decision, observation, verdict, plan, names, environment })?;
    }
    Ok(())
}

/// The right that the endpoint itself asks for, which the model knows of the probe's own endpoints only.
fn ask_own_right(decision: &mut Decision, need: crate::model::Need, site: u32) {
    if let Answer::Opened { who, .. } = &decision.answer
        && !need.met_by(&who.rights, site)
    {
        decision.answer = Answer::Denied { reason: Reason::NoRight };
        decision.clause = need.rules().first().map_or(decision.clause, |rule| rule.clause);
        decision.trace.ask(decision.clause, true);
        decision.status = None;
    }
}

/// Asks whether every token is what its name says: accepted where it must be, refused where it must be, and with rights of that level.
pub async fn page_canaries(environment: &Environment, sender: &Sender, pace: &mut Pace) -> Vec<Canary> {
    let base = environment.slots.first().map(|slot| slot.url.as_str()).unwrap_or_default();
    let mut failed = Vec::new();
    for token in environment.world.tokens.iter().filter(|token| token.kind == TokenKind::Any && token.level.is_none()) {
        let (Some(who), Some(user)) = (principal(&token.user), environment.world.user(&token.user)) else { continue };
        let mut asked = Asked { base, sender, pace, who: who.name, placeholder: &token.placeholder };
        let mut fail = |should_be, seen| failed.push(Canary { principal: who.name, should_be, seen });
        let rights = &user.rights;
        let known = if rights.somewhere(Role::View) { "API.getMatomoVersion" } else { "SitesManager.getSitesIdWithAtLeastViewAccess" };
        if let Err(seen) = asked.answered(known).await {
            fail("accepted", seen);
            continue;
        }
        match asked.answered("SitesManager.getAllSitesId").await {
            Ok(_) if !rights.superuser => fail("refused", "it has super user access".to_owned()),
            Err(seen) if rights.superuser => fail("accepted as a super user", seen),
            _ => {}
        }
        for (role, method) in
            [(Role::Write, "SitesManager.getSitesIdWithWriteAccess"), (Role::Admin, "SitesManager.getSitesIdWithAdminAccess")]
        {
            if rights.superuser {
                break;
            }
            match asked.answered(method).await {
                Ok(json) if json.as_array().is_some_and(|sites| sites.is_empty() != has(rights, role)) => {}
                Ok(json) => fail(
                    if has(rights, role) { "given what its name says" } else { "kept to what its name says" },
                    format!("{method} gives {json}"),
                ),
                Err(seen) => fail("told its rights", seen),
            }
        }
    }
    failed
}

fn has(rights: &Rights, role: Role) -> bool {
    rights.roles.values().any(|held| *held == role)
}

/// Who asks the API, and how.
struct Asked<'a> {
    base: &'a str,
    sender: &'a Sender,
    pace: &'a mut Pace,
    who: &'static str,
    placeholder: &'a str,
}

impl Asked<'_> {
    /// The answer of a method, or what was seen instead.
    async fn answered(&mut self, method: &str) -> Result<serde_json::Value, String> {
        self.pace.wait().await;
        let request = Request {
            method: Method::Post,
            query: format!("module=API&method={method}&format=json&language=en"),
            body: Some(Body::Form(format!("token_auth=${}", self.placeholder))),
            dispatch: Dispatch::Real,
            ..Request::default()
        };
        let raw = self.sender.send(self.who, self.base, &request).await?;
        match observe_page(&raw, None) {
            Observation::Clear { answer: Answer::Opened { .. }, .. } => serde_json::from_str(&raw.body).map_err(|error| error.to_string()),
            other => Err(other.in_words()),
        }
    }
}

/// Names of the principals that a plan asks for.
pub fn principals_of(plan: &Plan) -> Vec<&'static str> {
    let asked = |index: usize| plan.cases.iter().any(|case| usize::from(case.principal) == index);
    PRINCIPALS.iter().enumerate().filter(|(index, _)| asked(*index)).map(|(_, who)| who.name).collect()
}
