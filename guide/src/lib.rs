//! The integration guide: builds the book of `pages/`, and makes what is generated in it.

mod build;
mod diagrams;
pub mod exchanges;
pub mod generated;
mod requirements;
mod tables;

pub use build::{build, root};
pub use requirements::{Requirement, requirements};

/// What goes wrong, for people.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
