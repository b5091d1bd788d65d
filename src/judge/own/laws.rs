//! Laws that hold for every endpoint of every release, whatever it asks for.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::exceptions::exception;
use super::row::{OwnRow, Stance};
use crate::judge::Verdict;
use crate::matomo::CellOutcome;
use crate::mutation::Level;
use crate::plan::{LADDER, OWN_PRINCIPALS, OwnKind};

/// A law of own checks (issue 19.4 and 19.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Law {
    /// More rights never open less.
    MoreOpensMore,
    /// Rights on another site open nothing of this one.
    ElsewhereOpensNothing,
    /// Whoever has no right at all never reaches a write.
    NobodyWrites,
    /// Nobody is told what belongs to a site or user that they may not see.
    NothingIsTold,
    /// A token and a session of the same user come to the same.
    TokenAsSession,
    /// What the code asks of everybody is kept.
    DeclaredIsKept,
    /// Whatever asks for nothing reaches no write.
    WritesAsk,
    /// POST and GET come to the same.
    PostAsGet,
    /// What a policy allows and denies is kept, where there is one.
    PolicyIsKept,
}

impl Law {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::MoreOpensMore,
        Self::ElsewhereOpensNothing,
        Self::NobodyWrites,
        Self::NothingIsTold,
        Self::TokenAsSession,
        Self::DeclaredIsKept,
        Self::WritesAsk,
        Self::PostAsGet,
        Self::PolicyIsKept,
    ];

    /// Name as in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::MoreOpensMore => "own.more-opens-more",
            Self::ElsewhereOpensNothing => "own.elsewhere-opens-nothing",
            Self::NobodyWrites => "own.nobody-writes",
            Self::NothingIsTold => "own.nothing-is-told",
            Self::TokenAsSession => "own.token-as-session",
            Self::DeclaredIsKept => "own.declared-is-kept",
            Self::WritesAsk => "own.writes-ask",
            Self::PostAsGet => "own.post-as-get",
            Self::PolicyIsKept => "own.policy-is-kept",
        }
    }

    /// The law in a sentence.
    pub fn says(self) -> &'static str {
        match self {
            Self::MoreOpensMore => "more rights never open less",
            Self::ElsewhereOpensNothing => "rights on another site open nothing of this one",
            Self::NobodyWrites => "whoever has no right at all never reaches a write",
            Self::NothingIsTold => "nobody is told what belongs to a site or user that they may not see",
            Self::TokenAsSession => "a token and a session of the same user come to the same",
            Self::DeclaredIsKept => "the right that the code asks of everybody is needed",
            Self::WritesAsk => "an endpoint that asks for no right reaches no write",
            Self::PostAsGet => "POST and GET come to the same",
            Self::PolicyIsKept => "what the policy allows and denies is kept",
        }
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An endpoint that breaks a law.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnFinding {
    /// Endpoint, with its kind: `api Goals.addGoal`.
    pub endpoint: String,
    /// The law.
    pub law: Law,
    /// Leak or lockout.
    pub verdict: Verdict,
    /// Who asked.
    pub principal: String,
    /// What was seen, in words.
    pub says: String,
    /// File and line.
    pub place: String,
}

