//! API calls within a request: as whom they run, and the parts of a bulk request.

use super::answer::Reason;
use super::clauses::ClauseId;
use super::identity::Login;
use super::parameters::{Value, percent_decode, php_empty, sanitise, unescape};
use super::rule::{Rule, Trace, always};
use super::situation::strict_true;
use super::{Feature, Parameters, Rights, Situation, Who, identity};

/// The probe's method that reports as whom it runs.
const REPORTS: &str = "ConformanceProbe.getRights";

/// The method that runs the requests it is given, as parts of one.
pub const BULK: &str = "API.getBulkRequest";

/// Whether the parts of a bulk request contradict the request around them (5.13).
pub static BULK_CREDENTIALS: [Rule<Reason>; 1] = [Rule {
    clause: ClauseId::BulkCredentials,
    applies: |s| s.has(Feature::BulkCredentials) && parts(s).iter().any(|part| part.has("token_auth") || part.has("force_api_session")),
    holds: |s| parts(s).iter().any(|part| contradicts(s, part)),
    fragile: always,
    then: Reason::Conflict,
}];

/// A part may not change whether there is a session, nor in a session the token. What it does not say it inherits.
///
/// That is asked within the method, whose parameters are in place of the URL's and the body's: whatever source the token came from, but for
/// the header, the first `force_api_session` counts, and the token is the one the method was called with.
fn contradicts(s: &Situation<'_>, part: &Parameters) -> bool {
    let in_header = s.bearer().is_some();
    let force = !in_header && strict_true(s.all.get("force_api_session"));
    let token = if in_header { s.token.clone() } else { called_with(s) };
    let other_force = part.has("force_api_session") && strict_true(part.get("force_api_session")) != force;
    let other_token = part.has("token_auth") && part.bare("token_auth") != token;
    other_force || (force && other_token)
}

/// The parts of a bulk request, each as the parameters that it brings itself (`API::getBulkRequest`): the text is decoded once more than
/// parameters usually are, and cleaned before.
fn parts(s: &Situation<'_>) -> Vec<Parameters> {
    let Some(Value::Array(urls)) = s.all.get("urls") else { return Vec::new() };
    urls.iter().map(|(_, url)| Parameters::parse(&unescape(&percent_decode(&sanitise(url))))).collect()
}

/// Who an API call runs as, and with which token.
#[derive(Clone)]
struct Caller {
    /// Nobody, whose token was not accepted, has none.
    token: Option<String>,
    rights: Rights,
}

impl Caller {
    fn of(s: &Situation<'_>) -> Self {
        let token = match (&s.session, s.token.as_str()) {
            (Some(session), _) => Some(format!("${}", session.token)),
            (None, "") => Some("anonymous".to_owned()),
            (None, _) if s.nobody => None,
            (None, token) => Some(token.to_owned()),
        };
        Self { token, rights: s.who.rights.clone() }
    }
}

/// What a request's parameters are while one of its API calls authenticates.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// A page: what was sent.
    Page,
    /// An API method: those of the call, which always has a token, are in place of the URL's and the body's
    /// (`Context::executeWithQueryParameters`). Up to 5.3, where only the URL's emptiness makes a token secure, none is; from 5.4 on,
    /// where the body comes first, each is.
    Method,
}

