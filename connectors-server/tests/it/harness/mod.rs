//! A service to test, its provider's stand-in, and the request and answer types that tests read.

mod answer;
mod call;
mod contract;
mod database;
mod program;
mod service;
mod until;

pub use answer::Answer;
pub use call::Call;
pub use contract::{CONTRACT, OPERATIONS};
pub use database::{TestDatabase, on_postgres};
pub use program::{Program, UNSET};
pub use service::{CALLBACK, Service};
pub use until::{soon, until};
use uuid::Uuid;

/// The operator token that services under test know.
pub const TOKEN: &str = "operator-token-of-the-tests";

/// A second token, accepted too.
pub const SECOND_TOKEN: &str = "second-operator-token-of-the-tests";

/// The app's webhook secret.
pub const APP_SECRET: &str = "the-app's-webhook-secret";
/// The time at which a service's clock stands at first, in seconds since 1970.
pub const START: i64 = 1_767_323_045;
/// The secret with which Slack signs.
pub const SIGNING_SECRET: &str = "the-slack-app's-signing-secret";

/// For whom and by whom the tokens of Pub/Sub's push messages are.
pub const PUSH_AUDIENCE: &str = "https://connectors.example/webhooks/gmail";
pub const PUSH_ACCOUNT: &str = "pubsub@poblysh.iam.gserviceaccount.com";
/// The client secret of the Jira app, with which Jira signs.
pub const CLIENT_SECRET: &str = "the-jira-app's-client-secret";

/// The default tenant of a call.
pub const ACME: Uuid = Uuid::from_u128(0x11111111_1111_4111_8111_111111111111);

/// Another tenant.
pub const GLOBEX: Uuid = Uuid::from_u128(0x22222222_2222_4222_8222_222222222222);

/// The account that the recorded deliveries belong to.
pub const ACCOUNT: &str = "21031067";

/// The size of a proof: what `cargo xtask prove` asks for, else a number small enough for every run.
pub fn proof_size(usual: u32) -> u32 {
    std::env::var("PROVE").map_or(usual, |size| size.parse().expect("PROVE is a number"))
}
