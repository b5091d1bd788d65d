//! What else a request carries: words that decide nothing, many at once, and the target that carries them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::requested::sections;
use crate::model::{Word, Words};

/// Where a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spot {
    /// In the URL.
    Url,
    /// In the body.
    Body,
    /// Among the headers.
    Header,
    /// Among the cookies.
    Cookie,
}

impl Spot {
    fn says(self) -> &'static str {
        match self {
            Self::Url => "in the URL",
            Self::Body => "in the body",
            Self::Header => "as a header",
            Self::Cookie => "as a cookie",
        }
    }
}

/// A word with its value, encoded, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Beside {
    /// Where.
    pub spot: Spot,
    /// `name=value`.
    pub pair: String,
}

impl Beside {
    fn of(spot: Spot, name: &str, value: &str) -> Self {
        Self { spot, pair: format!("{}={}", encoded(name), encoded(value)) }
    }

    /// In words, such as "`disableLink=1` in the URL".
    pub fn says(&self) -> String {
        format!("`{}` {}", self.pair, self.spot.says())
    }
}

/// What stands at the beginning of a target that carries company: nothing is added to it but the language.
pub const ALONE: &str = "??";

/// A target and what it carries. The text of the target says both, so that a case id needs nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Company {
    /// The target without it.
    pub base: String,
    /// What it carries, in the order in which it stands there.
    pub words: Vec<Beside>,
}

/// Parts the company from what the request is about: an empty pair, which PHP does not see.
const MARK: &str = "&&";

impl Company {
    /// The target that carries these words: in the URL behind a mark, in the body before everything else.
    pub fn target(&self) -> String {
        let of = |spot: Spot| {
            let pairs: Vec<&str> = self.words.iter().filter(|word| word.spot == spot).map(|word| word.pair.as_str()).collect();
            pairs.join("&")
        };
        let mut target = self.base.clone();
        let (url, body, headers, cookies) = (of(Spot::Url), of(Spot::Body), of(Spot::Header), of(Spot::Cookie));
        if !url.is_empty() {
            target = format!("{target}{MARK}{url}");
        }
        let rest = [body, headers, cookies];
        let needed = rest.iter().rposition(|section| !section.is_empty()).map_or(0, |last| last + 1);
        for section in &rest[..needed] {
            target = format!("{target}|{section}");
        }
        target
    }

    /// Reads a target back; nothing where it carries no company.
    pub fn of(target: &str) -> Option<Self> {
        target.strip_prefix(ALONE).filter(|rest| !rest.starts_with('?'))?;
        let [query, body, headers, cookies] = sections(target);
        let (base, url) = query.split_once(MARK).unwrap_or((query, ""));
        let pairs = |spot: Spot, text: &str| {
            text.split('&').filter(|pair| !pair.is_empty()).map(|pair| Beside { spot, pair: pair.to_owned() }).collect::<Vec<_>>()
        };
        let words = [(Spot::Url, url), (Spot::Body, body), (Spot::Header, headers), (Spot::Cookie, cookies)];
        let words: Vec<Beside> = words.into_iter().flat_map(|(spot, text)| pairs(spot, text)).collect();
        (!words.is_empty()).then(|| Self { base: base.to_owned(), words })
    }

    /// The same with some of the words only.
    #[must_use]
    pub fn with(&self, words: Vec<Beside>) -> Self {
        Self { base: self.base.clone(), words }
    }

    /// The words in a sentence, joined by "and".
    pub fn says(&self) -> String {
        self.words.iter().map(Beside::says).collect::<Vec<_>>().join(" and ")
    }
}

/// A word that rightly decides, and by which clauses of its own it is covered.
pub struct Excluded {
    /// Where it stands; nothing for everywhere.
    pub spot: Option<Spot>,
    /// Its name.
    pub name: &'static str,
    /// Why it is no company, with the clause that is about it or the reason why no answer could be read.
    pub why: &'static str,
}

const fn excluded(name: &'static str, why: &'static str) -> Excluded {
    Excluded { spot: None, name, why }
}

