//! The order in which requests came and answers went, at the gate, through which everything passes on one thread.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long a request may have been on its way that was sent before the answer to another had come.
const ON_ITS_WAY: Duration = Duration::from_millis(250);

/// The requests in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Order(Mutex<Vec<Passed>>);

#[derive(Debug)]
struct Passed {
    /// The first request of its connection; its place is the connection's, who opens one is about to say something on it.
    first: usize,
    came: Instant,
    /// When its answer went, and how many requests had come by then.
    answered: Option<(Instant, usize)>,
}

impl Order {
    /// A request comes on the connection whose first one had this place, or a connection is opened on which one is about to.
    /// Returns its place.
    pub(super) fn comes(&self, first: Option<usize>) -> usize {
        let mut all = self.all();
        let place = all.len();
        all.push(Passed { first: first.unwrap_or(place), came: Instant::now(), answered: None });
        place
    }

    /// The first request of a connection comes, whose place was given it when it was opened. It keeps it if it has been on its way
    /// since then; else it gets one now.
    pub(super) fn begins(&self, place: usize) -> usize {
        let opened = self.all()[place].came;
        if opened.elapsed() > ON_ITS_WAY { self.comes(Some(place)) } else { place }
    }

    /// The answer to a request goes.
    pub(super) fn goes(&self, place: usize) {
        let mut all = self.all();
        let come = all.len();
        all[place].answered.get_or_insert((Instant::now(), come));
    }

    /// Whether who sent a request had the answer to an earlier one: it came on the same connection, on one that was opened after
    /// that, or so late that it was not on its way by then.
    pub(crate) fn knew(&self, place: usize, earlier: usize) -> bool {
        let all = self.all();
        let (Some(it), Some(earlier)) = (all.get(place), all.get(earlier)) else { return false };
        earlier.answered.is_some_and(|(went, come)| {
            let is_sure = it.first == earlier.first || it.first == place;
            place >= come && (is_sure || it.came.duration_since(went) > ON_ITS_WAY)
        })
    }

    fn all(&self) -> MutexGuard<'_, Vec<Passed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_had_the_answer_knew_it() {
        let order = Order::default();
        let (one, other) = (order.comes(None), order.comes(None));
        order.goes(one);
        let again = order.comes(Some(one));
        let on_its_way = order.comes(Some(other));
        let new = order.comes(None);
        let knew = [one, other, again, on_its_way, new].map(|request| order.knew(request, one));
        assert_eq!(knew, [false, false, true, false, true]);
        assert!(!order.knew(again, other), "it has no answer yet");
    }

    #[test]
    fn a_connection_that_was_opened_long_ago_says_nothing_of_its_first_request() {
        let order = Order::default();
        let (refused, early) = (order.comes(None), order.comes(None));
        assert_eq!(order.begins(early), early, "it is on its way");
        let late = order.comes(None);
        order.goes(refused);
        std::thread::sleep(ON_ITS_WAY * 2);
        let late = order.begins(late);
        assert_eq!([early, late].map(|request| order.knew(request, refused)), [false, true]);
    }
}
