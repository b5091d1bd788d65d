//! Live: no token of a real run stands in anything that any command writes, and the access matrix sees and mends what requests change.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use matomo_conformance::plan::principal;
use matomo_conformance::report::matrix::Matrix;

use crate::needs::{Test, a_tree, test};
use crate::support::{copy_of, count_cases, plant, program, rewrite, tree};

const TREE: &str = "5.2.0-b5+24103";

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    let of_clean_tree = |name: &'static str| test!(a_matrix_of_a_clean_tree_agrees_in_every_cell, name, name).needs(a_tree(name));
    vec![
        test!(no_token_of_a_real_run_stands_in_anything_that_a_command_writes).needs(a_tree(TREE)),
        test!(a_method_that_changes_the_database_is_named_and_its_tables_are_put_back).needs(a_tree(TREE)),
        of_clean_tree(TREE),
        of_clean_tree("4.0.3"),
    ]
}

/// Every file below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

/// A copy of a tree that writes down whatever secret a request brings, in a file of its own.
fn telling(clean: &Path, to: &Path, seen: &Path) {
    copy_of(clean, to);
    let tell = format!(
        "<?php\n$conformanceSent = array_merge(array_values($_COOKIE), [$_SERVER['HTTP_AUTHORIZATION'] ?? '', $_GET['token_auth'] ?? '', \
         $_POST['token_auth'] ?? '', $_GET['nested_token'] ?? ''], (array) ($_GET['urls'] ?? []));\n\
         file_put_contents('{}', json_encode($conformanceSent, JSON_INVALID_UTF8_SUBSTITUTE) . \"\\n\", FILE_APPEND | LOCK_EX);\n",
        seen.display()
    );
    rewrite(to, "index.php", |text| text.replacen("<?php", &tell, 1));
}

/// The secrets among what was sent: words that are long enough, but for the token that belongs to nobody, and for what a search makes of it.
fn secrets(seen: &Path) -> BTreeSet<String> {
    let nobody = principal("invalid").and_then(|who| who.token).expect("a token of nobody");
    let (start, end) = (&nobody[..8], &nobody[nobody.len() - 8..]);
    let text = fs::read_to_string(seen).expect("requests were seen");
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let long = words.filter(|word| word.len() >= 24 && !word.contains(start) && !word.contains(end));
    long.map(|word| word.trim_start_matches("u0000").to_owned()).collect()
}

fn no_token_of_a_real_run_stands_in_anything_that_a_command_writes() {
    let clean = tree(TREE);
    let work = tempfile::tempdir().expect("a folder");
    let (broken, seen, out) = (work.path().join("tree"), work.path().join("seen"), work.path().join("out"));
    telling(&clean, &broken, &seen);
    // Something has to differ, so that reports show how to repeat it.
    assert!(plant(
        &broken,
        "core/API/Request.php",
        "function checkTokenAuthIsNotLimited",
        "->hasSuperUserAccess()",
        "->hasSuperUserAccess() && false"
    ));
    let (tree, at) = (broken.display().to_string(), |name: &str| out.join(name).display().to_string());
    let few =
        ["--only", "default/*/ConformanceProbe.need*", "--only", "default/*/url/real/*getBulkRequest*", "--only", "default/*/url/dry/V*"];
    let checked = at("check");
    let mut runs: Vec<(&str, Vec<String>)> = Vec::new();
    let mut add = |command, args: &[&str]| runs.push((command, args.iter().map(|arg| (*arg).to_owned()).collect()));
    add("check", &[&["--source", &tree, "--output", &checked][..], &few].concat());
    add("report", &["--junit", &at("again.xml"), "--sarif", &at("again.sarif"), "--markdown", &at("again.md"), &checked]);
    add("compare", &[&["--base", &checked, "--head", &clean.display().to_string(), "--output", &at("compare")][..], &few].concat());
    add("matrix", &["--source", &tree, "--plugin", "VisitsSummary", "--principals", "all", "--output", &at("matrix")]);
    add("search", &["--source", &tree, "--cases", "150", "--corpus", &at("corpus"), "--output", &at("search")]);
    add("replay", &["--source", &tree, &checked]);
    add("explain", &["--source", &tree, "default/super/url/dry/VisitsSummary.index"]);
    fs::create_dir_all(&out).expect("a folder");
    let mut said = String::new();
    for (command, args) in &runs {
        let mut program = program();
        program.arg(command).args(args).env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", out.join("summary.md"));
        if *command == "check" {
            program.args(["--junit", &at("check.xml"), "--sarif", &at("check.sarif"), "--markdown", &at("check.md")]);
        }
        let done = program.output().expect("the program starts");
        let both = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        let red = done.status.code() == Some(2) || matches!(*command, "report" | "explain");
        assert!(red, "{command} {args:?} did not see the planted bug: {:?}\n{both}", done.status.code());
        said.push_str(&both);
    }
    fs::write(out.join("terminal"), &said).expect("it can be written");
    let secrets = secrets(&seen);
    assert!(secrets.len() > 30, "{} secrets were seen", secrets.len());
    let files = files_below(&out);
    for name in
        ["results.json", "results.jsonl", "cases.txt", "check.xml", "check.sarif", "check.md", "again.xml", "summary.md", "comparison.md"]
    {
        assert!(files.iter().any(|file| file.ends_with(name)), "{name} was not written: {files:?}");
    }
    let (mut named, mut compared) = (0, 0);
    for file in &files {
        let text = String::from_utf8_lossy(&fs::read(file).expect("a file")).into_owned();
        for secret in &secrets {
            let line = text.lines().find(|line| line.contains(secret.as_str()));
            assert_eq!(line, None, "a token ({secret}) stands in {}", file.display());
        }
        named += usize::from(text.contains("$TOKEN_SUPER"));
        compared += if file.ends_with("results.jsonl") { text.lines().count() as u64 } else { 0 };
    }
    assert!(named > 12, "tokens are named by what stands for them in {named} files only");
    count_cases("no token in any output", compared);
}

