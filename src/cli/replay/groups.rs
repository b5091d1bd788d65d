//! Many repeated requests, shown as groups: a few of each in full, the rest as a number.

use super::{Played, ReplayOutcome};
use crate::cli::screen::{print, println};

/// How many of each group are shown.
pub const SHOWN: usize = 3;

/// More are shown as groups.
pub const MANY: usize = 40;

/// Groups by what became of the requests and by clause.
#[derive(Default)]
pub struct Groups(Vec<Group>);

struct Group {
    outcome: ReplayOutcome,
    clause: String,
    shown: Vec<String>,
    count: usize,
}

impl Groups {
    /// Adds one.
    pub fn add(&mut self, played: Played) {
        let found = self.0.iter().position(|group| group.outcome == played.outcome && group.clause == played.clause);
        let place = found.unwrap_or_else(|| {
            self.0.push(Group { outcome: played.outcome, clause: played.clause.clone(), shown: Vec::new(), count: 0 });
            self.0.len() - 1
        });
        let group = &mut self.0[place];
        group.count += 1;
        if group.shown.len() < SHOWN {
            group.shown.push(played.text);
        }
    }

    /// Prints them, what differs first.
    pub fn print(mut self, redact: impl Fn(&str) -> String) {
        self.0.sort_by_key(|group| (group.outcome.rank(), std::cmp::Reverse(group.count)));
        for group in &self.0 {
            for text in &group.shown {
                print!("{}", redact(text));
            }
            if group.count > group.shown.len() {
                let of = if group.clause.is_empty() { String::new() } else { format!(" of {}", group.clause) };
                println!("  … and {} more {}{of}; each for itself with --all", group.count - group.shown.len(), group.outcome.name());
            }
        }
    }
}
