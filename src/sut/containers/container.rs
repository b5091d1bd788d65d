//! A container of a run, started through testcontainers.

use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt as _;
use testcontainers::bollard::models::PortBinding;
use testcontainers::bollard::query_parameters::{InspectContainerOptions, LogsOptionsBuilder};
use testcontainers::core::client::docker_client_instance;
use testcontainers::core::error::WaitContainerError;
use testcontainers::core::{IntoContainerPort as _, Mount};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _, TestcontainersError};

use super::engine::{Engine, agree_on_version};
use super::image::ImageName;
use super::lease::Lease;
use crate::failure::Failure;

/// What a container is to be.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// `matomo` or `database`.
    pub role: &'static str,
    /// Environment.
    pub environment: Vec<(String, String)>,
    /// Folders of this machine, where they are mounted, and whether read-only.
    pub mounts: Vec<(PathBuf, String, bool)>,
    /// Ports to be published on 127.0.0.1.
    pub ports: Vec<u16>,
    /// Command; the image's own where it is empty.
    pub command: Vec<String>,
    /// User; the image's own where there is none.
    pub user: Option<String>,
    /// Limit of the start.
    pub limit: Duration,
}

/// A container that was started. The lease removes it.
#[derive(Debug)]
pub struct Container {
    /// What it is in the run.
    pub role: &'static str,
    /// Its id.
    pub id: String,
    /// Never dropped: testcontainers would remove it a second time, and fails outside of an asynchronous runtime.
    _started: ManuallyDrop<ContainerAsync<GenericImage>>,
}

/// Starts a container on the run's network.
pub async fn start(engine: &Engine, lease: &Lease, network: &str, image: &ImageName, plan: Plan) -> Result<Container, Failure> {
    let (role, limit) = (plan.role, plan.limit);
    let mut request = GenericImage::new(&image.name, &image.tag)
        .with_container_name(lease.name(role))
        .with_labels(lease.labels())
        .with_startup_timeout(limit);
    for (key, value) in plan.environment {
        request = request.with_env_var(key, value);
    }
    for (from, to, read_only) in plan.mounts {
        let mount = Mount::bind_mount(from.display().to_string(), to);
        let mode = if read_only { testcontainers::core::AccessMode::ReadOnly } else { testcontainers::core::AccessMode::ReadWrite };
        request = request.with_mount(mount.with_access_mode(mode));
    }
    for port in &plan.ports {
        request = request.with_mapped_port(0, port.tcp());
    }
    if !plan.command.is_empty() {
        request = request.with_cmd(plan.command);
    }
    if let Some(user) = plan.user {
        request = request.with_user(user);
    }
    let (network, ports) = (network.to_owned(), plan.ports);
    let request = request.with_host_config_modifier(move |config| {
        // The network is ours already. Were testcontainers told its name, it would ask for it before a version is agreed upon.
        config.network_mode = Some(network.clone());
        config.publish_all_ports = Some(false);
        config.port_bindings = Some(loopback(&ports));
        config.init = Some(true);
        // Folders of this machine stay readable where SELinux guards them.
        config.security_opt = Some(vec!["label=disable".to_owned()]);
        speak_the_engines_version();
    });
    // Never cut off from outside: what the engine is making has to be known before it can be removed. The engine's answers and
    // testcontainers' start have limits of their own.
    let started = lease.shielded(request.start()).await;
    match started {
        Ok(container) => {
            let id = container.id().to_owned();
            Ok(Container { role, id, _started: ManuallyDrop::new(container) })
        }
        Err(TestcontainersError::WaitContainer(WaitContainerError::StartupTimeout)) => {
            let what = format!("the {role} container from {image} did not start within {} s", limit.as_secs());
            Err(Failure::environment(what)
                .log_text(role, &engine.last_words(&lease.name(role)).await)
                .hint("raise --start-limit on a slow machine"))
        }
        Err(error) => Err(Failure::environment(format!("the {role} container from {image} did not start: {error}"))
            .log_text(role, &engine.last_words(&lease.name(role)).await)),
    }
}

/// Ports of a container on ports of 127.0.0.1 that the engine finds free.
fn loopback(ports: &[u16]) -> HashMap<String, Option<Vec<PortBinding>>> {
    let free = || PortBinding { host_ip: Some("127.0.0.1".to_owned()), host_port: Some("0".to_owned()) };
    ports.iter().map(|port| (format!("{port}/tcp"), Some(vec![free()]))).collect()
}

/// Testcontainers speaks the newest version only, and keeps its client while it is in use, which it is here.
fn speak_the_engines_version() {
    let agree = async {
        if let Ok(docker) = docker_client_instance().await {
            // If this fails, so does the request that follows, with the engine's own words.
            let _ = agree_on_version(docker).await;
        }
    };
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(agree));
}

impl Engine {
    /// The last lines a container printed.
    pub async fn last_words(&self, container: &str) -> String {
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).tail("50").build();
        let mut lines = self.docker.logs(container, Some(options));
        let mut text = String::new();
        while let Some(Ok(line)) = lines.next().await {
            text.push_str(&line.to_string());
        }
        text
    }

    /// How a container ended, or `None` while it runs.
    pub async fn ended(&self, container: &Container) -> Result<Option<i64>, Failure> {
        let found = self.inspect(container).await?;
        let state = found.state.unwrap_or_default();
        Ok(if state.running == Some(true) { None } else { Some(state.exit_code.unwrap_or(-1)) })
    }

    /// Why a container does nothing any more, or `None` while it runs.
    pub async fn stands_still(&self, container: &Container) -> Result<Option<String>, Failure> {
        let state = self.inspect(container).await?.state.unwrap_or_default();
        Ok(match (state.running, state.paused, state.oom_killed) {
            (Some(true), Some(true), _) => Some("is paused".to_owned()),
            (Some(true), ..) => None,
            (.., Some(true)) => Some("ended for want of memory".to_owned()),
            _ => Some(format!("ended with {}", state.exit_code.unwrap_or(-1))),
        })
    }

    /// The container's address on the run's network.
    pub async fn address(&self, container: &Container, network: &str) -> Result<String, Failure> {
        let found = self.inspect(container).await?;
        let networks = found.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
        let address = networks.get(network).and_then(|endpoint| endpoint.ip_address.clone()).filter(|address| !address.is_empty());
        address.ok_or_else(|| Failure::environment(format!("the {} container has no address", container.role)))
    }

    /// The port of 127.0.0.1 on which a container's port is published.
    pub async fn published(&self, container: &Container) -> Result<HashMap<u16, u16>, Failure> {
        let found = self.inspect(container).await?;
        let ports = found.network_settings.and_then(|settings| settings.ports).unwrap_or_default();
        let pairs = ports.into_iter().filter_map(|(inside, outside)| {
            let inside = inside.split('/').next()?.parse().ok()?;
            let outside = outside?.into_iter().find(|binding| binding.host_ip.as_deref() == Some("127.0.0.1"))?;
            Some((inside, outside.host_port?.parse().ok()?))
        });
        Ok(pairs.collect())
    }

    async fn inspect(&self, container: &Container) -> Result<testcontainers::bollard::models::ContainerInspectResponse, Failure> {
        self.docker.inspect_container(&container.id, None::<InspectContainerOptions>).await.map_err(|error| {
            Failure::environment(format!("the {} container cannot be asked: {error}", container.role))
                .hint("was it removed by somebody else?")
        })
    }
}
