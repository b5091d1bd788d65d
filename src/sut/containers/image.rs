//! Images: their names, and getting them from this machine or a registry.

use std::fmt;
use std::time::Duration;

use docker_credential::DockerCredential;
use futures::StreamExt as _;
use testcontainers::bollard::auth::DockerCredentials;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::models::ImageInspect;
use testcontainers::bollard::query_parameters::CreateImageOptionsBuilder;

use super::engine::Engine;
use crate::failure::Failure;
use crate::sut::Progress;

/// How long a pull may bring nothing.
const PULL_LIMIT: Duration = Duration::from_secs(180);

/// The way out where no registry can be reached.
const WITHOUT_REGISTRY: &str = "docker/README.md says how to do without a registry; or use --runtime local";

/// Name and tag of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageName {
    /// With registry and folder, where it has them.
    pub name: String,
    /// The tag.
    pub tag: String,
}

/// Which database server an image holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `MySQL`.
    Mysql,
    /// `MariaDB`.
    Mariadb,
}

impl Family {
    /// As in image names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
        }
    }
}

impl ImageName {
    /// Reads `NAME:TAG`.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::usage(format!("{text:?} is no image name: {why}")).hint("name it as NAME:TAG, such as mysql:8.4");
        if text.contains('@') {
            return Err(wrong("digests are not taken"));
        }
        let (name, tag) = text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).ok_or_else(|| wrong("it has no tag"))?;
        let fine = |text: &str, more: &str| {
            !text.is_empty()
                && text.chars().all(|char| char.is_ascii_alphanumeric() || more.contains(char))
                && !text.starts_with(['-', '.'])
        };
        if !fine(name, "._-/:") || !fine(tag, "._-") {
            return Err(wrong("it holds what names do not"));
        }
        Ok(Self { name: name.to_owned(), tag: tag.to_owned() })
    }

    /// The database server an image of this name holds: what stands after the last slash decides.
    pub fn family(&self) -> Result<Family, Failure> {
        match self.name.rsplit('/').next().unwrap_or_default() {
            "mysql" => Ok(Family::Mysql),
            "mariadb" => Ok(Family::Mariadb),
            _ => Err(Failure::usage(format!("{self} is neither a mysql nor a mariadb image"))
                .hint("name one as mysql:TAG or mariadb:TAG, with a registry before it where needed")),
        }
    }

    /// The registry's name, as credentials are kept for it.
    fn registry(&self) -> &str {
        match self.name.split_once('/') {
            Some((first, _)) if first.contains(['.', ':']) => first,
            _ => "index.docker.io",
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.tag)
    }
}

impl Engine {
    /// The image of this name on this machine.
    pub async fn image(&self, name: &ImageName) -> Result<Option<ImageInspect>, Failure> {
        match self.docker.inspect_image(&name.to_string()).await {
            Ok(image) => Ok(Some(image)),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(Failure::environment(format!("the engine cannot say whether it has {name}: {error}"))),
        }
    }

    /// Makes sure that the image is on this machine and fits it, pulling it where it is missing.
    pub async fn obtain(&self, name: &ImageName, progress: &dyn Progress) -> Result<(), Failure> {
        if self.image(name).await?.is_none() {
            self.pull(name, progress).await?;
        }
        let image = self.image(name).await?.ok_or_else(|| Failure::environment(format!("{name} was pulled and is not there")))?;
        let architecture = image.architecture.unwrap_or_default();
        if !architecture.is_empty() && architecture != self.architecture && std::env::var_os("DOCKER_DEFAULT_PLATFORM").is_none() {
            return Err(Failure::environment(format!("{name} is made for {architecture}, and the engine runs {}", self.architecture))
                .hint(format!(
                    "remove it (`docker image rm {name}`) and pull the one for {}; where emulation is meant, set DOCKER_DEFAULT_PLATFORM",
                    self.architecture
                )));
        }
        Ok(())
    }

    async fn pull(&self, name: &ImageName, progress: &dyn Progress) -> Result<(), Failure> {
        progress.phase(&format!("pull {name}"));
        let platform = std::env::var("DOCKER_DEFAULT_PLATFORM").unwrap_or_default();
        let options = CreateImageOptionsBuilder::new().from_image(&name.name).tag(&name.tag).platform(&platform).build();
        let mut pieces = self.docker.create_image(Some(options), None, credentials(name.registry()).await);
        loop {
            match tokio::time::timeout(PULL_LIMIT, pieces.next()).await {
                Err(_) => {
                    return Err(Failure::environment(format!("pulling {name} brought nothing for {} s", PULL_LIMIT.as_secs()))
                        .hint(WITHOUT_REGISTRY));
                }
                Ok(None) => return Ok(()),
                Ok(Some(Err(error))) => return Err(pull_failure(name, &words(error))),
                Ok(Some(Ok(piece))) => {
                    if let Some(message) = piece.error_detail.and_then(|detail| detail.message) {
                        return Err(pull_failure(name, &message));
                    }
                    let detail = piece.progress_detail.and_then(|detail| Some((detail.current?, detail.total.filter(|total| *total > 0)?)));
                    let share = detail.map(|(current, total)| format!(" {} %", current * 100 / total)).unwrap_or_default();
                    progress.detail(&format!("{}{share}", piece.status.unwrap_or_default()));
                }
            }
        }
    }
}

