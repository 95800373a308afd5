//! Core's backend behaves as its users and its operators expect, against the service and against the mock.

mod api;
mod browser;
mod callback;
mod limits;
mod pages;
mod person;
mod secrets;
mod sessions;
mod site;
mod tenants;
