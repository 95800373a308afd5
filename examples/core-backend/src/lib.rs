//! What Poblysh Core would write to use the Connectors Service: the integration guide's running example.
//!
//! - [`users`] and [`session`]: who is there, and for which tenant. The service knows nothing of either.
//! - [`tenants`]: the tenant's id at the service, by either strategy of the guide.
//! - [`integrations`], [`oauth`], [`accounts`], [`activity`]: the five steps of the guide, each with the client.
//! - [`api`]: they as JSON, for a frontend of its own. `pages`: they as HTML.
//! - [`failure`]: what users may see of an error.

pub mod accounts;
pub mod activity;
pub mod api;
pub mod failure;
pub mod integrations;
mod link;
pub mod oauth;
mod pages;
mod same_origin;
mod server;
pub mod session;
mod state;
pub mod tenants;
pub mod users;

pub use server::{app, serve};
pub use state::Core;
