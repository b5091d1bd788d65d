//! The page of the access matrix in a real browser, before an accessibility checker, and before a validator.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use matomo_conformance::matomo::CellOutcome;

use crate::needs::{Test, a_browser, a_validator, axe, test};
use crate::support::find_program;
use crate::support::matrix::{BROWSERS, Run};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    vec![
        test!(the_page_shows_every_row_and_its_filters_settings_and_cells_work_in_a_browser).needs(a_browser()),
        test!(what_is_chosen_can_be_linked_to).needs(a_browser()),
        test!(an_accessibility_checker_finds_nothing_in_light_and_in_dark_with_and_without_an_open_cell).needs(a_browser()).needs(axe()),
        test!(a_validator_finds_nothing_wrong_with_the_page).needs(a_validator()),
    ]
}

/// The browser of this machine.
fn chromium() -> PathBuf {
    BROWSERS.iter().find_map(|name| find_program(name)).expect("a browser")
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

fn the_page_shows_every_row_and_its_filters_settings_and_cells_work_in_a_browser() {
    let browser = chromium();
    let work = tempfile::tempdir().expect("a folder");
    let run = Run::of(&work.path().join("out"), &["--simulated=5.2+24103", "--fault", "flag-opens-super"]);
    assert_eq!(run.code, 2);
    let matrix = run.matrix();
    let script = format!(
        "{DRIVE}{}",
        r"
said.rows = shown();
said.opens = $('settings').querySelector(':checked').value;
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
    assert_eq!(said["opens"], "1", "the first settings in which something differs");
    assert_eq!((&said["open"], &said["elsewhere"], &said["switched"]), (&true.into(), &2.into(), &"0".into()));
    let cell = matrix.seen(&matrix.rows[61], 1, 5).expect("a cell");
    assert_eq!(said["curl"], cell.curl());
    assert!(said["cell"].as_str().is_some_and(|text| text.contains(&cell.decision.clause) && text.contains(&cell.id())), "{said}");
    assert_eq!(said["back"], said["far"], "closing leads back to the cell");
    assert_eq!(said["theme"], "dark");
    // Everything is there for the browser's own search once it had time.
    assert_eq!(said["built"], matrix.rows.len());
}

fn what_is_chosen_can_be_linked_to() {
    let browser = chromium();
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

fn an_accessibility_checker_finds_nothing_in_light_and_in_dark_with_and_without_an_open_cell() {
    let browser = chromium();
    let axe = fs::read_to_string(std::env::var_os("MATOMO_CONFORMANCE_AXE").expect("a path")).expect("a script");
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

fn a_validator_finds_nothing_wrong_with_the_page() {
    assert!(Command::new("tidy").arg("-v").output().is_ok_and(|output| output.status.success()));
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
