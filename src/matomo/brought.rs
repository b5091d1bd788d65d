//! What the files of a Matomo themselves put into the endpoint allowlist, and which of these entries can never match.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Catalogue;
use crate::model::{Entry, Names, renamed};

/// One entry, with the file that brought it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BroughtEntry {
    /// As it stands in the list; what JSON has no word for is an object with the name of its type.
    pub value: Value,
    /// The file, named below the tree.
    pub file: String,
}

/// A value that cannot be had, or that is no list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusableList {
    /// The file, named below the tree.
    pub file: String,
    /// What it is, or why it cannot be had, as the end of a sentence.
    pub why: String,
}

/// The answer of Matomo's container in an instance that nobody configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BroughtList {
    /// All entries, in order.
    pub entries: Vec<BroughtEntry>,
    /// Where there is no list to be had: a closure threw, or the value is none, to which no other plugin can add.
    pub failed: Option<UnusableList>,
}

impl BroughtEntry {
    /// As the gate compares it; `None` for what never equals a text and has no form of its own in the model.
    pub fn entry(&self) -> Option<Entry> {
        serde_json::from_value(self.value.clone()).ok()
    }

    /// As people read it.
    pub fn text(&self) -> String {
        self.value
            .as_str()
            .map_or_else(|| self.value.to_string(), |text| if is_plain(text) { text.to_owned() } else { format!("{text:?}") })
    }

    /// Why nobody gets in by it, or why too many do; `None` where it is as one would write it.
    fn warning(&self, names: &Names) -> Option<String> {
        let Some(text) = self.value.as_str() else {
            return Some("is no text, and only texts are compared: it never matches".to_owned());
        };
        if text == "Widgetize.iframe" {
            return Some(
                "opens every controller action, widget and report but the API, Widgetize and CoreHome.index to write and admin tokens, since \
                 inside of the frame nothing is compared with the list again"
                    .to_owned(),
            );
        }
        if text.chars().any(char::is_whitespace) {
            return Some(format!("has spaces, and is compared as it stands: it never matches{}", meant(text, names)));
        }
        let Some((module, action)) = text.split_once('.') else {
            return Some("is no Module.Action: it never matches".to_owned());
        };
        if module.is_empty() || action.is_empty() || action == "0" {
            return Some("only opens requests that leave out module or action, never the action under its own name".to_owned());
        }
        if let Some(new) = renamed(module) {
            return Some(format!("only opens requests under the old name: {new}.{action} itself stays refused"));
        }
        if names.endpoints.contains_key(text) || names.inherited.contains(text) {
            return None;
        }
        if names.resolves(module, action) {
            let own = names.endpoints.keys().find(|name| name.eq_ignore_ascii_case(text)).map_or("the report", String::as_str);
            return Some(format!("is only another name of {own}, which itself stays refused"));
        }
        if names.deactivated.contains(module) {
            return Some(format!("never matches an action that runs: the plugin {module} is not activated"));
        }
        Some(match meant(text, names) {
            meant if meant.is_empty() => "never matches an action that runs: there is none of this name".to_owned(),
            meant => format!("is compared with regard to case: it never matches{meant}"),
        })
    }
}

/// The name that was probably meant, as the end of a sentence.
fn meant(text: &str, names: &Names) -> String {
    let bare: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let found = names.endpoints.keys().find(|name| name.eq_ignore_ascii_case(&bare));
    found.map_or_else(String::new, |name| format!(" {name}"))
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_graphic() && letter != '"')
}

impl BroughtList {
    /// What the simulated Matomo brings: texts, from one file.
    pub fn texts(entries: &[String], file: &str) -> Self {
        let entries = entries.iter().map(|text| BroughtEntry { value: Value::from(text.as_str()), file: file.to_owned() });
        Self { entries: entries.collect(), ..Self::default() }
    }

    /// The entries as the model needs them.
    pub fn values(&self) -> Vec<Entry> {
        self.entries.iter().filter_map(BroughtEntry::entry).collect()
    }

    /// Entries that can never match or that open more than they say, each in a sentence.
    pub fn warnings(&self, catalogue: &Catalogue) -> Vec<String> {
        let names = catalogue.names();
        let warning = |entry: &BroughtEntry| Some(format!("the entry {} of {} {}", entry.text(), entry.file, entry.warning(&names)?));
        self.entries.iter().filter_map(warning).collect()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::model::EndpointKind;

    fn names() -> Names {
        let endpoints = [
            ("Goals.index", EndpointKind::Controller),
            ("UserCountry.getCountry", EndpointKind::Report),
            ("Referrers.getAll", EndpointKind::Report),
            ("Widgetize.iframe", EndpointKind::Controller),
        ];
        Names {
            endpoints: endpoints.map(|(name, kind)| (name.to_owned(), kind)).into(),
            deactivated: ["Sleeper".to_owned()].into(),
            inherited: ["Goals.getDefaultAction".to_owned()].into(),
            ..Names::default()
        }
    }

    #[rstest]
    #[case(json!("Goals.index"), None)]
    #[case(json!("Goals.getDefaultAction"), None)]
    #[case(json!("Goals.nowhere"), Some("there is none of this name"))]
    #[case(json!("goals.Index"), Some("never matches Goals.index"))]
    #[case(json!("Goals.index "), Some("has spaces, and is compared as it stands: it never matches Goals.index"))]
    #[case(json!(true), Some("is no text"))]
    #[case(json!(0), Some("is no text"))]
    #[case(json!({"php": "null"}), Some("is no text"))]
    #[case(json!(["Goals.index"]), Some("is no text"))]
    #[case(json!("UserCountry.GetCountry"), Some("another name of UserCountry.getCountry"))]
    #[case(json!("Referers.getAll"), Some("under the old name: Referrers.getAll"))]
    #[case(json!("Goals."), Some("leave out module or action"))]
    #[case(json!(".index"), Some("leave out module or action"))]
    #[case(json!("Goals"), Some("no Module.Action"))]
    #[case(json!("Sleeper.index"), Some("Sleeper is not activated"))]
    #[case(json!("Widgetize.iframe"), Some("every controller action, widget and report"))]
    fn an_entry_that_cannot_match_or_opens_too_much_is_told(#[case] value: Value, #[case] told: Option<&str>) {
        let entry = BroughtEntry { value, file: "plugins/Goals/config/config.php".to_owned() };
        let warning = entry.warning(&names());
        match told {
            None => assert_eq!(warning, None),
            Some(part) => assert!(warning.as_deref().is_some_and(|text| text.contains(part)), "{warning:?}"),
        }
    }
}
