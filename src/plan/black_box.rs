//! The plan for a Matomo that runs elsewhere, without the probe: endpoints that are known to read only, and whose pages are known.

use super::carrier::Carrier;
use super::case::{Case, Plan, Shape};
use super::filter::Filter;
use super::principal::{PRINCIPALS, Principal};
use super::slot::Slot;
use crate::model::{EndpointKind, Features, Names, Need, TokenKind, World};

/// By what an answer of an endpoint is known to be its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A piece of its page.
    Page(&'static str),
    /// JSON that is no error.
    Json,
}

/// An endpoint whose controller may be run.
#[derive(Clone, Copy, Debug)]
pub struct OpenEndpoint {
    /// Endpoint name or raw query.
    pub target: &'static str,
    /// What shows that it was opened.
    pub mark: Mark,
    /// The right it asks for itself.
    pub need: Need,
    /// Whether it may make Matomo archive reports.
    archives: bool,
}

/// Seen on 5.2: none of these writes anything, but for the last one, whose report may be archived on the way.
pub static OPEN_ENDPOINTS: [OpenEndpoint; 6] = [
    OpenEndpoint { target: "API.listAllMethods", mark: Mark::Page("id='topApiRef'"), need: Need::SomeView, archives: false },
    OpenEndpoint { target: "API.listSegments", mark: Mark::Page("class=\"segmentCategory\""), need: Need::View, archives: false },
    OpenEndpoint {
        target: "?module=Widgetize&action=iframe&moduleToWidgetize=CoreHome&actionToWidgetize=getPromoVideo",
        mark: Mark::Page("<body class=\"widgetized\">"),
        need: Need::View,
        archives: false,
    },
    OpenEndpoint { target: "?module=API&method=API.getMatomoVersion&format=json", mark: Mark::Json, need: Need::SomeView, archives: false },
    OpenEndpoint {
        target: "?module=API&method=SitesManager.getSitesIdWithAtLeastViewAccess&format=json",
        mark: Mark::Json,
        need: Need::Nothing,
        archives: false,
    },
    OpenEndpoint {
        target: "UserCountry.getCountry",
        mark: Mark::Page("data-report=\"UserCountry.getCountry\""),
        need: Need::View,
        archives: true,
    },
];

/// Ways of a token that are tried.
const CARRIERS: [Carrier; 6] = [Carrier::None, Carrier::Url, Carrier::Body, Carrier::Both, Carrier::EmptyUrlAndBody, Carrier::Header];

/// What is known of a Matomo that runs elsewhere.
pub struct BlackBox<'a> {
    /// Features of its release.
    pub features: &'a Features,
    /// Users and the tokens that were given.
    pub world: &'a World,
    /// Site that is asked for.
    pub site: u32,
    /// Whether requests may leave traces: archived reports, and failed logins in the protection against brute force.
    pub side_effects: bool,
}

/// The endpoint behind a target of such a plan.
pub fn open_endpoint(target: &str) -> Option<&'static OpenEndpoint> {
    let named = |endpoint: &OpenEndpoint| {
        let rest = target.strip_prefix(endpoint.target).or_else(|| target.strip_prefix(raw(endpoint.target).as_str()));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("&idSite="))
    };
    OPEN_ENDPOINTS.iter().find(|endpoint| named(endpoint))
}

/// The names that the model needs for it.
pub fn open_names() -> Names {
    let mut names = Names::default();
    for module in ["API", "CoreHome", "SitesManager", "UserCountry", "Widgetize"] {
        names.activated.insert(module.to_owned());
    }
    for (name, kind) in [
        ("API.index", EndpointKind::Controller),
        ("API.listAllMethods", EndpointKind::Controller),
        ("API.listSegments", EndpointKind::Controller),
        ("CoreHome.getPromoVideo", EndpointKind::Widget),
        ("UserCountry.getCountry", EndpointKind::Report),
        ("Widgetize.iframe", EndpointKind::Controller),
    ] {
        names.endpoints.insert(name.to_owned(), kind);
    }
    names.default_actions.insert("API".to_owned(), "index".to_owned());
    names
}

