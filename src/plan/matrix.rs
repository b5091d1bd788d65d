//! The plan of the access matrix: every endpoint and every API method, for some principals, in some slots, run for real where that is safe.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::carrier::Carrier;
use super::case::{Case, Plan, Shape};
use super::filter::Filter;
use super::principal::{PRINCIPALS, Principal};
use super::side_effects::{spared_endpoint, spared_method};
use super::slot::Slot;
use crate::model::{Dispatch, EndpointKind, Feature};

/// Principals of the matrix where none are named: one for each level of access.
pub const MATRIX_PRINCIPALS: [&str; 6] = ["anonymous", "no-access", "view", "write", "admin", "super"];

/// Slots of the matrix where none are named.
pub const MATRIX_SLOTS: [&str; 3] = ["default", "flag", "list-even"];

/// What a row of the matrix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowKind {
    /// A public method of a plugin's controller.
    Controller,
    /// A widget.
    Widget,
    /// A report.
    Report,
    /// A name that a widget announces but nothing answers to.
    Unreachable,
    /// A method of the API.
    ApiMethod,
}

impl RowKind {
    /// Name as in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Controller => "controller",
            Self::Widget => "widget",
            Self::Report => "report",
            Self::Unreachable => "unreachable",
            Self::ApiMethod => "api-method",
        }
    }
}

/// One row: an endpoint or API method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    /// `Module.Action` or `Module.method`.
    pub name: String,
    /// What it is.
    pub kind: RowKind,
    /// The target in case ids.
    pub target: String,
    /// How far its requests may go.
    pub dispatch: Dispatch,
    /// Why they stop before the controller.
    pub spared: Option<String>,
}

impl MatrixRow {
    /// The plugin it belongs to.
    pub fn plugin(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }
}

/// What a Matomo answers to, as far as the matrix asks for it.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Controller actions, widgets and reports, with the number of arguments that a request cannot give.
    pub endpoints: Vec<(String, EndpointKind, u32)>,
    /// API methods, with their arguments that have no default.
    pub methods: Vec<(String, Vec<String>)>,
}

/// What is chosen of the matrix.
#[derive(Clone, Debug)]
pub struct MatrixChoice {
    /// Principals by name, in the order of their columns.
    pub principals: Vec<&'static Principal>,
    /// Only these plugins; all where there are none.
    pub plugins: BTreeSet<String>,
    /// Only these cases.
    pub filter: Filter,
}

/// The matrix before it is run. Cases stand slot by slot, row by row, principal by principal.
#[derive(Clone, Debug)]
pub struct MatrixPlan {
    /// Rows in the order of plugin and name.
    pub rows: Vec<MatrixRow>,
    /// Columns.
    pub principals: Vec<&'static Principal>,
    /// Slots, targets (one a row) and cases.
    pub plan: Plan,
}

impl MatrixPlan {
    /// Draws the matrix of a Matomo.
    pub fn new(listed: &Listed, slots: Vec<Slot>, choice: &MatrixChoice) -> Self {
        let mut rows = rows(listed);
        rows.retain(|row| choice.plugins.is_empty() || choice.plugins.contains(row.plugin()));
        let targets = rows.iter().map(|row| row.target.clone()).collect();
        let mut plan = Plan { slots, targets, cases: Vec::new() };
        let mut cases = Vec::new();
        for slot in 0..plan.slots.len() {
            for (index, row) in rows.iter().enumerate() {
                for who in &choice.principals {
                    let principal = PRINCIPALS.iter().position(|other| std::ptr::eq(other, *who)).unwrap_or_default();
                    let case = Case {
                        slot: u16::try_from(slot).unwrap_or_default(),
                        principal: u8::try_from(principal).unwrap_or_default(),
                        carrier: natural_carrier(who),
                        shape: if row.dispatch == Dispatch::Real { Shape::REAL } else { Shape::DRY },
                        target: u32::try_from(index).unwrap_or(u32::MAX),
                    };
                    if choice.filter.is_empty() || choice.filter.takes(&plan.id(case)) {
                        cases.push(case);
                    }
                }
            }
        }
        plan.cases = cases;
        Self { rows, principals: choice.principals.clone(), plan }
    }

