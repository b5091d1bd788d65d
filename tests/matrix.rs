//! `matrix` on the simulated target: one JSON, three reports made of it, exit codes, and the page in a real browser.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use matomo_conformance::judge::Verdict;
use matomo_conformance::matomo::{CellOutcome, curl_line};
use matomo_conformance::plan::{Filter, Listed, MATRIX_PRINCIPALS, MATRIX_SLOTS, MatrixChoice, MatrixPlan, PRINCIPALS, principal};
use matomo_conformance::report::matrix::{Matrix, MatrixRecord};
use matomo_conformance::sut::simulation;
use support::program;

const NOTICE: &str = "no real Matomo was tested";

/// The four files of a matrix.
const FILES: [&str; 4] = ["matrix.json", "matrix.html", "matrix.md", "matrix.csv"];

struct Run {
    code: i32,
    out: String,
    err: String,
    folder: PathBuf,
}

impl Run {
    fn of(folder: &Path, args: &[&str]) -> Self {
        let mut command = program();
        command.arg("matrix").args(args).arg("--output").arg(folder);
        let done = command.output().expect("the program starts");
        Self {
            code: done.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&done.stdout).into_owned(),
            err: String::from_utf8_lossy(&done.stderr).into_owned(),
            folder: folder.to_owned(),
        }
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}\n{}\n{}", self.out, self.err))
    }

    fn matrix(&self) -> Matrix {
        Matrix::read(&self.file("matrix.json")).expect("a matrix")
    }
}

#[test]
fn every_cell_of_the_simulated_target_agrees_and_every_report_says_that_no_matomo_was_tested() {
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2+24103"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.err.lines().next().expect("a first line").contains("no real Matomo is tested"), "{}", run.err);
    assert!(run.out.lines().last().expect("a last line").contains(NOTICE), "{}", run.out);
    let matrix = run.matrix();
    assert!(matrix.complete && matrix.exit == 0 && !matrix.target.real_matomo);
    assert_eq!(matrix.slots.iter().map(|slot| slot.name.as_str()).collect::<Vec<_>>(), MATRIX_SLOTS);
    assert_eq!(matrix.principals.iter().map(|who| who.name.as_str()).collect::<Vec<_>>(), MATRIX_PRINCIPALS);
    let cells = matrix.rows.len() * MATRIX_SLOTS.len() * MATRIX_PRINCIPALS.len();
    assert!(matrix.rows.len() > 100, "{} rows", matrix.rows.len());
    assert_eq!(matrix.all().count(), cells);
    assert_eq!(matrix.totals.verdicts.agree, cells as u64);
    for outcome in
        [CellOutcome::Opened, CellOutcome::LetThrough, CellOutcome::RefusedAtGate, CellOutcome::NotAuthenticated, CellOutcome::NoRight]
    {
        assert!(matrix.totals.outcomes.get(&outcome).is_some_and(|count| *count > 0), "no cell is {}", outcome.name());
    }
    assert!(matrix.totals.rows_that_differ > 50);
    for name in ["matrix.html", "matrix.md", "matrix.csv"] {
        assert!(run.file(name).contains(NOTICE), "{name}");
    }
    let markdown = run.file("matrix.md");
    assert!(markdown.lines().next().is_some_and(|line| line.contains(NOTICE)));
    assert!(markdown.lines().last().is_some_and(|line| line.contains(NOTICE)));
    assert_eq!(fs::read_to_string(run.folder.join("cases.txt")).expect("the list").lines().count(), cells);
    assert_eq!(run.file("results.jsonl").lines().count(), cells);
}

