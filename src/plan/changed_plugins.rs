//! What a change of Matomo's files touches: everything, or some plugins only.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Which endpoints a change of files may have moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangedPlugins {
    /// All, because of this file.
    Everything(String),
    /// Those of these plugins.
    Plugins(BTreeSet<String>),
}

/// Plugins whose code decides about all others: tokens, users, sessions, dispatch and the lists of endpoints.
const DECIDING: [&str; 11] = [
    "API",
    "CoreAdminHome",
    "CoreHome",
    "CorePluginsAdmin",
    "Login",
    "Overlay",
    "SitesManager",
    "TwoFactorAuth",
    "UsersManager",
    "Widgetize",
    "WidgetLoader",
];

/// Folders of a plugin, or of the tree, in which no request is answered.
const SILENT_FOLDERS: [&str; 12] =
    ["tests", "lang", "images", "javascripts", "stylesheets", "vue", "fonts", "docs", "js", "node_modules", ".github", "screenshots"];

/// Endings of files that no request is answered by.
const SILENT_ENDINGS: [&str; 9] = ["md", "txt", "less", "css", "png", "svg", "js", "ts", "vue"];

impl ChangedPlugins {
    /// Reads the names of changed files, relative to the tree. A file that is not known to be harmless touches everything.
    pub fn by<'a>(files: impl Iterator<Item = &'a str>) -> Self {
        let mut plugins = BTreeSet::new();
        for file in files.map(|file| file.trim().trim_start_matches("./")).filter(|file| !file.is_empty()) {
            let plugin = file.strip_prefix("plugins/").and_then(|rest| rest.split_once('/'));
            let (of, below) = plugin.map_or((None, file), |(name, below)| (Some(name), below));
            if silent(below) {
                continue;
            }
            match of {
                Some(name) if !DECIDING.contains(&name) => {
                    plugins.insert(name.to_owned());
                }
                _ => return Self::Everything(file.to_owned()),
            }
        }
        Self::Plugins(plugins)
    }

    /// Whether an endpoint takes part in the sweep.
    pub fn has(&self, endpoint: &str) -> bool {
        match self {
            Self::Everything(_) => true,
            Self::Plugins(plugins) => endpoint.split_once('.').is_some_and(|(module, _)| plugins.contains(module)),
        }
    }
}

/// Whether a file has no part in answering requests.
fn silent(file: &str) -> bool {
    let first = file.split_once('/').map(|(folder, _)| folder);
    let ending = file.rsplit_once('.').map(|(_, ending)| ending);
    first.is_some_and(|folder| SILENT_FOLDERS.contains(&folder)) || ending.is_some_and(|ending| SILENT_ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::{Breadth, Filter, exhaustive, exhaustive_of, slots};
    use super::*;
    use crate::model::{CLAUSES, EndpointKind, Features, Names};
    use crate::mutation::PLACES;

    fn plugins(names: &[&str]) -> ChangedPlugins {
        ChangedPlugins::Plugins(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[rstest]
    #[case(&["plugins/Goals/Controller.php"], plugins(&["Goals"]))]
    #[case(&["./plugins/Goals/API.php", "plugins/Live/Live.php", ""], plugins(&["Goals", "Live"]))]
    #[case(&["plugins/Goals/tests/Unit/X.php", "README.md", "plugins/Login/lang/en.json", "js/piwik.js"], plugins(&[]))]
    #[case(&["plugins/Goals/API.php", "core/Access.php"], ChangedPlugins::Everything("core/Access.php".to_owned()))]
    #[case(&["plugins/Login/Auth.php"], ChangedPlugins::Everything("plugins/Login/Auth.php".to_owned()))]
    #[case(&["config/global.php"], ChangedPlugins::Everything("config/global.php".to_owned()))]
    #[case(&["composer.lock"], ChangedPlugins::Everything("composer.lock".to_owned()))]
    #[case(&["plugins/Goals"], ChangedPlugins::Everything("plugins/Goals".to_owned()))]
    fn a_file_that_is_not_known_to_be_harmless_touches_everything(#[case] files: &[&str], #[case] expected: ChangedPlugins) {
        assert_eq!(ChangedPlugins::by(files.iter().copied()), expected);
    }

    #[test]
    fn every_file_that_decides_touches_everything() {
        for file in PLACES.iter().map(|place| place.file).chain(CLAUSES.iter().map(|clause| clause.file)) {
            assert_eq!(ChangedPlugins::by([file].into_iter()), ChangedPlugins::Everything(file.to_owned()), "{file}");
        }
    }

    #[test]
    fn whatever_was_touched_the_gate_plan_stays_whole_and_only_the_sweep_shrinks() {
        let endpoints = ["VisitsSummary.index", "CoreHome.index", "Goals.index", "Goals.manage", "Live.index"];
        let names = Names { endpoints: endpoints.map(|name| (name.to_owned(), EndpointKind::Controller)).into(), ..Names::default() };
        let features = Features::of_version("5.8");
        let ids = |touched: Option<&ChangedPlugins>| {
            let slots = slots(&names, false);
            let plan = match touched {
                None => exhaustive(&names, &features, slots, Breadth::Default, &Filter::default(), 1),
                Some(touched) => exhaustive_of(&names, &features, slots, Breadth::Default, &Filter::default(), 1, |name| touched.has(name)),
            };
            plan.cases.iter().map(|case| plan.id(*case)).collect::<BTreeSet<_>>()
        };
        let (all, nothing, goals) = (ids(None), ids(Some(&plugins(&[]))), ids(Some(&plugins(&["Goals"]))));
        assert!(nothing.is_subset(&goals) && goals.is_subset(&all));
        let swept = |ids: &BTreeSet<String>, module: &str| ids.iter().any(|id| id.contains(&format!("/dry/{module}.")));
        assert!(swept(&goals, "Goals") && !swept(&goals, "Live") && !swept(&nothing, "Goals"));
        let lost: Vec<&String> = all.difference(&nothing).filter(|id| id.contains("/?") || id.contains("/real")).collect();
        assert!(lost.is_empty(), "only the sweep over endpoints may shrink: {lost:?}");
        assert_eq!(ids(Some(&ChangedPlugins::Everything("core/Access.php".to_owned()))), all);
    }
}
