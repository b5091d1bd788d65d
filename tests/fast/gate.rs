//! The gate's script and the configuration file.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::program;

const FEW: &str = "--only default/*/url/dry/VisitsSummary.* --only flag/*/url/dry/VisitsSummary.*";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The gate's script with these inputs, in a folder.
fn gate(work: &Path, step: &str, inputs: &[(&str, &str)]) -> Command {
    // Only what `program` leaves of the environment.
    let clean = program();
    let mut command = Command::new("bash");
    for (name, value) in clean.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.arg(root().join(".github/actions/gate/gate.sh")).arg(step).current_dir(work);
    command.env("GATE_PROGRAM", env!("CARGO_BIN_EXE_matomo-conformance")).env("TMPDIR", work);
    command.envs(inputs.iter().copied());
    command
}

fn ended(mut command: Command) -> (i32, String) {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    (status.code().unwrap_or(-1), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_gate_is_green_on_a_clean_matomo_and_leaves_every_report() {
    let work = tempfile::tempdir().expect("a folder");
    let (code, text) = ended(gate(work.path(), "check", &[("GATE_ARGUMENTS", &format!("--simulated=5.2+24103 {FEW}"))]));
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("gate: green"), "{text}");
    for file in ["results/results.json", "junit.xml", "conformance.sarif", "summary.md"] {
        assert!(work.path().join("conformance").join(file).is_file(), "{file} is missing");
    }
    // A second run in the same place is as good as the first.
    assert_eq!(ended(gate(work.path(), "check", &[("GATE_ARGUMENTS", &format!("--simulated {FEW}"))])).0, 0);
}

#[test]
fn the_hook_for_pre_commit_checks_what_is_about_to_be_committed_on_a_budget() {
    let text = fs::read_to_string(root().join(".github/examples/pre-commit-config.yaml")).expect("the example");
    let entry = text.lines().find_map(|line| line.trim().strip_prefix("entry: ")).expect("a command");
    let work = tempfile::tempdir().expect("a folder");
    let path = std::env::join_paths(
        Path::new(env!("CARGO_BIN_EXE_matomo-conformance"))
            .parent()
            .map(Path::to_owned)
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let path = path.expect("folders");
    let run = |line: &str| {
        let mut command = Command::new("bash");
        command.args(["-ec", line]).current_dir(work.path()).env("PATH", &path).env_remove("CI").env_remove("GITHUB_ACTIONS");
        ended(command)
    };
    let staged = "git init -q . && mkdir -p plugins/Goals && echo '<?php' > plugins/Goals/API.php && git add plugins";
    let (code, text) = run(staged);
    assert_eq!(code, 0, "{text}");
    for (fault, expected) in [("", 0), (" --fault super-guard-gone", 2)] {
        assert!(entry.contains("--source . --budget 30s"), "{entry}");
        let simulated = entry.replace("--source . --budget 30s", &format!("--simulated=5.2{fault} --budget 200"));
        let (code, text) = run(&simulated);
        assert_eq!(code, expected, "{text}");
        assert!(text.contains("changed files: swept are Goals") && text.contains("then the budget of 200 was spent"), "{text}");
    }
}

/// A program that prints its arguments, and then says what `check` would.
fn echo(work: &Path) -> PathBuf {
    let path = work.join("echo");
    fs::write(&path, "#!/bin/sh\nif [ \"$1\" = check ]; then printf '%s\\n' \"$@\" > arguments; exit 5; fi\n").expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be run");
    path
}

#[test]
fn for_a_plugin_the_gate_takes_the_tree_that_was_set_up_and_the_spelling_of_its_inputs() {
    let work = tempfile::tempdir().expect("a folder");
    let program = echo(work.path());
    let inputs = [
        ("GATE_PROGRAM", program.to_str().expect("a path")),
        ("GATE_PLUGIN_NAME", "MyPlugin"),
        ("GATE_DEPENDENT_PLUGINS", "matomo-org/plugin-CustomVariables other/plugin-Thing"),
        ("GATE_CHANGED_FILES", "changed"),
    ];
    let (code, text) = ended(gate(work.path(), "check", &inputs));
    assert!(code == 7 && text.contains("matomo/plugins/MyPlugin/plugin.json"), "{code} {text}");
    fs::create_dir_all(work.path().join("matomo/plugins/MyPlugin")).expect("a folder");
    fs::write(work.path().join("matomo/plugins/MyPlugin/plugin.json"), "{}").expect("a file");
    assert_eq!(ended(gate(work.path(), "check", &inputs)).0, 5);
    let arguments = fs::read_to_string(work.path().join("arguments")).expect("arguments");
    let line = arguments.lines().collect::<Vec<_>>().join(" ");
    for part in [
        "--source matomo",
        "--activate MyPlugin --only-plugin MyPlugin --activate CustomVariables --activate Thing",
        "--changed-files-in plugins/MyPlugin",
        "--changed-files changed",
    ] {
        assert!(line.contains(part), "{part} is missing: {line}");
    }
}

#[test]
fn the_gate_is_red_with_a_planted_bug_and_names_it() {
    let work = tempfile::tempdir().expect("a folder");
    let inputs = [("GATE_ARGUMENTS", &*format!("--simulated=5.2+24103 --fault super-guard-gone {FEW}")), ("GATE_REPORT_FOLDER", "reports")];
    let (code, text) = ended(gate(work.path(), "check", &inputs));
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("gate.superuser") && text.contains("gate: red") && !text.contains("green"), "{text}");
    assert!(work.path().join("reports/junit.xml").is_file());
}

#[test]
fn the_gate_is_red_where_nothing_is_selected_or_no_target_is_named() {
    let work = tempfile::tempdir().expect("a folder");
    let (code, text) = ended(gate(work.path(), "check", &[("GATE_ARGUMENTS", "--simulated --only no/such/case")]));
    assert_eq!(code, 4, "{text}");
    let mut nothing = gate(work.path(), "check", &[]);
    nothing.env("CI", "true");
    let (code, text) = ended(nothing);
    assert!(code == 1 && text.contains("no target was named"), "{code} {text}");
    fs::write(work.path().join("changed"), "").expect("a file");
    let (code, text) = ended(gate(work.path(), "check", &[("GATE_ARGUMENTS", "--simulated"), ("GATE_CHANGED_FILES", "changed")]));
    assert!(code == 1 && text.contains("names no changed file"), "{code} {text}");
}

#[test]
fn the_gate_is_red_when_the_harness_is_killed_midway() {
    let work = tempfile::tempdir().expect("a folder");
    let mut command = gate(work.path(), "check", &[("GATE_ARGUMENTS", "--simulated --concurrency 1")]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let journal = work.path().join("conformance/results/results.jsonl");
    let end = Instant::now() + Duration::from_secs(300);
    while fs::metadata(&journal).map_or(0, |meta| meta.len()) == 0 {
        assert!(Instant::now() < end, "no result was written");
        std::thread::sleep(Duration::from_millis(2));
    }
    let harness = children(child.id());
    assert!(!harness.is_empty(), "the harness runs");
    for id in harness {
        let killed = Command::new("kill").args(["-9", &id.to_string()]).status().expect("kill starts");
        assert!(killed.success());
    }
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(137), "{text}");
    assert!(text.contains("gate: red"), "{text}");
    assert!(!work.path().join("conformance/results/results.json").exists());
    assert_ne!(ended(gate(work.path(), "clean", &[])).0, 2);
}

/// Processes whose parent is this one.
fn children(parent: u32) -> Vec<u32> {
    let is_child = |id: &u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.split(' ').nth(1) == Some(&parent.to_string()))
    };
    let all = fs::read_dir("/proc").expect("/proc").flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    all.filter(is_child).collect()
}

