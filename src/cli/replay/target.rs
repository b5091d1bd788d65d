//! Which Matomo results were recorded on: it is used again, and never exchanged for another kind.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::brought::Brought;
use crate::cli::args::{ReplayArgs, RuntimeName, TargetArgs};
use crate::cli::screen::eprintln;
use crate::failure::Failure;
use crate::sut::{SIMULATED, Source, cache_folder};

/// The file of an output directory that says how its target is had again.
pub const TARGET_FILE: &str = "target.json";

/// How a target is had again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetAgain {
    /// `source`, `release`, `url` or `simulated`.
    pub kind: String,
    /// Folder of the tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<PathBuf>,
    /// Version of the release, real or simulated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Planted fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Entries that the simulated Matomo's own files bring.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub simulated_entries: Vec<String>,
    /// Checkouts of plugins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plugin_folders: Vec<PathBuf>,
    /// Plugins of the tree that were switched on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activate: Vec<String>,
    /// Whether it ran in containers, where it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub containers: Option<bool>,
}

impl TargetAgain {
    /// What the arguments name.
    pub fn of(args: &TargetArgs) -> Self {
        let containers = args.programs.runtime.map(|runtime| runtime == RuntimeName::Containers);
        let plugins = Self {
            plugin_folders: args.plugins.folders.iter().map(|folder| folder.canonicalize().unwrap_or_else(|_| folder.clone())).collect(),
            activate: args.plugins.activate.clone(),
            ..Self::default()
        };
        match (&args.source, &args.release) {
            (Some(tree), _) => {
                let source = Source::open(tree).map_or_else(|_| tree.clone(), |source| source.path);
                Self { kind: "source".to_owned(), source: Some(source), containers, ..plugins }
            }
            (None, Some(version)) => Self { kind: "release".to_owned(), release: Some(version.clone()), containers, ..plugins },
            (None, None) => {
                let release = args.simulated.clone().unwrap_or_else(|| crate::cli::args::DEFAULT_SIMULATED.to_owned());
                let (fault, simulated_entries) = (args.fault.clone(), args.simulated_entries.clone());
                Self { kind: SIMULATED.to_owned(), release: Some(release), fault, simulated_entries, ..Self::default() }
            }
        }
    }

    /// The arguments that name it, for a line that repeats something on it; nothing for one that runs elsewhere.
    pub fn arguments(&self) -> Option<String> {
        let mut words: Vec<String> = match (self.kind.as_str(), &self.source, &self.release) {
            (_, Some(tree), _) => vec!["--source".to_owned(), tree.display().to_string()],
            (SIMULATED, _, Some(release)) => vec![format!("--simulated={release}")],
            (_, _, Some(release)) => vec!["--release".to_owned(), release.clone()],
            _ => return None,
        };
        let mut option = |name: &str, values: Vec<String>| words.extend(values.into_iter().flat_map(|value| [name.to_owned(), value]));
        option("--fault", self.fault.iter().cloned().collect());
        option("--simulated-entry", self.simulated_entries.clone());
        option("--plugin-dir", self.plugin_folders.iter().map(|folder| folder.display().to_string()).collect());
        option("--activate", self.activate.clone());
        let runtime = self.containers.map(|containers| if containers { "containers" } else { "local" }.to_owned());
        option("--runtime", runtime.into_iter().collect());
        Some(words.iter().map(|word| in_shell(word)).collect::<Vec<_>>().join(" "))
    }

