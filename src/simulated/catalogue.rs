//! What can be dispatched: controller actions, widgets, reports and API methods.
//!
//! The built-in catalogue is a representative part of core's (facts: endpoint counts and resolution order) plus the
//! probe plugin.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::probe::PROBE;

/// What an action is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndpointKind {
    /// Public method of a controller.
    Controller,
    /// Widget class.
    Widget,
    /// Report class; answers to its capitalised action too.
    Report,
}

impl EndpointKind {
    /// The probe's word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Controller => "controller",
            Self::Widget => "widget",
            Self::Report => "report",
        }
    }
}

/// The permission an action checks itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// None.
    Nothing,
    /// View on any site.
    SomeView,
    /// Write on any site.
    SomeWrite,
    /// Admin on any site.
    SomeAdmin,
    /// View on `idSite`.
    View,
    /// Write on `idSite`.
    Write,
    /// Admin on `idSite`.
    Admin,
    /// Super user.
    Super,
}

/// What an action answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Part of a page.
    Fragment,
    /// A full page.
    Page,
    /// A full page rendered with nested API calls.
    DataPage,
    /// The login page, open to all.
    Login,
    /// The page that asks for a second factor.
    SecondFactor,
    /// A style sheet.
    Css,
    /// A redirect.
    Redirect,
    /// Nothing at all.
    Empty,
    /// The probe's answer.
    Opened,
    /// The probe's nested API call.
    Nested,
    /// The probe's nested API call within what Matomo runs as super user.
    NestedInSuper,
    /// `Widgetize.iframe`.
    Iframe,
    /// `CoreHome.redirectToCoreHomeIndex`.
    Home,
    /// A method that cannot be called without arguments.
    Fatal,
}

/// One action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Plugin.
    pub module: String,
    /// Action, as requested.
    pub action: String,
    /// Controller action, widget or report.
    pub kind: EndpointKind,
    /// Its own permission check.
    pub needs: Need,
    /// Its answer.
    pub shape: Shape,
}

/// One API method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// Plugin.
    pub module: String,
    /// Method.
    pub name: String,
    /// Its own permission check.
    pub needs: Need,
}

/// All of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// Actions.
    pub endpoints: Vec<Endpoint>,
    /// API methods; each report is one as well.
    pub methods: Vec<Method>,
    /// Plugins that are there but not activated; all that have an endpoint or method and are not named here are.
    pub deactivated: BTreeSet<String>,
    /// Old module names and the new ones.
    pub renames: Vec<(String, String)>,
    /// What the code's own configuration files put into the list of #24103.
    #[serde(default)]
    pub listed: Vec<String>,
}

/// Public methods that every controller inherits.
const INHERITED: [(&str, Shape); 4] = [
    ("__construct", Shape::Empty),
    ("getDefaultAction", Shape::Empty),
    ("setBasicVariablesAdminView", Shape::Empty),
    ("redirectToIndex", Shape::Fatal),
];

