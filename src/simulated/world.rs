//! Users, tokens, sessions and sites, and the settings of one slot.

use serde::{Deserialize, Serialize};

/// Everything in the database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// The sites that exist.
    pub sites: Vec<Site>,
    /// Users, without anonymous.
    pub users: Vec<User>,
    /// App tokens.
    pub tokens: Vec<Token>,
    /// Sessions that are logged in.
    pub sessions: Vec<Session>,
}

/// A website.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// `idSite`.
    pub id: u32,
    /// A site without traffic shows another page for `CoreHome.index`.
    pub has_data: bool,
}

/// What a user may do on one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Read reports.
    View,
    /// Change goals, segments and the like.
    Write,
    /// Manage the site.
    Admin,
}

/// One row of the access table; the site need not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// `idSite`.
    pub site: u32,
    /// The role there.
    pub role: Role,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Login.
    pub login: String,
    /// Super users need no grants.
    #[serde(default)]
    pub super_user: bool,
    /// Access rows.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// An app token; kept in clear here since nothing else is at stake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What is sent.
    pub secret: String,
    /// Whose it is.
    pub login: String,
    /// Only good when sent securely.
    #[serde(default)]
    pub secure_only: bool,
    /// Past its date.
    #[serde(default)]
    pub expired: bool,
    /// The column `access_level` of 6.0, raw: absent or empty inherits.
    #[serde(default)]
    pub access_level: Option<String>,
}

/// A logged-in browser session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Value of the session cookie.
    pub cookie: String,
    /// Whose it is.
    pub login: String,
    /// The token of this session, `piwik.token_auth` in its pages.
    pub token: String,
    /// Why it must not authenticate any more.
    #[serde(default)]
    pub over: Option<Over>,
    /// Its user has a second factor, and it has not passed it.
    #[serde(default)]
    pub unverified: bool,
}

/// What ends a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// Its time is up.
    Expired,
    /// The password was changed after it began.
    PasswordChanged,
    /// The user does not exist any more.
    UserGone,
}

/// Settings of one slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotSettings {
    /// `enable_framed_allow_write_admin_token_auth` as written in the INI file, empty when absent.
    #[serde(default)]
    pub flag: String,
    /// The list of actions of #24103, none when nothing was configured.
    #[serde(default)]
    pub allowlist: Option<ListValue>,
    /// Whether that list stands in a plugin and joins what the code brings, instead of taking its place.
    #[serde(default)]
    pub allowlist_joins: bool,
    /// `only_allow_secure_auth_tokens`.
    #[serde(default)]
    pub only_allow_secure: bool,
    /// Sites anonymous may view.
    #[serde(default)]
    pub anonymous_view: Vec<u32>,
}

/// A PHP value as it may stand in `config/config.php`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListValue {
    /// `'X.y'`.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// `0`.
    Number(i64),
    /// `null`.
    Null,
    /// `['X.y']`.
    List(Vec<ListValue>),
    /// `['key' => 'X.y']`.
    Map(Vec<(String, ListValue)>),
    /// A closure returning this value.
    Closure(Box<ListValue>),
    /// A closure that throws.
    Throws,
}

impl ListValue {
    /// A plain list of names.
    #[must_use]
    pub fn names(names: &[&str]) -> Self {
        Self::List(names.iter().map(|n| Self::Text((*n).to_owned())).collect())
    }
}

/// What somebody may do; the lists hold the sites with exactly that role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// May do everything; the lists are empty then.
    pub super_user: bool,
    /// Sites with view.
    pub view: Vec<u32>,
    /// Sites with write.
    pub write: Vec<u32>,
    /// Sites with admin.
    pub admin: Vec<u32>,
}

impl Rights {
    /// Everything.
    #[must_use]
    pub fn everything() -> Self {
        Self { super_user: true, ..Self::default() }
    }

    /// Does somebody have at least this role on this site?
    #[must_use]
    pub fn has(&self, role: Role, site: u32) -> bool {
        self.super_user
            || self.admin.contains(&site)
            || (role <= Role::Write && self.write.contains(&site))
            || (role == Role::View && self.view.contains(&site))
    }

