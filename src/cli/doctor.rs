//! `doctor`: what works on this machine and what to install.

use std::path::{Path, PathBuf};

use super::screen::println;

use super::args::{DoctorArgs, RuntimeArgs, RuntimeName};
use super::exit::ExitCode;
use crate::failure::Failure;
use crate::report::Paint;
use crate::sut::containers::{self, Engine, ImageName, Recipe};
use crate::sut::local::template::templates;
use crate::sut::local::{DatabaseProgram, Php};
use crate::sut::{cache_folder, leftovers, runs_folder};

/// Checks everything that a run needs; the exit code says whether one would start.
pub async fn run(args: &DoctorArgs) -> ExitCode {
    let args = &args.programs;
    let machine = machine();
    let local = args.runtime != Some(RuntimeName::Containers) && local(args);
    let containers = args.runtime != Some(RuntimeName::Local) && containers(args).await;
    let trees: Vec<String> = std::fs::read_dir(cache_folder().join("sources"))
        .map(|entries| {
            entries.flatten().filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    println!("source trees in the cache: {}", if trees.is_empty() { "none".to_owned() } else { trees.join(", ") });
    let templates = templates(&cache_folder());
    let size = templates.iter().map(|template| template.size).sum::<u64>() >> 20;
    println!("templates in the cache: {}, {size} MiB; `matomo-conformance cache` lists them", templates.len());
    let left = leftovers();
    if !left.is_empty() {
        println!("{} killed runs left something behind; `matomo-conformance clean` removes it", left.len());
    }
    if machine && (local || containers) { ExitCode::Conformant } else { ExitCode::Environment }
}

fn machine() -> bool {
    println!("this machine");
    let port = std::net::TcpListener::bind("127.0.0.1:0").map(|_| "127.0.0.1 can be listened on".to_owned());
    let port = report("ports", port.map_err(|error| Failure::environment(error.to_string())));
    let disk = report(
        "disk",
        match room(&std::env::temp_dir()) {
            Some(room) if room < 500 => Err(Failure::environment(format!("{room} MiB free in {}", std::env::temp_dir().display()))
                .hint("a run needs about 500 MiB; set TMPDIR to another disk")),
            Some(room) => Ok(format!("{room} MiB free for {}", runs_folder().display())),
            None => Err(Failure::environment(format!("{} cannot be asked for its free space", std::env::temp_dir().display()))),
        },
    );
    port && disk
}

/// MiB that are free on a folder's disk.
fn room(folder: &Path) -> Option<u64> {
    nix::sys::statvfs::statvfs(folder).ok().map(|stat| stat.blocks_available() * stat.fragment_size() / (1 << 20))
}

fn local(args: &RuntimeArgs) -> bool {
    println!("runtime local");
    let php = report("PHP", Php::find(args.local.php.as_deref()).map(|php| php.version));
    let database = report("database server", DatabaseProgram::find(args.local.database_server.as_deref()).map(|program| program.version));
    php && database
}

async fn containers(args: &RuntimeArgs) -> bool {
    println!("runtime containers");
    let engine = match Engine::reach().await {
        Ok(engine) => engine,
        Err(failure) => return report("engine", Err(failure)),
    };
    let kind = if engine.rootless { ", rootless" } else { "" };
    report("engine", Ok(format!("{} at {}, {}{kind}", engine.version, engine.host, engine.architecture)));
    let images = report("PHP image", php_image(&engine, args).await) & report("database image", database_image(&engine, args).await);
    // Where the engine keeps its images can be asked only where it runs on this very machine.
    let disk = engine.root().await.and_then(|root| Some((room(&root)?, root)));
    let disk = disk.is_none_or(|(room, root): (u64, PathBuf)| {
        let told = format!("{room} MiB free for images in {}", root.display());
        let hint = "building and running need about 2 GiB; `docker system df` shows what takes it";
        report("engine's disk", if room < 2000 { Err(Failure::environment(told).hint(hint)) } else { Ok(told) })
    });
    if let Ok(left) = containers::leftovers(&engine).await
        && !left.is_empty()
    {
        println!("  {} killed runs left containers or networks; `matomo-conformance clean` removes them", left.len());
    }
    images && disk
}

/// What is there already, or what the first run does to get it.
async fn php_image(engine: &Engine, args: &RuntimeArgs) -> Result<String, Failure> {
    let recipe = Recipe::php(&args.php_base, &args.php_version)?;
    built_or_to_be_built(engine, &recipe).await
}

async fn database_image(engine: &Engine, args: &RuntimeArgs) -> Result<String, Failure> {
    let image = ImageName::parse(&args.database)?;
    match Recipe::database(&image)? {
        Some(recipe) => built_or_to_be_built(engine, &recipe).await,
        None if engine.image(&image).await?.is_some() => Ok(format!("{image} is there")),
        None => Ok(format!("{image} is not there yet; the first run pulls it, which needs its registry")),
    }
}

async fn built_or_to_be_built(engine: &Engine, recipe: &Recipe) -> Result<String, Failure> {
    let (image, base) = (recipe.image(), recipe.base());
    if engine.image(&image).await?.is_some() {
        return Ok(format!("{image} is there"));
    }
    let base_there = engine.image(base).await?.is_some();
    let how = if base_there {
        format!("from {base}, which is there")
    } else {
        format!("from {base}, which it pulls; docker/README.md says how to do without a registry")
    };
    Ok(format!("{image} is not there yet; the first run builds it {how}"))
}

fn report(name: &str, found: Result<String, Failure>) -> bool {
    match found {
        Ok(what) => {
            println!("  {}ok{:#}   {name}: {what}", Paint::FINE, Paint::FINE);
            true
        }
        Err(failure) => {
            println!("  {}no{:#}   {name}: {}", Paint::LEAK, Paint::LEAK, failure.to_string().replace('\n', "\n       "));
            false
        }
    }
}
