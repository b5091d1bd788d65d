//! SARIF for code scanning: a rule for each clause, a result for each group of differences that one clause explains.

use serde_json::json;
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, Message, MultiformatMessageString, PhysicalLocation, PropertyBag, Region, ReportingDescriptor,
    Result as Finding, ResultLevel, Run, RunAutomationDetails, SCHEMA_URL, Sarif, Tool, ToolComponent, Version,
};

use super::Format;
use crate::failure::Failure;
use crate::judge::Verdict;
use crate::model::{CLAUSES, Clause, Strength};
use crate::report::found::ClauseGroup;
use crate::report::results::Results;
use crate::report::terminal::{expected_text, observed_text, plural_of};

/// Case ids that a result lists.
const LISTED: usize = 100;

/// SARIF.
pub const SARIF: Format = Format {
    name: "sarif",
    variable: "MATOMO_CONFORMANCE_SARIF",
    says: "Write a SARIF report for code scanning.",
    holds: Some("It has a rule for each clause, and a result for each clause that differs."),
    example: "target/reports/conformance.sarif",
    make: sarif,
};

/// The report as JSON.
fn sarif(results: &Results) -> Result<String, Failure> {
    let groups = results.by_clause();
    let rules: Vec<&Clause> = CLAUSES.iter().filter(|clause| groups.iter().any(|group| clause.id == group.clause)).collect();
    let findings = groups.iter().filter_map(|group| {
        let index = rules.iter().position(|rule| rule.id == group.clause)?;
        Some(finding(index, rules[index], group))
    });
    let driver = ToolComponent::builder()
        .name("matomo-conformance")
        .version(results.program.clone())
        .rules(rules.iter().map(|clause| rule(clause)).collect::<Vec<_>>())
        .build();
    let successful = (results.complete || results.budget_spent()) && results.obstacles().is_empty();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .automation_details(RunAutomationDetails::builder().id("matomo-conformance/").build())
        .invocations(vec![Invocation::builder().execution_successful(successful).exit_code(i64::from(results.exit)).build()])
        .results(findings.collect::<Vec<_>>())
        .build();
    let sarif = Sarif::builder().schema(SCHEMA_URL).version(json!(Version::V2_1_0)).runs(vec![run]).build();
    let text = serde_json::to_string_pretty(&sarif).map_err(|error| error.to_string());
    text.map(|text| text + "\n").map_err(|error| Failure::internal(format!("the SARIF report cannot be made: {error}")))
}

fn text(text: impl Into<String>) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

fn rule(clause: &Clause) -> ReportingDescriptor {
    let strength = match clause.strength {
        Strength::Must => "This is intended (MUST).",
        Strength::Quirk => "Nobody promised this, but releases do it (QUIRK).",
    };
    let help = format!(
        "{}\n\nSource: {}. {strength}\n\nThe file is where Matomo implements the rule; the change at fault may be elsewhere. `matomo-conformance \
         replay CASE` repeats a case, `explain CASE` shows the decision clause by clause.",
        clause.says,
        clause.origin()
    );
    let tags = vec!["security".to_owned(), "access".to_owned()];
    ReportingDescriptor::builder()
        .id(clause.id.as_str())
        .name(clause.id.as_str())
        .short_description(text(clause.says))
        .full_description(text(format!("{} [{}]", clause.says, clause.origin())))
        .help(text(help))
        .properties(PropertyBag::builder().tags(tags).build())
        .build()
}

fn finding(index: usize, clause: &Clause, group: &ClauseGroup<'_>) -> Finding {
    let ClauseGroup { verdict, cases, kept, .. } = group;
    let level = match verdict {
        Verdict::Leak | Verdict::Lockout => ResultLevel::Error,
        Verdict::WrongReason => ResultLevel::Warning,
        _ => ResultLevel::Note,
    };
    let message = kept.first().map_or_else(String::new, |first| {
        format!(
            "{} in {cases} {}: {} Shortest case: {}. Expected: {}. Observed: {}.",
            verdict.name(),
            plural_of("case", *cases),
            clause.says,
            first.case,
            expected_text(first),
            observed_text(first)
        )
    });
    let place = PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(clause.file).build())
        // Code scanning wants a line, and which one it is nobody can tell from outside.
        .region(Region::builder().start_line(1).build())
        .build();
    let listed: Vec<&str> = kept.iter().take(LISTED).map(|difference| difference.case.as_str()).collect();
    let curl = kept.first().map(|first| first.curl.as_str()).unwrap_or_default();
    let properties = [("cases".to_owned(), json!(listed)), ("curl".to_owned(), json!(curl))];
    Finding::builder()
        .rule_id(clause.id.as_str())
        .rule_index(i64::try_from(index).unwrap_or_default())
        .level(level)
        .message(Message::builder().text(message).build())
        .locations(vec![Location::builder().physical_location(place).build()])
        .occurrence_count(i64::try_from(*cases).unwrap_or(i64::MAX))
        // The same rule broken in the same way is the same alert, however many cases show it.
        .partial_fingerprints([("verdictAndClause/v1".to_owned(), format!("{}:{}", verdict.name(), clause.id))])
        .properties(PropertyBag::builder().additional_properties(properties).build())
        .build()
}
