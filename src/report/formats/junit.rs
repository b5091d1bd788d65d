//! `JUnit`: a suite for each slot, a test case for each principal, carrier and shape in it, and a suite about the run itself.
//!
//! What stands for one endpoint only would be tens of thousands of test cases, which no viewer shows.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use jiff::Timestamp;
use junit_report::{Duration, OffsetDateTime, ReportBuilder, TestCase, TestCaseBuilder, TestSuiteBuilder};

use super::Format;
use crate::failure::Failure;
use crate::judge::Tally;
use crate::report::results::{CanaryRecord, Difference, Results};
use crate::report::terminal::{expected_text, observed_text, plural};

/// Differences of a test case that are shown in full.
const SHOWN: usize = 20;

/// `JUnit`.
pub const JUNIT: Format = Format {
    name: "junit",
    variable: "MATOMO_CONFORMANCE_JUNIT",
    says: "Write a `JUnit` report.",
    holds: Some("It has a suite for each slot, and a test case for each principal, carrier and shape."),
    example: "target/reports/junit.xml",
    make: junit,
};

/// The report as XML.
fn junit(results: &Results) -> Result<String, Failure> {
    let began = results.began.parse::<Timestamp>().map_or(0, Timestamp::as_second);
    let began = OffsetDateTime::from_unix_timestamp(began).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut differences: HashMap<&str, Vec<&Difference>> = HashMap::new();
    for difference in &results.differences {
        differences.entry(group_of(&difference.case)).or_default().push(difference);
    }
    let mut suites: BTreeMap<&str, Vec<TestCase>> = BTreeMap::new();
    for (name, tally) in &results.groups {
        let (slot, _) = name.split_once('/').unwrap_or((name, ""));
        let shown = differences.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
        suites.entry(slot).or_default().push(test_case(name, tally, shown, results));
    }
    let mut report = ReportBuilder::new();
    report.add_testsuite(TestSuiteBuilder::new("run").set_timestamp(began).add_testcases(about_the_run(results)).build());
    for (slot, cases) in suites {
        report.add_testsuite(TestSuiteBuilder::new(slot).set_timestamp(began).add_testcases(cases).build());
    }
    let mut xml = Vec::new();
    let written = report.build().write_xml(&mut xml).map_err(|error| error.to_string());
    let text = written.and_then(|()| String::from_utf8(xml).map_err(|error| error.to_string()));
    text.map(|text| text + "\n").map_err(|error| Failure::internal(format!("the JUnit report cannot be made: {error}")))
}

/// A case id without its endpoint.
fn group_of(case: &str) -> &str {
    case.match_indices('/').nth(3).map_or(case, |(end, _)| &case[..end])
}

fn test_case(name: &str, tally: &Tally, differences: &[&Difference], results: &Results) -> TestCase {
    let (slot, rest) = name.split_once('/').unwrap_or((name, ""));
    let (who, how) = rest.split_once('/').unwrap_or((rest, ""));
    let count = |number: u64, what: &str| (number > 0).then(|| format!("{number} {}", plural(what, usize::try_from(number).unwrap_or(2))));
    let different = [count(tally.leak, "leak"), count(tally.lockout, "lockout"), count(tally.wrong_reason, "wrong reason")];
    let unclear = [count(tally.unknown, "unclear answer"), count(tally.error, "request without answer")];
    let words = |parts: &[Option<String>]| parts.iter().flatten().cloned().collect::<Vec<_>>().join(", ");
    let none = Duration::ZERO;
    let mut case = if tally.differences() > 0 {
        let message = format!("{} in {} cases", words(&different), tally.cases);
        let mut case = TestCaseBuilder::failure(how, none, &kind(tally), &clean(&message));
        case.set_trace(&clean(&in_full(differences, tally)));
        case
    } else if tally.unknown + tally.error > 0 {
        let mut case = TestCaseBuilder::error(how, none, "inconclusive", &format!("{} in {} cases", words(&unclear), tally.cases));
        case.set_trace(&clean(&in_full(differences, tally)));
        case
    } else if tally.not_run > 0 {
        let why = results.ended_early.as_deref().unwrap_or("the run ended before");
        TestCaseBuilder::skipped_with_cause(how, "not-run", &format!("{} of {} cases were not run: {why}", tally.not_run, tally.cases))
    } else {
        TestCaseBuilder::success(how, none)
    };
    case.set_classname(&format!("{slot}.{who}"));
    if tally.known > 0 {
        case.set_system_out(&format!("{} of {} cases differ as accepted in the file of known differences", tally.known, tally.cases));
    }
    case.build()
}

