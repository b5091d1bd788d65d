//! What has changed between two Matomos: as JSON, on the terminal, and on a page of Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use super::formats::{cell, code};
use super::results::{Accepted, TargetRecord};
use super::terminal::{plural, rights_text};
use crate::judge::{Change, Verdict};
use crate::matomo::Observation;
use crate::model::Answer;

/// Version of the schema of `comparison.json`.
pub const COMPARISON_SCHEMA: u32 = 1;

/// Groups of one change that the terminal shows.
const SHOWN: usize = 12;

/// Groups of one change that the page shows; a step summary may have 1 MiB.
const ON_PAGE: usize = 60;

/// Endpoints of a group that are named.
const NAMED: usize = 4;

/// Cases that changed in the same way, but for their endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ChangeKey {
    /// What changed.
    pub change: Change,
    /// `slot/principal/carrier/shape`.
    pub group: String,
    /// What the base did.
    pub base: String,
    /// What the head does.
    pub head: String,
}

/// The endpoints of such cases, and what the model says of the head.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChangeCases {
    /// Endpoints, or raw queries.
    pub endpoints: BTreeSet<String>,
    /// Clauses that decide them by the rules of the head.
    pub clauses: BTreeSet<String>,
    /// Cases in which the head does what its rules say.
    pub agree: u64,
}

/// An endpoint that only one of the two has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LoneEndpoint {
    /// Principals that open it with default settings.
    pub opened_by: BTreeSet<String>,
}

/// What was compared, and what has changed.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The Matomo before.
    pub base: TargetRecord,
    /// The Matomo after.
    pub head: TargetRecord,
    /// Cases that both answered.
    pub compared: u64,
    /// Cases of both plans that at least one of them did not answer.
    pub not_compared: u64,
    /// Changes that are not accepted.
    pub changes: BTreeMap<ChangeKey, ChangeCases>,
    /// Endpoints that only the head has.
    pub new: BTreeMap<String, LoneEndpoint>,
    /// Endpoints that only the base has.
    pub gone: BTreeMap<String, LoneEndpoint>,
    /// Cases that only the base's plan has, of endpoints that both have.
    pub only_base: Vec<String>,
    /// The same of the head.
    pub only_head: Vec<String>,
    /// Changes that the file of known differences accepts.
    pub accepted: Vec<Accepted>,
    /// Entries of it that are out of date.
    pub stale: Vec<(String, String)>,
    /// What prevents a conclusion, in words.
    pub obstacles: Vec<String>,
}

impl Comparison {
    /// Cases by change.
    pub fn count(&self, change: Change) -> u64 {
        self.groups(change).map(|(_, cases)| cases.endpoints.len() as u64).sum()
    }

    /// Whether anything differs that is not accepted, new and gone endpoints included.
    pub fn differs(&self) -> bool {
        Change::ALL.iter().any(|change| *change != Change::Unclear && self.count(*change) > 0)
            || !self.new.is_empty()
            || !self.gone.is_empty()
    }

    fn groups(&self, change: Change) -> impl Iterator<Item = (&ChangeKey, &ChangeCases)> {
        self.changes.iter().filter(move |(key, _)| key.change == change)
    }

