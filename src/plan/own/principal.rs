//! Who asks endpoints for their own checks.

/// A principal of own checks.
#[derive(Debug, PartialEq, Eq)]
pub struct OwnPrincipal {
    /// Name as in reports.
    pub name: &'static str,
    /// Short name of the user; `None` is nobody.
    pub user: Option<&'static str>,
    /// Sites on which there is at least view access, `None` for all.
    pub sites: Option<&'static [u32]>,
}

const fn of(name: &'static str, sites: Option<&'static [u32]>) -> OwnPrincipal {
    OwnPrincipal { name, user: Some(name), sites }
}

/// Names of the first six, each with more rights on the asked site than the one before.
pub const LADDER: [&str; 6] = ["anonymous", "no-access", "view", "write", "admin", "super"];

/// All of them: first those with more and more rights on the site that is asked for, then those with rights elsewhere.
pub static OWN_PRINCIPALS: [OwnPrincipal; 9] = [
    OwnPrincipal { name: "anonymous", user: None, sites: Some(&[]) },
    of("no-access", Some(&[])),
    of("view", Some(&[1, 2])),
    of("write", Some(&[1, 2])),
    of("admin", Some(&[1, 2])),
    of("super", None),
    of("view-elsewhere", Some(&[2])),
    of("admin-elsewhere", Some(&[2])),
    of("mixed", Some(&[1, 2])),
];
