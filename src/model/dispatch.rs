//! Behind the gate: which controller a request reaches.

use super::clause::{Rule, Trace, always};
use super::decision::Reason;
use super::parameters::{Parameters, Value, php_empty};
use super::{Feature, Situation};

/// A `Module.Action` on its way to a controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Module after defaults and renames.
    pub module: String,
    /// Action after defaults.
    pub action: String,
}

/// Modules that were renamed and still answer to the old name.
const RENAMED: [(&str, &str); 3] = [("Referers", "Referrers"), ("PDFReports", "ScheduledReports"), ("ExampleRssWidget", "RssWidget")];

/// Requests for the API that failed to authenticate.
pub static API: [Rule<Reason>; 1] = [Rule {
    clause: "api.auth",
    // With an action of "0" the failure is left to the API method's own checks.
    applies: |s| s.has(Feature::ApiErrorsHaveStatus) && s.is_api() && s.action != "0",
    // The token "0" counts as none where the failure would be reported.
    holds: |s| s.nobody && !php_empty(&s.token),
    near: always,
    then: Reason::NotAuthenticated,
}];

/// Follows a request to its controller: the target, or why there is none.
pub fn dispatch(s: &Situation<'_>, trace: &mut Trace) -> Result<Target, Reason> {
    let array = s.all.get("action") == Some(&Value::Array);
    if s.has(Feature::ArrayActionIsErrorPage) && trace.ask("dispatch.action-type", array) {
        return Err(Reason::BadParameter);
    }
    let missing = s.module.is_empty();
    trace.ask("dispatch.default-module", missing);
    let module = if missing { "CoreHome" } else { &s.module };
    let action = if php_empty(&s.action) { "" } else { &s.action };
    resolve(s, trace, module, action)
}

/// The inner target of `Widgetize.iframe`.
pub fn inner(s: &Situation<'_>, trace: &mut Trace) -> Result<Target, Reason> {
    let named = |parameters: &Parameters, name: &str| parameters.text(name);
    let (module, action) = (named(&s.all, "moduleToWidgetize"), named(&s.all, "actionToWidgetize"));
    let barred = matches!(module.as_str(), "API" | "Widgetize") || (module == "CoreHome" && action == "index");
    if trace.ask("widget.barred", barred) {
        return Err(Reason::NotWidgetizable);
    }
    // The frame itself shows the site, before what stands inside it is looked for.
    if let Some(reason) = trace.stage(&super::gate::WIDGET_FRAME, s) {
        return Err(reason);
    }
    resolve(s, trace, &module, &action)
}

fn resolve(s: &Situation<'_>, trace: &mut Trace, module: &str, action: &str) -> Result<Target, Reason> {
    let names = s.ask.names;
    let spelled = !module.is_empty() && module.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !trace.ask("dispatch.module-name", spelled) {
        return Err(Reason::InvalidModule);
    }
    let renamed = RENAMED.iter().find(|(old, _)| *old == module).map(|(_, new)| *new);
    trace.ask("dispatch.rename", renamed.is_some());
    let module = renamed.unwrap_or(module);
    // A plugin's name starts with a letter; anything else is refused in other words, before the plugin is looked for.
    if !trace.ask("dispatch.plugin", names.activated.contains(module)) {
        let digit = module.starts_with(|first: char| first.is_ascii_digit());
        return Err(if digit { Reason::InvalidModule } else { Reason::PluginNotActivated });
    }
    let default = action.is_empty();
    trace.ask("dispatch.default-action", default);
    let action = match names.default_actions.get(module) {
        Some(default_action) if default => default_action.as_str(),
        _ => action,
    };
    if !trace.ask("dispatch.action", names.resolves(module, action)) {
        return Err(Reason::ActionNotFound);
    }
    Ok(Target { module: module.to_owned(), action: action.to_owned() })
}