    /// A Matomo that runs elsewhere.
    pub fn elsewhere() -> Self {
        Self { kind: "url".to_owned(), ..Self::default() }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    fn is_real(&self) -> bool {
        self.kind != SIMULATED
    }

    /// Reads what was recorded beside a results file, or in it.
    fn recorded(file: &Path) -> Result<Option<Self>, Failure> {
        let folder = file.parent().unwrap_or(Path::new("."));
        if let Ok(text) = std::fs::read_to_string(folder.join(TARGET_FILE)) {
            return serde_json::from_str(&text)
                .map(Some)
                .map_err(|error| Failure::usage(format!("{}: {error}", folder.join(TARGET_FILE).display())));
        }
        let results = if file.extension().is_some_and(|ending| ending == "json") { file.to_owned() } else { folder.join("results.json") };
        let Ok(text) = std::fs::read_to_string(&results) else { return Ok(None) };
        let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) else { return Ok(None) };
        let target = &json["target"];
        let Some(kind) = target["kind"].as_str() else { return Ok(None) };
        let name = target["name"].as_str().unwrap_or_default();
        let again = match kind {
            SIMULATED => Self { release: target["software"]["release"].as_str().map(str::to_owned), ..Self::default() },
            "source" => Self {
                source: Some(cache_folder().join("sources").join(name)).filter(|tree| !name.is_empty() && tree.is_dir()),
                ..Self::default()
            },
            "release" => {
                Self { release: Some(name.trim_start_matches("matomo:").trim_end_matches("-apache").to_owned()), ..Self::default() }
            }
            _ => Self::default(),
        };
        Ok(Some(Self { kind: kind.to_owned(), ..again }))
    }

    fn in_words(&self) -> String {
        match (&self.source, &self.release) {
            (Some(tree), _) => format!("the tree {}", tree.display()),
            (None, Some(release)) if self.is_real() => format!("the release {release}"),
            (None, Some(release)) => format!("the simulated Matomo {release}"),
            (None, None) => format!("a target of the kind {}", self.kind),
        }
    }
}

/// A word as a shell takes it for one.
pub fn in_shell(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_./:=+-,@".contains(letter);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// The arguments of the target, filled in with what results were recorded on.
pub fn choose(args: &ReplayArgs, brought: &[Brought]) -> Result<TargetArgs, Failure> {
    let mut target = args.target.clone();
    let files: Vec<&PathBuf> = brought.iter().filter_map(|one| if let Brought::Results(file) = one { Some(file) } else { None }).collect();
    let is_named = target.source.is_some() || target.release.is_some() || target.simulated.is_some();
    let named = TargetAgain::of(&target);
    let mut used: Option<TargetAgain> = None;
    for file in files {
        let shown = file.display();
        let Some(again) = TargetAgain::recorded(file)? else {
            if is_named {
                continue;
            }
            return Err(Failure::usage(format!("{shown} does not say which Matomo it was recorded on"))
                .hint("name it: --source DIR, --release X.Y.Z, or --simulated=RELEASE"));
        };
        if is_named {
            if again.is_real() != named.is_real() {
                let (was, is) = if again.is_real() { ("a real Matomo", "simulated") } else { ("the simulated Matomo", "a real one") };
                return Err(Failure::usage(format!(
                    "{shown} was recorded on {was} ({}), and the target is {is}: nothing would follow",
                    again.in_words()
                ))
                .hint(if again.is_real() { "give --source DIR or --release X.Y.Z" } else { "give --simulated=RELEASE" }));
            }
            continue;
        }
        if again.source.as_ref().is_some_and(|tree| !tree.is_dir()) || (again.source.is_none() && again.release.is_none()) {
            return Err(Failure::usage(format!("{shown} was recorded on {}, which is not here", again.in_words()))
                .hint("say where it is: --source DIR or --release X.Y.Z"));
        }
        if used.as_ref().is_some_and(|before| *before != again) {
            return Err(
                Failure::usage("these results were recorded on different targets").hint("repeat one after the other, or name the target")
            );
        }
        used = Some(again);
    }
    if let Some(again) = used {
        eprintln!("recorded on {}, which is used again", again.in_words());
        target.source.clone_from(&again.source);
        if target.plugins.folders.is_empty() && target.plugins.activate.is_empty() {
            target.plugins.folders.clone_from(&again.plugin_folders);
            target.plugins.activate.clone_from(&again.activate);
        }
        match again.kind.as_str() {
            SIMULATED => {
                target.simulated.clone_from(&again.release);
                if target.simulated_entries.is_empty() {
                    target.simulated_entries.clone_from(&again.simulated_entries);
                }
                if target.fault.is_none() {
                    target.fault.clone_from(&again.fault);
                }
            }
            _ => target.release.clone_from(&again.release),
        }
        if target.programs.runtime.is_none() {
            target.programs.runtime =
                again.containers.map(|containers| if containers { RuntimeName::Containers } else { RuntimeName::Local });
        }
    }
    Ok(target)
}
