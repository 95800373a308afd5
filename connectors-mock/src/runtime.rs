//! The mock's own thread: the gates of all mocks of the process are kept there, and the machine's time passes there.

use std::{future::pending, sync::LazyLock, thread, time::Duration};

use tokio::{
    runtime::{self, Handle},
    task::JoinSet,
};

/// The runtime of that thread.
pub(crate) static RUNTIME: LazyLock<Handle> = LazyLock::new(|| {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime of tokio's");
    let handle = runtime.handle().clone();
    let run = move || runtime.block_on(pending::<()>());
    thread::Builder::new().name("connectors-mock".into()).spawn(run).expect("a thread");
    handle
});

/// Waits by the machine's clock. A test's own runtime can't tell the time where it is paused: there every wait is over as soon
/// as nothing else is to be done, and an answer of the mock's is nothing of that runtime's.
pub(crate) fn passes(time: Duration) -> impl Future<Output = ()> {
    // Dropped, it forgets the wait.
    let mut waits = JoinSet::new();
    waits.spawn_on(async move { tokio::time::sleep(time).await }, &RUNTIME);
    async move {
        waits.join_next().await;
    }
}
