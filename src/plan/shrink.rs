//! Smaller inputs: what a person would leave out, the big things first.

use std::collections::BTreeMap;

use super::input::Input;
use crate::model::{Allowlist, Body, Delivery, Dispatch, Entry, Form, Method, SWITCHES, Settings};

/// Inputs that are one step smaller than this one, the biggest steps first.
pub fn smaller(input: &Input) -> Vec<Input> {
    let mut all = Vec::new();
    settings(input, &mut all);
    grants(input, &mut all);
    headers(input, &mut all);
    body(input, &mut all);
    query(input, &mut all);
    names(input, &mut all);
    all.retain(|other| other != input);
    all
}

fn changed(input: &Input, change: impl FnOnce(&mut Input)) -> Input {
    let mut other = input.clone();
    change(&mut other);
    other
}

fn settings(input: &Input, all: &mut Vec<Input>) {
    let Some(own) = &input.settings else {
        if input.slot.as_deref() != Some("default") {
            all.push(changed(input, |other| other.slot = Some("default".to_owned())));
        }
        return;
    };
    // A slot of the table is easier to come by than settings of one's own.
    for slot in ["default", "flag"] {
        all.push(changed(input, |other| {
            other.slot = Some(slot.to_owned());
            other.settings = None;
            other.grants = BTreeMap::new();
        }));
    }
    let mut with = |settings: Settings| all.push(changed(input, |other| other.settings = Some(settings)));
    with(Settings::default());
    let entries = &own.allowlist.entries;
    with(Settings { allowlist: Allowlist::default(), ..own.clone() });
    let listed = |entries: Vec<Entry>| Settings { allowlist: Allowlist { entries, ..own.allowlist.clone() }, ..own.clone() };
    if entries.len() > 2 {
        let (first, second) = entries.split_at(entries.len() / 2);
        with(listed(first.to_vec()));
        with(listed(second.to_vec()));
    }
    if entries.len() > 1 {
        for index in 0..entries.len() {
            let mut fewer = entries.clone();
            fewer.remove(index);
            with(listed(fewer));
        }
    }
    for switch in &SWITCHES {
        let mut less = own.clone();
        (switch.turn)(&mut less, false);
        with(less);
    }
    with(Settings { flag_text: None, ..own.clone() });
    if own.allowlist.form != Form::List {
        with(Settings { allowlist: Allowlist { form: Form::List, ..own.allowlist.clone() }, ..own.clone() });
    }
    if own.allowlist.delivery != Delivery::Instance {
        with(Settings { allowlist: Allowlist { delivery: Delivery::Instance, ..own.allowlist.clone() }, ..own.clone() });
    }
}

fn grants(input: &Input, all: &mut Vec<Input>) {
    if input.grants.is_empty() {
        return;
    }
    all.push(changed(input, |other| other.grants = BTreeMap::new()));
    for (name, text) in &input.grants {
        all.push(changed(input, |other| {
            other.grants.remove(name);
        }));
        let words: Vec<&str> = text.split_whitespace().collect();
        for index in 0..words.len() {
            let mut fewer = words.clone();
            fewer.remove(index);
            all.push(changed(input, |other| {
                other.grants.insert(name.clone(), fewer.join(" "));
            }));
        }
    }
}

fn headers(input: &Input, all: &mut Vec<Input>) {
    let request = &input.request;
    if request.cookie.is_some() {
        all.push(changed(input, |other| other.request.cookie = None));
    }
    if let Some(value) = &request.authorization {
        all.push(changed(input, |other| other.request.authorization = None));
        // A token is easier to type into a URL.
        if let Some(token) = value.strip_prefix("Bearer ") {
            all.push(changed(input, |other| {
                other.request.authorization = None;
                other.request.query = joined(&other.request.query, &format!("token_auth={token}"));
            }));
        }
    }
    if request.xhr {
        all.push(changed(input, |other| other.request.xhr = false));
    }
    if request.referrer.is_some() {
        all.push(changed(input, |other| other.request.referrer = None));
    }
    if request.agent.is_some() {
        all.push(changed(input, |other| other.request.agent = None));
    }
    if request.dispatch == Dispatch::Real {
        all.push(changed(input, |other| other.request.dispatch = Dispatch::Dry));
    }
    for index in 0..request.headers.len() {
        all.push(changed(input, |other| drop(other.request.headers.remove(index))));
    }
    for index in 0..request.cookies.len() {
        all.push(changed(input, |other| drop(other.request.cookies.remove(index))));
    }
    if matches!(request.method, Method::Head | Method::Put) {
        let method = if request.body.is_some() { Method::Post } else { Method::Get };
        all.push(changed(input, |other| other.request.method = method));
    }
}

