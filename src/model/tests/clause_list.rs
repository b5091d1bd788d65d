//! The list of clauses: complete, unique, and each with a test.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

use crate::model::{Blame, CLAUSES, ClauseId, Evidence, Exists, Feature, Features, Stage, Strength, Ways};

fn sources(folder: &Path, found: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

#[test]
fn every_clause_has_a_test_that_names_it() {
    let tests = [
        include_str!("identity.rs"),
        include_str!("session.rs"),
        include_str!("gate.rs"),
        include_str!("dispatch.rs"),
        include_str!("nested.rs"),
        include_str!("widget.rs"),
        include_str!("parameters.rs"),
        include_str!("status.rs"),
        include_str!("second_factor.rs"),
    ];
    let tested: BTreeSet<&str> =
        tests.iter().flat_map(|source| source.split("row.check(ClauseId::").skip(1)).filter_map(|rest| rest.split(')').next()).collect();
    assert_eq!(tested, listed().iter().map(String::as_str).collect());
}

/// The names of all clauses in the code, such as `GateSuperuser`.
fn listed() -> BTreeSet<String> {
    CLAUSES.iter().map(|clause| format!("{:?}", clause.id)).collect()
}

#[test]
fn every_clause_is_asked_by_a_rule() {
    let mut found = Vec::new();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model");
    sources(&model, &mut found).unwrap();
    let mut asked = BTreeSet::new();
    // The repository itself may lie below a folder of that name.
    let tests = model.join("tests").display().to_string();
    for (_, source) in found.iter().filter(|(path, _)| !path.starts_with(&tests) && !path.ends_with("clauses.rs")) {
        let names = source.split("ClauseId::").skip(1);
        asked.extend(names.map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>()));
    }
    asked.retain(|name| name.starts_with(|letter: char| letter.is_ascii_uppercase()));
    assert_eq!(asked, listed(), "a listed clause is asked nowhere");
}

#[test]
fn an_id_is_read_back_as_it_is_written_and_begins_with_its_stage() {
    for clause in &CLAUSES {
        assert_eq!(clause.id.as_str().parse(), Ok(clause.id));
        assert_eq!(serde_json::from_value::<ClauseId>(serde_json::to_value(clause.id).unwrap()).unwrap(), clause.id);
        assert_eq!(clause.id.clause().id, clause.id);
        assert_eq!(clause.id.as_str().split('.').next(), Some(clause.stage.name()));
        // `gate.superuser` is GateSuperuser.
        assert_eq!(format!("{:?}", clause.id).to_lowercase(), clause.id.as_str().replace(['.', '-'], ""));
    }
    assert!("gate.nothing".parse::<ClauseId>().unwrap_err().contains("gate.nothing is unknown"));
}

#[test]
fn of_two_credentials_each_has_a_rank_of_its_own_and_the_repeated_gate_repeats_the_gate() {
    let ranks: Vec<u8> =
        CLAUSES.iter().filter_map(|clause| if let Blame::Rival(rank) = clause.blame { Some(rank) } else { None }).collect();
    assert_eq!(ranks.iter().collect::<BTreeSet<_>>().len(), ranks.len(), "{ranks:?}");
    for clause in &CLAUSES {
        if let Some(repeated) = clause.repeats {
            assert_eq!((clause.stage, repeated.clause().stage), (Stage::Widget, Stage::Gate), "{}", clause.id);
            assert_eq!(clause.blame, repeated.clause().blame, "{}", clause.id);
        }
    }
}

#[test]
fn ids_are_unique_and_every_clause_says_something() {
    let ids: BTreeSet<&str> = CLAUSES.iter().map(|clause| clause.id.as_str()).collect();
    assert_eq!(ids.len(), CLAUSES.len());
    for clause in &CLAUSES {
        assert!(clause.says.ends_with('.') && !clause.source.is_empty(), "{}", clause.id);
        assert!(Path::new(clause.file).extension().is_some_and(|extension| extension == "php"), "{}", clause.id);
    }
}

#[test]
fn what_never_or_always_holds_is_marked_so() {
    let of = |ways: Ways| CLAUSES.iter().filter(|clause| clause.ways == ways).map(|clause| clause.id.as_str()).collect::<Vec<_>>();
    assert_eq!(of(Ways::NotHeld), ["token.header-ignored"]);
    assert_eq!(
        of(Ways::Held),
        [
            "session.dead",
            "session.cookie",
            "session.other-token",
            "auth.accepted",
            "api.status",
            "api.status-missing",
            "page.status-missing",
            "dispatch.second-factor-token",
            "dispatch.second-factor-api"
        ]
    );
    assert_eq!(ClauseId::GateSuperuser.clause().strength, Strength::Must);
}

#[test]
fn a_version_has_the_features_since_their_release() {
    let has = |version: &str, feature| Features::of_version(version).has(feature);
    assert!(!has("4.0.3", Feature::WidgetHonoursFlag) && has("4.0.4", Feature::WidgetHonoursFlag));
    assert!(!has("4.2.1", Feature::SessionNeedsForce) && has("4.3.0", Feature::SessionNeedsForce));
    assert!(!has("4.15.1", Feature::SecureTokens) && has("5.0.0-rc1", Feature::SecureTokens));
    assert!(!has("5.3.9", Feature::DetectedToken) && has("5.4.0", Feature::DetectedToken));
    assert!(!has("5.7.1", Feature::Conflict) && has("5.8.0-b1", Feature::Conflict) && has("5.10.0", Feature::Conflict));
    assert!(!has("5.13.0", Feature::ScopedTokens) && has("6.0.0-b3", Feature::ScopedTokens));
    assert!(!has("nonsense", Feature::WidgetRecheck));
}

#[test]
fn a_promised_feature_that_is_not_seen_stays_and_a_seen_one_is_added() {
    let seen = [(Feature::SecureTokens, (false, "no column".to_owned())), (Feature::Allowlist, (true, "the entry".to_owned()))].into();
    let features = Features::detected("5.2.0-b5", &seen);
    assert!(features.has(Feature::SecureTokens) && features.has(Feature::Allowlist) && !features.has(Feature::Conflict));
    assert_eq!(features.because[&Feature::SecureTokens], "promised by version 5.2.0-b5, though not seen: no column");
    assert_eq!(features.because[&Feature::Allowlist], "seen: the entry");
}

#[test]
fn rules_of_releases_that_no_whole_tree_could_be_had_of_say_so() {
    for clause in &CLAUSES {
        let since = match clause.exists {
            Exists::With(feature) => Feature::SINCE.iter().find(|(known, _)| *known == feature).and_then(|(_, since)| *since),
            Exists::Always | Exists::Without(_) => None,
        };
        assert_eq!(clause.evidence == Evidence::Run, since.is_none_or(|since| since < [5, 4, 0]), "{}", clause.id);
    }
}
