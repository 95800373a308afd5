//! The mock's own threads: the gates of all mocks of the process are kept there, and the machine's time passes there.

use std::{
    future::pending,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::{
    runtime::{self, Handle},
    task::JoinSet,
};

/// The runtimes of those threads, of which there is one for each processor at most. Each is started when it is first needed.
static RUNTIMES: LazyLock<Vec<LazyLock<Handle>>> = LazyLock::new(|| {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    (0..processors).map(|_| LazyLock::new(start as fn() -> Handle)).collect()
});

fn start() -> Handle {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime of tokio's");
    let handle = runtime.handle().clone();
    let run = move || runtime.block_on(pending::<()>());
    thread::Builder::new().name("connectors-mock".into()).spawn(run).expect("a thread");
    handle
}

/// The runtime whose turn it is.
pub(crate) fn next() -> &'static Handle {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    &RUNTIMES[turn % RUNTIMES.len()]
}

/// The runtime where the machine's time passes.
pub(crate) fn timer() -> &'static Handle {
    &RUNTIMES[0]
}

/// Waits by the machine's clock. A test's own runtime can't tell the time where it is paused: there every wait is over as soon
/// as nothing else is to be done, and an answer of the mock's is nothing of that runtime's.
pub(crate) fn passes(time: Duration) -> impl Future<Output = ()> {
    // Dropped, it forgets the wait.
    let mut waits = JoinSet::new();
    waits.spawn_on(async move { tokio::time::sleep(time).await }, timer());
    async move {
        waits.join_next().await;
    }
}
