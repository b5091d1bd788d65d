//! Words of PHP of our own.

use std::path::Path;

use super::{Dictionary, Word, WordKind};

/// A tree of some files.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let work = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = work.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }
    work
}

fn of(files: &[(&str, &str)]) -> Dictionary {
    Dictionary::of(tree(files).path(), &[])
}

fn names(dictionary: &Dictionary, kind: WordKind) -> Vec<&str> {
    dictionary.words.iter().filter(|word| word.kind == kind).map(|word| word.name.as_str()).collect()
}

fn word<'d>(dictionary: &'d Dictionary, name: &str) -> &'d Word {
    dictionary.words.iter().find(|word| word.name == name).unwrap_or_else(|| panic!("{name} is missing"))
}

#[test]
fn parameters_are_found_however_their_name_is_written() {
    let text = r#"<?php
class Controller {
    const PART = 'by_constant';
    private $names = ['by_property', 'by_property_too'];
    public function show($given) {
        $a = Common::getRequestVar('by_getter', '', 'string');
        $b = \Piwik\Request::fromRequest()->getStringParameter("by_request", '');
        $c = isset($_GET['by_get']) ? $_POST["by_post"] : $_REQUEST['by_request_array'];
        if (array_key_exists('by_key', $_GET) || filter_input(INPUT_POST, 'by_filter')) {}
        Common::getRequestVar(self::PART);
        Common::getRequestVar(Other::NAME);
        foreach (['by_list', 'by_list_too'] as $name) { $_GET[$name]; }
        foreach ($this->names as $index => $name2) { Common::getRequestVar($name2); }
        $one = $given ? 'by_choice' : 'by_other_choice';
        Common::getRequestVar($one);
        $this->ask('by_own_getter');
        $this->request['by_property_of_request'];
        $view->addParametersThatCount(['by_call' => 1, 'by_call_too']);
        $_GET["computed_$given"];
        Common::getRequestVar('not a name');
    }
    private function ask($what) { return $this->askMore(0, $what); }
    private function askMore($unused, $which) { return Common::getRequestVar($which); }
}"#;
    let other = "<?php class Other { const NAME = 'by_other_constant'; }";
    let found = of(&[("plugins/A/Controller.php", text), ("core/Other.php", other)]);
    let expected = [
        "by_call",
        "by_call_too",
        "by_choice",
        "by_constant",
        "by_filter",
        "by_get",
        "by_getter",
        "by_key",
        "by_list",
        "by_list_too",
        "by_other_choice",
        "by_other_constant",
        "by_own_getter",
        "by_post",
        "by_property",
        "by_property_of_request",
        "by_property_too",
        "by_request",
        "by_request_array",
    ];
    assert_eq!(names(&found, WordKind::Parameter), expected);
    assert_eq!(word(&found, "by_getter").place, ("plugins/A/Controller.php".to_owned(), 6));
}

#[test]
fn headers_cookies_and_keys_of_server_and_session_are_found() {
    let text = r"<?php
class Ip {
    private $all = ['HTTP_CLIENT_IP', 'HTTP_X_FORWARDED_FOR'];
    function a() {
        $_SERVER['HTTP_X_REAL_IP']; $_SERVER['REMOTE_ADDR']; $_COOKIE['remembered']; $_SESSION['seen'];
        new Cookie(self::NAME); new SessionNamespace('Login'); $request->getHeader('x-by-method'); $headers['X-By-Array'];
    }
    const NAME = 'named_by_constant';
}";
    let ini = "[General]\nlogin_cookie_name = matomo_auth\nother = 1\n";
    let found = of(&[("core/Ip.php", text), ("config/global.ini.php", ini)]);
    assert_eq!(names(&found, WordKind::Header), ["Client-Ip", "X-By-Array", "X-By-Method", "X-Forwarded-For", "X-Real-Ip"]);
    assert_eq!(names(&found, WordKind::Server), ["REMOTE_ADDR"]);
    assert_eq!(names(&found, WordKind::Cookie), ["matomo_auth", "named_by_constant", "remembered"]);
    assert_eq!(names(&found, WordKind::Session), ["Login", "seen"]);
}

