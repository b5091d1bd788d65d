//! Bad input: one clear error each, the exit code of the contract, nothing left running.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::{git, looks_like_matomo, processes_of, program};

/// Runs the program and returns its exit code and standard error.
fn run(args: &[&str]) -> (i32, String) {
    let output = program().args(args).env("TMPDIR", std::env::temp_dir()).output().expect("the program starts");
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn check(tree: &Path, more: &[&str]) -> (i32, String) {
    let output = tempfile::tempdir().expect("a folder");
    let out = output.path().join("out");
    let mut args = vec!["check", "--source", tree.to_str().expect("a path"), "--output", out.to_str().expect("a path")];
    args.extend(more);
    run(&args)
}

/// A program that answers as told.
fn script(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be run");
    path.to_string_lossy().into_owned()
}

#[test]
fn an_unknown_flag_is_a_usage_error() {
    let (code, err) = run(&["check", "--no-such-flag"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("--no-such-flag"), "{err}");
}

#[test]
fn help_and_version_are_no_errors() {
    assert_eq!(run(&["--help"]).0, 0);
    let done = program().arg("--version").output().expect("the program starts");
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let first = format!("matomo-conformance {} (", env!("CARGO_PKG_VERSION"));
    assert!(done.status.success() && text.starts_with(&first) && text.contains("\nresults.json: schema 1\n"), "{text}");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let (code, err) = check(Path::new("no/such/folder"), &[]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("no/such/folder") && err.contains("hint:"), "{err}");
}

#[test]
fn a_folder_that_is_no_matomo_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, err) = check(folder.path(), &[]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("is no Matomo source tree"), "{err}");
}

#[test]
fn a_tree_without_vendor_says_what_to_run() {
    let (code, err) = check(looks_like_matomo(false).path(), &[]);
    assert_eq!(code, 7, "{err}");
    assert!(err.contains("vendor/autoload.php") && err.contains("composer install"), "{err}");
}

#[test]
fn a_missing_php_is_named() {
    let (code, err) = check(looks_like_matomo(true).path(), &["--php", "no-such-php"]);
    assert_eq!(code, 7, "{err}");
    assert!(err.contains("no-such-php") && err.contains("--php"), "{err}");
}

#[test]
fn a_php_without_an_extension_names_the_package() {
    let folder = tempfile::tempdir().expect("a folder");
    let php = script(
        folder.path(),
        "php",
        "echo '{\"version\":\"8.2.1\",\"extensions\":[\"json\",\"dom\",\"simplexml\",\"xmlreader\",\"gd\",\"curl\",\"mbstring\"]}'",
    );
    let (code, err) = check(looks_like_matomo(true).path(), &["--php", &php]);
    assert_eq!(code, 7, "{err}");
    assert!(err.contains("pdo_mysql") && err.contains("php8.2-mysql"), "{err}");
}

#[test]
fn a_missing_database_server_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let php = script(
        folder.path(),
        "php",
        "echo '{\"version\":\"8.2.1\",\"extensions\":[\"json\",\"dom\",\"simplexml\",\"xmlreader\",\"gd\",\"curl\",\"mbstring\",\"pdo_mysql\"]}'",
    );
    let (code, err) = check(looks_like_matomo(true).path(), &["--php", &php, "--database-server", "no-such-server"]);
    assert_eq!(code, 7, "{err}");
    assert!(err.contains("no-such-server"), "{err}");
}

