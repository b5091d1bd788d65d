//! What is asked for: an endpoint by name, or a raw query where the name alone does not say it.

use super::principal::NOBODYS_TOKEN;
use crate::model::{Body, EndpointKind, Method, Names, Request};

/// Parameters that every request carries: a site with data, a period, and English texts.
pub fn common_parameters(query: &str) -> &'static str {
    if query.contains("idSite=") { "&period=day&date=today&language=en" } else { "&idSite=1&period=day&date=today&language=en" }
}

/// The parts of a raw target: query, body, headers and cookies, separated by `|`; what is missing is empty.
pub(super) fn sections(target: &str) -> [&str; 4] {
    let mut parts = target.splitn(4, '|');
    [(); 4].map(|()| parts.next().unwrap_or_default())
}

/// Names and values of one of them, decoded.
fn pairs(section: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = section.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// The request for a target, without any token: `Module.Action`, or `?query` with an optional `|body`, `|headers` and `|cookies`. To one that
/// begins with `??` only the language is added, no site, period and date; one with `???` says its credentials, too.
pub fn request_for(target: &str) -> Request {
    let mut request = Request::default();
    match target.strip_prefix('?') {
        Some(raw) => {
            let [query, body, headers, cookies] = sections(raw);
            let alone = query.strip_prefix('?').map(|query| query.trim_start_matches('?'));
            alone.unwrap_or(query).clone_into(&mut request.query);
            if raw.contains('|') && !(body.is_empty() && alone.is_some()) {
                request.method = Method::Post;
                request.body = Some(Body::Form(body.to_owned()));
            }
            (request.headers, request.cookies) = (pairs(headers), pairs(cookies));
            if let Some(at) = request.headers.iter().position(|(name, _)| name == "Authorization") {
                request.authorization = Some(request.headers.remove(at).1);
            }
            if alone.is_some() {
                request.query.push_str("&language=en");
                return request;
            }
        }
        None => {
            let (module, action) = target.split_once('.').unwrap_or((target, ""));
            request.query = format!("module={module}&action={action}");
        }
    }
    let common = common_parameters(&request.query);
    let common = if request.query.is_empty() { &common[1..] } else { common };
    request.query.push_str(common);
    request
}

/// Requests whose compared string and dispatched endpoint differ, or that look like what they are not.
pub fn aliases(names: &Names) -> Vec<String> {
    let mut rows: Vec<String> = [
        "?",
        "?action=index",
        "?module[]=x&action=index",
        "?module=&action=index",
        "?module=CoreHome",
        "?module=CoreHome&action=",
        "?module=ConformanceProbe",
        "?module=ConformanceProbe&action=0",
        "?module=ConformanceProbe&action[]=x",
        "?module=ConformanceProbe&action=need%41dmin",
        "?module=ConformanceProbe&action=need%00Admin",
        "?module=ConformanceProbe&action=need%26%2365%3Bdmin",
        "?module=ConformanceProbe&action=need%2541dmin",
        "?module=ConformanceProbe&action=needAdmin%20",
        "?module=ConformanceProbe&action=%20needAdmin",
        "?module=ConformanceProbe&action=needAdmin%09",
        "?module=ConformanceProbe&action=need%0aAdmin",
        "?module=ConformanceProbe&action=needadmin",
        "?module=ConformanceProbe&action=NeedAdmin",
        "?module=ConformanceProbe&action=need%26x",
        "?module=ConformanceProbe&action=need%27x",
        "?module=ConformanceProbe&action=needView&action=needAdmin",
        "?module=conformanceprobe&action=needAdmin",
        "?module=CONFORMANCEPROBE&action=needAdmin",
        "?%20module=ConformanceProbe&action=needAdmin",
        "?MODULE=ConformanceProbe&action=needAdmin",
        "?module=ConformanceProbe.need&action=Admin",
        "?module=ConformanceProbe&action=need.Admin",
        "?module=NoSuchPlugin&action=index",
        "?module=1&action=index",
        "?module=Core-Home&action=index",
        "?module=CoreHome&action=noSuchAction",
        "?module=CoreHome&action=index&idSite=3",
        "?module=ConformanceProbe|action=needNothing",
        "?action=needNothing|module=ConformanceProbe",
        "?module=ConformanceProbe&action=needNothing|module=API&action=index",
        "?module=API&action=index|module=ConformanceProbe&action=needNothing",
        "?module=ConformanceProbe&action=needNothing&method=API.getMatomoVersion",
        "?module=API",
        "?module=API&action=",
        "?module=API&action=0",
        "?module=API&action=index",
        "?module=API&action=index%00",
        "?module=API&action=%00",
        "?module=API%00",
        "?module=%26%2365%3BPI",
        "?module=AP%49",
        "?module=API&action[]=x",
        "?module=api",
        "?module=api&action=index",
        "?module=API%20",
        "?module[]=API",
        "?module=API&action=Index",
        "?module=API&action=INDEX",
        "?module=API&action=index%20",
        "?module=API&action=listAllMethods&method=API.getMatomoVersion",
        "?module=API&action=glossary&method=API.getMatomoVersion",
        "?method=API.getMatomoVersion",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    if let Some(plugin) = names.deactivated.first() {
        rows.push(format!("?module={plugin}&action=index"));
    }
    for (old, new) in [("Referers", "Referrers"), ("PDFReports", "ScheduledReports"), ("ExampleRssWidget", "RssWidget")] {
        let first = names.endpoints.keys().find(|name| name.starts_with(&format!("{new}.")));
        if let Some(action) = first.and_then(|name| name.split_once('.')).map(|(_, action)| action) {
            rows.push(format!("{old}.{action}"));
        }
    }
    rows.extend(without_controller(names));
    let report = names.endpoints.iter().find(|(_, kind)| **kind == EndpointKind::Report);
    if let Some((module, action)) = report.and_then(|(name, _)| name.split_once('.')) {
        let mut letters = action.chars();
        let upper: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        rows.push(format!("{module}.{upper}"));
        rows.push(format!("{module}.{}", action.to_lowercase()));
    }
    rows
}

/// A plugin may have reports or widgets and no controller: one that has, and what it has not.
pub fn without_controller(names: &Names) -> Vec<String> {
    let controls = |module: &str| {
        names
            .endpoints
            .iter()
            .any(|(name, kind)| *kind == EndpointKind::Controller && name.split_once('.').is_some_and(|(own, _)| own == module))
    };
    let mut all = names.endpoints.keys().filter_map(|name| name.split_once('.'));
    let found = all.find(|(module, _)| !controls(module));
    found
        .map(|(module, action)| [action, "noSuchAction"].map(|action| format!("?module={module}&action={action}")).to_vec())
        .unwrap_or_default()
}

/// Nested API calls with a token of their own: somebody's who may more, and nobody's.
pub fn nested_tokens() -> Vec<String> {
    [("nested", "$TOKEN_SUPER"), ("nestedNeedSuper", "$TOKEN_SUPER"), ("nestedNeedView", NOBODYS_TOKEN), ("nestedInSuper", NOBODYS_TOKEN)]
        .iter()
        .map(|(action, token)| format!("?module=ConformanceProbe&action={action}&nested_token={token}"))
        .collect()
}

/// Bulk requests that report as whom their last part runs: without credentials of its own, with somebody's or nobody's, after a part that
/// had some, and with a session asked for or declined.
pub fn bulk_requests() -> Vec<String> {
    let nobody = format!("&token_auth={NOBODYS_TOKEN}");
    let parts: [&[&str]; 10] = [
        &[""],
        &["&token_auth=$TOKEN_SUPER"],
        &["&token_auth=$TOKEN_VIEW"],
        &["&token_auth=$TOKEN_SUPER_SECURE"],
        &["&token_auth=anonymous"],
        &["&token_auth=$TOKEN_SUPER", ""],
        &[&nobody, ""],
        &["&force_api_session=1"],
        &["&force_api_session=0"],
        &["&token_auth=$TOKEN_SUPER&force_api_session=1"],
    ];
    parts.iter().map(|parts| bulk_request(parts)).collect()
}

/// A bulk request of such parts, each with parameters of its own beside the probe's method.
pub fn bulk_request(parts: &[&str]) -> String {
    let part = |own: &&str| format!("&urls[]=method%3DConformanceProbe.getRights{}", own.replace('&', "%26").replace('=', "%3D"));
    format!("?module=API&method=API.getBulkRequest&format=json{}", parts.iter().map(part).collect::<String>())
}

/// Requests with real dispatch: the probe's own endpoints, through every way that leads to them.
pub fn real_targets() -> Vec<String> {
    let needs = ["needNothing", "needView", "needSomeView", "needSomeWrite", "needSomeAdmin", "needWrite", "needAdmin", "needSuper"];
    let nested = ["nested", "nestedNeedView", "nestedNeedSuper", "nestedInSuper"];
    let after = ["askSuper", "superNeedSuper", "superThrowsNeedSuper", "superNeedAdmin"];
    let mut rows: Vec<String> = needs.iter().chain(&nested).chain(&after).map(|action| format!("ConformanceProbe.{action}")).collect();
    rows.extend(nested_tokens());
    rows.push("?module=ConformanceProbe&action=needView&idSite=2".to_owned());
    rows.push("?module=ConformanceProbe&action=needWrite&idSite=2".to_owned());
    for action in ["needNothing", "needView", "needAdmin", "index"] {
        rows.push(format!("?module=Widgetize&action=iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize={action}"));
    }
    for (module, action) in [("CoreHome", "index"), ("API", "index"), ("Widgetize", "iframe")] {
        rows.push(format!("?module=Widgetize&action=iframe&moduleToWidgetize={module}&actionToWidgetize={action}"));
    }
    for method in ["getRights", "getNeedView", "postNeedView", "getNeedWrite", "getNeedAdmin", "getNeedSuper"] {
        rows.push(format!("?module=API&method=ConformanceProbe.{method}&format=json"));
    }
    for (method, sites) in [("getNeedView", "all"), ("getNeedWrite", "all"), ("getNeedAdmin", "1,2")] {
        rows.push(format!("?module=API&method=ConformanceProbe.{method}&idSite={sites}&format=json"));
    }
    rows.push("?module=API&action=index&method=ConformanceProbe.getNeedView&format=json".to_owned());
    rows.extend(bulk_requests());
    rows
}
