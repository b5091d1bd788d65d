//! Live: `serve` with a terminal, and with a real Matomo in the background.

use std::process::{Command, Stdio};

use crate::needs::{Test, a_program, a_tree, test};
use crate::support::serving::{Work, exported, get, left, output};
use crate::support::{count_cases, processes_of, tree};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![
        test!(a_terminal_shows_the_tokens).needs(a_program("script")),
        test!(a_real_matomo_in_the_background_answers_and_is_gone_afterwards).needs(a_tree("5.2.0-b5")),
    ]
}

fn a_terminal_shows_the_tokens() {
    let work = Work::new();
    let line = format!("{} serve --simulated --detach", env!("CARGO_BIN_EXE_matomo-conformance"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env("TMPDIR", work.path()).env_remove("CI").stdin(Stdio::null());
    let shown = command.output().expect("it gives a terminal");
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    let (_, ended, _) = output(work.path(), &["clean", "--detached"]);
    assert!(text.contains("export TOKEN_VIEW='") && text.contains("export URL_DEFAULT='"), "{text}");
    assert!(ended.contains("ended"), "it outlives its terminal: {ended}");
}

fn a_real_matomo_in_the_background_answers_and_is_gone_afterwards() {
    let tree = tree("5.2.0-b5");
    let work = Work::new();
    let file = work.path().join("tokens");
    let tree = tree.to_str().expect("a path");
    let (code, _, err) = output(work.path(), &["serve", "--source", tree, "--detach", "--tokens", file.to_str().expect("a path")]);
    assert_eq!(code, 0, "{err}");
    let url = exported(&file, "URL_DEFAULT");
    let path = format!(
        "/index.php?module=VisitsSummary&action=index&idSite=1&period=day&date=today&language=en&token_auth={}",
        exported(&file, "TOKEN_SUPER")
    );
    let refused = get(&url, &path).expect("it answers");
    assert!(refused.contains("This user has super-user access"), "{refused}");
    assert!(!processes_of(work.path()).is_empty(), "the database runs");
    let (code, out, err) = output(work.path(), &["clean", "--detached"]);
    assert!(code == 0 && out.contains("ended"), "{out}{err}");
    assert_eq!(processes_of(work.path()), Vec::<String>::new());
    assert!(left(work.path()).is_empty(), "{:?}", left(work.path()));
    count_cases("an environment in the background", 1);
}