/// Runs `check` with a database server that does as told, a PHP that knows enough to get that far, and a limit of one second.
fn check_with_server(install: &str, serve: &str) -> (i32, String) {
    let work = tempfile::tempdir().expect("a folder");
    let release = r#"{"version":"5.2.0","php":"8.2.1","plugins":[],"missing_plugins":[],"features":{},"because":{}}"#;
    let about = r#"{"version":"8.2.1","extensions":["json","dom","simplexml","xmlreader","gd","curl","mbstring","pdo_mysql"]}"#;
    let php = format!("case \"$*\" in *release.php*) echo '{release}' > \"$CONFORMANCE_ANSWER\";; *) echo '{about}';; esac");
    let php = script(work.path(), "php", &php);
    let server = format!("case \"$*\" in --version) echo 'Ver 8.4.0';; *--initialize-insecure*) {install};; *) {serve};; esac");
    let server = script(work.path(), "mysqld", &server);
    let tree = looks_like_matomo(true);
    let output = work.path().join("out");
    let mut command = program();
    command.arg("check").arg("--source").arg(tree.path()).arg("--output").arg(&output).env("TMPDIR", work.path());
    command.args(["--php", &php, "--database-server", &server, "--start-limit", "1", "--no-template"]);
    let output = command.output().expect("the program starts");
    assert_eq!(processes_of(work.path()), Vec::<String>::new());
    let left: Vec<_> = fs::read_dir(work.path()).expect("the folder").flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("matomo-conformance-")), "{left:?}");
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn an_installation_that_never_ends_is_given_up_with_its_last_words() {
    let (code, err) = check_with_server("echo it installs; sleep 600", "exit 9");
    assert_eq!(code, 7, "{err}");
    assert!(
        err.contains("install-database did not end within 5 s") && err.contains("it installs") && err.contains("--start-limit"),
        "{err}"
    );
}

#[test]
fn an_installation_that_fails_shows_its_last_words() {
    let (code, err) = check_with_server("echo no room left >&2; exit 1", "exit 9");
    assert_eq!(code, 7, "{err}");
    assert!(err.contains("install-database failed") && err.contains("no room left"), "{err}");
}

#[test]
fn a_database_server_that_never_gets_ready_is_given_up_with_its_last_words() {
    let (code, err) = check_with_server("exit 0", "echo it waits; sleep 600");
    assert_eq!(code, 7, "{err}");
    assert!(err.contains("was not ready within 1 s") && err.contains("it waits") && err.contains("--start-limit"), "{err}");
}

#[test]
fn a_database_server_that_ends_is_noticed_with_its_last_words() {
    let (code, err) = check_with_server("exit 0", "echo out of memory; exit 3");
    assert_eq!(code, 7, "{err}");
    assert!(err.contains("the database server ended with") && err.contains("out of memory"), "{err}");
}

#[test]
fn an_output_folder_in_use_is_refused() {
    use fs4::fs_std::FileExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let lock = fs::File::create(folder.path().join(".out.lock")).expect("a lock");
    lock.lock_exclusive().expect("the lock is free");
    let out = folder.path().join("out");
    let (code, err) = run(&["check", "--source", "x", "--output", out.to_str().expect("a path")]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("in use by another run"), "{err}");
}

#[test]
fn somebody_elses_folder_is_never_moved_away() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("precious.txt"), "mine").expect("a file");
    let (code, err) = run(&["check", "--source", "x", "--output", folder.path().to_str().expect("a path")]);
    assert_eq!(code, 1, "{err}");
    assert!(folder.path().join("precious.txt").exists());
}

#[test]
fn a_full_disk_for_the_output_is_named() {
    // Only root may mount; elsewhere a folder that cannot be written to has to do.
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("sealed");
    fs::create_dir(&out).expect("a folder");
    fs::set_permissions(&out, fs::Permissions::from_mode(0o500)).expect("sealed");
    let target = out.join("out");
    let (code, err) = if nix_is_root() {
        run(&["check", "--source", "x", "--output", "/proc/nowhere/out"])
    } else {
        run(&["check", "--source", "x", "--output", target.to_str().expect("a path")])
    };
    assert_eq!(code, 7, "{err}");
    assert!(err.contains("cannot"), "{err}");
}

fn nix_is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0)
}

#[test]
fn a_bad_pattern_and_a_bad_case_id_are_usage_errors() {
    let (code, err) = run(&["check", "--only", "{broken"]);
    assert_eq!(code, 1, "{err}");
    let (code, err) = run(&["explain", "default/nobody/url/dry/A.b"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("unknown principal \"nobody\""), "{err}");
}

#[test]
fn explain_names_the_deciding_clause() {
    let output = program().args(["explain", "default/super/url/dry/VisitsSummary.index"]).output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0));
    assert!(text.contains("refused: gate-super-user (by gate.superuser)"), "{text}");
}

