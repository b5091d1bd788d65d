//! Shards: a plan dealt out to several runs, each case to exactly one of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::case::Plan;

/// One of several runs that share a plan, counted from 1: `1/4` to `4/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Shard {
    /// Its number, from 1 to `of`.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

impl Shard {
    /// Keeps the cases of this shard. They are dealt like cards, so that what the plan asks first is spread over all shards.
    pub fn take(self, plan: &mut Plan) {
        let mut position = 0;
        plan.cases.retain(|_| {
            position += 1;
            self.has(position - 1)
        });
    }

    /// Whether the case at a position of the whole plan, counted from 0, belongs to it.
    pub fn has(self, position: usize) -> bool {
        position % self.of == self.number - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((0, of)) if of > 0 => Err(format!("shards are counted from 1, from 1/{of} to {of}/{of}")),
            Some((number, of)) if of > 0 && number <= of => Ok(Self { number, of }),
            Some((_, of)) if of > 0 => Err(format!("there are {of} shards, from 1/{of} to {of}/{of}")),
            _ => Err("NUMBER/COUNT is needed, such as 1/4".to_owned()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::{Breadth, Filter, exhaustive, slots};
    use super::*;
    use crate::model::{EndpointKind, Features, Names};

    #[rstest]
    #[case(1)]
    #[case(2)]
    #[case(7)]
    fn every_case_is_in_exactly_one_shard(#[case] of: usize) {
        let endpoints = ["VisitsSummary.index", "CoreHome.index"].map(|name| (name.to_owned(), EndpointKind::Controller)).into();
        let names = Names { endpoints, ..Names::default() };
        let whole = exhaustive(&names, &Features::of_version("5.8"), slots(&names, false), Breadth::Default, &Filter::default(), 1);
        let mut dealt = Vec::new();
        for number in 1..=of {
            let mut plan = whole.clone();
            Shard { number, of }.take(&mut plan);
            assert!(plan.cases.len().abs_diff(whole.cases.len() / of) <= 1, "shard {number} of {of} has {} cases", plan.cases.len());
            dealt.extend(plan.cases.iter().map(|case| plan.id(*case)));
        }
        let mut all: Vec<String> = whole.cases.iter().map(|case| whole.id(*case)).collect();
        dealt.sort();
        all.sort();
        assert_eq!(dealt, all);
    }

    #[rstest]
    #[case("1/4", Ok("1/4"))]
    #[case("4/4", Ok("4/4"))]
    #[case("0/4", Err("counted from 1"))]
    #[case("5/4", Err("there are 4 shards"))]
    #[case("1/0", Err("NUMBER/COUNT"))]
    #[case("2", Err("NUMBER/COUNT"))]
    #[case("-1/4", Err("NUMBER/COUNT"))]
    fn shards_are_counted_from_one(#[case] text: &str, #[case] expected: Result<&str, &str>) {
        match (text.parse::<Shard>(), expected) {
            (Ok(shard), Ok(text)) => assert_eq!(shard.to_string(), text),
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            (other, _) => panic!("{text}: {other:?}"),
        }
    }
}
