//! Labels on everything we make in the engine: which run it belongs to, whether that run is alive, and since when it is there.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use crate::sut::Owner;

/// Id of the run.
pub const RUN: &str = "org.matomo-conformance.run";
/// Process id and start of the harness.
pub const PROCESS: &str = "org.matomo-conformance.process";
/// The machine that process is on.
pub const MACHINE: &str = "org.matomo-conformance.machine";
/// When it was made.
pub const STARTED: &str = "org.matomo-conformance.started";
/// On images: what the image is.
pub const IMAGE: &str = "org.matomo-conformance.image";

/// The labels of a run.
pub fn of_run(id: &str) -> HashMap<String, String> {
    let process = Owner::this().to_string();
    [(RUN, id.to_owned()), (PROCESS, process), (MACHINE, machine()), (STARTED, now())].map(|(key, value)| (key.to_owned(), value)).into()
}

/// The time, as labels tell it.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// How old something with these labels is.
pub fn age(labels: &HashMap<String, String>) -> Duration {
    let started = labels.get(STARTED).and_then(|text| text.parse::<jiff::Timestamp>().ok());
    started.and_then(|time| SystemTime::now().duration_since(SystemTime::from(time)).ok()).unwrap_or_default()
}

/// Whether the run that made something with these labels still runs, or may do so on another machine.
pub fn alive(labels: &HashMap<String, String>) -> bool {
    if labels.get(MACHINE).is_some_and(|name| *name != machine()) {
        return true;
    }
    labels.get(PROCESS).and_then(|text| Owner::parse(text)).is_some_and(|owner| owner.is_alive())
}

/// A name for the space in which process ids mean something: containers on one machine count their own.
fn machine() -> String {
    let name = nix::unistd::gethostname().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let space = std::fs::read_link("/proc/self/ns/pid").map(|link| link.display().to_string()).unwrap_or_default();
    format!("{name} {space}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_alive_while_its_very_process_is() {
        let mut labels = of_run("id");
        assert!(alive(&labels));
        assert!(age(&labels) < Duration::from_secs(60));
        let (pid, _) = labels[PROCESS].split_once(':').map(|(pid, start)| (pid.to_owned(), start.to_owned())).expect("two parts");
        labels.insert(PROCESS.to_owned(), format!("{pid}:1"));
        assert!(!alive(&labels), "the number was given anew to another process");
        labels.insert(PROCESS.to_owned(), "4194305:1".to_owned());
        assert!(!alive(&labels), "there is no such process");
        labels.insert(MACHINE.to_owned(), "elsewhere".to_owned());
        assert!(alive(&labels), "nothing is known of another machine's processes");
    }
}
