//! Tests that need something of this machine: where it is missing they are seen as ignored and say what they need, and where it is required they fail.

#![allow(dead_code)]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use libtest_mimic::{Arguments, Trial};

use crate::support::{body_with, engine, find_program, is_tree, matrix, path_of_tree, program};

/// Names in `MATOMO_CONFORMANCE_REQUIRE`, a list with commas: a need of these groups that is missing is a failure.
const GROUPS: [&str; 3] = ["live", "containers", "browser"];

/// Something that a test needs of this machine.
pub struct Need {
    group: &'static str,
    name: String,
    look: Box<dyn Fn() -> Result<(), String>>,
}

impl Need {
    /// What `look` finds, or why it is missing.
    pub fn new(group: &'static str, name: impl Into<String>, look: impl Fn() -> Result<(), String> + 'static) -> Self {
        assert!(GROUPS.contains(&group), "{group} is no group of needs");
        Self { group, name: name.into(), look: Box::new(look) }
    }
}

/// The tree with this name in the cache.
pub fn a_tree(name: impl Into<String>) -> Need {
    let name = name.into();
    Need::new("live", name.clone(), move || {
        let path = path_of_tree(&name);
        if is_tree(&path) { Ok(()) } else { Err(format!("there is no tree {}", path.display())) }
    })
}

/// The tree with this name, whose function is written in these words. Trees of releases to come are told in other words on other machines.
pub fn a_tree_with(name: &'static str, file: &'static str, function: &'static str, words: &'static str) -> [Need; 2] {
    let need = Need::new("live", format!("{name} in these words"), move || {
        let tree = path_of_tree(name);
        let text = std::fs::read_to_string(tree.join(file)).unwrap_or_default();
        if !is_tree(&tree) || body_with(&text, function, words).is_some() {
            Ok(())
        } else {
            Err(format!("{function} in {file} of {name} does not say {words}"))
        }
    });
    [a_tree(name), need]
}

/// What a local start takes: PHP with its extensions, and a database server.
pub fn a_local_start() -> Need {
    Need::new("live", "PHP and a database server", || {
        let done = program().args(["doctor", "--runtime", "local"]).output().map_err(|error| error.to_string())?;
        if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stdout).trim().to_owned()) }
    })
}

/// An extension of the PHP that is started.
pub fn a_php_extension(name: &'static str) -> Need {
    Need::new("live", format!("PHP's extension {name}"), move || {
        let done = Command::new("php").arg("-m").output().map_err(|error| format!("php: {error}"))?;
        let has_it = String::from_utf8_lossy(&done.stdout).lines().any(|line| line == name);
        if has_it { Ok(()) } else { Err(format!("PHP lacks the extension {name}")) }
    })
}

/// A program in one of the folders of `PATH`.
pub fn a_program(name: &'static str) -> Need {
    Need::new("live", name, move || in_path(&[name]))
}

/// A browser that runs without a screen.
pub fn a_browser() -> Need {
    Need::new("browser", "chromium", || in_path(&matrix::BROWSERS))
}

/// A validator of HTML.
pub fn a_validator() -> Need {
    Need::new("browser", "tidy", || in_path(&["tidy"]))
}

/// The accessibility checker axe.
pub fn axe() -> Need {
    Need::new("browser", "axe", || {
        let file = std::env::var_os("MATOMO_CONFORMANCE_AXE");
        let is_there = file.is_some_and(|file| Path::new(&file).is_file());
        if is_there { Ok(()) } else { Err("MATOMO_CONFORMANCE_AXE names no axe.min.js".to_owned()) }
    })
}

fn in_path(names: &[&str]) -> Result<(), String> {
    let is_there = names.iter().any(|name| find_program(name).is_some());
    if is_there { Ok(()) } else { Err(format!("no folder of PATH has {}", names.join(" or "))) }
}

/// An engine for containers.
pub fn an_engine() -> Need {
    Need::new("containers", "container engine", engine::answers)
}

/// `debian:bookworm-slim`, below which images of tests are built: on this machine, from a registry, or by debootstrap.
pub fn a_base_image() -> Need {
    Need::new("containers", "debian:bookworm-slim", engine::make_base_image)
}

/// An engine that can be given an image for another machine.
pub fn an_image_for_another_machine() -> Need {
    Need::new("containers", "an image for another machine", engine::load_foreign_image)
}