#[test]
fn a_cell_opens_what_the_token_may_and_the_settings_let_through() {
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2+24103", "--slots", "default,flag"]);
    let matrix = run.matrix();
    let outcome = |name: &str, slot: &str, who: &str| {
        let api = name.starts_with("API:");
        let name = name.trim_start_matches("API:");
        let found = matrix.all().find(|seen| {
            let this = seen.row.name == name && (seen.row.kind.name() == "api-method") == api;
            this && seen.slot.name == slot && seen.principal.name == who
        });
        found.unwrap_or_else(|| panic!("no cell {name} {slot} {who}")).observation.outcome
    };
    for (name, slot, who, expected) in [
        ("VisitsSummary.index", "default", "view", CellOutcome::Opened),
        ("VisitsSummary.index", "default", "write", CellOutcome::RefusedAtGate),
        ("VisitsSummary.index", "flag", "write", CellOutcome::Opened),
        ("VisitsSummary.index", "flag", "super", CellOutcome::RefusedAtGate),
        ("VisitsSummary.index", "default", "anonymous", CellOutcome::NotAuthenticated),
        ("VisitsSummary.index", "default", "no-access", CellOutcome::NoRight),
        ("Widgetize.iframe", "default", "view", CellOutcome::Opened),
        ("Widgetize.iframe", "default", "admin", CellOutcome::RefusedAtGate),
        ("Dashboard.saveLayout", "flag", "write", CellOutcome::LetThrough),
        ("API:SitesManager.getSitesIdWithAtLeastViewAccess", "default", "super", CellOutcome::Opened),
        ("API:VisitsSummary.get", "default", "no-access", CellOutcome::NoRight),
    ] {
        assert_eq!(outcome(name, slot, who), expected, "{name} {slot} {who}");
    }
}

#[test]
fn a_planted_fault_is_a_leak_in_every_report_and_ends_with_2() {
    let work = tempfile::tempdir().expect("a folder");
    let args = ["--simulated=5.2", "--fault", "super-guard-gone", "--slots", "default", "--plugin", "VisitsSummary"];
    let run = Run::of(&work.path().join("out"), &args);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.out.contains("LEAK default/super/url/real/VisitsSummary.index"), "{}", run.out);
    let matrix = run.matrix();
    let leaks: Vec<String> = matrix.all().filter(|seen| seen.verdict == Verdict::Leak).map(|seen| seen.id()).collect();
    assert!(leaks.contains(&"default/super/url/real/VisitsSummary.index".to_owned()), "{leaks:?}");
    assert!(leaks.iter().all(|id| id.contains("/super/")), "{leaks:?}");
    assert_eq!((matrix.exit, matrix.totals.verdicts.leak), (2, leaks.len() as u64));
    for name in ["matrix.md", "matrix.csv", "matrix.html"] {
        assert!(run.file(name).contains("leak"), "{name}");
    }
    assert!(run.file("matrix.md").contains("| **leak** | `default/super/url/real/VisitsSummary.index` |"));
    let lockout = ["--simulated=5.2", "--fault", "flag-ignored", "--slots", "flag", "--plugin", "VisitsSummary"];
    let run = Run::of(&work.path().join("other"), &lockout);
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.matrix().totals.verdicts.lockout > 0);
}

#[test]
fn reports_are_made_again_from_the_json_alone_and_are_the_same() {
    let work = tempfile::tempdir().expect("a folder");
    let run =
        Run::of(&work.path().join("out"), &["--simulated=5.8", "--fault", "super-guard-gone", "--slots", "default", "--plugin", "Goals"]);
    let json = run.folder.join("matrix.json");
    let again = Run::of(&work.path().join("again"), &["--from", json.to_str().expect("a path")]);
    assert_eq!((run.code, again.code), (2, 2), "{}{}", again.out, again.err);
    for name in FILES {
        assert!(run.file(name) == again.file(name), "{name} differs");
    }
    assert!(
        again.err.lines().next().is_some_and(|line| line.contains(NOTICE))
            && again.out.lines().last().is_some_and(|line| line.contains(NOTICE))
    );
}

