//! Behind the gate: the right that an endpoint itself asks for. Known for the probe's own endpoints only.

use super::clause::{Rule, never};
use super::decision::Reason;
use super::{Rights, Role, Situation};

/// The probe plugin's name.
pub const PROBE: &str = "ConformanceProbe";

/// The right an endpoint asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// None.
    Nothing,
    /// View on the requested site.
    View,
    /// View on any site.
    SomeView,
    /// Write on any site.
    SomeWrite,
    /// Admin on any site.
    SomeAdmin,
    /// Write on the requested site.
    Write,
    /// Admin on the requested site.
    Admin,
    /// Super user access.
    SuperUser,
}

impl Need {
    /// What an action of the probe's controller, or a method of its API, asks for.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "index" | "needNothing" | "nested" | "nestedInSuper" | "getRights" => Self::Nothing,
            "needView" | "getNeedView" | "postNeedView" | "nestedNeedView" => Self::View,
            "needSomeView" => Self::SomeView,
            "needSomeWrite" => Self::SomeWrite,
            "needSomeAdmin" => Self::SomeAdmin,
            "needWrite" | "getNeedWrite" => Self::Write,
            "needAdmin" | "getNeedAdmin" | "superNeedAdmin" => Self::Admin,
            "needSuper" | "getNeedSuper" | "nestedNeedSuper" | "superNeedSuper" | "superThrowsNeedSuper" | "askSuper" => Self::SuperUser,
            _ => return None,
        })
    }

    /// Whether the rights meet the need on a site.
    pub fn met_by(self, rights: &Rights, site: u32) -> bool {
        match self {
            Self::Nothing => true,
            Self::View => rights.at_least(Role::View, site),
            Self::SomeView => rights.somewhere(Role::View),
            Self::SomeWrite => rights.somewhere(Role::Write),
            Self::SomeAdmin => rights.somewhere(Role::Admin),
            Self::Write => rights.at_least(Role::Write, site),
            Self::Admin => rights.at_least(Role::Admin, site),
            Self::SuperUser => rights.superuser,
        }
    }

    /// Whether the rights of a request meet the need on every site that it names.
    fn met_in(self, s: &Situation<'_>) -> bool {
        let sites = sites(s);
        s.who.rights.superuser || (!sites.is_empty() && sites.into_iter().all(|site| self.met_by(&s.who.rights, site)))
    }

    /// The rule that refuses where this need is not met.
    pub fn rules(self) -> &'static [Rule<Reason>] {
        match self {
            Self::Nothing => &[],
            Self::View => &VIEW,
            Self::SomeView => &SOME_VIEW,
            Self::SomeWrite => &SOME_WRITE,
            Self::SomeAdmin => &SOME_ADMIN,
            Self::Write => &WRITE,
            Self::Admin => &ADMIN,
            Self::SuperUser => &SUPER,
        }
    }
}

/// The site a request names; the first one by default.
pub fn site(s: &Situation<'_>) -> u32 {
    s.all.text("idSite").parse().unwrap_or(1)
}

/// The sites that are asked about. An API method takes a list, or `all` for those that the user may view; others take one.
pub fn sites(s: &Situation<'_>) -> Vec<u32> {
    let named = s.all.text("idSite");
    match named.as_str() {
        "" => vec![site(s)],
        "all" if s.is_api() => s.who.rights.roles.keys().copied().collect(),
        list if s.is_api() => list.split(',').filter_map(|id| id.trim().parse().ok()).filter(|id| *id > 0).collect(),
        _ => vec![site(s)],
    }
}

static VIEW: [Rule<Reason>; 1] = [refuses("access.view", |s| !Need::View.met_in(s))];
static SOME_VIEW: [Rule<Reason>; 1] = [refuses("access.some-view", |s| !Need::SomeView.met_by(&s.who.rights, site(s)))];
static SOME_WRITE: [Rule<Reason>; 1] = [refuses("access.some-write", |s| !Need::SomeWrite.met_by(&s.who.rights, site(s)))];
static SOME_ADMIN: [Rule<Reason>; 1] = [refuses("access.some-admin", |s| !Need::SomeAdmin.met_by(&s.who.rights, site(s)))];
static WRITE: [Rule<Reason>; 1] = [refuses("access.write", |s| !Need::Write.met_in(s))];
static ADMIN: [Rule<Reason>; 1] = [refuses("access.admin", |s| !Need::Admin.met_in(s))];
static SUPER: [Rule<Reason>; 1] = [refuses("access.super", |s| !Need::SuperUser.met_by(&s.who.rights, site(s)))];

const fn refuses(clause: &'static str, holds: super::clause::Test) -> Rule<Reason> {
    Rule { clause, applies: super::clause::always, holds, fragile: never, then: Reason::NoRight }
}
