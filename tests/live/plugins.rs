//! Live: a plugin beside a tree, switched on as Matomo does it, swept, and judged by the entries that it brings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::needs::{Test, a_tree, test};
use crate::support::{Run, check, copy_of, program, rewrite, tree};

const OWN: &str = "ConformanceExample";

/// Trees with the allowlist, and one without.
const TREES: [(&str, bool); 4] = [("5.2.0-b5+24103", true), ("4.15.1", false), ("5.3.0-alpha+5.8", true), ("5.3.0-alpha+6.0", true)];

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    let mut tests: Vec<Test> = TREES
        .into_iter()
        .map(|(name, list)| {
            test!(a_plugin_beside_a_tree_is_swept_its_entry_honoured_and_its_sibling_refused, name, name, list).needs(a_tree(name))
        })
        .collect();
    tests.extend(
        TREES
            .into_iter()
            .map(|(name, _)| test!(bundled_plugins_that_are_off_by_default_agree_when_all_are_on, name, name).needs(a_tree(name))),
    );
    let newest = || a_tree(TREES[0].0);
    tests.extend([
        test!(an_action_that_forgets_its_check_shows_in_the_matrix).needs(newest()),
        test!(a_bug_planted_beside_a_plugin_with_an_entry_is_found).needs(newest()),
        test!(what_is_wrong_with_a_plugin_is_said_before_anything_is_asked).needs(newest()),
        test!(an_authenticator_that_takes_any_token_for_its_own_is_found_whatever_was_selected).needs(newest()),
        test!(what_hangs_on_a_plugins_listener_is_unknown_with_its_name).needs(newest()),
        test!(an_observer_that_a_plugins_configuration_registers_is_named_like_its_class).needs(newest()),
    ]);
    tests
}

/// The plugin's own endpoints for everybody, and the probe's for those whom the gate tells apart.
const FEW: [&str; 4] = ["--only", "*/ConformanceExample.*", "--only", "default/*/url/dry/ConformanceProbe.need*"];

fn plugin() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/plugins").join(OWN)
}

fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let all = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    all.filter(|entry| entry.file_type().is_file())
        .map(|entry| (entry.path().to_owned(), entry.metadata().map_or(0, |data| data.len())))
        .collect()
}

fn with_plugin<'a>(folder: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["--plugin-dir", folder.to_str().expect("a path")];
    args.extend(more);
    args
}

/// What was observed of a case, from the journal.
fn seen(output: &Path, case: &str) -> String {
    let journal = fs::read_to_string(output.join("results.jsonl")).expect("a journal");
    let line = journal.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find(|line| line["case"] == case);
    line.unwrap_or_else(|| panic!("no case {case}"))["observed"].to_string()
}

fn a_plugin_beside_a_tree_is_swept_its_entry_honoured_and_its_sibling_refused(name: &str, list: bool) {
    let tree = tree(name);
    let work = tempfile::tempdir().expect("a folder");
    let output = work.path().join("out");
    let (before, of_tree) = (files(&plugin()), files(&tree.join("plugins")).len());
    // Matomo writes the plugin's tracker into its own, below its document root.
    let trackers = || ["matomo.js", "piwik.js"].map(|file| fs::read(tree.join(file)).expect("a tracker"));
    let trackers_before = trackers();
    let run = check(&tree, &output, &with_plugin(&plugin(), &FEW));
    assert_eq!(run.code, 0, "{name}: {}{}", run.out, run.err);
    assert!(run.total("agree") > 200, "{name}: {}", run.out);
    let brought = "its allowlist has ConformanceExample.embed (from plugins/ConformanceExample/config/config.php)";
    assert!(run.err.contains(brought), "{name}: {}", run.err);
    assert_eq!(run.err.contains("this release reads no allowlist"), !list, "{name}: {}", run.err);
    let opened = |action: &str| seen(&output, &format!("default/write/url/dry/{OWN}.{action}")).contains("opened");
    assert_eq!(opened("embed"), list, "{name}: the entry");
    for action in ["sibling", "manage", "forgetful", "index", "getNumbers", "getGreeting"] {
        assert!(!opened(action), "{name}: {action} is not listed");
        assert!(seen(&output, &format!("default/view/url/dry/{OWN}.{action}")).contains("opened"), "{name}: {action}");
    }
    assert_eq!(files(&plugin()), before, "nothing is written into the checkout");
    assert_eq!(files(&tree.join("plugins")).len(), of_tree, "nothing is written into the tree");
    assert!(trackers() == trackers_before, "the tree's trackers stay as they are");
    run.count_live(&format!("plugin on {name}"));
}

/// Bundled with Matomo, and off by default.
const BUNDLED: [&str; 13] = [
    "DBStats",
    "ExampleAPI",
    "ExampleCommand",
    "ExampleLogTables",
    "ExamplePlugin",
    "ExampleReport",
    "ExampleSettingsPlugin",
    "ExampleTheme",
    "ExampleTracker",
    "ExampleUI",
    "ExampleVisualization",
    "ExampleVue",
    "MobileAppMeasurable",
];

