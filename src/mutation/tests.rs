//! Tests of the operators, on PHP written for them.

use std::collections::HashSet;

use super::{Decider, Mutant, Mutants, Operator, Place, is_sound, mutate};

const WHOLE: Place = Place { file: "Door.php", functions: &[] };

/// Mutants of one method with this body.
fn of(body: &str) -> (String, Vec<Mutant>) {
    let text = format!("<?php\n\nnamespace House;\n\nclass Door\n{{\n    public function open($who)\n    {{\n        {body}\n    }}\n}}\n");
    let mut mutants = Mutants::default();
    mutate(&WHOLE, &text, &mut mutants);
    (text, mutants.all)
}

/// The bodies that one operator makes of a body, without spaces between words.
fn made(operator: Operator, body: &str) -> Vec<String> {
    let (text, mutants) = of(body);
    let plain = |text: &str| {
        let (_, rest) = text.split_once("open($who)\n    {").expect("the method");
        rest.trim_end().trim_end_matches('}').trim_end().trim_end_matches('}').split_whitespace().collect::<Vec<_>>().join(" ")
    };
    mutants.iter().filter(|mutant| mutant.operator == operator).map(|mutant| plain(&mutant.apply(&text))).collect()
}

/// A method with something for every operator.
const EVERYTHING: &str = r#"
        if ($who === '' || !is_string($who)) {
            throw new Refused('no');
        }
        $this->checkUserHasViewAccess($who);
        if (Config::getInstance()->General['open'] == 1 && in_array($who, Settings::get('door.friends'), true)) {
            return false;
        }
        $level = 'write';
        $row = $this->fetch("SELECT * FROM keys WHERE `name` = ? AND used > ?", $_GET['key']);
        return count($row) > 0;
"#;

#[test]
fn a_guard_is_dropped_with_all_it_guards() {
    assert_eq!(made(Operator::DropGuard, "if ($who) { throw new Refused(); } open();"), ["open();"]);
    assert!(made(Operator::DropGuard, "if ($who) { a(); } else { b(); }").is_empty(), "what has an alternative is no guard");
}

#[test]
fn a_guard_without_braces_leaves_a_statement() {
    assert_eq!(made(Operator::DropGuard, "while ($who) if ($who) throw new Refused();"), ["while ($who) {}"]);
}

#[test]
fn checks_and_throws_are_dropped_and_other_calls_are_not() {
    assert_eq!(made(Operator::DropCall, "checkWho($who); greet($who);"), ["greet($who);"]);
    assert_eq!(made(Operator::DropCall, "$refused = new Refused(); throw $refused;"), ["$refused = new Refused();"]);
    assert!(made(Operator::DropCall, "if ($who) { throw new Refused(); }").is_empty(), "that is the guard dropped");
    assert_eq!(made(Operator::DropCall, "Piwik::postEvent('API.Request.authenticate', [$who]); Piwik::postEvent('Door.opened');").len(), 1);
}

#[test]
fn conditions_are_negated_whole_and_by_their_sides() {
    let all = made(Operator::Negate, "if ($who && !$late) { open(); }");
    assert_eq!(all, ["if (!($who) && !$late) { open(); }", "if (!($who && !$late)) { open(); }", "if ($who && $late) { open(); }"]);
    assert_eq!(made(Operator::Negate, "return true;"), ["return false;"]);
    assert_eq!(made(Operator::Negate, "return isFriend($who);"), ["return !(isFriend($who));"]);
    assert!(made(Operator::Negate, "return nameOf($who);").is_empty(), "only a yes or no can be turned round");
}

#[test]
fn levels_are_swapped_in_names_and_words() {
    assert_eq!(made(Operator::SwapLevel, "Piwik::checkUserHasAdminAccess($who);"), ["Piwik::checkUserHasWriteAccess($who);"]);
    assert_eq!(made(Operator::SwapLevel, "return $sites['write'];"), ["return $sites['admin'];", "return $sites['view'];"]);
    assert!(made(Operator::SwapLevel, "say('a view of write access');").is_empty(), "a sentence is no level");
}

