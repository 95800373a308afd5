//! The HTTP surface: routes, checks, problems and the OpenAPI document.
//!
//! Checks run in the contract's order: route, method, body size and media type, authentication, tenant header, then path,
//! query and body together, then whether what they name exists.

mod cursor;
mod docs;
pub mod document;
mod error_code;
mod extract;
mod operations;
mod problem;
mod rate_limit;
mod request_id;
mod router;
mod state;

pub use error_code::ErrorCode;
pub use problem::{ApiError, Problem};
pub use router::{document, router};
pub use state::{AppState, StartError};
