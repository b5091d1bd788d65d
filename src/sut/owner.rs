//! The process a run belongs to: its id and when it was started, since an id alone may be given anew to a stranger.

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// A process of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Process id.
    pub pid: u32,
    /// When it was started, in the kernel's ticks since boot.
    #[serde(default)]
    pub start: String,
}

impl Owner {
    /// This very process.
    pub fn this() -> Self {
        let pid = std::process::id();
        Self { pid, start: start_of(pid).unwrap_or_default() }
    }

    /// From `PID:START`.
    pub fn parse(text: &str) -> Option<Self> {
        let (pid, start) = text.split_once(':')?;
        Some(Self { pid: pid.parse().ok()?, start: start.to_owned() })
    }

    /// Its id for a signal.
    pub fn signalled(&self) -> Result<Pid, Failure> {
        pid(self.pid)
    }

    /// Whether it still runs, whatever its program is called.
    pub fn is_alive(&self) -> bool {
        start_of(self.pid).is_some_and(|start| start == self.start)
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.pid, self.start)
    }
}

/// A process id for a signal. Zero would mean our own group, and what the system cannot count is none: both are errors.
pub fn pid(number: u32) -> Result<Pid, Failure> {
    match i32::try_from(number) {
        Ok(number) if number > 0 => Ok(Pid::from_raw(number)),
        _ => Err(Failure::environment(format!("{number} is no process id that can be signalled"))),
    }
}

/// When a process was started. `None` where it has ended, even if nobody has taken notice yet.
fn start_of(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command in parentheses may hold spaces and parentheses itself.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if state == "Z" { None } else { fields.nth(18).map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_signals_his_own_group_by_mistake() {
        assert!(pid(0).is_err() && pid(u32::MAX).is_err());
        assert_eq!(pid(7).expect("an id").as_raw(), 7);
    }

    #[test]
    fn a_process_is_told_by_id_and_start_whatever_it_is_called() {
        let this = Owner::this();
        assert!(this.is_alive());
        assert_eq!(Owner::parse(&this.to_string()), Some(this.clone()));
        assert!(!Owner { start: "1".to_owned(), ..this }.is_alive(), "the id was given anew");
        assert!(!Owner { pid: 4_194_305, start: "1".to_owned() }.is_alive(), "there is no such process");
        assert!(!Owner::default().is_alive());
        let mut sleeper = std::process::Command::new("sleep").arg("60").spawn().expect("it starts");
        let owner = Owner { pid: sleeper.id(), start: start_of(sleeper.id()).expect("it runs") };
        assert!(owner.is_alive(), "no word of ours stands in its command line");
        sleeper.kill().expect("it is killed");
        assert!((0..500).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            !owner.is_alive()
        }));
        let _ = sleeper.wait();
    }
}
