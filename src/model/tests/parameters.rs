//! What PHP and Matomo make of raw names and values.

#![expect(clippy::needless_pass_by_value, reason = "quickcheck hands its arguments over")]

use quickcheck_macros::quickcheck;
use rstest::rstest;

use super::support::{Held, Never, Not, Row};
use crate::model::{ClauseId, Parameters, Rights, Role, Value, sanitise, substitute, token_placeholder, unescape};

#[rstest]
#[case("a=1", "a", Some("1"))]
#[case("a=1&a=2", "a", Some("2"))]
#[case("a", "a", Some(""))]
#[case("&&a=1&", "a", Some("1"))]
#[case("a=b=c", "a", Some("b=c"))]
#[case("a=x+y%2Bz", "a", Some("x y+z"))]
#[case("a=%4g%", "a", Some("%4g%"))]
#[case("a=%e4", "a", Some("\u{fffd}"))]
#[case("a.b=1", "a_b", Some("1"))]
#[case("a%20b=1", "a_b", Some("1"))]
#[case("a[b=1", "a_b", Some("1"))]
#[case("a[b.c=1", "a_b.c", Some("1"))]
#[case("%20a=1", "a", Some("1"))]
#[case("a%20=1", "a_", Some("1"))]
#[case("a%00b=1", "a", Some("1"))]
#[case("[a=1", "_a", Some("1"))]
#[case("=1", "", None)]
#[case("%00a=1", "a", None)]
#[case("A=1", "a", None)]
fn names_and_values_are_read_as_php_does(#[case] raw: &str, #[case] name: &str, #[case] expected: Option<&str>) {
    let expected = expected.map(|text| Value::Text(text.to_owned()));
    assert_eq!(Parameters::parse(raw).get(name), expected.as_ref());
}

#[rstest]
#[case("a[]=x", &[("", "x")])]
#[case("a[b]=x", &[("b", "x")])]
#[case("a[b][c]=x", &[("b", "x")])]
#[case("a%5B%5D=x", &[("", "x")])]
#[case("a=1&a[]=x", &[("", "x")])]
#[case("a[]=x&a[]=y%26z&a[]=x", &[("", "x"), ("", "y&z"), ("", "x")])]
#[case("a[0]=x&a[1]=y&a[0]=z", &[("0", "z"), ("1", "y")])]
fn brackets_make_an_array(#[case] raw: &str, #[case] expected: &[(&str, &str)]) {
    let parameters = Parameters::parse(raw);
    let elements = expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    assert_eq!(parameters.get("a"), Some(&Value::Array(elements)));
    assert_eq!((parameters.text("a"), parameters.bare("a")), (String::new(), String::new()));
}

#[test]
fn the_first_source_hides_names_of_the_second_even_when_empty_or_an_array() {
    let union = Parameters::parse("a=&b[]=x").over(&Parameters::parse("a=1&b=2&c=3"));
    assert_eq!((union.text("a"), union.text("b"), union.text("c")), (String::new(), String::new(), "3".to_owned()));
    assert!(!union.without(&["c"]).has("c"));
}

#[rstest]
#[case("need&x", "need&amp;x")]
#[case("&amp;", "&amp;")]
#[case("&#65;PI", "API")]
#[case("&#x41;PI", "API")]
#[case("&#0;&#10;", "&amp;#0;&amp;#10;")]
#[case("a\0b", "ab")]
#[case("'\"<>", "&#039;&quot;&lt;&gt;")]
#[case("&nosuch;&", "&amp;nosuch;&amp;")]
#[case("&amp;amp;", "&amp;amp;")]
#[case(" 1 ", " 1 ")]
fn values_are_decoded_stripped_and_escaped_once(#[case] raw: &str, #[case] expected: &str) {
    assert_eq!(sanitise(raw), expected);
}

#[quickcheck]
fn cleaning_twice_is_cleaning_once(raw: String) -> bool {
    sanitise(&sanitise(&raw)) == sanitise(&raw)
}

#[quickcheck]
fn what_was_cleaned_is_plain_again(raw: String) -> bool {
    // An ampersand may begin an entity, which cleaning decodes.
    let raw = format!("{}<\"'>&", raw.replace(['&', '\0'], ""));
    unescape(&sanitise(&raw)) == raw
}

