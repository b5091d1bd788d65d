//! Allowlists drawn from the names of a Matomo: exact entries, entries that must not match, and odd ones that do.

use crate::model::{Entry, Names};

/// Whether a name belongs to the even half. A hash of the name, so that a case id means the same on every Matomo.
pub fn is_even(name: &str) -> bool {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 7).is_multiple_of(2)
}

/// Half of all endpoints.
pub fn half(names: &Names, even: bool) -> Vec<Entry> {
    names.endpoints.keys().filter(|name| is_even(name) == even).map(Entry::text).collect()
}

/// Entries that resemble every endpoint and must not match any.
pub fn near(names: &Names) -> Vec<Entry> {
    let mut entries = vec![Entry::Number(0), Entry::Bool(true), Entry::Bool(false)];
    let all: Vec<Entry> = names.endpoints.keys().map(Entry::text).collect();
    entries.push(Entry::Nested(all));
    let mut modules: Vec<&str> = names.endpoints.keys().filter_map(|name| name.split_once('.')).map(|(module, _)| module).collect();
    modules.dedup();
    entries.extend(modules.iter().map(|module| Entry::text(*module)));
    entries.extend(modules.iter().map(|module| Entry::Text(format!("{module}.*"))));
    for name in names.endpoints.keys() {
        let Some((module, action)) = name.split_once('.') else { continue };
        let prefix: String = action.chars().take(action.chars().count().saturating_sub(1)).collect();
        entries.extend([
            Entry::Text(name.to_uppercase()),
            Entry::Text(format!("{}.{action}", module.to_lowercase())),
            Entry::Text(format!(" {name}")),
            Entry::Text(format!("{name} ")),
            Entry::Text(format!("{module}.{prefix}")),
            Entry::Text(format!("{name}x")),
            Entry::Text(format!("{module}.{action}.{action}")),
            Entry::Text(action.to_owned()),
        ]);
    }
    // A prefix or an upper-case name may happen to be another endpoint; that one would rightly match.
    entries.retain(|entry| !matches!(entry, Entry::Text(text) if names.endpoints.contains_key(text)));
    entries
}

/// Keys that are endpoints: of each entry only what stands behind the key counts.
pub fn keys() -> Vec<Entry> {
    let keyed = |key: &str, value: Entry| Entry::Keyed { key: key.to_owned(), value: Box::new(value) };
    vec![
        keyed("ConformanceProbe.needNothing", Entry::Bool(true)),
        keyed("CoreHome.index", Entry::Bool(false)),
        keyed("VisitsSummary.index", Entry::Number(1)),
        keyed("UserCountry.getCountry", Entry::text("ConformanceProbe.needView")),
        keyed("ConformanceProbe.needWrite", Entry::text("")),
        keyed("allowed", Entry::text("API.listAllMethods")),
    ]
}

/// How many entries stand before those that count.
const FILLING: usize = 1200;

/// A list so long that its last entry is easily lost, with entries before it that only a sloppy reading takes for more than their text.
pub fn long() -> Vec<Entry> {
    let filling = (0..FILLING).map(|number| format!("ConformanceFilling{number}.index"));
    let sloppy = [
        "*",
        "ConformanceProbe.*",
        "*.needView",
        "/^ConformanceProbe\\.needView$/",
        "/ConformanceProbe.*/",
        "ConformanceProbe.need%56iew",
        "ConformanceProbe%2EneedView",
        "ConformanceProbe&#46;needView",
        "ConformanceProbe\\.needView",
        "ConformanceProbe.needView\n",
        "VisitsSummary.index",
        "VisitsSummary.index",
        "ConformanceProbe.needNothing",
    ];
    filling.chain(sloppy.map(str::to_owned)).map(Entry::Text).collect()
}

/// Entries that are no endpoint's name and yet match a request: the compared string is what was sent.
pub fn odd() -> Vec<Entry> {
    [
        ".",
        ".index",
        "CoreHome.",
        "ConformanceProbe.",
        "ConformanceProbe.0",
        "ConformanceProbe.need&amp;x",
        "ConformanceProbe.need&#039;x",
        "ConformanceProbe.need.Admin",
        "ConformanceProbe.NeedAdmin",
        "conformanceprobe.needAdmin",
        "Referers.getAll",
        "Referrers.getall",
        "NoSuchPlugin.index",
        "1.index",
        "Core-Home.index",
        "CoreHome.noSuchAction",
        "api.",
        "api.index",
        "API.Index",
        "API.listAllMethods",
        "Widgetize.iframe",
    ]
    .into_iter()
    .map(Entry::text)
    .collect()
}
