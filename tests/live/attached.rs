//! Live: a real Matomo that is only asked, from outside.

use crate::needs::{Test, a_tree, test};
use crate::support::serving::Serving;
use crate::support::{copy_of, rewrite, tree};

const TREE: &str = "5.2.0-b5+24103";
const RULES: &str = "5.2.0+24103";

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![test!(a_real_matomo_agrees_from_outside_and_a_planted_bug_is_found).needs(a_tree(TREE))]
}

fn a_real_matomo_agrees_from_outside_and_a_planted_bug_is_found() {
    let tree = tree(TREE);
    let tree_path = tree.to_string_lossy().into_owned();
    {
        let serving = Serving::start(&["--source", &tree_path]);
        let run = serving.check("URL_DEFAULT", &["--rules-of", RULES, "--allow-side-effects"]);
        run.count_live("attached to a real Matomo");
        assert_eq!(run.code, 0, "{}\n{}", run.out, run.err);
        let asked = serving.check("URL_FLAG", &["--has-flag", "--only", "*/write/*"]);
        assert_eq!(asked.code, 0, "{}\n{}", asked.out, asked.err);
        assert_eq!(asked.results["target"]["software"]["matomo"], "5.2.0-b5");
        let listed = serving.check("URL_LIST_MAP", &["--rules-of", RULES, "--has-allowlist", "VisitsSummary.index", "--only", "*/admin/*"]);
        assert_eq!(listed.code, 0, "{}\n{}", listed.out, listed.err);
    }
    let work = tempfile::tempdir().expect("a folder");
    let copy = work.path().join("tree");
    copy_of(&tree, &copy);
    rewrite(&copy, "core/API/Request.php", |text| {
        let (head, gate) = text.split_once("function checkTokenAuthIsNotLimited").expect("the gate");
        format!(
            "{head}function checkTokenAuthIsNotLimited{}",
            gate.replacen("->hasSuperUserAccess()", "->hasSuperUserAccess() && false", 1)
        )
    });
    let copy = copy.to_string_lossy().into_owned();
    let serving = Serving::start(&["--source", &copy, "--no-template"]);
    // Without the flag the next guard refuses super users, too, for the wrong reason.
    let run = serving.check("URL_FLAG", &["--rules-of", RULES, "--has-flag"]);
    run.count_live("attached to a planted bug");
    assert_eq!(run.code, 2, "{}\n{}", run.out, run.err);
    assert!(run.differences("leak").iter().any(|(_, clause)| clause == "gate.superuser"), "{}", run.out);
}
