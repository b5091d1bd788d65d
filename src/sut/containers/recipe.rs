//! Images that are built here: from the recipes in `docker/`, which are part of the program, on demand.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use futures::StreamExt as _;
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};
use testcontainers::bollard::body_full;
use testcontainers::bollard::query_parameters::BuildImageOptionsBuilder;

use super::engine::Engine;
use super::image::{Family, ImageName, words};
use super::labels;
use crate::failure::Failure;
use crate::sut::Progress;

static RECIPES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/docker");

/// Base image of PHP where none is named: pulled from a registry or made by `docker/base`.
pub const DEFAULT_BASE: &str = "debian:bookworm-slim";

/// Where images built here belong; a database named so is built from Debian packages.
const OWN: &str = "matomo-conformance";

/// How long a build may say nothing.
const BUILD_LIMIT: Duration = Duration::from_secs(600);

/// What an image is built from.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Folder below `docker/`.
    folder: &'static str,
    /// The base image.
    base: ImageName,
    arguments: BTreeMap<&'static str, String>,
    /// Name of the image without what tells recipes apart.
    name: ImageName,
}

impl Recipe {
    /// PHP on a base image, in the base's version or a given one.
    pub fn php(base: &str, version: &str) -> Result<Self, Failure> {
        let base = ImageName::parse(base)?;
        if !version.chars().all(|char| char.is_ascii_digit() || char == '.') {
            return Err(Failure::usage(format!("{version:?} is no version of PHP")).hint("give it as in 8.2"));
        }
        let tag = format!(
            "{}-{}{}",
            base.name.replace(['/', ':'], "-"),
            base.tag,
            if version.is_empty() { String::new() } else { format!("-{version}") }
        );
        let arguments = BTreeMap::from([("BASE", base.to_string()), ("PHP_VERSION", version.to_owned())]);
        Ok(Self { folder: "php", base, arguments, name: ImageName { name: format!("{OWN}/php"), tag } })
    }

    /// A database server from the packages of a Debian suite, for names such as `matomo-conformance/mariadb:bookworm`.
    pub fn database(image: &ImageName) -> Result<Option<Self>, Failure> {
        let family = image.family()?;
        if image.name != format!("{OWN}/{}", family.name()) {
            return Ok(None);
        }
        if family == Family::Mysql && image.tag == "bookworm" {
            return Err(Failure::usage("Debian's bookworm has no MySQL server").hint("unstable has: matomo-conformance/mysql:unstable"));
        }
        let base = ImageName::parse(&format!("debian:{}-slim", image.tag))?;
        let arguments = BTreeMap::from([("BASE", base.to_string()), ("FAMILY", family.name().to_owned())]);
        Ok(Some(Self { folder: "database", base, arguments, name: image.clone() }))
    }

    /// The image it is built on.
    pub fn base(&self) -> &ImageName {
        &self.base
    }

    /// The image's name, which changes with everything it is built from.
    pub fn image(&self) -> ImageName {
        let mut hash = Sha256::new();
        for (key, value) in &self.arguments {
            hash.update(format!("{key}={value}\n"));
        }
        for file in self.files() {
            hash.update(file.path().to_string_lossy().as_bytes());
            hash.update(file.contents());
        }
        let key = hex::encode(&hash.finalize()[..4]);
        ImageName { name: self.name.name.clone(), tag: format!("{}-{key}", self.name.tag) }
    }

    fn files(&self) -> impl Iterator<Item = &'static include_dir::File<'static>> {
        RECIPES.get_dir(self.folder).into_iter().flat_map(Dir::files)
    }

    /// The folder as the engine wants it.
    fn context(&self) -> std::io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        for file in self.files() {
            let mut header = tar::Header::new_gnu();
            header.set_size(file.contents().len() as u64);
            // Scripts are run by name.
            header.set_mode(0o755);
            archive.append_data(&mut header, file.path().file_name().unwrap_or_default(), file.contents())?;
        }
        archive.into_inner()
    }
}