#[test]
fn init_writes_what_fits_the_repository_and_overwrites_nothing() {
    let nothing = tempfile::tempdir().expect("a folder");
    let init = |folder: &Path| {
        let output = program().arg("init").arg(folder).output().expect("the program starts");
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code().unwrap_or(-1), text)
    };
    let (code, text) = init(nothing.path());
    assert!(code == 1 && text.contains("neither Matomo's repository nor a plugin's"), "{text}");
    assert!(fs::read_dir(nothing.path()).expect("a folder").next().is_none());

    let plugin = tempfile::tempdir().expect("a folder");
    fs::write(plugin.path().join("plugin.json"), r#"{"name": "MyPlugin"}"#).expect("a file");
    let tree = looks_like_matomo(false);
    for (folder, workflow, configuration) in [
        (plugin.path(), "plugin-name: MyPlugin", "\nplugin-dir = [\".\"]\n"),
        (tree.path(), "source: ${{ github.workspace }}", "\nsource = \".\"\n"),
    ] {
        let (code, text) = init(folder);
        assert_eq!(code, 0, "{text}");
        let read = |name: &str| fs::read_to_string(folder.join(name)).expect("it was written");
        assert!(
            read(".github/workflows/conformance.yml").contains(workflow) && !read(".github/workflows/conformance.yml").contains("PLUGIN")
        );
        assert!(read("matomo-conformance.toml").contains(configuration));
        // The program itself reads what it wrote.
        let shown = program().arg("config").current_dir(folder).output().expect("the program starts");
        assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
        fs::write(folder.join("matomo-conformance.toml"), "# mine\n").expect("a file");
        let (code, text) = init(folder);
        assert!(code == 0 && text.contains("matomo-conformance.toml is there already"), "{text}");
        assert_eq!(read("matomo-conformance.toml"), "# mine\n");
    }
}

#[test]
fn names_of_changed_files_from_a_plugins_repository_stand_for_those_below_its_folder() {
    let work = tempfile::tempdir().expect("a folder");
    let changed = work.path().join("changed");
    fs::write(&changed, "Controller.php\nREADME.md\n").expect("a file");
    let told = |more: &[&str]| {
        let out = work.path().join("out");
        let mut args =
            vec!["check", "--simulated", "--only", "default/view/url/dry/VisitsSummary.index", "--output", out.to_str().expect("a path")];
        args.extend(["--changed-files", changed.to_str().expect("a path")]);
        args.extend(more);
        run(&args).1
    };
    assert!(told(&[]).contains("Controller.php may move every endpoint"));
    assert!(told(&["--changed-files-in", "plugins/Goals"]).contains("swept are Goals"));
}

