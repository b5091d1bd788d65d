//! The documents say what is so: commands parse, links lead somewhere, tables and figures are those of the program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use walkdir::WalkDir;

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The pages of the book.
fn pages() -> Vec<String> {
    let files = WalkDir::new(root().join("docs/src")).sort_by_file_name().into_iter().flatten().map(walkdir::DirEntry::into_path);
    let pages = files.filter(|path| path.extension().is_some_and(|ext| ext == "md") && !path.ends_with("SUMMARY.md"));
    pages.map(|path| path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned()).collect()
}

/// All documents whose commands and links are kept true: path and text.
fn documents() -> Vec<(String, String)> {
    let top = ["README.md", "CONTRIBUTING.md", "DESIGN.md", "SECURITY.md", "CHANGELOG.md", "docs/src/SUMMARY.md"].map(str::to_owned);
    top.into_iter().chain(pages()).map(|path| (path.clone(), read(&path))).collect()
}

/// What stands between two marks of a document is what the program says; where `MATOMO_CONFORMANCE_WRITE_DOCUMENTS` is set it is put there.
pub fn shows(document: &str, mark: &str, expected: &str) {
    let text = read(document);
    let (start, end) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let shown = between(&text, &start, &end);
    if shown.trim() == expected.trim() {
        return;
    }
    if std::env::var_os("MATOMO_CONFORMANCE_WRITE_DOCUMENTS").is_some() {
        let new = text.replacen(&format!("{start}{shown}{end}"), &format!("{start}{}\n{end}", expected.trim()), 1);
        std::fs::write(root().join(document), new).unwrap_or_else(|error| panic!("{document}: {error}"));
        return;
    }
    let old: BTreeSet<&str> = shown.lines().collect();
    let new: Vec<&str> = expected.lines().filter(|line| !old.contains(line)).collect();
    panic!(
        "{document} is out of date between the marks <!-- {mark} -->; run these tests once with MATOMO_CONFORMANCE_WRITE_DOCUMENTS=1 \
         in the environment and commit what they write. New lines:\n{}",
        new.join("\n")
    );
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
    let mut helps: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut all = documents();
    all.push(("docker/README.md".to_owned(), read("docker/README.md")));
    for (document, text) in &all {
        for line in shell_lines(text) {
            let Some(args) = arguments(line) else { continue };
            if !seen.insert(line.to_owned()) {
                continue;
            }
            // Help is shown as soon as it is met, so what stands before it is judged only for being known: take the name of each option.
            let help = helps.entry(args[0].clone()).or_insert_with(|| {
                let (code, help) = program(&[&args[0], "--help"]);
                assert_eq!(code, Some(0), "{document}: {line}");
                help
            });
            for option in args.iter().filter(|arg| arg.starts_with("--")) {
                let name = option.split('=').next().unwrap_or(option);
                let known = [" ", "\n", "["].iter().any(|end| help.contains(&format!("{name}{end}")));
                assert!(known, "{document}: {line}: {name} is unknown");
            }
            let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
            args.push("--help");
            let (code, output) = program(&args);
            assert_eq!(code, Some(0), "{document}: {line}: {output}");
        }
    }
    assert!(seen.len() >= 40, "only {} commands were found in the documents", seen.len());
}

#[test]
fn other_commands_of_the_documents_are_known_ones() {
    let whole = [
        "cargo test --no-fail-fast",
        "MATOMO_CONFORMANCE_REQUIRE=live,containers,browser cargo test --no-fail-fast",
        "cargo bench",
        "cargo fmt --check",
        "cargo clippy --all-targets -- -D warnings",
        "cargo install --locked --path .",
        "grep -rm1 '^//!' src/plan",
    ];
    for (document, text) in documents() {
        for line in shell_lines(&text).into_iter().filter(|line| arguments(line).is_none()) {
            let starts = [
                "sudo apt-get install ",
                "MATOMO_CONFORMANCE_WRITE_DOCUMENTS=1 cargo test ",
                "INSTA_UPDATE=always cargo test --test fast snapshots",
            ];
            let known = whole.contains(&line) || starts.iter().any(|start| line.starts_with(start));
            let script = line.split_whitespace().next().filter(|word| word.starts_with("scripts/"));
            let known = known || line.strip_prefix("cargo nextest run --profile ").is_some_and(|name| profiles().contains(name));
            assert!(known || script.is_some_and(|script| root().join(script).is_file()), "{document}: {line}: nothing checks this line");
        }
    }
}