impl Engine {
    /// Builds the image of a recipe where it is not there yet.
    pub async fn build(&self, recipe: &Recipe, progress: &dyn Progress) -> Result<ImageName, Failure> {
        let image = recipe.image();
        if self.image(&image).await?.is_some() {
            return Ok(image);
        }
        // Its own errors say more than those of a build that could not begin.
        self.obtain(&recipe.base, progress).await.map_err(|mut failure| {
            failure.what = format!("{image} cannot be built: {}", failure.what);
            failure
        })?;
        progress.phase(&format!("build {image}"));
        let labels = HashMap::from([(labels::IMAGE, image.to_string()), (labels::STARTED, labels::now())]);
        let arguments: HashMap<&str, String> = recipe.arguments.iter().map(|(key, value)| (*key, value.clone())).collect();
        // With the network of this machine packages can be had wherever the machine can have them.
        let options = BuildImageOptionsBuilder::new()
            .t(&image.to_string())
            .buildargs(&arguments)
            .labels(&labels.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect::<HashMap<String, String>>())
            .networkmode("host")
            .rm(true)
            .forcerm(true)
            .build();
        let context = body_full(recipe.context().map_err(|error| Failure::environment(error.to_string()))?.into());
        let mut pieces = self.docker.build_image(options, None, Some(context));
        let mut last: VecDeque<String> = VecDeque::new();
        let failed = |what: String, last: &VecDeque<String>| {
            Failure::environment(what).log_text("the build", &last.iter().fold(String::new(), |text, line| text + line + "\n")).hint(
                "it installs Debian packages, or PHP's extensions: is their mirror reachable? docker/README.md says how to build by hand",
            )
        };
        loop {
            let piece = match tokio::time::timeout(BUILD_LIMIT, pieces.next()).await {
                Err(_) => return Err(failed(format!("building {image} said nothing for {} s", BUILD_LIMIT.as_secs()), &last)),
                Ok(None) => break,
                Ok(Some(Err(error))) => return Err(failed(format!("building {image} failed: {}", words(error)), &last)),
                Ok(Some(Ok(piece))) => piece,
            };
            if let Some(message) = piece.error_detail.and_then(|detail| detail.message) {
                return Err(failed(format!("building {image} failed: {message}"), &last));
            }
            for line in piece.stream.unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty()) {
                progress.detail(line);
                last.push_back(line.to_owned());
                if last.len() > 50 {
                    last.pop_front();
                }
            }
        }
        let built = self.image(&image).await?;
        built.map(|_| image.clone()).ok_or_else(|| failed(format!("building {image} ended without an image"), &last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_built_anew_when_anything_it_is_made_of_changes() {
        let name = |base: &str, version: &str| Recipe::php(base, version).expect("a recipe").image();
        let plain = name(DEFAULT_BASE, "");
        assert_eq!(plain, name(DEFAULT_BASE, ""));
        assert_ne!(plain, name("debian:unstable-slim", ""));
        assert_ne!(plain, name(DEFAULT_BASE, "8.2"));
        assert!(plain.to_string().starts_with("matomo-conformance/php:debian-bookworm-slim-"), "{plain}");
    }

    #[test]
    fn only_databases_under_our_own_name_are_built() {
        let recipe = |name: &str| Recipe::database(&ImageName::parse(name).expect("a name"));
        assert!(recipe("mysql:8.4").expect("fine").is_none());
        assert!(recipe("registry.example.org/mariadb:11.4").expect("fine").is_none());
        let own = recipe("matomo-conformance/mariadb:bookworm").expect("fine").expect("a recipe");
        assert_eq!(own.base.to_string(), "debian:bookworm-slim");
        assert!(recipe("matomo-conformance/mysql:bookworm").is_err());
    }

    #[test]
    fn the_context_holds_the_dockerfile_and_runnable_scripts() {
        for recipe in [
            Recipe::php(DEFAULT_BASE, "").expect("a recipe"),
            Recipe::database(&ImageName::parse("matomo-conformance/mysql:unstable").expect("a name")).expect("fine").expect("a recipe"),
        ] {
            let context = recipe.context().expect("an archive");
            let mut archive = tar::Archive::new(context.as_slice());
            let names: Vec<(String, u32)> = archive
                .entries()
                .expect("entries")
                .map(|entry| entry.expect("an entry"))
                .map(|entry| (entry.path().expect("a path").display().to_string(), entry.header().mode().expect("a mode")))
                .collect();
            assert!(names.contains(&("Dockerfile".to_owned(), 0o755)), "{names:?}");
            assert!(names.iter().any(|(name, mode)| name.starts_with("install-") && mode & 0o111 != 0), "{names:?}");
        }
    }
}
