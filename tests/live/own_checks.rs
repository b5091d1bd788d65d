//! Live: what endpoints ask for themselves. A clean tree breaks no law; checks that were taken out are found, by a law or by the baseline.

use std::path::Path;

use crate::needs::{Test, a_tree, test};
use crate::support::{Run, copy_of, count_cases, plant, program, tree};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![test!(a_clean_tree_breaks_no_law_and_a_check_that_is_taken_out_is_found).needs(a_tree("5.2.0-b5+24103"))]
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
