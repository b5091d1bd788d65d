//! Random settings: a flag, a policy, and an allowlist drawn near the endpoints that will be asked for.

use quickcheck::{Arbitrary as _, Gen};

use super::arbitrary::{below, chance, pick};
use super::lists;
use crate::model::{Allowlist, Delivery, Entry, Form, Settings};

/// Settings whose list is about these endpoints.
pub fn settings(g: &mut Gen, near: &[String], all: &[String]) -> Settings {
    let mut settings = Settings { only_secure_tokens: chance(g, 12), ..Settings::default() };
    match below(g, 100) {
        0..15 => settings.flag = true,
        15..18 => {
            settings.flag = true;
            settings.flag_text = Some("true".to_owned());
        }
        18..24 => settings.flag_text = Some("2".to_owned()),
        _ => {}
    }
    if chance(g, 80) {
        settings.allowlist = allowlist(g, near, all);
    }
    settings
}

fn allowlist(g: &mut Gen, near: &[String], all: &[String]) -> Allowlist {
    let count = 1 + below(g, 5);
    let mut entries: Vec<Entry> = (0..count).map(|_| entry(g, near, all)).collect();
    let form = match below(g, 100) {
        0..72 => Form::List,
        72..82 => Form::Map,
        82..90 => Form::Closure,
        90..97 => Form::Text,
        _ => Form::Null,
    };
    if form == Form::Text {
        // In place of the list stands its first entry; a list in there would be one.
        entries = vec![Entry::Text(pick(g, near).clone())];
    }
    // A plugin can only add to a list.
    let delivery = if form == Form::List && chance(g, 15) { Delivery::Plugin } else { Delivery::Instance };
    Allowlist { form, delivery, entries }
}

fn entry(g: &mut Gen, near: &[String], all: &[String]) -> Entry {
    let name = pick(g, near).clone();
    let (module, action) = name.split_once('.').unwrap_or((&name, ""));
    let cut: String = name.chars().take(name.chars().count().saturating_sub(1)).collect();
    match below(g, 22) {
        0..8 => Entry::Text(name),
        8 => Entry::Text(name.to_uppercase()),
        9 => Entry::Text(format!("{}.{action}", module.to_lowercase())),
        10 => Entry::Text(format!(" {name}")),
        11 => Entry::Text(format!("{name} ")),
        12 => Entry::Text(cut),
        13 => Entry::Text(format!("{name}x")),
        14 => Entry::Text((*pick(g, &[module.to_owned(), format!("{module}."), format!("{module}.*"), action.to_owned()])).clone()),
        15 => Entry::Bool(bool::arbitrary(g)),
        16 => Entry::Number(i64::from(u8::arbitrary(g) % 2)),
        17 => Entry::Nested(vec![Entry::Text(name)]),
        18 => pick(g, &lists::odd()).clone(),
        19 => Entry::text(*pick(g, &["Widgetize.iframe", "ConformanceProbe.needNothing", "ConformanceProbe.needView", "API.index", "."])),
        20 => Entry::Text(format!("{module}.{}", pick(g, &["index", "need&amp;x", "needNothing", "0"]))),
        _ => Entry::Text(pick(g, all).clone()),
    }
}
