//! What runs have left in the engine: found by labels, spared while its run is alive, removed.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use futures::future::join_all;
use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, ListImagesOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
    RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder, RemoveVolumeOptions,
};

use super::engine::Engine;
use super::labels;
use crate::failure::Failure;

/// How long removing is tried.
const REMOVAL_LIMIT: Duration = Duration::from_secs(30);

/// What a run has in the engine.
#[derive(Clone, Debug, Default)]
pub struct Leftover {
    /// Id of the run.
    pub run: String,
    /// Its age.
    pub age: Duration,
    /// Ids of containers.
    pub containers: Vec<String>,
    /// Names of networks.
    pub networks: Vec<String>,
    /// Names of volumes.
    pub volumes: Vec<String>,
}

/// What runs whose harness is gone have left.
pub async fn leftovers(engine: &Engine) -> Result<Vec<Leftover>, Failure> {
    let found = find(&engine.docker, labels::RUN).await.map_err(engine_failure)?;
    Ok(found.into_iter().filter(|(_, alive)| !alive).map(|(leftover, _)| leftover).collect())
}

/// Removes what a run has left.
pub async fn remove(engine: &Engine, leftover: &Leftover) -> Result<(), Failure> {
    remove_run(&engine.docker, &leftover.run).await.map_err(engine_failure)
}

/// Names of the images that were built for runs.
pub async fn own_images(engine: &Engine) -> Result<Vec<String>, Failure> {
    let filters = HashMap::from([("label", vec![labels::IMAGE])]);
    let list = engine.docker.list_images(Some(ListImagesOptionsBuilder::new().filters(&filters).build())).await.map_err(engine_failure)?;
    // A base image was made by hand, and takes minutes to make.
    let built = list.into_iter().filter(|image| image.labels.get(labels::IMAGE).is_some_and(|what| what != "base"));
    Ok(built.flat_map(|image| image.repo_tags).collect())
}

/// Removes images by name.
pub async fn remove_images(engine: &Engine, names: &[String]) -> Result<(), Failure> {
    for name in names {
        let options = RemoveImageOptionsBuilder::new().build();
        gone(engine.docker.remove_image(name, Some(options), None).await.map(|_| ())).map_err(engine_failure)?;
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn engine_failure(error: Error) -> Failure {
    Failure::environment(format!("the container engine refuses: {error}"))
}

/// Removes what a run has, again and again until the engine says that nothing is left: somebody else may be removing the same, and a
/// network goes only after its last container has gone.
pub(super) async fn remove_run(docker: &Docker, id: &str) -> Result<(), Error> {
    let label = format!("{}={id}", labels::RUN);
    let end = Instant::now() + REMOVAL_LIMIT;
    loop {
        let found = find(docker, &label).await?;
        let removed = match found.first() {
            None => return Ok(()),
            Some((leftover, _)) => remove_all(docker, leftover).await,
        };
        if Instant::now() > end {
            return removed;
        }
        if removed.is_err() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

async fn find(docker: &Docker, label: &str) -> Result<Vec<(Leftover, bool)>, Error> {
    let filters = HashMap::from([("label", vec![label])]);
    let mut runs: BTreeMap<String, (Leftover, bool)> = BTreeMap::new();
    let mut note = |labels: &HashMap<String, String>, add: &dyn Fn(&mut Leftover)| {
        let Some(run) = labels.get(labels::RUN) else { return };
        let (leftover, alive) = runs.entry(run.clone()).or_default();
        run.clone_into(&mut leftover.run);
        leftover.age = leftover.age.max(labels::age(labels));
        *alive |= labels::alive(labels);
        add(leftover);
    };
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    for container in docker.list_containers(Some(options)).await? {
        let id = container.id.unwrap_or_default();
        note(&container.labels.unwrap_or_default(), &|leftover| leftover.containers.push(id.clone()));
    }
    let options = ListNetworksOptionsBuilder::new().filters(&filters).build();
    for network in docker.list_networks(Some(options)).await? {
        let id = network.id.unwrap_or_default();
        note(&network.labels.unwrap_or_default(), &|leftover| leftover.networks.push(id.clone()));
    }
    let options = ListVolumesOptionsBuilder::new().filters(&filters).build();
    for volume in docker.list_volumes(Some(options)).await?.volumes.unwrap_or_default() {
        note(&volume.labels, &|leftover| leftover.volumes.push(volume.name.clone()));
    }
    Ok(runs.into_values().collect())
}

/// Removes containers with their anonymous volumes, then what they used.
async fn remove_all(docker: &Docker, leftover: &Leftover) -> Result<(), Error> {
    let containers = leftover.containers.iter().map(|id| async move {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        gone(docker.remove_container(id, Some(options)).await)
    });
    join_all(containers).await.into_iter().collect::<Result<(), Error>>()?;
    for network in &leftover.networks {
        gone(docker.remove_network(network).await)?;
    }
    for volume in &leftover.volumes {
        gone(docker.remove_volume(volume, None::<RemoveVolumeOptions>).await)?;
    }
    Ok(())
}

/// Something that is gone already is fine.
fn gone(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(()),
        other => other,
    }
}
