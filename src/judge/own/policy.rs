//! A policy of one's own: who may get past the own checks of which endpoints, in a file that people write.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};
use serde::Deserialize;

use super::laws::{Law, OwnFinding};
use super::row::{OwnRow, Stance};
use crate::judge::Verdict;
use crate::plan::OWN_PRINCIPALS;

/// What a policy says of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum May {
    /// It must get past the check.
    Allow,
    /// It must be refused.
    Deny,
    /// It is not judged.
    Either,
}

/// Endpoints by name or pattern, and what each role may do with them.
#[derive(Clone, Debug)]
struct Rule {
    pattern: String,
    takes: GlobMatcher,
    roles: BTreeMap<String, May>,
}

/// Rules, the most telling first: names, then patterns with more letters before those with fewer.
#[derive(Clone, Debug, Default)]
pub struct OwnPolicy(Vec<Rule>);

impl OwnPolicy {
    /// Reads the file's text: tables named by `Module.Action` or a pattern, `api` or `page` before it or not, of `role = "allow"`, `"deny"`
    /// or `"either"`. An error says what is wrong with which table.
    pub fn parse(text: &str) -> Result<Self, String> {
        let tables: BTreeMap<String, BTreeMap<String, May>> =
            toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let mut rules = Vec::new();
        for (pattern, roles) in tables {
            let known: Vec<&str> = OWN_PRINCIPALS.iter().map(|who| who.name).collect();
            if let Some(role) = roles.keys().find(|role| !known.contains(&role.as_str())) {
                return Err(format!("[\"{pattern}\"]: there is no role {role:?}; known are {}", known.join(", ")));
            }
            if roles.is_empty() {
                return Err(format!("[\"{pattern}\"] says of no role whether it may"));
            }
            let whole = if pattern.contains(' ') { pattern.clone() } else { format!("* {pattern}") };
            let takes = GlobBuilder::new(&whole).build().map_err(|error| format!("[\"{pattern}\"]: {error}"))?.compile_matcher();
            rules.push(Rule { pattern, takes, roles });
        }
        if rules.is_empty() {
            return Err("it has no rule".to_owned());
        }
        let is_name = |rule: &Rule| !rule.pattern.contains(['*', '?', '[', '{']);
        rules.sort_by_key(|rule| std::cmp::Reverse((is_name(rule), rule.pattern.len())));
        Ok(Self(rules))
    }

    /// What rows do not keep. Where an answer does not tell on which side of the check it ended, a denied role is unknown.
    pub fn broken(&self, rows: &[OwnRow]) -> Vec<OwnFinding> {
        rows.iter().flat_map(|row| OWN_PRINCIPALS.iter().filter_map(|who| self.finding(row, who.name))).collect()
    }

    /// Patterns that take none of these rows.
    pub fn idle(&self, rows: &[OwnRow]) -> Vec<String> {
        let names: Vec<String> = rows.iter().map(OwnRow::name).collect();
        let idle = self.0.iter().filter(|rule| !names.iter().any(|name| rule.takes.is_match(name)));
        idle.map(|rule| rule.pattern.clone()).collect()
    }

    fn finding(&self, row: &OwnRow, who: &str) -> Option<OwnFinding> {
        let name = row.name();
        let (rule, may) = self.0.iter().filter(|rule| rule.takes.is_match(&name)).find_map(|rule| Some((rule, *rule.roles.get(who)?)))?;
        let (verdict, what) = match (may, row.stance_of(who)) {
            (May::Deny, Stance::Past) => (Verdict::Leak, "denies it and its check lets it past"),
            (May::Allow, Stance::Refused) => (Verdict::Lockout, "allows it and its check refuses it"),
            (May::Deny, Stance::Unclear) => (Verdict::Unknown, "denies it and its check was not reached"),
            _ => return None,
        };
        Some(OwnFinding {
            endpoint: name,
            law: Law::PolicyIsKept,
            verdict,
            principal: who.to_owned(),
            says: format!("to {who} the policy's [\"{}\"] {what}", rule.pattern),
            place: row.place(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::laws::tests::row;
    use super::*;
    use crate::matomo::CellOutcome;

    fn found(policy: &str, row: &OwnRow) -> Vec<(String, Verdict)> {
        let policy = OwnPolicy::parse(policy).expect("a policy");
        policy.broken(std::slice::from_ref(row)).into_iter().map(|finding| (finding.principal, finding.verdict)).collect()
    }

    #[test]
    fn whoever_is_let_past_though_denied_and_refused_though_allowed_is_found() {
        let open = row(&["view", "super"]);
        assert_eq!(found("['Example.get']\nview = 'allow'\nadmin = 'deny'\nsuper = 'allow'", &open), []);
        assert_eq!(found("['Example.get']\nview = 'deny'", &open), [("view".to_owned(), Verdict::Leak)]);
        assert_eq!(found("['api Example.get']\nadmin = 'allow'", &open), [("admin".to_owned(), Verdict::Lockout)]);
        assert_eq!(found("['page Example.get']\nadmin = 'allow'", &open), []);
    }

    #[test]
    fn a_name_outranks_a_pattern_and_a_longer_pattern_a_shorter_one_role_by_role() {
        let open = row(&["view", "super"]);
        let policy = "['*']\nview = 'deny'\nsuper = 'deny'\n['Example.*']\nview = 'allow'\n['Example.get']\nsuper = 'either'";
        assert_eq!(found(policy, &open), []);
        assert_eq!(found("['*']\nview = 'allow'\n['Example.*']\nview = 'deny'", &open), [("view".to_owned(), Verdict::Leak)]);
    }

    #[test]
    fn a_denied_role_whose_answer_proves_nothing_is_unknown() {
        let mut unclear = row(&["super"]);
        unclear.cells.get_mut("view").expect("a cell").outcome = CellOutcome::Error;
        assert_eq!(found("['Example.*']\nview = 'deny'", &unclear), [("view".to_owned(), Verdict::Unknown)]);
        assert_eq!(found("['Example.*']\nview = 'allow'", &unclear), []);
    }

    #[test]
    fn patterns_that_take_nothing_are_told() {
        let policy = OwnPolicy::parse("['Example.g*']\nview = 'allow'\n['Gone.*']\nview = 'allow'").expect("a policy");
        assert_eq!(policy.idle(&[row(&["view"])]), ["Gone.*"]);
    }

    #[test]
    fn what_is_wrong_with_a_policy_is_said_with_its_table() {
        let why = |text: &str| OwnPolicy::parse(text).expect_err("wrong");
        assert!(
            why("['A.b']\nviewer = 'allow'").contains("no role \"viewer\"; known are anonymous"),
            "{}",
            why("['A.b']\nviewer = 'allow'")
        );
        assert!(why("['A.b']\nview = 'maybe'").contains("maybe"));
        assert!(why("['A.b']").contains("says of no role"));
        assert!(why("['A.[b']\nview = 'deny'").contains("[\"A.[b\"]"));
        assert!(why("").contains("no rule"));
        assert!(why("view = 'deny'").contains("view"));
    }
}
