//! Planted faults that show only in company: where the request carries something that decides nothing.

use super::exchange::Exchange;
use super::fault::FaultKind as F;

/// What a request carries, as planted faults ask for it.
struct Carried<'e, 'a>(&'e Exchange<'a>);

impl Carried<'_, '_> {
    fn has(&self, name: &str) -> bool {
        self.0.parameter(name).is_some()
    }

    fn posted(&self, name: &str) -> bool {
        self.0.post.contains_key(name.as_bytes())
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.0.text(name) == value
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.0.incoming.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn cookie(&self, name: &str) -> bool {
        self.0.incoming.cookie.split(';').any(|pair| pair.split('=').next().is_some_and(|known| known.trim() == name))
    }
}

/// Whether such a fault is planted and the request carries what it looks for.
pub fn meets(exchange: &Exchange, fault: F) -> bool {
    if !exchange.fault(fault) {
        return false;
    }
    let carried = Carried(exchange);
    match fault {
        F::SkippedWithDisableLink => carried.has("disableLink"),
        F::SkippedForRange => carried.is("period", "range"),
        F::SkippedWithSegment | F::SuperWithSegment => carried.has("segment"),
        F::SkippedForPostedWidget => carried.posted("widget"),
        F::SkippedForSparkline => carried.is("viewDataTable", "sparkline"),
        F::SkippedWithoutSite => !carried.has("idSite"),
        F::SkippedWithoutPeriod => !carried.has("period") && !carried.has("date"),
        F::SkippedForPopover => carried.has("inPopover") && carried.has("showtitle"),
        F::SkippedBehindProxy => carried.header("x-forwarded-for").is_some(),
        F::SkippedForOrigin => carried.header("origin").is_some(),
        F::SkippedWithoutTracking => carried.header("dnt") == Some("1"),
        F::SkippedForPrefetch => carried.header("x-moz") == Some("prefetch"),
        F::SkippedWithIgnoreCookie => carried.cookie("matomo_ignore"),
        F::SkippedOnPut => exchange.incoming.method == "PUT",
        F::SkippedOnMultipart => exchange.incoming.content_type.starts_with("multipart/"),
        F::SkippedOnJson => exchange.incoming.content_type.starts_with("application/json"),
        F::FlagWithUid => carried.has("uid"),
        F::ExpiredWithNonce => carried.has("nonce"),
        F::SecureByProxy => carried.header("x-forwarded-proto") == Some("https"),
        F::PolicyGoneWithReferrer => carried.header("referer").is_some_and(|value| value.contains("module=CoreHome")),
        F::ViewGoneWithCompare => carried.is("compare", "1"),
        F::WriteGoneWithCookie => carried.cookie("matomo_lang"),
        F::AdminGoneWithGoal => carried.is("idGoal", "ecommerceOrder"),
        F::SuperGoneWithFlat => carried.has("flat"),
        F::SessionWithRandom => carried.has("random"),
        _ => false,
    }
}

/// Faults that leave the whole gate out.
const SKIPPING: [F; 16] = [
    F::SkippedWithDisableLink,
    F::SkippedForRange,
    F::SkippedWithSegment,
    F::SkippedForPostedWidget,
    F::SkippedForSparkline,
    F::SkippedWithoutSite,
    F::SkippedWithoutPeriod,
    F::SkippedForPopover,
    F::SkippedBehindProxy,
    F::SkippedForOrigin,
    F::SkippedWithoutTracking,
    F::SkippedForPrefetch,
    F::SkippedWithIgnoreCookie,
    F::SkippedOnPut,
    F::SkippedOnMultipart,
    F::SkippedOnJson,
];

/// Whether the gate is left out.
pub fn skips_gate(exchange: &Exchange) -> bool {
    SKIPPING.iter().any(|fault| meets(exchange, *fault))
}