#[quickcheck]
#[expect(clippy::needless_pass_by_value, reason = "quickcheck hands over values")]
fn parsing_never_panics_and_a_later_pair_wins(raw: String, value: u32) -> bool {
    Parameters::parse(&format!("{raw}&name={value}")).text("name") == value.to_string()
}

#[rstest]
#[case("$TOKEN_VIEW", Some("TOKEN_VIEW"))]
#[case("$SESSION_TOKEN_SUPER", Some("SESSION_TOKEN_SUPER"))]
#[case("$TOKEN_VIEW ", None)]
#[case("$TOKEN_view", None)]
#[case("TOKEN_VIEW", None)]
#[case("$PASSWORD_VIEW", None)]
#[case("$$TOKEN_VIEW", None)]
fn a_placeholder_is_exactly_a_name(#[case] value: &str, #[case] expected: Option<&str>) {
    assert_eq!(token_placeholder(value), expected);
}

#[test]
fn placeholders_are_replaced_and_unknown_ones_stay() {
    let secret = |name: &str| (name == "TOKEN_A").then(|| "x".to_owned());
    assert_eq!(substitute("a=$TOKEN_A&b=$TOKEN_AB&c=$&d=$TOKEN_A", secret), "a=x&b=$TOKEN_AB&c=$&d=x");
}

#[test]
fn a_level_caps_rights_and_an_unknown_one_allows_nothing() {
    let admin = Rights::on([1, 2], Role::Admin);
    assert_eq!(admin.capped(Some("view"), &[1, 2]), Rights::on([1, 2], Role::View));
    assert_eq!(Rights::on([1], Role::View).capped(Some("admin"), &[1, 2]), Rights::on([1], Role::View));
    assert_eq!(Rights::all().capped(Some("write"), &[1, 2]), Rights::on([1, 2], Role::Write));
    assert_eq!(Rights::all().capped(Some("superuser"), &[1]), Rights::all());
    assert_eq!(admin.capped(None, &[1]), admin);
    assert_eq!(admin.capped(Some("VIEW"), &[1]), Rights::none());
    assert!(Rights::all().includes(&admin) && !admin.includes(&Rights::all()) && admin.includes(&Rights::none()));
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index | body: module=CoreHome", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "?module=VisitsSummary | body: action=index", Not, "anonymous: VisitsSummary.index"))]
fn a_parameter_in_the_url_hides_one_in_the_body(#[case] row: Row) {
    row.check(ClauseId::ParameterUrlOverBody);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index&token.auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token%20auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("5.2", "default", "VisitsSummary.index&token[auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("5.2", "default", "VisitsSummary.index&other.name=1", Not, "anonymous: VisitsSummary.index"))]
fn dots_spaces_and_lone_brackets_in_names_become_underscores(#[case] row: Row) {
    row.check(ClauseId::ParameterName);
}

#[rstest]
#[case(Row("5.2", "default", "?module=CoreHome&module=VisitsSummary", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index&other=1&other=2", Not, "anonymous: VisitsSummary.index"))]
fn of_several_parameters_with_one_name_the_last_counts(#[case] row: Row) {
    row.check(ClauseId::ParameterLast);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth[]=$TOKEN_SUPER", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index", Not, "anonymous: VisitsSummary.index"))]
fn an_array_where_a_text_is_expected_counts_as_missing(#[case] row: Row) {
    row.check(ClauseId::ParameterArray);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index&token_auth=$TOKEN_SUPER%00", Held, "gate-super-user"))]
#[case(Row("5.2", "default", "?module=VisitsSummary&action=%26%23105%3Bndex", Held, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index", Not, "anonymous: VisitsSummary.index"))]
fn entities_are_decoded_and_nul_bytes_dropped_before_names_are_compared(#[case] row: Row) {
    row.check(ClauseId::ParameterCleaned);
}

#[rstest]
#[case(Row("5.2", "default", "VisitsSummary.index | body: token_auth=$TOKEN_SUPER", Held, "gate-super-user"))]
#[case(Row("5.2", "default", "VisitsSummary.index | json: {\"token_auth\":\"$TOKEN_SUPER\"}", Not, "anonymous: VisitsSummary.index"))]
#[case(Row("5.2", "default", "VisitsSummary.index", Never, "anonymous: VisitsSummary.index"))]
fn a_body_gives_parameters_only_as_a_form(#[case] row: Row) {
    row.check(ClauseId::ParameterBody);
}
