//! Bugs planted by hand in a real Matomo: each is found, named by its clause, and repeated by its curl line.

use std::path::{Path, PathBuf};
use std::process::Command;

use matomo_conformance::matomo::{Raw, observe};
use matomo_conformance::model::Dispatch;
use matomo_conformance::sut::{Silent, Source, local};

use crate::needs::{Test, a_tree, test};
use crate::support::{Run, check, copy_of, plant, program, tree};

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    let mut tests = vec![
        test!(curl_is_there_to_repeat_a_difference),
        test!(a_session_that_is_asked_for_no_second_factor_is_a_leak).needs(a_tree(TREE)),
    ];
    for bug in &BUGS {
        tests.push(test!(a_planted_bug_is_found_and_named_and_its_curl_line_repeats_it, bug.name, bug).needs(a_tree(TREE)));
        tests.push(test!(a_planted_bug_is_found_by_pasting_an_ordinary_address_as_everybody, bug.name, bug).needs(a_tree(TREE)));
    }
    tests
}

/// A bug in one deciding function.
struct Bug {
    name: &'static str,
    file: &'static str,
    /// Only the part of the file from this function on is changed.
    function: &'static str,
    from: &'static str,
    to: &'static str,
    verdict: &'static str,
    clause: &'static str,
}

const TREE: &str = "5.2.0-b5+24103";
const REQUEST: &str = "core/API/Request.php";
const USERS: &str = "plugins/UsersManager/Model.php";
const GATE: &str = "function checkTokenAuthIsNotLimited";
const TOKENS: &str = "function getTokenByTokenAuthIfNotExpired";
/// About a thousand cases. Not a time limit: what is compared would then depend on how fast the machine is.
const SHARD: &str = "1/32";
/// `$LIST` is the variable that holds the list, whatever the tree calls it.
const ADMIT: &str = "in_array($module . '.' . $action, $LIST, true)";

static BUGS: [Bug; 9] = [
    Bug {
        name: "super user guard gone",
        file: REQUEST,
        function: GATE,
        from: "->hasSuperUserAccess()",
        to: "->hasSuperUserAccess() && false",
        verdict: "leak",
        clause: "gate.superuser",
    },
    Bug {
        name: "loose list comparison",
        file: REQUEST,
        function: GATE,
        from: ADMIT,
        to: "in_array($module . '.' . $action, $LIST)",
        verdict: "leak",
        clause: "gate.allowlist",
    },
    Bug {
        name: "case-insensitive list",
        file: REQUEST,
        function: GATE,
        from: ADMIT,
        to: "in_array(strtolower($module . '.' . $action), array_map('strtolower', array_filter($LIST, 'is_string')), true)",
        verdict: "leak",
        clause: "gate.allowlist",
    },
    Bug {
        name: "prefix match",
        file: REQUEST,
        function: GATE,
        from: ADMIT,
        to: "array_filter($LIST, fn ($e) => is_string($e) && $e !== '' && str_starts_with($module . '.' . $action, $e))",
        verdict: "leak",
        clause: "gate.allowlist",
    },
    Bug {
        name: "flag ignored",
        file: REQUEST,
        function: GATE,
        from: "['enable_framed_allow_write_admin_token_auth'] == 1",
        to: "['enable_framed_allow_write_admin_token_auth'] == 2",
        verdict: "lockout",
        clause: "gate.flag",
    },
    Bug {
        name: "write tested as admin",
        file: REQUEST,
        function: GATE,
        from: "isUserHasSomeWriteAccess()",
        to: "isUserHasSomeAdminAccess()",
        verdict: "leak",
        clause: "gate.write",
    },
    Bug {
        name: "API exempt for any action",
        file: REQUEST,
        function: GATE,
        from: "$module === 'API' && (",
        to: "$module === 'API' || false && (",
        verdict: "leak",
        clause: "gate.api",
    },
    Bug {
        name: "expired token accepted",
        file: USERS,
        function: TOKENS,
        from: "AND \" . $expired['sql']",
        to: "AND (1=1 OR \" . $expired['sql'] . ')'",
        verdict: "leak",
        clause: "auth.expired",
    },
    Bug {
        name: "secure-only accepted in the URL",
        file: USERS,
        function: TOKENS,
        from: "AND secure_only = 0",
        to: "AND secure_only < 2",
        verdict: "leak",
        clause: "auth.secure-only",
    },
];

