//! The stand-in for GitHub behaves as GitHub documents, and the recorded deliveries are signed as GitHub signs.

mod consent;
mod exchange;
mod failures;
mod pkce;
mod recorded;
mod revocation;
mod support;
mod user;
