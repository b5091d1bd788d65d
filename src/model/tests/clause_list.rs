//! The list of clauses: complete, unique, and each with a test.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

use crate::model::{CLAUSES, Evidence, Exists, Feature, Features, Strength, Ways, clause};

const STAGES: [&str; 12] =
    ["parameter", "page", "token", "session", "scope", "auth", "gate", "api", "dispatch", "widget", "bulk", "access"];

/// Every string in a source text that looks like a clause's id.
fn ids_in(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').filter(|word| {
        word.split_once('.').is_some_and(|(stage, rest)| {
            STAGES.contains(&stage)
                && !rest.is_empty()
                && rest != "rs"
                && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        })
    })
}

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
    ];
    let tested: BTreeSet<&str> =
        tests.iter().flat_map(|source| source.split("row.check(\"").skip(1)).filter_map(|rest| rest.split('"').next()).collect();
    let listed: BTreeSet<&str> = CLAUSES.iter().map(|clause| clause.id).collect();
    assert_eq!(tested, listed);
}

#[test]
fn every_clause_id_used_in_the_code_is_listed() {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found).unwrap();
    let mut used = BTreeSet::new();
    // Elsewhere a text of that shape may be an endpoint's name.
    let speaks_of_clauses = |path: &str| {
        let room = path.contains("/src/model/") || path.contains("/src/judge/") || path.ends_with("/simulated/fault.rs");
        room && !path.contains("/tests/")
    };
    for (path, source) in found.iter().filter(|(path, _)| speaks_of_clauses(path)) {
        for id in ids_in(source) {
            assert!(clause(id).is_some(), "{path} uses the unknown clause {id:?}");
            if path.contains("/src/model/") && !path.ends_with("model/clauses.rs") {
                used.insert(id);
            }
        }
    }
    let listed: BTreeSet<&str> = CLAUSES.iter().map(|clause| clause.id).collect();
    assert_eq!(used, listed, "a listed clause is asked nowhere");
}

#[test]
fn ids_are_unique_and_every_clause_says_something() {
    let ids: BTreeSet<&str> = CLAUSES.iter().map(|clause| clause.id).collect();
    assert_eq!(ids.len(), CLAUSES.len());
    for clause in &CLAUSES {
        assert!(clause.says.ends_with('.') && !clause.source.is_empty(), "{}", clause.id);
        assert!(Path::new(clause.file).extension().is_some_and(|extension| extension == "php"), "{}", clause.id);
    }
}

#[test]
fn what_never_or_always_holds_is_marked_so() {
    let of = |ways: Ways| CLAUSES.iter().filter(|clause| clause.ways == ways).map(|clause| clause.id).collect::<Vec<_>>();
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
            "page.status-missing"
        ]
    );
    assert_eq!(clause("gate.superuser").unwrap().strength, Strength::Must);
    assert!(clause("gate.nothing").is_none());
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
    let read: Vec<_> =
        CLAUSES.iter().filter(|clause| clause.evidence == Evidence::Read).map(|clause| (clause.id, clause.origin())).collect();
    assert_eq!(read, [("bulk.credentials", "#24799, #24818; read, not run".to_owned())]);
}
