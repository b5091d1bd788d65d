//! Arguments that get a request as far as an endpoint's own check: by name, by type, and by what the endpoint says is wrong.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::catalogue::{Argument, OwnEndpoint, OwnKind};
use crate::plan::principal::NOBODYS_TOKEN;

/// One try: the parameters beside site, period and date, percent-encoded, each with `&` before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// As it stands in the query.
    pub query: String,
}

/// Stands for the password of whoever asks.
pub const OWN_PASSWORD: &str = "$OWN_PASSWORD";

/// Values by name of the argument, in the order in which they are tried. `@NAME` stands for the id of an object.
const VALUES: &[(&str, &[&str])] = &[
    ("access", &["view"]),
    ("actionName", &["home"]),
    ("actionType", &["url"]),
    ("apiAction", &["get"]),
    ("apiMethod", &["getCategory"]),
    ("apiModule", &["VisitsSummary"]),
    ("apiParameters", &[""]),
    ("backgroundColor", &["ffffff"]),
    ("capabilities", &["tagmanager_write"]),
    ("column", &["label"]),
    ("dashboard", &["@idDashboard"]),
    ("dashboardId", &["@idDashboard"]),
    ("definition", &["countryCode%3D%3Dde"]),
    ("description", &["conformance"]),
    ("downloadUrl", &["http%3A%2F%2Fsite1.example.org%2Ffile"]),
    ("email", &["conformance-new%40example.org", "conformance-view%40example.org"]),
    ("evolutionPeriodFor", &["prev"]),
    ("filename", &["conformance"]),
    ("fontColor", &["000000"]),
    ("fontFamily", &["Arial"]),
    ("fontSize", &["12px"]),
    ("format", &["json"]),
    ("hour", &["1"]),
    ("idCustomDimension", &["@idDimension"]),
    ("idDashboard", &["@idDashboard"]),
    ("idDimension", &["@idDimension"]),
    ("idExport", &["1"]),
    ("idGoal", &["@idGoal"]),
    ("idNote", &["@idNote"]),
    ("idReport", &["@idReport"]),
    ("idSegment", &["@idSegment"]),
    ("idSites", &["1"]),
    ("idsSite", &["1"]),
    ("initialIdSite", &["1"]),
    ("ipRange", &["127.0.0.1"]),
    ("ips", &["127.0.0.1"]),
    ("languageCode", &["en"]),
    ("lastMinutes", &["30"]),
    ("layout", &["%5B%5D"]),
    ("login", &["@login", "conformance-view"]),
    ("matchAttribute", &["url"]),
    ("matomoUrl", &["http%3A%2F%2F127.0.0.1%2F"]),
    ("metric", &["nb_visits"]),
    ("name", &["conformance"]),
    ("newName", &["conformance"]),
    ("note", &["conformance"]),
    ("outlinkUrl", &["http%3A%2F%2Fexample.org%2F"]),
    ("pageName", &["home"]),
    ("pageTitle", &["home"]),
    ("pageUrl", &["http%3A%2F%2Fsite1.example.org%2F"]),
    ("parameters", &["[]=1"]),
    ("password", &["conformance-password-1", OWN_PASSWORD]),
    ("passwordConfirmation", &[OWN_PASSWORD]),
    ("pattern", &["site"]),
    ("patternType", &["contains"]),
    ("pluginName", &["CoreHome", "VisitsSummary"]),
    ("preferenceName", &["defaultReport"]),
    ("preferenceNames", &["[]=defaultReport", "defaultReport"]),
    ("preferenceValue", &["1"]),
    ("reportFormat", &["html"]),
    ("reportType", &["email"]),
    ("reportUniqueId", &["Actions_getPageUrls"]),
    ("reports", &["[]=VisitsSummary_get"]),
    ("scope", &["visit"]),
    ("segment", &["countryCode%3D%3Dde"]),
    ("segmentName", &["countryCode"]),
    ("siteGroup", &["conformance"]),
    ("timezone", &["UTC"]),
    ("timezones", &["[]=UTC", "UTC"]),
    ("token_auth", &[NOBODYS_TOKEN]),
    ("type", &["website", "visit"]),
    ("url", &["http%3A%2F%2Fsite1.example.org%2F"]),
    ("urls", &["[]=http%3A%2F%2Fsite1.example.org%2F"]),
    ("userEmail", &["conformance-view%40example.org", "@login"]),
    ("userLogin", &["@login", "conformance-view", "conformance-new"]),
    ("value", &["1"]),
    ("visitorId", &["0123456789abcdef"]),
];

/// Parameters of pages, which do not tell what they take; a page that does not know one does not look at it.
const OF_PAGES: &str = "&apiMethod=VisitsSummary.get&plugin=CoreHome&idGoal=@idGoal&idReport=@idReport&idDashboard=@idDashboard&idDimension=@idDimension&idSegment=@idSegment\
                        &pluginName=CoreHome&userLogin=@login&login=@login&widget=1&viewDataTable=table";

