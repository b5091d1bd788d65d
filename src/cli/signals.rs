//! Ctrl-C and termination: the run is asked to end, and everything it started is stopped on the way out.

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::ask::Stop;

/// Waits for SIGINT, SIGTERM or SIGHUP.
pub async fn interrupted() {
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut stream) => {
                stream.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::hangup()) => {}
    }
}

/// Asks a run to stop as soon as a signal comes; the task is finished then.
pub fn stop_at_signal(stop: &Stop) -> JoinHandle<()> {
    let stop = stop.clone();
    tokio::spawn(async move {
        interrupted().await;
        stop.ask();
    })
}