/// Runs a few cases on the simulated Matomo in a folder of its own: exit code, standard output, standard error.
fn few(work: &Path, more: &[&str]) -> (i32, String, String) {
    let few = ["check", "--simulated=5.2+24103", "--only", "default/super/url/dry/VisitsSummary.", "--output", "out"];
    let output = program().args(few).args(more).current_dir(work).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_the_work_and_never_swallows_a_verdict() {
    let work = tempfile::tempdir().expect("a folder");
    fs::create_dir(work.path().join("folder")).expect("a folder");
    for option in ["--junit", "--sarif", "--markdown"] {
        let (code, out, err) = few(work.path(), &[option, "folder"]);
        assert!(code == 1 && out.is_empty() && err.contains(&format!("{option} folder cannot be written: it is a folder")), "{code} {err}");
    }
    assert!(!work.path().join("out").exists(), "it was refused first");
    let (code, _, err) = few(work.path(), &["--junit", "a.xml", "--sarif", "a.xml"]);
    assert!(code == 1 && err.contains("--junit and --sarif are both a.xml"), "{code} {err}");
    // A device that takes nothing shows it only when it is written to.
    let (code, out, err) = few(work.path(), &["--junit", "/dev/full"]);
    assert!(code == 7 && out.contains(" agree, 0 leaks") && err.contains("cannot write /dev/full"), "{code} {out}{err}");
    let (code, out, err) = few(work.path(), &["--junit", "/dev/full", "--fault", "super-guard-gone"]);
    assert!(code == 2 && out.contains("NOT CONFORMANT") && err.contains("cannot write /dev/full"), "{code} {out}{err}");
}

#[test]
fn what_names_nothing_is_a_mistake_of_the_command_line() {
    let work = tempfile::tempdir().expect("a folder");
    fs::create_dir(work.path().join("empty")).expect("a folder");
    let private = work.path().join("tokens");
    fs::write(&private, "# mine\nexport TOKEN_VEIW='abcdefgh12345678'\n").expect("a file");
    fs::set_permissions(&private, fs::Permissions::from_mode(0o600)).expect("it is private");
    for (args, told) in [
        (&["check", "--simulated", "--scenarios", "empty"][..], "empty has no scenario"),
        (&["check", "--simulated", "--only", "default/view/url/dry/Goals.get", "--only", "nothing/"], "--only nothing/ takes no case"),
        (&["check", "--source", "typo"], "there is no folder typo"),
        (&["compare", "--base", "typo", "--head", "simulated"], "\"typo\" is neither"),
        (&["merge", "one", "two"], "there is no folder one"),
        (&["replay", "nope.json"], "there is no file nope.json"),
        (&["replay", "out/nope.jsonl"], "there is no file out/nope.jsonl"),
        (&["check", "--url", "http://127.0.0.1:1/", "--tokens", "tokens"], "did you mean TOKEN_VIEW?"),
        (&["check", "--simulated", "--fault", "super-gaurd-gone"], "did you mean super-guard-gone?"),
        (&["explain", "defualt/super/url/dry/A.b"], "did you mean default?"),
        (&["explain", "default/supr/url/dry/A.b"], "did you mean super?"),
        (&["explain", "default/super/bdy/dry/A.b"], "did you mean body?"),
    ] {
        let output = program().args(args).current_dir(work.path()).output().expect("the program starts");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && err.contains(told), "{args:?}: {:?} {err}", output.status.code());
        assert!(!err.contains("abcdefgh12345678"), "{err}");
    }
}

#[test]
fn explain_lists_what_a_case_id_is_made_of_and_the_faults() {
    let output = program().args(["explain", "--list"]).output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in ["slot\tdefault", "principal\tsuper", "carrier\turl", "shape\treal-xhr"] {
        assert!(text.lines().any(|one| one == line), "{line} is missing in {text}");
    }
    assert!(text.contains("fault\tsuper-guard-gone\t"), "{text}");
}

#[test]
fn a_green_run_is_three_lines_and_a_red_one_begins_with_its_verdict() {
    let work = tempfile::tempdir().expect("a folder");
    let (code, out, err) = few(work.path(), &[]);
    assert_eq!((code, out.lines().count() + err.lines().count()), (0, 3), "{out}{err}");
    let (code, out, err) = few(work.path(), &["--quiet"]);
    assert_eq!((code, out.lines().count(), err.as_str()), (0, 1, ""), "{out}{err}");
    let (code, out, err) = few(work.path(), &["--verbose"]);
    assert!(code == 0 && out.contains("gate.superuser") && err.contains("features: "), "{out}{err}");
    let (code, out, err) = few(work.path(), &["--fault", "super-guard-gone"]);
    assert_eq!(code, 2, "{out}{err}");
    assert!(out.starts_with("NOT CONFORMANT: ") && out.contains("  leak  gate.superuser  core/API/Request.php  "), "{out}");
    assert!(out.matches("LEAK ").count() <= 3 && !out.contains("held"), "{out}");
    assert!(err.contains("first difference: LEAK default/super/url/dry/VisitsSummary."), "{err}");
    let line = out.lines().find_map(|line| line.strip_prefix("to repeat one: matomo-conformance ")).expect("a line that repeats one");
    let again = program().args(line.split(' ')).current_dir(work.path()).output().expect("the program starts");
    assert_eq!(again.status.code(), Some(2), "{line}: {}", String::from_utf8_lossy(&again.stdout));
}