const fn header(name: &'static str, why: &'static str) -> Excluded {
    Excluded { spot: Some(Spot::Header), name, why }
}

/// Words that are no company.
pub static EXCLUDED: &[Excluded] = &[
    excluded("module", "names the endpoint: dispatch.*, gate.*"),
    excluded("action", "names the endpoint: dispatch.*, gate.*"),
    excluded("method", "makes an API request of one without an action: api.*"),
    excluded("token_auth", "the credential: token.*, auth.*"),
    excluded("force_api_session", "asks for the session: session.force, session.api"),
    excluded("moduleToWidgetize", "names what is framed: widget.*"),
    excluded("actionToWidgetize", "names what is framed: widget.*"),
    excluded("idSite", "whose rights are asked for: access.*, dispatch.empty-site"),
    excluded("idSites", "whose rights are asked for: access.*"),
    excluded("nested_token", "the credential of the probe's own nested calls: access.*"),
    excluded("urls", "the parts of a bulk request: bulk.*"),
    excluded("language", "answers are read in English"),
    excluded("format", "answers of the API are read as JSON"),
    excluded("xhprof", "starts a profiler, and ends in an error before anything is decided where that is not installed"),
    header("Authorization", "the credential: token.header"),
    header("Cookie", "the session: session.*"),
    header("X-Requested-With", "makes the request a script's: the shape xhr"),
    header("Host", "an address of the server, which has to be its own"),
    header("User-Agent", "an old browser is refused before anybody is asked who they are; a new one is in the relation headers-beside"),
    header("Content-Type", "says how the body is read: parameter.body"),
    header("Content-Length", "belongs to the transport"),
    header("Transfer-Encoding", "belongs to the transport"),
    header("Connection", "belongs to the transport"),
    header("Expect", "belongs to the transport"),
    header("Accept-Encoding", "answers are read uncompressed"),
    Excluded { spot: Some(Spot::Cookie), name: "MATOMO_SESSID", why: "the session: session.*" },
];

/// Whether a word is no company.
fn is_excluded(spot: Spot, name: &str) -> bool {
    EXCLUDED.iter().any(|known| known.spot.is_none_or(|only| only == spot) && known.name.eq_ignore_ascii_case(name))
}

/// Values that a person would send, for names of which 1 is none.
const TYPICAL: [(&str, &str); 14] = [
    ("period", "week"),
    ("date", "yesterday"),
    ("segment", "visitCount>1"),
    ("pageUrl", "http://example.org/"),
    ("url", "http://example.org/"),
    ("urlref", "http://example.org/"),
    ("viewDataTable", "table"),
    ("Referer", "http://example.org/"),
    ("Origin", "http://example.org"),
    ("X-Forwarded-For", "192.0.2.1"),
    ("X-Forwarded-Proto", "https"),
    ("Client-Ip", "192.0.2.1"),
    ("Accept-Language", "de"),
    ("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),
];

/// How many letters words have in one request, and how many words there are.
const LETTERS: usize = 3500;
const WORDS: usize = 300;

/// Groups of words.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// Parameters with typical values: between them the groups have them all.
    pub typical: Vec<Vec<(String, String)>>,
    /// Parameters with values that they are compared with.
    pub compared: Vec<Vec<(String, String)>>,
    /// Parameters near a decision, all with one value that something is compared with there.
    pub near: Vec<Vec<(String, String)>>,
    /// Headers and cookies: typical values first, then those that they are compared with.
    pub around: Vec<Vec<Beside>>,
}

impl Groups {
    /// Of the words of a Matomo.
    pub fn of(words: &Words) -> Self {
        let company: Vec<&Word> = words.parameters.iter().filter(|word| !is_excluded(Spot::Url, &word.name)).collect();
        let typical = company.iter().map(|word| (word.name.clone(), typical(&word.name).to_owned()));
        let rounds = company.iter().map(|word| word.values.len()).max().unwrap_or(0);
        let round = |number: usize| {
            let valued = company.iter().filter_map(move |word| Some((word.name.clone(), word.values.get(number)?.clone())));
            portions(valued)
        };
        let near: Vec<&&Word> = company.iter().filter(|word| word.near).collect();
        let with = |value: &String| near.iter().map(|word| (word.name.clone(), value.clone())).collect::<Vec<_>>();
        let near = if near.is_empty() { Vec::new() } else { words.compared.iter().map(with).collect() };
        Self { typical: portions(typical), compared: (0..rounds).flat_map(round).collect(), near, around: around(words) }
    }
}

