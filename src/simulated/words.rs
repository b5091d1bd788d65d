//! Words that the simulated Matomo's pages ask a request for. None of them decides anything, but for planted faults.

/// A name, and the values that it is compared with.
pub type Word = (&'static str, &'static [&'static str]);

/// Parameters.
pub static PARAMETERS: [Word; 24] = [
    ("columns", &["revenue"]),
    ("compare", &["1"]),
    ("date", &["today", "previous"]),
    ("disableLink", &["1"]),
    ("expanded", &[]),
    ("filter_limit", &["0"]),
    ("flat", &["1"]),
    ("format_metrics", &["0", "all"]),
    ("hideMetricsDoc", &[]),
    ("idGoal", &["", "ecommerceOrder"]),
    ("idSubtable", &[]),
    ("inPopover", &["0"]),
    ("label", &[","]),
    ("nonce", &[]),
    ("onetime", &["true"]),
    ("period", &["day", "month", "range", "week", "year"]),
    ("popover", &[]),
    ("random", &[]),
    ("segment", &[]),
    ("show_goals_columns", &[]),
    ("showtitle", &["1"]),
    ("uid", &[]),
    ("viewDataTable", &["", "ecommerceOrder", "sparkline"]),
    ("widget", &["0", "1"]),
];

/// Headers.
pub static HEADERS: [Word; 8] = [
    ("Accept-Language", &[]),
    ("Client-Ip", &[]),
    ("Dnt", &["1"]),
    ("Origin", &[]),
    ("Referer", &["module=CoreHome&action=index"]),
    ("X-Forwarded-For", &[]),
    ("X-Forwarded-Proto", &["http", "https"]),
    ("X-Moz", &["prefetch"]),
];

/// Cookies.
pub static COOKIES: [Word; 3] = [("matomo_auth", &[]), ("matomo_ignore", &[]), ("matomo_lang", &[])];

/// Texts that something is compared with near a decision.
pub static COMPARED: [&str; 6] = ["0", "1", "all", "index", "range", "sparkline"];
