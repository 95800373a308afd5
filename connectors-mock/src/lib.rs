//! The Poblysh Connectors Service, for tests.
//!
//! [`ConnectorsMock`] listens on a port of its own and answers every request as the service does: the same statuses, headers
//! and bodies, refusals included. A test of Poblysh Core takes a client from it, seeds what the tenant has, and plays the
//! user at the browser:
//!
//! ```
//! use connectors_mock::ConnectorsMock;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mock = ConnectorsMock::start().await;
//! let acme = mock.tenant("acme");
//! let client = acme.client();
//!
//! let started = client.start_oauth("github").send().await?;
//! let callback = mock.user().approves(&started.authorize_url);
//! let query = callback.query().unwrap_or_default().parse()?;
//! let connection = client.complete_oauth("github", query, &started.state).await?;
//!
//! acme.receives("github", "issue_created");
//! let signals = client.signals().connection(connection.id).page().await?;
//! assert_eq!(signals.items[0].title, "Spelling error in the README file");
//! # Ok(())
//! # }
//! ```
//!
//! # What it is
//!
//! The rules by which it judges a request are read from the `openapi.json` that the service serves, and it holds each of its
//! own answers against that document. Its tests run the same scripts against the service and against the mock, and fail
//! where a status, a header or a byte of a body differs.
//!
//! It leaves nothing to chance but its port, and its clock stands still while nobody moves it: a test makes the same ids, times
//! and states each time. Where a client repeats a call without having been told when, its wait is random, and what is made
//! after it has other times and ids. It works in every runtime of tokio's, of one thread or more, also where `start_paused` has
//! stopped tokio's own time.
//!
//! # What it is not
//!
//! It knows providers as data: the recorded deliveries in its catalogue, each with the signals that the service makes of it.
//! A delivery with the JSON of a recorded one, no name in it twice, stores those signals; any other that is signed as it must be is `ignored`, as if
//! no rule made a signal of it. A provider's word that a grant was withdrawn is such a delivery: seed a connection whose
//! status is `revoked` in its place.
//!
//! What the service does while nobody calls it, the mock does not do: no token is refreshed, so that `expires_at` passes and stays,
//! no webhook is subscribed, and nothing is fetched. Deliveries that only tell that something has changed, as all of Google's do,
//! therefore store nothing: [`receives`](Tenant::receives) plays what the service would have fetched. Signatures that rest on a subscription or on
//! a provider's keys, those of Google's deliveries and of Zoho Cliq's app, can't be made for the mock: they are `INVALID_SIGNATURE`.
//!
//! `/docs` is a page of the mock's own. A request that HTTP itself does not allow is in no record. The mock never closes a connection
//! that is idle.
//!
//! # Violations
//!
//! A request that no operation matches is answered as the service answers it, with a did-you-mean in the message, and fails the
//! test when the mock is dropped or [`verify`](ConnectorsMock::verify) is called; so does an answer of the mock's that the contract does not allow.

/// Its examples run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod builder;
mod catalogue;
mod clock;
mod contract;
mod delivery;
mod docs;
mod fault;
mod gate;
mod hanging;
mod http;
mod journey;
mod mock;
mod operation;
mod operations;
mod plan;
mod provider;
mod requests;
mod responder;
mod runtime;
mod seed;
mod settings;
mod shared;
mod state;
mod suggest;
mod tenant;
mod timestamp;
mod violation;

pub use self::{
    builder::ConnectorsMockBuilder,
    clock::Clock,
    delivery::Delivery,
    fault::{Fault, On},
    mock::{ConnectorsMock, Snapshot},
    operation::Operation,
    provider::User,
    requests::RecordedRequest,
    seed::{NewConnection, NewSignal},
    tenant::Tenant,
    violation::Violation,
};
/// The `wiremock` of [`ConnectorsMock::wiremock`].
pub use wiremock;
