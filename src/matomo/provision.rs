//! What provisioning needs to know: the database, and the world with its secrets.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Secrets;
use crate::model::{Role, TokenKind, User, World};

/// How PHP reaches the database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Database {
    /// Unix socket; empty when host and port are used.
    pub socket: String,
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User.
    pub user: String,
    /// Password.
    pub password: String,
    /// Schema of the run.
    pub schema: String,
    /// The second schema, in which anonymous may view the sites.
    pub anonymous_schema: String,
}

impl Database {
    /// The schema of the slot whose settings change, where users have other rights than in the other slots.
    pub fn changing_schema(&self) -> String {
        format!("{}_changing", self.schema)
    }

    /// The same server as the guarded slot reaches it: with a schema of its own and an account that may read.
    #[must_use]
    pub fn guarded(&self, password: String) -> Self {
        let of_run = self.schema.strip_prefix("matomo_conformance").unwrap_or(&self.schema);
        // MySQL takes 32 letters.
        let user: String = format!("mc_guarded{of_run}").chars().take(32).collect();
        Self { schema: format!("{}_guarded", self.schema), user, password, ..self.clone() }
    }
}

/// Fresh secrets for a world: tokens and passwords, never the same twice.
#[derive(Clone, Debug)]
pub struct Credentials;

impl Credentials {
    /// Makes up a value for every token and every user's password.
    pub fn invent(world: &World) -> Secrets {
        let mut secrets = Secrets::default();
        for token in &world.tokens {
            secrets.set(&token.placeholder, Secrets::random_token());
        }
        for user in &world.users {
            secrets.set(Self::password_name(&user.name), Secrets::random_token());
        }
        secrets
    }

    /// Placeholder of a user's password.
    pub fn password_name(user: &str) -> String {
        format!("PASSWORD_{}", user.to_uppercase().replace('-', "_"))
    }
}

/// The input of `provision.php`.
pub fn provision_input(world: &World, secrets: &Secrets, database: &Database) -> Value {
    let users: Vec<Value> = world
        .users
        .iter()
        .map(|user| {
            let tokens: Vec<Value> = world
                .tokens
                .iter()
                .filter(|token| token.user == user.name)
                .map(|token| {
                    json!({
                        "secret": secrets.get(&token.placeholder),
                        "expires": (token.kind == TokenKind::Expired).then_some("2020-02-02 00:00:00"),
                        "secure_only": token.kind == TokenKind::SecureOnly,
                        "level": token.level,
                    })
                })
                .collect();
            json!({
                "login": user.login,
                "password": secrets.get(&Credentials::password_name(&user.name)),
                "super": user.rights.superuser,
                "grants": grants(user),
                "tokens": tokens,
            })
        })
        .collect();
    json!({"database": database, "sites": world.sites, "users": users})
}

/// What `rights.php` is told of the users: who is a super user, and the grants of each.
pub fn rights_input(world: &World) -> Value {
    world.users.iter().map(|user| json!({"login": user.login, "super": user.rights.superuser, "grants": grants(user)})).collect()
}

/// Grants on sites that are there, and on sites that are not.
fn grants(user: &User) -> Vec<Value> {
    let all = user.rights.roles.iter().chain(&user.ghosts);
    all.map(|(site, role)| json!({"site": site, "access": role_name(*role)})).collect()
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::View => "view",
        Role::Write => "write",
        Role::Admin => "admin",
    }
}
