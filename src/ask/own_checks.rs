//! Asks every endpoint for its own check, in the guarded slot, as everybody: arguments are tried until the check speaks.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use futures::StreamExt as _;
use regex::Regex;
use serde::Deserialize;

use super::engine::Conduct;
use super::sender::Sender;
use crate::failure::Failure;
use crate::judge::{OwnCell, OwnRow, Stance};
use crate::matomo::{CellOutcome, Raw, see};
use crate::model::{Dispatch, World};
use crate::mutation::{Declared, declared};
use crate::plan::{Attempt, OWN_PRINCIPALS, OwnEndpoint, OwnPrincipal, Way, attempts, other_ways, own_request, repaired, usual_way};
use crate::sut::{Environment, GuardedSlot};

/// Tries for one endpoint.
const MOST_TRIES: u32 = 7;

/// Letters of a message that are kept.
const MESSAGE: usize = 240;

/// Who is asked in other ways too.
const ASKED_AGAIN: [&str; 2] = ["view", "super"];

/// Asks endpoints in the guarded slot.
pub struct OwnChecks<'a> {
    slot: &'a GuardedSlot,
    world: &'a World,
    sender: Sender,
    notes: Notes,
    /// The source tree, where there is one to read.
    tree: Option<PathBuf>,
}

impl<'a> OwnChecks<'a> {
    /// For a Matomo with a guarded slot.
    pub fn new(environment: &'a Environment, slot: &'a GuardedSlot, tree: Option<PathBuf>) -> Result<Self, Failure> {
        let names: Vec<&str> = OWN_PRINCIPALS.iter().map(|who| who.name).collect();
        let limit = Conduct::limit_from(std::time::Duration::ZERO);
        Ok(Self {
            slot,
            world: &environment.world,
            sender: Sender::to(environment, &names, limit)?.numbered(),
            notes: Notes::new(slot.reached.clone()),
            tree,
        })
    }