/// The variable that is searched for the requested name.
fn list_variable(gate: &str) -> &str {
    let search = "in_array($module . '.' . $action, ";
    let behind = gate.split_once(search).map_or("", |(_, behind)| behind);
    behind.split(',').next().unwrap_or_default()
}

/// A copy of a tree with the bug in it.
fn with_bug(clean: &Path, work: &Path, bug: &Bug) -> PathBuf {
    let planted = work.join(bug.name.replace(' ', "-"));
    copy_of(clean, &planted);
    let text = std::fs::read_to_string(clean.join(bug.file)).expect("the file is there");
    let list = list_variable(&text[text.find(bug.function).expect("the function is there")..]);
    let [from, to] = [bug.from, bug.to].map(|code| code.replace("$LIST", list));
    assert!(plant(&planted, bug.file, bug.function, &from, &to), "{}: there is no {from}", bug.name);
    planted
}

fn a_planted_bug_is_found_and_named_and_its_curl_line_repeats_it(bug: &Bug) {
    let clean = tree(TREE);
    let work = tempfile::tempdir().expect("a temporary folder");
    let planted = with_bug(&clean, work.path(), bug);
    let run = check(&planted, &work.path().join("output"), &["--shard", SHARD, "--no-template"]);
    assert_eq!(run.code, 2, "{}: {}\n{}", bug.name, run.out, run.err);
    let found = run.differences(bug.verdict);
    assert!(!found.is_empty(), "{}: no {}", bug.name, bug.verdict);
    // Widgetize.iframe asks the same function again, also where the gate had nothing to ask: a bug in it breaks both clauses.
    let repeated = if bug.function == GATE { bug.clause.replace("gate.", "widget.") } else { bug.clause.to_owned() };
    assert!(found.iter().any(|(_, clause)| clause == bug.clause), "{}: never blamed on {}", bug.name, bug.clause);
    let wrong: Vec<_> = found.iter().filter(|(_, clause)| clause != bug.clause && *clause != repeated).collect();
    assert!(wrong.is_empty(), "{}: blamed on {:?} instead of {}", bug.name, wrong.first(), bug.clause);
    eprintln!("planted: {}: {} {}s, of {} and {repeated} only", bug.name, found.len(), bug.verdict, bug.clause);
    run.count_live(bug.name);
    assert_no_token_anywhere(&run);
    assert_curl_repeats(&planted, &run, bug);
    assert_replay_tells_the_trees_apart(&work.path().join("output"), &planted, &clean);
}

/// As somebody pastes it into a report, with a token that nobody here knows.
const WIDGET: &str = "https://matomo.example/matomo/index.php?module=Widgetize&action=iframe&widget=1&moduleToWidgetize=VisitsSummary\
    &actionToWidgetize=getSparklines&idSite=1&period=day&date=today&disableLink=1&token_auth=0123456789abcdeffedcba9876543210";

/// No widget goes through the API's exemption: it shows at pages of the API's own.
const API_PAGE: &str =
    "https://matomo.example/index.php?module=API&action=listAllMethods&idSite=1&token_auth=0123456789abcdeffedcba9876543210";

fn a_planted_bug_is_found_by_pasting_an_ordinary_address_as_everybody(bug: &Bug) {
    let clean = tree(TREE);
    let work = tempfile::tempdir().expect("a temporary folder");
    let planted = with_bug(&clean, work.path(), bug);
    let address = if bug.clause == "gate.api" { API_PAGE } else { WIDGET };
    let done = program().args(["replay", address, "--as", "all", "-j", "--source"]).arg(&planted).output().expect("the program starts");
    let shown = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert_eq!(done.status.code(), Some(2), "{}: {shown}", bug.name);
    let json: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let cells = json["requests"][0]["cells"].as_array().expect("cells");
    let found: Vec<_> = cells.iter().filter(|cell| cell["verdict"] != "agree").collect();
    assert!(found.iter().any(|cell| cell["verdict"] == bug.verdict), "{}: {found:?}", bug.name);
    eprintln!("pasted: {}: {} of {} cells differ", bug.name, found.len(), cells.len());
}