#[test]
fn arguments_of_api_methods_are_parameters_and_those_of_others_are_not() {
    let text = "<?php class API { public function get($idSite, $flat = false) {} private function own($no) {} public function __construct($no) {} }";
    let found = of(&[("plugins/A/API.php", text), ("plugins/A/Controller.php", text)]);
    assert_eq!(names(&found, WordKind::Parameter), ["flat", "idSite"]);
}

#[test]
fn words_bring_the_values_that_they_are_compared_with() {
    let text = r"<?php
function f() {
    $period = Common::getRequestVar('period');
    if ($period == 'range' || 'week' === strtolower($period)) {}
    if ($_GET['disableLink'] == 1) {}
    switch ($_POST['mode']) { case 'fast': break; case 'slow': }
    $x = match ($_GET['kind']) { 'a', 'b' => 1, default => 2 };
    in_array(Common::getRequestVar('format'), ['json', 'xml']);
    preg_match('/^preview-/', $_GET['date']);
    stripos($_SERVER['HTTP_USER_AGENT'], 'bot');
}";
    let found = of(&[("core/f.php", text)]);
    let values = |name: &str| word(&found, name).values.iter().cloned().collect::<Vec<_>>();
    assert_eq!(values("period"), ["range", "week"]);
    assert_eq!(values("disableLink"), ["1"]);
    assert_eq!(values("mode"), ["fast", "slow"]);
    assert_eq!(values("kind"), ["a", "b"]);
    assert_eq!(values("format"), ["json", "xml"]);
    assert_eq!(values("date"), ["preview-"]);
    assert_eq!(values("User-Agent"), ["bot"]);
    assert!(found.literals.is_empty(), "nothing here decides: {:?}", found.literals);
}

/// Access asks a helper, which asks another, which asks a third, which asks a fourth.
fn chain() -> tempfile::TempDir {
    let access = "<?php class Access { function checkUserHasViewAccess() { if ($x == 'here') {} Helper::one(); } function other() { $x == 'elsewhere'; } }";
    let helper = r"<?php class Helper {
        static function one() { $x === 'first'; $this->two(); }
        function two() { in_array($x, ['second']); $three->three(); }
        function three() { $_GET['near'] == 'third'; self::four(); }
        static function four() { $_GET['far'] == 'fourth'; }
    }";
    tree(&[("core/Access.php", access), ("core/Helper.php", helper), ("plugins/A/A.php", "<?php $x == 'changed';")])
}

fn literals(tree: &Path, changed: &[&str]) -> Vec<String> {
    let changed: Vec<String> = changed.iter().map(|file| (*file).to_owned()).collect();
    Dictionary::of(tree, &changed).literals.into_keys().collect()
}

#[test]
fn what_is_compared_counts_three_calls_away_from_a_decision_and_in_changed_files() {
    let work = chain();
    assert_eq!(literals(work.path(), &[]), ["first", "here", "second", "third"]);
    assert_eq!(literals(work.path(), &["plugins/A/A.php"]), ["changed", "first", "here", "second", "third"]);
    let found = Dictionary::of(work.path(), &[]);
    assert!(word(&found, "near").near && !word(&found, "far").near);
}

#[test]
fn a_changed_file_outside_of_matomos_own_folders_is_read_too() {
    let work = tree(&[("vendor/x/y.php", "<?php $_GET['brought'] == 'along';")]);
    assert!(Dictionary::of(work.path(), &[]).words.is_empty());
    let found = Dictionary::of(work.path(), &["vendor/x/y.php".to_owned()]);
    assert_eq!((names(&found, WordKind::Parameter), word(&found, "brought").near), (vec!["brought"], true));
}