    /// Asks these endpoints, in their order; `done` is called after each. Ends early where the run is to end.
    pub async fn ask(&self, endpoints: &[&'a OwnEndpoint], conduct: &Conduct, mut done: impl FnMut()) -> Vec<OwnRow> {
        let mut rows = Vec::new();
        let one = |endpoint: &'a OwnEndpoint| async move { if conduct.over() { None } else { Some(self.row(endpoint).await) } };
        let mut answers = futures::stream::iter(endpoints.iter().copied()).map(one).buffered(conduct.concurrency.max(1));
        while let Some(row) = answers.next().await {
            done();
            rows.extend(row);
        }
        rows
    }

    /// Asks endpoints whose rows are doubted again, alone: a process of PHP in which a request failed badly may keep something of it for the
    /// next one. A row is exchanged where two more agree that there is nothing to doubt; the names of these endpoints.
    pub async fn ask_again(&self, rows: &mut [OwnRow], conduct: &Conduct, doubted: impl Fn(&OwnRow) -> bool) -> Vec<String> {
        let mut exchanged = Vec::new();
        for row in rows {
            if conduct.over() || !doubted(row) || doubted(&self.row(&row.endpoint).await) {
                continue;
            }
            let last = self.row(&row.endpoint).await;
            if !doubted(&last) {
                exchanged.push(row.endpoint.name.clone());
                *row = last;
            }
        }
        exchanged
    }

    /// Requests that were sent again.
    pub fn retried(&self) -> u64 {
        self.sender.retried()
    }

    async fn row(&self, endpoint: &OwnEndpoint) -> OwnRow {
        let way = usual_way(endpoint.kind);
        let (attempt, tries, super_cell) = self.reach(endpoint, way).await;
        let mut cells = BTreeMap::new();
        for who in &OWN_PRINCIPALS {
            let cell = match (who.name, &super_cell) {
                ("super", Some(cell)) => Some(cell.clone()),
                _ => self.cell(endpoint, who, way, &attempt).await,
            };
            if let Some(cell) = cell {
                cells.insert(who.name.to_owned(), cell);
            }
        }
        hidden_is_refused(&mut cells);
        let (session, method) = other_ways(endpoint.kind);
        let other_way = match session {
            Some(way) => self.again(endpoint, way, &attempt).await,
            None => BTreeMap::new(),
        };
        let other_method = self.again(endpoint, method, &attempt).await;
        let code = self.declared(endpoint);
        OwnRow {
            endpoint: endpoint.clone(),
            query: attempt.query,
            tries,
            cells,
            other_way,
            other_method,
            declared: code.and_then(|code| code.always),
            asks: code.is_none_or(|code| code.any),
        }
    }

    /// Some of the principals once more, in another way.
    async fn again(&self, endpoint: &OwnEndpoint, way: Way, attempt: &Attempt) -> BTreeMap<String, OwnCell> {
        let mut cells = BTreeMap::new();
        for who in OWN_PRINCIPALS.iter().filter(|who| ASKED_AGAIN.contains(&who.name)) {
            if let Some(cell) = self.cell(endpoint, who, way, attempt).await {
                cells.insert(who.name.to_owned(), cell);
            }
        }
        cells
    }

    /// The arguments with which the check speaks, how many tries that took, and what the super user met. Where none is found the last ones
    /// stand: the check may still speak to others.
    async fn reach(&self, endpoint: &OwnEndpoint, way: Way) -> (Attempt, u32, Option<OwnCell>) {
        let Some(strongest) = OWN_PRINCIPALS.iter().find(|who| who.name == "super") else { return (Attempt::default(), 0, None) };
        let mut waiting: std::collections::VecDeque<Attempt> = attempts(endpoint, &self.slot.catalogue.objects).into();
        let mut tries = 0;
        let mut last = (Attempt::default(), None);
        while let Some(attempt) = waiting.pop_front().filter(|_| tries < MOST_TRIES) {
            tries += 1;
            let cell = self.cell(endpoint, strongest, way, &attempt).await;
            let Some(answer) = &cell else { return (attempt, tries, cell) };
            if answer.stance() != Stance::Unclear {
                return (attempt, tries, cell);
            }
            if let Some(mended) = answer.message.as_deref().and_then(|message| repaired(&attempt, message, &self.slot.catalogue.objects)) {
                waiting.push_front(mended);
            }
            last = (attempt, cell);
        }
        (last.0, tries, last.1)
    }

    async fn cell(&self, endpoint: &OwnEndpoint, who: &OwnPrincipal, way: Way, attempt: &Attempt) -> Option<OwnCell> {
        let request = own_request(endpoint, who, way, attempt, self.world)?;
        Some(match self.sender.send(who.name, &self.slot.url, &request).await {
            Ok(raw) => self.read(&raw, who),
            Err(error) => {
                OwnCell { outcome: CellOutcome::Unknown, reached: Vec::new(), status: 0, message: Some(error), tells: Vec::new() }
            }
        })
    }

    fn read(&self, raw: &Raw, who: &OwnPrincipal) -> OwnCell {
        let seen = see(raw, Dispatch::Real);
        let mut reached = raw.number.map(|number| self.notes.of(number)).unwrap_or_default();
        let refusal = [seen.message.as_deref().unwrap_or_default(), &raw.body].into_iter().find_map(denied);
        if let Some(write) = refusal.filter(|write| !reached.iter().any(|known| known.starts_with(write.as_str()))) {
            reached.push(write);
        }
        let refused = matches!(seen.outcome, CellOutcome::NoRight | CellOutcome::NotAuthenticated | CellOutcome::RefusedAtGate);
        // Whoever only asks another server has written nothing.
        let writes = reached.iter().any(|what| what != "socket");
        let outcome = if !writes || refused { seen.outcome } else { CellOutcome::ReachedWrite };
        let message = seen.message.filter(|_| !matches!(outcome, CellOutcome::Opened)).map(|text| self.short(&text));
        let tells = if refused { Vec::new() } else { told(&raw.body, who) };
        OwnCell { outcome, reached, status: seen.status, message, tells }
    }

    fn short(&self, text: &str) -> String {
        let text = self.sender.secrets().redact(text);
        if text.chars().count() <= MESSAGE { text } else { text.chars().take(MESSAGE).chain(['…']).collect() }
    }

    /// What the code asks for; `None` where it is not there to be read.
    fn declared(&self, endpoint: &OwnEndpoint) -> Option<Declared> {
        let tree = self.tree.as_ref()?;
        let read = |file: &String| std::fs::read_to_string(Path::new(tree).join(file)).ok();
        let texts: Vec<String> = endpoint.files.iter().map_while(read).collect();
        if texts.is_empty() {
            return None;
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Some(declared(&texts, &endpoint.method))
    }
}

/// A method that Matomo hides from everybody but super users is refused to the others.
fn hidden_is_refused(cells: &mut BTreeMap<String, OwnCell>) {
    if cells.get("super").is_some_and(|cell| !cell.is_unavailable()) {
        for cell in cells.values_mut().filter(|cell| cell.is_unavailable()) {
            cell.outcome = CellOutcome::NoRight;
        }
    }
}

static DENIED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let table = r#"(?:&#0?39;|[`'"])?"#;
    Regex::new(&format!(r"([A-Z]+(?: [A-Z]+)?) command denied to user \S+ for table {table}(?:\w+{table}\.{table})?(?:matomo_)?(\w+)")).ok()
});

/// What the database refused, where a text says so.
fn denied(text: &str) -> Option<String> {
    let found = DENIED.as_ref()?.captures(text)?;
    Some(format!("{} {}", &found[1], &found[2]))
}