#[rustfmt::skip] // one module, one line
const CONTROLLERS: &[(&str, Need, Shape, &str)] = &[
    ("API", Need::SomeView, Shape::Page, "listAllMethods listAllAPI glossary"),
    ("API", Need::View, Shape::Page, "listSegments"),
    ("API", Need::Nothing, Shape::Fragment, "index"),
    ("Actions", Need::View, Shape::DataPage, "menuGetPageTitles"),
    ("Annotations", Need::View, Shape::Fragment, "getAnnotationManager getEvolutionIcons"),
    ("CoreAdminHome", Need::SomeView, Shape::Page, "home trackingCodeGenerator whatIsNew"),
    ("CoreAdminHome", Need::Super, Shape::Page, "generalSettings setMailSettings"),
    ("CoreAdminHome", Need::Nothing, Shape::Fragment, "optOut optOutJS"),
    ("CoreHome", Need::View, Shape::DataPage, "index"),
    ("CoreHome", Need::View, Shape::Fragment, "getRowEvolutionPopover renderWidgetContainer saveViewDataTableParameters"),
    ("CoreHome", Need::SomeView, Shape::Fragment, "getPromoVideo checkForUpdates"),
    ("CoreHome", Need::Nothing, Shape::Fragment, "markNotificationAsRead"),
    ("CoreHome", Need::Nothing, Shape::Home, "redirectToCoreHomeIndex"),
    ("CorePluginsAdmin", Need::Super, Shape::Page, "index plugins themes"),
    ("CustomDimensions", Need::Write, Shape::Page, "manage"),
    ("Dashboard", Need::View, Shape::DataPage, "index embeddedIndex"),
    ("Dashboard", Need::SomeView, Shape::Fragment, "saveLayout resetLayout getAvailableLayouts"),
    ("DevicesDetection", Need::Super, Shape::Page, "detection"),
    ("Diagnostics", Need::Super, Shape::Page, "configfile"),
    ("Feedback", Need::SomeView, Shape::Page, "index"),
    ("GeoIp2", Need::Super, Shape::Fragment, "downloadFreeDBIPLiteDB"),
    ("Goals", Need::View, Shape::DataPage, "index goalReport"),
    ("Goals", Need::Write, Shape::Page, "manage editGoals"),
    ("Insights", Need::View, Shape::Fragment, "getInsightControls"),
    ("Installation", Need::Super, Shape::Page, "systemCheckPage"),
    ("LanguagesManager", Need::SomeView, Shape::Page, "searchTranslation"),
    ("Live", Need::View, Shape::Fragment, "ajaxTotalVisitors getVisitorProfilePopup indexVisitorLog"),
    ("Login", Need::Nothing, Shape::Login, "index login resetPassword"),
    ("Login", Need::Nothing, Shape::Redirect, "logout"),
    ("Login", Need::Nothing, Shape::Empty, "clearSession"),
    ("Login", Need::Super, Shape::Page, "bruteForceLog"),
    ("Marketplace", Need::SomeView, Shape::Page, "overview"),
    ("MobileMessaging", Need::SomeView, Shape::Page, "index"),
    ("MultiSites", Need::SomeView, Shape::Page, "index standalone"),
    ("Overlay", Need::View, Shape::Page, "index startOverlaySession renderSidebar"),
    ("PrivacyManager", Need::SomeAdmin, Shape::Page, "gdprOverview usersOptOut"),
    ("PrivacyManager", Need::Super, Shape::Page, "privacySettings"),
    ("Proxy", Need::Nothing, Shape::Css, "getCss getCoreJs"),
    ("Referrers", Need::View, Shape::Fragment, "indexWebsites getEvolutionGraph getSparklines"),
    ("RssWidget", Need::Nothing, Shape::Fragment, "rssPiwik rssChangelog"),
    ("ScheduledReports", Need::View, Shape::Page, "index"),
    ("SegmentEditor", Need::SomeView, Shape::Fragment, "getSelector"),
    ("SitesManager", Need::SomeAdmin, Shape::Page, "index"),
    ("SitesManager", Need::View, Shape::Page, "siteWithoutData ignoreNoDataMessage"),
    ("SitesManager", Need::Super, Shape::Page, "globalSettings"),
    ("Transitions", Need::View, Shape::Fragment, "renderPopover"),
    ("UserCountryMap", Need::View, Shape::Fragment, "visitorMap realtimeMap"),
    ("UsersManager", Need::SomeView, Shape::Page, "userSettings userSecurity"),
    ("UsersManager", Need::SomeAdmin, Shape::Page, "index"),
    ("UsersManager", Need::SomeView, Shape::Redirect, "addNewToken"),
    ("VisitsSummary", Need::View, Shape::DataPage, "index"),
    ("VisitsSummary", Need::View, Shape::Fragment, "getSparklines getEvolutionGraph"),
    ("Widgetize", Need::SomeView, Shape::Page, "index"),
    ("Widgetize", Need::Nothing, Shape::Iframe, "iframe"),
    (PROBE, Need::Nothing, Shape::Opened, "index needNothing"),
    (PROBE, Need::View, Shape::Opened, "needView"),
    (PROBE, Need::SomeView, Shape::Opened, "needSomeView"),
    (PROBE, Need::SomeWrite, Shape::Opened, "needSomeWrite"),
    (PROBE, Need::SomeAdmin, Shape::Opened, "needSomeAdmin"),
    (PROBE, Need::Write, Shape::Opened, "needWrite"),
    (PROBE, Need::Admin, Shape::Opened, "needAdmin"),
    (PROBE, Need::Super, Shape::Opened, "needSuper"),
    (PROBE, Need::Nothing, Shape::Nested, "nested"),
    (PROBE, Need::View, Shape::Nested, "nestedNeedView"),
    (PROBE, Need::Super, Shape::Nested, "nestedNeedSuper"),
    (PROBE, Need::Nothing, Shape::NestedInSuper, "nestedInSuper"),
    (PROBE, Need::Super, Shape::Opened, "superNeedSuper"),
    (PROBE, Need::Super, Shape::Opened, "askSuper"),
    (PROBE, Need::Super, Shape::Opened, "superThrowsNeedSuper"),
    (PROBE, Need::Admin, Shape::Opened, "superNeedAdmin"),
    ("ExamplePlugin", Need::Nothing, Shape::Fragment, "index"),
];

