//! `doctor`: what works on this machine and what to install.

use anstream::println;

use super::args::DoctorArgs;
use super::exit::ExitCode;
use crate::failure::Failure;
use crate::report::Paint;
use crate::target::local::{DatabaseProgram, Php};
use crate::target::{cache_folder, leftovers, runs_folder};

/// Checks everything that a run needs; the exit code says whether one would start.
pub fn run(args: &DoctorArgs) -> ExitCode {
    println!("runtime local");
    let php = report("PHP", Php::find(args.php.as_deref()).map(|php| php.version));
    let database = report("database server", DatabaseProgram::find(args.database_server.as_deref()).map(|program| program.version));
    let port = std::net::TcpListener::bind("127.0.0.1:0").map(|_| "127.0.0.1 can be listened on".to_owned());
    let port = report("ports", port.map_err(|error| Failure::environment(error.to_string())));
    let room = nix::sys::statvfs::statvfs(&std::env::temp_dir()).map(|stat| stat.blocks_available() * stat.fragment_size() / (1 << 20));
    let disk = report(
        "disk",
        match room {
            Ok(room) if room < 500 => Err(Failure::environment(format!("{room} MiB free in {}", std::env::temp_dir().display()))
                .hint("a run needs about 500 MiB; set TMPDIR to another disk")),
            Ok(room) => Ok(format!("{room} MiB free for {}", runs_folder().display())),
            Err(error) => Err(Failure::environment(error.to_string())),
        },
    );
    let trees: Vec<String> = std::fs::read_dir(cache_folder().join("sources"))
        .map(|entries| {
            entries.flatten().filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    println!("  source trees in the cache: {}", if trees.is_empty() { "none".to_owned() } else { trees.join(", ") });
    let left = leftovers();
    if !left.is_empty() {
        println!("  {} killed runs left something behind; `matomo-conformance clean` removes it", left.len());
    }
    if php && database && port && disk { ExitCode::Conformant } else { ExitCode::Environment }
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