/// Sites and users whose names stand in an answer; those that requests themselves name are left out.
fn told(body: &str, who: &OwnPrincipal) -> Vec<String> {
    let sites = ["1", "2"].into_iter().filter(|site| body.contains(&format!("Conformance site {site}")));
    let others = ["owner", "super", "admin", "write"].iter().filter(|user| who.user != Some(user));
    let user = others.into_iter().any(|user| body.contains(&format!("conformance-{user}@example.org")));
    sites.map(str::to_owned).chain(user.then(|| "user".to_owned())).collect()
}

/// What requests reached, as `guard.php` notes it: read as it grows.
struct Notes {
    file: PathBuf,
    read: Mutex<(u64, HashMap<u64, Vec<String>>)>,
}

#[derive(Deserialize)]
struct Note {
    request: u64,
    reached: Vec<String>,
}

impl Notes {
    fn new(file: PathBuf) -> Self {
        Self { file, read: Mutex::new((0, HashMap::new())) }
    }

    /// Of a request that was answered.
    fn of(&self, number: u64) -> Vec<String> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (from, known) = &mut *read;
        if let Ok(mut file) = std::fs::File::open(&self.file) {
            let mut text = String::new();
            if file.seek(SeekFrom::Start(*from)).is_ok() && file.read_to_string(&mut text).is_ok() {
                // A line that is being written is read next time.
                let whole = text.rfind('\n').map_or(0, |end| end + 1);
                for note in text[..whole].lines().filter_map(|line| serde_json::from_str::<Note>(line).ok()) {
                    known.entry(note.request).or_default().extend(note.reached);
                }
                *from += whole as u64;
            }
        }
        known.get(&number).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_database_refuses_is_read_in_any_quotes() {
        for (text, write) in [
            (
                "SQLSTATE[42000]: 1142 INSERT command denied to user 'mc_guarded'@'localhost' for table `m_guarded`.`matomo_goal`",
                "INSERT goal",
            ),
            ("UPDATE command denied to user 'x'@'h' for table 'matomo_user'", "UPDATE user"),
            ("CREATE command denied to user &#039;x&#039;@&#039;h&#039; for table &#039;matomo_new&#039;", "CREATE new"),
            ("DELETE command denied to user ''@'h' for table \"s\".\"matomo_option\"", "DELETE option"),
        ] {
            assert_eq!(denied(text).as_deref(), Some(write), "{text}");
        }
        assert_eq!(denied("access denied"), None);
    }

    #[test]
    fn what_is_hidden_from_all_but_super_users_is_refused_to_them_and_what_nobody_may_call_is_not() {
        let cell = |message: Option<&str>| OwnCell {
            outcome: if message.is_some() { CellOutcome::Error } else { CellOutcome::Opened },
            reached: Vec::new(),
            status: 200,
            message: message.map(str::to_owned),
            tells: Vec::new(),
        };
        let hidden = Some("The method 'x' does not exist or is not available in the module 'y'.");
        let mut cells = BTreeMap::from([("super".to_owned(), cell(None)), ("admin".to_owned(), cell(hidden))]);
        hidden_is_refused(&mut cells);
        assert_eq!(cells["admin"].stance(), Stance::Refused);
        let mut cells = BTreeMap::from([("super".to_owned(), cell(hidden)), ("admin".to_owned(), cell(hidden))]);
        hidden_is_refused(&mut cells);
        assert_eq!(cells["admin"].stance(), Stance::Unclear);
    }

    #[test]
    fn notes_are_read_as_they_grow_and_a_half_line_waits() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("reached.jsonl");
        let notes = Notes::new(file.clone());
        assert!(notes.of(1).is_empty());
        std::fs::write(&file, "{\"request\":1,\"reached\":[\"INSERT goal\"]}\n{\"request\":2,").expect("written");
        assert_eq!(notes.of(1), ["INSERT goal"]);
        assert!(notes.of(2).is_empty());
        std::fs::write(&file, "{\"request\":1,\"reached\":[\"INSERT goal\"]}\n{\"request\":2,\"reached\":[\"mail\"]}\n").expect("written");
        assert_eq!(notes.of(2), ["mail"]);
    }

    #[test]
    fn names_of_sites_and_of_other_users_are_told() {
        let who = |name: &str| OWN_PRINCIPALS.iter().find(|who| who.name == name).expect("a principal");
        assert_eq!(told("[\"Conformance site 2\"]", who("anonymous")), ["2"]);
        assert_eq!(told("conformance-super@example.org", who("super")), Vec::<String>::new());
        assert_eq!(told("conformance-super@example.org", who("no-access")), ["user"]);
        assert_eq!(told("conformance-view@example.org", who("no-access")), Vec::<String>::new());
    }
}
