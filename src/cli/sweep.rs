//! To which endpoints a sweep over all of them is kept: those of chosen plugins, and of plugins that a change touches.

use std::io::Read as _;
use std::path::Path;

use super::args::SweepArgs;
use crate::failure::Failure;
use crate::plan::ChangedPlugins;

/// What is swept.
#[derive(Clone, Debug, Default)]
pub struct Sweep {
    /// The files that changed, named below the tree; none where that was not told.
    pub changed_files: Vec<String>,
    /// What they touch, where that was told.
    pub touched: Option<ChangedPlugins>,
    /// Plugins that were chosen, none for all.
    pub plugins: Vec<String>,
}

impl Sweep {
    /// As the arguments say.
    pub fn read(args: &SweepArgs) -> Result<Self, Failure> {
        let below = args.changed_files_in.as_ref().map(|folder| format!("{}/", folder.trim_end_matches('/'))).unwrap_or_default();
        let names = args.changed_files.as_deref().map(names_of_changed_files).transpose()?.unwrap_or_default();
        let changed_files: Vec<String> = names.into_iter().map(|name| format!("{below}{name}")).collect();
        let touched = (!changed_files.is_empty()).then(|| ChangedPlugins::by(changed_files.iter().map(String::as_str)));
        Ok(Self { changed_files, touched, plugins: args.only_plugin.clone() })
    }

    /// Whether it takes an endpoint, by its name.
    pub fn takes(&self, endpoint: &str) -> bool {
        let module = endpoint.split_once('.').map(|(module, _)| module);
        let chosen = self.plugins.is_empty() || self.plugins.iter().any(|name| Some(name.as_str()) == module);
        chosen && self.touched.as_ref().is_none_or(|touched| touched.has(endpoint))
    }

    /// Whether it takes all of them.
    pub fn is_whole(&self) -> bool {
        self.plugins.is_empty() && self.touched.is_none()
    }
}

/// The names of the files that changed; `-` reads them from standard input.
pub fn names_of_changed_files(file: &Path) -> Result<Vec<String>, Failure> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    let text = text.map_err(|error| Failure::usage(format!("cannot read the names of changed files from {}: {error}", file.display())))?;
    let names = text.lines().map(|line| line.trim().trim_start_matches("./").to_owned()).filter(|line| !line.is_empty());
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        // A diff that failed looks like this, and must not make a gate small.
        return Err(Failure::usage(format!("{} names no changed file", file.display()))
            .hint("write the output of `git diff --name-only BASE...HEAD` into it, or leave --changed-files out"));
    }
    Ok(names)
}
