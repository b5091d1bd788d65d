//! `config`, `completions` and `man`: what the shell and its user need to know, from the same definitions as the command line.

use std::io::Write as _;

use super::screen::println;
use clap::CommandFactory as _;

use super::args::{Cli, CompletionsArgs, ConfigArgs, ManArgs};
use super::configuration::{FILE, Loaded, default_text, schema};
use super::exit::ExitCode;
use crate::failure::{Failure, at};

/// Runs `config`; the file in force was read before, and is wrong in nothing.
pub fn config(args: &ConfigArgs, loaded: Option<&Loaded>) -> ExitCode {
    match loaded {
        _ if args.default => println!("{}", default_text().trim_end()),
        _ if args.schema => println!("{}", schema().trim_end()),
        Some(loaded) if loaded.keys().is_empty() => println!("{}: no key is set", loaded.path.display()),
        Some(loaded) => println!("{}: {}", loaded.path.display(), loaded.keys().join(", ")),
        None => println!("no configuration file: {FILE} is not here, and none was named with --config"),
    }
    ExitCode::Conformant
}

/// Runs `completions`.
pub fn completions(args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    print(&script)
}

/// Runs `man`.
pub fn man(args: &ManArgs) -> Result<ExitCode, Failure> {
    // Environment and line width of whoever builds the pages do not belong into them.
    let command = Cli::command();
    if let Some(folder) = &args.output {
        std::fs::create_dir_all(folder).map_err(at(folder, "create the folder"))?;
        clap_mangen::generate_to(command, folder).map_err(at(folder, "write into"))?;
        return Ok(ExitCode::Conformant);
    }
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(command).render(&mut page);
    rendered.map_err(|error| Failure::environment(format!("the page cannot be made: {error}")))?;
    print(&page)
}

fn print(bytes: &[u8]) -> Result<ExitCode, Failure> {
    let written = std::io::stdout().write_all(bytes);
    written.map_err(|error| Failure::environment(format!("cannot write to standard output: {error}")))?;
    Ok(ExitCode::Conformant)
}