/// The laws that an endpoint breaks, without reviewed exceptions.
pub fn broken_laws(row: &OwnRow) -> Vec<OwnFinding> {
    let mut found = Vec::new();
    let mut add = |law: Law, verdict: Verdict, who: &str, says: String| {
        if exception(&row.endpoint.name, law, who).is_none() {
            found.push(OwnFinding { endpoint: row.name(), law, verdict, principal: who.to_owned(), says, place: row.place() });
        }
    };
    for (at, lower) in LADDER.iter().enumerate() {
        if row.stance_of(lower) != Stance::Past {
            continue;
        }
        if let Some(higher) = LADDER[at + 1..].iter().find(|higher| row.stance_of(higher) == Stance::Refused) {
            add(Law::MoreOpensMore, Verdict::Lockout, higher, format!("{lower} gets past its check and {higher} is refused"));
            break;
        }
    }
    if row.endpoint.kind == OwnKind::Api && row.endpoint.takes_site() && row.stance_of("no-access") == Stance::Refused {
        for who in ["view-elsewhere", "admin-elsewhere"] {
            if row.stance_of(who) == Stance::Past {
                let says = format!("{who} has no right on site 1 and gets past the check that refuses no-access");
                add(Law::ElsewhereOpensNothing, Verdict::Leak, who, says);
            }
        }
    }
    for who in ["anonymous", "no-access"] {
        if let Some(cell) = row.cells.get(who).filter(|cell| cell.outcome == CellOutcome::ReachedWrite) {
            add(Law::NobodyWrites, Verdict::Leak, who, format!("{who} reached {}", cell.reached.join(", ")));
        }
    }
    for who in &OWN_PRINCIPALS {
        let Some(cell) = row.cells.get(who.name).filter(|cell| cell.stance() == Stance::Past) else { continue };
        let Some(sites) = who.sites else { continue };
        let beyond = |told: &&String| match told.parse::<u32>() {
            Ok(site) => !sites.contains(&site),
            Err(_) => sites.is_empty(),
        };
        if let Some(told) = cell.tells.iter().find(beyond) {
            let what = told.parse::<u32>().map_or_else(|_| "of other users".to_owned(), |site| format!("of site {site}"));
            add(Law::NothingIsTold, Verdict::Leak, who.name, format!("{} is told {what}", who.name));
        }
    }
    let posted = row.endpoint.kind == OwnKind::Page;
    let (usual_method, other_method) = if posted { ("POST", "GET") } else { ("GET", "POST") };
    for (law, others, usually, otherwise) in
        [(Law::TokenAsSession, &row.other_way, "token", "session"), (Law::PostAsGet, &row.other_method, usual_method, other_method)]
    {
        for (who, other) in others {
            match (row.stance_of(who), other.stance()) {
                (Stance::Refused, Stance::Past) => {
                    add(law, Verdict::Leak, who, format!("{who} gets past its check by {otherwise} and is refused by {usually}"));
                }
                (Stance::Past, Stance::Refused) => {
                    add(law, Verdict::Lockout, who, format!("{who} gets past its check by {usually} and is refused by {otherwise}"));
                }
                _ => {}
            }
        }
    }
    if let Some(level) = row.declared
        && let Some(who) = LADDER.iter().find(|who| row.stance_of(who) == Stance::Past && rank(who) < Some(level))
    {
        let says = format!("its code asks everybody for {}, and {who} gets past it", level_name(level));
        add(Law::DeclaredIsKept, Verdict::Leak, who, says);
    }
    if !row.asks
        && let Some((who, cell)) = LADDER[..5]
            .iter()
            .find_map(|who| row.cells.get(*who).filter(|cell| cell.outcome == CellOutcome::ReachedWrite).map(|cell| (who, cell)))
    {
        add(Law::WritesAsk, Verdict::Leak, who, format!("its code asks for no right, and {who} reached {}", cell.reached.join(", ")));
    }
    found
}

