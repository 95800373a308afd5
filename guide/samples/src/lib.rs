//! The Rust that the integration guide shows: a file a page.

/// The repository's README, whose examples run as tests.
#[doc = include_str!("../../../README.md")]
pub mod readme {}
