//! Keeps the database of a running Matomo as it was: looks at it now and then, and puts back what requests changed.

use crate::failure::Failure;
use crate::sut::Environment;
use crate::sut::state::{Action, Change, Tables, changes};

/// A table that requests changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutBack {
    /// What they changed.
    pub change: Change,
    /// Whether it is as it was again.
    pub restored: bool,
}

/// The database as it was.
pub struct DatabaseGuard<'a> {
    environment: &'a Environment,
    before: Tables,
}

impl<'a> DatabaseGuard<'a> {
    /// Keeps a copy of every table. No request may be under way.
    pub async fn new(environment: &'a Environment) -> Result<Self, Failure> {
        Ok(Self { environment, before: tables(environment, Action::Keep).await? })
    }

    /// Tables that are compared; none where the database is not ours to look at.
    pub fn tables(&self) -> usize {
        self.before.len()
    }

    /// What has changed since the beginning, which is put back, so that the next request meets what the first one met. No request
    /// may be under way.
    pub async fn put_back(&self) -> Result<Vec<PutBack>, Failure> {
        let found = changes(&self.before, &tables(self.environment, Action::Look).await?);
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let names = found.iter().map(|change| change.table.clone()).collect();
        let left = changes(&self.before, &tables(self.environment, Action::Restore(names)).await?);
        let restored = |change: &Change| !left.iter().any(|other| other.table == change.table);
        Ok(found.into_iter().map(|change| PutBack { restored: restored(&change), change }).collect())
    }
}

/// Does something with the tables, where there are any to look at.
async fn tables(environment: &Environment, action: Action) -> Result<Tables, Failure> {
    match &environment.state {
        Some(state) => state.tables(action).await,
        None => Ok(Tables::new()),
    }
}
