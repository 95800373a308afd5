//! The service, called over a real socket on a real database: SQLite, or PostgreSQL where `TEST_DATABASE` says so.
//!
//! Every answer that a test sees is held against the OpenAPI document.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]

mod harness;
mod jira;

mod auth;
mod connections;
mod contract;
mod document;
mod durability;
mod fuzz;
mod github_issues;
mod google;
mod lifecycle;
mod oauth;
mod plans;
mod rate_limit;
mod refresh;
mod replicas;
mod requests;
mod schema;
mod signals;
mod slack;
mod sockets;
mod upkeep;
mod walk;
mod webhooks;
mod zoho;
