//! Access levels: view, write, admin and super user, each swapped for another.

use tree_sitter::Node;

use super::Site;
use crate::mutation::operator::Operator;

/// Names of methods and constants, each with those that would do in its place.
const NAMES: [(&str, &[&str]); 19] = [
    ("checkUserHasViewAccess", &["checkUserHasWriteAccess"]),
    ("checkUserHasWriteAccess", &["checkUserHasViewAccess", "checkUserHasAdminAccess"]),
    ("checkUserHasAdminAccess", &["checkUserHasWriteAccess"]),
    ("checkUserHasSuperUserAccess", &["checkUserHasSomeAdminAccess"]),
    ("checkUserHasSomeViewAccess", &["checkUserHasSomeWriteAccess"]),
    ("checkUserHasSomeWriteAccess", &["checkUserHasSomeViewAccess", "checkUserHasSomeAdminAccess"]),
    ("checkUserHasSomeAdminAccess", &["checkUserHasSomeWriteAccess"]),
    ("isUserHasSomeViewAccess", &["isUserHasSomeWriteAccess"]),
    ("isUserHasSomeWriteAccess", &["isUserHasSomeViewAccess", "isUserHasSomeAdminAccess"]),
    ("isUserHasSomeAdminAccess", &["isUserHasSomeWriteAccess"]),
    ("hasSuperUserAccess", &["isUserHasSomeAdminAccess"]),
    ("hasUserSuperUserAccess", &["isUserHasSomeAdminAccess"]),
    ("getSitesIdWithAtLeastViewAccess", &["getSitesIdWithAtLeastWriteAccess"]),
    ("getSitesIdWithAtLeastWriteAccess", &["getSitesIdWithAtLeastViewAccess", "getSitesIdWithAdminAccess"]),
    ("getSitesIdWithAdminAccess", &["getSitesIdWithAtLeastWriteAccess"]),
    ("getSitesIdWithViewAccess", &["getSitesIdWithAtLeastViewAccess"]),
    ("getSitesIdWithWriteAccess", &["getSitesIdWithAtLeastWriteAccess"]),
    ("SUCCESS", &["SUCCESS_SUPERUSER_AUTH_CODE"]),
    ("SUCCESS_SUPERUSER_AUTH_CODE", &["SUCCESS"]),
];

/// Levels as they stand in the database and in arrays.
const WORDS: [(&str, &[&str]); 4] = [("view", &["write"]), ("write", &["view", "admin"]), ("admin", &["write"]), ("superuser", &["admin"])];

pub(super) fn at(site: &mut Site<'_, '_>, node: Node<'_>) {
    let php = site.php;
    match node.kind() {
        "name" if node.parent().is_some_and(|parent| parent.kind() != "method_declaration") => {
            let text = php.of(node);
            let others = NAMES.iter().find(|(name, _)| *name == text).map_or(&[][..], |(_, others)| others);
            // A function that calls itself would only never end. What does not exist ends in an error, which is seen.
            for other in others.iter().filter(|other| **other != site.function.name) {
                site.replace(Operator::SwapLevel, node, *other);
            }
        }
        "string" => {
            let others =
                php.string(node).and_then(|text| WORDS.iter().find(|(word, _)| *word == text)).map_or(&[][..], |(_, others)| others);
            for other in others {
                site.replace(Operator::SwapLevel, node, format!("'{other}'"));
            }
        }
        _ => {}
    }
}
