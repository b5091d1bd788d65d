//! Scenarios: known stories with their requests, each with the outcome that was told, whatever the model says.

use std::path::Path;

use include_dir::{Dir, include_dir};
use semver::VersionReq;
use serde::Deserialize;
use toml::Spanned;

use super::case::{Case, Plan};
use crate::model::{Answer, Feature, Features, Reason};

/// The stories that come with the program.
static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// A known story: an issue or a pull request, and how it shows.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Name of its file, without the ending.
    pub name: String,
    /// What it is about, in one sentence.
    pub title: String,
    /// Issue or pull request.
    pub link: String,
    /// What happened.
    pub story: String,
    /// First release in which it is as it should be, for reports.
    pub fixed: Option<String>,
    /// Its requests in order.
    pub requests: Vec<ToldCase>,
    affected: Option<VersionReq>,
    lacks: Option<Feature>,
}

/// One request of a story and what must become of it.
#[derive(Clone, Debug)]
pub struct ToldCase {
    /// What it shows, in one sentence.
    pub says: String,
    /// Id of the case.
    pub case: String,
    expect: Expectation,
    in_affected: Option<Expectation>,
    with: Vec<Feature>,
    without: Vec<Feature>,
}

/// An outcome as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What becomes of the request.
    pub outcome: ToldOutcome,
    /// HTTP status, where the story is about it.
    pub status: Option<u16>,
}

/// What becomes of a request, in one word or three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToldOutcome {
    /// `opened`, `opened as view`, or `opened as view at Module.Action`.
    Opened {
        /// Short name of the user it runs as; `anonymous` for nobody.
        user: Option<String>,
        /// What answers, where the story is about it.
        at: Option<String>,
    },
    /// The reason of a refusal.
    Denied(Reason),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: Spanned<String>,
    link: Spanned<String>,
    story: String,
    affected: Option<Spanned<String>>,
    lacks: Option<Feature>,
    fixed: Option<String>,
    request: Vec<RawTold>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTold {
    says: Spanned<String>,
    case: Spanned<String>,
    expect: Spanned<String>,
    status: Option<u16>,
    #[serde(rename = "in-affected")]
    in_affected: Option<Spanned<String>>,
    #[serde(rename = "status-in-affected")]
    status_in_affected: Option<u16>,
    #[serde(default)]
    with: Vec<Feature>,
    #[serde(default)]
    without: Vec<Feature>,
}

