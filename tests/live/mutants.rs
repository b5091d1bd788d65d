//! Mutants of a real Matomo: a broken rule is caught, one that cannot start is unviable, one that changes nothing survives.

use std::path::Path;

use matomo_conformance::mutation::{digest_of, mutants_of};
use matomo_conformance::report::{KillRow, read_kill_rows};
use serde_json::Value;

use crate::needs::{Need, Test, a_tree, test};
use crate::support::{copy_of, count_cases, is_tree, path_of_tree, program, rewrite, tree};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    let mut tests = vec![
        test!(dropped_guards_are_caught_and_named_and_the_clean_tree_stays_untouched).needs(a_tree(TREE)),
        test!(a_mutant_without_effect_survives_and_only_a_reason_makes_that_fine).needs(a_tree(TREE)),
        test!(a_mutant_after_which_no_page_answers_is_unviable_and_never_caught).needs(a_tree(TREE)),
        test!(a_tree_that_is_broken_already_concludes_nothing).needs(a_tree(TREE)),
    ];
    let rows = read_kill_rows(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kill-table.json")).expect("a kill table");
    for row in rows {
        let needs = [a_tree(&row.release), the_deciding_files_of(&row)];
        tests.push(test!(the_kill_table_is_about_the_mutants_that_the_tree_gives, row.release.clone(), &row).needs_all(needs));
    }
    tests
}

/// A rule that was added by hand may be told in other words on another machine; the tree of a tag may not.
fn the_deciding_files_of(row: &KillRow) -> Need {
    let (release, digest) = (row.release.clone(), row.digest.clone());
    Need::new("live", format!("the deciding files of {release}"), move || match digest_of(&path_of_tree(&release)) {
        Ok(found) if is_tree(&path_of_tree(&release)) && release.contains('+') && found != digest => {
            Err("they are not those of the kill table".to_owned())
        }
        _ => Ok(()),
    })
}

/// A run of `mutants`: exit code, both outputs, and `mutants.json`.
fn mutants(tree: &Path, output: &Path, args: &[&str]) -> (i32, String, Value) {
    let mut command = program();
    command.arg("mutants").arg("--source").arg(tree).arg("--output").arg(output).args(args);
    let done = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    let results = std::fs::read(output.join("mutants.json")).ok().and_then(|text| serde_json::from_slice(&text).ok());
    (done.status.code().unwrap_or(-1), text, results.unwrap_or_default())
}

const TREE: &str = "5.2.0-b5+24103";
const SURVIVORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mutants-survivors.toml");
const GATE: &str = "core/API/Request.php:checkTokenAuthIsNotLimited";

fn dropped_guards_are_caught_and_named_and_the_clean_tree_stays_untouched() {
    let clean = tree(TREE);
    let before = std::fs::read(clean.join("core/API/Request.php")).expect("the gate");
    let work = tempfile::tempdir().expect("a folder");
    let only = format!("{GATE}:drop-guard:*");
    let (code, text, results) =
        mutants(&clean, &work.path().join("output"), &["--only", &only, "--limit", "400", "--most", "400", "--survivors", SURVIVORS]);
    assert_eq!(code, 0, "{text}");
    let all = results["mutants"].as_array().expect("mutants").clone();
    assert!(all.len() >= 4, "{text}");
    // A guard against lists that are none may be there or not; without it such a list ends in an error that cannot be read.
    assert!(all.iter().filter(|mutant| mutant["fate"] == "caught").count() >= 3, "{text}");
    for mutant in all.iter().filter(|mutant| mutant["explained"].is_null()) {
        assert_eq!(mutant["fate"], "caught", "{}: {text}", mutant["id"]);
        assert!(mutant["requests"].as_u64().is_some_and(|requests| (1..=400).contains(&requests)), "{mutant}");
    }
    // The guard against super users is one of them, and its clause is named.
    assert!(all.iter().any(|mutant| mutant["clause"] == "gate.superuser"), "{text}");
    assert_eq!(results["complete"], true);
    assert_eq!(std::fs::read(clean.join("core/API/Request.php")).expect("the gate"), before);
    let cases: u64 = all.iter().filter_map(|mutant| mutant["requests"].as_u64()).sum::<u64>() + 800;
    count_cases("mutants of the gate", cases);
}

fn a_mutant_without_effect_survives_and_only_a_reason_makes_that_fine() {
    let clean = tree(TREE);
    let work = tempfile::tempdir().expect("a folder");
    let output = work.path().join("output");
    // A parameter that is read as a string is never null, so a loose comparison with the empty string changes nothing.
    let id = "core/FrontController.php:init:loosen:1";
    let (code, text, results) = mutants(&clean, &output, &["--only", id, "--limit", "60", "--most", "60"]);
    assert_eq!(code, 2, "{text}");
    assert_eq!(results["mutants"][0]["fate"], "survived", "{text}");
    assert!(text.contains("not explained"), "{text}");

    let file = work.path().join("survivors.toml");
    std::fs::write(&file, format!("[[survivor]]\nmutant = \"{id}\"\nkind = \"equivalent\"\nwhy = \"both sides are strings\"\n"))
        .expect("a file");
    let survivors = file.to_str().expect("a path");
    let (code, text, results) = mutants(&clean, &output, &["--only", id, "--limit", "60", "--most", "60", "--survivors", survivors]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(results["mutants"][0]["explained"]["kind"], "equivalent");
    count_cases("mutants without effect", 60 * 6);
}

fn a_mutant_after_which_no_page_answers_is_unviable_and_never_caught() {
    let clean = tree(TREE);
    let work = tempfile::tempdir().expect("a folder");
    let planted = work.path().join("planted");
    copy_of(&clean, &planted);
    // Where the guard is gone, every request runs into a function that does not exist.
    rewrite(&planted, "core/Access.php", |text| {
        let at = text.find("function reloadAccess").expect("the function");
        let open = at + text[at..].find('{').expect("its body") + 1;
        format!("{} if (time() < 1) {{ no_such_function(); }}{}", &text[..open], &text[open..])
    });
    // In braces, or the start of other ids would match as well.
    let only = "core/Access.php:reloadAccess:negate:{1}";
    let (code, text, results) = mutants(&planted, &work.path().join("output"), &["--only", only, "--limit", "60", "--most", "60"]);
    assert_eq!(results["mutants"][0]["fate"], "unviable", "{text}");
    assert_eq!(code, 4, "nothing was concluded: {text}");
    count_cases("unviable mutants", 120);
}

fn a_tree_that_is_broken_already_concludes_nothing() {
    let clean = tree(TREE);
    let work = tempfile::tempdir().expect("a folder");
    let planted = work.path().join("planted");
    copy_of(&clean, &planted);
    rewrite(&planted, "core/API/Request.php", |text| {
        let at = text.find("function checkTokenAuthIsNotLimited").expect("the gate");
        format!("{}{}", &text[..at], text[at..].replacen("->hasSuperUserAccess()", "->hasSuperUserAccess() && false", 1))
    });
    let only = format!("{GATE}:drop-guard:1");
    let (code, text, _) = mutants(&planted, &work.path().join("output"), &["--only", &only, "--limit", "400", "--most", "400"]);
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("the clean tree differs before the mutants"), "{text}");
    count_cases("a broken control", 1);
}

fn the_kill_table_is_about_the_mutants_that_the_tree_gives(row: &KillRow) {
    let mutants = mutants_of(&tree(&row.release)).expect("a tree");
    assert_eq!(mutants.digest, row.digest, "{}: is this tree the tag?", row.release);
    assert_eq!(mutants.all.len(), row.mutants, "{}: record the kill table again", row.release);
}
