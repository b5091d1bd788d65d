//! Metamorphic relations: pairs of requests whose live answers must fit together, whatever the model says.

use super::input::Input;
use crate::model::{Allowlist, Answer, Body, Form, Method, Reason, Role, Settings, World, token_placeholder};

/// One relation.
pub struct Relation {
    /// Stable name.
    pub name: &'static str,
    /// What must hold, in one sentence.
    pub says: &'static str,
    /// The other request, where the relation says something about this one and its answer.
    pub other: fn(&Input, &Answer, &World) -> Option<Input>,
    /// Whether the two answers, with their statuses, fit together.
    pub fits: fn(&(Answer, u16), &(Answer, u16)) -> bool,
}

fn same(first: &(Answer, u16), second: &(Answer, u16)) -> bool {
    first == second
}

/// What was opened is opened again, for the same user; the status may be that of another page.
fn still_open(first: &(Answer, u16), second: &(Answer, u16)) -> bool {
    match (&first.0, &second.0) {
        (Answer::Opened { who, .. }, Answer::Opened { who: other, .. }) => who == other,
        (Answer::Opened { .. }, Answer::Denied { .. }) => false,
        _ => true,
    }
}

fn still_gated(_: &(Answer, u16), second: &(Answer, u16)) -> bool {
    matches!(second.0, Answer::Denied { reason: Reason::GateSuperUser | Reason::GateSomeWrite })
}

/// All relations.
pub static RELATIONS: [Relation; 9] = [
    Relation {
        name: "unknown-parameter",
        says: "a parameter that Matomo does not know changes nothing",
        other: |input, _, _| {
            let mut other = input.clone();
            other.request.query = format!("conformance_unknown=1&{}", input.request.query);
            Some(other)
        },
        fits: same,
    },
    Relation {
        name: "headers-beside",
        says: "where a request comes from and what browser sends it changes nothing",
        other: |input, _, _| {
            let mut other = input.clone();
            let told = input.request.referrer.is_some() || input.request.agent.is_some();
            other.request.referrer = (!told).then(|| "https://www.example.org/".to_owned());
            other.request.agent = (!told).then(|| "curl/8.16.0".to_owned());
            Some(other)
        },
        fits: same,
    },
    Relation {
        name: "list-order",
        says: "order and duplicates of list entries change nothing",
        other: |input, _, _| {
            with_list(input, |own| {
                let mut entries = own.allowlist.entries.clone();
                entries.reverse();
                entries.extend(own.allowlist.entries.iter().cloned());
                own.allowlist.entries = entries;
            })
        },
        fits: same,
    },
    Relation {
        name: "list-unrelated",
        says: "an entry that names something else changes nothing",
        other: |input, _, _| with_list(input, |own| own.allowlist.entries.push(crate::model::Entry::text("ConformanceNowhere.nothing"))),
        fits: same,
    },
    Relation {
        name: "flag-opens-more",
        says: "the flag opens all that any list opens",
        other: |input, answer, _| {
            let own = input.settings.as_ref().filter(|_| matches!(answer, Answer::Opened { .. }))?;
            Some(with_flag_alone(input, own, true))
        },
        fits: still_open,
    },
    Relation {
        name: "view-untouched",
        says: "who may write nowhere is touched by neither flag nor list",
        other: |input, answer, _| {
            let own = input.settings.as_ref()?;
            let Answer::Opened { who, .. } = answer else { return None };
            if who.rights.somewhere(Role::Write) {
                return None;
            }
            Some(with_flag_alone(input, own, false))
        },
        fits: same,
    },
    Relation {
        name: "body-for-url",
        says: "a plain token that is good in the URL is good in the body",
        other: |input, answer, _| {
            let gated = matches!(answer, Answer::Denied { reason: Reason::GateSuperUser | Reason::GateSomeWrite });
            let request = &input.request;
            let plain =
                request.cookie.is_none() && request.authorization.is_none() && request.body.is_none() && request.method == Method::Get;
            // Only a token that was accepted says so: with a policy for secure tokens it is not.
            let accepted = matches!(answer, Answer::Opened { who, .. } if who.login.starts_with("conformance-"));
            if !(plain && (gated || accepted) && !request.query.contains("force_api_session")) {
                return None;
            }
            // What a navigation without credentials in its URL does is a rule of its own.
            if request.query.contains("Overlay") {
                return None;
            }
            let (tokens, rest): (Vec<&str>, Vec<&str>) = request.query.split('&').partition(|pair| pair.starts_with("token_auth="));
            let [token] = tokens[..] else { return None };
            if rest.iter().any(|pair| pair.contains("token")) {
                return None;
            }
            token_placeholder(token.strip_prefix("token_auth=")?)?;
            let mut other = input.clone();
            other.request.query = rest.join("&");
            other.request.body = Some(Body::Form(token.to_owned()));
            other.request.method = Method::Post;
            Some(other)
        },
        fits: same,
    },
    Relation {
        name: "wider-rights",
        says: "more rights never open the gate for a token that had too many",
        other: |input, answer, world| {
            let refused = matches!(answer, Answer::Denied { reason: Reason::GateSuperUser | Reason::GateSomeWrite });
            input.settings.as_ref().filter(|_| refused)?;
            let mut other = input.clone();
            for user in &world.users {
                other.grants.insert(user.name.clone(), "super".to_owned());
            }
            Some(other)
        },
        fits: still_gated,
    },
    Relation {
        name: "no-list-no-flag",
        says: "what is refused at the gate is refused without any list, too",
        other: |input, answer, _| {
            let refused = matches!(answer, Answer::Denied { reason: Reason::GateSuperUser | Reason::GateSomeWrite });
            let own = input.settings.as_ref().filter(|_| refused)?;
            let fewer = Settings { flag: false, flag_text: None, allowlist: crate::model::Allowlist::default(), ..own.clone() };
            Some(Input { settings: Some(fewer), ..input.clone() })
        },
        fits: still_gated,
    },
];

/// The input with no list, and with the flag or without.
fn with_flag_alone(input: &Input, own: &Settings, flag: bool) -> Input {
    let bare = Settings { flag, flag_text: None, allowlist: Allowlist::default(), ..own.clone() };
    Input { settings: Some(bare), ..input.clone() }
}

fn with_list(input: &Input, change: impl FnOnce(&mut Settings)) -> Option<Input> {
    let mut own = input.settings.clone()?;
    // A text in place of a list has one entry only.
    if own.allowlist.entries.is_empty() || !matches!(own.allowlist.form, Form::List | Form::Map | Form::Closure) {
        return None;
    }
    change(&mut own);
    Some(Input { settings: Some(own), ..input.clone() })
}