#[rustfmt::skip]
const WIDGETS: &[(&str, &str)] = &[
    ("CoreHome", "quickLinks"), ("Live", "getLastVisitsDetailsWidget"), ("Live", "widget"), ("SEO", "getRank"),
    ("CoreAdminHome", "getTrackingFailures"), ("CoreVisualizations", "singleMetricView"), ("ProfessionalServices", "promoServices"),
];

#[rustfmt::skip]
const REPORTS: &[(&str, &str)] = &[
    ("Actions", "get getPageUrls getEntryPageUrls getExitPageUrls getPageTitles getDownloads getOutlinks"),
    ("Contents", "getContentNames getContentPieces"),
    ("DevicesDetection", "getType getBrand getModel getOsFamilies getBrowsers"),
    ("Events", "getCategory getAction getName"),
    ("Goals", "get getMetrics"),
    ("Referrers", "get getAll getReferrerType getKeywords getSearchEngines getWebsites getSocials getCampaigns"),
    ("Resolution", "getResolution"),
    ("UserCountry", "getCountry getContinent getRegion getCity"),
    ("UserLanguage", "getLanguage"),
    ("VisitFrequency", "get"),
    ("VisitTime", "getVisitInformationPerServerTime getByDayOfWeek"),
    ("VisitorInterest", "getNumberOfVisitsPerVisitDuration"),
    ("VisitsSummary", "get"),
];

#[rustfmt::skip]
const METHODS: &[(&str, &str, Need)] = &[
    ("API", "getBulkRequest", Need::Nothing), ("API", "getMatomoVersion", Need::SomeView), ("API", "getReportMetadata", Need::SomeView),
    ("SitesManager", "getAllSites", Need::Super), ("SitesManager", "getSitesWithAtLeastViewAccess", Need::Nothing),
    ("SitesManager", "getAllSitesId", Need::Super), ("SitesManager", "getSitesIdWithAtLeastViewAccess", Need::Nothing),
    ("SitesManager", "getSitesIdWithWriteAccess", Need::Nothing), ("SitesManager", "getSitesIdWithAdminAccess", Need::Nothing),
    ("UsersManager", "getUsers", Need::SomeAdmin), ("UsersManager", "hasSuperUserAccess", Need::Nothing),
    (PROBE, "getRights", Need::Nothing), (PROBE, "getNeedView", Need::View), (PROBE, "getNeedWrite", Need::Write),
    (PROBE, "getNeedAdmin", Need::Admin), (PROBE, "getNeedSuper", Need::Super), (PROBE, "postNeedView", Need::View),
];

/// Renames of the core plugins.
const RENAMES: [(&str, &str); 3] = [("Referers", "Referrers"), ("PDFReports", "ScheduledReports"), ("ExampleRssWidget", "RssWidget")];

impl Endpoint {
    /// An action with the answer usual for its kind.
    #[must_use]
    pub fn new(module: &str, action: &str, kind: EndpointKind) -> Self {
        let (needs, shape) = match kind {
            EndpointKind::Controller => (Need::SomeView, Shape::Page),
            EndpointKind::Widget => (Need::SomeView, Shape::Fragment),
            EndpointKind::Report => (Need::View, Shape::Fragment),
        };
        Self { module: module.to_owned(), action: action.to_owned(), kind, needs, shape }
    }

