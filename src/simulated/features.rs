//! What a release can do, as features: the pipeline never asks for a version number.

use serde::{Deserialize, Serialize};

/// The behaviour of one release, one switch each.
///
/// Sources are named per field: a Matomo issue or pull request, or the topic of the facts.
#[allow(clippy::struct_excessive_bools)] // a set of switches is what it is
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// Error pages carry their status instead of 200 (4.2.0, #17206).
    pub error_pages_have_status: bool,
    /// API errors carry their status and a bad token is refused at once (5.0.0, #19813, #21293).
    pub api_errors_have_status: bool,
    /// A token makes the session cookie ignored (4.3.0, #17335, #17520).
    pub token_wins_over_session: bool,
    /// `Widgetize.iframe`'s own check reads the setting (4.0.4, #16869).
    pub widget_recheck_honours_flag: bool,
    /// `action[]=x` gives an error page, not the safe-mode page (4.7.0, #18706).
    pub array_action_error_page: bool,
    /// Tokens for secure requests only, and the policy setting (5.0.0, #20351, #21180).
    pub secure_tokens: bool,
    /// Full pages carry the client translations with the gate's sentence (facts: trap of the scripts).
    pub translations_in_pages: bool,
    /// The gate says `super-user access`; 4.0.x says `super user access` (facts: message texts).
    pub hyphenated_texts: bool,
    /// One detected token from header, body or URL; strict `force_api_session` (5.4.0).
    pub detected_token: bool,
    /// Conflicting credentials are refused before everything else (5.8.0).
    pub conflict: bool,
    /// List of actions open to write and admin tokens (5.8.0, #24103).
    pub allowlist: bool,
    /// Names of plugins have at most 60 letters (5.0.0).
    pub short_plugin_names: bool,
    /// An API request in a session without its second factor fails (4.12.0).
    pub second_factor_for_api: bool,
    /// A token spares the second factor only where it gave access (#25191).
    pub second_factor_by_access: bool,
    /// A list of sites that comes to none is a bad request (5.7.1).
    pub no_site_is_bad_request: bool,
    /// Missing plugin or action 404, deactivated 403, bad parameter 400 (5.7.0).
    pub not_found_statuses: bool,
    /// A widget URL whose token failed answers 401 (6.0, #24886).
    pub widget_token_errors_401: bool,
    /// Parts of a bulk request may not contradict the request around them (5.13.0, #24799).
    pub bulk_credentials: bool,
    /// Tokens with an access level of their own (6.0.0-b3).
    pub scoped_tokens: bool,
    /// `Overlay.startOverlaySession` takes no credentials from the URL (6.0).
    pub navigation_only_endpoint: bool,
}

/// The releases the simulated Matomo is asked to speak for.
pub const RELEASES: [&str; 9] = ["4.0.3", "4.2.1", "5.0", "5.2", "5.2+24103", "5.4", "5.8", "5.13", "6.0"];

impl Features {
    /// The features of a release: `5.2`, `4.15.1`, `5.2.0-b5`, or with what was added to its tree by hand
    /// (`5.2+24103`, `5.3.0-alpha+5.8`). `None` for anything that is no version from 4.0 on.
    #[must_use]
    pub fn release(name: &str) -> Option<Self> {
        let (base, addition) = match name.split_once('+') {
            Some((base, addition)) => (base, Some(addition)),
            None => (name, None),
        };
        let mut features = Self::of_version(base)?;
        match addition {
            None => {}
            Some("24103") => features.allowlist = true,
            Some("25191") => features.second_factor_by_access = true,
            Some(newer) => features = Self::of_version(newer)?,
        }
        Some(features)
    }

    fn of_version(version: &str) -> Option<Self> {
        let plain = version.split('-').next()?;
        let mut numbers = [0_u32; 3];
        for (index, part) in plain.split('.').enumerate() {
            *numbers.get_mut(index)? = part.parse().ok()?;
        }
        if numbers[0] < 4 {
            return None;
        }
        let from = |major, minor, patch| numbers >= [major, minor, patch];
        Some(Self {
            error_pages_have_status: from(4, 2, 0),
            api_errors_have_status: from(5, 0, 0),
            token_wins_over_session: from(4, 3, 0),
            widget_recheck_honours_flag: from(4, 0, 4),
            array_action_error_page: from(4, 7, 0),
            secure_tokens: from(5, 0, 0),
            // measured absent in 4.0.4 and present in 4.15.1; the exact release is not known
            translations_in_pages: from(4, 15, 0),
            // measured for 4.0.x and 5.x; the exact release is not known
            hyphenated_texts: from(4, 2, 0),
            detected_token: from(5, 4, 0),
            conflict: from(5, 8, 0),
            allowlist: from(5, 8, 0),
            short_plugin_names: from(5, 0, 0),
            second_factor_for_api: from(4, 12, 0),
            // merged in August 2026; the release is not known
            second_factor_by_access: false,
            no_site_is_bad_request: from(5, 7, 1),
            not_found_statuses: from(5, 7, 0),
            widget_token_errors_401: from(6, 0, 0),
            bulk_credentials: from(5, 13, 0),
            scoped_tokens: from(6, 0, 0),
            navigation_only_endpoint: from(6, 0, 0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_release_is_known() {
        for name in RELEASES {
            assert!(Features::release(name).is_some(), "{name}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for name in ["", "3.14", "x", "5.2+x", "5.2.1.1"] {
            assert_eq!(Features::release(name), None, "{name}");
        }
    }

    #[test]
    fn a_tree_is_judged_by_what_was_added() {
        let plain = Features::release("5.2").unwrap();
        let added = Features::release("5.2.0-b5+24103").unwrap();
        assert_eq!(added, Features { allowlist: true, ..plain });
        assert_eq!(Features::release("5.3.0-alpha+6.0"), Features::release("6.0"));
    }
}