/// The engine's own words, without the frame around them.
pub(super) fn words(error: Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message,
        Error::DockerStreamError { error } => error,
        other => other.to_string(),
    }
}

/// Tells a registry that cannot be reached from an image that it does not have.
fn pull_failure(name: &ImageName, message: &str) -> Failure {
    let lower = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&[
        "no such host",
        "dial tcp",
        "connection refused",
        "i/o timeout",
        "tls handshake",
        "network is unreachable",
        "server misbehaving",
    ]) {
        Failure::environment(format!("{name} is not on this machine, and its registry cannot be reached: {message}")).hint(WITHOUT_REGISTRY)
    } else if has(&["no matching manifest", "no match for platform"]) {
        Failure::environment(format!("there is no {name} for this machine's architecture: {message}"))
            .hint("choose a tag that is made for it; where emulation is meant, set DOCKER_DEFAULT_PLATFORM")
    } else if has(&["not found", "manifest unknown", "does not exist", "pull access denied", "repository name"]) {
        Failure::environment(format!("there is no image {name}: {message}"))
            .hint("look the tag up at its registry; if it asks for it, log in with `docker login`")
    } else if has(&["no space left"]) {
        Failure::environment(format!("pulling {name} failed: {message}")).hint("free some disk: `docker system df` shows what takes it")
    } else {
        Failure::environment(format!("pulling {name} failed: {message}")).hint(WITHOUT_REGISTRY)
    }
}

/// What `docker login` keeps for a registry. Asking a credential helper blocks.
async fn credentials(registry: &str) -> Option<DockerCredentials> {
    let server = if registry == "index.docker.io" { "https://index.docker.io/v1/" } else { registry }.to_owned();
    let asked = server.clone();
    let found = tokio::task::spawn_blocking(move || docker_credential::get_credential(&asked).ok()).await.ok().flatten()?;
    let serveraddress = Some(server);
    Some(match found {
        DockerCredential::IdentityToken(token) => {
            DockerCredentials { identitytoken: Some(token), serveraddress, ..DockerCredentials::default() }
        }
        DockerCredential::UsernamePassword(name, password) => {
            DockerCredentials { username: Some(name), password: Some(password), serveraddress, ..DockerCredentials::default() }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureKind;

    #[test]
    fn the_last_part_of_a_name_says_which_server_it_is() {
        let family = |text: &str| ImageName::parse(text).and_then(|name| name.family());
        assert_eq!(family("mysql:8.4").ok(), Some(Family::Mysql));
        assert_eq!(family("registry.example.org:5000/mirror/mariadb:10.11").ok(), Some(Family::Mariadb));
        assert_eq!(family("postgres:17").err().map(|failure| failure.kind), Some(FailureKind::Usage));
    }

    #[test]
    fn what_is_no_image_name_is_a_mistake_in_use() {
        for wrong in
            ["", "mysql", "mysql:", ":8.4", "registry.example.org:5000/mysql", "mysql@sha256:00", "my sql:8.4", "mysql:8 4", "-v:1"]
        {
            assert_eq!(ImageName::parse(wrong).err().map(|failure| failure.kind), Some(FailureKind::Usage), "{wrong:?}");
        }
    }

    #[test]
    fn every_reason_for_a_failed_pull_has_its_own_way_out() {
        let name = ImageName::parse("matomo:5.10.0-apache").expect("a name");
        let hint = |message: &str| pull_failure(&name, message).hint.unwrap_or_default();
        assert!(
            hint("Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io: no such host")
                .contains("docker/README.md")
        );
        assert!(hint("manifest for matomo:5.10.0-apache not found: manifest unknown").contains("tag"));
        assert!(hint("pull access denied for x, repository does not exist or may require 'docker login'").contains("docker login"));
        assert!(hint("no matching manifest for linux/arm64/v8 in the manifest list entries").contains("DOCKER_DEFAULT_PLATFORM"));
        assert!(hint("write /var/lib/docker/tmp/x: no space left on device").contains("docker system df"));
    }
}
