//! The documents say what is so: commands parse, the map names what exists, exit codes are those of the program.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use walkdir::WalkDir;

const README: &str = include_str!("../README.md");
const CONTRIBUTING: &str = include_str!("../CONTRIBUTING.md");
const DOCKER: &str = include_str!("../docker/README.md");
const CHANGELOG: &str = include_str!("../CHANGELOG.md");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Lines of the shell blocks of a document.
fn shell_lines(document: &str) -> Vec<&str> {
    let mut shell = false;
    let mut lines = Vec::new();
    for line in document.lines() {
        if line.starts_with("```") {
            shell = line == "```sh";
        } else if shell && !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// The arguments a line gives to the program, or `None` where it starts something else.
fn arguments(line: &str) -> Option<Vec<String>> {
    let rest = line.strip_prefix("matomo-conformance ").or_else(|| line.strip_prefix("cargo run --release -- "))?;
    Some(rest.split_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect())
}

/// The program with these arguments: exit code and standard output.
fn program(args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_matomo-conformance")).args(args).output().expect("the program starts");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

/// The part of a document between two marks.
fn between<'a>(document: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = document.split_once(start).unwrap_or_else(|| panic!("{start} is missing"));
    rest.split_once(end).unwrap_or_else(|| panic!("{end} is missing")).0
}

/// Words in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_command_of_the_documents_is_accepted() {
    let mut seen = 0;
    for line in [README, CONTRIBUTING, DOCKER].into_iter().flat_map(shell_lines) {
        let Some(args) = arguments(line) else { continue };
        // Help is shown as soon as it is met, so what stands before it is judged only for being known: take the name of each option.
        let (code, help) = program(&[&args[0], "--help"]);
        assert_eq!(code, Some(0), "{line}");
        for option in args.iter().filter(|arg| arg.starts_with("--")) {
            let name = option.split('=').next().unwrap_or(option);
            let known = [" ", "\n", "["].iter().any(|end| help.contains(&format!("{name}{end}")));
            assert!(known, "{line}: {name} is unknown");
        }
        let mut all: Vec<&str> = args.iter().map(String::as_str).collect();
        all.push("--help");
        let (code, output) = program(&all);
        assert_eq!(code, Some(0), "{line}: {output}");
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} commands were found in the documents");
}

#[test]
fn other_commands_of_the_documents_are_known_ones() {
    for line in [README, CONTRIBUTING].into_iter().flat_map(shell_lines).filter(|line| arguments(line).is_none()) {
        let known = ["cargo test --no-fail-fast", "cargo bench", "cargo fmt --check", "cargo clippy --all-targets -- -D warnings"]
            .contains(&line)
            || line.starts_with("sudo apt-get install ");
        let script = line.split_whitespace().next().filter(|word| word.starts_with("scripts/"));
        assert!(known || script.is_some_and(|script| root().join(script).is_file()), "{line}: nothing checks this line");
    }
}

#[test]
fn the_case_ids_of_the_readme_are_read_by_explain() {
    let mut seen = 0;
    for args in shell_lines(README).into_iter().filter_map(arguments).filter(|args| args[0] == "explain") {
        let (code, output) = program(&args.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(code, Some(0), "{args:?}: {output}");
        seen += 1;
    }
    assert!(seen > 0, "the README explains no case");
}

#[test]
fn the_readme_lists_the_exit_codes_of_the_help() {
    let (_, help) = program(&["--help"]);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, listed) = help.split_once("Exit codes: ").expect("the help has exit codes");
    let number = |text: &str| text.split_whitespace().next().and_then(|word| word.parse::<u8>().ok());
    let of_help: BTreeSet<u8> = listed.split(", ").filter_map(number).collect();
    let table = between(README, "| exit code | meaning |", "\n\n");
    let of_readme: BTreeSet<u8> = table.lines().filter_map(|row| number(row.strip_prefix('|')?)).collect();
    assert!(of_readme.len() >= 8, "{of_readme:?}");
    assert_eq!(of_readme, of_help);
}

#[test]
fn the_readme_lists_the_verdicts_and_slots_of_the_program() {
    use matomo_conformance::judge::Verdict;
    let all = [Verdict::Agree, Verdict::Leak, Verdict::Lockout, Verdict::WrongReason, Verdict::Unknown, Verdict::Error, Verdict::NotRun];
    let table = between(README, "| verdict | meaning |", "\n\n");
    for verdict in all {
        let row = |name: String| table.contains(&format!("| {name} |"));
        assert!(row(verdict.name().to_owned()) || row(format!("**{}**", verdict.name())), "{} is missing", verdict.name());
    }
    let table = between(README, "| slot | settings |", "\n\n");
    let of_readme: BTreeSet<&str> = table.lines().flat_map(|row| quoted(row.split('|').nth(1).unwrap_or_default())).collect();
    let slots = matomo_conformance::plan::slots(&matomo_conformance::model::Names::default(), true);
    let of_program: BTreeSet<&str> = slots.iter().map(|slot| slot.name).collect();
    assert_eq!(of_readme, of_program);
}

#[test]
fn every_file_the_map_names_exists() {
    for name in quoted(between(CONTRIBUTING, "<!-- map -->", "<!-- /map -->")).filter(|name| name.starts_with("src/")) {
        assert!(root().join(name).exists(), "the map names {name}, which does not exist");
    }
}

#[test]
fn the_map_names_every_source_file_or_its_folder() {
    let map = between(CONTRIBUTING, "<!-- map -->", "<!-- /map -->");
    // A heading opens a folder whose files follow; a folder in a list entry stands for all that is in it.
    let named: BTreeSet<&str> = map.lines().filter(|line| line.starts_with("- ")).flat_map(quoted).collect();
    let covered = |file: &Path| {
        let relative = file.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
        named.iter().any(|name| *name == relative || (name.ends_with('/') && relative.starts_with(*name)))
    };
    let files = WalkDir::new(root().join("src")).into_iter().flatten().map(walkdir::DirEntry::into_path);
    let missing: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ext| ext == "rs") && !covered(path)).collect();
    assert!(missing.is_empty(), "not in the map of CONTRIBUTING.md: {missing:?}");
}

