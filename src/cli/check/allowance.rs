//! What a budget allows of a plan, and whether it was what ended the run.

use std::borrow::Cow;
use std::time::Instant;

use crate::ask::Conduct;
use crate::plan::{Budget, Plan};

/// What may be asked.
pub struct Allowance {
    budget: Option<Budget>,
    /// When the budget is spent, where that is before the time limit.
    until: Option<Instant>,
}

impl Allowance {
    /// Of a budget that begins now; no case is begun after it.
    pub fn of(budget: Option<Budget>, settings: &mut Conduct) -> Self {
        let until = budget.and_then(Budget::time).map(|time| Instant::now() + time);
        let until = until.filter(|until| settings.deadline.is_none_or(|limit| *until < limit));
        settings.deadline = until.or(settings.deadline);
        Self { budget, until }
    }

    /// The cases that may be asked: the first of the plan.
    pub fn part<'a>(&self, plan: &'a Plan) -> Cow<'a, Plan> {
        match self.budget {
            Some(budget) if budget.cases() < plan.cases.len() => {
                let mut part = plan.clone();
                part.cases.truncate(budget.cases());
                Cow::Owned(part)
            }
            _ => Cow::Borrowed(plan),
        }
    }

    /// Whether it is spent after so many cases.
    pub fn is_spent(&self, asked: u64) -> bool {
        let cases = self.budget.map_or(usize::MAX, Budget::cases) as u64;
        asked >= cases || self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Whether the time that is over is the budget's and not that of the limit.
    pub fn is_the_deadline(&self) -> bool {
        self.until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn of_a_budget_and_a_time_limit_the_one_that_is_over_first_ends_the_run() {
        for (seconds, limit, is_the_deadline) in [(30, 60, true), (60, 30, false)] {
            let mut settings = Conduct::wanted(None, Some(limit));
            let allowance = Allowance::of(Some(Budget::Time(Duration::from_secs(seconds))), &mut settings);
            assert_eq!(allowance.is_the_deadline(), is_the_deadline);
            assert!(settings.deadline.is_some_and(|deadline| deadline <= Instant::now() + Duration::from_secs(30)));
            assert!(!allowance.is_spent(1_000_000));
        }
        let mut settings = Conduct::wanted(None, None);
        let allowance = Allowance::of(Some(Budget::Cases(3)), &mut settings);
        assert!(settings.deadline.is_none() && !allowance.is_spent(2) && allowance.is_spent(3));
        assert!(!Allowance::of(None, &mut settings).is_spent(1_000_000));
    }
}
