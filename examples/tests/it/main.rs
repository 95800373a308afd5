//! The stand-ins behave as the providers document, and the recorded deliveries are signed as the providers sign.

mod consent;
mod exchange;
mod failures;
mod pkce;
mod recorded;
mod revocation;
mod slack;
mod support;
mod user;