    /// The groups by change, those against the rules of the head first; of each change those with most endpoints first.
    fn sections(&self) -> Vec<Section<'_>> {
        let section = |against: bool, change: Change| {
            let mut groups: Vec<_> = self.groups(change).filter(|(_, cases)| cases.are_against_the_rules() == against).collect();
            groups.sort_by_key(|(_, cases)| std::cmp::Reverse(cases.endpoints.len()));
            Section { change, against, groups }
        };
        let all = [true, false].into_iter().flat_map(|against| Change::ALL.map(|change| section(against, change)));
        all.filter(|section| !section.groups.is_empty()).collect()
    }

    /// Features that one has and the other has not: name, and whether the head has it.
    fn features(&self) -> Vec<(&str, bool)> {
        let has = |target: &TargetRecord, name: &str| target.features.get(name).is_some_and(|feature| feature.has);
        let names: BTreeSet<&str> = self.base.features.keys().chain(self.head.features.keys()).map(String::as_str).collect();
        names.into_iter().filter(|name| has(&self.base, name) != has(&self.head, name)).map(|name| (name, has(&self.head, name))).collect()
    }

    /// `comparison.json`; `exit` stands last.
    pub fn to_json(&self, exit: u8) -> serde_json::Value {
        let counts: serde_json::Map<_, _> =
            Change::ALL.iter().map(|change| (change.name().replace(' ', "_"), self.count(*change).into())).collect();
        let changes: Vec<_> = self
            .changes
            .iter()
            .map(|(key, cases)| {
                serde_json::json!({
                    "change": key.change, "group": key.group, "base": key.base, "head": key.head,
                    "endpoints": cases.endpoints, "clauses": cases.clauses, "as_the_rules_of_head_say": cases.agree,
                })
            })
            .collect();
        serde_json::json!({
            "schema": COMPARISON_SCHEMA,
            "base": self.base,
            "head": self.head,
            "compared": self.compared,
            "not_compared": self.not_compared,
            "totals": counts,
            "features": self.features().into_iter().map(|(name, head)| serde_json::json!({"feature": name, "head_has": head})).collect::<Vec<_>>(),
            "changes": changes,
            "new_endpoints": self.new,
            "gone_endpoints": self.gone,
            "cases_of_base_only": self.only_base,
            "cases_of_head_only": self.only_head,
            "known": self.accepted,
            "stale": self.stale.iter().map(|(case, why)| serde_json::json!({"case": case, "why": why})).collect::<Vec<_>>(),
            "obstacles": self.obstacles,
            "exit": exit,
        })
    }

    /// For the terminal.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for (name, head) in self.features() {
            let _ = writeln!(out, "feature {name}: only in {}", if head { "head" } else { "base" });
        }
        for section in self.sections() {
            let (name, groups) = (section.change.name().to_uppercase(), &section.groups);
            let _ = writeln!(out, "{name} {} {}, {}", section.cases(), plural("case", section.cases()), section.says());
            for (key, cases) in groups.iter().take(SHOWN) {
                let _ = writeln!(out, "  {}: {} → {}", key.group, key.base, key.head);
                let _ = writeln!(out, "    {}; {}", named(&cases.endpoints), cases.by_the_rules());
            }
            if groups.len() > SHOWN {
                let _ = writeln!(out, "  … and {} more groups; all in comparison.json", groups.len() - SHOWN);
            }
        }
        for (title, endpoints) in [("NEW", &self.new), ("GONE", &self.gone)] {
            if !endpoints.is_empty() {
                let _ = writeln!(out, "{title} {} {}", endpoints.len(), plural("endpoint", endpoints.len()));
            }
            for (name, lone) in endpoints {
                let _ = writeln!(out, "  {name}: {}", lone.in_words());
            }
        }
        for (side, cases) in [("base", &self.only_base), ("head", &self.only_head)] {
            if let Some(first) = cases.first() {
                let _ = writeln!(out, "{} cases of endpoints that both have are in the plan of {side} only, such as {first}", cases.len());
            }
        }
        for accepted in &self.accepted {
            let _ = writeln!(out, "{}: {}, {} [{}]", accepted.list, accepted.case, accepted.reason, accepted.link);
        }
        for (case, why) in &self.stale {
            let _ = writeln!(out, "STALE known difference {case}: {why}");
        }
        for obstacle in &self.obstacles {
            let _ = writeln!(out, "inconclusive: {obstacle}");
        }
        out
    }

    /// The closing line.
    pub fn closing(&self) -> String {
        let counts = Change::ALL.iter().map(|change| (self.count(*change), change.name()));
        let lone = [(self.new.len() as u64, "new endpoints"), (self.gone.len() as u64, "gone endpoints")];
        let parts: Vec<String> =
            counts.chain(lone).filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
        let simulated = if self.base.real_matomo && self.head.real_matomo { "" } else { "; simulated target: no real Matomo was tested" };
        format!(
            "{} cases compared, {} with {}: {}{simulated}",
            self.compared,
            name_of(&self.base),
            name_of(&self.head),
            if parts.is_empty() { "no difference".to_owned() } else { parts.join(", ") }
        )
    }

    /// A page of Markdown.
    pub fn to_markdown(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "## Access: {} → {}\n\n{}\n", cell(&name_of(&self.base)), cell(&name_of(&self.head)), cell(&self.closing()));
        for (name, head) in self.features() {
            let _ = writeln!(out, "- feature `{name}` is only in {}", if head { "head" } else { "base" });
        }
        for section in self.sections() {
            let (name, groups) = (section.change.name(), &section.groups);
            let _ = writeln!(out, "\n### {name}: {} cases, {}\n", section.cases(), section.says());
            let _ =
                writeln!(out, "| settings, who, how | base | head | endpoints | by the rules of head |\n| --- | --- | --- | --- | --- |");
            for (key, cases) in groups.iter().take(ON_PAGE) {
                let _ = writeln!(
                    out,
                    "| {} | {} | {} | {} | {} |",
                    code(&key.group),
                    cell(&key.base),
                    cell(&key.head),
                    cell(&named(&cases.endpoints)),
                    cell(&cases.by_the_rules())
                );
            }
            if groups.len() > ON_PAGE {
                let _ = writeln!(out, "\n{} more rows are in `comparison.json`.", groups.len() - ON_PAGE);
            }
        }
        for (title, endpoints) in [("New endpoints", &self.new), ("Gone endpoints", &self.gone)] {
            if !endpoints.is_empty() {
                let _ = writeln!(out, "\n### {title}: {}\n", endpoints.len());
            }
            for (name, lone) in endpoints {
                let _ = writeln!(out, "- {}: {}", code(name), cell(&lone.in_words()));
            }
        }
        if !self.obstacles.is_empty() {
            let _ = writeln!(out, "\n### What prevents a conclusion\n");
        }
        for obstacle in &self.obstacles {
            let _ = writeln!(out, "- {}", cell(obstacle));
        }
        out
    }
}

