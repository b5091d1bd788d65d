//! The permission checks of the actions, behind the gate.

use super::catalogue::Need;
use super::company;
use super::exchange::Exchange;
use super::fault::FaultKind as F;
use super::pages::Refusal;
use super::php::Value;
use super::session::Actor;
use super::world::Role;

/// Checks what an action needs.
///
/// # Errors
/// The message of the missing permission, or of a missing `idSite`.
pub fn check(exchange: &Exchange, actor: &Actor, need: Need) -> Result<(), Refusal> {
    let rights = &actor.rights;
    let (granted, missing) = match need {
        Need::Nothing => return Ok(()),
        Need::SomeView => {
            (rights.has_some(Role::View) || exchange.fault(F::SomeViewMissing), "'view' access for at least one website".to_owned())
        }
        Need::SomeWrite => {
            (rights.has_some(Role::Write) || exchange.fault(F::SomeWriteMissing), "'write' access for at least one website".to_owned())
        }
        Need::SomeAdmin => {
            (rights.has_some(Role::Admin) || exchange.fault(F::SomeAdminMissing), "'admin' access for at least one website".to_owned())
        }
        Need::Super => {
            let after_error = exchange.report.last_route() == "ConformanceProbe.superThrowsNeedSuper";
            let lenient = exchange.fault(F::SuperMissing)
                || company::meets(exchange, F::SuperGoneWithFlat)
                || (after_error && exchange.fault(F::SuperStaysAfterError));
            (rights.super_user || lenient, "'superuser' access".to_owned())
        }
        Need::View => {
            let role = if exchange.fault(F::ViewCheckTooHigh) { Role::Write } else { Role::View };
            let lenient = exchange.fault(F::ViewMissing)
                || company::meets(exchange, F::ViewGoneWithCompare)
                || (exchange.fault(F::ViewOnAnySite) && rights.has_some(Role::View));
            on_site(exchange, actor, role, "view", lenient)?
        }
        Need::Write => {
            let lenient = exchange.fault(F::WriteMissing) || company::meets(exchange, F::WriteGoneWithCookie);
            on_site(exchange, actor, Role::Write, "write", lenient)?
        }
        Need::Admin => {
            let after_super = exchange.report.last_route() == "ConformanceProbe.superNeedAdmin";
            let lenient = exchange.fault(F::AdminMissing)
                || company::meets(exchange, F::AdminGoneWithGoal)
                || (after_super && exchange.fault(F::SuperKeepsSites));
            on_site(exchange, actor, Role::Admin, "admin", lenient)?
        }
    };
    if granted {
        return Ok(());
    }
    Err(Refusal::NoAccess(format!("You can't access this resource as it requires {missing}.")))
}

fn on_site(exchange: &Exchange, actor: &Actor, role: Role, word: &str, lenient: bool) -> Result<(bool, String), Refusal> {
    let site = match exchange.parameter("idSite") {
        Some(Value::Text(_)) => exchange.text("idSite"),
        _ => String::new(),
    };
    if site.is_empty() {
        return Err(Refusal::parameter_missing(&exchange.at.features, "idSite"));
    }
    let missing = format!("'{word}' access for the website id = {site}");
    let granted = if exchange.is_api() {
        let rights = &actor.rights;
        let ids: Vec<u32> = if site == "all" {
            rights.view.iter().chain(&rights.write).chain(&rights.admin).copied().collect()
        } else {
            site.split(',').filter_map(|id| id.trim().parse().ok()).collect()
        };
        let some = !ids.is_empty() || exchange.fault(F::NoSiteIsEnough);
        if !some && !rights.super_user {
            return Err(Refusal::no_site(&exchange.at.features));
        }
        rights.super_user || ids.into_iter().all(|id| rights.has(role, id))
    } else {
        site.parse().is_ok_and(|id| actor.rights.has(role, id))
    };
    Ok((granted || lenient, missing))
}
