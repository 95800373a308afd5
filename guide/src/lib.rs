//! The integration guide: builds the book of `pages/`.

mod build;

pub use build::{build, root};

/// What goes wrong, for people.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
