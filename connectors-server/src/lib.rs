//! The Poblysh Connectors Service: third-party connections, OAuth, tokens, and normalized signals.
//!
//! [`router`] is the whole HTTP surface; the binary `connectors-server` serves it. Data flows one way: [`http`] checks a
//! request and words the answer, [`service`] does the work, [`store`] keeps it; [`provider`] knows each third-party service
//! and neither of them.

pub mod clock;
pub mod config;
pub mod crypto;
mod error_chain;
#[doc(hidden)]
pub mod failpoint;
pub mod http;
pub mod model;
pub mod provider;
pub mod serve;
pub mod service;
pub mod store;
mod suggest;

pub use http::{AppState, document, router};
