//! The gate: the check that requests outside the API are not authenticated by a too powerful token.

use super::answer::Reason;
use super::clauses::ClauseId;
use super::parameters::php_empty;
use super::rule::{Rule, always};
use super::situation::site;
use super::{Delivery, Entry, Feature, Role, Situation};

/// What the gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// The request goes on.
    Pass,
    /// The request ends with an error page.
    Refuse(Reason),
}

/// The gate's rules in order; nothing holding means pass.
pub static GATE: [Rule<Gate>; 5] = [
    Rule {
        clause: ClauseId::GateApi,
        applies: always,
        holds: |s| s.is_api(),
        fragile: |s| {
            s.module.trim().eq_ignore_ascii_case("API")
                || (s.module.is_empty() && s.all.text("method").contains('.'))
                || (s.module.starts_with("API") && php_empty(&s.action))
        },
        then: Gate::Pass,
    },
    SUPERUSER,
    FLAG,
    ALLOWLIST,
    WRITE,
];

/// The gate repeated by `Widgetize.iframe`, whatever the request named.
pub static WIDGET_RECHECK: [Rule<Gate>; 5] = [
    // Up to 4.0.3 super users got the same answer here as everybody with some write access.
    Rule {
        clause: ClauseId::WidgetSuperuser,
        applies: |s| s.has(Feature::WidgetHonoursFlag),
        holds: |s| s.who.rights.superuser,
        fragile: always,
        then: Gate::Refuse(Reason::GateSuperUser),
    },
    Rule {
        clause: ClauseId::WidgetFlagIgnored,
        applies: |s| !s.has(Feature::WidgetHonoursFlag) && s.ask.settings.flag,
        holds: |s| s.who.rights.somewhere(Role::Write),
        fragile: always,
        then: Gate::Refuse(Reason::GateSomeWrite),
    },
    Rule {
        clause: ClauseId::WidgetFlag,
        applies: |s| s.has(Feature::WidgetHonoursFlag),
        holds: |s| s.ask.settings.flag,
        fragile: always,
        then: Gate::Pass,
    },
    Rule {
        clause: ClauseId::WidgetAllowlist,
        applies: has_list,
        holds: |s| admitted(s, "Widgetize.iframe"),
        fragile: always,
        then: Gate::Pass,
    },
    Rule {
        clause: ClauseId::WidgetWrite,
        applies: always,
        holds: |s| s.who.rights.somewhere(Role::Write),
        fragile: always,
        then: Gate::Refuse(Reason::GateSomeWrite),
    },
];

/// Whether the release reads any list: the one that the slot configures, or the one that the Matomo's own files bring.
fn has_list(s: &Situation<'_>) -> bool {
    reads_own(s) || (keeps_brought(s) && !s.ask.names.brought.is_empty())
}

/// Whether the release reads the list in the way the slot configures it.
fn reads_own(s: &Situation<'_>) -> bool {
    s.has(if s.ask.settings.allowlist.delivery == Delivery::Ini { Feature::AllowlistIni } else { Feature::Allowlist })
}

/// Whether what the Matomo's own files bring is still in force: an instance that configures a list of its own replaces theirs.
fn keeps_brought(s: &Situation<'_>) -> bool {
    s.has(Feature::Allowlist) && s.ask.settings.allowlist.keeps_brought()
}

/// Whether one of the lists in force has the name, strictly equal.
fn admitted(s: &Situation<'_>, name: &str) -> bool {
    let brought = || s.ask.names.brought.iter().any(|entry| matches!(entry, Entry::Text(text) if text == name));
    (reads_own(s) && s.ask.settings.allowlist.admits(name)) || (keeps_brought(s) && brought())
}

/// Whether a sloppier comparison than the strict one would find the name in one of them.
fn nearly_admitted(s: &Situation<'_>, name: &str) -> bool {
    let brought = || s.ask.names.brought.iter().any(|entry| entry.nearly(name));
    !admitted(s, name) && (s.ask.settings.allowlist.nearly_admits(name) || (keeps_brought(s) && brought()))
}

/// What the frame itself asks for.
pub static WIDGET_FRAME: [Rule<Reason>; 1] = [Rule {
    clause: ClauseId::WidgetView,
    applies: always,
    holds: |s| !s.who.rights.at_least(Role::View, site(s)),
    fragile: |_| false,
    then: Reason::NoRight,
}];

const SUPERUSER: Rule<Gate> = Rule {
    clause: ClauseId::GateSuperuser,
    applies: always,
    holds: |s| s.who.rights.superuser,
    fragile: |_| false,
    then: Gate::Refuse(Reason::GateSuperUser),
};

const FLAG: Rule<Gate> = Rule {
    clause: ClauseId::GateFlag,
    applies: always,
    holds: |s| s.ask.settings.flag,
    fragile: |s| s.ask.settings.flag,
    then: Gate::Pass,
};

const ALLOWLIST: Rule<Gate> = Rule {
    clause: ClauseId::GateAllowlist,
    applies: has_list,
    holds: |s| admitted(s, &s.endpoint()),
    fragile: |s| nearly_admitted(s, &s.endpoint()),
    then: Gate::Pass,
};

const WRITE: Rule<Gate> = Rule {
    clause: ClauseId::GateWrite,
    applies: always,
    holds: |s| s.who.rights.somewhere(Role::Write),
    fragile: |s| s.who.rights.somewhere(Role::View),
    then: Gate::Refuse(Reason::GateSomeWrite),
};
