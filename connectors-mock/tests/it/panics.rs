//! What a panic says, and where it says that it happened.

use std::{
    any::Any,
    cell::Cell,
    panic::{AssertUnwindSafe, Location, catch_unwind, set_hook, take_hook},
    sync::Once,
};

/// A file and a line in it.
pub type Place = (String, u32);

thread_local! {
    static LAST: Cell<Option<Place>> = const { Cell::new(None) };
}

/// The text with which this panics.
pub fn text_of(what: impl FnOnce()) -> String {
    told(&*catch_unwind(AssertUnwindSafe(what)).expect_err("it must panic"))
}

/// The place that this panic names.
pub fn place_of(what: impl FnOnce()) -> Place {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            LAST.set(panic.location().map(|place: &Location<'_>| (place.file().to_owned(), place.line())));
            usual(panic);
        }));
    });
    text_of(what);
    LAST.take().expect("a panic has a place")
}

fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.unwrap_or_else(|| (*panic.downcast_ref::<&str>().expect("a panic with a text")).to_owned())
}