#[test]
fn what_is_no_matrix_is_a_mistake_in_use_that_is_explained() {
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2", "--slots", "default", "--plugin", "Login"]);
    let text = run.file("matrix.json");
    let file = work.path().join("given.json");
    for (given, says) in [
        ("{}".to_owned(), "it is no access matrix"),
        ("nonsense".to_owned(), "expected"),
        (text.replacen("\"schema\":1", "\"schema\":99", 1), "its schema is 99"),
        (text.replacen("\"cells\":[[0,", "\"cells\":[[999,", 1), "refers to nothing"),
        (text.replacen("\"cells\":[", "\"cells\":[null,", 1), "cells instead of"),
    ] {
        fs::write(&file, &given).expect("a file");
        let again = Run::of(&work.path().join("again"), &["--from", file.to_str().expect("a path")]);
        assert_eq!(again.code, 1, "{says}: {}{}", again.out, again.err);
        assert!(again.err.contains(says) && again.err.contains("given.json") && again.err.contains("hint:"), "{says}: {}", again.err);
    }
    for (args, says) in [
        (["--slots", "nowhere"], "list-even"),
        (["--principals", "nobody"], "no-access"),
        (["--plugin", "Nothing"], "endpoints"),
        (["--only", "nothing/at/all"], "--list"),
    ] {
        let mut all = vec!["--simulated=5.2"];
        all.extend(args);
        let run = Run::of(&work.path().join("out"), &all);
        assert_eq!(run.code, if args[0] == "--only" { 4 } else { 1 }, "{args:?}: {}", run.err);
        assert!(run.err.contains(says), "{args:?}: {}", run.err);
    }
}

#[test]
fn a_run_out_of_time_ends_with_3_and_its_reports_say_so() {
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2", "--time-limit", "0", "--plugin", "Goals"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    let matrix = run.matrix();
    assert!(!matrix.complete && matrix.totals.verdicts.not_run == matrix.totals.verdicts.cases);
    assert!(run.file("matrix.md").contains("The run ended early"));
}

#[test]
fn the_csv_is_read_back_by_a_library_and_has_a_line_for_each_cell() {
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2+24103"]);
    let matrix = run.matrix();
    let text = run.file("matrix.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().expect("a head").clone();
    let place = |name: &str| head.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}"));
    let (case, outcome, verdict, endpoint) = (place("case"), place("outcome"), place("verdict"), place("endpoint"));
    let lines: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("every line is as long as the head");
    assert_eq!(lines.len(), matrix.all().count());
    for (line, seen) in lines.iter().zip(matrix.all()) {
        assert_eq!((&line[case], &line[endpoint]), (seen.id().as_str(), seen.row.name.as_str()));
        assert_eq!((&line[outcome], &line[verdict]), (seen.observation.outcome.name(), seen.verdict.name()), "{}", seen.id());
    }
    assert_eq!(lines.iter().map(|line| line[case].to_owned()).collect::<BTreeSet<_>>().len(), lines.len(), "a case stands twice");
}

#[test]
fn the_tables_of_the_markdown_have_as_many_cells_in_each_line_as_in_their_head() {
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2", "--fault", "list-ignored"]);
    let mut head: Option<usize> = None;
    let mut tables = 0;
    for line in run.file("matrix.md").lines() {
        if !line.starts_with('|') {
            head = None;
            continue;
        }
        let cells = line.replace("\\|", "").matches('|').count();
        match head {
            None => {
                head = Some(cells);
                tables += 1;
            }
            Some(head) => assert_eq!(cells, head, "{line}"),
        }
    }
    assert!(tables > 20, "{tables} tables");
}

/// Tokens and cookies are 32 hexadecimal digits; the one that belongs to nobody is the only one that may be written.
fn tokens_in(text: &str) -> Vec<String> {
    let nobody = PRINCIPALS.iter().find(|who| who.name == "invalid").and_then(|who| who.token).expect("a token of nobody");
    let words = text.split(|letter: char| !letter.is_ascii_hexdigit());
    words.filter(|word| word.len() == 32 && *word != nobody).map(str::to_owned).collect()
}

