//! What a red run comes to at one glance: the verdict, one line a cause, the plainest examples.

use std::io::Write;

use super::found::ClauseGroup;
use super::results::{Difference, Results};
use super::terminal::{Paint, plural_of, print_difference};
use crate::judge::Verdict;

/// Causes that are shown.
const CAUSES: usize = 12;

/// Examples that are shown in full.
const EXAMPLES: usize = 3;

/// Prints the verdict in a word, one line for each clause that seems to be broken, and the plainest examples of them. Where nothing differs,
/// but something could not be read, it is told in the same way.
pub fn print_glance(out: &mut impl Write, results: &Results) -> std::io::Result<()> {
    let groups = results.by_clause();
    let differs = results.tally.differences() > 0;
    let told: Vec<&ClauseGroup<'_>> = groups.iter().filter(|group| group.verdict.differs() == differs).collect();
    if told.is_empty() {
        return Ok(());
    }
    let tally = &results.tally;
    let counts = [
        (Verdict::Leak, tally.leak, "leak", "leaks"),
        (Verdict::Lockout, tally.lockout, "lockout", "lockouts"),
        (Verdict::WrongReason, tally.wrong_reason, "wrong reason", "wrong reasons"),
        (Verdict::Unknown, tally.unknown, "unclear answer", "unclear answers"),
        (Verdict::Error, tally.error, "request without answer", "requests without answer"),
    ];
    let shown = counts.iter().filter(|(verdict, count, ..)| *count > 0 && verdict.differs() == differs);
    let counted: Vec<String> = shown.map(|(_, count, one, many)| format!("{count} {}", if *count == 1 { one } else { many })).collect();
    let (paint, word) = match (differs, tally.leak > 0) {
        (true, true) => (Paint::LEAK, "NOT CONFORMANT"),
        (true, false) => (Paint::WARN, "NOT CONFORMANT"),
        (false, _) => (Paint::WARN, "INCONCLUSIVE"),
    };
    writeln!(out, "{paint}{word}{paint:#}: {}", counted.join(", "))?;
    print_causes(out, &told)?;
    for example in plainest(&told) {
        writeln!(out)?;
        print_difference(out, example)?;
    }
    writeln!(out)
}

fn print_causes(out: &mut impl Write, groups: &[&ClauseGroup<'_>]) -> std::io::Result<()> {
    let shown = &groups[..groups.len().min(CAUSES)];
    let widest = |text: fn(&ClauseGroup<'_>) -> usize| shown.iter().map(|group| text(group)).max().unwrap_or_default();
    let verdict = widest(|group| group.verdict.name().len());
    let clause = widest(|group| group.clause.as_str().len());
    let file = widest(|group| group.clause.clause().file.len());
    for group in shown {
        let cases = format!("{} {}", group.cases, plural_of("case", group.cases));
        writeln!(
            out,
            "  {:verdict$}  {:clause$}  {:file$}  {cases}",
            group.verdict.name(),
            group.clause.as_str(),
            group.clause.clause().file
        )?;
    }
    if groups.len() > CAUSES {
        writeln!(out, "  … and {} more causes, with --verbose", groups.len() - CAUSES)?;
    }
    Ok(())
}

impl Results {
    /// The difference that is told first.
    pub fn plainest(&self) -> Option<&Difference> {
        let groups = self.by_clause();
        let told: Vec<&ClauseGroup<'_>> = groups.iter().filter(|group| group.verdict.differs()).collect();
        plainest(&told).into_iter().next()
    }
}

/// The plainest difference of each cause in turn, no two of them about the same request.
fn plainest<'a>(groups: &[&ClauseGroup<'a>]) -> Vec<&'a Difference> {
    let mut sorted: Vec<std::vec::IntoIter<&'a Difference>> = groups
        .iter()
        .map(|group| {
            let mut kept = group.kept.clone();
            kept.sort_by_cached_key(|difference| plainness(&difference.case));
            kept.into_iter()
        })
        .collect();
    let mut chosen: Vec<&Difference> = Vec::new();
    let request = |difference: &Difference| difference.case.split_once('/').map(|(_, rest)| rest.to_owned());
    loop {
        let before = chosen.len();
        for group in &mut sorted {
            if chosen.len() == EXAMPLES {
                return chosen;
            }
            let fresh = group.find(|difference| chosen.iter().all(|other| request(other) != request(difference)));
            chosen.extend(fresh);
        }
        if chosen.len() == before {
            return chosen;
        }
    }
}

/// The less, the plainer: the default slot, an endpoint by its name, a token that travels in one place, a short id.
fn plainness(case: &str) -> (bool, bool, usize, bool, usize, usize, String) {
    let parts: Vec<&str> = case.splitn(5, '/').collect();
    let part = |index: usize| parts.get(index).copied().unwrap_or_default();
    let carrier = ["url", "body", "none", "cookie", "header"].iter().position(|plain| *plain == part(2)).unwrap_or(9);
    // An alias in other letters is as short.
    let capitals = case.chars().filter(char::is_ascii_uppercase).count();
    (part(4).starts_with('?'), part(0) != "default", carrier, part(3) != "dry", case.len(), capitals, case.to_owned())
}

/// The verdict of a difference that is told the moment it comes.
pub fn first_text(verdict: Verdict, case: &str) -> String {
    format!("{} {case}", verdict.name().to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::plainness;

    #[test]
    fn a_named_endpoint_in_the_default_slot_with_its_token_in_the_url_is_plainest() {
        let mut cases = [
            "flag/write/url/dry/Goals.get",
            "default/write/cookie+own-url/dry/Goals.get",
            "default/write/url/real/?module=Goals&action=get",
            "default/write/url/dry/Goals.getMetrics",
            "default/write/body/dry/Goals.get",
            "default/write/url/dry/Goals.Get",
            "default/write/url/dry/Goals.get",
        ];
        cases.sort_by_cached_key(|case| plainness(case));
        assert_eq!(cases[0], "default/write/url/dry/Goals.get");
        assert_eq!(cases[1], "default/write/url/dry/Goals.Get");
        assert_eq!(cases[6], "default/write/url/real/?module=Goals&action=get");
    }
}
