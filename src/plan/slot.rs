//! Settings slots: each has its own user directory and port, and all serve at once.

use super::lists;
use crate::model::{Allowlist, Delivery, Entry, Form, Names, Settings};

/// One configuration of Matomo under a stable name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Name as in case ids.
    pub name: &'static str,
    /// Its settings.
    pub settings: Settings,
}

/// All slots for the names of a Matomo. `ini` adds the slot whose list stands in `config.ini.php`.
pub fn slots(names: &Names, ini: bool) -> Vec<Slot> {
    let list = |entries: Vec<Entry>, form, delivery| Settings { allowlist: Allowlist { form, delivery, entries }, ..Settings::default() };
    let few =
        || vec![Entry::text("ConformanceProbe.needNothing"), Entry::text("VisitsSummary.index"), Entry::text("ConformanceProbe.needView")];
    let even = lists::half(names, true);
    let odd_half = lists::half(names, false);
    let mut slots = vec![
        Slot { name: "default", settings: Settings::default() },
        Slot { name: "flag", settings: Settings { flag: true, ..Settings::default() } },
        // Anything but 1 and true leaves the flag off.
        Slot { name: "flag-odd", settings: Settings { flag_text: Some("2".to_owned()), ..Settings::default() } },
        Slot { name: "list-even", settings: list(even.clone(), Form::List, Delivery::Instance) },
        Slot { name: "list-odd", settings: list(odd_half.clone(), Form::List, Delivery::Plugin) },
        Slot { name: "near", settings: list(lists::near(names), Form::List, Delivery::Instance) },
        Slot { name: "odd-entries", settings: list(lists::odd(), Form::List, Delivery::Instance) },
        Slot { name: "list-map", settings: list(few(), Form::Map, Delivery::Instance) },
        Slot { name: "list-closure", settings: list(few(), Form::Closure, Delivery::Instance) },
        Slot { name: "list-text", settings: list(few(), Form::Text, Delivery::Instance) },
        Slot { name: "list-null", settings: list(few(), Form::Null, Delivery::Instance) },
        Slot { name: "list-keys", settings: list(lists::keys(), Form::List, Delivery::Instance) },
        Slot { name: "list-long", settings: list(lists::long(), Form::List, Delivery::Instance) },
        Slot { name: "secure", settings: Settings { only_secure_tokens: true, ..Settings::default() } },
        Slot { name: "secure-list", settings: Settings { only_secure_tokens: true, ..list(even, Form::List, Delivery::Instance) } },
        Slot { name: "flag-list", settings: Settings { flag: true, ..list(odd_half, Form::List, Delivery::Instance) } },
        Slot { name: "anonymous-view", settings: Settings { anonymous_view: true, ..Settings::default() } },
    ];
    if ini {
        slots.push(Slot { name: "list-ini", settings: list(few(), Form::List, Delivery::Ini) });
    }
    slots
}