/// Headers and cookies, with typical values and with each that they are compared with.
fn around(words: &Words) -> Vec<Vec<Beside>> {
    let all = [(Spot::Header, &words.headers), (Spot::Cookie, &words.cookies)];
    let company: Vec<(Spot, &Word)> = all
        .iter()
        .flat_map(|(spot, words)| words.iter().map(|word| (*spot, word)))
        .filter(|(spot, word)| !is_excluded(*spot, &word.name))
        .collect();
    if company.is_empty() {
        return Vec::new();
    }
    let rounds = company.iter().map(|(_, word)| word.values.len()).max().unwrap_or(0);
    let first = company.iter().map(|(spot, word)| Beside::of(*spot, &word.name, typical(&word.name))).collect();
    let round = |number: usize| {
        let valued = company.iter().filter_map(|(spot, word)| {
            let value = word.values.get(number).filter(|value| !value.is_empty())?;
            Some(Beside::of(*spot, &word.name, value))
        });
        valued.collect::<Vec<_>>()
    };
    std::iter::once(first).chain((0..rounds).map(round).filter(|group| !group.is_empty())).collect()
}

fn typical(name: &str) -> &'static str {
    TYPICAL.iter().find(|(known, _)| *known == name).map_or("1", |(_, value)| value)
}

/// Parts that a request can carry.
fn portions(words: impl Iterator<Item = (String, String)>) -> Vec<Vec<(String, String)>> {
    let mut all: Vec<Vec<(String, String)>> = Vec::new();
    let mut letters = LETTERS;
    for (name, value) in words {
        let own = encoded(&name).len() + encoded(&value).len() + 2;
        if letters + own > LETTERS || all.last().is_some_and(|last| last.len() >= WORDS) {
            all.push(Vec::new());
            letters = 0;
        }
        letters += own;
        if let Some(last) = all.last_mut() {
            last.push((name, value));
        }
    }
    all
}

/// Words in one place.
pub(super) fn beside(spot: Spot, words: &[(String, String)]) -> Vec<Beside> {
    words.iter().map(|(name, value)| Beside::of(spot, name, value)).collect()
}

/// What does not stand for itself everywhere.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.').remove(b'~');

