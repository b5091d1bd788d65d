//! A database server that runs already, such as a CI service: two schemas of our own names on it, dropped afterwards.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::failure::Failure;
use crate::matomo::Database;

/// How schemas of ours are named; `database.php` drops nothing else.
const PREFIX: &str = "matomo_conformance_";

/// Reads `mysql://USER:PASSWORD@HOST:PORT/` for a run.
pub fn connection(url: &str, run: &str) -> Result<Database, Failure> {
    // The URL holds a password, so no message repeats it.
    let wrong = |why: &str| Failure::usage(format!("the database URL {why}")).hint("give it as mysql://USER:PASSWORD@HOST:PORT/");
    let url = reqwest::Url::parse(url).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    if !["mysql", "mariadb"].contains(&url.scheme()) {
        return Err(wrong("does not begin with mysql://"));
    }
    if !url.path().trim_matches('/').is_empty() || url.query().is_some() {
        return Err(wrong("names a schema or options; schemas are made by the run itself"));
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("names no host"))?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| wrong("is not UTF-8"));
    let (user, password) = (plain(url.username())?, plain(url.password().unwrap_or_default())?);
    // Both go into config.ini.php in double quotes.
    if user.is_empty() || [&user, &password].iter().any(|text| text.contains(['"', '\n', '\\'])) {
        return Err(wrong("has no user, or a user or password with quotes, backslashes or line breaks"));
    }
    let id: String = run.chars().map(|char| if char.is_ascii_alphanumeric() { char.to_ascii_lowercase() } else { '_' }).collect();
    Ok(Database {
        socket: String::new(),
        // Left as it is PHP would take it for a Unix socket.
        host: if host == "localhost" { "127.0.0.1".to_owned() } else { host.trim_matches(['[', ']']).to_owned() },
        port: url.port().unwrap_or(3306),
        user,
        password,
        schema: format!("{PREFIX}{id}"),
        anonymous_schema: format!("{PREFIX}{id}_anonymous"),
    })
}

/// What a run has on a server that is not its own, and how it is dropped, also by `clean`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Schemas {
    /// PHP program.
    pub php: PathBuf,
    /// Folder with our PHP files.
    pub assets: PathBuf,
    /// How the server is reached.
    pub database: Database,
}

impl Schemas {
    /// Drops all schemas of the run.
    pub fn drop_all(&self, folder: &Path) -> Result<(), Failure> {
        let guarded = self.database.guarded(String::new());
        let schemas =
            [self.database.schema.clone(), self.database.anonymous_schema.clone(), self.database.changing_schema(), guarded.schema];
        let failed = |why: &str| {
            let what = format!("the schemas {} were not dropped: {why}", schemas.join(", "));
            Failure::environment(what).hint("is the server still there? they can be dropped by hand")
        };
        let (answer, given) = (folder.join("drop.json"), folder.join("drop.input"));
        let input = json!({"database": self.database, "drop": schemas, "drop_user": guarded.user}).to_string();
        crate::sut::folders::write_private(&given, &input)?;
        let file = std::fs::File::open(&given).map_err(|error| failed(&error.to_string()))?;
        let _ = std::fs::remove_file(&given);
        let mut command = Command::new(&self.php);
        command.arg(self.assets.join("database.php")).env("CONFORMANCE_ANSWER", &answer);
        command.stdin(file).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().map_err(|error| failed(&error.to_string()))?;
        let text = std::fs::read(&answer).map_err(|_| failed("PHP gave no answer"))?;
        let said: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        if said["version"].is_string() { Ok(()) } else { Err(failed(said["error"].as_str().unwrap_or("no answer"))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureKind;

    #[test]
    fn the_schemas_of_a_run_have_names_of_their_own() {
        let database = connection("mysql://ci:p%40ss%20word@db.example.org:3307/", "20261124T204359-12-0").expect("fine");
        assert_eq!((database.host.as_str(), database.port), ("db.example.org", 3307));
        assert_eq!((database.user.as_str(), database.password.as_str()), ("ci", "p@ss word"));
        assert_eq!(database.schema, "matomo_conformance_20261124t204359_12_0");
        assert_eq!(database.anonymous_schema, "matomo_conformance_20261124t204359_12_0_anonymous");
        assert!(database.anonymous_schema.len() <= 64, "MySQL's limit");
    }

    #[test]
    fn a_wrong_url_is_a_mistake_in_use_and_its_password_is_never_repeated() {
        for wrong in [
            "postgres://ci:secretive@127.0.0.1/",
            "mysql://ci:secretive@127.0.0.1/production",
            "mysql://:secretive@127.0.0.1/",
            "mysql://ci:secre%22tive@127.0.0.1/",
            "ci:secretive@127.0.0.1",
            "mysql://ci:secretive@127.0.0.1:notaport/",
        ] {
            let failure = connection(wrong, "run").expect_err(wrong);
            assert_eq!(failure.kind, FailureKind::Usage, "{wrong}");
            assert!(!failure.to_string().contains("secre"), "{failure}");
        }
    }
}
