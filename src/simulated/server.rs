//! The simulated Matomo as a server: one listener a slot, on the loopback address only.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::catalogue::Catalogue;
use super::exchange::Instance;
use super::fault::FaultKind;
use super::features::Features;
use super::http::Connection;
use super::pages::Page;
use super::pipeline::{self, Answer};
use super::world::{SlotSettings, World};

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Config {
    /// The release.
    pub features: Features,
    /// The database, shared by all slots.
    pub world: Arc<World>,
    /// The code, shared by all slots.
    pub catalogue: Arc<Catalogue>,
    /// Settings, one slot each.
    pub slots: Vec<SlotSettings>,
    /// A planted fault.
    pub fault: Option<FaultKind>,
    /// Port of the first slot, the others follow; 0 takes free ones.
    pub port: u16,
}

/// A running simulated Matomo; stops when dropped.
#[derive(Debug)]
pub struct SimulatedMatomo {
    slots: Vec<Listening>,
    requests: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Listening {
    address: SocketAddr,
    task: JoinHandle<()>,
    serving: Serving,
}

/// The Matomo of one slot, which may be changed while it serves.
#[derive(Clone, Debug)]
pub struct Serving(Arc<RwLock<Arc<Instance>>>);

impl Serving {
    fn now(&self) -> Arc<Instance> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes something; requests under way still see what was.
    pub fn change(&self, change: impl FnOnce(&mut Instance)) {
        let mut serving = self.0.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut serving));
    }
}

impl SimulatedMatomo {
    /// Starts one listener a slot.
    ///
    /// # Errors
    /// A port that cannot be had.
    pub async fn start(config: Config) -> io::Result<Self> {
        let requests = Arc::new(AtomicU64::new(0));
        let mut slots = Vec::with_capacity(config.slots.len());
        for (index, settings) in config.slots.into_iter().enumerate() {
            let offset = u16::try_from(index).map_err(io::Error::other)?;
            let port = match config.port {
                0 => 0,
                first => first.checked_add(offset).ok_or_else(|| io::Error::other("no port left for a slot"))?,
            };
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let address = listener.local_addr()?;
            let instance = Instance {
                features: config.features.clone(),
                world: Arc::clone(&config.world),
                catalogue: Arc::clone(&config.catalogue),
                settings,
                fault: config.fault,
            };
            let serving = Serving(Arc::new(RwLock::new(Arc::new(instance))));
            let task = tokio::spawn(listen(listener, serving.clone(), Arc::clone(&requests)));
            slots.push(Listening { address, task, serving });
        }
        Ok(Self { slots, requests })
    }

    /// Base URL of a slot, without a slash at the end.
    #[must_use]
    pub fn url(&self, slot: usize) -> Option<String> {
        let listening = self.slots.get(slot)?;
        Some(format!("http://{}", listening.address))
    }

    /// The Matomo of a slot.
    #[must_use]
    pub fn serving(&self, slot: usize) -> Option<Serving> {
        self.slots.get(slot).map(|listening| listening.serving.clone())
    }

    /// How many slots there are.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Requests answered so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Stops all listeners and waits until their ports are free.
    pub async fn stop(mut self) {
        for slot in std::mem::take(&mut self.slots) {
            slot.task.abort();
            // an aborted task ends with an error, which is what was wanted
            let _ = slot.task.await;
        }
    }
}

impl Drop for SimulatedMatomo {
    fn drop(&mut self) {
        for slot in &self.slots {
            slot.task.abort();
        }
    }
}

async fn listen(listener: TcpListener, serving: Serving, requests: Arc<AtomicU64>) {
    // owned here, so that the connections end with the listener
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let (serving, requests) = (serving.clone(), Arc::clone(&requests));
                connections.spawn(async move {
                    // a client that goes away is no trouble of the server's
                    let _ = serve(stream, &serving, &requests).await;
                });
            }
            // out of descriptors, mostly: give the connections time to end
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    }
}

async fn serve(stream: TcpStream, serving: &Serving, requests: &AtomicU64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut connection = Connection::new(stream);
    loop {
        let received = match connection.receive().await {
            Ok(Some(received)) => received,
            Ok(None) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return connection.refuse().await;
            }
            Err(error) => return Err(error),
        };
        requests.fetch_add(1, Ordering::Relaxed);
        let answer = match received.path.as_slice() {
            b"/" | b"/index.php" => pipeline::answer(&serving.now(), &received.incoming),
            _ => Answer { page: Page::typed(404, "text/html; charset=utf-8", "Not Found"), probe: String::new() },
        };
        let head_only = received.incoming.method == "HEAD";
        connection.send(&answer, head_only, received.keep_alive).await?;
        if !received.keep_alive {
            return Ok(());
        }
    }
}