#[test]
fn comparisons_are_loosened() {
    assert_eq!(made(Operator::Loosen, "return $who === '';"), ["return $who == '';"]);
    assert_eq!(made(Operator::Loosen, "return in_array($who, $friends, true);"), ["return in_array($who, $friends);"]);
    assert_eq!(made(Operator::Loosen, "return $age > 17;"), ["return $age >= 17;"]);
    assert!(made(Operator::Loosen, "return in_array($who, $friends);").is_empty(), "it is loose already");
    assert!(made(Operator::Loosen, "return $who === 'me';").is_empty(), "nothing but true is loosely equal to a word");
    assert!(made(Operator::Loosen, "return count($who) === 2;").is_empty(), "a count is a number");
}

#[test]
fn exemptions_are_widened_and_narrowed() {
    assert_eq!(made(Operator::Widen, "if ($a && $b) { return; }"), ["if ($a || $b) { return; }"]);
    assert_eq!(made(Operator::Narrow, "if ($a || $b) { return; }"), ["if ($a && $b) { return; }"]);
}

#[test]
fn refusals_are_skipped_on_a_property_of_the_request() {
    for operator in [Operator::SkipOnXhr, Operator::SkipOnPost, Operator::SkipOnCookie] {
        assert_eq!(made(operator, "if ($who) { throw new Refused(); }").len(), 1, "{operator}");
        assert_eq!(made(operator, "checkWho($who);").len(), 1, "{operator}");
        assert!(made(operator, "if ($who) { greet(); }").is_empty(), "{operator}: a greeting is no refusal");
    }
}

#[test]
fn settings_are_ignored() {
    let all = made(Operator::IgnoreSetting, "return Config::getInstance()->General['open'] == 1;");
    assert_eq!(all, ["return 0 == 1;", "return 1 == 1;"]);
    assert_eq!(made(Operator::IgnoreSetting, "return StaticContainer::get('door.friends');"), ["return [];"]);
    assert!(made(Operator::IgnoreSetting, r"return StaticContainer::get('House\Door');").is_empty(), "a class is no setting");
}

#[test]
fn url_and_body_are_swapped() {
    assert_eq!(made(Operator::SwapSource, "return $_GET['key'];"), ["return $_POST['key'];"]);
    assert_eq!(made(Operator::SwapSource, "return Request::fromPost()->key();"), ["return Request::fromGet()->key();"]);
}

