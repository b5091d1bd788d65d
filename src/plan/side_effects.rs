//! Endpoints that change something: the matrix lets them get as far as their controller, and never runs them.

use super::named::is_named;
use crate::model::{Body, Parameters, Request};

/// Endpoints that change something, though their names need not say so. Seen on 4.0.3 to 5.2.0-b5, or read in their code.
const NAMED: [(&str, &str); 23] = [
    ("Annotations.deleteAnnotation", "deletes a note"),
    ("CoreAdminHome.optOutJS", "is made for pages of other sites and looks at their cookies"),
    ("CoreAdminHome.whatIsNew", "notes in the user's row what was read"),
    ("CoreHome.checkForUpdates", "asks servers of others for updates"),
    ("CorePluginsAdmin.safemode", "switches plugins off"),
    ("CorePluginsAdmin.tagManagerTeaser", "notes that the page was seen"),
    ("CoreUpdater.*", "updates the installation"),
    ("Dashboard.resetLayout", "resets a user's dashboard"),
    ("GeoIp2.*", "downloads databases and rewrites settings"),
    ("Installation.*", "belongs to an installation that is under way"),
    ("Login.clearSession", "ends a session"),
    ("Login.confirmResetPassword", "changes a password"),
    ("Login.logme", "begins a session"),
    ("Marketplace.installAllPaidPlugins", "installs plugins"),
    ("Marketplace.download", "downloads a plugin"),
    ("SEO.getRank", "asks servers of others"),
    ("TestRunner.*", "runs tests"),
    ("TwoFactorAuth.onLoginSetupTwoFactorAuth", "writes new recovery codes"),
    ("TwoFactorAuth.setupTwoFactorAuth", "writes new recovery codes"),
    ("TwoFactorAuth.showRecoveryCodes", "may write new recovery codes"),
    ("API.getBulkRequest", "runs whatever requests it is given"),
    ("Goals.editGoals", "may change goals"),
    // Seen in 6 of 12 runs of the whole matrix or of this plugin, and in none of 18 without it: later requests to the same process met
    // missing classes and methods, or were not answered.
    ("Referrers.getSearchEnginesFromKeywordId", "fails in a way that leaves PHP's process out of order"),
];

/// First words of actions that change something.
const VERBS: [&str; 61] = [
    "accept",
    "activate",
    "add",
    "anonymize",
    "archive",
    "change",
    "clear",
    "configure",
    "copy",
    "create",
    "deactivate",
    "decline",
    "delete",
    "disable",
    "dismiss",
    "download",
    "enable",
    "execute",
    "finish",
    "grant",
    "ignore",
    "import",
    "init",
    "initiate",
    "install",
    "invalidate",
    "invite",
    "logout",
    "mark",
    "merge",
    "move",
    "post",
    "publish",
    "purge",
    "record",
    "register",
    "remove",
    "rename",
    "request",
    "resend",
    "reset",
    "restore",
    "revoke",
    "run",
    "save",
    "schedule",
    "send",
    "set",
    "skip",
    "start",
    "stop",
    "submit",
    "subscribe",
    "switch",
    "toggle",
    "unblock",
    "uninstall",
    "unsubscribe",
    "update",
    "upgrade",
    "upload",
];

/// First words of API methods that read. Of a method nobody has looked at, only such a name tells that it changes nothing.
const READING: [&str; 9] = ["are", "can", "does", "find", "get", "has", "is", "list", "was"];

/// Why a controller action, widget or report is not run; `None` where it can be.
pub fn spared_endpoint(name: &str) -> Option<String> {
    named(name).or_else(|| {
        let verb = first_word(action(name));
        VERBS.contains(&verb).then(|| format!("its name says that it changes something ({verb} …)"))
    })
}

/// Why an API method is not run; `None` where it reads.
pub fn spared_method(name: &str) -> Option<String> {
    let method = action(name);
    named(name).or_else(|| {
        let reads = READING.contains(&first_word(method)) || method.ends_with("Exists");
        (!reads).then(|| "its name does not say that it only reads".to_owned())
    })
}

/// Why a request may change something; `None` where it only reads.
pub fn spared_request(request: &Request) -> Option<String> {
    let body = match &request.body {
        Some(Body::Form(text) | Body::Multipart(text)) => Parameters::parse(text),
        _ => Parameters::default(),
    };
    let all = Parameters::parse(&request.query).over(&body);
    let (module, action) = (all.text("module"), all.text("action"));
    match (module.as_str(), action.as_str()) {
        ("API", "" | "0" | "index") => spared_method(&all.text("method")).filter(|_| all.has("method")),
        ("Widgetize", "iframe") => spared_endpoint(&format!("{}.{}", all.text("moduleToWidgetize"), all.text("actionToWidgetize"))),
        _ => spared_endpoint(&format!("{module}.{action}")),
    }
}

fn named(name: &str) -> Option<String> {
    NAMED.iter().find(|(pattern, _)| is_named(pattern, name)).map(|(_, why)| (*why).to_owned())
}

fn action(name: &str) -> &str {
    name.split_once('.').map_or(name, |(_, action)| action)
}

/// `save` of `saveLayout`.
fn first_word(action: &str) -> &str {
    let end = action.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(action.len());
    &action[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_was_seen_to_change_something_is_spared() {
        for name in [
            "UsersManager.recordUserSettings",
            "Dashboard.saveLayout",
            "Dashboard.resetLayout",
            "Dashboard.saveLayoutAsDefault",
            "CoreHome.saveViewDataTableParameters",
            "CoreHome.markNotificationAsRead",
            "TwoFactorAuth.onLoginSetupTwoFactorAuth",
            "CoreAdminHome.whatIsNew",
            "SitesManager.ignoreNoDataMessage",
            "Installation.saveLanguage",
            "Annotations.addAnnotation",
            "Annotations.saveAnnotation",
            "Annotations.deleteAnnotation",
            "LanguagesManager.saveLanguage",
            "CorePluginsAdmin.disableActivateTagManagerPage",
            "CorePluginsAdmin.tagManagerTeaser",
            "SitesManager.setGlobalSettings",
            "CoreAdminHome.setMailSettings",
            "CoreAdminHome.uploadCustomLogo",
            "GeoIp2.updateGeoIPLinks",
            "UsersManager.recordAnonymousUserSettings",
            "Login.logout",
            "Login.clearSession",
            "Login.acceptInvitation",
            "Login.declineInvitation",
            "UsersManager.deleteToken",
            "CorePluginsAdmin.activate",
            "CorePluginsAdmin.uninstall",
            "UsersManager.addNewToken",
        ] {
            assert!(spared_endpoint(name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_shows_a_page_or_reads_is_run() {
        for name in ["CoreHome.index", "VisitsSummary.getSparklines", "Goals.manage", "UsersManager.userSettings", "Dashboard.index"] {
            assert_eq!(spared_endpoint(name), None, "{name}");
        }
        for name in ["SitesManager.getSiteFromId", "UsersManager.userExists", "API.isPluginActivated", "ImageGraph.get"] {
            assert_eq!(spared_method(name), None, "{name}");
        }
        for name in ["SitesManager.addSite", "ScheduledReports.generateReport", "API.getBulkRequest", "MultiSites.mockDashboardData"] {
            assert!(spared_method(name).is_some(), "{name}");
        }
    }

    #[test]
    fn verbs_are_listed_once_and_in_order() {
        assert!(VERBS.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(READING.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
