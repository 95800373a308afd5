//! The HTTP that the guide shows: made by asking the mock, and asked again of the service.
//!
//! Each exchange stands in a file of `pages/exchanges/`, with an anchor around the request and one around the response.

mod canonical;
mod exchange;
mod scenario;

pub use canonical::canonical;
pub use exchange::{Exchange, Request, Response};
pub use scenario::play;
