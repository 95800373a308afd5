//! Requests that get no answer, the time-outs that end them, and calls that wait.
//!
//! A call that hangs ends when its time-out has passed by the mock's clock, and one that waits goes on then. The clock moves by
//! itself once nothing else is under way: once each call that could time out waits for a request that hangs. A call whose
//! request is being answered is waited for, and so is one that is about to go on.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::oneshot::{Receiver, Sender, channel};

use crate::{runtime, timestamp::Timestamp};

/// How long, by the machine's clock, a call may take to go on that was told that its time has come: perhaps nobody drives it.
pub(crate) const GRACE: Duration = Duration::from_millis(if cfg!(test) { 3_000 } else { 200 });

/// How long a call may take from the end of an attempt, or of a wait, to what it does next, if it does anything.
const GAP: Duration = Duration::from_millis(if cfg!(test) { 500 } else { 5 });

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
    going_on: Vec<GoingOn>,
    /// When it is looked again whether time may pass.
    look_at: Option<Instant>,
}

/// A call that is about to go on, and until when it is waited for.
#[derive(Debug)]
struct GoingOn {
    /// The time-out or the wait that it has been told is over; `None` once it has gone on, and before what it does next.
    id: Option<u64>,
    until: Instant,
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
        self.settle(state);
        Kept { hanging: Arc::clone(self), id }
    }

    /// A call is under way whose request comes at `since` at the earliest, for as long as this is kept. Something comes when the
    /// mock's clock is to move on to the deadline.
    pub(crate) fn time_out(self: &Arc<Self>, since: Instant, deadline: Timestamp) -> (Kept, Receiver<()>) {
        let (over, receiver) = channel();
        let mut state = self.state();
        let id = state.goes_on();
        state.time_outs.push(TimeOut { id, since, deadline, over });
        state.time_outs.sort_by_key(|time_out| time_out.since);
        self.settle(state);
        (Kept { hanging: Arc::clone(self), id }, receiver)
    }

    /// A call waits until the deadline, for as long as this is kept. Something comes when the mock's clock is to move on to it.
    pub(crate) fn sleep(self: &Arc<Self>, deadline: Timestamp) -> (Kept, Receiver<()>) {
        let (over, receiver) = channel();
        let mut state = self.state();
        let id = state.goes_on();
        state.sleepers.push(Sleeper { id, deadline, over });
        self.settle(state);
        (Kept { hanging: Arc::clone(self), id }, receiver)
    }

    /// A number that changes whenever a call begins, ends or waits.
    pub(crate) fn changes(&self) -> u64 {
        let state = self.state();
        state.made + state.forgotten
    }

    /// Lets time pass if it may, and looks again when that is put off.
    fn settle(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let Some(until) = state.settle() else { return };
        if state.look_at.is_some_and(|look_at| look_at <= until) {
            return;
        }
        state.look_at = Some(until);
        let hanging = Arc::downgrade(self);
        runtime::timer().spawn(async move {
            tokio::time::sleep_until(until.into()).await;
            let Some(hanging) = hanging.upgrade() else { return };
            let mut state = hanging.state();
            // Another look may have been set for an earlier time.
            state.look_at.take_if(|look_at| *look_at == until);
            hanging.settle(state);
        });
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

    /// The id of what a call does next. If one is between two things, it is this one.
    fn goes_on(&mut self) -> u64 {
        if let Some(between) = self.going_on.iter().position(|call| call.id.is_none()) {
            self.going_on.remove(between);
        }
        self.next()
    }

    /// Ends what is the first to end, time-outs or waits, if each time-out has a request of its own that hangs and nobody is about
    /// to go on. Returns when that may be otherwise although nothing happens.
    fn settle(&mut self) -> Option<Instant> {
        if self.time_outs.is_empty() && self.sleepers.is_empty() {
            return None;
        }
        let now = Instant::now();
        self.going_on.retain(|call| call.until > now);
        if let Some(until) = self.going_on.iter().map(|call| call.until).min() {
            return Some(until);
        }
        let mut hanging = (0..self.requests.len()).filter(|index| !self.requests[*index].is_given_up);
        let pairs = self.time_outs.iter().map(|time_out| {
            let request = hanging.find(|index| self.requests[*index].came >= time_out.since)?;
            Some((request, time_out.deadline))
        });
        let pairs = pairs.collect::<Option<Vec<_>>>()?;
        let deadlines = pairs.iter().map(|(_, deadline)| *deadline);
        let first = deadlines.chain(self.sleepers.iter().map(|sleeper| sleeper.deadline)).min()?;
        for (request, _) in pairs.iter().filter(|(_, deadline)| *deadline == first) {
            self.requests[*request].is_given_up = true;
        }
        let time_outs = self.time_outs.extract_if(.., |time_out| time_out.deadline == first);
        let time_outs = time_outs.map(|time_out| (time_out.id, time_out.over));
        let sleepers = self.sleepers.extract_if(.., |sleeper| sleeper.deadline == first);
        for (id, over) in time_outs.chain(sleepers.map(|sleeper| (sleeper.id, sleeper.over))) {
            // Who does not listen any more has its answer, or has gone.
            if over.send(()).is_ok() {
                self.going_on.push(GoingOn { id: Some(id), until: now + GRACE });
            }
        }
        // What is left waits for those who go on now.
        Some(now + GRACE).filter(|_| !self.time_outs.is_empty() || !self.sleepers.is_empty())
    }

    fn forget(&mut self, id: u64) {
        self.forgotten += 1;
        if let Some(left) = self.requests.iter().position(|request| request.id == id) {
            // Which caller was told belongs to which request is not known; when one leaves, one less is about to.
            if !self.requests.remove(left).is_given_up
                && let Some(other) = self.requests.iter_mut().find(|other| other.is_given_up)
            {
                other.is_given_up = false;
            }
            return;
        }
        self.time_outs.retain(|time_out| time_out.id != id);
        self.sleepers.retain(|sleeper| sleeper.id != id);
        self.going_on.retain(|call| call.id != Some(id));
        self.going_on.push(GoingOn { id: None, until: Instant::now() + GAP });
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut state = self.hanging.state();
        state.forget(self.id);
        self.hanging.settle(state);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn deadline(seconds: u64) -> Timestamp {
        Timestamp::parse("2026-01-02T03:04:05Z").unwrap().after(Duration::from_secs(seconds))
    }

    /// Whether the call is told to go on, before that would come by itself.
    fn goes_on(call: &mut Receiver<()>) -> bool {
        is_told(call, GRACE / 2)
    }

    /// Whether the call is not told to go on, for a while.
    fn stays(call: &mut Receiver<()>) -> bool {
        !is_told(call, GRACE / 30)
    }

    fn is_told(call: &mut Receiver<()>, within: Duration) -> bool {
        let begun = Instant::now();
        while call.try_recv().is_err() {
            if begun.elapsed() > within {
                return false;
            }
            thread::yield_now();
        }
        true
    }

    #[test]
    fn time_passes_once_all_that_is_under_way_hangs() {
        let hanging = Arc::<Hanging>::default();
        let since = Instant::now();
        let (_late, mut late) = hanging.time_out(since, deadline(20));
        let (one, mut soon) = hanging.time_out(since, deadline(10));
        let (answered, _) = hanging.time_out(since, deadline(5));
        let _one = hanging.request();
        let _other = hanging.request();
        assert!(stays(&mut soon));
        drop(answered);
        assert!(goes_on(&mut soon));
        assert!(stays(&mut late), "the other is about to go on");
        drop(one);
        assert!(goes_on(&mut late));
    }

    #[test]
    fn who_waits_at_the_same_time_waits_together_and_for_those_who_are_under_way() {
        let hanging = Arc::<Hanging>::default();
        let (answered, _) = hanging.time_out(Instant::now(), deadline(5));
        let (one, mut first) = hanging.sleep(deadline(30));
        let (other, mut second) = hanging.sleep(deadline(30));
        let (_late, mut late) = hanging.sleep(deadline(60));
        assert!(stays(&mut first));
        drop(answered);
        assert!(goes_on(&mut first) && goes_on(&mut second) && stays(&mut late));
        // The ones that wake call again before the next one's time comes.
        drop(one);
        let (again, _) = hanging.time_out(Instant::now(), deadline(40));
        drop(other);
        assert!(stays(&mut late));
        drop(again);
        assert!(goes_on(&mut late));
    }

    #[test]
    fn time_does_not_pass_between_an_attempt_and_the_wait_after_it() {
        let hanging = Arc::<Hanging>::default();
        let (attempt, _) = hanging.time_out(Instant::now(), deadline(10));
        let (_long, mut long) = hanging.sleep(deadline(60));
        drop(attempt);
        let (short, mut soon) = hanging.sleep(deadline(5));
        assert!(soon.try_recv().is_ok(), "at once");
        assert!(long.try_recv().is_err());
        // Nobody drives it.
        thread::sleep(GRACE);
        assert!(goes_on(&mut long));
        drop(short);
    }

    #[test]
    fn a_call_does_not_end_because_of_a_request_that_is_none_of_its_own() {
        let hanging = Arc::<Hanging>::default();
        let strange = hanging.request();
        let (one, mut call) = hanging.time_out(Instant::now(), deadline(10));
        assert!(stays(&mut call));
        let own = hanging.request();
        assert!(goes_on(&mut call));
        // The call is made again before the gate has seen that its caller is gone.
        drop(one);
        let (_again, mut again) = hanging.time_out(Instant::now(), deadline(20));
        drop(strange);
        drop(own);
        assert!(stays(&mut again));
    }
}
