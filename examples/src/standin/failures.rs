//! How a stand-in is made to fail.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The failures that are still to come, per endpoint.
#[derive(Debug)]
pub(super) struct Failures<E, F>(HashMap<E, VecDeque<F>>);

impl<E, F> Default for Failures<E, F> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<E: Eq + Hash, F: Clone> Failures<E, F> {
    /// Makes the next `n` calls of an endpoint fail, after those that are already set to.
    pub(super) fn push(&mut self, endpoint: E, n: usize, failure: F) {
        self.0.entry(endpoint).or_default().extend(std::iter::repeat_n(failure, n));
    }

    /// How the call that is there now is to fail.
    pub(super) fn next(&mut self, endpoint: E) -> Option<F> {
        self.0.get_mut(&endpoint)?.pop_front()
    }
}

/// What a mutex guards. A test that has failed while it held one has said so already.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