/// A read that writes is named with the slots it wrote in, put back before the next slot, and nothing is concluded.
fn a_method_that_changes_the_database_is_named_and_its_tables_are_put_back() {
    let clean = tree(TREE);
    let work = tempfile::tempdir().expect("a folder");
    let (planted, out) = (work.path().join("tree"), work.path().join("out"));
    copy_of(&clean, &planted);
    let writes = "\n        \\Piwik\\Option::set('conformance_planted', uniqid());\n        \
\\Piwik\\Db::query('UPDATE ' . \\Piwik\\Common::prefixTable('site') . \" SET name = CONCAT(name, 'x')\");\n";
    assert!(plant(&planted, "plugins/VisitsSummary/API.php", "function get(", "", writes));
    let run = matrix(&planted, &out, &["--plugin", "VisitsSummary", "--slots", "default,flag", "--no-own-checks"]);
    assert_eq!(run.0, 4, "{}", run.1);
    let document = Matrix::read(&fs::read_to_string(out.join("matrix.json")).expect("a matrix")).expect("a matrix");
    let changed: BTreeSet<(String, bool)> = document
        .state
        .changes
        .iter()
        .map(|change| (format!("{} {}", change.slot, change.table.split('.').next_back().unwrap_or_default()), change.restored))
        .collect();
    let expected = ["default matomo_option", "default matomo_site", "flag matomo_option", "flag matomo_site"];
    assert_eq!(changed, expected.iter().map(|change| ((*change).to_owned(), true)).collect(), "{}", run.1);
    // Put back once means that the second slot started from what the first had found.
    let of_site = |slot: &str| {
        let mut of_slot = document.state.changes.iter().filter(|change| change.slot == slot && change.table.ends_with("matomo_site"));
        of_slot.next().map(|change| change.what.clone())
    };
    assert_eq!(of_site("default"), of_site("flag"));
    assert!(run.1.contains("conformance_planted"), "{}", run.1);
    // Asked for its own check, it is one that asks for no right and writes, whoever calls it: a difference, which outranks the change.
    let own = matrix(&planted, &work.path().join("own"), &["--plugin", "VisitsSummary", "--slots", "default"]);
    assert_eq!(own.0, 2, "{}", own.1);
    assert!(own.1.contains("LEAK api VisitsSummary.get (plugins/VisitsSummary/API.php"), "{}", own.1);
    count_cases("matrix with a method that writes", document.totals.verdicts.agree);
}

/// Exit code and everything that was said.
fn matrix(tree: &Path, out: &Path, args: &[&str]) -> (i32, String) {
    let mut command: Command = program();
    command.arg("matrix").arg("--source").arg(tree).arg("--output").arg(out).args(args);
    let done = command.output().expect("the program starts");
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    (done.status.code().unwrap_or(-1), said)
}

/// Controllers, reports and API methods of real plugins: all cells are read with certainty, agree with the model, and leave the tables alone.
fn a_matrix_of_a_clean_tree_agrees_in_every_cell(name: &str) {
    let clean = tree(name);
    let work = tempfile::tempdir().expect("a folder");
    let out = work.path().join("out");
    let run = matrix(&clean, &out, &["--plugin", "Goals", "--plugin", "UsersManager", "--slots", "default,flag"]);
    assert_eq!(run.0, 0, "{}", run.1);
    let document = Matrix::read(&fs::read_to_string(out.join("matrix.json")).expect("a matrix")).expect("a matrix");
    assert!(document.complete && document.target.real_matomo && document.state.changes.is_empty());
    assert!(document.totals.verdicts.agree > 200 && document.totals.verdicts.agree == document.totals.verdicts.cases, "{}", run.1);
    count_cases(&format!("matrix of {name}"), document.totals.verdicts.agree);
}