    /// Does somebody have at least this role on any site?
    #[must_use]
    pub fn has_some(&self, role: Role) -> bool {
        self.super_user
            || !self.admin.is_empty()
            || (role <= Role::Write && !self.write.is_empty())
            || (role == Role::View && !self.view.is_empty())
    }
}

impl World {
    /// The site of this id.
    #[must_use]
    pub fn site(&self, id: u32) -> Option<&Site> {
        self.sites.iter().find(|site| site.id == id)
    }

    /// Rights of a user by the access table joined with the sites: rows of missing sites do not count.
    #[must_use]
    pub fn rights_of(&self, login: &str, ghosts_count: bool) -> Rights {
        let Some(user) = self.users.iter().find(|user| user.login == login) else {
            return Rights::default();
        };
        if user.super_user {
            return Rights::everything();
        }
        let mut rights = Rights::default();
        for grant in &user.grants {
            if !ghosts_count && self.site(grant.site).is_none() {
                continue;
            }
            match grant.role {
                Role::View => rights.view.push(grant.site),
                Role::Write => rights.write.push(grant.site),
                Role::Admin => rights.admin.push(grant.site),
            }
        }
        rights
    }

    /// Rights cut down to the access level of a token (6.0); an unknown level leaves nothing.
    #[must_use]
    pub fn capped(&self, rights: &Rights, level: &str) -> Rights {
        let highest = match level {
            "" | "superuser" => return rights.clone(),
            "view" => Role::View,
            "write" => Role::Write,
            "admin" => Role::Admin,
            _ => return Rights::default(),
        };
        let mut capped = Rights::default();
        for site in &self.sites {
            let has = |role| rights.has(role, site.id);
            if has(Role::Admin) && highest >= Role::Admin {
                capped.admin.push(site.id);
            } else if has(Role::Write) && highest >= Role::Write {
                capped.write.push(site.id);
            } else if has(Role::View) {
                capped.view.push(site.id);
            }
        }
        capped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        World {
            sites: [1, 2].map(|id| Site { id, has_data: true }).to_vec(),
            users: vec![User {
                login: "mixed".into(),
                super_user: false,
                grants: vec![
                    Grant { site: 1, role: Role::View },
                    Grant { site: 2, role: Role::Admin },
                    Grant { site: 9, role: Role::Write },
                ],
            }],
            ..World::default()
        }
    }

    #[test]
    fn rows_of_missing_sites_do_not_count() {
        let rights = world().rights_of("mixed", false);
        assert_eq!((rights.view, rights.write, rights.admin), (vec![1], vec![], vec![2]));
        assert_eq!(world().rights_of("nobody", false), Rights::default());
    }

    #[test]
    fn a_level_caps() {
        let world = world();
        let mixed = world.rights_of("mixed", false);
        for (level, view, write, admin) in [
            ("view", vec![1, 2], vec![], vec![]),
            ("write", vec![1], vec![2], vec![]),
            ("admin", vec![1], vec![], vec![2]),
            ("superuser", vec![1], vec![], vec![2]),
            ("", vec![1], vec![], vec![2]),
            ("VIEW", vec![], vec![], vec![]),
        ] {
            let rights = world.capped(&mixed, level);
            assert_eq!((rights.view, rights.write, rights.admin), (view, write, admin), "{level}");
        }
        assert_eq!(world.capped(&Rights::everything(), "admin").admin, vec![1, 2]);
        assert!(world.capped(&Rights::everything(), "superuser").super_user);
    }

    #[test]
    fn settings_survive_json() {
        let settings = SlotSettings {
            flag: "1".into(),
            allowlist: Some(ListValue::List(vec![
                ListValue::Closure(Box::new(ListValue::names(&["A.b"]))),
                ListValue::Throws,
                ListValue::Bool(true),
                ListValue::Number(0),
                ListValue::Null,
                ListValue::Map(vec![("k".into(), ListValue::Null)]),
            ])),
            allowlist_joins: true,
            only_allow_secure: true,
            anonymous_view: vec![1],
        };
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<SlotSettings>(&json).unwrap(), settings);
    }
}
