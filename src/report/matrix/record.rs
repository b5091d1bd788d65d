//! Collects the cells of a run into the document.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use super::document::{
    Cell, MATRIX_KIND, MATRIX_SCHEMA, Matrix, MatrixChange, MatrixClause, MatrixDecision, MatrixObservation, MatrixPrincipal,
    MatrixRowDocument, MatrixSlot, MatrixState, MatrixTarget, MatrixTotals,
};
use crate::judge::Verdict;
use crate::matomo::{CellObservation, CellOutcome, curl_line, url_placeholder};
use crate::model::{Answer, Decision, Dispatch, Request, SWITCHES, Settings, Switch, Who};
use crate::plan::{Case, MatrixPlan, Plan, Principal, natural_carrier};
use crate::report::rights_text;
use crate::sut::Environment;

/// A table in which equal things stand once.
#[derive(Debug)]
struct Table<T> {
    all: Vec<T>,
    index: HashMap<T, usize>,
}

impl<T: Clone + Eq + Hash> Table<T> {
    fn new() -> Self {
        Self { all: Vec::new(), index: HashMap::new() }
    }

    fn place(&mut self, thing: T) -> usize {
        *self.index.entry(thing).or_insert_with_key(|thing| {
            self.all.push(thing.clone());
            self.all.len() - 1
        })
    }
}

/// A matrix that is being filled.
pub struct MatrixRecord<'a> {
    plan: &'a MatrixPlan,
    matrix: Matrix,
    decisions: Table<MatrixDecision>,
    observations: Table<MatrixObservation>,
    done: u64,
}

impl<'a> MatrixRecord<'a> {
    /// Nothing asked yet.
    pub fn new(environment: &Environment, plan: &'a MatrixPlan, made: String) -> Self {
        let places = plan.plan.slots.len() * plan.principals.len();
        let rows = plan.rows.iter().enumerate().map(|(index, row)| MatrixRowDocument {
            name: row.name.clone(),
            plugin: row.plugin().to_owned(),
            kind: row.kind,
            dry: row.spared.clone(),
            target: row.target.clone(),
            query: query_of(&plan.plan, index),
            cells: vec![None; places],
        });
        let slots = plan.plan.slots.iter().map(|slot| MatrixSlot {
            name: slot.name.to_owned(),
            says: settings_text(&slot.settings),
            url: format!("${}", url_placeholder(slot.name)),
        });
        let principals = plan.principals.iter().map(|who| MatrixPrincipal {
            name: who.name.to_owned(),
            says: principal_text(who, environment),
            carrier: natural_carrier(who).to_string(),
            curl: curl_template(who),
        });
        let matrix = Matrix {
            schema: MATRIX_SCHEMA,
            kind: MATRIX_KIND.to_owned(),
            made,
            target: MatrixTarget {
                kind: environment.kind.to_owned(),
                name: environment.name.clone(),
                version: environment.features.version.clone(),
                software: environment.software.iter().cloned().collect(),
                features: environment.features.has.iter().map(ToString::to_string).collect(),
                real_matomo: !environment.is_simulated(),
            },
            slots: slots.collect(),
            principals: principals.collect(),
            clauses: BTreeMap::new(),
            decisions: Vec::new(),
            observations: Vec::new(),
            rows: rows.collect(),
            own_checks: Vec::new(),
            totals: MatrixTotals::default(),
            state: MatrixState::default(),
            canaries: Vec::new(),
            exit: 0,
            complete: false,
        };
        Self { plan, matrix, decisions: Table::new(), observations: Table::new(), done: 0 }
    }

    /// Notes a cell.
    pub fn note(&mut self, case: Case, decision: &Decision, sight: CellObservation, verdict: Verdict) {
        let dispatched = self.plan.plan.target(case);
        let place = Cell(self.decisions.place(decision_of(decision)), self.observations.place(observation_of(sight, dispatched)), verdict);
        for step in &decision.trace.steps {
            let known = step.clause.clause();
            if !self.matrix.clauses.contains_key(known.id.as_str()) {
                let told = MatrixClause {
                    says: known.says.to_owned(),
                    source: known.origin(),
                    strength: if known.strength == crate::model::Strength::Must { "MUST" } else { "QUIRK" }.to_owned(),
                    file: known.file.to_owned(),
                };
                self.matrix.clauses.insert(known.id.to_string(), told);
            }
        }
        let column = self.plan.column(case);
        if let Some(cell) = self.matrix.rows.get_mut(case.target as usize).and_then(|row| row.cells.get_mut(column)) {
            *cell = Some(place);
        }
        self.done += 1;
    }

    /// Cells that were asked.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Tables that are compared.
    pub fn compares(&mut self, tables: usize) {
        self.matrix.state.tables = tables;
    }

    /// Notes a table that changed.
    pub fn changed(&mut self, change: MatrixChange) {
        self.matrix.state.changes.push(change);
    }