/// Profiles of nextest that are for people.
fn profiles() -> BTreeSet<String> {
    let file: toml::Value = toml::from_str(&read(".config/nextest.toml")).expect("TOML");
    let profiles = file["profile"].as_table().expect("profiles").keys().filter(|name| *name != "default");
    profiles.cloned().collect()
}

#[test]
fn there_is_a_profile_for_each_test_program_and_contributing_says_what_it_needs() {
    let folders = std::fs::read_dir(root().join("tests")).expect("tests").flatten().filter(|entry| entry.path().join("main.rs").is_file());
    let programs: BTreeSet<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(!programs.is_empty() && programs.len() <= 4, "more test programs take longer to link: {programs:?}");
    assert_eq!(profiles(), programs);
    let contributing = read("CONTRIBUTING.md");
    assert_eq!(first_column(between(&contributing, "| profile | what is in it |", "\n\n")), programs);
}

#[test]
fn the_case_ids_of_the_documents_are_read_by_explain() {
    let mut seen = 0;
    for (document, text) in documents() {
        for args in shell_lines(&text).into_iter().filter_map(arguments).filter(|args| args[0] == "explain") {
            let (code, output) = program(&args.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(code, Some(0), "{document}: {args:?}: {output}");
            seen += 1;
        }
    }
    assert!(seen > 1, "the documents explain no case");
}

/// The examples in the help of all commands.
fn examples_of_help() -> Vec<Vec<String>> {
    use clap::CommandFactory as _;
    let command = matomo_conformance::cli::Cli::command();
    let helps = command.get_subcommands().filter_map(|command| command.get_after_help().map(ToString::to_string)).collect::<Vec<_>>();
    helps.iter().flat_map(|help| help.lines()).filter_map(|line| arguments(line.trim())).collect()
}

#[test]
fn the_cases_of_the_examples_in_the_help_are_read_by_explain() {
    let mut seen = 0;
    for args in examples_of_help() {
        let explained = args[0] == "explain";
        // A case that is replayed has five parts, which no folder of an example has.
        let case = args.iter().skip(1).find(|arg| arg.split('/').count() >= 5 && !arg.starts_with("..") && !arg.contains(':'));
        let args: Vec<&str> = match case {
            _ if explained => args.iter().map(String::as_str).collect(),
            Some(case) => vec!["explain", case],
            None => continue,
        };
        let (code, output) = program(&args);
        assert_eq!(code, Some(0), "{args:?}: {output}");
        seen += 1;
    }
    assert!(seen > 2, "only {seen} cases were found in the help");
}

#[test]
fn the_faults_that_documents_and_help_name_can_be_planted() {
    let (code, faults) = program(&["mutants", "--simulated", "--list"]);
    assert_eq!(code, Some(0), "{faults}");
    let mut named = BTreeSet::new();
    let of_documents =
        documents().into_iter().flat_map(|(_, text)| shell_lines(&text).into_iter().filter_map(arguments).collect::<Vec<_>>());
    for args in of_documents.chain(examples_of_help()) {
        named.extend(args.windows(2).filter(|pair| pair[0] == "--fault").map(|pair| pair[1].clone()));
        // As one side of a comparison: simulated:RELEASE:FAULT.
        named.extend(args.iter().filter_map(|arg| arg.strip_prefix("simulated:")?.split_once(':')).map(|(_, fault)| fault.to_owned()));
    }
    assert!(named.len() > 2, "{named:?}");
    for fault in named {
        assert!(faults.split_whitespace().any(|word| word == fault), "{fault} is no fault; `mutants --simulated --list` has them");
    }
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 150, "README.md has {lines} lines; what is more than a start belongs into docs/src");
}

