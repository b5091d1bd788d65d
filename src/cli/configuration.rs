//! The configuration file: read with every key checked, and laid under the command line as its defaults, so that the order
//! file < environment < command line is clap's own.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;
use toml::{Table, Value};

use crate::failure::Failure;
use crate::report::{FORMATS, Format};

/// Where the file is looked for when none is named.
pub const FILE: &str = "matomo-conformance.toml";

/// Every key with a comment, but for those of the formats of reports.
const DEFAULT: &str = include_str!("configuration.toml");

/// Every key with a comment.
pub fn default_text() -> String {
    let format = |format: &Format| format!("# {}\n# {} = \"{}\"\n\n", format.help().replace("\n\n", " "), format.name, format.example);
    DEFAULT.replace("[reports]\n\n", &format!("[reports]\n\n{}", FORMATS.iter().map(format).collect::<String>()))
}

/// The configuration file of matomo-conformance.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Configuration {
    /// Which Matomo, and with what it runs.
    target: Target,
    /// What `check` runs.
    check: Check,
    /// Reports that `check` and `merge` write beside results.json.
    reports: Reports,
    /// What `search` sends.
    search: Search,
    /// What `compare` runs.
    compare: Compare,
}

/// Which Matomo, and with what it runs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Target {
    /// Source tree with its vendor/, or the name of a tree in the cache.
    source: Option<String>,
    /// Released version, in the official image or, with runtime = "local", from its archive.
    release: Option<String>,
    /// The built-in simulated Matomo, of this release.
    simulated: Option<String>,
    /// Checkouts of plugins, put beside the tree's own and switched on.
    plugin_dir: Option<Vec<String>>,
    /// Plugins of the tree that are off by default, to be switched on.
    activate: Option<Vec<String>>,
    /// Where a Matomo runs.
    runtime: Option<Runtime>,
    /// Database image for containers.
    database: Option<String>,
    /// Base image of PHP for a source tree in containers.
    php_base: Option<String>,
    /// PHP version for containers, where the base image's packages have several.
    php_version: Option<String>,
    /// PHP program of this machine.
    php: Option<String>,
    /// Database server program of this machine: mariadbd or mysqld.
    database_server: Option<String>,
    /// Key of config.ini.php from which one more slot reads its allowlist.
    allowlist_ini_key: Option<String>,
    /// Seconds each server may take to get ready.
    start_limit: Option<u64>,
}

/// Where a Matomo runs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Runtime {
    /// Processes on this machine.
    Local,
    /// Containers of an engine on this machine.
    Containers,
}

/// What `check` runs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Check {
    /// Take only cases whose id starts with one of these or matches it as a glob.
    only: Option<Vec<String>>,
    /// Leave out cases whose id starts with one of these or matches it as a glob.
    skip: Option<Vec<String>>,
    /// Seed of the order.
    seed: Option<u64>,
    /// Requests at once.
    concurrency: Option<usize>,
    /// Stop after this many seconds of requests.
    time_limit: Option<u64>,
    /// File of accepted differences.
    known_differences: Option<String>,
    /// Folder of known stories to run instead of those that come with the program.
    scenarios: Option<String>,
    /// Output directory.
    output: Option<String>,
}

/// Reports that `check` and `merge` write: a key for each format of the table.
#[derive(Debug, Default, Deserialize)]
struct Reports(#[expect(dead_code, reason = "read to be checked")] BTreeMap<ReportKey, String>);

impl JsonSchema for Reports {
    fn schema_name() -> Cow<'static, str> {
        "Reports".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let key = |format: &Format| (format.name.to_owned(), json!({ "type": ["string", "null"], "description": format.help() }));
        let keys: serde_json::Map<String, serde_json::Value> = FORMATS.iter().map(key).collect();
        json_schema!({ "type": "object", "description": "Reports that `check` and `merge` write.", "properties": keys, "additionalProperties": false })
    }
}

/// A key that is a format of reports.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct ReportKey(String);

impl TryFrom<String> for ReportKey {
    type Error = String;

