//! Endpoints of releases that break a law on purpose, each looked at, with the reason.

use super::laws::Law;
use crate::plan::is_named;

/// An endpoint by name, or by pattern with `*` at its end, the law, for whom it may be broken, and why.
struct Exception(&'static str, Law, &'static str, &'static str);

/// Seen on the releases from 4.0.3 to 5.3.0-alpha, and looked up in their code.
const EXCEPTIONS: &[Exception] = &[
    Exception("Dashboard.*", Law::NobodyWrites, "no-access", "everybody who is logged in has dashboards of their own"),
    Exception(
        "Dashboard.getDashboards",
        Law::MoreOpensMore,
        "no-access",
        "whoever is not logged in is told of the default dashboard alone, whoever's are asked for",
    ),
    Exception("Feedback.*", Law::NobodyWrites, "no-access", "notes when a user wants to be reminded again, for that user"),
    Exception("Login.*", Law::MoreOpensMore, "no-access", "its form says what is missing in the one that was sent, which is no refusal"),
    Exception("TwoFactorAuth.*", Law::NobodyWrites, "no-access", "is about the second factor of whoever asks"),
    Exception(
        "UsersManager.getUsersHavingSuperUserAccess",
        Law::NothingIsTold,
        "no-access",
        "tells everybody who is logged in whom to ask for access",
    ),
];

/// Why an endpoint may break a law for a principal.
pub fn exception(name: &str, law: Law, who: &str) -> Option<&'static str> {
    EXCEPTIONS
        .iter()
        .find(|Exception(pattern, of, whom, _)| *of == law && *whom == who && is_named(pattern, name))
        .map(|Exception(.., why)| *why)
}
