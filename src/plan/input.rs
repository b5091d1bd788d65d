//! One request with the settings and the rights it meets, whatever made it: the unit of the search, of shrinking and of a replay.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::requested::common_parameters;
use crate::model::{Request, Rights, Role, Settings, World};

/// A request and what it meets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Input {
    /// Slot of the table; nothing where it has settings of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// The request.
    pub request: Request,
    /// Settings of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
    /// What some users may do instead of the usual, by short name: `super`, or roles such as `1:view 2:write`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub grants: BTreeMap<String, String>,
}

impl Input {
    /// A request to a slot of the table.
    pub fn of_slot(slot: &str, request: Request) -> Self {
        Self { slot: Some(slot.to_owned()), request, ..Self::default() }
    }

    /// The request as it is sent: a site with data, a period and English texts are added where they are not named.
    pub fn to_send(&self) -> Request {
        let mut request = self.request.clone();
        if !request.query.contains("language=") {
            let common = common_parameters(&request.query);
            request.query.push_str(if request.query.is_empty() { &common[1..] } else { common });
        }
        request
    }

    /// The world with its grants.
    pub fn world(&self, standard: &World) -> World {
        let mut world = standard.clone();
        for (name, text) in &self.grants {
            let Some(user) = world.users.iter_mut().find(|user| user.name == *name) else { continue };
            let (rights, ghosts) = read_grants(text, &standard.sites);
            user.rights = rights;
            user.ghosts = ghosts;
        }
        world
    }

    /// As text, in the form that `parse` reads.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_else(|error| format!("# not to be written: {error}\n"))
    }

    /// Reads the text of a file; a mistake is named with line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

/// Rights on sites that are there, and grants on sites that are not.
fn read_grants(text: &str, sites: &[u32]) -> (Rights, BTreeMap<u32, Role>) {
    if text == "super" {
        return (Rights::all(), BTreeMap::new());
    }
    let roles = text.split_whitespace().filter_map(|grant| {
        let (site, role) = grant.split_once(':')?;
        let role = match role {
            "view" => Role::View,
            "write" => Role::Write,
            "admin" => Role::Admin,
            _ => return None,
        };
        Some((site.parse().ok()?, role))
    });
    let (roles, ghosts): (BTreeMap<u32, Role>, _) = roles.partition(|(site, _)| sites.contains(site));
    (Rights { superuser: false, roles }, ghosts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Allowlist, Body, Entry};

    #[test]
    fn what_is_written_is_read_again() {
        let settings = Settings {
            flag: true,
            allowlist: Allowlist { entries: vec![Entry::text("A.b"), Entry::Bool(true)], ..Allowlist::default() },
            ..Settings::default()
        };
        let request =
            Request { query: "module=A&action=b".to_owned(), body: Some(Body::Form("x=1".to_owned())), xhr: true, ..Request::default() };
        let input =
            Input { slot: None, request, settings: Some(settings), grants: [("view".to_owned(), "1:view 99:write".to_owned())].into() };
        assert_eq!(Input::parse(&input.to_toml()), Ok(input.clone()), "{}", input.to_toml());
        let short = Input::parse("slot = \"flag\"\n[request]\nquery = \"module=API\"\n").expect("the rest is as usual");
        assert_eq!(short.to_send().query, "module=API&idSite=1&period=day&date=today&language=en");
    }

    #[test]
    fn grants_replace_rights_and_deleted_sites_give_none() {
        let standard = World::standard();
        let input = Input {
            grants: [("write".to_owned(), "1:view 99:admin".to_owned()), ("view".to_owned(), "super".to_owned())].into(),
            ..Input::default()
        };
        let world = input.world(&standard);
        let write = world.user("write").expect("a user");
        assert_eq!((write.rights.clone(), write.ghosts.len()), (Rights::on([1], Role::View), 1));
        assert!(world.user("view").expect("a user").rights.superuser);
    }
}