/// Percent-encoded, but for what stands for itself everywhere.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{Breadth, Filter, Plan, exhaustive, slots};
    use super::*;
    use crate::model::{Features, Method, Names};

    /// As many words as a whole tree has, some with values.
    fn words() -> Words {
        let word =
            |name: String, values: &[&str]| Word { name, values: values.iter().map(|value| (*value).to_owned()).collect(), near: true };
        let parameters =
            (0..600).map(|number| word(format!("parameter_{number:03}"), if number % 9 == 0 { &["odd", "a&b=c|d"] } else { &[] }));
        let excluded = ["token_auth", "module", "language"].map(|name| word(name.to_owned(), &["x"]));
        let headers = ["X-Own", "Authorization", "Dnt"].map(|name| word(name.to_owned(), &["1"]));
        Words {
            parameters: parameters.chain(excluded).collect(),
            headers: headers.to_vec(),
            cookies: vec![word("own".to_owned(), &[]), word("MATOMO_SESSID".to_owned(), &[])],
            compared: (0..200).map(|number| format!("literal {number}")).collect(),
        }
    }

    fn plan(seed: u64) -> Plan {
        let names = Names { words: words(), ..Names::default() };
        exhaustive(&names, &Features::of_version("5.2.0+24103"), slots(&names, false), Breadth::Default, &Filter::default(), seed)
    }

    fn in_company(plan: &Plan) -> Vec<(usize, String, Company)> {
        let cases = plan.cases.iter().enumerate();
        cases.filter_map(|(at, case)| Some((at, plan.id(*case), Company::of(plan.target(*case))?))).collect()
    }

    #[test]
    fn every_word_is_asked_with_every_value_in_url_and_body_in_few_and_early_cases() {
        let plan = plan(1);
        let all = in_company(&plan);
        assert!(all.len() > 200 && all.len() <= 1500, "{}", all.len());
        assert!(all.iter().all(|(at, ..)| *at < 4000), "{:?}", all.last().map(|(at, ..)| at));
        let carried: BTreeSet<Beside> = all.iter().flat_map(|(.., company)| company.words.clone()).collect();
        for word in words().parameters.iter().filter(|word| !is_excluded(Spot::Url, &word.name)) {
            for spot in [Spot::Url, Spot::Body] {
                for value in word.values.iter().map(String::as_str).chain(["1"]) {
                    assert!(carried.contains(&Beside::of(spot, &word.name, value)), "{}={value} {}", word.name, spot.says());
                }
            }
        }
        for (spot, name) in [(Spot::Header, "X-Own"), (Spot::Header, "Dnt"), (Spot::Cookie, "own")] {
            assert!(carried.contains(&Beside::of(spot, name, "1")), "{name}");
        }
        let excluded = |word: &&Beside| is_excluded(word.spot, word.pair.split('=').next().unwrap_or_default());
        assert_eq!(carried.iter().find(excluded), None);
    }

    #[test]
    fn an_id_alone_repeats_a_case_in_company_whatever_the_seed() {
        let (one, other) = (plan(1), plan(2));
        let ids = |plan: &Plan| in_company(plan).into_iter().map(|(_, id, _)| id).collect::<BTreeSet<_>>();
        assert_eq!(ids(&one), ids(&other));
        for case in one.cases.iter().filter(|case| Company::of(one.target(**case)).is_some()) {
            let mut alone = Plan { slots: one.slots.clone(), ..Plan::default() };
            let read = alone.parse(&one.id(*case)).expect("an id");
            assert_eq!(alone.request(read), one.request(*case));
        }
    }

    #[test]
    fn a_target_says_what_it_carries_and_where() {
        let words = vec![
            Beside::of(Spot::Url, "a", "1"),
            Beside::of(Spot::Url, "b", "|&="),
            Beside::of(Spot::Body, "c", ""),
            Beside::of(Spot::Header, "X-D", "e, f"),
            Beside::of(Spot::Cookie, "g", "h"),
        ];
        let company = Company { base: "??module=A&action=b&idSite=1".to_owned(), words };
        let target = company.target();
        assert_eq!(Company::of(&target), Some(company.clone()));
        let request = super::super::requested::request_for(&target);
        assert_eq!(request.query, "module=A&action=b&idSite=1&&a=1&b=%7C%26%3D&language=en");
        assert_eq!((request.body.as_ref().map(crate::model::Body::text), request.method), (Some("c="), Method::Post));
        assert_eq!(request.headers, [("X-D".to_owned(), "e, f".to_owned())]);
        assert_eq!(request.cookies, [("g".to_owned(), "h".to_owned())]);
        let header = company.with(vec![Beside::of(Spot::Header, "X-D", "1")]);
        assert_eq!((header.says().as_str(), super::super::requested::request_for(&header.target()).body), ("`X-D=1` as a header", None));
        assert_eq!(company.with(Vec::new()).target(), "??module=A&action=b&idSite=1");
        assert_eq!(Company::of("?module=A|b=c"), None);
    }

    #[test]
    fn what_is_excluded_names_a_clause_or_a_reason() {
        let clauses: Vec<String> = crate::model::CLAUSES.iter().map(|clause| clause.id.to_string()).collect();
        for excluded in EXCLUDED {
            let named = excluded.why.split_once(": ").map_or("", |(_, clauses)| clauses);
            for name in named.split(", ").filter(|name| name.contains('.')) {
                let begins = name.trim_end_matches('*');
                assert!(clauses.iter().any(|clause| clause.starts_with(begins)), "{}: there is no clause {name}", excluded.name);
            }
        }
    }
}
