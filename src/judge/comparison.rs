//! Two observations of the same case on two Matomos: what has changed between them, whatever the model says of either.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::verdict::{Verdict, compare_answers};
use crate::matomo::Observation;
use crate::model::Answer;

/// What has changed for a case, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It was refused and is opened.
    Opened,
    /// It was opened and is refused.
    Closed,
    /// Opened by both, now with more rights, or as somebody else.
    MoreRights,
    /// Opened by both, now with fewer rights.
    FewerRights,
    /// Opened by both, now by another way through the controllers.
    Route,
    /// Refused by both, for another reason.
    Reason,
    /// The same answer with another HTTP status.
    Status,
    /// At least one of the answers could not be read.
    Unclear,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Opened, Self::Closed, Self::MoreRights, Self::FewerRights, Self::Route, Self::Reason, Self::Status, Self::Unclear];

    /// Name as in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Closed => "closed",
            Self::MoreRights => "more rights",
            Self::FewerRights => "fewer rights",
            Self::Route => "other route",
            Self::Reason => "other reason",
            Self::Status => "other status",
            Self::Unclear => "unclear",
        }
    }

    /// The verdict that an entry of a file of known differences names it by.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Opened | Self::MoreRights => Verdict::Leak,
            Self::Closed | Self::FewerRights => Verdict::Lockout,
            Self::Route | Self::Reason | Self::Status => Verdict::WrongReason,
            Self::Unclear => Verdict::Unknown,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What has changed from the first observation to the second, if anything has.
pub fn change(base: &Observation, head: &Observation) -> Option<Change> {
    let (Observation::Clear { answer: old, status: old_status, .. }, Observation::Clear { answer: new, status, .. }) = (base, head) else {
        return Some(Change::Unclear);
    };
    let same = compare_answers(old, new);
    match (old, new) {
        (Answer::Denied { .. }, Answer::Opened { .. }) => Some(Change::Opened),
        (Answer::Opened { .. }, Answer::Denied { .. }) => Some(Change::Closed),
        (Answer::Opened { .. }, Answer::Opened { .. }) if same == Verdict::Leak => Some(Change::MoreRights),
        (Answer::Opened { .. }, Answer::Opened { .. }) if same == Verdict::Lockout => Some(Change::FewerRights),
        (Answer::Opened { .. }, Answer::Opened { .. }) if same != Verdict::Agree => Some(Change::Route),
        (Answer::Denied { .. }, Answer::Denied { .. }) if same != Verdict::Agree => Some(Change::Reason),
        _ if old_status != status => Some(Change::Status),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Reason, Rights, Role, Who};

    fn seen(answer: Answer, status: u16) -> Observation {
        Observation::Clear { answer, status, message: None, guarded: false }
    }

    fn opened(login: &str, rights: Rights, way: &str) -> Observation {
        let who = Who { login: login.to_owned(), rights };
        seen(Answer::Opened { who, route: vec![way.to_owned()], nested: None }, 200)
    }

    fn refused(reason: Reason, status: u16) -> Observation {
        seen(Answer::Denied { reason }, status)
    }

    #[test]
    fn every_change_has_its_name() {
        let (view, write) = (Rights::on([1], Role::View), Rights::on([1], Role::Write));
        let plain = opened("a", view.clone(), "A.b");
        let gate = refused(Reason::GateSomeWrite, 500);
        for (base, head, expected) in [
            (&plain, &plain, None),
            (&gate, &plain, Some(Change::Opened)),
            (&plain, &gate, Some(Change::Closed)),
            (&plain, &opened("a", write.clone(), "A.b"), Some(Change::MoreRights)),
            (&opened("a", write, "A.b"), &plain, Some(Change::FewerRights)),
            (&plain, &opened("b", view.clone(), "A.b"), Some(Change::MoreRights)),
            (&plain, &opened("a", view, "A.c"), Some(Change::Route)),
            (&gate, &refused(Reason::GateSuperUser, 500), Some(Change::Reason)),
            (&gate, &refused(Reason::NoRight, 500), Some(Change::Reason)),
            (&gate, &refused(Reason::GateSomeWrite, 403), Some(Change::Status)),
            (&gate, &Observation::Failed { error: "x".to_owned() }, Some(Change::Unclear)),
            (&Observation::Unknown { status: 200, why: "x".to_owned() }, &plain, Some(Change::Unclear)),
        ] {
            assert_eq!(change(base, head), expected, "{base:?} {head:?}");
        }
    }
}
