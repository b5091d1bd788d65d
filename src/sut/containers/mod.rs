//! The runtime `containers`: a database container and a PHP or Matomo container on a private network of their own.

mod apache;
mod container;
mod engine;
mod execution;
mod image;
mod labels;
mod lease;
mod leftover;
mod recipe;
mod serving;
mod start;

pub use engine::Engine;
pub use image::{Family, ImageName};
pub use leftover::{Leftover, leftovers, own_images, remove, remove_images};
pub use recipe::{DEFAULT_BASE, Recipe};
pub use start::{Matomo, Options, start};
