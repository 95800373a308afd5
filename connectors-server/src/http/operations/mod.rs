//! The operations, a file for each thing that they are about.

pub(super) mod connections;
pub(super) mod oauth;
pub(super) mod providers;
pub(super) mod service;
pub(super) mod signals;
pub(super) mod webhooks;
