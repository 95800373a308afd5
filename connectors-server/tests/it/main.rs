//! The service, called over a real socket on a real database.
//!
//! Every answer that a test sees is held against the OpenAPI document.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]

mod harness;

mod auth;
mod connections;
mod contract;
mod document;
mod durability;
mod fuzz;
mod lifecycle;
mod oauth;
mod rate_limit;
mod requests;
mod signals;
mod sockets;
mod walk;
mod webhooks;
