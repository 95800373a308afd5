//! The open connections: how many there may be, and which of them waits for a request.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// All open connections.
#[derive(Debug)]
pub(super) struct Connections {
    limit: usize,
    open: Mutex<Open>,
    changed: Notify,
    /// Cancelled when no new request is taken any more.
    pub(super) stopping: CancellationToken,
    /// Cancelled when requests under way are given up.
    pub(super) cut_off: CancellationToken,
}

#[derive(Debug, Default)]
struct Open {
    next_id: u64,
    slots: BTreeMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    /// Since when no request is under way.
    idle_since: Option<Instant>,
    evicted: CancellationToken,
}

impl Connections {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            open: Mutex::default(),
            changed: Notify::new(),
            stopping: CancellationToken::new(),
            cut_off: CancellationToken::new(),
        }
    }

    /// A slot for a new connection. At the limit the connection that has been idle longest is closed for it; while none is
    /// idle, this waits.
    pub(super) async fn admit(self: &Arc<Self>) -> Slot {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Before the look, so that a change right after it is not missed.
            changed.as_mut().enable();
            if let Some(slot) = self.try_admit() {
                return slot;
            }
            changed.await;
        }
    }

    fn try_admit(self: &Arc<Self>) -> Option<Slot> {
        let mut open = self.open();
        if open.slots.len() >= self.limit {
            let idle = open.slots.iter().filter_map(|(id, entry)| Some((entry.idle_since?, *id)));
            let (_, longest) = idle.min()?;
            open.slots.remove(&longest)?.evicted.cancel();
        }
        let (id, evicted) = (open.next_id, CancellationToken::new());
        open.next_id += 1;
        open.slots.insert(id, Entry { idle_since: Some(Instant::now()), evicted: evicted.clone() });
        Some(Slot { connections: Arc::clone(self), id, evicted })
    }

    /// Waits until there is none.
    pub(super) async fn all_closed(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.open().slots.is_empty() {
                return;
            }
            changed.await;
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // Each change is a single step, so nothing is half done when a holder panics.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place among the open ones; given back on drop.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) connections: Arc<Connections>,
    id: u64,
    /// Cancelled when a new connection takes this one's place.
    pub(super) evicted: CancellationToken,
}

impl Slot {
    /// Notes that a request is under way.
    pub(super) fn note_busy(&self) {
        if let Some(entry) = self.connections.open().slots.get_mut(&self.id) {
            entry.idle_since = None;
        }
    }

    /// Notes that no request is under way.
    pub(super) fn note_idle(&self) {
        let mut open = self.connections.open();
        let Some(entry) = open.slots.get_mut(&self.id).filter(|entry| entry.idle_since.is_none()) else { return };
        entry.idle_since = Some(Instant::now());
        drop(open);
        self.connections.changed.notify_waiters();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.open().slots.remove(&self.id);
        self.connections.changed.notify_waiters();
    }
}
