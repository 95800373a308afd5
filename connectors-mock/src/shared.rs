//! What the mock, its handles and its responder share.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use connectors_client::Connectors;

use crate::{
    gate::Order, hanging::Hanging, requests::RecordedRequest, responder::Unjudged, settings::Settings, state::World,
    timestamp::Timestamp, violation::Violation,
};

/// A running mock behind its handles.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    /// `http://127.0.0.1:41234`
    pub(crate) origin: String,
    pub(crate) hanging: Arc<Hanging>,
    pub(crate) order: Order,
    /// Whether a client has waited, before a repetition: its budget of them is not what it was.
    pub(crate) has_waited: AtomicBool,
    client: Mutex<Option<Connectors>>,
    /// When it was made.
    pub(crate) begun: Instant,
    /// How much time has passed, in microseconds. It goes on where a snapshot sets the clock back.
    passed: AtomicU64,
    world: Mutex<World>,
    requests: Mutex<Vec<RecordedRequest>>,
    violations: Mutex<Vec<Violation>>,
    unjudged: Mutex<Vec<Unjudged>>,
}

impl Shared {
    pub(crate) fn new(settings: Settings, origin: String, world: World) -> Self {
        Self {
            settings,
            origin,
            hanging: Arc::default(),
            order: Order::default(),
            has_waited: AtomicBool::new(false),
            client: Mutex::default(),
            begun: Instant::now(),
            passed: AtomicU64::new(0),
            world: Mutex::new(world),
            requests: Mutex::default(),
            violations: Mutex::default(),
            unjudged: Mutex::default(),
        }
    }

    /// The client that is handed out, once there is one.
    pub(crate) fn client(&self) -> MutexGuard<'_, Option<Connectors>> {
        locked(&self.client)
    }

    /// How much time has passed since the mock was started.
    pub(crate) fn passed(&self) -> Duration {
        Duration::from_micros(self.passed.load(Ordering::Relaxed))
    }

    /// Moves the clock.
    pub(crate) fn pass(&self, time: Duration) {
        let mut world = self.world();
        let then = world.now.after(time);
        self.move_clock(&mut world, then);
    }

    /// Moves the clock on to `then`, unless it is there.
    pub(crate) fn pass_until(&self, then: Timestamp) {
        let mut world = self.world();
        self.move_clock(&mut world, then);
    }

    fn move_clock(&self, world: &mut World, then: Timestamp) {
        let passes = then.since(world.now);
        world.now = world.now.max(then);
        self.passed.fetch_add(u64::try_from(passes.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        locked(&self.world)
    }

    pub(crate) fn requests(&self) -> MutexGuard<'_, Vec<RecordedRequest>> {
        locked(&self.requests)
    }

    pub(crate) fn unjudged(&self) -> MutexGuard<'_, Vec<Unjudged>> {
        locked(&self.unjudged)
    }

    /// Those so far, all answers that were given included.
    pub(crate) fn violations(&self) -> MutexGuard<'_, Vec<Violation>> {
        self.judge();
        locked(&self.violations)
    }

    pub(crate) fn violates(&self, violation: Violation) {
        locked(&self.violations).push(violation);
    }
}

/// A panic while the lock was held is reported as a violation; what it left behind is still worth asking.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
