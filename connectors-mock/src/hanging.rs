//! Requests that get no answer, the time-outs that end them, and calls that wait.
//!
//! A call that hangs ends when its time-out has passed by the mock's clock, and one that waits goes on then. The clock moves by
//! itself once nothing else is under way: once each call that could time out waits for a request that hangs. A call whose
//! request is being answered is waited for.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::oneshot::{Receiver, Sender, channel};

use crate::timestamp::Timestamp;

/// What hangs, and what waits.
#[derive(Debug, Default)]
pub(crate) struct Hanging(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    made: u64,
    /// How often anything was forgotten.
    forgotten: u64,
    /// In the order in which they came.
    requests: Vec<Request>,
    time_outs: Vec<TimeOut>,
    sleepers: Vec<Sleeper>,
}

/// A call that waits before it is made again.
#[derive(Debug)]
struct Sleeper {
    id: u64,
    deadline: Timestamp,
    over: Sender<()>,
}

/// A request that gets no answer.
#[derive(Debug)]
struct Request {
    id: u64,
    came: Instant,
    /// Whether its caller has been told that the time is over, and is about to leave.
    is_given_up: bool,
}

/// The time-out of a call on the mock's clock.
#[derive(Debug)]
struct TimeOut {
    id: u64,
    /// From when on its request can have come.
    since: Instant,
    deadline: Timestamp,
    over: Sender<()>,
}

/// Forgets a request or a time-out when it is dropped.
#[derive(Debug)]
pub(crate) struct Kept {
    hanging: Arc<Hanging>,
    id: u64,
}

impl Hanging {
    /// A request gets no answer for as long as this is kept.
    pub(crate) fn request(self: &Arc<Self>) -> Kept {
        let mut state = self.state();
        let id = state.next();
        state.requests.push(Request { id, came: Instant::now(), is_given_up: false });
        state.settle();
        Kept { hanging: Arc::clone(self), id }
    }

    /// A call is under way whose request comes at `since` at the earliest, for as long as this is kept. Something comes when the
    /// mock's clock is to move on to the deadline.
    pub(crate) fn time_out(self: &Arc<Self>, since: Instant, deadline: Timestamp) -> (Kept, Receiver<()>) {
        let (over, receiver) = channel();
        let mut state = self.state();
        let id = state.next();
        state.time_outs.push(TimeOut { id, since, deadline, over });
        state.time_outs.sort_by_key(|time_out| time_out.since);
        state.settle();
        (Kept { hanging: Arc::clone(self), id }, receiver)
    }

    /// A call waits until the deadline, for as long as this is kept. Something comes when the mock's clock is to move on to it.
    pub(crate) fn sleep(self: &Arc<Self>, deadline: Timestamp) -> (Kept, Receiver<()>) {
        let (over, receiver) = channel();
        let mut state = self.state();
        let id = state.next();
        state.sleepers.push(Sleeper { id, deadline, over });
        state.settle();
        (Kept { hanging: Arc::clone(self), id }, receiver)
    }

