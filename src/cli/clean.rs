//! `clean`: what a killed run left behind, and environments that are served in the background.

use std::time::Duration;

use super::screen::{eprintln, println};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::args::CleanArgs;
use super::exit::ExitCode;
use crate::failure::{Failure, at};
use crate::sut::{Served, containers, leftovers};

/// Stops processes and removes folders, containers and networks of runs whose harness is gone.
pub async fn run(args: &CleanArgs) -> Result<ExitCode, Failure> {
    let old_enough = Duration::from_secs(args.older_than * 60);
    let word = if args.dry_run { "would remove" } else { "removed" };
    // What is ended removes its own; what is left of it afterwards is a leftover like others.
    let ended = end_detached(args, old_enough)?;
    // Containers first: they write to the folders.
    let mut found = in_engine(args, old_enough, word).await? || ended;
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

/// Ends environments in the background where that is asked for, and names those that stay.
fn end_detached(args: &CleanArgs, old_enough: Duration) -> Result<bool, Failure> {
    let all = Served::detached();
    if let Some(unknown) = args.ids.iter().find(|id| !all.iter().any(|served| served.id == **id)) {
        let known: Vec<&str> = all.iter().map(|served| served.id.as_str()).collect();
        let known =
            if known.is_empty() { "none is served in the background".to_owned() } else { format!("there are {}", known.join(", ")) };
        return Err(Failure::usage(format!("there is no environment {unknown:?} in the background")).hint(known));
    }
    let mut found = false;
    for served in all {
        let minutes = served.age().as_secs() / 60;
        let wanted = args.ids.contains(&served.id) || (args.detached && served.age() >= old_enough);
        if !wanted {
            println!("serving {} {}, {minutes} minutes; `matomo-conformance clean {}` ends it", served.id, served.name, served.id);
            continue;
        }
        if args.dry_run {
            println!("would end {} {}, {minutes} minutes old", served.id, served.name);
        } else {
            served.end()?;
            println!("ended {} {}, {minutes} minutes old", served.id, served.name);
        }
        found = true;
    }
    Ok(found)
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