/// The worst verdict of a test case.
fn kind(tally: &Tally) -> String {
    let kinds = [(tally.leak, "leak"), (tally.lockout, "lockout"), (tally.wrong_reason, "wrong-reason")];
    kinds.iter().find(|(count, _)| *count > 0).map_or("difference", |(_, name)| name).to_owned()
}

fn in_full(differences: &[&Difference], tally: &Tally) -> String {
    let mut text = String::new();
    for difference in differences.iter().take(SHOWN) {
        let says = difference.clause.clause().says;
        let _ = writeln!(text, "{} {}", difference.verdict.name().to_uppercase(), difference.case);
        let _ = writeln!(text, "  clause    {}: {says}", difference.clause);
        let _ = writeln!(text, "  expected  {}", expected_text(difference));
        let _ = writeln!(text, "  observed  {}", observed_text(difference));
        let _ = writeln!(text, "  {}", difference.curl);
    }
    let more = (tally.differences() + tally.unknown + tally.error).saturating_sub(differences.len().min(SHOWN) as u64);
    if more > 0 {
        let _ = writeln!(text, "and {more} more, see results.jsonl");
    }
    text
}

/// What must be so for the rest to mean anything.
fn about_the_run(results: &Results) -> Vec<TestCase> {
    let check = |name: &str, problems: Vec<String>, accepted: bool| {
        let mut case = if problems.is_empty() {
            TestCaseBuilder::success(name, Duration::ZERO)
        } else if accepted {
            TestCaseBuilder::skipped_with_cause(name, "budget", &clean(&problems.join(", ")))
        } else {
            let mut case = TestCaseBuilder::error(name, Duration::ZERO, "inconclusive", &clean(&problems[0]));
            case.set_trace(&clean(&problems.join("\n")));
            case
        };
        case.set_classname("run");
        case.build()
    };
    let tally = &results.tally;
    let run = match (tally.not_run, tally.compared()) {
        (0, 0) => vec!["nothing was compared".to_owned()],
        (0, _) => Vec::new(),
        (not_run, _) => {
            let why = results.ended_early.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            vec![format!("{not_run} of {} cases were not run{why}", tally.cases)]
        }
    };
    let canaries = results.canaries.iter().map(CanaryRecord::in_words);
    let undecided = results.undecided.iter().map(|clause| format!("{clause} was not decided both ways"));
    let stale = results.stale.iter().map(|(case, why)| format!("{case}: {why}"));
    let real = if results.target.real_matomo {
        TestCase::success("a real Matomo is tested", Duration::ZERO)
    } else {
        TestCase::skipped_with_cause("a real Matomo is tested", "simulated", "simulated target: no real Matomo was tested")
    };
    let mut real = real;
    real.set_classname("run");
    vec![
        real,
        check("every planned case is run", run, results.budget_spent() && tally.compared() > 0),
        check("every canary answers as it must", canaries.collect(), false),
        check("every clause is decided both ways", undecided.collect(), results.undecided_is_accepted()),
        check("no known difference is stale", stale.collect(), false),
    ]
}

/// XML 1.0 has no control characters, and a CDATA section ends at its end mark.
fn clean(text: &str) -> String {
    let shown = |letter: char| if letter.is_control() && !matches!(letter, '\n' | '\t') { '\u{fffd}' } else { letter };
    text.chars().map(shown).collect::<String>().replace("]]>", "]] >").replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
