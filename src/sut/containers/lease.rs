//! What a run holds in the engine, given back on every way out: success, failure, Ctrl-C, panic and start-up timeout.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use testcontainers::bollard::models::NetworkCreateRequest;

use super::engine::Engine;
use super::labels;
use super::leftover::remove_run;
use crate::failure::Failure;

/// How long containers that are being made are waited for before everything is removed.
const LAST_STARTS: Duration = Duration::from_secs(20);

/// The network and all containers of a run. Testcontainers has no reaper, leaks what times out while it starts, and makes networks
/// without labels; so what is removed is what the engine says carries the run's label.
#[derive(Debug)]
pub struct Lease {
    engine: Engine,
    /// Id of the run.
    pub id: String,
    starting: Arc<AtomicUsize>,
}

impl Lease {
    /// Begins a lease, with nothing in it.
    pub fn new(engine: &Engine, id: &str) -> Self {
        Self { engine: engine.clone(), id: id.to_owned(), starting: Arc::default() }
    }

    /// The name of a container or network of the run.
    pub fn name(&self, role: &str) -> String {
        format!("matomo-conformance-{}-{role}", self.id)
    }

    /// Labels for what belongs to it.
    pub fn labels(&self) -> HashMap<String, String> {
        labels::of_run(&self.id)
    }

    /// Makes the private network.
    pub async fn network(&self) -> Result<String, Failure> {
        let name = self.name("network");
        let request = NetworkCreateRequest {
            name: name.clone(),
            driver: Some("bridge".to_owned()),
            labels: Some(self.labels()),
            ..Default::default()
        };
        // Not to be cut off half-way: what the engine makes must be known when the lease ends.
        let docker = self.engine.docker.clone();
        let made = self.shielded(async move { docker.create_network(request).await }).await;
        made.map_err(|error| {
            Failure::environment(format!("the engine makes no network: {error}"))
                .hint("if it has run out of addresses, `matomo-conformance clean` and `docker network prune` free some")
        })?;
        Ok(name)
    }

    /// Runs something that makes things in the engine to its end, also when who waits for it is cancelled.
    pub async fn shielded<T: Send + 'static>(&self, making: impl Future<Output = T> + Send + 'static) -> T {
        let mark = Mark::new(&self.starting);
        // Where nobody takes what was made, it is dropped, which removes a container: only then the mark may go, too.
        let task = tokio::spawn(async move { (making.await, mark) });
        let (made, _mark) = task.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        made
    }

    fn wait_for_starts(&self) {
        let end = Instant::now() + LAST_STARTS;
        while self.starting.load(Ordering::Acquire) > 0 && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Counts a making while it lasts.
struct Mark(Arc<AtomicUsize>);

impl Mark {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count.clone())
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let threads = tokio::runtime::Handle::try_current().map(|handle| handle.runtime_flavor());
        if matches!(threads, Ok(tokio::runtime::RuntimeFlavor::MultiThread)) {
            // So that makings still under way get a thread to end on.
            tokio::task::block_in_place(|| self.wait_for_starts());
        } else {
            self.wait_for_starts();
        }
        let (host, id) = (self.engine.host.clone(), self.id.clone());
        // A thread and a connection of its own work wherever the last owner happens to be dropped.
        let sweeping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let docker = super::engine::agree_on_version(super::engine::connect(&host).map_err(other)?).await.map_err(other)?;
                remove_run(&docker, &id).await.map_err(other)
            })
        });
        if let Ok(Err(error)) = sweeping.join() {
            let _ = writeln!(
                anstream::stderr(),
                "warning: containers of this run may be left: {error}; `matomo-conformance clean` removes them"
            );
        }
    }
}

fn other(error: testcontainers::bollard::errors::Error) -> std::io::Error {
    std::io::Error::other(error)
}
