//! `clean`: what a killed run left behind.

use std::time::Duration;

use anstream::{eprintln, println};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::args::CleanArgs;
use super::exit::ExitCode;
use crate::failure::{Failure, at};
use crate::target::{containers, leftovers};

/// Stops processes and removes folders, containers and networks of runs whose harness is gone.
pub async fn run(args: &CleanArgs) -> Result<ExitCode, Failure> {
    let old_enough = Duration::from_secs(args.older_than * 60);
    let word = if args.dry_run { "would remove" } else { "removed" };
    // Containers first: they write to the folders.
    let mut found = in_engine(args, old_enough, word).await?;
    for leftover in leftovers().into_iter().filter(|leftover| leftover.age >= old_enough) {
        if !args.dry_run {
            for group in &leftover.groups {
                let _ = killpg(Pid::from_raw(*group), Signal::SIGKILL);
            }
            // Where this fails the folder stays, for who tries again.
            if let Some(schemas) = &leftover.schemas {
                schemas.drop_all(&leftover.path)?;
            }
            std::fs::remove_dir_all(&leftover.path).map_err(at(&leftover.path, "remove"))?;
        }
        println!(
            "{word} {} with {} process groups, {} minutes old",
            leftover.path.display(),
            leftover.groups.len(),
            leftover.age.as_secs() / 60
        );
        found = true;
    }
    if !found {
        println!("nothing was left behind");
    }
    Ok(ExitCode::Conformant)
}

/// What is left in the container engine; a machine without one has nothing there.
async fn in_engine(args: &CleanArgs, old_enough: Duration, word: &str) -> Result<bool, Failure> {
    let engine = match containers::Engine::reach().await {
        Ok(engine) => engine,
        Err(failure) if args.images || containers::Engine::is_expected() => {
            eprintln!("containers were not looked for: {}", failure.what);
            return Ok(false);
        }
        Err(_) => return Ok(false),
    };
    let mut found = false;
    for leftover in containers::leftovers(&engine).await?.into_iter().filter(|leftover| leftover.age >= old_enough) {
        if !args.dry_run {
            containers::remove(&engine, &leftover).await?;
        }
        println!(
            "{word} {} containers, {} networks and {} volumes of run {}, {} minutes old",
            leftover.containers.len(),
            leftover.networks.len(),
            leftover.volumes.len(),
            leftover.run,
            leftover.age.as_secs() / 60
        );
        found = true;
    }
    if args.images {
        let images = containers::own_images(&engine).await?;
        if !args.dry_run {
            containers::remove_images(&engine, &images).await?;
        }
        for image in images {
            println!("{word} image {image}");
            found = true;
        }
    }
    Ok(found)
}