/// A run on a budget, with its reports: exit code, standard output, standard error, `results.json`.
fn on_budget(work: &Path, more: &[&str]) -> (i32, String, String, serde_json::Value) {
    let mut args = vec!["check", "--simulated=5.2+24103", "--output", "out", "--junit", "junit.xml"];
    args.extend(more);
    let output = program().args(args).current_dir(work).output().expect("the program starts");
    let results = fs::read_to_string(work.join("out/results.json")).ok().and_then(|text| serde_json::from_str(&text).ok());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr), results.unwrap_or_default())
}

#[test]
fn a_budget_that_leaves_clauses_undecided_is_inconclusive_unless_that_is_accepted() {
    let work = tempfile::tempdir().expect("a folder");
    let (code, out, err, results) = on_budget(work.path(), &["--budget", "20"]);
    assert_eq!(code, 4, "{out}{err}");
    assert!(err.contains("inconclusive: not decided both ways within the budget (--budget-ok accepts that): "), "{err}");
    let planned = results["totals"]["cases"].as_u64().expect("a number");
    let last = format!("20 of {planned} planned cases were asked, then the budget of 20 was spent");
    assert!(out.lines().last().is_some_and(|line| line.contains(&last)), "{out}");
    let told = serde_json::json!({"given": "20", "asked": 20, "planned": planned, "spent": true, "accepted": false});
    assert_eq!(results["budget"], told);
    assert!(results["complete"] == false && results["exit"] == 4 && results["totals"]["agree"] == 20, "{}", results["totals"]);
    let undecided = results["undecided"].as_array().expect("a list").clone();
    assert!(!undecided.is_empty());
    assert_eq!(fs::read_to_string(work.path().join("out/results.jsonl")).expect("a journal").lines().count(), 20);

    let (code, out, err, results) = on_budget(work.path(), &["--budget", "20", "--budget-ok"]);
    assert_eq!((code, results["exit"].as_u64()), (0, Some(0)), "{out}{err}");
    assert_eq!(results["undecided"].as_array(), Some(&undecided), "what was left open is named all the same");
    assert!(err.contains("left open: not decided both ways within the budget: "), "{err}");
    let junit = fs::read_to_string(work.path().join("junit.xml")).expect("a report");
    assert!(!junit.contains("<error") && junit.contains("then the budget of 20 was spent"), "{junit}");
}