/// All cases: every principal with a token, every carrier, every endpoint.
pub fn black_box(known: &BlackBox<'_>, slot: Slot, filter: &Filter) -> Plan {
    let only_bodies = slot.settings.only_secure_tokens;
    let mut plan = Plan { slots: vec![slot], ..Plan::default() };
    for endpoint in OPEN_ENDPOINTS.iter().filter(|endpoint| known.side_effects || !endpoint.archives) {
        let target = plan.intern(&at_site(endpoint.target, known.site));
        for (index, who) in PRINCIPALS.iter().enumerate() {
            for carrier in CARRIERS.into_iter().filter(|carrier| carrier.fits(who)) {
                if !known.may_ask(who, carrier, only_bodies) {
                    continue;
                }
                let principal = u8::try_from(index).unwrap_or_default();
                let case = Case { slot: 0, principal, carrier, shape: Shape::REAL, target };
                if filter.is_empty() || filter.takes(&plan.id(case)) {
                    plan.cases.push(case);
                }
            }
        }
    }
    plan
}

impl BlackBox<'_> {
    /// Whether a principal can be asked for, and whether the token is accepted where that matters: a refused one counts as a failed login.
    fn may_ask(&self, who: &Principal, carrier: Carrier, only_bodies: bool) -> bool {
        let Some(token) = who.token else { return true };
        if !who.exists_in(self.features) || token.contains('%') {
            return false;
        }
        let Some(placeholder) = token.strip_prefix('$') else {
            return token == "anonymous" || (self.side_effects && few(carrier));
        };
        let Some(token) = self.world.token(placeholder) else { return false };
        let accepted = match token.kind {
            TokenKind::Any => !only_bodies || carrier == Carrier::Body,
            TokenKind::SecureOnly => carrier == Carrier::Body,
            TokenKind::Expired => false,
        };
        accepted || (self.side_effects && few(carrier))
    }
}

/// Refused tokens are sent few times: Matomo locks an address out after twenty.
fn few(carrier: Carrier) -> bool {
    carrier == Carrier::Body
}

/// An endpoint name as a raw query.
fn raw(target: &str) -> String {
    match target.split_once('.').filter(|_| !target.starts_with('?')) {
        Some((module, action)) => format!("?module={module}&action={action}"),
        None => target.to_owned(),
    }
}

fn at_site(target: &str, site: u32) -> String {
    if site == 1 { target.to_owned() } else { format!("{}&idSite={site}", raw(target)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Settings;

    fn plan(tokens: &[&str], site: u32, side_effects: bool, settings: Settings) -> Vec<String> {
        let mut world = World::standard();
        world.tokens.retain(|token| tokens.contains(&token.placeholder.as_str()));
        let features = Features::of_version("5.2.0");
        let known = BlackBox { features: &features, world: &world, site, side_effects };
        let plan = black_box(&known, Slot { name: "default", settings }, &Filter::default());
        plan.cases.iter().map(|case| plan.id(*case)).collect()
    }

    #[test]
    fn only_principals_with_a_token_are_asked_for() {
        let ids = plan(&["TOKEN_VIEW", "TOKEN_SUPER"], 1, false, Settings::default());
        assert!(ids.contains(&"default/view/url/real/API.listAllMethods".to_owned()), "{ids:?}");
        assert!(ids.iter().any(|id| id.starts_with("default/anonymous/none/")));
        assert!(!ids.iter().any(|id| id.contains("/write/") || id.contains("/invalid/") || id.contains("expired")), "{ids:?}");
    }

    #[test]
    fn what_leaves_traces_is_asked_only_where_that_is_allowed() {
        let tokens = ["TOKEN_VIEW", "TOKEN_VIEW_EXPIRED", "TOKEN_VIEW_SECURE"];
        let traces = |id: &String| ["getCountry", "/invalid/", "/expired-", "/secure-view/url"].iter().any(|part| id.contains(part));
        let without = plan(&tokens, 1, false, Settings::default());
        assert!(!without.iter().any(traces), "{without:?}");
        assert!(without.iter().any(|id| id.contains("/secure-view/body/")));
        let with = plan(&tokens, 1, true, Settings::default());
        assert!(with.iter().any(traces));
        let refused = with.iter().filter(|id| id.contains("/invalid/") || id.contains("/expired-")).count();
        assert!(refused < 20, "{refused} refused tokens in one run lock an address out");
        let secure = plan(&tokens, 1, false, Settings { only_secure_tokens: true, ..Settings::default() });
        assert!(!secure.iter().any(|id| id.contains("/view/url/")), "{secure:?}");
    }

    #[test]
    fn every_target_leads_back_to_its_endpoint_on_every_site() {
        for endpoint in &OPEN_ENDPOINTS {
            for site in [1, 7] {
                let found = open_endpoint(&at_site(endpoint.target, site)).expect(endpoint.target);
                assert_eq!(found.target, endpoint.target);
            }
        }
        assert!(open_endpoint("CoreHome.index").is_none());
    }
}
