//! The twin: one script, run against the service and against the mock, must get the same answers.
//!
//! ```text
//! let script = [get("/providers").anonymous(), get("/connections")];
//! twin::same(&script).await;
//! ```
//!
//! What either side makes up (ids, states, cursors, trace ids, the origin of authorize URLs) is renamed, each consistently
//! over the script. Then status, headers and body must be equal; times too, as both clocks begin and move alike.

mod by_hand;
mod call;
mod mock;
mod names;
mod service;
mod side;
mod transcript;

pub use call::{
    Call, GMAIL_PUSH, Outage, SLACK_TIME, Secret, Sending, Step, advance, approve, approve_as, delete, deny, get, held,
    outage, post, request,
};
pub use mock::MockSide;
pub use service::ServiceSide;
pub use side::{ACME, BEGIN, OTHER_REDIRECT, Setup, Side, run};
pub use transcript::{Transcript, differences};

/// Fails unless service and mock answer the script alike.
#[track_caller]
pub fn same(script: &[Step]) -> impl Future<Output = ()> {
    same_with(Setup::default(), script)
}

/// As [`same`], with a set-up.
#[track_caller]
pub fn same_with(setup: Setup, script: &[Step]) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let differences = compared(&setup, script).await;
        assert!(differences.is_empty(), "{caller}: service and mock differ:\n{}", differences.join("\n"));
    }
}

/// In what service and mock answer the script differently.
pub async fn compared(setup: &Setup, script: &[Step]) -> Vec<String> {
    let service = run(&mut ServiceSide::start(setup).await, script).await;
    let mock = run(&mut MockSide::start(setup).await, script).await;
    differences(&service, &mock)
}
