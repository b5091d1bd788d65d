//! What `serve` shows: addresses, users, export lines and requests to try.

use std::io::Write;
use std::path::Path;

use super::terminal::{Paint, rights_text};
use crate::matomo::curl_line;
use crate::model::{Delivery, Form, Names, SWITCHES, Settings, Switch};
use crate::plan::{Plan, slots};
use crate::sut::Served;

/// Cases that show what the rules are about.
const TO_TRY: [&str; 4] = [
    "default/view/url/dry/VisitsSummary.index",
    "default/write/url/dry/VisitsSummary.index",
    "flag/write/url/dry/VisitsSummary.index",
    "default/super/body/real/?module=API&method=ConformanceProbe.getRights&format=json",
];

/// Prints what is served. Tokens are shown where they are not in a file.
pub fn print_served(out: &mut impl Write, served: &Served, file: Option<&Path>) -> std::io::Result<()> {
    if served.simulated {
        writeln!(out, "{}simulated target: no real Matomo is behind it{:#}", Paint::WARN, Paint::WARN)?;
    }
    let width = served.slots.iter().map(|slot| slot.slot.len()).max().unwrap_or_default();
    writeln!(out, "{} serves\n", served.name)?;
    for slot in &served.slots {
        writeln!(out, "  {:width$}  {}  {}", slot.slot, slot.url, settings_text(&slot.settings))?;
    }
    writeln!(out, "\nusers and the names of their tokens")?;
    let width = served.users.iter().map(|user| user.login.len()).max().unwrap_or_default();
    for user in &served.users {
        writeln!(out, "  {:width$}  {}: {}", user.login, rights_text(&user.rights), user.tokens.join(" "))?;
    }
    match file {
        Some(file) => writeln!(
            out,
            "\naddresses, tokens and passwords for a shell (mode 600, removed at the end)\n  . {}",
            quote(&file.display().to_string())
        )?,
        None => writeln!(out, "\naddresses, tokens and passwords for a shell\n{}", export_lines(served).trim_end())?,
    }
    writeln!(out, "\nto try")?;
    let mut plan = Plan { slots: slots(&Names::default(), false), ..Plan::default() };
    for id in TO_TRY {
        if let Ok(case) = plan.parse(id) {
            writeln!(out, "  {}", curl_line(plan.slot(case).name, &plan.request(case)))?;
        }
    }
    out.flush()
}

/// Lines that a POSIX shell reads.
pub fn export_lines(served: &Served) -> String {
    served.exports.iter().fold(String::new(), |text, (name, value)| format!("{text}export {name}={}\n", quote(value)))
}

fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

/// Settings in words.
fn settings_text(settings: &Settings) -> String {
    let said = |switch: &Switch| match (switch.text)(settings) {
        Some(text) => format!("{} {text}", switch.words),
        None => switch.words.to_owned(),
    };
    let mut parts: Vec<String> = SWITCHES.iter().filter(|switch| switch.is_set(settings)).map(said).collect();
    let list = &settings.allowlist;
    if !list.entries.is_empty() {
        let form = match list.form {
            Form::List => "list",
            Form::Map => "list with keys",
            Form::Closure => "list from a closure",
            Form::Text => "bare text in place of a list",
            Form::Null => "null in place of a list",
        };
        let place = match list.delivery {
            Delivery::Instance => "",
            Delivery::Plugin => " of a plugin",
            Delivery::Ini => " in config.ini.php",
        };
        parts.push(format!("{form} of {} entries{place}", list.entries.len()));
    }
    if parts.is_empty() { "nothing set".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_with_a_quote_stays_one_word() {
        assert_eq!(quote("it's"), "'it'\\''s'");
    }

    #[test]
    fn every_case_to_try_is_one() {
        let mut plan = Plan { slots: slots(&Names::default(), false), ..Plan::default() };
        for id in TO_TRY {
            plan.parse(id).expect(id);
        }
    }

    #[test]
    fn settings_are_told_apart_in_words() {
        let words: Vec<String> = slots(&Names::default(), true).iter().map(|slot| settings_text(&slot.settings)).collect();
        assert_eq!(words[0], "nothing set");
        assert!(words.iter().any(|text| text == "flag 2") && words.iter().any(|text| text == "anonymous may view"), "{words:?}");
    }
}
