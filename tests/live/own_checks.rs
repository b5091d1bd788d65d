//! Live: what endpoints ask for themselves. A clean tree breaks no law; checks that were taken out are found, by a law or by the baseline.

use std::path::Path;
use std::process::Command;

use crate::needs::{Test, a_tree, test};
use crate::support::{Run, copy_of, count_cases, git, plant, program, rewrite, tree};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![
        test!(a_clean_tree_breaks_no_law_and_a_check_that_is_taken_out_is_found).needs(a_tree("5.2.0-b5+24103")),
        test!(the_gate_is_red_where_a_pull_request_loses_a_check_and_green_where_it_moves_a_comment).needs(a_tree("5.2.0-b5")),
    ]
}

/// One case of the rules' own plan, so that the time goes to the own checks.
const ONE_CASE: &str = "default/view/url/real/ConformanceProbe.needView";

fn own_checks(tree: &Path, output: &Path, baseline: &[&str]) -> (Run, serde_json::Value) {
    let mut command = program();
    command.args(["check", "--own-checks", "--only", ONE_CASE]).arg("--source").arg(tree).arg("--output").arg(output).args(baseline);
    let run = Run::of(command, output);
    let text = std::fs::read(output.join("own-checks.json")).unwrap_or_default();
    let report = serde_json::from_slice(&text).unwrap_or_default();
    (run, report)
}

fn matrix(tree: &Path, output: &Path, plugins: &[&str], baseline: &Path) -> Run {
    let mut command = program();
    command.args(["matrix", "--slots", "default", "--principals", "view"]).arg("--source").arg(tree).arg("--output").arg(output);
    command.args(plugins.iter().flat_map(|plugin| ["--plugin", plugin])).arg("--baseline").arg(baseline);
    Run::of(command, output)
}

/// A check that is taken out, or weakened, in one method.
struct Lost {
    file: &'static str,
    function: &'static str,
    from: &'static str,
    to: &'static str,
    /// What is said of it.
    told: &'static str,
}

const LOST: [Lost; 4] = [
    Lost {
        file: "plugins/SitesManager/API.php",
        function: "function getAllSites(",
        from: "Piwik::checkUserHasSuperUserAccess();",
        to: "",
        told: "LEAK api SitesManager.getAllSites: was open to super, is open to anonymous",
    },
    Lost {
        file: "plugins/SitesManager/API.php",
        function: "function deleteSite(",
        from: "Piwik::checkUserHasSuperUserAccess();",
        to: "Piwik::checkUserHasSomeViewAccess();",
        told: "LEAK api SitesManager.deleteSite: was open to super, is open to view",
    },
    Lost {
        file: "plugins/Goals/API.php",
        function: "function addGoal(",
        from: "Piwik::checkUserHasWriteAccess($idSite);",
        to: "",
        told: "LEAK api Goals.addGoal: was open to write, is open to anonymous",
    },
    Lost {
        file: "plugins/Goals/Controller.php",
        function: "function manage(",
        from: "Piwik::checkUserHasWriteAccess($this->idSite);",
        to: "",
        told: "LEAK page Goals.manage",
    },
];

fn a_clean_tree_breaks_no_law_and_a_check_that_is_taken_out_is_found() {
    let clean = tree("5.2.0-b5+24103");
    let work = tempfile::tempdir().expect("a folder");
    let baseline = work.path().join("access.txt");
    let at = baseline.display().to_string();
    let (run, report) = own_checks(&clean, &work.path().join("clean"), &["--write-baseline", &at]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let rows = report["rows"].as_array().expect("rows");
    count_cases("own checks of a clean tree", rows.iter().map(|row| row["cells"].as_object().map_or(0, serde_json::Map::len) as u64).sum());
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0), "{}", run.out);
    assert_eq!(report["obstacles"].as_array().map(Vec::len), Some(0), "{}", run.out);
    let unclear = |row: &&serde_json::Value| {
        let outcome = |cell: &serde_json::Value| cell["outcome"].as_str().unwrap_or_default().to_owned();
        let cells = row["cells"].as_object().expect("cells");
        cells.values().all(|cell| ["error", "not-enabled", "unknown"].contains(&outcome(cell).as_str()))
    };
    let unreached = rows.iter().filter(unclear).count();
    assert!(rows.len() > 400 && unreached * 100 <= rows.len() * 3, "{unreached} of {} were not reached", rows.len());

    let lost = work.path().join("lost");
    copy_of(&clean, &lost);
    for check in &LOST {
        assert!(plant(&lost, check.file, check.function, check.from, check.to), "{} has no {}", check.file, check.function);
    }
    let run = matrix(&lost, &work.path().join("red"), &["SitesManager", "Goals"], &baseline);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    for check in &LOST {
        assert!(run.out.contains(check.told), "{} is missing in {}", check.told, run.out);
    }
    // Without any baseline the law tells of the one that names sites to nobody.
    assert!(run.out.contains("anonymous is told of site 1"), "{}", run.out);

    let back = matrix(&clean, &work.path().join("green"), &["SitesManager", "Goals"], &baseline);
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
}

/// Exit code and text of the gate's script.
fn gate(work: &Path, tree: &Path) -> (Option<i32>, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/gate/gate.sh");
    let mut command = Command::new("bash");
    command.arg(script).arg("check").current_dir(work).env("GATE_PROGRAM", env!("CARGO_BIN_EXE_matomo-conformance"));
    command.env("GATE_SOURCE", tree).env("GATE_BASE", "HEAD^").env("GATE_CHANGED_FILES", work.join("changed"));
    command.env("GATE_ARGUMENTS", format!("--only {ONE_CASE}"));
    let done = command.output().expect("bash starts");
    (done.status.code(), format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr)))
}

fn the_gate_is_red_where_a_pull_request_loses_a_check_and_green_where_it_moves_a_comment() {
    let work = tempfile::tempdir().expect("a folder");
    let repository = work.path().join("matomo");
    copy_of(&tree("5.2.0-b5"), &repository);
    let file = "plugins/Goals/API.php";
    std::fs::write(work.path().join("changed"), format!("{file}\n")).expect("written");
    git(&repository, &["init", "-q"]);
    std::fs::write(repository.join(".git/info/exclude"), "/vendor/\n").expect("written");
    git(&repository, &["add", "-A"]);
    git(&repository, &["commit", "-qm", "base"]);
    rewrite(&repository, file, |text| text.replacen("<?php", "<?php\n// Moved.\n", 1));
    git(&repository, &["commit", "-qam", "a comment"]);
    let (code, text) = gate(work.path(), &repository);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("comparing own checks with") && text.contains("0 open to more"), "{text}");

    assert!(plant(&repository, file, "function addGoal(", "Piwik::checkUserHasWriteAccess($idSite);", ""));
    git(&repository, &["commit", "-qam", "a lost check"]);
    let (code, text) = gate(work.path(), &repository);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("LEAK api Goals.addGoal: was open to write, is open to anonymous (plugins/Goals/API.php"), "{text}");
    count_cases("own checks of a pull request", 2);
}
