//! The client against peers that no service is.

mod answers;
mod calls;
mod lists;
mod peer;
mod repeats;