/// It is no rule of the gate: no token in a pasted address shows it, a session does.
fn a_session_that_is_asked_for_no_second_factor_is_a_leak() {
    let clean = tree(TREE);
    let work = tempfile::tempdir().expect("a temporary folder");
    let bug = Bug {
        name: "second factor not asked for",
        file: "plugins/TwoFactorAuth/TwoFactorAuth.php",
        function: "function onRequestDispatch(",
        from: "!$sessionFingerprint->hasVerifiedTwoFactor()",
        to: "false && !$sessionFingerprint->hasVerifiedTwoFactor()",
        verdict: "leak",
        clause: "dispatch.second-factor",
    };
    let planted = with_bug(&clean, work.path(), &bug);
    let run = check(&planted, &work.path().join("output"), &["--only", "default/two-factor/", "--no-template"]);
    assert_eq!(run.code, 2, "{}\n{}", run.out, run.err);
    let leaks = run.differences(bug.verdict);
    assert!(leaks.len() >= 8 && leaks.iter().all(|(_, clause)| clause.starts_with(bug.clause)), "{leaks:?}");
    assert!(run.differences("lockout").is_empty() && run.differences("wrong-reason").is_empty(), "{}", run.out);
    run.count_live(bug.name);
}

/// From the results file alone: every difference is still there on the planted tree, and fixed on the clean one.
fn assert_replay_tells_the_trees_apart(output: &Path, planted: &Path, clean: &Path) {
    for (tree, code, word, other) in [(planted, 2, "STILL THERE", "FIXED"), (clean, 0, "FIXED", "STILL THERE")] {
        let done = program().arg("replay").arg(output.join("results.json")).arg("--source").arg(tree).arg("--no-template").output();
        let done = done.expect("the program starts");
        let text = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.status.code(), Some(code), "{}: {text}", tree.display());
        assert!(text.contains(word) && !text.contains(other) && !text.contains("CHANGED"), "{}: {text}", tree.display());
    }
}

/// Starts the planted tree again and runs the line of the first difference as a person would.
fn assert_curl_repeats(planted: &Path, run: &Run, bug: &Bug) {
    let all = run.results["differences"].as_array().expect("differences");
    let difference = all.iter().find(|difference| difference["verdict"] == bug.verdict).expect("a difference");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let source = Source::open(planted).expect("a tree");
    let environment = runtime.block_on(local::start(&source, &local::Options::default(), &Silent)).expect("it starts");
    let line = difference["curl"].as_str().expect("a line");
    let output = Command::new("sh").arg("-c").arg(line).envs(environment.exports()).output().expect("a shell");
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let header = |name: &str| {
        head.lines().find_map(|row| row.to_lowercase().starts_with(&format!("{name}:")).then(|| row[name.len() + 1..].trim().to_owned()))
    };
    let raw = Raw {
        status: head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"),
        content_type: header("content-type").unwrap_or_default().to_lowercase(),
        probe: header("x-conformance-probe"),
        body: body.to_owned(),
        bodyless: line.contains(" -I"),
        ..Raw::default()
    };
    let dispatch = if line.contains("X-Conformance-Dispatch") { Dispatch::Dry } else { Dispatch::Real };
    let seen = serde_json::to_value(observe(&raw, dispatch)).expect("an observation");
    assert_eq!(seen, difference["observed"], "{}: {line}", bug.name);
}

/// Tokens are 32 hexadecimal digits; the one that belongs to nobody is the only one that may be written.
fn assert_no_token_anywhere(run: &Run) {
    let all = format!("{}{}{}", run.out, run.err, run.results);
    let known = "0123456789abcdef0123456789abcdef";
    let runs = all.split(|letter: char| !letter.is_ascii_hexdigit()).filter(|word| word.len() == 32 && *word != known);
    assert_eq!(runs.count(), 0, "a token was written");
}

fn curl_is_there_to_repeat_a_difference() {
    assert!(Command::new("curl").arg("--version").output().is_ok_and(|output| output.status.success()), "install curl");
}