#[test]
fn the_links_between_documents_lead_somewhere() {
    for document in [README, CONTRIBUTING, CHANGELOG] {
        for target in document.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target) {
            if let Some(anchor) = target.strip_prefix('#') {
                let known = document.lines().filter_map(|line| line.strip_prefix("## "));
                let known: Vec<String> = known.map(|heading| heading.to_lowercase().replace(' ', "-")).collect();
                assert!(known.iter().any(|heading| heading == anchor), "no heading for #{anchor}");
            } else if !target.starts_with("https://") {
                assert!(root().join(target).is_file(), "{target} does not exist");
            }
        }
    }
}

#[test]
fn the_readme_has_the_test_command_that_ci_runs() {
    let block = between(README, "<!-- test-command -->\n```sh\n", "\n```");
    assert_eq!(block, "cargo test --no-fail-fast");
}

#[test]
fn the_readme_has_its_marked_places() {
    for name in ["planted-bugs", "kill-table-simulated", "php-kill-table"] {
        between(README, &format!("<!-- {name} -->"), &format!("<!-- /{name} -->"));
    }
}

#[test]
fn the_kill_table_of_the_readme_is_the_recorded_one() {
    let rows = matomo_conformance::report::read_kill_rows(&root().join("docs/kill-table.json")).expect("the recorded table");
    let recorded = matomo_conformance::report::kill_table(&rows);
    let shown = between(README, "<!-- php-kill-table -->\n\n", "\n<!-- /php-kill-table -->");
    assert_eq!(shown, recorded, "copy the table that `mutants --record docs/kill-table.json` printed");
    for release in ["5.0.0", "5.2.0-b5+24103"] {
        assert!(rows.iter().any(|row| row.release == release), "{release} is missing");
    }
    for row in &rows {
        assert_eq!(row.mutants, row.unviable + row.caught + row.equivalent + row.gap, "{}", row.release);
        assert_eq!(row.gap, 0, "{}: a survivor that a case could show", row.release);
    }
}