/// Runs the parts of a bulk request, one after the other: the rights in the last of them that tells. A session stays whatever token they bring;
/// up to 5.3 only where `force_api_session` is a number, as calls within a request read it (seen live on 5.2.0-b5+24103).
///
/// After a part with another token the request authenticates with its own once more. Where that fails the whole is refused.
pub fn bulk(s: &Situation<'_>, trace: &mut Trace) -> Result<Option<Rights>, Reason> {
    if let Some(reason) = trace.stage(&BULK_CREDENTIALS, s) {
        return Err(reason);
    }
    // Since 5.0 a call whose token is not accepted is refused; one that counts as none for PHP runs as nobody's.
    let refused = |accepted: bool, token: &str| !accepted && !php_empty(token) && s.has(Feature::ApiErrorsHaveStatus);
    let mut caller = Caller::of(s);
    let stays = s.session.is_some() && (s.has(Feature::DetectedToken) || identity::api_session_within(s).is_some());
    let mut told = None;
    for part in parts(s) {
        let before = caller.clone();
        let own = Some(part.text("token_auth")).filter(|_| part.has("token_auth"));
        let token = own.unwrap_or_else(|| called_with(s));
        let again = !stays && token != before.token.clone().unwrap_or_default();
        trace.ask(ClauseId::AccessNested, again);
        let accepted = !again || authenticate(s, trace, &mut caller, &token, Within::Method);
        if !refused(accepted, &token) && part.text("method") == REPORTS {
            told = Some(caller.rights.clone());
        }
        if again {
            caller.rights.superuser = false;
            let own = before.token.clone().unwrap_or_default();
            let back = authenticate(s, trace, &mut caller, &own, Within::Method);
            if before.rights.superuser {
                caller.rights = Rights::all();
            }
            if trace.ask(ClauseId::BulkLost, refused(back, &own)) {
                return Err(Reason::NotAuthenticated);
            }
        }
    }
    Ok(told)
}

/// The token that an API method was called with, anonymous' where there is none (`API\Controller::index`): from 5.4 on the detected one,
/// whatever the parameter.
fn called_with(s: &Situation<'_>) -> String {
    let (token, none) =
        if s.has(Feature::DetectedToken) { (&s.token, php_empty(&s.token)) } else { (&s.parameter_token, s.parameter_token.is_empty()) };
    if none { "anonymous".to_owned() } else { token.clone() }
}

/// The probe's own nested call, which has a token of its own where the request has a `nested_token`. Whatever happens in there, the
/// request has its own rights again afterwards.
pub fn probed(s: &Situation<'_>, trace: &mut Trace) -> Rights {
    let own = Some(s.all.text("nested_token")).filter(|own| !own.is_empty());
    let given = own.is_some() || s.all.has("token_auth");
    let token = own.unwrap_or_else(|| s.parameter_token.clone());
    let mut caller = Caller::of(s);
    let again = s.session.is_none() && given && token != caller.token.clone().unwrap_or_default();
    if trace.ask(ClauseId::AccessNested, again) {
        authenticate(s, trace, &mut caller, &token, Within::Page);
    }
    caller.rights
}

/// Authenticates anew, as API calls do whose token is not the one in force (`Access::reloadAccess`). Whether it was accepted.
fn authenticate(s: &Situation<'_>, trace: &mut Trace, caller: &mut Caller, token: &str, within: Within) -> bool {
    // Nobody who is a super user already is asked again.
    if trace.ask(ClauseId::AccessNestedSuper, caller.rights.superuser) {
        return true;
    }
    let detected = s.has(Feature::DetectedToken);
    if within == Within::Method
        && !detected
        && let Some(session) = identity::api_session_within(s)
    {
        let user = s.ask.world.user(&session.user);
        *caller = Caller { token: Some(format!("${}", session.token)), rights: user.map_or_else(Rights::none, |user| user.rights.clone()) };
        return true;
    }
    let secure = match within {
        Within::Page => s.secure,
        Within::Method => detected,
    };
    let mut call = Situation { token: token.to_owned(), secure, session: None, who: Who::nobody(), ..s.clone() };
    let mut asked = Trace::default();
    match asked.stage(&identity::LOGIN, &call) {
        Some(Login::TokenUser) => identity::token_user(&mut call, &mut asked),
        Some(Login::Unchanged) if token == "anonymous" => call.who = Who::anonymous(s.ask.settings, s.ask.world),
        login => {
            // An empty token is nobody's, where a request's own would be none.
            let refusal = asked.last_held().filter(|_| login == Some(Login::Nobody));
            trace.refuse_within(refusal.unwrap_or(ClauseId::AuthUnknown));
            *caller = Caller { token: None, rights: Rights::none() };
            return false;
        }
    }
    *caller = Caller { token: Some(token.to_owned()), rights: call.who.rights };
    true
}
