//! The results of a run on a page of Markdown, as GitHub shows it: small enough for a step summary.

use std::fmt::Write as _;

use super::Format;
use crate::report::results::Results;
use crate::report::terminal::{expected_text, observed_text, plural_of};

/// Differences of one clause that are shown.
const SHOWN: usize = 3;

/// Clauses that are shown; a step summary may have 1 MiB.
const CLAUSES_SHOWN: usize = 40;

/// Markdown.
pub const MARKDOWN: Format = Format {
    name: "markdown",
    variable: "MATOMO_CONFORMANCE_MARKDOWN",
    says: "Write a page of Markdown.",
    holds: None,
    example: "target/reports/conformance.md",
    make: |results| Ok(markdown(results)),
};

/// The page.
pub fn markdown(results: &Results) -> String {
    let tally = &results.tally;
    let mut out = String::new();
    let _ = writeln!(out, "## Matomo access conformance: {}\n", verdict_in_words(results));
    let target = &results.target;
    let software: Vec<String> = target.software.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let part = results.plan.shard.map(|shard| format!(", shard {shard} of {} cases", results.plan.cases)).unwrap_or_default();
    let _ = writeln!(out, "{} {}{part} ({}), exit code {}\n", cell(&target.name), target.version, cell(&software.join(", ")), results.exit);
    if !target.real_matomo {
        let _ = writeln!(out, "**Simulated target: no real Matomo was tested.**\n");
    }
    let _ = writeln!(out, "| cases | agree | leaks | lockouts | wrong reasons | unknown | errors | not run | known | stale |");
    let _ = writeln!(out, "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let _ = writeln!(
        out,
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
        tally.cases,
        tally.agree,
        tally.leak,
        tally.lockout,
        tally.wrong_reason,
        tally.unknown,
        tally.error,
        tally.not_run,
        tally.known,
        tally.stale
    );
    differences(&mut out, results);
    if let Some(budget) = results.budget.filter(|budget| budget.spent) {
        let _ = writeln!(out, "{}.\n", cell(&budget.in_words()));
        if results.undecided_is_accepted() && !results.undecided.is_empty() {
            let undecided: Vec<String> = results.undecided.iter().map(|id| format!("`{id}`")).collect();
            let _ = writeln!(out, "Not decided both ways, which was accepted: {}.\n", undecided.join(", "));
        }
    }
    let obstacles = results.obstacles();
    if !obstacles.is_empty() {
        let _ = writeln!(out, "### What prevents a conclusion\n");
        for obstacle in &obstacles {
            let _ = writeln!(out, "- {}", cell(obstacle));
        }
        out.push('\n');
    }
    let (caused, _) = results.canaries_by_cause();
    if !caused.is_empty() {
        let _ = writeln!(out, "### Canaries that failed because of what differs\n");
        for canary in caused {
            let _ = writeln!(out, "- {}", cell(&canary.in_words()));
        }
        out.push('\n');
    }
    if !results.accepted.is_empty() {
        let _ = writeln!(out, "### Accepted\n\n| list | cases | reason | link |\n| --- | ---: | --- | --- |");
        let mut reasons: Vec<(&str, &str, &str, usize)> = Vec::new();
        for accepted in &results.accepted {
            let key = (accepted.list.as_str(), accepted.reason.as_str(), accepted.link.as_str());
            match reasons.iter_mut().find(|(list, reason, link, _)| (*list, *reason, *link) == key) {
                Some((.., count)) => *count += 1,
                None => reasons.push((key.0, key.1, key.2, 1)),
            }
        }
        for (list, reason, link, count) in reasons {
            let _ = writeln!(out, "| {list} | {count} | {} | {} |", cell(reason), cell(link));
        }
        out.push('\n');
    }
    out
}

/// The result in a few words.
pub fn verdict_in_words(results: &Results) -> String {
    let tally = &results.tally;
    let counts = [(tally.leak, "leaks"), (tally.lockout, "lockouts"), (tally.wrong_reason, "wrong reasons")];
    let parts: Vec<String> = counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
    match (parts.is_empty(), results.exit) {
        (false, _) => parts.join(", "),
        (true, 0) if results.budget_spent() => "conformant as far as the budget went".to_owned(),
        (true, 0) => "conformant".to_owned(),
        (true, 3) => "the time limit was reached".to_owned(),
        (true, 5) => "a known difference is stale".to_owned(),
        (true, 130) => "interrupted".to_owned(),
        (true, _) => "nothing concluded".to_owned(),
    }
}

fn differences(out: &mut String, results: &Results) {
    let groups = results.by_clause();
    for group in groups.iter().take(CLAUSES_SHOWN) {
        let _ = writeln!(out, "### {} of `{}`, {} {}\n", group.verdict.name(), group.clause, group.cases, plural_of("case", group.cases));
        let clause = group.clause.clause();
        let _ = writeln!(out, "{} [{}] Implemented in `{}`.\n", cell(clause.says), cell(&clause.origin()), clause.file);
        let _ = writeln!(out, "| case | expected | observed |\n| --- | --- | --- |");
        for difference in group.kept.iter().take(SHOWN) {
            let _ = writeln!(
                out,
                "| {} | {} | {} |",
                code(&difference.case),
                cell(&expected_text(difference)),
                cell(&observed_text(difference))
            );
        }
        if let Some(first) = group.kept.first() {
            // A fence longer than any in the line.
            let _ = writeln!(out, "\n````sh\n{}\n````\n", first.curl);
        }
    }
    if groups.len() > CLAUSES_SHOWN || results.left_out > 0 {
        let _ = writeln!(out, "More differences are in `results.jsonl`.\n");
    }
}

/// Text in a table or a list: one line, nothing that ends a cell or begins a tag.
pub fn cell(text: &str) -> String {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    line.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('`', "\\`").replace('*', "\\*").replace('_', "\\_")
}

/// Code in a table: case ids have backticks never, and bars seldom.
pub fn code(text: &str) -> String {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    format!("`` {} ``", line.replace('|', "\\|"))
}
