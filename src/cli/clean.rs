//! `clean`: what a killed run left behind.

use std::time::Duration;

use anstream::println;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::args::CleanArgs;
use super::exit::ExitCode;
use crate::failure::{Failure, at};
use crate::target::leftovers;

/// Stops processes and removes folders of runs whose harness is gone.
pub fn run(args: &CleanArgs) -> Result<ExitCode, Failure> {
    let old_enough = Duration::from_secs(args.older_than * 60);
    let found: Vec<_> = leftovers().into_iter().filter(|leftover| leftover.age >= old_enough).collect();
    let word = if args.dry_run { "would remove" } else { "removed" };
    for leftover in &found {
        if !args.dry_run {
            for group in &leftover.groups {
                let _ = killpg(Pid::from_raw(*group), Signal::SIGKILL);
            }
            std::fs::remove_dir_all(&leftover.path).map_err(at(&leftover.path, "remove"))?;
        }
        println!(
            "{word} {} with {} process groups, {} minutes old",
            leftover.path.display(),
            leftover.groups.len(),
            leftover.age.as_secs() / 60
        );
    }
    if found.is_empty() {
        println!("nothing was left behind");
    }
    Ok(ExitCode::Conformant)
}