/// Groups of one change that are all against the rules of the head, or all by them.
struct Section<'a> {
    change: Change,
    against: bool,
    groups: Vec<(&'a ChangeKey, &'a ChangeCases)>,
}

impl Section<'_> {
    fn cases(&self) -> usize {
        self.groups.iter().map(|(_, cases)| cases.endpoints.len()).sum()
    }

    fn says(&self) -> &'static str {
        if self.against { "against the rules of the head" } else { "as the rules of the head say" }
    }
}

impl ChangeCases {
    /// Whether the head does in some of them what its rules do not say.
    fn are_against_the_rules(&self) -> bool {
        self.agree < self.endpoints.len() as u64
    }

    fn by_the_rules(&self) -> String {
        let clauses: Vec<&str> = self.clauses.iter().map(String::as_str).collect();
        let all = self.endpoints.len() as u64;
        match self.agree {
            agree if agree == all => format!("as head's rules say ({})", clauses.join(", ")),
            0 => format!("against head's rules ({})", clauses.join(", ")),
            agree => format!("{agree} of {all} as head's rules say ({})", clauses.join(", ")),
        }
    }

    /// Adds a case.
    pub fn add(&mut self, endpoint: &str, clause: &str, verdict: Verdict) {
        self.endpoints.insert(endpoint.to_owned());
        self.clauses.insert(clause.to_owned());
        self.agree += u64::from(verdict == Verdict::Agree);
    }
}

impl LoneEndpoint {
    fn in_words(&self) -> String {
        let who: Vec<&str> = self.opened_by.iter().map(String::as_str).collect();
        if who.is_empty() { "opened by nobody that was asked".to_owned() } else { format!("opened by {}", who.join(", ")) }
    }
}

/// Name and version of a Matomo.
fn name_of(target: &TargetRecord) -> String {
    if target.name == target.version { target.name.clone() } else { format!("{} ({})", target.name, target.version) }
}

fn named(endpoints: &BTreeSet<String>) -> String {
    let first: Vec<&str> = endpoints.iter().take(NAMED).map(String::as_str).collect();
    let more = if endpoints.len() > NAMED { ", …" } else { "" };
    format!("{} {}: {}{more}", endpoints.len(), plural("endpoint", endpoints.len()), first.join(", "))
}

/// What a Matomo did, with as much of it as a change is about.
pub fn outcome_text(observation: &Observation, change: Change) -> String {
    let Observation::Clear { answer, status, .. } = observation else { return "unclear".to_owned() };
    let outcome = match answer {
        Answer::Opened { route, .. } if change == Change::Route => format!("opened through {}", route.join(" > ")),
        Answer::Opened { who, nested, .. } if matches!(change, Change::MoreRights | Change::FewerRights) => {
            let nested = nested.as_ref().map(|rights| format!(", nested calls with {}", rights_text(rights))).unwrap_or_default();
            format!("opened as {} with {}{nested}", who.login, rights_text(&who.rights))
        }
        Answer::Opened { .. } | Answer::Denied { .. } => answer.outcome(),
    };
    if change == Change::Status { format!("{outcome} (status {status})") } else { outcome }
}