impl Scenario {
    /// The stories that come with the program, by name.
    pub fn embedded() -> Result<Vec<Self>, String> {
        let mut files: Vec<_> = EMBEDDED.files().filter(|file| file.path().extension().is_some_and(|ending| ending == "toml")).collect();
        files.sort_by_key(|file| file.path());
        let parse = |file: &&include_dir::File<'static>| {
            let name = file.path().file_stem().unwrap_or_default().to_string_lossy();
            let text = file.contents_utf8().ok_or_else(|| format!("{name}.toml is not UTF-8"))?;
            Self::parse(&name, text).map_err(|why| format!("scenarios/{name}.toml: {why}"))
        };
        files.iter().map(parse).collect()
    }

    /// The stories in a folder, by name; those that come with the program where none is given.
    pub fn read_all(folder: Option<&Path>) -> Result<Vec<Self>, String> {
        let Some(folder) = folder else { return Self::embedded() };
        let unreadable = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
        let entries = std::fs::read_dir(folder).map_err(unreadable)?;
        let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        let mut files: Vec<_> = paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
        if files.is_empty() {
            return Err(format!("{} has no scenario: no file in it ends with .toml", folder.display()));
        }
        files.sort();
        files.iter().map(|file| Self::read(file)).collect()
    }

    /// Reads one file.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        Self::parse(&name, &text).map_err(|why| format!("{}: {why}", file.display()))
    }

    /// Reads the text of a file; a mistake is named with line and column.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let at = |span: std::ops::Range<usize>, what: String| {
            let before = &text[..span.start];
            let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
            format!("line {}, column {column}: {what}", before.matches('\n').count() + 1)
        };
        for (field, value) in [("title", &file.title), ("link", &file.link)] {
            if value.get_ref().trim().is_empty() {
                return Err(at(value.span(), format!("{field} is empty")));
            }
        }
        let affected = file
            .affected
            .as_ref()
            .map(|range| VersionReq::parse(range.get_ref()).map_err(|error| at(range.span(), format!("affected: {error}"))))
            .transpose()?;
        let concerns_some = affected.is_some() || file.lacks.is_some();
        let mut requests = Vec::new();
        for raw in file.request {
            let outcome = |told: &Spanned<String>| ToldOutcome::parse(told.get_ref()).map_err(|why| at(told.span(), why));
            if raw.case.get_ref().splitn(5, '/').count() < 5 {
                return Err(at(raw.case.span(), "the case is no id: slot/principal/carrier/shape/endpoint is needed".to_owned()));
            }
            let differs = raw.in_affected.is_some() || raw.status_in_affected.is_some();
            if differs && !concerns_some {
                let span = raw.in_affected.as_ref().map_or(raw.case.span(), Spanned::span);
                return Err(at(span, "no release is affected: the file has neither `affected` nor `lacks`".to_owned()));
            }
            let expect = Expectation { outcome: outcome(&raw.expect)?, status: raw.status };
            let in_affected = if differs {
                let told = raw.in_affected.as_ref().map_or(Ok(expect.outcome.clone()), outcome)?;
                Some(Expectation { outcome: told, status: raw.status_in_affected })
            } else {
                None
            };
            requests.push(ToldCase {
                says: raw.says.into_inner(),
                case: raw.case.into_inner(),
                expect,
                in_affected,
                with: raw.with,
                without: raw.without,
            });
        }
        Ok(Self {
            name: name.to_owned(),
            title: file.title.into_inner(),
            link: file.link.into_inner(),
            story: file.story,
            fixed: file.fixed,
            requests,
            affected,
            lacks: file.lacks,
        })
    }

    /// Whether the release is one of those in which it goes wrong.
    pub fn affects(&self, features: &Features) -> bool {
        let [major, minor, patch] = crate::model::version_number(&features.version);
        let version = semver::Version::new(major.into(), minor.into(), patch.into());
        self.affected.as_ref().is_some_and(|range| range.matches(&version)) || self.lacks.is_some_and(|feature| !features.has(feature))
    }

    /// The requests that mean something for a release, each with what must become of it there.
    pub fn told_for(&self, features: &Features) -> impl Iterator<Item = (&ToldCase, &Expectation)> {
        let affected = self.affects(features);
        let concerns = |told: &&ToldCase| told.with.iter().all(|f| features.has(*f)) && !told.without.iter().any(|f| features.has(*f));
        self.requests
            .iter()
            .filter(concerns)
            .map(move |told| (told, told.in_affected.as_ref().filter(|_| affected).unwrap_or(&told.expect)))
    }
}

impl ToldOutcome {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "opened" {
            return Ok(Self::Opened { user: None, at: None });
        }
        if let Some(user) = text.strip_prefix("opened as ") {
            let (user, at) = user.split_once(" at ").map_or((user, None), |(user, at)| (user, Some(at.to_owned())));
            return Ok(Self::Opened { user: Some(user.to_owned()), at });
        }
        serde_json::from_value(serde_json::Value::from(text)).map(Self::Denied).map_err(|_| {
            format!("{text:?} is neither \"opened\", \"opened as USER\", \"opened as USER at Module.Action\" nor the reason of a refusal")
        })
    }
}

impl std::fmt::Display for Expectation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.outcome {
            ToldOutcome::Opened { user: None, .. } => f.write_str("opened")?,
            ToldOutcome::Opened { user: Some(user), at: None } => write!(f, "opened as {user}")?,
            ToldOutcome::Opened { user: Some(user), at: Some(at) } => write!(f, "opened as {user} at {at}")?,
            ToldOutcome::Denied(reason) => write!(f, "refused: {}", reason.name())?,
        }
        self.status.map_or(Ok(()), |status| write!(f, " (status {status})"))
    }
}

impl Expectation {
    /// Whether an answer is what was told.
    pub fn met_by(&self, answer: &Answer, status: Option<u16>) -> bool {
        let outcome = match (&self.outcome, answer) {
            (ToldOutcome::Opened { user, at }, Answer::Opened { who, route, .. }) => {
                let is_user =
                    |user: &String| who.login == format!("conformance-{user}") || (user == "anonymous" && who.login == "anonymous");
                user.as_ref().is_none_or(is_user) && (at.is_none() || at.as_ref() == route.last())
            }
            (ToldOutcome::Denied(told), Answer::Denied { reason }) => told == reason,
            _ => false,
        };
        outcome && self.status.is_none_or(|told| status.is_none_or(|status| status == told))
    }
}