/// A test with all that it needs.
pub struct Test {
    name: String,
    needs: Vec<Need>,
    seconds: u32,
    body: Box<dyn FnOnce() + Send>,
}

impl Test {
    /// A test of a module; see the macro `test!`.
    pub fn new(module: &str, name: &str, body: impl FnOnce() + Send + 'static) -> Self {
        let module = module.split_once("::").map_or(module, |(_, module)| module);
        Self { name: format!("{module}::{name}"), needs: Vec::new(), seconds: 0, body: Box::new(body) }
    }

    /// Something more that it needs.
    pub fn needs(mut self, need: Need) -> Self {
        self.needs.push(need);
        self
    }

    /// All of these it needs.
    pub fn needs_all(mut self, needs: impl IntoIterator<Item = Need>) -> Self {
        self.needs.extend(needs);
        self
    }

    /// Roughly how long it takes on two cores: the longest tests are begun first, so that no thread waits at the end.
    pub fn takes(mut self, seconds: u32) -> Self {
        self.seconds = seconds;
        self
    }

    fn into_trial(self, missing: &[(&Need, String)], is_required: bool) -> Trial {
        let names: Vec<&str> = missing.iter().map(|(need, _)| need.name.as_str()).collect();
        let why: Vec<String> = missing.iter().map(|(need, why)| format!("it needs {}: {why}", need.name)).collect();
        let (name, body, is_ignored) = (self.name.clone(), self.body, !missing.is_empty() && !is_required);
        let kind = if is_ignored { format!("needs {}", names.join(", ")) } else { String::new() };
        let run = move || {
            if !why.is_empty() {
                return Err(why.join("\n").into());
            }
            let started = Instant::now();
            body();
            eprintln!("took {:.1} s: {name}", started.elapsed().as_secs_f32());
            Ok(())
        };
        Trial::test(self.name, run).with_ignored_flag(is_ignored).with_kind(kind)
    }
}

/// A case as part of a name.
pub fn word(case: impl Display) -> String {
    case.to_string().replace(' ', "_")
}

/// A test of this module by the name of its function, or one case of it: `test!(function)`, `test!(function, case, arguments)`.
macro_rules! test {
    ($function:ident) => {
        $crate::needs::Test::new(module_path!(), stringify!($function), $function)
    };
    ($function:ident, $case:expr, $($argument:expr),+) => {{
        let name = format!("{}::{}", stringify!($function), $crate::needs::word($case));
        $crate::needs::Test::new(module_path!(), &name, move || $function($($argument),+))
    }};
}
pub(crate) use test;

/// Runs tests as `cargo test` and `cargo nextest` ask for it.
pub fn run(tests: impl IntoIterator<Item = Test>) -> ExitCode {
    let arguments = Arguments::from_args();
    let list = std::env::var("MATOMO_CONFORMANCE_REQUIRE").unwrap_or_default();
    let required = required(&list);
    let mut tests: Vec<Test> = tests.into_iter().collect();
    let names: BTreeSet<&str> = tests.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(names.len(), tests.len(), "two tests have the same name");
    tests.sort_by_key(|test| Reverse(test.seconds));
    let mut found = BTreeMap::new();
    let mut trials = Vec::new();
    for mut test in tests {
        // Under nextest each test is a process of its own, which is to look for nothing that only others need.
        let is_meant = arguments.filter.as_ref().is_none_or(|filter| {
            let of_kind = filter.contains("needs");
            if arguments.exact { filter.ends_with(&test.name) } else { test.name.contains(filter) || of_kind }
        });
        let needs = if is_meant { std::mem::take(&mut test.needs) } else { Vec::new() };
        let missing: Vec<(&Need, String)> = needs
            .iter()
            .filter_map(|need| {
                let result: &Result<(), String> = found.entry(need.name.clone()).or_insert_with(|| (need.look)());
                Some((need, result.as_ref().err()?.clone()))
            })
            .collect();
        let is_required = missing.iter().any(|(need, _)| required.contains(need.group));
        trials.push(test.into_trial(&missing, is_required));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn required(list: &str) -> BTreeSet<&str> {
    let groups: BTreeSet<&str> = list.split(',').map(str::trim).filter(|group| !group.is_empty()).collect();
    for group in &groups {
        assert!(GROUPS.contains(group), "MATOMO_CONFORMANCE_REQUIRE knows {}, and not {group}", GROUPS.join(", "));
    }
    groups
}
