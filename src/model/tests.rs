//! The model, clause by clause as tables, and over its whole input space as properties.

mod clause_list;
mod dispatch;
mod gate;
mod identity;
mod nested;
mod parameters;
mod properties;
mod second_factor;
mod session;
mod status;
pub mod support;
mod widget;
