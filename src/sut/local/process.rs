//! Processes in groups of their own: stopped as a whole, also when the harness panics.

use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::failure::{Failure, at};
use crate::sut::RunFolder;
use crate::sut::folders::write_private;
use crate::sut::owner::pid;

/// Signals that a process earns by a mistake of its own; those that somebody sends are not among them.
const CRASHES: [Signal; 3] = [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGABRT];

/// A process and its children. PHP's server forks workers that outlive its master, so only the group is ever signalled.
#[derive(Debug)]
pub struct Group {
    name: String,
    child: Mutex<Child>,
    leader: Pid,
    /// Its standard output and error.
    pub log: PathBuf,
    gone: bool,
}

impl Group {
    /// Starts a command in a process group of its own, with its output in a log file.
    pub fn spawn(name: &str, command: &mut Command, run: &RunFolder) -> Result<Self, Failure> {
        Self::spawn_with(name, command, run, Stdio::null())
    }

    fn spawn_with(name: &str, command: &mut Command, run: &RunFolder, input: Stdio) -> Result<Self, Failure> {
        let log = run.sub("logs")?.join(format!("{name}.log"));
        let file = File::create(&log).map_err(at(&log, "create"))?;
        let copy = file.try_clone().map_err(at(&log, "create"))?;
        let program = command.get_program().to_string_lossy().into_owned();
        // The run's folder in the environment is how `clean` recognises a process of ours.
        command.env("CONFORMANCE_RUN", run.path()).stdin(input).stdout(file).stderr(copy).process_group(0);
        let child = command.spawn().map_err(|error| Failure::environment(format!("cannot start {program} ({name}): {error}")))?;
        let leader = pid(child.id())?;
        let group = Self { name: name.to_owned(), child: Mutex::new(child), leader, log, gone: false };
        run.note_group(leader.as_raw())?;
        Ok(group)
    }

    /// Name given at the start.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the leader ended, if it did.
    pub fn ended(&self) -> Option<std::process::ExitStatus> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait().ok().flatten()
    }

    /// How the leader ended, unless it crashed and the processes that it forked go on without it: PHP's server has one socket for all of
    /// them, and what crashes the leader would crash any other.
    pub fn failed(&self) -> Option<std::process::ExitStatus> {
        let crashed = |status: &std::process::ExitStatus| {
            status.signal().and_then(|signal| Signal::try_from(signal).ok()).is_some_and(|signal| CRASHES.contains(&signal))
        };
        self.ended().filter(|status| !crashed(status) || killpg(self.leader, None).is_err())
    }

    /// Asks the group to end, and insists after the grace.
    pub fn stop(&mut self, grace: Duration) {
        if self.gone {
            return;
        }
        let _ = killpg(self.leader, Signal::SIGTERM);
        let end = Instant::now() + grace;
        while Instant::now() < end {
            if self.ended().is_some() && killpg(self.leader, None).is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.kill();
    }

    fn kill(&mut self) {
        let _ = killpg(self.leader, Signal::SIGKILL);
        let _ = self.child.get_mut().unwrap_or_else(PoisonError::into_inner).wait();
        self.gone = true;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.gone {
            self.kill();
        }
    }
}

/// Runs a command to its end with its output in a log file. A failure carries the log's last lines; what takes longer than the limit, or is
/// no longer waited for, is killed with all its children.
pub async fn run_to_end(name: &str, command: &mut Command, run: &RunFolder, input: Option<&str>, limit: Duration) -> Result<(), Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let stdin = match input {
        // A file, not a pipe: a program that never reads its input must not block us.
        Some(text) => {
            let path = run.path().join(format!("{name}.input"));
            write_private(&path, text)?;
            let file = File::open(&path).map_err(at(&path, "open"))?;
            let _ = std::fs::remove_file(&path);
            Stdio::from(file)
        }
        None => Stdio::null(),
    };
    let mut group = Group::spawn_with(name, command, run, stdin)?;
    let end = Instant::now() + limit;
    let status = loop {
        if let Some(status) = group.ended() {
            break status;
        }
        if Instant::now() > end {
            return Err(Failure::environment(format!("{name} did not end within {} s: {program}", limit.as_secs()))
                .log(&group.log)
                .hint("raise --start-limit on a slow machine"));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    // Its number may be given to a stranger from now on.
    group.gone = true;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::environment(format!("{name} failed: {program} ended with {status}")).log(&group.log))
    }
}

/// The path of a program: as given where it has a slash, else looked up in `PATH` and the folders of system programs.
pub fn find_program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/libexec"].map(PathBuf::from);
    std::env::split_paths(&path).chain(system).map(|folder| folder.join(name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn what_takes_too_long_is_killed_with_its_children_and_its_last_words_are_told() {
        let run = RunFolder::create().expect("a folder");
        let marker = run.path().join("late");
        let script = format!("echo it began; (sleep 1; touch {}) & wait", marker.display());
        let failure = run_to_end("slow", &mut shell(&script), &run, None, Duration::from_millis(300)).await.expect_err("it is too slow");
        let text = failure.to_string();
        assert!(text.contains("slow did not end within") && text.contains("it began") && text.contains("--start-limit"), "{text}");
        tokio::time::sleep(Duration::from_millis(1200)).await;
        assert!(!marker.exists(), "its child went on");
    }

    #[test]
    fn a_leader_that_crashes_is_missed_only_with_the_last_of_its_children() {
        let run = RunFolder::create().expect("a folder");
        let ended = |name: &str, script: &str| {
            let group = Group::spawn(name, &mut shell(script), &run).expect("it starts");
            let end = Instant::now() + Duration::from_secs(20);
            while group.ended().is_none() && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(5));
            }
            group
        };
        let mut serves_on = ended("crashed", "sleep 60 & kill -SEGV $$; sleep 60");
        assert!(serves_on.ended().is_some() && serves_on.failed().is_none(), "{:?}", serves_on.ended());
        serves_on.stop(Duration::ZERO);
        assert!(ended("alone", "kill -SEGV $$; sleep 60").failed().is_some());
        assert!(ended("killed", "sleep 60 & kill -KILL $$; sleep 60").failed().is_some());
    }

    #[tokio::test]
    async fn what_fails_tells_its_last_words_and_what_reads_gets_its_input() {
        let run = RunFolder::create().expect("a folder");
        let limit = Duration::from_secs(20);
        run_to_end("fine", &mut shell("read word; test \"$word\" = hello"), &run, Some("hello\n"), limit).await.expect("it is fine");
        let failure = run_to_end("broken", &mut shell("echo last words >&2; exit 3"), &run, None, limit).await.expect_err("it fails");
        assert!(failure.to_string().contains("last words") && failure.to_string().contains("exit status: 3"), "{failure}");
    }
}