    /// The part of one slot.
    pub fn of_slot(&self, slot: usize) -> Plan {
        let cases = self.plan.cases.iter().copied().filter(|case| usize::from(case.slot) == slot).collect();
        Plan { slots: self.plan.slots.clone(), targets: self.plan.targets.clone(), cases }
    }

    /// The place of a case in its row: slot by slot, principal by principal.
    pub fn column(&self, case: Case) -> usize {
        let who = Plan::principal(case);
        let column = self.principals.iter().position(|other| std::ptr::eq(*other, who)).unwrap_or_default();
        usize::from(case.slot) * self.principals.len() + column
    }
}

/// The one way in which a principal sends its token here: in the URL, as embedded pages have it; in the body where it must be secure.
pub fn natural_carrier(who: &Principal) -> Carrier {
    match who.token {
        None => Carrier::None,
        Some(_) if who.needs == Some(Feature::SecureTokens) => Carrier::Body,
        Some(_) => Carrier::Url,
    }
}

/// Values for arguments without which an API method is not even called.
const ARGUMENTS: [(&str, &str); 34] = [
    ("access", "view"),
    ("actionName", "home"),
    ("actionType", "url"),
    ("apiAction", "get"),
    ("apiMethod", "getCategory"),
    ("apiModule", "VisitsSummary"),
    ("applyStyling", "0"),
    ("downloadUrl", "http%3A%2F%2Fsite1.example.org%2Ffile"),
    ("idDimension", "1"),
    ("idGoal", "1"),
    ("ipRange", "127.0.0.1"),
    ("languageCode", "en"),
    ("lastMinutes", "30"),
    ("login", "conformance-view"),
    ("matomoUrl", "http%3A%2F%2F127.0.0.1%2F"),
    ("outlinkUrl", "http%3A%2F%2Fexample.org%2F"),
    ("pageName", "home"),
    ("pageTitle", "home"),
    ("pageUrl", "http%3A%2F%2Fsite1.example.org%2F"),
    ("pattern", "site"),
    ("pluginName", "CoreHome"),
    ("preferenceName", "defaultReport"),
    ("preferenceNames", "defaultReport"),
    ("reportUniqueId", "Actions_getPageUrls"),
    ("scope", "visit"),
    ("segment", "countryCode%3D%3Dde"),
    ("segmentName", "countryCode"),
    ("showIntro", "0"),
    ("timezone", "UTC"),
    ("timezones", "UTC"),
    ("url", "http%3A%2F%2Fsite1.example.org%2F"),
    ("userEmail", "conformance-view%40example.org"),
    ("userLogin", "conformance-view"),
    ("visitorId", "0123456789abcdef"),
];

fn rows(listed: &Listed) -> Vec<MatrixRow> {
    let ours = |name: &str| name.starts_with("ConformanceProbe.");
    let endpoints = listed.endpoints.iter().filter(|(name, _, _)| !ours(name));
    let mut rows: Vec<MatrixRow> = endpoints.map(|(name, kind, arguments)| row_of(name, *kind, *arguments)).collect();
    let methods = listed.methods.iter().filter(|(name, _)| !ours(name));
    rows.extend(methods.map(|(name, arguments)| row_of_method(name, arguments)));
    let place = |row: &MatrixRow| (row.plugin().to_owned(), row.kind == RowKind::ApiMethod, row.name.clone());
    rows.sort_by_cached_key(place);
    rows
}

fn row_of(name: &str, kind: EndpointKind, required_arguments: u32) -> MatrixRow {
    let spared = match required_arguments {
        0 => spared_endpoint(name),
        // It would end in a PHP error, which empties the caches of all.
        _ => Some("it takes arguments that no request can give".to_owned()),
    };
    let kind = match kind {
        EndpointKind::Controller => RowKind::Controller,
        EndpointKind::Widget => RowKind::Widget,
        EndpointKind::Report => RowKind::Report,
        EndpointKind::Unreachable => RowKind::Unreachable,
    };
    // Without something to frame it is an error for everybody.
    let target = match name {
        "Widgetize.iframe" => "?module=Widgetize&action=iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing".to_owned(),
        _ => name.to_owned(),
    };
    MatrixRow { name: name.to_owned(), kind, target, dispatch: dispatch_of(spared.as_ref()), spared }
}

