//! What the examples and the tests of the service share: stand-ins for the providers, and recorded deliveries.
//!
//! - [`standin`]: servers that answer as a provider's OAuth and API endpoints do, on a port of their own.
//! - [`recorded`]: webhook deliveries as a provider sends them, signed with a secret of the caller's choice.
//! - [`backend`]: the service or the mock, whichever is asked for, and somebody who approves at GitHub.
//! - [`demo`]: the service, GitHub and Core's pages at once, which is what `cargo run -- demo` runs.
//! - [`journey`]: "Connect GitHub" from end to end, which is what `cargo run` runs.
//! - [`database`]: an empty database of one's own, SQLite's or PostgreSQL's.
//! - [`target`]: what the small examples run against, the mock or a service that is named.
//! - [`wiretap`]: a proxy that remembers what went over the wire.
//!
//! The stand-ins share no code with the service, so that a misreading of a provider's documentation in one place is not
//! confirmed by the other.

pub mod backend;
pub mod database;
pub mod demo;
pub mod journey;
pub mod recorded;
pub mod standin;
pub mod target;
pub mod wiretap;
