//! Tests of the whole pipeline: the facts' tables over HTTP, and every planted fault.

mod aliases;
mod faults;
mod fixture;
mod newer;
mod principals;
mod sessions;
mod wire;
