//! Bugs planted by hand in the token class of 5.8 and 6.0, on trees whose version says 5.3.0-alpha: each is found and named by its clause.

use crate::needs::{Test, a_tree_with, test};
use crate::support::{check, copy_of, plant, tree};

const TOKEN: &str = "core/Request/AuthenticationToken.php";
const ACCESS: &str = "core/Access.php";
const CONFLICT: &str = "function validateNoConflictingAuthParameters";
const BY_URL: &str = "function initTokenFromGetRequest";
const BY_BODY: &str = "function initTokenFromPostRequest";
const BEARER: &str = "function getTokenAuthFromHeader";
const FORCED: &str = "$this->isSessionToken = $request->getBoolParameter('force_api_session', false)";

/// The tests of this file, and what each needs.
pub fn tests() -> Vec<Test> {
    let of = |bug: &'static Bug| {
        let needs = a_tree_with(bug.tree, bug.file, bug.function, bug.from);
        test!(a_bug_in_the_token_class_is_found_and_named, bug.name, bug).needs_all(needs)
    };
    BUGS.iter().map(of).collect()
}

/// A change behind the head of one function.
struct Bug {
    name: &'static str,
    tree: &'static str,
    file: &'static str,
    function: &'static str,
    /// Empty: `to` is put at the beginning of the function.
    from: &'static str,
    to: &'static str,
    /// The cases that are asked, and what they must show.
    only: &'static str,
    verdict: &'static str,
    clause: &'static str,
}

type Change = (&'static str, &'static str, &'static str);
type Found = (&'static str, &'static str, &'static str);

const fn bug(name: &'static str, (function, from, to): Change, (only, verdict, clause): Found) -> Bug {
    Bug { name, tree: "5.3.0-alpha+5.8", file: TOKEN, function, from, to, only, verdict, clause }
}

const fn scoped(name: &'static str, file: &'static str, (function, from, to): Change, (only, verdict, clause): Found) -> Bug {
    Bug { name, tree: "5.3.0-alpha+6.0", file, function, from, to, only, verdict, clause }
}

static BUGS: [Bug; 15] = [
    bug(
        "conflict forgets the header",
        (CONFLICT, "!empty($headerTokenAuth)", "false"),
        ("default/*/header+url=invalid/*", "leak", "token.conflict"),
    ),
    bug(
        "conflict forgets the body",
        (CONFLICT, "!empty($postTokenAuth)", "false"),
        ("default/*/url+body=view/*", "leak", "token.conflict"),
    ),
    bug(
        "conflict forgets the URL",
        (CONFLICT, "!empty($getTokenAuth)", "false"),
        ("default/*/header+url=super/*", "leak", "token.conflict"),
    ),
    bug(
        "conflict forgets the force",
        (CONFLICT, "$this->throwIfValuesConflict($forceApiSessionBySource);", ""),
        ("default/*/forced-url+unforced-body/*", "leak", "token.conflict-force"),
    ),
    bug(
        "URL before body",
        (
            "function detectToken",
            "$this->initTokenFromPostRequest() || $this->initTokenFromGetRequest()",
            "$this->initTokenFromGetRequest() || $this->initTokenFromPostRequest()",
        ),
        ("default/*/zero-url+body/*", "leak", "gate.write"),
    ),
    bug("prefix in any case", (BEARER, "strpos($_SERVER", "stripos($_SERVER"), ("default/*/lowercase-header/*", "leak", "token.header")),
    bug(
        "header without its spaces",
        (BEARER, "substr($_SERVER['HTTP_AUTHORIZATION'], 7)", "trim(substr($_SERVER['HTTP_AUTHORIZATION'], 7))"),
        ("default/*/two-space-header/*", "leak", "auth.unknown"),
    ),
    bug(
        "URL is secure",
        (BY_URL, "wasTokenProvidedSecurely = false", "wasTokenProvidedSecurely = true"),
        ("default/secure-*/url/*", "leak", "auth.secure-only"),
    ),
    bug(
        "body is not secure",
        (BY_BODY, "wasTokenProvidedSecurely = true", "wasTokenProvidedSecurely = false"),
        ("default/secure-*/body/*", "lockout", "auth.accepted"),
    ),
    bug(
        "force of any source",
        (BY_URL, FORCED, "$this->isSessionToken = Request::fromRequest()->getBoolParameter('force_api_session', false)"),
        ("default/*/cookie+own-url+forced-body/*", "leak", "auth.unknown"),
    ),
    bug(
        "any word forces",
        (BY_URL, FORCED, "$this->isSessionToken = !empty($_GET['force_api_session'])"),
        ("default/*/cookie+own-url-forced-loosely/*", "leak", "auth.unknown"),
    ),
    scoped(
        "no scope on sites",
        ACCESS,
        ("function applyTokenAccessLevelRestrictionToLoadedSites", "", "return;"),
        ("flag/admin-scoped-view/url/real/*", "leak", "access.admin"),
    ),
    scoped(
        "no scope on super users",
        ACCESS,
        ("function isSuperUserRestrictedByTokenAccessLevel", "", "return false;"),
        ("default/super-scoped-view/url/real/*module=API*", "leak", "access.super"),
    ),
    scoped(
        "scoped token with a session",
        TOKEN,
        ("function throwIfScopedTokenUsesApiSession", "", "return;"),
        ("default/*-scoped-*/url-forced/*", "leak", "scope.session"),
    ),
    scoped(
        "navigation takes a token from the URL",
        TOKEN,
        ("function isNavigationOnlyEndpoint", "", "return false;"),
        ("default/*/url/dry/*startOverlaySession*", "lockout", "gate.write"),
    ),
];

fn a_bug_in_the_token_class_is_found_and_named(bug: &Bug) {
    let clean = tree(bug.tree);
    let work = tempfile::tempdir().expect("a temporary folder");
    let planted = work.path().join(bug.tree);
    copy_of(&clean, &planted);
    assert!(plant(&planted, bug.file, bug.function, bug.from, bug.to), "{}: there is no {}", bug.name, bug.from);
    let run = check(&planted, &work.path().join("output"), &["--only", bug.only]);
    assert_eq!(run.code, 2, "{}: {}\n{}", bug.name, run.out, run.err);
    let found = run.differences(bug.verdict);
    let named = found.iter().filter(|(_, clause)| clause == bug.clause).count();
    assert!(named > 0, "{}: no {} of {}, only {found:?}\n{}", bug.name, bug.verdict, bug.clause, run.out);
    eprintln!("planted: {}: {named} {}s of {}, of {} in all", bug.name, bug.verdict, bug.clause, found.len());
    run.count_live(bug.name);
}