    fn try_from(key: String) -> Result<Self, String> {
        let names = || FORMATS.iter().map(|format| format!("`{}`", format.name)).collect::<Vec<_>>().join(", ");
        let known = FORMATS.iter().any(|format| format.name == key);
        if known { Ok(Self(key)) } else { Err(format!("unknown field `{key}`, expected one of {}", names())) }
    }
}

/// What `search` sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Search {
    /// Random requests.
    cases: Option<u64>,
    /// Time for random requests: 90s, 5m, 2h.
    r#for: Option<String>,
    /// Seed of the random requests.
    seed: Option<u64>,
    /// Folder of what was met before.
    corpus: Option<String>,
    /// Requests at once.
    concurrency: Option<usize>,
    /// Output directory.
    output: Option<String>,
}

/// What `compare` runs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Compare {
    /// Take only cases whose id starts with one of these or matches it as a glob.
    only: Option<Vec<String>>,
    /// Leave out cases whose id starts with one of these or matches it as a glob.
    skip: Option<Vec<String>>,
    /// Seed of the order.
    seed: Option<u64>,
    /// Requests at once.
    concurrency: Option<usize>,
    /// File of changes that are expected.
    expected_changes: Option<String>,
    /// Output directory.
    output: Option<String>,
}

/// Keys that name a target. The simulated one is no key of its own where another is named nearer to the command.
const TARGETS: [&str; 3] = ["source", "release", "simulated"];

/// The file that was named, or the one that lies here; with its values, each known and of the right type.
pub struct Loaded {
    /// Its path.
    pub path: PathBuf,
    table: Table,
}

impl Loaded {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
        let table = parse(&text).map_err(|why| {
            Failure::usage(format!("{}: {why}", path.display())).hint("`matomo-conformance config --default` shows every key")
        })?;
        Ok(Self { path: path.to_owned(), table })
    }

    /// Keys that are set, as `table.key`.
    pub fn keys(&self) -> Vec<String> {
        let of = |(table, values): (&String, &Value)| {
            let keys = values.as_table().into_iter().flatten().map(|(key, _)| format!("{table}.{key}"));
            keys.collect::<Vec<_>>()
        };
        self.table.iter().flat_map(of).collect()
    }

    /// The command line with the file's values as its defaults; `nearer` is what was parsed without the file.
    pub fn under(&self, mut command: Command, nearer: &ArgMatches) -> Command {
        let Some((name, matches)) = nearer.subcommand() else { return command };
        let tables = match name {
            "check" => vec!["target", "check", "reports"],
            "merge" => vec!["reports"],
            "search" => vec!["target", "search"],
            "compare" => vec!["target", "compare"],
            _ => vec!["target"],
        };
        let explicit = |id: &str| {
            let known = matches.try_contains_id(id).is_ok();
            known && matches!(matches.value_source(id), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
        };
        let named = TARGETS.iter().any(|id| explicit(id)) || explicit("url") || explicit("fault");
        let own_server = explicit("database_url");
        let given: Vec<(&String, Vec<String>)> = tables
            .iter()
            .filter_map(|table| self.table.get(*table)?.as_table())
            .flatten()
            .filter(|(key, _)| !(named && TARGETS.contains(&key.as_str()) || own_server && *key == "database-server"))
            .map(|(key, value)| (key, texts(value)))
            .collect();
        command = command.mut_subcommand(name, |mut command| {
            // Where a target is no more than one of two things, such as in `mutants`, it has to be named.
            let takes_targets = command.get_arguments().any(|argument| argument.get_long() == Some("allowlist-ini-key"));
            for (key, values) in given {
                if TARGETS.contains(&key.as_str()) && !takes_targets {
                    continue;
                }
                let found = command.get_arguments().find(|argument| argument.get_long() == Some(key.as_str()));
                if let Some(id) = found.map(|argument| argument.get_id().clone()) {
                    command = command.mut_arg(id, |argument| argument.default_values(values.clone()));
                }
            }
            command
        });
        command
    }
}