    /// The document, with what was not asked, and the totals.
    pub fn finish(mut self, canaries: Vec<String>) -> Matrix {
        let empty = self.plan.plan.cases.iter().filter(|case| {
            let row = &self.matrix.rows[case.target as usize];
            row.cells[self.plan.column(**case)].is_none()
        });
        let empty: Vec<Case> = empty.copied().collect();
        for case in &empty {
            let decision = MatrixDecision { opens: false, reason: None, who: None, clause: String::new(), steps: Vec::new() };
            let observation = MatrixObservation {
                outcome: CellOutcome::NotRun,
                reason: None,
                status: 0,
                message: Some("the run ended before this cell".to_owned()),
                who: None,
                inner: Vec::new(),
                leads_to: None,
            };
            let place = Cell(self.decisions.place(decision), self.observations.place(observation), Verdict::NotRun);
            let column = self.plan.column(*case);
            self.matrix.rows[case.target as usize].cells[column] = Some(place);
        }
        let mut matrix = self.matrix;
        matrix.rows.retain(|row| row.cells.iter().any(Option::is_some));
        matrix.decisions = self.decisions.all;
        matrix.observations = self.observations.all;
        matrix.canaries = canaries;
        matrix.complete = empty.is_empty();
        matrix.totals = totals(&matrix);
        matrix
    }
}

fn totals(matrix: &Matrix) -> MatrixTotals {
    let mut totals = MatrixTotals::default();
    for seen in matrix.all() {
        *totals.outcomes.entry(seen.observation.outcome).or_default() += 1;
        totals.verdicts.cases += 1;
        totals.verdicts.add(seen.verdict);
    }
    let count = |wanted: &dyn Fn(&MatrixRowDocument) -> bool| matrix.rows.iter().filter(|row| wanted(row)).count() as u64;
    totals.dry_rows = count(&|row| row.dry.is_some());
    totals.rows_that_differ = count(&|row| row.differs(&matrix.observations, matrix.principals.len()));
    totals
}

fn decision_of(decision: &Decision) -> MatrixDecision {
    let (opens, reason, who) = match &decision.answer {
        Answer::Opened { who, .. } => (true, None, Some(who_text(who))),
        Answer::Denied { reason } => (false, Some(reason.name()), None),
    };
    let steps = decision.trace.steps.iter().map(|step| (step.clause.to_string(), step.held)).collect();
    MatrixDecision { opens, reason, who, clause: decision.clause.to_string(), steps }
}

fn observation_of(sight: CellObservation, target: &str) -> MatrixObservation {
    let mut inner = sight.route;
    // That the endpoint itself was dispatched goes without saying.
    if inner.first().is_some_and(|first| first == target || target.starts_with('?')) {
        inner.remove(0);
    }
    MatrixObservation {
        outcome: sight.outcome,
        reason: sight.reason.map(crate::model::Reason::name),
        status: sight.status,
        message: sight.message,
        who: sight.who.as_ref().map(who_text),
        inner,
        leads_to: sight.leads_to,
    }
}

fn who_text(who: &Who) -> String {
    format!("{} with {}", who.login, rights_text(&who.rights))
}

/// The query of a row, without a token.
fn query_of(plan: &Plan, row: usize) -> String {
    let anonymous = Case {
        slot: 0,
        principal: 0,
        carrier: crate::plan::Carrier::None,
        shape: crate::plan::Shape::REAL,
        target: u32::try_from(row).unwrap_or(u32::MAX),
    };
    plan.request(anonymous).query
}

/// The line of a principal with places for address, query and dry dispatch.
fn curl_template(who: &Principal) -> String {
    let mut request = Request { query: "QUERY".to_owned(), dispatch: Dispatch::Real, ..Request::default() };
    natural_carrier(who).load(who, &mut request);
    let line = curl_line("SLOT", &request);
    line.replacen("curl -sS -i", "curl -sS -i{dry}", 1).replacen("$URL_SLOT", "{url}", 1).replacen("QUERY", "{query}", 1)
}

fn principal_text(who: &Principal, environment: &Environment) -> String {
    let Some(token) = who.token else { return "nobody: no token is sent".to_owned() };
    let row = token.strip_prefix('$').and_then(|name| environment.world.token(name.split('%').next().unwrap_or(name)));
    let Some(row) = row else { return "a token of nobody".to_owned() };
    let rights = environment.world.user(&row.user).map(|user| rights_text(&user.rights)).unwrap_or_default();
    let kind = match row.kind {
        crate::model::TokenKind::Any => "token",
        crate::model::TokenKind::SecureOnly => "secure-only token",
        crate::model::TokenKind::Expired => "expired token",
    };
    let level = row.level.as_ref().map(|level| format!(", scoped {level}")).unwrap_or_default();
    format!("{kind} of a user with {rights}{level}")
}

/// The settings in words.
fn settings_text(settings: &Settings) -> String {
    let said = |switch: &Switch| switch.key.map_or_else(|| switch.words.to_owned(), |key| format!("{key} = {}", switch.value(settings)));
    let mut parts: Vec<String> = SWITCHES.iter().filter(|switch| switch.is_set(settings)).map(said).collect();
    if !settings.allowlist.entries.is_empty() {
        parts.push(format!("an allowlist with {} entries", settings.allowlist.entries.len()));
    }
    if parts.is_empty() { "nothing set".to_owned() } else { parts.join(", ") }
}
