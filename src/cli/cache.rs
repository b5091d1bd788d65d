//! `cache`: the templates that make starts fast, listed, trimmed and removed.

use std::time::SystemTime;

use super::args::{CacheAction, CacheArgs};
use super::exit::ExitCode;
use super::screen::println;
use crate::failure::Failure;
use crate::sut::cache_folder;
use crate::sut::local::template::{self, Template};

const MIB: u64 = 1024 * 1024;

/// Runs `cache`.
pub fn run(args: &CacheArgs) -> Result<ExitCode, Failure> {
    let cache = cache_folder();
    if let Some(limit) = args.limit {
        template::keep_within(&cache, limit * MIB);
    }
    let all = template::templates(&cache);
    match args.action.unwrap_or(CacheAction::List) {
        CacheAction::List => list(&all, args.limit.unwrap_or(template::limit() / MIB)),
        CacheAction::Clear => {
            let (removed, kept): (Vec<_>, Vec<_>) = all.iter().partition(|template| template::remove(template));
            println!("{} templates removed, {} MiB freed", removed.len(), size(removed.into_iter()));
            if let Some(kept) = kept.first() {
                return Err(Failure::environment(format!("{} cannot be removed", kept.path.display())).hint("see whose folder it is"));
            }
        }
    }
    Ok(ExitCode::Conformant)
}

fn size<'a>(all: impl Iterator<Item = &'a Template>) -> u64 {
    all.map(|template| template.size).sum::<u64>() / MIB
}

fn list(all: &[Template], limit: u64) {
    for template in all {
        let ago = SystemTime::now().duration_since(template.used).unwrap_or_default().as_secs() / 60;
        println!("{:>6} MiB  used {ago} minutes ago  {}", template.size / MIB, template.path.display());
    }
    println!("{} templates, {} MiB of at most {limit} MiB in {}", all.len(), size(all.iter()), cache_folder().join("templates").display());
}
