//! Sees that the Matomo that is asked is well: a server that dies is no difference.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::engine::Stop;
use crate::failure::{Failure, innermost};
use crate::matomo::PROBE_HEADER;
use crate::sut::{Environment, Health};

/// How often it is looked at while all goes well.
const EVERY: Duration = Duration::from_millis(500);

/// For how long a slot that answered is taken to be well.
const WELL_FOR: Duration = Duration::from_millis(250);

/// How long a slot may take to show that it is well.
const LIMIT: Duration = Duration::from_secs(30);

/// How often a slot is asked that does not let us in.
const ATTEMPTS: u32 = 4;

/// Watches a Matomo while it is asked.
pub struct Watch {
    health: Option<Arc<dyn Health>>,
    /// Whether the probe answers there.
    probed: bool,
    client: reqwest::Client,
    failure: Mutex<Option<Failure>>,
    gone: Notify,
    stop: Stop,
    seen_well: Mutex<Option<(String, Instant)>>,
}

impl Watch {
    /// Watches from now on, until it is dropped; a Matomo that fails asks the run to stop.
    pub fn over(environment: &Environment, stop: &Stop) -> Result<(Arc<Self>, Watching), Failure> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(LIMIT).build();
        let watch = Arc::new(Self {
            health: environment.health.clone(),
            probed: environment.attached.is_none(),
            client: client.map_err(|error| Failure::environment(format!("no HTTP client: {error}")))?,
            failure: Mutex::new(None),
            gone: Notify::new(),
            stop: stop.clone(),
            seen_well: Mutex::new(None),
        });
        let watched = Arc::clone(&watch);
        let task = tokio::spawn(async move {
            while !watched.failed() {
                tokio::time::sleep(EVERY).await;
                watched.look().await;
            }
        });
        Ok((watch, Watching(task)))
    }

    /// Notes a failure that ends the run; the first one is kept.
    pub fn fail(&self, failure: Failure) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
        self.stop.ask();
        self.gone.notify_waiters();
    }

    /// Whether something failed.
    pub fn failed(&self) -> bool {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// What failed, if anything did.
    pub fn take(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Waits until something fails.
    pub async fn gone(&self) {
        let mut gone = std::pin::pin!(self.gone.notified());
        gone.as_mut().enable();
        if !self.failed() {
            gone.await;
        }
    }

    /// What comes of something, unless the Matomo fails meanwhile.
    pub async fn meanwhile<T>(&self, something: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = something => Some(done),
            () = self.gone() => None,
        }
    }

    /// Looks at everything that was started.
    async fn look(&self) -> bool {
        if let Some(health) = &self.health
            && let Err(failure) = health.look().await
        {
            self.fail(failure);
        }
        !self.failed()
    }

    /// Sees that everything still runs, and that the slot at a base URL answers as it did at the start. A difference that was seen in between
    /// counts, anything else ends the run.
    pub async fn sees_well(&self, base: &str, log: Option<&std::path::Path>) -> bool {
        if !self.look().await {
            return false;
        }
        // What is simulated runs in this process.
        if self.health.is_none() {
            return true;
        }
        let known = |seen: &Option<(String, Instant)>| seen.as_ref().is_some_and(|(url, when)| url == base && when.elapsed() < WELL_FOR);
        if known(&self.seen_well.lock().unwrap_or_else(PoisonError::into_inner)) {
            return true;
        }
        let mut why = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(EVERY).await;
                if !self.look().await {
                    return false;
                }
            }
            match self.answers(base).await {
                Ok(()) => {
                    *self.seen_well.lock().unwrap_or_else(PoisonError::into_inner) = Some((base.to_owned(), Instant::now()));
                    return true;
                }
                Err(answer) => why = answer,
            }
        }
        let failure = Failure::environment(format!("the Matomo at {base} is not well any more: {why}"));
        self.fail(match log {
            Some(log) => failure.log(log),
            None => failure,
        });
        false
    }

    /// Asks a slot for what opens without a token; from outside any answer but that of a broken server will do.
    async fn answers(&self, base: &str) -> Result<(), String> {
        let probe = if self.probed { "module=ConformanceProbe&action=needNothing&" } else { "" };
        let answer = self.client.get(format!("{base}/index.php?{probe}language=en")).send().await;
        let answer = answer.map_err(|error| innermost(&error))?;
        let status = answer.status();
        let well =
            if self.probed { status.as_u16() == 200 && answer.headers().contains_key(PROBE_HEADER) } else { !status.is_server_error() };
        if well { Ok(()) } else { Err(format!("it answers {status} to a request that it answered at the start")) }
    }
}

/// Looks on; it ends when it is dropped.
pub struct Watching(JoinHandle<()>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.abort();
    }
}
