//! A budget: how much of a plan may be asked, in time or in cases.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How much of a plan is asked, from its beginning: the plan begins with what tells most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Budget {
    /// What fits into this time of requests.
    Time(Duration),
    /// So many cases.
    Cases(usize),
}

impl Budget {
    /// How many cases may be asked at most.
    pub fn cases(self) -> usize {
        match self {
            Self::Time(_) => usize::MAX,
            Self::Cases(cases) => cases,
        }
    }

    /// For how long may be asked, where that is the limit.
    pub fn time(self) -> Option<Duration> {
        match self {
            Self::Time(time) => Some(time),
            Self::Cases(_) => None,
        }
    }
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a time such as 30s, 2m or 1h is needed, or a number of cases such as 500".to_owned();
        let unit = text.strip_suffix(|last: char| last.is_ascii_alphabetic());
        let number: u64 = unit.unwrap_or(text).parse().map_err(|_| wrong())?;
        if number == 0 {
            return Err("with a budget of nothing, nothing is asked".to_owned());
        }
        let seconds = match &text[unit.unwrap_or(text).len()..] {
            "" => return usize::try_from(number).map(Self::Cases).map_err(|_| wrong()),
            "s" => Some(number),
            "m" => number.checked_mul(60),
            "h" => number.checked_mul(3600),
            _ => None,
        };
        // Beyond a year the clock's arithmetic is not worth a thought.
        seconds.filter(|seconds| *seconds <= 365 * 24 * 3600).map(|seconds| Self::Time(Duration::from_secs(seconds))).ok_or_else(wrong)
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => write!(f, "{}s", time.as_secs()),
            Self::Cases(cases) => write!(f, "{cases}"),
        }
    }
}

impl From<Budget> for String {
    fn from(budget: Budget) -> Self {
        budget.to_string()
    }
}

impl TryFrom<String> for Budget {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("30s", Ok(Budget::Time(Duration::from_secs(30))))]
    #[case("2m", Ok(Budget::Time(Duration::from_secs(120))))]
    #[case("1h", Ok(Budget::Time(Duration::from_secs(3600))))]
    #[case("500", Ok(Budget::Cases(500)))]
    #[case("0", Err("nothing is asked"))]
    #[case("0s", Err("nothing is asked"))]
    #[case("5d", Err("30s, 2m or 1h"))]
    #[case("s", Err("30s, 2m or 1h"))]
    #[case("1.5m", Err("30s, 2m or 1h"))]
    #[case("-3", Err("30s, 2m or 1h"))]
    #[case("99999999999999999h", Err("30s, 2m or 1h"))]
    #[case("", Err("30s, 2m or 1h"))]
    fn a_budget_is_a_time_or_a_number_of_cases(#[case] text: &str, #[case] expected: Result<Budget, &str>) {
        match (text.parse::<Budget>(), expected) {
            (Ok(budget), Ok(expected)) => {
                assert_eq!(budget, expected);
                assert_eq!(budget.to_string().parse::<Budget>(), Ok(budget));
            }
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            (other, _) => panic!("{text}: {other:?}"),
        }
    }
}
