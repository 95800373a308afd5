//! Requests as the service judges them, in the contract's order, and the answers it gives.

mod answer;
mod body;
mod caller;
mod fields;
mod incoming;
mod json;
mod problem;
mod query;
mod rate_limit;
mod request;
mod request_id;

pub(crate) use self::{
    answer::Answer,
    body::{Body, body_limit, check_body},
    caller::{Caller, authenticate},
    fields::Fields,
    incoming::Incoming,
    json::{Distinct, Members, json_fields},
    problem::Problem,
    query::Query,
    rate_limit::{Buckets, RateLimit},
    request::{Request, path_of},
    request_id::request_id,
};
