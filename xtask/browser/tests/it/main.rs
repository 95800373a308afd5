//! The browser, with pages that have what it must find.

mod finds;
mod leaves_nothing;