#[test]
fn a_program_that_says_0_and_leaves_no_complete_results_is_not_believed() {
    let work = tempfile::tempdir().expect("a folder");
    let real = env!("CARGO_BIN_EXE_matomo-conformance");
    let liar = work.path().join("liar");
    let script = |check: &str| {
        fs::write(&liar, format!("#!/bin/sh\nif [ \"$1\" = check ]; then {check}; exit 0; fi\nexec {real} \"$@\"\n")).expect("a file");
        fs::set_permissions(&liar, fs::Permissions::from_mode(0o755)).expect("it can be run");
        ended(gate(work.path(), "check", &[("GATE_PROGRAM", liar.to_str().expect("a path"))]))
    };
    let (code, text) = script("true");
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("are missing"), "{text}");
    let stopped = format!("{real} check --simulated --time-limit 0 --output conformance/results {FEW} >&2");
    assert_eq!(script(&stopped.replace('*', "\\*")).0, 4);
    let bug = format!("{real} check --simulated --fault super-guard-gone --output conformance/results {FEW} >&2");
    assert_eq!(script(&bug.replace('*', "\\*")).0, 4);
    let fine = format!("{real} check --simulated --output conformance/results {FEW} >&2");
    assert_eq!(script(&fine.replace('*', "\\*")).0, 0);
}

