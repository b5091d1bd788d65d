//! Planted faults: ways in which a Matomo could go wrong, one line each.
//!
//! A fault names the clause it breaks and the releases it means anything for. The pipeline asks for it at the very
//! place where it breaks, so that a fault is one wrong decision and not a second pipeline.

use super::features::Features;

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Which fault.
    pub kind: FaultKind,
    /// Stable name for reports and the command line.
    pub name: &'static str,
    /// The clause it breaks.
    pub clause: &'static str,
    /// What is wrong, in one sentence.
    pub breaks: &'static str,
    meant_for: fn(&Features) -> bool,
}

impl Fault {
    /// Is the fault meaningful for a Matomo with these features?
    #[must_use]
    pub fn applies(&self, features: &Features) -> bool {
        (self.meant_for)(features)
    }

    /// Does it take several things at once? Such a fault is for a search; no plan that crosses two things at a time meets it.
    #[must_use]
    pub fn is_deep(&self) -> bool {
        self.name.starts_with("deep-")
    }

    /// Finds a fault by its name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        FAULTS.iter().find(|fault| fault.name == name)
    }
}

macro_rules! faults {
    ($($kind:ident $name:literal $clause:literal $meant:expr, $breaks:literal;)*) => {
        /// Every planted fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // the table's sentence says it
        pub enum FaultKind { $($kind),* }

        /// The table of all planted faults.
        pub static FAULTS: &[Fault] = &[$(Fault {
            kind: FaultKind::$kind, name: $name, clause: $clause, breaks: $breaks, meant_for: $meant,
        }),*];
    };
}

/// Meaningful everywhere.
const ANY: fn(&Features) -> bool = |_| true;
/// The merged parameters up to 5.3.
const MERGED: fn(&Features) -> bool = |f| !f.detected_token;
/// The detected token from 5.4 on.
const DETECTED: fn(&Features) -> bool = |f| f.detected_token;
/// Two different tokens get through from 5.4 up to 5.7 only.
const UNGUARDED: fn(&Features) -> bool = |f| f.detected_token && !f.conflict;
const LIST: fn(&Features) -> bool = |f| f.allowlist;
const SECURE: fn(&Features) -> bool = |f| f.secure_tokens;
const CONFLICT: fn(&Features) -> bool = |f| f.conflict;
const BULK: fn(&Features) -> bool = |f| f.bulk_credentials;
const SCOPED: fn(&Features) -> bool = |f| f.scoped_tokens;
const TOKEN_FIRST: fn(&Features) -> bool = |f| f.token_wins_over_session;
const API_STATUS: fn(&Features) -> bool = |f| f.api_errors_have_status;