/// A case of the plan that a story tells of.
#[derive(Clone, Debug)]
pub struct Telling {
    /// Name of the story.
    pub scenario: String,
    /// What the request shows.
    pub says: String,
    /// What must become of it.
    pub expect: Expectation,
}

/// Puts the cases of stories in front of a plan, each once, and says by id what is told of them.
pub fn tell(
    plan: &mut Plan,
    scenarios: &[Scenario],
    features: &Features,
    takes: impl Fn(&str) -> bool,
) -> Result<Vec<(String, Telling)>, String> {
    let mut tellings = Vec::new();
    let mut front: Vec<Case> = Vec::new();
    for scenario in scenarios {
        for (told, expect) in scenario.told_for(features) {
            if !takes(&told.case) {
                continue;
            }
            let case = plan.parse(&told.case).map_err(|why| format!("scenario {}: {why}", scenario.name))?;
            if !Plan::principal(case).exists_in(features) {
                return Err(format!("scenario {}: {} is nobody of their own in {}", scenario.name, told.case, features.version));
            }
            if !front.contains(&case) {
                front.push(case);
            }
            let telling = Telling { scenario: scenario.name.clone(), says: told.says.clone(), expect: expect.clone() };
            tellings.push((told.case.clone(), telling));
        }
    }
    plan.cases.retain(|case| !front.contains(case));
    plan.cases.splice(0..0, front);
    Ok(tellings)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const STORY: &str = r#"title = "a bug"
link = "https://github.com/matomo-org/matomo/issues/1"
story = "it went wrong"
affected = "<4.0.4"

[[request]]
says = "it shows"
case = "default/write/url/dry/CoreHome.index"
expect = "gate-some-write"
status = 500
in-affected = "opened as write"
with = ["allowlist"]
"#;

    #[test]
    fn affected_releases_have_an_outcome_of_their_own() {
        let scenario = Scenario::parse("x", STORY).expect("it parses");
        let told = |version: &str| {
            let features = Features::of_version(version).with(Feature::Allowlist);
            scenario.told_for(&features).map(|(_, expect)| expect.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(told("4.0.3"), ["opened as write"]);
        assert_eq!(told("4.0.4-b1"), ["refused: gate-some-write (status 500)"]);
        assert_eq!(scenario.told_for(&Features::of_version("4.0.3")).count(), 0, "it needs the allowlist");
    }

    #[test]
    fn an_answer_of_somebody_else_or_with_another_status_is_not_what_was_told() {
        let scenario = Scenario::parse("x", STORY).expect("it parses");
        let refused = |reason| Answer::Denied { reason };
        let expect = &scenario.requests[0].expect;
        assert!(expect.met_by(&refused(Reason::GateSomeWrite), Some(500)));
        assert!(!expect.met_by(&refused(Reason::GateSomeWrite), Some(200)));
        assert!(!expect.met_by(&refused(Reason::GateSuperUser), Some(500)));
        let opened = |login: &str| Answer::Opened {
            who: crate::model::Who { login: login.to_owned(), rights: crate::model::Rights::none() },
            route: Vec::new(),
            nested: None,
        };
        let expect = scenario.requests[0].in_affected.as_ref().expect("one");
        assert!(expect.met_by(&opened("conformance-write"), None));
        assert!(!expect.met_by(&opened("conformance-super"), None));
    }

    #[rstest]
    #[case("expect = \"gate-some-write\"", "expect = \"gate-some-wriet\"", "line 9, column 10: \"gate-some-wriet\" is neither")]
    #[case("affected = \"<4.0.4\"", "affected = \"four\"", "line 4, column 12: affected:")]
    #[case("affected = \"<4.0.4\"", "", "line 11, column 15: no release is affected")]
    #[case("case = \"default/write/url/dry/CoreHome.index\"", "case = \"default\"", "line 8, column 8: the case is no id")]
    #[case("with = [\"allowlist\"]", "with = [\"alowlist\"]", "line 12, column 9")]
    #[case("says =", "say =", "line 7, column 1")]
    #[case("title = \"a bug\"", "title = \" \"", "line 1, column 9: title is empty")]
    fn a_mistake_is_named_with_line_and_column(#[case] from: &str, #[case] to: &str, #[case] message: &str) {
        let error = Scenario::parse("x", &STORY.replace(from, to)).expect_err("a mistake");
        assert!(error.contains(message), "{error}");
    }
}
