//! Named scripts: what Core does, and every refusal that it can meet.

mod callers;
mod codes;
mod crowds;
mod deliveries;
mod google;
mod jira;
mod journey;
mod oauth;
mod queries;
mod requests;
mod slack;
mod zoho;

use crate::twin::{Call, Secret, Step, approve, get, post};

macro_rules! script {
    ($($step:expr),+ $(,)?) => {
        [$($crate::twin::Step::from($step)),+]
    };
}
use script;

/// Connects the tenant's account; keeps `url`, `back` and `connection`.
fn connected() -> Vec<Step> {
    script![
        post("/connect/github").keep("url", "/authorize_url"),
        approve("url", "back"),
        get("/connect/github/callback?{back}").keep("connection", "/connection/id"),
    ]
    .into()
}

fn after(begin: Vec<Step>, script: impl IntoIterator<Item = Step>) -> Vec<Step> {
    begin.into_iter().chain(script).collect()
}

/// A delivery to the tenant's own URL, signed with its own secret.
fn delivered(name: &str, id: &str) -> Call {
    post("/webhooks/github/{acme}").anonymous().delivery(name, id).signed(Secret::Own("acme"))
}