#[test]
fn the_readme_says_how_many_faults_the_kill_table_has() {
    let (readme, page) = (read("README.md"), read("docs/src/kill-tables.md"));
    let row = page.lines().find(|line| line.starts_with("| all |")).expect("a last row");
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    assert_eq!(cells[2], cells[3], "not all faults are caught: {row}");
    assert!(readme.contains(&format!("all {} faults", cells[2])), "README.md says another number of faults than {row}");
}

#[test]
fn what_the_readme_shows_is_what_the_command_prints() {
    let readme = read("README.md");
    let example = between(&readme, "<!-- example -->", "<!-- /example -->");
    let args = shell_lines(example).into_iter().find_map(arguments).expect("a command");
    let work = tempfile::tempdir().expect("a folder");
    let output = work.path().to_string_lossy().into_owned();
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    args.extend(["--output", &output]);
    let (code, printed) = program(&args);
    assert_eq!(code, Some(2), "{printed}");
    // How long it took is not for a test to say.
    let timeless = |line: &str| match line.split_once(" s: ") {
        Some((before, after)) => format!("{} s: {after}", before.trim_end_matches(|c: char| c.is_ascii_digit())),
        None => line.to_owned(),
    };
    let mut rest = printed.lines().map(timeless);
    for line in between(example, "```text\n", "```").lines().filter(|line| !line.is_empty()) {
        let wanted = timeless(line);
        assert!(rest.any(|line| line == wanted), "README.md shows this, but the command does not print it there: {line}\n{printed}");
    }
}

/// The codes in the first column of a table of exit codes.
fn codes_of_table(document: &str) -> Vec<(u8, String)> {
    let text = read(document);
    let rows = between(&text, "| exit code | meaning |", "\n\n").lines().map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    rows.filter_map(|cells| Some((cells.get(1)?.parse().ok()?, (*cells.get(2)?).to_owned()))).collect()
}

#[test]
fn the_documents_list_the_exit_codes_of_the_help() {
    let (_, help) = program(&["--help"]);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, listed) = help.split_once("Exit codes: ").expect("the help has exit codes");
    let number = |text: &str| text.split_whitespace().next().and_then(|word| word.parse::<u8>().ok());
    let of_help: BTreeSet<u8> = listed.split(", ").filter_map(number).collect();
    let of_readme = codes_of_table("README.md");
    assert!(of_readme.len() >= 8, "{of_readme:?}");
    assert_eq!(of_readme.iter().map(|(code, _)| *code).collect::<BTreeSet<_>>(), of_help);
    assert_eq!(of_readme, codes_of_table("docs/src/results.md"), "README.md and the book say different things");
}

#[test]
fn the_book_lists_the_verdicts_and_slots_of_the_program() {
    use matomo_conformance::judge::Verdict;
    let all = [Verdict::Agree, Verdict::Leak, Verdict::Lockout, Verdict::WrongReason, Verdict::Unknown, Verdict::Error, Verdict::NotRun];
    let results = read("docs/src/results.md");
    let table = between(&results, "| verdict | meaning |", "\n\n");
    for verdict in all {
        let row = |name: String| table.contains(&format!("| {name} |"));
        assert!(row(verdict.name().to_owned()) || row(format!("**{}**", verdict.name())), "{} is missing", verdict.name());
    }
    let settings = read("docs/src/settings.md");
    let of_book = first_column(between(&settings, "| slot | settings |", "\n\n"));
    let slots = matomo_conformance::plan::slots(&matomo_conformance::model::Names::default(), true);
    let of_program: BTreeSet<String> = slots.iter().map(|slot| slot.name.to_string()).collect();
    assert_eq!(of_book, of_program, "docs/src/settings.md has another table of slots than the program");
}

/// The words in backticks of a table's first column.
pub fn first_column(table: &str) -> BTreeSet<String> {
    table.lines().flat_map(|row| quoted(row.split('|').nth(1).unwrap_or_default())).map(str::to_owned).collect()
}

