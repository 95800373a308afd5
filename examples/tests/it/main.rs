//! The stand-in for GitHub behaves as GitHub documents, the recorded deliveries are signed as GitHub signs, and what can be run
//! runs.

mod commands;
mod consent;
mod exchange;
mod failures;
mod pkce;
mod recorded;
mod revocation;
mod small;
mod support;
mod user;