/// Reads the text of a file; a mistake is named with line and column.
fn parse(text: &str) -> Result<Table, String> {
    toml::from_str::<Configuration>(text).map_err(|error| error.to_string().trim_end().to_owned())?;
    text.parse().map_err(|error: toml::de::Error| error.to_string())
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        other => vec![other.to_string()],
    }
}

/// The JSON schema of the file.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Configuration);
    format!("{:#}\n", schema.as_value())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::super::args::Cli;
    use super::*;

    /// The default file with every key in force.
    fn uncommented() -> String {
        let key = |line: &&str| line.strip_prefix("# ").is_some_and(|rest| rest.split(" = ").next().is_some_and(|key| !key.contains(' ')));
        default_text().lines().map(|line| if key(&line) && line.contains(" = ") { &line[2..] } else { line }).collect::<Vec<_>>().join("\n")
    }

    /// Every key that the schema knows, as `table.key`.
    fn keys_of_the_schema() -> BTreeSet<String> {
        let schema: serde_json::Value = serde_json::from_str(&schema()).expect("JSON");
        let mut keys = BTreeSet::new();
        for (table, property) in schema["properties"].as_object().expect("tables") {
            let definition = property["$ref"].as_str().and_then(|path| path.rsplit('/').next()).expect("a definition");
            let of_table = schema["$defs"][definition]["properties"].as_object().expect("keys");
            keys.extend(of_table.keys().map(|key| format!("{table}.{key}")));
        }
        keys
    }

    fn keys(table: &Table) -> BTreeSet<String> {
        Loaded { path: PathBuf::new(), table: table.clone() }.keys().into_iter().collect()
    }

    #[test]
    fn the_default_file_sets_nothing_and_has_every_key_of_the_schema_each_after_a_comment() {
        assert!(keys(&parse(&default_text()).expect("it parses")).is_empty());
        let shown = keys(&parse(&uncommented()).expect("it parses without its comment signs"));
        let of_schema = keys_of_the_schema();
        assert!(of_schema.len() > 25);
        assert_eq!(shown, of_schema);
        let text = default_text();
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(" = ") && !line.contains(", with")) {
            assert!(lines[number - 1].starts_with("# "), "nothing is said of {line}");
        }
    }

    #[test]
    fn every_key_is_an_option_of_its_commands_and_shows_the_default_that_the_program_has() {
        let command = Cli::command();
        for (table, values) in parse(&uncommented()).expect("it parses") {
            let of = match table.as_str() {
                "target" | "reports" => "check",
                other => other,
            };
            let command = command.find_subcommand(of).expect("a command");
            for (key, value) in values.as_table().expect("a table") {
                let argument = command.get_arguments().find(|argument| argument.get_long() == Some(key));
                let argument = argument.unwrap_or_else(|| panic!("{of} has no --{key}"));
                let defaults: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
                if !defaults.is_empty() && !defaults[0].is_empty() {
                    assert_eq!(texts(value), defaults, "{table}.{key}");
                }
            }
        }
    }

    #[test]
    fn a_mistake_is_named_with_line_and_column() {
        for (text, place, what) in [
            ("[check]\nsede = 7\n", "line 2, column 1", "sede"),
            ("[chek]\nseed = 7\n", "line 1, column 2", "chek"),
            ("[check]\n\nseed = \"x\"\n", "line 3, column 8", "invalid type"),
            ("[target]\nruntime = \"here\"\n", "line 2, column 11", "here"),
            ("[reports]\njunti = \"x\"\n", "line 2, column 1", "junti"),
            ("[check\n", "line 1", ""),
        ] {
            let why = parse(text).expect_err(text);
            assert!(why.contains(place) && why.contains(what), "{text}: {why}");
        }
    }

    #[test]
    fn the_schema_describes_every_key() {
        let schema: serde_json::Value = serde_json::from_str(&schema()).expect("JSON");
        assert_eq!(schema["additionalProperties"], false);
        for (name, definition) in schema["$defs"].as_object().expect("definitions") {
            for (key, property) in definition["properties"].as_object().into_iter().flatten() {
                assert!(property["description"].is_string(), "{name}.{key} has no description");
            }
        }
    }
}
