//! The system's allocator, which counts what the thread of the client asks for.
#![allow(unsafe_code, reason = "an allocator is unsafe by its trait")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

pub(crate) struct Counting;

/// Since the start of the thread.
#[derive(Clone, Copy)]
pub(crate) struct Counted {
    pub(crate) allocations: usize,
    /// Bytes that are in use now.
    pub(crate) live: isize,
    /// The most that was in use since [`start_peak`].
    pub(crate) peak: isize,
}

thread_local! {
    static COUNTED: Cell<Counted> = const { Cell::new(Counted { allocations: 0, live: 0, peak: 0 }) };
}

pub(crate) fn counted() -> Counted {
    COUNTED.get()
}

/// Measures the peak anew, from what is in use now.
pub(crate) fn start_peak() -> isize {
    let counted = COUNTED.get();
    COUNTED.set(Counted { peak: counted.live, ..counted });
    counted.live
}

fn count(allocations: usize, bytes: isize) {
    // A thread that ends has no counter any more.
    let _ = COUNTED.try_with(|cell| {
        let Counted { allocations: before, live, peak } = cell.get();
        let live = live + bytes;
        cell.set(Counted { allocations: before + allocations, live, peak: peak.max(live) });
    });
}

// SAFETY: every call goes to the system's allocator as it is; counting touches nothing but a `Cell` that needs no allocation.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(0, -(layout.size() as isize));
        // SAFETY: the caller's promise; the memory is the system's.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size as isize - layout.size() as isize);
        // SAFETY: the caller's promise; the memory is the system's.
        unsafe { System.realloc(memory, layout, size) }
    }
}
