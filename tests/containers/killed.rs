//! In containers: a run that is killed, interrupted or panics leaves nothing that `clean` does not remove, and disturbs no other.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use matomo_conformance::sut::{Silent, Source, containers};

use crate::needs::{Test, a_base_image, a_tree, test};
use crate::support::engine::{DATABASE, docker, image, left_of, lock};
use crate::support::{program, tree};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    let tests = [
        test!(a_run_that_is_killed_in_any_phase_is_cleaned_and_a_living_one_is_spared),
        test!(a_run_that_is_interrupted_while_it_starts_leaves_nothing),
        test!(a_build_that_is_killed_leaves_no_container),
        test!(a_panic_removes_everything_on_its_way),
    ];
    tests.map(|test| test.needs(a_tree("5.2.0-b5")).needs(a_base_image())).into()
}

fn begin(tree: &Path, temporary: &Path, more: &[&str]) -> Child {
    std::fs::create_dir_all(temporary).expect("a folder");
    let mut command = program();
    command.args(["check", "--runtime", "containers", "--database", DATABASE, "--source"]).arg(tree).args(more);
    command.arg("--output").arg(temporary.join("out")).env("TMPDIR", temporary);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(300);
    while !done() {
        assert!(Instant::now() < end, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn clean(temporary: &Path, args: &[&str]) -> String {
    let output = program().arg("clean").args(args).env("TMPDIR", temporary).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether a run has come to a phase, by its folder and process id.
type Reached<'a> = &'a dyn Fn(&Path, u32) -> bool;

/// Whether there is such a path in the folder of a run.
fn run_has(temporary: &Path, path: &str) -> bool {
    let Ok(users) = std::fs::read_dir(temporary) else { return false };
    let runs = users.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("matomo-conformance-"));
    runs.flat_map(|user| std::fs::read_dir(user.path()).into_iter().flatten().flatten()).any(|run| run.path().join(path).exists())
}

fn requests_run(temporary: &Path) -> bool {
    std::fs::metadata(temporary.join("out/results.jsonl")).is_ok_and(|meta| meta.len() > 0)
}

fn a_run_that_is_killed_in_any_phase_is_cleaned_and_a_living_one_is_spared() {
    // `clean` of the one would remove what the other looks for.
    let _alone = lock("killed").expect("a lock");
    let tree = tree("5.2.0-b5");
    let work = tempfile::tempdir().expect("a folder");
    let living_folder = work.path().join("living");
    let mut living = begin(&tree, &living_folder, &[]);
    wait_until("the living run's requests", || requests_run(&living_folder));
    let network = |_: &Path, pid: u32| left_of(pid).iter().any(|line| line.starts_with("network"));
    let started = |_: &Path, pid: u32| left_of(pid).iter().filter(|line| line.starts_with("container")).count() == 2;
    let provisioning = |folder: &Path, _: u32| run_has(folder, "share/provision/config/config.ini.php");
    let serving = |folder: &Path, _: u32| run_has(folder, "share/logs/php-default.log");
    let requests = |folder: &Path, _: u32| requests_run(folder);
    let phases: [(&str, Reached<'_>); 5] =
        [("network", &network), ("start", &started), ("provision", &provisioning), ("serve", &serving), ("requests", &requests)];
    for (phase, reached) in phases {
        let folder = work.path().join(phase);
        let mut killed = begin(&tree, &folder, &[]);
        let pid = killed.id();
        wait_until(phase, || reached(&folder, pid));
        killed.kill().expect("it can be killed");
        killed.wait().expect("it ends");
        assert!(!left_of(pid).is_empty(), "{phase}: nothing was there to be cleaned");
        // What the engine was still making when its client died appears a little later.
        std::thread::sleep(Duration::from_secs(2));
        let before = left_of(pid);
        assert!(clean(&folder, &["--dry-run"]).contains("would remove"), "{phase}");
        assert_eq!(left_of(pid), before, "{phase}: a dry run removed something");
        assert!(!clean(&folder, &["--older-than", "600"]).contains("removed"), "{phase}");
        assert!(clean(&folder, &[]).contains("removed"), "{phase}");
        assert_eq!(left_of(pid), Vec::<String>::new(), "{phase}");
        assert!(!run_has(&folder, ""), "{phase}: the run's folder is left");
        assert!(living.try_wait().expect("it can be asked").is_none(), "{phase}: the living run ended");
        assert_eq!(left_of(living.id()).len(), 3, "{phase}: the living run was not spared");
    }
    let status = Command::new("kill").arg("-INT").arg(living.id().to_string()).status().expect("kill starts");
    assert!(status.success());
    assert_eq!(living.wait().expect("it ends").code(), Some(130), "Ctrl-C");
    assert_eq!(left_of(living.id()), Vec::<String>::new(), "Ctrl-C");
    assert!(!run_has(&living_folder, ""), "Ctrl-C");
}

fn a_run_that_is_interrupted_while_it_starts_leaves_nothing() {
    let tree = tree("5.2.0-b5");
    let work = tempfile::tempdir().expect("a folder");
    for (when, pause) in [("at once", 0), ("a little later", 300), ("later", 700), ("still later", 1500)] {
        let folder = work.path().join(pause.to_string());
        let mut run = begin(&tree, &folder, &[]);
        let pid = run.id();
        wait_until(when, || !left_of(pid).is_empty());
        std::thread::sleep(Duration::from_millis(pause));
        assert!(Command::new("kill").arg("-TERM").arg(pid.to_string()).status().is_ok_and(|status| status.success()));
        assert_eq!(run.wait().expect("it ends").code(), Some(130), "{when}");
        assert_eq!(left_of(pid), Vec::<String>::new(), "{when}");
        assert!(!run_has(&folder, ""), "{when}");
    }
}

fn a_build_that_is_killed_leaves_no_container() {
    // `clean` of the one would remove what the other looks for.
    let _alone = lock("killed").expect("a lock");
    let tree = tree("5.2.0-b5");
    let mark = "conformance-slow-build";
    image(
        "conformance-test/base:slow",
        &format!(
            "FROM debian:bookworm-slim\nRUN printf '#!/bin/sh\\nexec -a {mark} sleep 300\\n' >/usr/local/bin/apt-get && sed -i s,bin/sh,bin/bash, /usr/local/bin/apt-get && chmod +x /usr/local/bin/apt-get\n"
        ),
    );
    let building = || {
        docker(&["ps", "-q", "--no-trunc", "--filter", "status=running"])
            .expect("a list")
            .lines()
            .any(|id| docker(&["top", id]).is_ok_and(|table| table.contains(mark)))
    };
    let work = tempfile::tempdir().expect("a folder");
    let mut run = begin(&tree, work.path(), &["--php-base", "conformance-test/base:slow"]);
    wait_until("the build", building);
    run.kill().expect("it can be killed");
    run.wait().expect("it ends");
    wait_until("the end of the build's container", || !building());
    clean(work.path(), &[]);
    assert_eq!(left_of(run.id()), Vec::<String>::new());
}

fn a_panic_removes_everything_on_its_way() {
    let tree = tree("5.2.0-b5");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let options = containers::Options { database: DATABASE.to_owned(), ..containers::Options::default() };
    let pid = std::process::id();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtime.block_on(async {
            let matomo = containers::Matomo::Tree(Source::open(&tree).expect("a tree"));
            let _environment = containers::start(&matomo, &options, &Silent).await.expect("it starts");
            assert_eq!(left_of(pid).len(), 3);
            panic!("meant to be");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(left_of(pid), Vec::<String>::new());
}