#[test]
fn a_budget_in_which_every_clause_is_decided_is_conformant_and_a_difference_stays_one() {
    let work = tempfile::tempdir().expect("a folder");
    let (code, out, err, results) = on_budget(work.path(), &["--budget", "6000"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(results["budget"]["spent"] == true && results["totals"]["not_run"].as_u64() > Some(1000), "{}", results["totals"]);
    assert_eq!(results["undecided"], serde_json::json!([]));
    let (code, out, _, results) = on_budget(work.path(), &["--budget", "300", "--budget-ok", "--fault", "super-guard-gone"]);
    assert_eq!((code, &results["budget"]["asked"]), (2, &serde_json::json!(300)), "{out}");
}

#[test]
fn a_budget_of_time_ends_a_run_as_planned_and_a_time_limit_before_it_does_not() {
    let work = tempfile::tempdir().expect("a folder");
    let (code, out, err, results) = on_budget(work.path(), &["--budget", "1s", "--budget-ok", "--time-limit", "90"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(results["budget"]["spent"] == true && out.contains("then the budget of 1s was spent"), "{out}");
    let (code, out, _, results) = on_budget(work.path(), &["--budget", "2m", "--budget-ok", "--time-limit", "0"]);
    assert_eq!(code, 3, "{out}");
    assert!(results["budget"]["spent"] == false && out.contains("the time limit was reached"), "{out}");
    let whole = ["--budget", "2m", "--only", "default/view/url/dry/Goals."];
    let (code, out, err, results) = on_budget(work.path(), &whole);
    assert_eq!((code, &results["budget"]["spent"], &results["complete"]), (0, &false.into(), &true.into()), "{out}{err}");
}

#[test]
fn a_budget_that_cannot_be_is_a_usage_error() {
    for wrong in [
        vec!["--budget", "0"],
        vec!["--budget", "soon"],
        vec!["--budget-ok"],
        vec!["--budget", "30s", "--shard", "1/2"],
        vec!["--budget", "30s", "--own-checks"],
    ] {
        let (code, err) = run(&[&["check", "--simulated"], wrong.as_slice()].concat());
        assert!(code == 1 && err.contains("budget"), "{wrong:?}: {code} {err}");
    }
}

#[test]
fn what_bisect_cannot_search_is_a_usage_error_and_nothing_is_left() {
    let work = tempfile::tempdir().expect("a folder");
    let (here, temporary) = (work.path().join("repository"), work.path().join("tmp"));
    fs::create_dir_all(&here).expect("a folder");
    fs::create_dir_all(&temporary).expect("a folder");
    let lines = work.path().join("two.txt");
    fs::write(&lines, "https://matomo.example/?module=Goals\nhttps://matomo.example/?module=Live\n").expect("a file");
    let asked = |what: &str, repository: &Path, more: &[&str]| {
        let mut command = program();
        command.args(["bisect", what, "--good", "HEAD", "--repository"]).arg(repository).args(more).env("TMPDIR", &temporary);
        let output = command.output().expect("the program starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let case = "default/view/url/dry/Goals.get";
    let bad = ["--bad", "no-such-tag"];
    git(&here, &["init", "--quiet"]);
    git(&here, &["commit", "--quiet", "--allow-empty", "-m", "one"]);
    for (what, repository, more, says) in [
        (case, here.as_path(), &bad[..], "has no commit \"no-such-tag\""),
        (case, temporary.as_path(), &["--bad", "HEAD"], "cannot be cloned"),
        (case, Path::new("no/such/folder"), &["--bad", "HEAD"], "no/such/folder"),
        (lines.to_str().expect("a path"), here.as_path(), &["--bad", "HEAD"], "is not one request"),
        (case, here.as_path(), &["--bad", "HEAD", "--as", "all"], "--as all is for replay"),
        (case, here.as_path(), &["--bad", "HEAD", "--as", "nobody"], "there is no principal"),
        (case, here.as_path(), &["--bad", "HEAD"], "are the same commit"),
        ("nonsense", here.as_path(), &bad[..], "neither a file, a scenario nor a case id"),
        ("default/veiw/url/dry/Goals.get", here.as_path(), &bad[..], "veiw"),
    ] {
        let (code, err) = asked(what, repository, more);
        assert!(code == Some(1) && err.contains(says), "{says}: {code:?} {err}");
    }
    assert_eq!(fs::read_dir(&temporary).expect("a folder").count(), 0, "nothing is left");
}

#[test]
fn why_a_run_ended_early_is_told_in_its_last_line_and_no_lock_is_left() {
    let work = tempfile::tempdir().expect("a folder");
    let (code, out, err) = few(work.path(), &["--time-limit", "0"]);
    assert!(code == 3 && out.lines().last().is_some_and(|line| line.contains("the time limit was reached")), "{out}{err}");
    let (code, out, err) = few(work.path(), &["--fail-fast", "--fault", "super-guard-gone", "--concurrency", "1"]);
    assert!(code == 2 && out.lines().last().is_some_and(|line| line.contains("(--fail-fast)")), "{out}{err}");
    let mut running = program()
        .args(["check", "--simulated=5.8", "--output", "whole"])
        .current_dir(work.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    let journal = work.path().join("whole/results.jsonl");
    while !fs::metadata(&journal).is_ok_and(|meta| meta.len() > 0) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = nix::unistd::Pid::from_raw(i32::try_from(running.id()).expect("a number"));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).expect("it runs");
    let mut out = String::new();
    std::io::Read::read_to_string(running.stdout.as_mut().expect("its output"), &mut out).expect("text");
    assert_eq!(running.wait().expect("it ends").code(), Some(130), "{out}");
    assert!(out.lines().last().is_some_and(|line| line.contains("interrupted by a signal")), "{out}");
    let left: Vec<_> = fs::read_dir(work.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".lock")), "{left:?}");
}