    /// Does it render what nested API calls give?
    #[must_use]
    pub fn asks_api(&self) -> bool {
        self.kind == EndpointKind::Report || self.shape == Shape::DataPage
    }
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Catalogue {
    /// A representative part of core, and the probe.
    #[must_use]
    pub fn built_in() -> Self {
        let mut endpoints = Vec::new();
        for &(module, needs, shape, actions) in CONTROLLERS {
            for action in actions.split(' ') {
                endpoints.push(Endpoint { needs, shape, ..Endpoint::new(module, action, EndpointKind::Controller) });
            }
        }
        for &(module, action) in WIDGETS {
            endpoints.push(Endpoint::new(module, action, EndpointKind::Widget));
        }
        let mut methods: Vec<Method> =
            METHODS.iter().map(|&(module, name, needs)| Method { module: module.to_owned(), name: name.to_owned(), needs }).collect();
        for &(module, actions) in REPORTS {
            for action in actions.split(' ') {
                endpoints.push(Endpoint::new(module, action, EndpointKind::Report));
                methods.push(Method { module: module.to_owned(), name: action.to_owned(), needs: Need::View });
            }
        }
        Self {
            endpoints,
            methods,
            deactivated: BTreeSet::from(["ExamplePlugin".to_owned()]),
            renames: RENAMES.map(|(old, new)| (old.to_owned(), new.to_owned())).to_vec(),
            listed: Vec::new(),
        }
    }

    /// The module under its new name, if it has one.
    #[must_use]
    pub fn renamed<'a>(&'a self, module: &'a str) -> &'a str {
        self.renames.iter().find(|(old, _)| old == module).map_or(module, |(_, new)| new)
    }

    /// Is there such a plugin, activated or not?
    #[must_use]
    pub fn exists(&self, module: &str) -> bool {
        self.endpoints.iter().any(|e| e.module == module)
            || self.methods.iter().any(|m| m.module == module)
            || self.deactivated.contains(module)
    }

    /// Is there such a plugin, and activated?
    #[must_use]
    pub fn is_activated(&self, module: &str) -> bool {
        !self.deactivated.contains(module) && self.exists(module)
    }

    /// A plugin whose name differs in case only.
    #[must_use]
    pub fn any_case(&self, module: &str) -> Option<&str> {
        self.endpoints.iter().map(|e| e.module.as_str()).find(|name| name.eq_ignore_ascii_case(module))
    }

    /// The default action of a controller.
    #[must_use]
    pub fn default_action(module: &str) -> &'static str {
        if module == "CoreHome" { "redirectToCoreHomeIndex" } else { "index" }
    }

    /// Names of the public methods that every controller inherits.
    pub fn inherited() -> impl Iterator<Item = &'static str> {
        INHERITED.iter().map(|(name, _)| *name)
    }

    /// The resolver: a controller's method, then a widget, then a report (also capitalised).
    #[must_use]
    pub fn resolve(&self, module: &str, action: &str, capitalised: bool) -> Option<Endpoint> {
        let of = |kind: EndpointKind| self.endpoints.iter().filter(move |e| e.kind == kind && e.module == module);
        if let Some(found) = of(EndpointKind::Controller).find(|e| e.action == action) {
            return Some(found.clone());
        }
        if of(EndpointKind::Controller).next().is_some() {
            let inherited = INHERITED.iter().find(|(name, _)| *name == action);
            if let Some(&(_, shape)) = inherited {
                return Some(Endpoint { needs: Need::Nothing, shape, ..Endpoint::new(module, action, EndpointKind::Controller) });
            }
        }
        let wanted = upper_first(action);
        of(EndpointKind::Widget)
            .find(|e| e.action == action)
            .or_else(|| of(EndpointKind::Report).find(|e| e.action == action || (capitalised && upper_first(&e.action) == wanted)))
            .cloned()
    }

    /// The API method of this name.
    #[must_use]
    pub fn method(&self, module: &str, name: &str) -> Option<&Method> {
        self.methods.iter().find(|m| m.module == module && m.name == name)
    }
}

fn upper_first(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + chars.as_str(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolved_as_in_matomo() {
        let catalogue = Catalogue::built_in();
        for (module, action, expected) in [
            ("CoreHome", "index", Some(EndpointKind::Controller)),
            ("CoreHome", "Index", None),
            ("CoreHome", "quickLinks", Some(EndpointKind::Widget)),
            ("CoreHome", "QuickLinks", None),
            ("UserCountry", "getCountry", Some(EndpointKind::Report)),
            ("UserCountry", "GetCountry", Some(EndpointKind::Report)),
            ("UserCountry", "getcountry", None),
            ("usercountry", "getCountry", None),
            ("CoreHome", "__construct", Some(EndpointKind::Controller)),
            ("UserCountry", "__construct", None),
        ] {
            let found = catalogue.resolve(module, action, true).map(|e| e.kind);
            assert_eq!(found, expected, "{module}.{action}");
        }
    }

    #[test]
    fn endpoints_are_many_and_distinct() {
        let catalogue = Catalogue::built_in();
        let names: BTreeSet<_> = catalogue.endpoints.iter().map(|e| format!("{}.{}", e.module, e.action)).collect();
        assert_eq!(names.len(), catalogue.endpoints.len());
        assert!(names.len() >= 100, "{}", names.len());
    }

    #[test]
    fn plugins() {
        let catalogue = Catalogue::built_in();
        assert!(catalogue.is_activated("CoreHome"));
        assert!(!catalogue.is_activated("corehome"));
        assert!(!catalogue.is_activated("ExamplePlugin"));
        assert!(catalogue.exists("ExamplePlugin"));
        assert_eq!(catalogue.renamed("Referers"), "Referrers");
    }
}
