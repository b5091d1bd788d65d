//! What is in the database of a running Matomo: looked at before and after, kept, and put back where something changed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::json;

use super::runtime::Runtime;
use crate::failure::Failure;
use crate::matomo::Database;

/// A table as it is: rows and checksum. Of options each has a checksum by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Table {
    /// Rows that are compared.
    pub rows: u64,
    /// Checksum over them.
    pub sum: String,
    /// Checksums of options by name; empty for all other tables.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

/// Tables by `schema.table`.
pub type Tables = BTreeMap<String, Table>;

/// A table that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `schema.table`.
    pub table: String,
    /// What is different, without any value.
    pub what: String,
}

/// Compares two looks at the same tables.
pub fn changes(before: &Tables, after: &Tables) -> Vec<Change> {
    let mut found = Vec::new();
    let none = Table::default();
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let what = match (before.get(name), after.get(name)) {
            (Some(old), Some(new)) if old == new => continue,
            (Some(_), None) => "is gone".to_owned(),
            (None, Some(_)) => "is new".to_owned(),
            (old, new) => difference(old.unwrap_or(&none), new.unwrap_or(&none)),
        };
        found.push(Change { table: name.clone(), what });
    }
    found
}

fn difference(old: &Table, new: &Table) -> String {
    let mut names: Vec<&String> = old.options.keys().chain(new.options.keys()).collect();
    names.sort();
    names.dedup();
    names.retain(|name| old.options.get(*name) != new.options.get(*name));
    let texts: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    if !texts.is_empty() {
        return format!("options {}", texts.join(", "));
    }
    if old.rows == new.rows { format!("other values in {} rows", new.rows) } else { format!("{} rows instead of {}", new.rows, old.rows) }
}

/// What is done with the tables, together with a look at them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Look,
    /// A copy of each is kept.
    Keep,
    /// These get the rows of their copies again.
    Restore(Vec<String>),
}

/// Looks at the database of a running Matomo.
pub trait State: Send + Sync {
    /// Does something with the tables and looks at them. No request may be under way meanwhile.
    fn tables(&self, action: Action) -> BoxFuture<'_, Result<Tables, Failure>>;
}

/// The database of a Matomo that was started here, asked through the PHP it runs with.
pub struct Provisioned<R> {
    /// With what it runs.
    pub runtime: Arc<R>,
    /// User directory of a slot.
    pub user: PathBuf,
    /// How PHP reaches the database.
    pub database: Database,
}

impl<R: Runtime> State for Provisioned<R> {
    fn tables(&self, action: Action) -> BoxFuture<'_, Result<Tables, Failure>> {
        Box::pin(async move {
            let (action, tables) = match action {
                Action::Look => ("look", Vec::new()),
                Action::Keep => ("keep", Vec::new()),
                Action::Restore(tables) => ("restore", tables),
            };
            let input = json!({"database": self.database, "action": action, "tables": tables}).to_string();
            let answer = self.runtime.script("state", &self.user, Some(&input)).await?;
            serde_json::from_value(answer).map_err(|error| Failure::environment(format!("state.php gave an unexpected answer: {error}")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: u64, sum: &str, options: &[(&str, &str)]) -> Table {
        let options = options.iter().map(|(name, sum)| ((*name).to_owned(), (*sum).to_owned())).collect();
        Table { rows, sum: sum.to_owned(), options }
    }

    #[test]
    fn every_kind_of_change_is_named_without_a_value() {
        let before: Tables = [
            ("s.user".to_owned(), table(3, "a", &[])),
            ("s.site".to_owned(), table(2, "b", &[])),
            ("s.goal".to_owned(), table(0, "c", &[])),
            ("s.option".to_owned(), table(2, "d", &[("x", "1"), ("y", "2")])),
            ("s.gone".to_owned(), table(1, "e", &[])),
        ]
        .into();
        let mut after = before.clone();
        assert_eq!(changes(&before, &after), []);
        after.insert("s.user".to_owned(), table(3, "z", &[]));
        after.insert("s.goal".to_owned(), table(1, "z", &[]));
        after.insert("s.option".to_owned(), table(2, "z", &[("x", "1"), ("y", "3")]));
        after.remove("s.gone");
        let told: Vec<String> = changes(&before, &after).into_iter().map(|change| format!("{} {}", change.table, change.what)).collect();
        assert_eq!(told, ["s.goal 1 rows instead of 0", "s.gone is gone", "s.option options y", "s.user other values in 3 rows"]);
    }
}
