//! What a user may do: super user access, or a role on each of some sites.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// Role of a user on one site, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May read reports.
    View,
    /// May also create goals, segments and the like.
    Write,
    /// May also change the site and its users.
    Admin,
}

/// Effective rights of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Super user access: everything on every site.
    #[serde(rename = "super")]
    pub superuser: bool,
    /// Role by site id; empty for super users.
    #[serde(deserialize_with = "by_site")]
    pub roles: BTreeMap<u32, Role>,
}

/// Site ids are texts where the rights stand inside of something tagged.
fn by_site<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<u32, Role>, D::Error> {
    let roles: BTreeMap<String, Role> = Deserialize::deserialize(deserializer)?;
    let read = |(site, role): (String, Role)| Ok((site.parse().map_err(serde::de::Error::custom)?, role));
    roles.into_iter().map(read).collect()
}

impl Rights {
    /// No right at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Super user access.
    pub fn all() -> Self {
        Self { superuser: true, roles: BTreeMap::new() }
    }

    /// One role on each of the sites.
    pub fn on(sites: impl IntoIterator<Item = u32>, role: Role) -> Self {
        Self { superuser: false, roles: sites.into_iter().map(|site| (site, role)).collect() }
    }

    /// Whether the role is held on the site.
    pub fn at_least(&self, role: Role, site: u32) -> bool {
        self.superuser || self.roles.get(&site).is_some_and(|held| *held >= role)
    }

    /// Whether the role is held on any site.
    pub fn somewhere(&self, role: Role) -> bool {
        self.superuser || self.roles.values().any(|held| *held >= role)
    }

    /// Whether everything that `other` may do is allowed here as well.
    pub fn includes(&self, other: &Self) -> bool {
        self.superuser || (!other.superuser && other.roles.iter().all(|(site, role)| self.at_least(*role, *site)))
    }

    /// The rights that remain when a token's own level caps them (6.0). `None` caps nothing, an unknown level allows nothing.
    #[must_use]
    pub fn capped(&self, level: Option<&str>, sites: &[u32]) -> Self {
        let cap = match level {
            None | Some("" | "superuser") => return self.clone(),
            Some("view") => Role::View,
            Some("write") => Role::Write,
            Some("admin") => Role::Admin,
            Some(_) => return Self::none(),
        };
        if self.superuser {
            return Self::on(sites.iter().copied(), cap);
        }
        Self { superuser: false, roles: self.roles.iter().map(|(site, role)| (*site, (*role).min(cap))).collect() }
    }
}
