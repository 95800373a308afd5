//! The places at which a process can die, counted, so that a test can end a piece of work at each of them.
//!
//! Every operation on the database and every request to a provider has two: before it has an effect, and after that, before its
//! outcome is known. Outside [`die_at`] they cost a look at a task-local variable.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Notify;

struct Life {
    left: AtomicU64,
    died: Arc<Notify>,
}

tokio::task_local! {
    static LIFE: Life;
}

/// Does `work` until it comes to the `place`-th place, counted from 0, where it ends as by `kill -9`. What it came to, if it
/// did not come that far. Work that it spawns lives on.
pub async fn die_at<T>(place: u64, work: impl Future<Output = T>) -> Option<T> {
    let died = Arc::new(Notify::new());
    let life = Life { left: AtomicU64::new(place), died: Arc::clone(&died) };
    tokio::select! {
        biased;
        () = died.notified() => None,
        done = LIFE.scope(life, work) => Some(done),
    }
}

/// An operation with a place before it and one after it.
pub(crate) async fn mortal<T>(operation: impl Future<Output = T>) -> T {
    reached().await;
    let done = operation.await;
    reached().await;
    done
}

async fn reached() {
    let dies = LIFE.try_with(|life| {
        let left = life.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_err() {
            life.died.notify_one();
        }
        left.is_err()
    });
    if dies.unwrap_or(false) {
        pending::<()>().await;
    }
}