fn row_of_method(name: &str, arguments: &[String]) -> MatrixRow {
    let spared = spared_method(name);
    let mut target = format!("?module=API&method={name}&format=json");
    if spared.is_none() {
        for argument in arguments {
            let value = ARGUMENTS.iter().find(|(known, _)| known == argument).map_or("1", |(_, value)| value);
            let _ = write!(target, "&{argument}={value}");
        }
    }
    MatrixRow { name: name.to_owned(), kind: RowKind::ApiMethod, target, dispatch: dispatch_of(spared.as_ref()), spared }
}

fn dispatch_of(spared: Option<&String>) -> Dispatch {
    if spared.is_some() { Dispatch::Dry } else { Dispatch::Real }
}

#[cfg(test)]
mod tests {
    use super::super::{principal, slots};
    use super::*;
    use crate::model::Names;

    fn matrix(filter: Filter) -> MatrixPlan {
        let controller = |name: &str, arguments| (name.to_owned(), EndpointKind::Controller, arguments);
        let listed = Listed {
            endpoints: vec![
                controller("Widgetize.iframe", 0),
                controller("Login.ajaxNoAccess", 1),
                controller("Dashboard.saveLayout", 0),
                controller("ConformanceProbe.needView", 0),
                ("Actions.getPageUrls".to_owned(), EndpointKind::Report, 0),
            ],
            methods: vec![
                ("Actions.getPageUrls".to_owned(), Vec::new()),
                ("Goals.getGoal".to_owned(), vec!["idGoal".to_owned()]),
                ("Goals.addGoal".to_owned(), vec!["name".to_owned()]),
            ],
        };
        let mut slots = slots(&Names::default(), false);
        slots.retain(|slot| MATRIX_SLOTS.contains(&slot.name));
        let principals = MATRIX_PRINCIPALS.iter().filter_map(|name| principal(name)).collect();
        MatrixPlan::new(&listed, slots, &MatrixChoice { principals, plugins: BTreeSet::new(), filter })
    }

    #[test]
    fn every_endpoint_and_method_has_a_row_and_every_row_a_cell_for_each_slot_and_principal() {
        let matrix = matrix(Filter::default());
        let names: Vec<&str> = matrix.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Actions.getPageUrls",
                "Actions.getPageUrls",
                "Dashboard.saveLayout",
                "Goals.addGoal",
                "Goals.getGoal",
                "Login.ajaxNoAccess",
                "Widgetize.iframe"
            ]
        );
        assert_eq!(matrix.plan.cases.len(), 7 * 6 * 3);
        let columns: BTreeSet<(u32, usize)> = matrix.plan.cases.iter().map(|case| (case.target, matrix.column(*case))).collect();
        assert_eq!(columns.len(), matrix.plan.cases.len(), "two cases share a place");
        assert_eq!((0..3).map(|slot| matrix.of_slot(slot).cases.len()).sum::<usize>(), matrix.plan.cases.len());
    }

    #[test]
    fn what_changes_something_or_cannot_be_called_stops_before_the_controller() {
        let matrix = matrix(Filter::default());
        for row in &matrix.rows {
            let dry = ["Dashboard.saveLayout", "Goals.addGoal", "Login.ajaxNoAccess"].contains(&row.name.as_str());
            assert_eq!(row.dispatch == Dispatch::Dry, dry, "{}", row.name);
            assert_eq!(row.spared.is_some(), dry, "{}", row.name);
        }
        let goal = matrix.rows.iter().find(|row| row.name == "Goals.getGoal").expect("a row");
        assert_eq!(goal.target, "?module=API&method=Goals.getGoal&format=json&idGoal=1");
    }

    #[test]
    fn a_filter_leaves_places_empty_and_case_ids_are_read_back() {
        let matrix = matrix(Filter::new(&["flag/view/".to_owned()], &[]).expect("a filter"));
        assert_eq!(matrix.plan.cases.len(), 7);
        let mut plan = matrix.plan.clone();
        for case in &matrix.plan.cases {
            let id = matrix.plan.id(*case);
            assert_eq!(plan.parse(&id).as_ref(), Ok(case), "{id}");
        }
    }
}