/// Their own endpoints, and what is dispatched when no plugin is off any more but for those that need the internet.
fn bundled_plugins_that_are_off_by_default_agree_when_all_are_on(name: &str) {
    let work = tempfile::tempdir().expect("a folder");
    let mut args: Vec<&str> = BUNDLED.iter().flat_map(|plugin| ["--activate", plugin]).collect();
    args.extend(["--only", "*/url/dry/Example*", "--only", "*/url/dry/DBStats.*", "--only", "default/*/url/dry/?module=*&action=index"]);
    let run = check(&tree(name), &work.path().join("out"), &args);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.total("agree") > 100, "{}", run.out);
    run.count_live(&format!("bundled plugins on {name}"));
    // A plugin that is configured and needs the internet is no deactivated one.
    let line = "http://matomo.example/index.php?module=Marketplace&action=index";
    let done = program().args(["replay", line, "--source"]).arg(tree(name)).current_dir(work.path()).output().expect("it starts");
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stdout));
}

fn an_action_that_forgets_its_check_shows_in_the_matrix() {
    let tree = tree(TREES[0].0);
    let work = tempfile::tempdir().expect("a folder");
    let output = work.path().join("out");
    let mut command = program();
    command.args(["matrix", "--only-plugin", OWN, "--slots", "default", "--principals", "anonymous,view,write"]);
    command.arg("--source").arg(&tree).arg("--plugin-dir").arg(plugin()).arg("--output").arg(&output);
    let run = Run::of(command, &output);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let table = fs::read_to_string(output.join("matrix.csv")).expect("a table");
    let rows = |action: &str| {
        table.lines().filter(|line| line.contains(&format!("{OWN}.{action}"))).map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    for (action, anonymous) in [("forgetful", true), ("embed", false), ("sibling", false), ("manage", false)] {
        let row = rows(action);
        assert!(!row.is_empty(), "{action}: {table}");
        assert_eq!(row.lines().any(|line| line.contains("anonymous") && line.contains(",opened")), anonymous, "{action}: {row}");
    }
    for method in ["getNumbers", "getSecret"] {
        assert!(!rows(method).is_empty(), "the API method {method} has a row");
    }
}

fn a_bug_planted_beside_a_plugin_with_an_entry_is_found() {
    let clean = tree(TREES[0].0);
    let work = tempfile::tempdir().expect("a folder");
    let broken = work.path().join("broken");
    copy_of(&clean, &broken);
    // However the tree names its list: any entry opens everything.
    let (file, search) = ("core/API/Request.php", "in_array($module . '.' . $action, ");
    let text = fs::read_to_string(broken.join(file)).expect("the file is there");
    let list =
        text.split_once(search).and_then(|(_, rest)| rest.split_once(',')).map(|(list, _)| list.to_owned()).expect("the list is searched");
    let from = format!("{search}{list}, true)");
    rewrite(&broken, file, |text| text.replacen(&from, &format!("!empty({list})"), 1));
    let run = check(&broken, &work.path().join("out"), &with_plugin(&plugin(), &FEW));
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    let leaks = run.differences("leak");
    assert!(leaks.iter().any(|(case, _)| case == "default/write/url/dry/ConformanceExample.sibling"), "{leaks:?}");
    assert!(!leaks.iter().any(|(case, _)| case.ends_with("write/url/dry/ConformanceExample.embed") && case.starts_with("default")));
}

/// A copy of the plugin with one file exchanged.
fn exchanged(work: &Path, file: &str, change: impl Fn(String) -> String) -> PathBuf {
    let copy = work.join(OWN);
    let status = Command::new("cp").arg("-r").arg(plugin()).arg(&copy).status().expect("cp starts");
    assert!(status.success());
    let path = copy.join(file);
    let text = fs::read_to_string(&path).expect("the file is there");
    let new = change(text.clone());
    assert_ne!(text, new);
    fs::write(&path, new).expect("a file");
    copy
}

type Change = Box<dyn Fn(String) -> String>;

fn what_is_wrong_with_a_plugin_is_said_before_anything_is_asked() {
    let tree = tree(TREES[0].0);
    let manifest = |from: &'static str, to: &'static str| move |text: String| text.replace(from, to);
    let wrong: [(&str, Change, [&str; 2]); 4] = [
        ("plugin.json", Box::new(manifest(">=4.0.0-b1,<9.0.0-b1", ">=99.0.0")), ["is for another Matomo", "99.0.0"]),
        ("plugin.json", Box::new(manifest("\"matomo\":", "\"NoSuchPlugin\": \">=1.0.0\", \"matomo\":")), ["NoSuchPlugin", "--plugin-dir"]),
        (
            "ConformanceExample.php",
            Box::new(manifest("DbHelper::createTable(", "throw new \\Exception('no table today'); DbHelper::createTable(")),
            ["no table today", "last lines of where it failed"],
        ),
        (
            "config/config.php",
            Box::new(|_| {
                "<?php return ['token_auth.write_admin_allowed_module_actions' => function () { throw new \\Exception('no list today'); }];"
                    .to_owned()
            }),
            ["plugins/ConformanceExample/config/config.php", "no list today"],
        ),
    ];
    for (file, change, parts) in wrong {
        let work = tempfile::tempdir().expect("a folder");
        let copy = exchanged(work.path(), file, change);
        let run = check(&tree, &work.path().join("out"), &with_plugin(&copy, &FEW));
        assert_eq!(run.code, 7, "{file}: {}{}", run.out, run.err);
        for part in parts.iter().chain(&[OWN]) {
            assert!(run.err.contains(part), "{file}: {part} is missing: {}", run.err);
        }
    }
    let work = tempfile::tempdir().expect("a folder");
    let run = check(&tree, &work.path().join("out"), &["--activate", "NoSuchPlugin"]);
    assert!(run.code == 7 && run.err.contains("NoSuchPlugin cannot be switched on: there is no plugin of this name"), "{}", run.err);
}

fn an_authenticator_that_takes_any_token_for_its_own_is_found_whatever_was_selected() {
    let tree = tree(TREES[0].0);
    let folder = plugin().with_file_name("ConformanceLogin");
    let work = tempfile::tempdir().expect("a folder");
    let output = work.path().join("out");
    let run = check(&tree, &output, &with_plugin(&folder, &["--only", "default/view/url/dry/VisitsSummary.index"]));
    assert_eq!(run.code, 4, "{}{}", run.out, run.err);
    for part in [
        "the plugin ConformanceLogin has a part in the class Piwik\\Session\\SessionAuth",
        "by a token that nobody has",
        "by another user's token",
    ] {
        assert!(run.err.contains(part), "{part} is missing: {}", run.err);
    }
    // A rule that is broken is a leak, and no unknown, although a plugin has a part in it.
    let run = check(&tree, &output, &with_plugin(&folder, &["--only", "default/super/cookie+url-forced=invalid/"]));
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(!run.differences("leak").is_empty());
}

fn what_hangs_on_a_plugins_listener_is_unknown_with_its_name() {
    let tree = tree(TREES[0].0);
    let work = tempfile::tempdir().expect("a folder");
    let listener = "
    public function registerEvents()
    {
        return ['Request.dispatch' => 'elsewhere'];
    }

    public function elsewhere(&$module, &$action, &$parameters)
    {
        $action = $module === 'ConformanceExample' && $action === 'sibling' ? 'manage' : $action;
    }

    public function install()";
    let copy = exchanged(work.path(), "ConformanceExample.php", |text| text.replacen("\n    public function install()", listener, 1));
    let output = work.path().join("out");
    let run = check(&tree, &output, &with_plugin(&copy, &["--only", "default/*/url/dry/ConformanceExample.*"]));
    assert_eq!(run.code, 4, "{}{}", run.out, run.err);
    assert!(run.err.contains("the plugin ConformanceExample has a part in the event Request.dispatch"), "{}", run.err);
    let unknown = run.differences("unknown");
    assert!(!unknown.is_empty() && unknown.iter().all(|(case, _)| case.ends_with("ConformanceExample.sibling")), "{unknown:?}");
    assert!(seen(&output, "default/view/url/dry/ConformanceExample.sibling").contains("it hangs on what the plugin ConformanceExample"));
    assert!(seen(&output, "default/write/url/dry/ConformanceExample.sibling").contains("gate-some-write"), "the gate is no listener's");
}

fn an_observer_that_a_plugins_configuration_registers_is_named_like_its_class() {
    let work = tempfile::tempdir().expect("a folder");
    let observer = "return [
    'observers.global' => \\Piwik\\DI::add([['Request.dispatch', \\Piwik\\DI::value(static function (&$module, &$action) {
        $action = \"$module.$action\" === 'ConformanceExample.sibling' ? 'manage' : $action;
    })]]),";
    let copy = exchanged(work.path(), "config/config.php", |text| text.replacen("return [", observer, 1));
    let output = work.path().join("out");
    let run = check(&tree(TREES[0].0), &output, &with_plugin(&copy, &["--only", "default/*/url/dry/ConformanceExample.*"]));
    assert_eq!(run.code, 4, "{}{}", run.out, run.err);
    assert!(run.err.contains("the plugin ConformanceExample has a part in the event Request.dispatch"), "{}", run.err);
    let unknown = run.differences("unknown");
    assert!(!unknown.is_empty() && unknown.iter().all(|(case, _)| case.ends_with("ConformanceExample.sibling")), "{unknown:?}");
}