#[rustfmt::skip] // one fault, one line
mod table {
    use super::{ANY, API_STATUS, BULK, CONFLICT, DETECTED, Fault, Features, LIST, MERGED, SCOPED, SECURE, TOKEN_FIRST, UNGUARDED};
    faults! {
        // the gate
        SuperGuardGone "super-guard-gone" "gate.superuser" ANY, "a super user's token opens every page";
        FlagOpensSuper "flag-opens-super" "gate.superuser" ANY, "the setting for write and admin tokens opens super users' too";
        ListOpensSuper "list-opens-super" "gate.superuser" LIST, "the allowlist is asked before the super user guard";
        SkippedOnPost "gate-skipped-on-post" "gate.superuser" ANY, "POST requests are not gated";
        SkippedOnXhr "gate-skipped-on-xhr" "gate.superuser" ANY, "XHR requests are not gated";
        SkippedOnHead "gate-skipped-on-head" "gate.superuser" ANY, "HEAD requests are not gated";
        SkippedWithCookie "gate-skipped-with-cookie" "gate.superuser" ANY, "a request with a session cookie is not gated";
        SkippedForWidgets "gate-skipped-for-widgets" "gate.superuser" ANY, "widgets are not gated";
        SkippedForReports "gate-skipped-for-reports" "gate.superuser" ANY, "reports are not gated";
        AfterPluginCheck "gate-after-plugin-check" "gate.superuser" ANY, "the plugin is looked for before the gate";
        FlagIgnored "flag-ignored" "gate.flag" ANY, "the setting for write and admin tokens is not read";
        FlagLoose "flag-loose" "gate.flag" ANY, "any text but 0 switches the setting on";
        ListIgnored "list-ignored" "gate.allowlist" LIST, "the allowlist is not read";
        ListCaseInsensitive "list-case-insensitive" "gate.allowlist" LIST, "the allowlist is compared without regard to case";
        ListPrefix "list-prefix" "gate.allowlist" LIST, "an entry admits all names that begin with it";
        ListSubstring "list-substring" "gate.allowlist" LIST, "a name contained in an entry is admitted";
        ListModuleOnly "list-module-only" "gate.allowlist" LIST, "an entry admits all actions of its module";
        ListTrimmed "list-trimmed" "gate.allowlist" LIST, "spaces around an entry are ignored";
        ListLoose "list-loose" "gate.allowlist" LIST, "true or 0 in the list admits every name";
        ListNested "list-nested" "gate.allowlist" LIST, "lists within the list count";
        ListAfterRename "list-after-rename" "gate.allowlist" LIST, "the name after the rename of old modules is compared too";
        ListDispatchedName "list-dispatched-name" "gate.allowlist" LIST, "the name that is dispatched is compared, not the one requested";
        ListStringAccepted "list-string-accepted" "gate.allowlist" LIST, "a string instead of a list counts as its only entry";
        ListFirstOnly "list-first-only" "gate.allowlist" LIST, "only the first entry is read";
        ListUnescaped "list-unescaped" "gate.allowlist" LIST, "the name is compared before it is escaped";
        ListInnerWidget "list-inner-widget" "gate.allowlist" LIST, "listing an action admits it inside Widgetize.iframe";
        DeepListModule "deep-list-module" "gate.allowlist" LIST, "in XHR requests by POST an entry admits all actions of its module";
        WriteTestedAsAdmin "write-tested-as-admin" "gate.write" ANY, "only admin access is tested, write tokens pass";
        AdminNotTested "admin-not-tested" "gate.write" ANY, "only write access itself is tested, admin tokens pass";
        WriteOnlyOnSite "write-only-on-site" "gate.write" ANY, "only the requested site is tested for write access";
        GhostSitesCount "ghost-sites-count" "gate.write" ANY, "write access to a site that is gone still counts";
        ViewRefused "view-refused" "gate.write" ANY, "view tokens are refused as well";
        NoAccessRefused "no-access-refused" "gate.write" ANY, "tokens of users without any access are refused by the gate";
        ApiAnyAction "api-any-action" "gate.api" ANY, "every action of the module API is exempt";
        ApiCaseInsensitive "api-case-insensitive" "gate.api" ANY, "the module name API is compared without regard to case";
        ApiActionCaseInsensitive "api-action-case-insensitive" "gate.api" ANY, "the action name index is compared without regard to case";
        ApiByMethod "api-by-method" "gate.api" ANY, "a parameter method makes any request exempt";
        ApiGated "api-gated" "gate.api" ANY, "API requests are gated too";
        RecheckMissing "recheck-missing" "widget.write" ANY, "Widgetize.iframe does not repeat the gate";
        RecheckIgnoresFlag "recheck-ignores-flag" "widget.flag" |f: &Features| f.widget_recheck_honours_flag, "Widgetize.iframe's own check ignores the setting (#16869)";
        InnerActionGated "inner-action-gated" "widget.allowlist" LIST, "the action inside Widgetize.iframe is gated by its own name";
        // parameters
        BodyWins "body-wins" "parameter.url-over-body" ANY, "of module and action the body wins over the URL";
        NamesNotMangled "names-not-mangled" "parameter.name" ANY, "token.auth is not read as token_auth";
        FirstDuplicateWins "first-duplicate-wins" "parameter.last" ANY, "the first of two equal parameters counts";
        MultipartIgnored "multipart-ignored" "parameter.body" ANY, "multipart bodies are not read";
        PutBodyRead "put-body-read" "parameter.body" ANY, "the body of a PUT request is read";
        ArrayTokenRead "array-token-read" "parameter.array" ANY, "token_auth[] is read like token_auth";
        NulKept "nul-kept" "parameter.cleaned" ANY, "NUL bytes in names and tokens stay";
        EntitiesKept "entities-kept" "parameter.cleaned" ANY, "HTML entities in names and tokens are not decoded";
        TokenEntitiesDecoded "token-entities-decoded" "parameter.cleaned" DETECTED, "HTML entities in tokens are still decoded from 5.4 on";
        // where the token comes from
        TokenBodyWins "token-body-wins" "token.url-over-body" MERGED, "the token in the body wins over the one in the URL";
        EmptyUrlTransparent "empty-url-transparent" "token.url-over-body" MERGED, "an empty token in the URL lets the one in the body through";
        AnonymousRefused "anonymous-refused" "token.anonymous" ANY, "token_auth=anonymous is refused at the gate";
        AnonymousUnknown "anonymous-unknown" "token.anonymous" ANY, "token_auth=anonymous is treated as an unknown token";
        HeaderAccepted "header-accepted" "token.header-ignored" MERGED, "a Bearer header is read before 5.4";
        HeaderLost "header-lost" "token.header" DETECTED, "the Bearer header is not read";
        HeaderAnyCase "header-any-case" "token.header" DETECTED, "the prefix Bearer is read in any case";
        HeaderTrimmed "header-trimmed" "token.header" DETECTED, "spaces around the header's token are ignored";
        UrlOverBody "url-over-body" "token.body-over-url" UNGUARDED, "the token in the URL still wins over the body from 5.4 on";
        BodyOverHeader "body-over-header" "token.header" UNGUARDED, "the token in the body wins over the header";
        HeaderNotSecure "header-not-secure" "auth.secure-only" DETECTED, "a token in the header does not count as secure";
        PostNotSecure "post-not-secure" "auth.secure-only" SECURE, "a token in the body does not count as secure";
        EqualNotSecure "equal-not-secure" "auth.secure-only" DETECTED, "equal tokens in URL and body do not count as secure from 5.4 on";
        ConflictForgetsHeader "conflict-forgets-header" "token.conflict" CONFLICT, "the header is left out of the conflict check";
        ConflictForgetsBody "conflict-forgets-body" "token.conflict" CONFLICT, "the body is left out of the conflict check";
        ConflictForgetsUrl "conflict-forgets-url" "token.conflict" CONFLICT, "the URL is left out of the conflict check";
        ConflictForgetsSession "conflict-forgets-session" "token.conflict" CONFLICT, "contradicting force_api_session is not noticed";
        ConflictOnlyValid "conflict-only-valid" "token.conflict" CONFLICT, "only tokens that exist are found to conflict";
        NavigationReadsUrl "navigation-reads-url" "token.navigation" |f: &Features| f.navigation_only_endpoint, "Overlay.startOverlaySession takes the token from the URL";
        // what the token is worth
        UnknownKeepsAnonymous "unknown-keeps-anonymous" "auth.unknown" ANY, "an unknown token keeps anonymous' view access";
        UnknownBecomesSession "unknown-becomes-session" "auth.unknown" ANY, "an unknown token falls back to the session cookie";
        ExpiredAccepted "expired-accepted" "auth.expired" ANY, "expired tokens are accepted";
        SecureOnlyInUrl "secure-only-in-url" "auth.secure-only" SECURE, "tokens for secure requests are accepted in the URL";
        SecureOnlyInBoth "secure-only-in-both" "auth.secure-only" |f: &Features| f.secure_tokens && !f.detected_token, "tokens for secure requests are accepted when also in the URL";
        PolicyIgnored "policy-ignored" "auth.policy-secure" SECURE, "only_allow_secure_auth_tokens is not read";
        WidgetTokenErrorLost "widget-token-error-lost" "widget.token-failed" |f: &Features| f.widget_token_errors_401, "a widget URL whose token failed shows the login page";
        BadApiTokenIgnored "bad-api-token-ignored" "api.auth" API_STATUS, "the API answers bad tokens as anonymous";
        // sessions
        SessionBeatsToken "session-beats-token" "session.ignored-with-token" TOKEN_FIRST, "the session wins over the token (#17335)";
        TokenBeatsSession "token-beats-session" "session.wins-over-token" |f: &Features| !f.token_wins_over_session, "the token wins over the session before 4.3";
        ExpiredSessionLives "expired-session-lives" "session.dead" ANY, "an expired session is accepted";
        OldSessionLives "old-session-lives" "session.dead" ANY, "a session outlives the change of its user's password";
        OrphanSessionLives "orphan-session-lives" "session.dead" ANY, "a session outlives its user, with all rights";
        ForceIgnored "force-ignored" "session.force" TOKEN_FIRST, "force_api_session is not read";
        ForceLoose "force-loose" "session.force" DETECTED, "any text but 0 still counts for force_api_session";
        ForceAnySource "force-any-source" "session.force" DETECTED, "force_api_session counts from another source than the token's";
        ApiUsesSession "api-uses-session" "session.api" ANY, "an API request without a token uses the session";
        SecondFactorSpared "second-factor-spared" "dispatch.second-factor" ANY, "a session that has not passed its second factor opens whatever is asked";
        OwnTokenGated "own-token-gated" "session.own-token" ANY, "the session's own token is gated";
        OwnTokenAlone "own-token-alone" "session.own-token" TOKEN_FIRST, "the session's own token opens without force_api_session";
        OtherTokenUngated "other-token-ungated" "session.other-token" ANY, "another token beside a session is not gated";
        OtherTokenWins "other-token-wins" "session.other-token" ANY, "another token beside a forced session replaces its user";
        // dispatch
        DefaultModuleLost "default-module-lost" "dispatch.default-module" ANY, "a request without module is not led to CoreHome";
        DefaultActionLost "default-action-lost" "dispatch.default-action" ANY, "a request without action is not led to the default action";
        RenameLost "rename-lost" "dispatch.rename" ANY, "old module names are not renamed";
        EmptySiteShown "empty-site-shown" "dispatch.empty-site" ANY, "the dashboard of a site that nobody has visited is shown";
        DeactivatedRuns "deactivated-runs" "dispatch.plugin" ANY, "actions of deactivated plugins run";
        WrongCaseModuleRuns "wrong-case-module-runs" "dispatch.plugin" ANY, "module names are found in any case";
        WrongCaseActionRuns "wrong-case-action-runs" "dispatch.action" ANY, "action names are found in any case";
        ReportAliasLost "report-alias-lost" "dispatch.action" ANY, "a report is not found under its capitalised name";
        // access behind the gate
        ViewMissing "view-check-missing" "access.view" ANY, "view access is not checked";
        NoSiteIsEnough "no-site-is-enough" "access.view" ANY, "a list of sites that comes to none is let through";
        SomeViewMissing "some-view-check-missing" "access.some-view" ANY, "view access to any site is not checked";
        SomeWriteMissing "some-write-check-missing" "access.some-write" ANY, "write access to any site is not checked";
        SomeAdminMissing "some-admin-check-missing" "access.some-admin" ANY, "admin access to any site is not checked";
        SuperKeepsSites "super-keeps-sites" "access.admin" ANY, "sites that were looked up as super user are kept";
        SuperStaysAfterError "super-stays-after-error" "access.super" ANY, "what fails as super user leaves its rights behind";
        ViewOnAnySite "view-on-any-site" "access.view" ANY, "view access to any site opens all sites";
        WriteMissing "write-check-missing" "access.write" ANY, "write access is not checked";
        AdminMissing "admin-check-missing" "access.admin" ANY, "admin access is not checked";
        SuperMissing "super-check-missing" "access.super" ANY, "super user access is not checked";
        ViewCheckTooHigh "view-check-too-high" "access.view" ANY, "write access is demanded where view is enough";
        NestedSuper "nested-super" "access.nested" ANY, "nested API calls run as super user";
        NestedNobody "nested-nobody" "access.nested" ANY, "nested API calls lose the user";
        BulkKeepsToken "bulk-keeps-token" "access.nested" ANY, "a part of a bulk request runs with the token of the part before it";
        EmptyCallsNobody "empty-calls-nobody" "access.nested" MERGED, "the parts of a bulk request with an empty token are nobody's";
        SecureWithin "secure-within" "auth.secure-only" |f: &Features| f.secure_tokens && !f.detected_token, "within a bulk request a token counts as secure where the one in the body does";
        SuperAskedAgain "super-asked-again" "access.nested-super" ANY, "a part of a bulk request leaves the rights of a super user";
        BulkNeverLost "bulk-never-lost" "bulk.lost" |f: &Features| f.secure_tokens && !f.detected_token, "a bulk request whose own token is not accepted again goes on";
        BulkUnchecked "bulk-unchecked" "bulk.credentials" BULK, "the parts of a bulk request may contradict it";
        BulkForgetsForce "bulk-forgets-force" "bulk.credentials" BULK, "the parts of a bulk request may change force_api_session";
        BulkForgetsToken "bulk-forgets-token" "bulk.credentials" BULK, "the parts of a bulk request in a session may bring another token";
        BulkTokenRefused "bulk-token-refused" "bulk.credentials" BULK, "the parts of a bulk request may bring no token outside of a session either";
        // in company: something else that the request carries
        SkippedWithDisableLink "company-disable-link" "gate.superuser" ANY, "a request with disableLink is not gated";
        SkippedForRange "company-period-range" "gate.superuser" ANY, "a request for a range of days is not gated";
        SkippedWithSegment "company-segment" "gate.superuser" ANY, "a request with a segment is not gated";
        SuperWithSegment "company-super-segment" "gate.superuser" ANY, "a super user's token with a segment is judged like a write token";
        SkippedForPostedWidget "company-posted-widget" "gate.superuser" ANY, "a request with widget in its body is not gated";
        SkippedForSparkline "company-sparkline" "gate.superuser" ANY, "a request for a sparkline is not gated";
        SkippedWithoutSite "company-no-site" "gate.superuser" ANY, "a request without a site is not gated";
        SkippedWithoutPeriod "company-no-period" "gate.superuser" ANY, "a request without period and date is not gated";
        SkippedForPopover "company-pair" "gate.superuser" ANY, "a request with inPopover and showtitle is not gated";
        SkippedBehindProxy "company-forwarded-for" "gate.superuser" ANY, "a request with X-Forwarded-For is not gated";
        SkippedForOrigin "company-origin" "gate.superuser" ANY, "a request with Origin is not gated";
        SkippedWithoutTracking "company-do-not-track" "gate.superuser" ANY, "a request with DNT: 1 is not gated";
        SkippedForPrefetch "company-prefetch" "gate.superuser" ANY, "a request with X-Moz: prefetch is not gated";
        SkippedWithIgnoreCookie "company-ignore-cookie" "gate.superuser" ANY, "a request with the cookie matomo_ignore is not gated";
        SkippedOnPut "gate-skipped-on-put" "gate.superuser" ANY, "PUT requests are not gated";
        SkippedOnMultipart "gate-skipped-on-multipart" "gate.superuser" ANY, "requests with a body of several parts are not gated";
        SkippedOnJson "gate-skipped-on-json" "gate.superuser" ANY, "requests with a JSON body are not gated";
        FlagWithUid "company-flag-uid" "gate.flag" ANY, "a request with uid is judged as if the setting for write and admin tokens were on";
        ExpiredWithNonce "company-expired-nonce" "auth.expired" ANY, "expired tokens are accepted beside a nonce";
        SecureByProxy "company-secure-proxy" "auth.secure-only" SECURE, "X-Forwarded-Proto: https makes a token in the URL a secure one";
        PolicyGoneWithReferrer "company-policy-referrer" "auth.policy-secure" SECURE, "only_allow_secure_auth_tokens is not read for requests from Matomo's own pages";
        ViewGoneWithCompare "company-view-compare" "access.view" ANY, "view access is not checked where periods are compared";
        WriteGoneWithCookie "company-write-cookie" "access.write" ANY, "write access is not checked beside the cookie matomo_lang";
        AdminGoneWithGoal "company-admin-goal" "access.admin" ANY, "admin access is not checked for the goal ecommerceOrder";
        SuperGoneWithFlat "company-super-flat" "access.super" ANY, "super user access is not checked where flat is there";
        SessionWithRandom "company-session-random" "session.ignored-with-token" TOKEN_FIRST, "the session wins over the token where random is there";
        ForceAnyWordInBody "force-any-word-in-body" "session.force" DETECTED, "any word in the body counts for force_api_session";
        ForceBesideHeader "force-beside-header" "session.force" DETECTED, "force_api_session counts beside a token in the header";
        // shapes of the list
        ListKeys "list-keys-count" "gate.allowlist" LIST, "the keys of the list are entries too";
        ListTrueKeys "list-true-keys-count" "gate.allowlist" LIST, "a key of the list with true behind it is an entry";
        ListCut "list-cut" "gate.allowlist" LIST, "only the first thousand entries are read";
        ListWildcard "list-wildcard" "gate.allowlist" LIST, "a star in an entry stands for anything";
        ListPattern "list-pattern" "gate.allowlist" LIST, "an entry between slashes is a pattern";
        ListDecoded "list-url-decoded" "gate.allowlist" LIST, "entries are URL-decoded";
        ListEntityDecoded "list-entity-decoded" "gate.allowlist" LIST, "HTML entities in entries are decoded";
        // scopes
        ScopeIgnored "scope-ignored" "scope.cap" SCOPED, "the access level of a token is not read";
        ScopeAfterGate "scope-after-gate" "scope.cap" SCOPED, "the access level of a token is applied after the gate";
        ScopeUnknownInherits "scope-unknown-inherits" "scope.cap" SCOPED, "an unknown access level inherits";
        ScopeSessionAccepted "scope-session-accepted" "scope.session" SCOPED, "a scoped token with force_api_session is accepted";
        // pages
        GatePage200 "gate-page-200" "page.status" |f: &Features| f.error_pages_have_status, "the gate's page has status 200 (#17206)";
        ActionRunsBehindError "action-runs-behind-error" "page.status" |f: &Features| f.error_pages_have_status, "the gate sets the error status, yet the action runs";
        LoginPageForGate "login-page-for-gate" "gate.superuser" ANY, "the gate answers with the login page";
        ReasonSwapped "reason-swapped" "gate.superuser" ANY, "the gate gives the other one of its two reasons";
        ForbiddenPage200 "forbidden-page-200" "page.status" ANY, "the login page for missing access has status 200";
    }
}
pub use table::{FAULTS, FaultKind};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_found() {
        let names: BTreeSet<_> = FAULTS.iter().map(|fault| fault.name).collect();
        assert_eq!(names.len(), FAULTS.len());
        assert!(FAULTS.len() >= 45, "{}", FAULTS.len());
        for fault in FAULTS {
            assert_eq!(Fault::by_name(fault.name).map(|f| f.kind), Some(fault.kind));
        }
    }

    #[test]
    fn every_fault_means_something_for_some_release() {
        for fault in FAULTS {
            let somewhere =
                super::super::features::RELEASES.iter().filter_map(|name| Features::release(name)).any(|features| fault.applies(&features));
            assert!(somewhere, "{}", fault.name);
        }
    }
}
