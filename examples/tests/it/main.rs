//! The stand-ins behave as the providers document, the recorded deliveries are signed as the providers sign, and what can be run
//! runs.

mod commands;
mod consent;
mod exchange;
mod failures;
mod jira;
mod pkce;
mod recorded;
mod revocation;
mod slack;
mod small;
mod support;
mod user;