#[test]
fn no_token_stands_in_any_file() {
    assert_eq!(tokens_in("a=00112233445566778899aabbccddeeff&").len(), 1, "the search finds tokens");
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=6.0", "--principals", "all", "--slots", "default,secure"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let mut files = 0;
    for entry in fs::read_dir(&run.folder).expect("the folder").flatten() {
        let text = fs::read_to_string(entry.path()).expect("a text");
        assert_eq!(tokens_in(&text), Vec::<String>::new(), "{}", entry.path().display());
        assert!(text.contains("view") || text.is_empty(), "{} is not what was meant to be searched", entry.path().display());
        files += 1;
    }
    assert!(files >= FILES.len() + 2, "{files} files");
    assert_eq!(tokens_in(&(run.out.clone() + &run.err)), Vec::<String>::new());
    assert!(run.file("matrix.json").contains("$TOKEN_SUPER_SCOPED_VIEW"), "tokens are named by what stands for them");
}

/// What is filled into the templates of the document is what the plan would have made of each case.
#[test]
fn the_id_and_the_curl_line_of_every_cell_are_those_of_its_case() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let environment = runtime.block_on(simulation::start("6.0", None)).expect("it starts");
    let catalogue = &environment.catalogue;
    let listed = Listed {
        endpoints: catalogue.own_endpoints().map(|(name, endpoint)| (name.clone(), endpoint.kind, 0)).collect(),
        methods: catalogue.api_methods.iter().map(|name| (name.clone(), vec!["userEmail".to_owned()])).collect(),
    };
    let slots = environment.slots.iter().map(|served| served.slot.clone()).collect();
    let principals = PRINCIPALS.iter().filter(|who| principal(who.name).is_some()).collect();
    let choice = MatrixChoice { principals, plugins: BTreeSet::new(), filter: Filter::default() };
    let plan = MatrixPlan::new(&listed, slots, &choice);
    let matrix = MatrixRecord::new(&environment, &plan, String::new()).finish(Vec::new());
    let lines = |case: &_| (plan.plan.id(*case), curl_line(plan.plan.slot(*case).name, &plan.plan.request(*case)));
    let planned: BTreeSet<(String, String)> = plan.plan.cases.iter().map(lines).collect();
    let told: BTreeSet<(String, String)> = matrix.all().map(|seen| (seen.id(), seen.curl())).collect();
    assert!(planned.len() > 10_000, "{} cases", planned.len());
    assert_eq!(planned.symmetric_difference(&told).next(), None);
}

/// A browser, or `None` with a line that names what is skipped.
fn chromium(test: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = std::env::split_paths(&folders).flat_map(|folder| names.map(|name| folder.join(name))).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("SKIPPED {test}: no chromium on this machine");
    }
    found
}

/// The page after it has run, as the browser would save it. `script` runs once the page is ready, and may set `document.body.dataset.said`.
fn in_browser(browser: &Path, page: &str, script: &str, address: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("page.html");
    let with = format!(
        "<script>addEventListener('error', (event) => {{ document.body.dataset.failed = event.message; }});</script>\n<script>{script}</script>\n</body>"
    );
    let (before, _) = page.rsplit_once("</body>").expect("a page");
    fs::write(&file, format!("{before}{with}</html>")).expect("a file");
    let mut command = Command::new(browser);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--window-size=1400,900",
        "--virtual-time-budget=20000",
    ]);
    command.arg(format!("--user-data-dir={}", folder.path().join("profile").display())).arg("--dump-dom");
    let done = command.arg(format!("file://{}{address}", file.display())).output().expect("the browser starts");
    let dom = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(dom.contains("data-ready="), "the page did not get ready: {}", String::from_utf8_lossy(&done.stderr));
    assert!(!dom.contains("data-failed="), "the page's script failed: {}", between(&dom, "data-failed=\"", "\""));
    dom
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("{start} is missing"));
    rest.split_once(end).map_or(rest, |(middle, _)| middle)
}