/// The strongest level that a principal of the ladder has.
fn rank(who: &str) -> Option<Level> {
    match who {
        "no-access" => Some(Level::Known),
        "view" => Some(Level::View),
        "write" => Some(Level::Write),
        "admin" => Some(Level::Admin),
        "super" => Some(Level::Super),
        _ => None,
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Known => "a login",
        Level::View => "view access",
        Level::Write => "write access",
        Level::Admin => "admin access",
        Level::Super => "super user access",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::row::OwnCell;
    use super::*;
    use crate::plan::{Argument, OwnEndpoint};

    /// A row in which these principals open it, all others are refused.
    pub fn row(open: &[&str]) -> OwnRow {
        let cell = |who: &str| OwnCell {
            outcome: if open.contains(&who) { CellOutcome::Opened } else { CellOutcome::NoRight },
            reached: Vec::new(),
            status: 200,
            message: None,
            tells: Vec::new(),
        };
        OwnRow {
            endpoint: OwnEndpoint {
                kind: OwnKind::Api,
                name: "Example.get".to_owned(),
                method: "get".to_owned(),
                line: 7,
                files: vec!["plugins/Example/API.php".to_owned()],
                arguments: vec![Argument { name: "idSite".to_owned(), kind: "int".to_owned(), optional: false }],
                hidden: false,
                given: Vec::new(),
            },
            query: String::new(),
            tries: 1,
            cells: OWN_PRINCIPALS.iter().map(|who| (who.name.to_owned(), cell(who.name))).collect(),
            other_way: std::collections::BTreeMap::new(),
            other_method: std::collections::BTreeMap::new(),
            declared: None,
            asks: true,
        }
    }

    fn laws(row: &OwnRow) -> Vec<Law> {
        broken_laws(row).into_iter().map(|finding| finding.law).collect()
    }

    fn with(mut row: OwnRow, who: &str, change: impl Fn(&mut OwnCell)) -> OwnRow {
        change(row.cells.get_mut(who).expect("a cell"));
        row
    }

    const FROM_VIEW: [&str; 5] = ["view", "write", "admin", "super", "mixed"];

    #[test]
    fn an_endpoint_in_order_breaks_no_law() {
        assert_eq!(laws(&row(&FROM_VIEW)), []);
        assert_eq!(row(&FROM_VIEW).open_to(), "view");
        assert_eq!(laws(&row(&["super"])), []);
        assert_eq!(row(&["super"]).open_to(), "super");
        assert_eq!(row(&["view", "super"]).open_to(), "{view,super}");
        assert_eq!(row(&[]).open_to(), "nobody");
    }

    #[test]
    fn each_law_is_broken_by_what_it_speaks_of_and_by_nothing_else() {
        assert_eq!(laws(&row(&["view", "super"])), [Law::MoreOpensMore]);
        let elsewhere = row(&["view", "write", "admin", "super", "mixed", "view-elsewhere"]);
        assert_eq!(laws(&elsewhere), [Law::ElsewhereOpensNothing]);
        let all: Vec<&str> = OWN_PRINCIPALS.iter().map(|who| who.name).collect();
        let writes = with(row(&all), "anonymous", |cell| {
            cell.outcome = CellOutcome::ReachedWrite;
            cell.reached = vec!["INSERT goal".to_owned()];
        });
        assert_eq!(laws(&writes), [Law::NobodyWrites]);
        assert_eq!(laws(&OwnRow { asks: false, ..writes }), [Law::NobodyWrites, Law::WritesAsk]);
        assert_eq!(laws(&with(row(&all), "no-access", |cell| cell.tells = vec!["1".to_owned()])), [Law::NothingIsTold]);
        assert_eq!(laws(&with(row(&all), "view", |cell| cell.tells = vec!["1".to_owned()])), []);
        assert_eq!(laws(&with(row(&all), "anonymous", |cell| cell.tells = vec!["user".to_owned()])), [Law::NothingIsTold]);
        let session = row(&["super"]).cells["super"].clone();
        let other = OwnRow { other_way: [("view".to_owned(), session)].into(), ..row(&["super"]) };
        assert_eq!(laws(&other), [Law::TokenAsSession]);
        assert_eq!(laws(&OwnRow { other_method: other.other_way, ..row(&["super"]) }), [Law::PostAsGet]);
        assert_eq!(laws(&OwnRow { declared: Some(Level::Super), ..row(&FROM_VIEW) }), [Law::DeclaredIsKept]);
        assert_eq!(laws(&OwnRow { declared: Some(Level::View), ..row(&FROM_VIEW) }), []);
    }

    #[test]
    fn an_error_of_another_kind_proves_nothing() {
        let unclear = |cell: &mut OwnCell| cell.outcome = CellOutcome::Error;
        assert_eq!(laws(&with(row(&FROM_VIEW), "super", unclear)), []);
        assert_eq!(with(row(&FROM_VIEW), "super", unclear).open_to(), "view");
        let mut nothing = row(&[]);
        for cell in nothing.cells.values_mut() {
            unclear(cell);
        }
        assert!(!nothing.check_was_reached());
        assert_eq!(nothing.open_to(), "unknown");
        assert_eq!(laws(&nothing), []);
    }
}
