//! `init`: the configuration file and the workflow for the repository it stands in.

use std::io::ErrorKind;
use std::path::Path;

use super::args::InitArgs;
use super::configuration::{FILE, default_text};
use super::exit::ExitCode;
use super::screen::println;
use crate::failure::{Failure, at};
use crate::sut::GivenPlugin;

/// Where the workflow is written.
const WORKFLOW: &str = ".github/workflows/conformance.yml";

/// Workflow for Matomo's own repository.
const OF_MATOMO: &str = include_str!("../../.github/examples/matomo.yml");

/// Workflow for a plugin's repository; it has `PLUGIN` for its name.
const OF_PLUGIN: &str = include_str!("../../.github/examples/plugin.yml");

/// What kind of repository it is.
enum Repository {
    /// Matomo's own.
    Matomo,
    /// A plugin's, with its name.
    Plugin(String),
}

impl Repository {
    /// Told by what is there.
    fn at(folder: &Path) -> Result<Self, Failure> {
        if folder.join("core/Version.php").is_file() && folder.join("config/global.ini.php").is_file() {
            return Ok(Self::Matomo);
        }
        if folder.join("plugin.json").is_file() {
            return GivenPlugin::name_in(folder).map(Self::Plugin);
        }
        Err(Failure::usage(format!("{} is neither Matomo's repository nor a plugin's", folder.display()))
            .hint("start it where core/Version.php or plugin.json lies, or name that folder"))
    }

    fn configuration(&self) -> String {
        match self {
            Self::Matomo => default_text().replace("# source = \"matomo\"", "source = \".\""),
            Self::Plugin(_) => default_text().replace("# plugin-dir = [\"plugin-MyPlugin\"]", "plugin-dir = [\".\"]"),
        }
    }

    fn workflow(&self) -> String {
        match self {
            Self::Matomo => OF_MATOMO.to_owned(),
            Self::Plugin(name) => OF_PLUGIN.replace(" put the plugin's name for PLUGIN, and", " and put").replace("PLUGIN", name),
        }
    }
}

/// Writes what is not there yet.
pub fn run(args: &InitArgs) -> Result<ExitCode, Failure> {
    let repository = Repository::at(&args.folder)?;
    match &repository {
        Repository::Matomo => println!("{} is Matomo's own repository", args.folder.display()),
        Repository::Plugin(name) => println!("{} is the repository of the plugin {name}", args.folder.display()),
    }
    for (name, text) in [(FILE, repository.configuration()), (WORKFLOW, repository.workflow())] {
        let path = args.folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(at(parent, "create the folder"))?;
        }
        match std::fs::File::create_new(&path).and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes())) {
            Ok(()) => println!("wrote {name}"),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => println!("{name} is there already, and was left as it is"),
            Err(error) => return Err(at(&path, "write")(error)),
        }
    }
    Ok(ExitCode::Conformant)
}
