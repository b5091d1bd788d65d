//! Behind the gate: the right that an endpoint itself asks for. Known for the probe's own endpoints only.

use super::answer::Reason;
use super::clauses::ClauseId;
use super::rule::{Rule, Test, always, never};
use super::situation::{site, sites};
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

static VIEW: [Rule<Reason>; 1] = [refuses(ClauseId::AccessView, |s| !Need::View.met_in(s))];
static SOME_VIEW: [Rule<Reason>; 1] = [refuses(ClauseId::AccessSomeView, |s| !Need::SomeView.met_by(&s.who.rights, site(s)))];
static SOME_WRITE: [Rule<Reason>; 1] = [refuses(ClauseId::AccessSomeWrite, |s| !Need::SomeWrite.met_by(&s.who.rights, site(s)))];
static SOME_ADMIN: [Rule<Reason>; 1] = [refuses(ClauseId::AccessSomeAdmin, |s| !Need::SomeAdmin.met_by(&s.who.rights, site(s)))];
static WRITE: [Rule<Reason>; 1] = [refuses(ClauseId::AccessWrite, |s| !Need::Write.met_in(s))];
static ADMIN: [Rule<Reason>; 1] = [refuses(ClauseId::AccessAdmin, |s| !Need::Admin.met_in(s))];
static SUPER: [Rule<Reason>; 1] = [refuses(ClauseId::AccessSuper, |s| !Need::SuperUser.met_by(&s.who.rights, site(s)))];

const fn refuses(clause: ClauseId, holds: Test) -> Rule<Reason> {
    Rule { clause, applies: always, holds, fragile: never, then: Reason::NoRight }
}
