//! The Rust that the integration guide shows: a file a page, and [`Stage`] to run it on.
//!
//! What a page shows stands between `ANCHOR` comments; `run` around it is what the tests call, against the service and against
//! the mock, and what it shows is compared with `output/`.

pub mod handle_errors;
pub mod health;
pub mod make_client;
pub mod map_tenants;
pub mod offline_test;
pub mod one_account;
pub mod read_signals;
pub mod replay_delivery;
pub mod resume;
pub mod rotate_token;
mod stage;

pub use stage::Stage;

/// What goes wrong, for people.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The repository's README, whose examples run as tests.
#[doc = include_str!("../../../README.md")]
pub mod readme {}