#[test]
fn a_matrix_of_shards_is_merged_and_one_that_is_missing_is_red() {
    let work = tempfile::tempdir().expect("a folder");
    for shard in ["1/2", "2/2"] {
        let folder = format!("shards/{}", &shard[..1]);
        let arguments = format!("--simulated {FEW}");
        let inputs = [("GATE_ARGUMENTS", &*arguments), ("GATE_SHARD", shard), ("GATE_REPORT_FOLDER", &folder)];
        let (code, text) = ended(gate(work.path(), "check", &inputs));
        assert_eq!(code, 0, "{text}");
    }
    let merge = |folder: &str| ended(gate(work.path(), "merge", &[("GATE_MERGE", folder)]));
    let (code, text) = merge("shards");
    assert_eq!(code, 0, "{text}");
    assert_eq!(json(&work.path().join("conformance/results/results.json"))["complete"], true);
    let (code, text) = merge("shards/1");
    assert_eq!(code, 4, "{text}");
    fs::create_dir(work.path().join("empty")).expect("a folder");
    let (code, text) = merge("empty");
    assert!(code == 4 && text.contains("no results of a shard"), "{code} {text}");
}

#[test]
fn every_input_of_the_action_reaches_the_script_through_the_environment() {
    let action = fs::read_to_string(root().join(".github/actions/gate/action.yml")).expect("the action");
    let script = fs::read_to_string(root().join(".github/actions/gate/gate.sh")).expect("the script");
    let (inputs, rest) = action.split_once("\ninputs:\n").and_then(|(_, rest)| rest.split_once("\noutputs:\n")).expect("inputs");
    let names = inputs.lines().filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?.strip_suffix(':'));
    let names: BTreeSet<&str> = names.collect();
    assert!(names.len() >= 7, "{names:?}");
    for wanted in ["source", "release", "runtime", "database", "known-differences", "report-folder", "changed-files"] {
        assert!(names.contains(wanted), "{wanted} is no input");
    }
    for name in names {
        let variable = name.to_uppercase().replace('-', "_");
        assert!(rest.contains(&format!("GATE_{variable}: ${{{{ inputs.{name} }}}}")), "{name} does not reach the script");
        assert!(script.contains(&format!("GATE_{variable}")) || script.contains(&variable), "the script does not read {name}");
    }
    // Text of an input in a script would be run.
    assert!(rest.lines().filter(|line| line.contains("run:")).all(|line| !line.contains("${{")), "an input stands in a script");
    let example = fs::read_to_string(root().join(".github/examples/matomo.yml")).expect("the example");
    for line in example.lines().skip_while(|line| !line.contains("OWNER/")).filter_map(|line| line.strip_prefix("          ")) {
        let Some((key, _)) = line.split_once(": ").filter(|(key, _)| !key.contains(' ')) else { continue };
        let of_others = ["name", "path", "pattern", "if-no-files-found", "retention-days", "persist-credentials", "fetch-depth"];
        assert!(action.contains(&format!("  {key}:\n")) || of_others.contains(&key), "the example gives {key}, which is no input");
    }
}

/// Runs `check` on a few cases in a folder with a configuration file; gives the folders that it wrote.
fn written(work: &Path, environment: &[(&str, &str)], args: &[&str]) -> (i32, String, BTreeSet<String>) {
    let mut command = program();
    command.arg("check").args(FEW.split(' ')).args(args).current_dir(work).envs(environment.iter().copied());
    let (code, text) = ended(command);
    let folders = fs::read_dir(work).expect("the folder").flatten().filter(|entry| entry.path().join("results.json").is_file());
    let names: BTreeSet<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    for name in &names {
        fs::remove_dir_all(work.join(name)).expect("it can be removed");
    }
    (code, text, names)
}

