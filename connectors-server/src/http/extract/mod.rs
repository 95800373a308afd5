//! What handlers take out of a request, in the contract's order of checks.

mod auth;
mod body;
mod fields;
mod path;
mod query;
mod tenant;

pub(super) use auth::{Access, Anybody, Operator};
pub(super) use body::{hang_up_unread, read_json, read_webhook};
pub(super) use fields::{Fields, boolean, integer, json_object, one_of, timestamp, uuid};
pub(super) use path::PathFields;
pub(super) use query::QueryFields;
pub(super) use tenant::{Tenant, tenant_of};