#[test]
fn queries_are_loosened_and_other_texts_are_not() {
    let all = made(Operator::LoosenQuery, r#"return fetch("SELECT * FROM keys WHERE used > ?");"#);
    assert_eq!(all, [r#"return fetch("SELECT * FROM keys WHERE used < ?");"#, r#"return fetch("SELECT * FROM keys WHERE used >= ?");"#]);
    assert!(made(Operator::LoosenQuery, r#"say("you or me");"#).is_empty());
}

#[test]
fn a_function_ends_early_with_the_kinds_of_answer_it_gives() {
    assert_eq!(made(Operator::ReturnEarly, "open();"), ["return; open();"]);
    let all = made(Operator::ReturnEarly, "if ($who) { return false; } return true;");
    assert_eq!(all, ["return false; if ($who) { return false; } return true;", "return true; if ($who) { return false; } return true;"]);
    assert!(made(Operator::ReturnEarly, "return new Key();").is_empty(), "nothing is known that could stand for an object");
}

#[test]
fn what_a_closure_returns_is_not_the_answer_of_the_function() {
    assert_eq!(made(Operator::ReturnEarly, "run(function () { return true; });"), ["return; run(function () { return true; });"]);
}

#[test]
fn conditions_about_the_command_line_are_left_alone() {
    let about = |operator| made(operator, "if ($who && !Common::isPhpCliMode()) { return; }");
    assert_eq!(about(Operator::Negate).len(), 2, "the other side and the whole");
    assert_eq!(about(Operator::Widen).len(), 1);
    assert!(
        of("if (Common::isPhpClimode() && !defined('PIWIK_TEST_MODE')) { return; }").1.iter().all(|m| m.operator == Operator::ReturnEarly)
    );
}

#[test]
fn every_operator_finds_something_in_a_method_with_everything() {
    let (_, mutants) = of(EVERYTHING);
    let used: HashSet<Operator> = mutants.iter().map(|mutant| mutant.operator).collect();
    assert_eq!(used.len(), 14, "{used:?}");
}

#[test]
fn mutants_are_sound_differ_from_their_source_and_from_each_other() {
    let (text, mutants) = of(EVERYTHING);
    let mut texts = HashSet::from([text.clone()]);
    let mut ids = HashSet::new();
    for mutant in &mutants {
        assert!(mutant.start <= mutant.end && mutant.end <= text.len(), "{}", mutant.id);
        assert!(text.is_char_boundary(mutant.start) && text.is_char_boundary(mutant.end), "{}", mutant.id);
        let mutated = mutant.apply(&text);
        assert!(is_sound(&mutated), "{}: {}", mutant.id, mutant.diff);
        assert!(texts.insert(mutated), "{}: nothing new", mutant.id);
        assert!(ids.insert(mutant.id.clone()), "{}: twice", mutant.id);
        assert!(!mutant.diff.contains('\n') && mutant.diff.contains("  =>  "), "{}", mutant.diff);
    }
    assert!(mutants.len() >= 35, "{}", mutants.len());
}

#[test]
fn the_same_text_gives_the_same_mutants() {
    assert_eq!(of(EVERYTHING).1, of(EVERYTHING).1);
}

#[test]
fn an_id_names_file_function_operator_and_number() {
    let (_, mutants) = of("checkWho($who);");
    assert!(mutants.iter().any(|mutant| mutant.id == "Door.php:open:drop-call:1"), "{mutants:?}");
}

#[test]
fn only_the_named_functions_are_broken_and_missing_ones_are_reported() {
    const NAMED: Place =
        Place { file: "Door.php", functions: &[Decider { name: "OPEN", about: &[] }, Decider { name: "close", about: &[] }] };
    let text = "<?php class Door { function open() { checkKey(); } function ring() { checkBell(); } }";
    let mut mutants = Mutants::default();
    mutate(&NAMED, text, &mut mutants);
    assert!(mutants.all.iter().all(|mutant| mutant.function == "open") && !mutants.all.is_empty());
    assert_eq!(mutants.skipped, ["Door.php: this release has no close"]);
}

#[test]
fn of_a_function_that_decides_in_part_only_that_part_is_broken() {
    const PART: Place = Place { file: "Door.php", functions: &[Decider { name: "open", about: &["key"] }] };
    let text = "<?php function open($key, $bell) { if ($key) { throw new Refused(); } if ($bell) { return; } }";
    let mut mutants = Mutants::default();
    mutate(&PART, text, &mut mutants);
    assert!(mutants.all.iter().all(|mutant| mutant.diff.contains("$key")) && !mutants.all.is_empty());
}

#[test]
fn a_file_with_a_syntax_error_is_reported_and_not_broken_further() {
    let mut mutants = Mutants::default();
    mutate(&WHOLE, "<?php function open( { checkKey(); }", &mut mutants);
    assert!(mutants.all.is_empty());
    assert_eq!(mutants.skipped, ["Door.php: its syntax is not understood"]);
}

#[test]
fn a_tree_without_the_files_has_no_mutants_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let mutants = super::mutants_of(folder.path()).expect("nothing to read");
    assert!(mutants.all.is_empty());
    assert_eq!(mutants.skipped.len(), super::PLACES.len());
}
