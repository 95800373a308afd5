//! Servers that stand in for the providers.
//!
//! Each is written from the provider's public documentation, listens on a free port of 127.0.0.1, and stops when its
//! handle is dropped. A refusal that the documentation describes is given in the provider's own words; where the
//! documentation is silent, the doc comment says which RFC was followed instead.

mod browser;
mod failures;
pub mod github;
pub mod google;
mod host;
pub mod jira;
mod page;
mod params;
pub mod slack;
pub mod zoho;

pub use browser::BrowserError;
pub use github::GitHubStandIn;
pub use google::GoogleStandIn;
pub use jira::JiraStandIn;
pub use slack::SlackStandIn;
pub use zoho::ZohoStandIn;
