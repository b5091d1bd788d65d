//! The container engine: found, asked what it is, and spoken to in a version of its interface that it knows.

use std::path::PathBuf;
use std::time::Duration;

use testcontainers::bollard::errors::Error;
use testcontainers::bollard::{API_DEFAULT_VERSION, Docker};

use crate::failure::Failure;

/// Seconds an answer of the engine may take, but for pulls and builds, which answer piece by piece.
const ANSWER_LIMIT: u64 = 120;

/// Seconds until an engine that says nothing counts as absent.
const FIRST_WORD_LIMIT: Duration = Duration::from_secs(15);

/// An engine that answers.
#[derive(Clone, Debug)]
pub struct Engine {
    /// The connection.
    pub docker: Docker,
    /// Where it listens.
    pub host: String,
    /// What it says of its version.
    pub version: String,
    /// Architecture as images name it, such as `amd64`.
    pub architecture: String,
    /// Whether root inside of a container is the user outside.
    pub rootless: bool,
}

impl Engine {
    /// Finds the engine and asks what it is.
    pub async fn reach() -> Result<Self, Failure> {
        let host = host(std::env::var("DOCKER_HOST").ok())?;
        tokio::time::timeout(FIRST_WORD_LIMIT, Self::ask(&host)).await.unwrap_or_else(|_| {
            Err(Failure::environment(format!("the container engine at {host} says nothing within {} s", FIRST_WORD_LIMIT.as_secs()))
                .hint("look whether its service hangs, or use --runtime local"))
        })
    }

    async fn ask(host: &str) -> Result<Self, Failure> {
        let absent = |error: Error| {
            Failure::environment(format!("no container engine answers at {host}: {error}")).hint(
                "install and start one (Debian: apt install docker.io), let DOCKER_HOST name its socket, see that you may open the socket \
                 (group docker), or use --runtime local",
            )
        };
        let docker = connect(host).map_err(absent)?;
        let docker = agree_on_version(docker).await.map_err(absent)?;
        let info = docker.info().await.map_err(absent)?;
        if info.os_type.as_deref().is_some_and(|os| os != "linux") {
            return Err(Failure::environment(format!("the container engine at {host} does not run Linux containers"))
                .hint("switch it to Linux containers"));
        }
        Ok(Self {
            docker,
            host: host.to_owned(),
            version: info.server_version.unwrap_or_default(),
            architecture: image_architecture(&info.architecture.unwrap_or_default()).to_owned(),
            rootless: info.security_options.unwrap_or_default().iter().any(|option| option.contains("rootless")),
        })
    }
}

impl Engine {
    /// Whether this machine looks as if it had one: its socket is there, or one was named.
    pub fn is_expected() -> bool {
        match host(std::env::var("DOCKER_HOST").ok()) {
            Ok(host) => host.strip_prefix("unix://").is_none_or(|path| PathBuf::from(path).exists()),
            Err(_) => true,
        }
    }

    /// The folder it keeps images in, where that is a folder of this machine.
    pub async fn root(&self) -> Option<PathBuf> {
        let root = self.docker.info().await.ok()?.docker_root_dir.map(PathBuf::from)?;
        root.is_dir().then_some(root)
    }
}

/// Where the engine listens: `DOCKER_HOST`, else the usual sockets, in the order in which testcontainers looks for them.
fn host(given: Option<String>) -> Result<String, Failure> {
    if let Some(given) = given.filter(|given| !given.is_empty()) {
        return near(&given).then_some(given.clone()).ok_or_else(|| {
            Failure::environment(format!("DOCKER_HOST is {given}, an engine on another machine"))
                .hint("the source tree is mounted and ports are published on 127.0.0.1, so the engine has to run here: unset DOCKER_HOST, or run the program there")
        });
    }
    let home = |rest: &str| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(rest));
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join(".docker/run/docker.sock"));
    let usual =
        [Some(PathBuf::from("/var/run/docker.sock")), runtime, home(".docker/run/docker.sock"), home(".docker/desktop/docker.sock")];
    let found = usual.into_iter().flatten().find(|path| path.exists());
    Ok(format!("unix://{}", found.unwrap_or_else(|| PathBuf::from("/var/run/docker.sock")).display()))
}

/// Whether a `DOCKER_HOST` is on this machine.
fn near(host: &str) -> bool {
    let Some((scheme, rest)) = host.split_once("://") else { return false };
    let name = rest.split('/').next().unwrap_or_default();
    let name = name.rsplit_once(':').map_or(name, |(name, _)| name);
    match scheme {
        "unix" => true,
        "tcp" | "http" => ["127.0.0.1", "localhost", "[::1]"].contains(&name),
        _ => false,
    }
}

/// A connection of its own: it belongs to the asynchronous runtime that it is used in.
pub fn connect(host: &str) -> Result<Docker, Error> {
    if host.starts_with("unix://") {
        Docker::connect_with_unix(host, ANSWER_LIMIT, API_DEFAULT_VERSION)
    } else {
        Docker::connect_with_http(host, ANSWER_LIMIT, API_DEFAULT_VERSION)
    }
}

/// Lowers the version that is spoken to the engine's own. Older engines refuse every request that names a newer version, the
/// question for their version included; so this question is asked without naming one. Clones share what was agreed.
pub async fn agree_on_version(docker: Docker) -> Result<Docker, Error> {
    let named = format!("/v{}/version", docker.client_version());
    let asking = docker.clone().with_request_modifier(move |mut request| {
        if let Ok(plain) = request.uri().to_string().replacen(&named, "/version", 1).parse() {
            *request.uri_mut() = plain;
        }
        request
    });
    asking.negotiate_version().await?;
    Ok(docker)
}

/// The name that images give to a machine's architecture.
fn image_architecture(machine: &str) -> &str {
    match machine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_on_another_machine_is_refused_with_the_way_out() {
        for far in ["tcp://192.0.2.7:2375", "ssh://me@build.example.org", "https://engine.example.org:2376", "nonsense"] {
            let failure = host(Some(far.to_owned())).expect_err(far);
            assert!(failure.what.contains(far), "{failure}");
            assert!(failure.hint.is_some_and(|hint| hint.contains("unset DOCKER_HOST")));
        }
    }

    #[test]
    fn an_engine_on_this_machine_is_taken_as_it_is_named() {
        for near in ["unix:///run/user/1000/podman/podman.sock", "tcp://127.0.0.1:2375", "http://localhost:2375", "tcp://[::1]:2375"] {
            assert_eq!(host(Some(near.to_owned())).expect(near), near);
        }
        assert!(host(Some(String::new())).expect("the usual socket").starts_with("unix:///"));
    }
}
