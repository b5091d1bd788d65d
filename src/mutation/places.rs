//! Where Matomo decides about tokens, sessions and access: files, and functions by name.

/// A file of Matomo with the functions in it that decide.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Path below the tree.
    pub file: &'static str,
    /// Its functions; empty where the whole file is about deciding.
    pub functions: &'static [Decider],
}

/// A function that decides. PHP does not look at the case of its name, and neither do we.
#[derive(Clone, Copy, Debug)]
pub struct Decider {
    /// Name of the function or method.
    pub name: &'static str,
    /// Where only a part of it decides: words of which one must stand in what is changed.
    pub about: &'static [&'static str],
}

const fn all(name: &'static str) -> Decider {
    Decider { name, about: &[] }
}

const fn part(name: &'static str, about: &'static [&'static str]) -> Decider {
    Decider { name, about }
}

/// All places, over all releases. What a release does not have is reported, not missed.
pub static PLACES: &[Place] = &[
    Place {
        file: "core/API/Request.php",
        functions: &[
            all("checkTokenAuthIsNotLimited"),
            all("shouldReloadAuthUsingTokenAuth"),
            all("reloadAuthUsingTokenAuth"),
            all("forceReloadAuthUsingTokenAuth"),
            all("restoreAuthUsingTokenAuth"),
            all("isTokenAuthProvidedSecurely"),
            all("getMethodIfApiRequest"),
            part("process", &["ReloadAuth", "restoreAuth"]),
        ],
    },
    Place {
        file: "core/FrontController.php",
        functions: &[
            part("init", &["token_auth", "sessionAuth", "loggedIn", "checkTokenAuthIsNotLimited"]),
            part("prepareDispatch", &["isPluginActivated"]),
            all("makeSessionAuthenticator"),
            part("makeAuthenticator", &["auth)", "setLogin", "setTokenAuth"]),
        ],
    },
    Place { file: "core/Request/AuthenticationToken.php", functions: &[] },
    Place {
        file: "plugins/UsersManager/Model.php",
        functions: &[all("getTokenByTokenAuthIfNotExpired"), all("getQueryNotExpiredToken"), all("getUserByTokenAuth")],
    },
    Place { file: "plugins/Widgetize/Controller.php", functions: &[part("iframe", &["token", "controllerName", "actionName"])] },
    Place {
        file: "plugins/Login/Auth.php",
        functions: &[
            part("authenticate", &["login)", "token_auth"]),
            all("authenticateWithToken"),
            all("authenticateWithLoginAndToken"),
            all("authenticationSuccess"),
        ],
    },
    Place { file: "plugins/Login/Login.php", functions: &[all("apiRequestAuthenticate")] },
    Place {
        file: "core/Session/SessionAuth.php",
        functions: &[
            part("authenticate", &["sessionFingerprint", "user", "tokenAuth", "makeAuth"]),
            all("makeAuthSuccess"),
            all("isExpiredSession"),
            all("isSessionStartedBeforePasswordChange"),
        ],
    },
    Place {
        file: "core/Access.php",
        functions: &[
            all("reloadAccess"),
            all("getSqlAccessSite"),
            part("loadSitesIfNeeded", &["hasSuperUserAccess", "login", "idsitesByAccess['view']", "accessRaw"]),
            all("setSuperUserAccess"),
            all("hasSuperUserAccess"),
            all("getSitesIdWithAtLeastViewAccess"),
            all("getSitesIdWithAtLeastWriteAccess"),
            all("getSitesIdWithAdminAccess"),
            all("getSitesIdWithViewAccess"),
            all("getSitesIdWithWriteAccess"),
            all("isUserHasSomeWriteAccess"),
            all("isUserHasSomeAdminAccess"),
            all("checkUserHasSuperUserAccess"),
            all("checkUserHasSomeViewAccess"),
            all("checkUserHasSomeWriteAccess"),
            all("checkUserHasSomeAdminAccess"),
            all("checkUserHasViewAccess"),
            all("checkUserHasWriteAccess"),
            all("checkUserHasAdminAccess"),
            all("getIdSites"),
            all("doAsSuperUser"),
            part("throwNoAccessException", &["new NoAccessException"]),
        ],
    },
    Place {
        file: "core/Piwik.php",
        functions: &[
            all("hasUserSuperUserAccess"),
            all("isUserHasSomeWriteAccess"),
            all("checkUserHasSuperUserAccess"),
            all("checkUserHasSomeViewAccess"),
            all("checkUserHasSomeWriteAccess"),
            all("checkUserHasSomeAdminAccess"),
            all("checkUserHasViewAccess"),
            all("checkUserHasWriteAccess"),
            all("checkUserHasAdminAccess"),
        ],
    },
    Place { file: "core/Http/ControllerResolver.php", functions: &[all("createPluginController")] },
];

/// Words of conditions that are about something else: the command line, Matomo's own tests, the installer, updates,
/// opting out, and passwords.
pub static FOREIGN: [&str; 9] = [
    "isPhpCli",
    "PIWIK_TEST_MODE",
    "isMatomoInstalled",
    "tableExists",
    "getMessage",
    "CoreAdminHome",
    "optOutJS",
    "hashedPassword",
    "PasswordChange",
];