/// The tries for an endpoint, most promising first.
pub fn attempts(endpoint: &OwnEndpoint, objects: &BTreeMap<String, String>) -> Vec<Attempt> {
    if endpoint.kind == OwnKind::Page {
        let with = fill(OF_PAGES, objects);
        return vec![Attempt::default(), Attempt { query: with }];
    }
    let asked = |wanted: bool| {
        move |argument: &&Argument| {
            let needed = wanted || !argument.optional || endpoint.given.contains(&argument.name);
            needed && !["idSite", "period", "date"].contains(&argument.name.as_str())
        }
    };
    let write = |wanted: bool, turn: usize| {
        let mut query = String::new();
        for argument in endpoint.arguments.iter().filter(asked(wanted)) {
            write_argument(&mut query, argument, turn, objects);
        }
        Attempt { query }
    };
    let mut all = vec![write(false, 0), write(false, 1), write(true, 0), write(false, 2)];
    let mut seen: Vec<Attempt> = Vec::new();
    all.retain(|attempt| {
        let new = !seen.contains(attempt);
        seen.push(attempt.clone());
        new
    });
    all
}

/// A try in which what an error asks for is there, where it names a parameter that is not.
pub fn repaired(attempt: &Attempt, error: &str, objects: &BTreeMap<String, String>) -> Option<Attempt> {
    let missing = ["isn't set", "not set", "specify a value", "is missing", "missing parameter", "is required"];
    let lower = error.to_lowercase();
    if !missing.iter().any(|word| lower.contains(word)) {
        return None;
    }
    // An apostrophe of "isn't" is no quote.
    let plain = error.replace("n't", "nt");
    let quoted = plain.split(['\'', '"', '`']).skip(1).step_by(2);
    let bare = plain.split_once("arameter ").and_then(|(_, rest)| rest.split(' ').next()).into_iter();
    let named = quoted.chain(bare).map(|word| word.trim_start_matches('$')).find(|word| {
        let plain = !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        plain && !attempt.query.contains(&format!("&{word}="))
    })?;
    let mut query = attempt.query.clone();
    write_argument(&mut query, &Argument { name: named.to_owned(), kind: String::new(), optional: false }, 0, objects);
    Some(Attempt { query })
}

/// Whether an argument names an object that there is, or a user.
pub fn names_object(argument: &str) -> bool {
    VALUES.iter().any(|(name, values)| *name == argument && values.iter().any(|value| value.starts_with('@')))
}

fn write_argument(query: &mut String, argument: &Argument, turn: usize, objects: &BTreeMap<String, String>) {
    let name = argument.name.as_str();
    let array = argument.kind.contains("array") || argument.kind.ends_with("[]");
    let values = VALUES.iter().find(|(known, _)| *known == name).map(|(_, values)| *values);
    let by_type = match argument.kind.as_str() {
        "string" => ["conformance", "1", "0"],
        "bool" | "boolean" => ["1", "0", "1"],
        _ => ["1", "conformance", "0"],
    };
    let value = match values {
        Some(values) => values[turn.min(values.len() - 1)],
        None => by_type[turn.min(by_type.len() - 1)],
    };
    let value = fill(value, objects);
    let _ = match value.strip_prefix("[]=") {
        Some(item) => write!(query, "&{name}[]={item}"),
        None if array => write!(query, "&{name}[]={value}"),
        None => write!(query, "&{name}={value}"),
    };
}

/// Ids in place of `@NAME`; an object that is not there has the id 1.
fn fill(text: &str, objects: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let end = after.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(after.len());
        out.push_str(objects.get(&after[..end]).map_or("1", String::as_str));
        rest = &after[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(arguments: &[(&str, &str, bool)]) -> OwnEndpoint {
        let arguments = arguments.iter().map(|(name, kind, optional)| Argument {
            name: (*name).to_owned(),
            kind: (*kind).to_owned(),
            optional: *optional,
        });
        OwnEndpoint {
            kind: OwnKind::Api,
            name: "Goals.updateGoal".to_owned(),
            method: "updateGoal".to_owned(),
            line: 1,
            files: Vec::new(),
            arguments: arguments.collect(),
            hidden: false,
            given: Vec::new(),
        }
    }

    #[test]
    fn arguments_have_values_by_name_then_by_type_and_objects_their_ids() {
        let objects = BTreeMap::from([("idGoal".to_owned(), "7".to_owned()), ("login".to_owned(), "conformance-owner".to_owned())]);
        let endpoint = endpoint(&[
            ("idSite", "int", false),
            ("idGoal", "int", false),
            ("userLogin", "string", false),
            ("urls", "array", false),
            ("whatever", "string", false),
            ("choices", "string[]", false),
            ("later", "bool", true),
        ]);
        let all = attempts(&endpoint, &objects);
        assert_eq!(
            all[0].query,
            "&idGoal=7&userLogin=conformance-owner&urls[]=http%3A%2F%2Fsite1.example.org%2F&whatever=conformance&choices[]=1"
        );
        assert!(all[1].query.contains("&userLogin=conformance-view") && all[1].query.contains("&whatever=1"), "{}", all[1].query);
        assert!(all[2].query.ends_with("&later=1"), "{}", all[2].query);
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn what_an_error_asks_for_is_added_once() {
        let nothing = BTreeMap::new();
        let error = "The parameter 'idGoal' isn't set in the Request, and a default value wasn't provided.";
        let repaired_once = repaired(&Attempt::default(), error, &nothing).expect("a parameter is named");
        assert_eq!(repaired_once.query, "&idGoal=1");
        assert_eq!(repaired(&repaired_once, error, &nothing), None);
        assert_eq!(repaired(&Attempt::default(), "Something else is wrong", &nothing), None);
    }

    #[test]
    fn values_are_listed_once_and_in_order() {
        assert!(VALUES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(VALUES.iter().all(|(_, values)| !values.is_empty()));
    }
}