#[test]
fn the_book_lists_the_principals_of_the_program() {
    let page = read("docs/src/principals.md");
    let of_book = first_column(between(&page, "| principal | who that is |", "\n\n"));
    let of_program: BTreeSet<String> = matomo_conformance::plan::PRINCIPALS.iter().map(|principal| principal.name.to_string()).collect();
    assert_eq!(of_book, of_program, "docs/src/principals.md has another table of principals than the program");
}

#[test]
fn the_book_lists_the_carriers_of_the_program() {
    use matomo_conformance::plan::Carrier;
    let page = read("docs/src/principals.md") + "\n\n";
    let of_book = first_column(between(&page, "| carrier | what is sent |", "\n\n"));
    for carrier in &of_book {
        assert!(carrier.replace("PRINCIPAL", "super").parse::<Carrier>().is_ok(), "{carrier} is no carrier");
    }
    let without = |carrier: &str| carrier.split('=').next().unwrap_or(carrier).to_owned();
    let known: BTreeSet<(String, bool)> = of_book.iter().map(|carrier| (without(carrier), carrier.contains('='))).collect();
    let (code, list) = program(&["check", "--simulated=6.0", "--list"]);
    assert_eq!(code, Some(0), "{list}");
    let of_plan: BTreeSet<&str> = list.lines().filter(|line| line.contains('/')).filter_map(|id| id.split('/').nth(2)).collect();
    assert!(of_plan.len() > 40, "{of_plan:?}");
    for carrier in of_plan {
        assert!(known.contains(&(without(carrier), carrier.contains('='))), "docs/src/principals.md has no carrier {carrier}");
    }
}

#[test]
fn the_book_lists_the_clauses_of_the_program() {
    let mut rows = vec!["| id | | sentence | source |".to_owned(), "| --- | --- | --- | --- |".to_owned()];
    for clause in &matomo_conformance::model::CLAUSES {
        let json = serde_json::to_value(clause).expect("a clause is written into results");
        let text = |key: &str| json[key].as_str().unwrap_or_else(|| panic!("{key} of {json}")).replace('|', "\\|").replace('<', "&lt;");
        rows.push(format!("| `{}` | {} | {} | {} |", text("id"), text("strength"), text("says"), clause.origin().replace('|', "\\|")));
    }
    shows("docs/src/clauses.md", "clauses", &rows.join("\n"));
}

#[test]
fn the_book_lists_the_commands_of_the_program() {
    use clap::CommandFactory as _;
    let command = matomo_conformance::cli::Cli::command();
    let mut rows = vec!["| command | what it does |".to_owned(), "| --- | --- |".to_owned()];
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        rows.push(format!("| `{}` | {} |", command.get_name(), command.get_about().map(ToString::to_string).unwrap_or_default()));
    }
    shows("docs/src/commands.md", "commands", &rows.join("\n"));
}

/// Links of a document, without those in code.
fn links(text: &str) -> Vec<String> {
    let mut code = false;
    let mut links = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            let prose: String = line.split('`').step_by(2).collect();
            links.extend(prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()));
        }
    }
    links
}

/// The anchors of a document's headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim().to_lowercase());
    let kept = |heading: String| heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>();
    headings.map(|heading| kept(heading).replace(' ', "-")).collect()
}

#[test]
fn the_links_between_documents_lead_somewhere() {
    let mut seen = 0;
    for (document, text) in documents() {
        let folder = root().join(&document).parent().expect("a folder").to_path_buf();
        for link in links(&text).into_iter().filter(|link| !link.starts_with("https://")) {
            let (path, anchor) = link.split_once('#').map_or((link.as_str(), None), |(path, anchor)| (path, Some(anchor)));
            let target = if path.is_empty() { root().join(&document) } else { folder.join(path) };
            assert!(target.exists(), "{document}: {link}: {path} does not exist");
            if document.starts_with("docs/src/") {
                assert!(!path.contains(".."), "{document}: {link} leads out of the book, where it breaks once the book is built");
            }
            if let Some(anchor) = anchor {
                let text = std::fs::read_to_string(&target).unwrap_or_else(|error| panic!("{document}: {link}: {error}"));
                assert!(anchors(&text).contains(anchor), "{document}: {link}: no heading for #{anchor}");
            }
            seen += 1;
        }
    }
    assert!(seen > 60, "only {seen} links were found");
}