/// Lines, reached by the plan, added by the search, reached by nothing.
fn line_counts(row: &str) -> [u32; 4] {
    let cells: Vec<&str> = row.split(" | ").collect();
    [2, 3, 4, 5].map(|at| cells[at].trim().parse().unwrap_or_else(|_| panic!("no number in {row}")))
}

#[test]
fn the_lines_that_nothing_reaches_add_up_and_have_reasons() {
    let text = include_str!("../docs/reached-lines.md");
    let mut sum = [0; 4];
    let mut rows = text.lines().filter(|line| line.starts_with("| `"));
    for row in &mut rows {
        let counts = line_counts(row);
        assert_eq!(counts[0], counts[1] + counts[2] + counts[3], "{row}");
        let reason = row.trim_end_matches('|').rsplit(" | ").next().unwrap_or_default().trim();
        assert_eq!(counts[3] > 0, !reason.is_empty() && !reason.starts_with(char::is_numeric), "{row}");
        sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    assert!(sum[0] > 400, "{sum:?}");
    let all = text.lines().find(|line| line.starts_with("| all |")).expect("a last row");
    assert_eq!(line_counts(all), sum);
}

#[test]
fn the_survivors_that_are_committed_can_be_read() {
    let text = std::fs::read_to_string(root().join("mutants-survivors.toml")).expect("the file of survivors");
    matomo_conformance::mutation::Survivors::parse(&text).expect("it is well-formed");
}

#[test]
fn the_changelog_has_a_place_for_what_is_not_released() {
    assert!(CHANGELOG.lines().any(|line| line == "## [Unreleased]"));
}

#[test]
fn the_table_of_releases_is_the_recorded_one() {
    use matomo_conformance::report::ReleaseTable;
    let recorded: ReleaseTable = serde_json::from_str(include_str!("../docs/releases.json")).expect("a table of releases");
    let shown = between(README, "<!-- releases -->\n", "<!-- /releases -->");
    assert_eq!(shown, recorded.to_markdown(), "run `matomo-conformance releases` with --document README.md");
}

/// Issue and the first recorded release without it.
const MENDED: [(&str, &str); 5] = [("#16869", "4.0.4"), ("#17206", "4.2.1"), ("#17335", "4.3.0"), ("#18706", "4.7.0"), ("#19813", "5.0.0")];

fn numbers(version: &str) -> Vec<u32> {
    version.split(['.', '-', '+']).take(3).map(|part| part.parse().unwrap_or(0)).collect()
}

#[test]
fn in_the_table_of_releases_every_known_bug_ends_where_it_was_mended() {
    use matomo_conformance::report::ReleaseTable;
    let recorded: ReleaseTable = serde_json::from_str(include_str!("../docs/releases.json")).expect("a table of releases");
    assert!(!recorded.trees.is_empty());
    for row in &recorded.trees {
        for (issue, mended) in MENDED {
            let affected = numbers(&row.version) < numbers(mended);
            assert_eq!(row.bugs.iter().any(|bug| bug == issue), affected, "{issue} on {}", row.tree);
        }
    }
}

#[test]
fn the_readme_names_every_bug_of_the_token_class() {
    let table = between(README, "<!-- token-class-bugs -->", "<!-- /token-class-bugs -->");
    let (_, rest) = include_str!("live_token_class.rs").split_once("const BUGS").expect("a table");
    let (bugs, _) = rest.split_once("];").expect("an end");
    let names: Vec<&str> =
        bugs.split(['(', '\n']).filter_map(|line| line.trim().strip_prefix('"')?.split_once('"')).map(|(name, _)| name).collect();
    let shown = names.iter().filter(|name| table.contains(&format!("| {name} |"))).count();
    assert_eq!(shown, table.matches("\n| ").count() - 2, "a row too many or too few");
    assert_eq!(shown, 15);
}

#[test]
fn the_readme_names_every_planted_bug_of_the_live_tests() {
    let table = between(README, "<!-- planted-bugs -->", "<!-- /planted-bugs -->");
    let bugs = include_str!("live_planted_bugs.rs");
    let names: Vec<&str> = bugs.split("name: \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(names.len() >= 9);
    for name in names {
        assert!(table.contains(&format!("| {name} |")), "{name} is missing");
    }
}