    /// A number that changes whenever a call begins, ends or waits.
    pub(crate) fn changes(&self) -> u64 {
        let state = self.state();
        state.made + state.forgotten
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Ends time-outs and waits, the first to end first, as long as each time-out has a request of its own that hangs.
    fn settle(&mut self) {
        loop {
            let mut hanging = (0..self.requests.len()).filter(|index| !self.requests[*index].is_given_up);
            let pairs = self.time_outs.iter().map(|time_out| {
                let request = hanging.find(|index| self.requests[*index].came >= time_out.since)?;
                Some((request, time_out.deadline, time_out.id))
            });
            let Some(pairs) = pairs.collect::<Option<Vec<_>>>() else { return };
            let first = pairs.into_iter().min_by_key(|(_, deadline, _)| *deadline);
            let wakes = self.sleepers.iter().map(|sleeper| sleeper.deadline).min();
            if let Some(wakes) = wakes.filter(|wakes| first.is_none_or(|(_, deadline, _)| *wakes <= deadline)) {
                for sleeper in self.sleepers.extract_if(.., |sleeper| sleeper.deadline == wakes) {
                    // Who does not listen any more has gone.
                    let _ = sleeper.over.send(());
                }
                // Whoever wakes is about to make a call; what comes later waits for it.
                return;
            }
            let Some((request, _, id)) = first else { return };
            self.requests[request].is_given_up = true;
            for time_out in self.time_outs.extract_if(.., |time_out| time_out.id == id) {
                // Who does not listen any more has its answer.
                let _ = time_out.over.send(());
            }
        }
    }

    fn forget(&mut self, id: u64) {
        self.forgotten += 1;
        let is_known = self.time_outs.iter().any(|time_out| time_out.id == id)
            || self.sleepers.iter().any(|sleeper| sleeper.id == id);
        self.time_outs.retain(|time_out| time_out.id != id);
        self.sleepers.retain(|sleeper| sleeper.id != id);
        let left = self.requests.iter().position(|request| request.id == id).map(|index| self.requests.remove(index));
        // Which caller was told belongs to which request is not known; when one leaves, one less is about to.
        if left.as_ref().is_some_and(|left| !left.is_given_up)
            && let Some(other) = self.requests.iter_mut().find(|other| other.is_given_up)
        {
            other.is_given_up = false;
        }
        // Who was told that the time has come goes on, and is about to make a call.
        if is_known || left.is_some() {
            self.settle();
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.hanging.state().forget(self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn deadline(seconds: u64) -> Timestamp {
        Timestamp::parse("2026-01-02T03:04:05Z").unwrap().after(Duration::from_secs(seconds))
    }

    #[test]
    fn time_passes_once_all_that_is_under_way_hangs() {
        let hanging = Arc::<Hanging>::default();
        let since = Instant::now();
        let (_late, mut late) = hanging.time_out(since, deadline(20));
        let (_soon, mut soon) = hanging.time_out(since, deadline(10));
        let (answered, _) = hanging.time_out(since, deadline(5));
        let _one = hanging.request();
        let _other = hanging.request();
        assert!(soon.try_recv().is_err() && late.try_recv().is_err());
        drop(answered);
        assert!(soon.try_recv().is_ok() && late.try_recv().is_ok());
    }

    #[test]
    fn who_waits_at_the_same_time_waits_together_and_for_those_who_are_under_way() {
        let hanging = Arc::<Hanging>::default();
        let (answered, _) = hanging.time_out(Instant::now(), deadline(5));
        let (one, mut first) = hanging.sleep(deadline(30));
        assert!(first.try_recv().is_err());
        let (_other, mut second) = hanging.sleep(deadline(30));
        let (_late, mut late) = hanging.sleep(deadline(60));
        drop(answered);
        assert!(first.try_recv().is_ok() && second.try_recv().is_ok() && late.try_recv().is_err());
        // The one that wakes calls again before the next one's time comes.
        drop(one);
        assert!(late.try_recv().is_err());
        let (again, _) = hanging.time_out(Instant::now(), deadline(40));
        assert!(late.try_recv().is_err());
        drop(again);
        assert!(late.try_recv().is_ok());
    }

    #[test]
    fn a_call_does_not_end_because_of_a_request_that_is_none_of_its_own() {
        let hanging = Arc::<Hanging>::default();
        let strange = hanging.request();
        let (_call, mut call) = hanging.time_out(Instant::now(), deadline(10));
        assert!(call.try_recv().is_err());
        let own = hanging.request();
        assert!(call.try_recv().is_ok());
        // The call is made again before the gate has seen that its caller is gone.
        let (_again, mut again) = hanging.time_out(Instant::now(), deadline(20));
        drop(strange);
        drop(own);
        assert!(again.try_recv().is_err());
    }
}