#[test]
fn the_file_is_weaker_than_the_environment_which_is_weaker_than_the_command_line() {
    let work = tempfile::tempdir().expect("a folder");
    let one = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    fs::write(work.path().join("matomo-conformance.toml"), "[target]\nsimulated = \"5.2\"\n[check]\noutput = \"of-file\"\nseed = 7\n")
        .expect("a file");
    let (code, text, names) = written(work.path(), &[("CI", "true")], &[]);
    assert_eq!((code, names), (0, one(&["of-file"])), "{text}");
    assert!(text.contains("5.2"), "{text}");
    let environment = [("MATOMO_CONFORMANCE_OUTPUT", "of-environment")];
    assert_eq!(written(work.path(), &environment, &[]).2, one(&["of-environment"]));
    assert_eq!(written(work.path(), &environment, &["--output", "of-line"]).2, one(&["of-line"]));
    fs::create_dir_all(work.path().join("target")).expect("a folder");
    let (_, text, names) = written(work.path(), &[], &["--no-config"]);
    assert!(names.is_empty() && work.path().join("target/conformance/results.json").is_file(), "{text}");
    fs::write(work.path().join("other.toml"), "[check]\noutput = \"of-other\"\n").expect("a file");
    assert_eq!(written(work.path(), &[], &["--config", "other.toml"]).2, one(&["of-other"]));
    assert_eq!(written(work.path(), &[("MATOMO_CONFORMANCE_CONFIG", "other.toml")], &[]).2, one(&["of-other"]));
    assert_eq!(written(work.path(), &[], &["--config", "none.toml"]).0, 1);
}

#[test]
fn a_target_of_the_file_gives_way_to_one_of_another_kind() {
    let work = tempfile::tempdir().expect("a folder");
    let file = work.path().join("matomo-conformance.toml");
    fs::write(&file, "[target]\nsource = \"no/such/tree\"\n").expect("a file");
    let (code, text, _) = written(work.path(), &[], &[]);
    assert!(code == 1 && text.contains("no/such/tree"), "{code} {text}");
    assert_eq!(written(work.path(), &[], &["--simulated=5.2", "--output", "out"]).0, 0);
    // A list of the file is replaced, not added to.
    fs::write(&file, "[target]\nsimulated = \"5.2\"\n[check]\nonly = [\"default/\"]\nskip = [\"*/url/*\"]\n").expect("a file");
    let mut list = program();
    list.args(["check", "--list", "--only", "flag/view/"]).current_dir(work.path());
    let listed = String::from_utf8(list.output().expect("it starts").stdout).expect("UTF-8");
    assert!(
        listed.lines().count() > 10 && listed.lines().all(|line| line.starts_with("flag/view/") && !line.contains("/url/")),
        "{listed}"
    );
}

#[test]
fn an_unknown_key_is_an_error_with_its_place() {
    let work = tempfile::tempdir().expect("a folder");
    fs::write(work.path().join("matomo-conformance.toml"), "[check]\nseed = 1\nonyl = [\"default/\"]\n").expect("a file");
    for args in [vec!["check", "--simulated", "--list"], vec!["config"]] {
        let mut command = program();
        command.args(&args).current_dir(work.path());
        let (code, text) = ended(command);
        assert_eq!(code, 1, "{text}");
        for part in ["matomo-conformance.toml", "line 3, column 1", "onyl", "only", "hint:"] {
            assert!(text.contains(part), "{part} is missing: {text}");
        }
    }
    // What helps to mend the file does not need it.
    let mut command = program();
    command.args(["config", "--default"]).current_dir(work.path());
    let (code, text) = ended(command);
    assert!(code == 0 && text.contains("[reports]"), "{text}");
}

#[test]
fn completions_and_manual_pages_come_from_the_same_definitions() {
    let work = tempfile::tempdir().expect("a folder");
    let print = |args: &[&str]| {
        let mut command = program();
        command.args(args).current_dir(work.path());
        let (code, text) = ended(command);
        assert_eq!(code, 0, "{text}");
        text
    };
    for shell in ["bash", "zsh", "fish"] {
        let script = print(&["completions", shell]);
        assert!(script.contains("changed-files") && script.contains("compare"), "{shell}");
    }
    let bash = Command::new("bash").args(["-n", "-c", &print(&["completions", "bash"])]).status().expect("bash starts");
    assert!(bash.success());
    assert!(print(&["man"]).contains(".TH matomo-conformance 1"));
    print(&["man", "--output", "man"]);
    let help = print(&["--help"]);
    let (_, commands) = help.split_once("Commands:\n").expect("commands");
    let commands = commands.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let mut pages = 0;
    for name in commands.filter(|name| !name.is_empty() && *name != "help") {
        let page = fs::read_to_string(work.path().join(format!("man/matomo-conformance-{name}.1")));
        assert!(page.is_ok_and(|page| page.contains(".SH OPTIONS")), "{name} has no page");
        pages += 1;
    }
    assert!(pages > 10, "{pages} pages");
    let schema: Value = serde_json::from_str(&print(&["config", "--schema"])).expect("JSON");
    assert!(schema["properties"]["reports"].is_object(), "{schema}");
}