/// What a script said, as JSON.
fn said(dom: &str) -> serde_json::Value {
    let text = between(dom, "data-said=\"", "\"").replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

const DRIVE: &str = r"
const $ = (id) => document.getElementById(id);
const shown = () => [...document.querySelectorAll('.plugin:not([hidden])')].map((section) => Number(section.style.getPropertyValue('--rows'))).reduce((sum, rows) => sum + rows, 0);
const key = (name) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
const at = () => document.activeElement.closest('tr')?.querySelector('th code').title + ' ' + document.activeElement.dataset.who;
const said = {};
";

#[test]
fn the_page_shows_every_row_and_its_filters_settings_and_cells_work_in_a_browser() {
    let Some(browser) = chromium("the_page_shows_every_row_and_its_filters_settings_and_cells_work_in_a_browser") else { return };
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2+24103", "--fault", "flag-opens-super"]);
    assert_eq!(run.code, 2);
    let matrix = run.matrix();
    let script = format!(
        "{DRIVE}{}",
        r"
said.rows = shown();
said.verdict = $('verdict').textContent;
said.stops = document.querySelectorAll('.cells .c[tabindex=\x220\x22]').length;
document.querySelector('.cells .c[tabindex=\x220\x22]').focus();
said.first = at();
key('ArrowDown'); key('ArrowRight'); key('End');
said.moved = at();
for (let step = 0; step < 60; step += 1) key('ArrowDown');
said.far = at();
document.activeElement.click();
said.open = $('cell').open;
said.cell = $('cell').textContent;
said.curl = $('curl').textContent;
said.elsewhere = $('cell').querySelectorAll('.elsewhere button').length;
$('cell').querySelector('.elsewhere button').click();
said.switched = $('settings').querySelector(':checked').value;
$('close').click();
setTimeout(() => {
  said.back = at();
  $('settings').querySelectorAll('input')[0].click();
  $('search').value = 'goals report'; $('search').dispatchEvent(new Event('input'));
  said.searched = shown();
  $('reset').click();
  document.querySelector('[data-outcome=opened]').click();
  said.opened = shown();
  $('reset').click();
  $('differs').click();
  said.differs = shown();
  $('reset').click();
  $('show-them').click();
  said.leaks = shown();
  said.slot = $('settings').querySelector(':checked').parentNode.textContent.trim().split(' ')[0];
  said.marked = document.querySelectorAll('.cells .c.leak').length > 0;
  $('reset').click();
  $('theme').click(); $('theme').click();
  said.theme = document.documentElement.dataset.theme;
  setTimeout(() => {
    said.built = document.querySelectorAll('.cells tbody tr').length;
    document.body.dataset.said = JSON.stringify(said);
  }, 2000);
}, 500);
"
    );
    let dom = in_browser(&browser, &run.file("matrix.html"), &script, "");
    let said = said(&dom);
    let rows = |wanted: &dyn Fn(&matomo_conformance::report::matrix::MatrixRowDocument) -> bool| {
        matrix.rows.iter().filter(|row| wanted(row)).count()
    };
    let in_default = |row: &_, outcome| (0..6).any(|who| matrix.seen(row, 0, who).is_some_and(|seen| seen.observation.outcome == outcome));
    assert_eq!(said["rows"], matrix.rows.len());
    let searched = |row: &matomo_conformance::report::matrix::MatrixRowDocument| {
        let text = format!("{} {}", row.name, row.kind.name()).to_lowercase();
        text.contains("goals") && text.contains("report")
    };
    assert_eq!(said["searched"], rows(&searched), "{said}");
    assert_eq!(said["opened"], rows(&|row| in_default(row, CellOutcome::Opened)));
    assert_eq!(said["differs"], matrix.totals.rows_that_differ);
    let leaky = |row: &_| (0..6).any(|who| matrix.seen(row, 1, who).is_some_and(|seen| seen.verdict.differs()));
    assert_eq!((&said["leaks"], &said["slot"], &said["marked"]), (&rows(&leaky).into(), &"flag".into(), &true.into()));
    assert!(said["verdict"].as_str().is_some_and(|text| text.contains(&format!("{} leak", matrix.totals.verdicts.leak))), "{said}");
    assert_eq!(said["stops"], 1, "one cell is reached by the tabulator");
    assert_eq!(said["first"], format!("{} 0", matrix.rows[0].name));
    assert_eq!(said["moved"], format!("{} 5", matrix.rows[1].name));
    assert_eq!(said["far"], format!("{} 5", matrix.rows[61].name), "arrows lead into the next plugin");
    assert_eq!((&said["open"], &said["elsewhere"], &said["switched"]), (&true.into(), &2.into(), &"1".into()));
    let cell = matrix.seen(&matrix.rows[61], 0, 5).expect("a cell");
    assert_eq!(said["curl"], cell.curl());
    assert!(said["cell"].as_str().is_some_and(|text| text.contains(&cell.decision.clause) && text.contains(&cell.id())), "{said}");
    assert_eq!(said["back"], said["far"], "closing leads back to the cell");
    assert_eq!(said["theme"], "dark");
    // Everything is there for the browser's own search once it had time.
    assert_eq!(said["built"], matrix.rows.len());
}

#[test]
fn what_is_chosen_can_be_linked_to() {
    let Some(browser) = chromium("what_is_chosen_can_be_linked_to") else { return };
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2+24103", "--plugin", "VisitsSummary", "--plugin", "Goals"]);
    let script = format!(
        "{DRIVE}said.rows = shown(); said.open = $('cell').open; said.title = $('cell-title').textContent; said.heads = $('heads').textContent; document.body.dataset.said = JSON.stringify(said);"
    );
    let address = "#settings=flag&search=visitssummary&principals=view,write&cell=VisitsSummary.index/write";
    let said = said(&in_browser(&browser, &run.file("matrix.html"), &script, address));
    let rows = run.matrix().rows.iter().filter(|row| row.plugin == "VisitsSummary").count();
    assert_eq!((&said["rows"], &said["open"]), (&rows.into(), &true.into()));
    assert_eq!(said["heads"], "Endpointviewwrite");
    assert!(
        said["title"].as_str().is_some_and(|title| title.contains("VisitsSummary.index") && title.contains("as write, settings flag")),
        "{said}"
    );
}

#[test]
fn an_accessibility_checker_finds_nothing_in_light_and_in_dark_with_and_without_an_open_cell() {
    let test = "an_accessibility_checker_finds_nothing_in_light_and_in_dark_with_and_without_an_open_cell";
    let Some(browser) = chromium(test) else { return };
    let Some(axe) = std::env::var_os("MATOMO_CONFORMANCE_AXE").filter(|file| Path::new(file).is_file()) else {
        eprintln!("SKIPPED {test}: MATOMO_CONFORMANCE_AXE names no axe.min.js");
        return;
    };
    let axe = fs::read_to_string(axe).expect("a script");
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2+24103", "--fault", "flag-opens-super"]);
    for (theme, address) in [
        ("light", "#settings=flag"),
        ("dark", "#settings=flag"),
        ("light", "#cell=Goals.index/super"),
        ("dark", "#settings=flag&cell=VisitsSummary.index/super"),
    ] {
        let script = format!(
            "{axe}\ndocument.documentElement.dataset.theme = '{theme}';
axe.run(document).then((found) => {{
  document.body.dataset.said = JSON.stringify({{
    violations: found.violations.map((one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.target.join(' ') + ' ' + node.failureSummary).join('; ')),
    passes: found.passes.length,
  }});
}});"
        );
        let said = said(&in_browser(&browser, &run.file("matrix.html"), &script, address));
        assert!(said["passes"].as_u64().is_some_and(|count| count > 15), "{theme} {address}: {said}");
        assert_eq!(said["violations"], serde_json::json!([]), "{theme} {address}");
    }
}

#[test]
fn a_validator_finds_nothing_wrong_with_the_page() {
    let test = "a_validator_finds_nothing_wrong_with_the_page";
    let Ok(version) = Command::new("tidy").arg("-v").output() else {
        eprintln!("SKIPPED {test}: no tidy on this machine");
        return;
    };
    assert!(version.status.success());
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2", "--slots", "default", "--plugin", "Goals"]);
    let check = |text: &str| {
        let file = work.path().join("page.html");
        fs::write(&file, text).expect("a file");
        let done = Command::new("tidy").args(["-q", "-e", "-utf8"]).arg(&file).output().expect("tidy starts");
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let page = run.file("matrix.html");
    assert_eq!(check(&page), (Some(0), String::new()));
    assert_ne!(check(&page.replacen("</h1>", "", 1)).0, Some(0), "the validator sees mistakes");
}