#[test]
fn the_summary_has_every_page_of_the_book_once() {
    let listed: Vec<String> = links(&read("docs/src/SUMMARY.md")).into_iter().map(|page| format!("docs/src/{page}")).collect();
    let unique: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(unique.len(), listed.len(), "a page stands twice in docs/src/SUMMARY.md");
    assert_eq!(unique, pages().into_iter().collect(), "docs/src/SUMMARY.md and the pages beside it differ");
    for page in pages() {
        assert!(read(&page).starts_with("# "), "{page} has no title");
    }
}

#[test]
fn the_readme_has_the_test_command_that_ci_runs() {
    let readme = read("README.md");
    let block = between(&readme, "<!-- test-command -->\n```sh\n", "\n```");
    assert_eq!(block, "cargo test --no-fail-fast");
}

#[test]
fn the_kill_table_of_the_book_is_the_recorded_one() {
    let rows = matomo_conformance::report::read_kill_rows(&root().join("docs/kill-table.json")).expect("the recorded table");
    shows("docs/src/kill-tables.md", "php-kill-table", &matomo_conformance::report::kill_table(&rows));
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
    let text = read("docs/src/reached-lines.md");
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
    assert!(read("CHANGELOG.md").lines().any(|line| line == "## [Unreleased]"));
}

#[test]
fn the_table_of_releases_is_the_recorded_one() {
    use matomo_conformance::report::ReleaseTable;
    let recorded: ReleaseTable = serde_json::from_str(&read("docs/releases.json")).expect("a table of releases");
    shows("docs/src/releases.md", "releases", &recorded.to_markdown());
}

/// Issue and the first recorded release without it.
const MENDED: [(&str, &str); 5] = [("#16869", "4.0.4"), ("#17206", "4.2.1"), ("#17335", "4.3.0"), ("#18706", "4.7.0"), ("#19813", "5.0.0")];

fn numbers(version: &str) -> Vec<u32> {
    version.split(['.', '-', '+']).take(3).map(|part| part.parse().unwrap_or(0)).collect()
}

#[test]
fn in_the_table_of_releases_every_known_bug_ends_where_it_was_mended() {
    use matomo_conformance::report::ReleaseTable;
    let recorded: ReleaseTable = serde_json::from_str(&read("docs/releases.json")).expect("a table of releases");
    assert!(!recorded.trees.is_empty());
    for row in &recorded.trees {
        for (issue, mended) in MENDED {
            let affected = numbers(&row.version) < numbers(mended);
            assert_eq!(row.bugs.iter().any(|bug| bug == issue), affected, "{issue} on {}", row.tree);
        }
    }
}

#[test]
fn the_book_names_every_bug_of_the_token_class() {
    let page = read("docs/src/kill-tables.md");
    let table = between(&page, "<!-- token-class-bugs -->", "<!-- /token-class-bugs -->");
    let (_, rest) = include_str!("../live/token_class.rs").split_once("static BUGS").expect("a table");
    let (bugs, _) = rest.split_once("];").expect("an end");
    let names: Vec<&str> =
        bugs.split(['(', '\n']).filter_map(|line| line.trim().strip_prefix('"')?.split_once('"')).map(|(name, _)| name).collect();
    let shown = names.iter().filter(|name| table.contains(&format!("| {name} |"))).count();
    assert_eq!(shown, table.matches("\n| ").count() - 2, "a row too many or too few");
    assert_eq!(shown, 15);
}

#[test]
fn the_book_names_every_planted_bug_of_the_live_tests() {
    let page = read("docs/src/kill-tables.md");
    let table = between(&page, "<!-- planted-bugs -->", "<!-- /planted-bugs -->");
    let bugs = include_str!("../live/planted_bugs.rs");
    let names: Vec<&str> = bugs.split("name: \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(names.len() >= 9);
    for name in names {
        assert!(table.contains(&format!("| {name} |")), "{name} is missing");
    }
}