fn body(input: &Input, all: &mut Vec<Input>) {
    let Some(body) = &input.request.body else { return };
    let text = body.text().to_owned();
    all.push(changed(input, |other| {
        other.request.body = None;
        other.request.method = Method::Get;
    }));
    // All that the body says, said by the URL.
    all.push(changed(input, |other| {
        other.request.query = if text.is_empty() { other.request.query.clone() } else { joined(&other.request.query, &text) };
        other.request.body = None;
        other.request.method = Method::Get;
    }));
    let pairs: Vec<&str> = text.split('&').filter(|pair| !pair.is_empty()).collect();
    for index in 0..pairs.len() {
        let rest = without(&pairs, index);
        all.push(changed(input, |other| other.request.body = Some(Body::Form(rest.clone()))));
        all.push(changed(input, |other| {
            other.request.body = Some(Body::Form(rest.clone()));
            other.request.query = joined(&other.request.query, pairs[index]);
        }));
    }
    if !matches!(body, Body::Form(_)) {
        all.push(changed(input, |other| other.request.body = Some(Body::Form(text.clone()))));
    }
    for (index, pair) in pairs.iter().enumerate() {
        for simple in simpler(pair) {
            let mut pairs: Vec<String> = pairs.iter().map(|pair| (*pair).to_owned()).collect();
            pairs[index] = simple;
            all.push(changed(input, |other| other.request.body = Some(Body::Form(pairs.join("&")))));
        }
    }
}

fn query(input: &Input, all: &mut Vec<Input>) {
    let pairs: Vec<&str> = input.request.query.split('&').filter(|pair| !pair.is_empty()).collect();
    all.push(changed(input, |other| other.request.query = pairs.join("&")));
    for index in 0..pairs.len() {
        let rest = without(&pairs, index);
        all.push(changed(input, |other| other.request.query = rest));
    }
    for (index, pair) in pairs.iter().enumerate() {
        for simple in simpler(pair) {
            let mut pairs: Vec<String> = pairs.iter().map(|pair| (*pair).to_owned()).collect();
            pairs[index] = simple;
            all.push(changed(input, |other| other.request.query = pairs.join("&")));
        }
    }
}

/// The same pair, written and meant more simply.
fn simpler(pair: &str) -> Vec<String> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let mut all = Vec::new();
    if name.starts_with("token") && name != "token_auth" {
        all.push(format!("token_auth={value}"));
    }
    if let Some(trimmed) = name.strip_prefix("%20") {
        all.push(format!("{trimmed}={value}"));
    }
    if let Ok(plain) = percent_encoding::percent_decode_str(value).decode_utf8()
        && plain.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && plain != value
    {
        all.push(format!("{name}={plain}"));
    }
    if value.starts_with('$') {
        return all;
    }
    if value.contains("%00") {
        all.push(format!("{name}={}", value.replace("%00", "")));
    }
    let letters: Vec<char> = value.chars().collect();
    if letters.len() > 40 {
        all.push(format!("{name}={}", letters[..letters.len() / 2].iter().collect::<String>()));
        all.push(format!("{name}={}", letters[letters.len() / 2..].iter().collect::<String>()));
    }
    all
}

/// Well-known names in place of others: a person would write those.
fn names(input: &Input, all: &mut Vec<Input>) {
    let pairs: Vec<&str> = input.request.query.split('&').collect();
    let value = |name: &str| pairs.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let (Some(module), Some(action)) = (value("module"), value("action")) else { return };
    let (old, new) = (format!("{module}.{action}"), "ConformanceProbe.needNothing");
    if old == new || input.request.query.contains("Widgetize") {
        return;
    }
    all.push(changed(input, |other| {
        let renamed = pairs.iter().map(|pair| {
            if *pair == format!("module={module}") {
                "module=ConformanceProbe".to_owned()
            } else if *pair == format!("action={action}") {
                "action=needNothing".to_owned()
            } else {
                (*pair).to_owned()
            }
        });
        other.request.query = renamed.collect::<Vec<_>>().join("&");
        if let Some(settings) = &mut other.settings {
            for entry in &mut settings.allowlist.entries {
                if let Entry::Text(text) = entry
                    && *text == old
                {
                    new.clone_into(text);
                }
            }
        }
    }));
}

fn without(pairs: &[&str], index: usize) -> String {
    let rest: Vec<&str> = pairs.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, pair)| *pair).collect();
    rest.join("&")
}

fn joined(old: &str, new: &str) -> String {
    if old.is_empty() { new.to_owned() } else { format!("{old}&{new}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Request;

    #[test]
    fn every_step_is_a_change_and_the_smallest_input_has_few() {
        let settings = Settings { flag: true, allowlist: Allowlist::of(["A.b", "C.d", "E.f"]), ..Settings::default() };
        let request = Request {
            method: Method::Post,
            query: "module=%41&action=b&x=1".to_owned(),
            body: Some(Body::Form("token.auth=$TOKEN_VIEW&y=1".to_owned())),
            xhr: true,
            cookie: Some("view".to_owned()),
            ..Request::default()
        };
        let input =
            Input { settings: Some(settings), request, grants: [("view".to_owned(), "1:view 2:write".to_owned())].into(), slot: None };
        let all = smaller(&input);
        assert!(all.iter().all(|other| *other != input));
        let has = |test: &dyn Fn(&Input) -> bool| all.iter().any(test);
        assert!(has(&|other| other.settings.as_ref().is_some_and(|own| own.allowlist.entries.len() == 2)));
        assert!(has(&|other| other.grants.get("view").is_some_and(|text| text == "2:write")));
        assert!(has(&|other| other.request.query == "module=A&action=b&x=1"));
        assert!(has(&|other| other.request.body == Some(Body::Form("token_auth=$TOKEN_VIEW&y=1".to_owned()))));
        assert!(has(&|other| other.request.body.is_none() && other.request.query.ends_with("y=1")));
        let least = Input::of_slot("default", Request { query: "module=ConformanceProbe".to_owned(), ..Request::default() });
        assert_eq!(smaller(&least).len(), 1, "only the last parameter can go");
    }
}
