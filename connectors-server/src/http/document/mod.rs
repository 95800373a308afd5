//! The OpenAPI document: what the handlers say of themselves, completed with what all operations share.

mod complete;
mod errors;
pub(in crate::http) mod params;

pub(in crate::http) use complete::complete;
use utoipa::OpenApi;

use super::{ApiError, ErrorCode};

/// What stands around the operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Poblysh Connectors Service",
        description = "Manages third-party connections, runs OAuth, keeps tokens, and turns provider events into normalized \
                       signals. Poblysh Core calls it with an operator token and an `X-Tenant-Id`; browsers never do.\n\n\
                       Enumerations are closed in requests and open in responses: carry on with a value that you don't \
                       know yet. Fields that are not required are absent when they have no value, never null.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(ApiError, ErrorCode)),
    tags(
        (name = "service", description = "The service itself."),
        (name = "providers", description = "What can be connected."),
        (name = "oauth", description = "Connecting an account: start, then complete."),
        (name = "connections", description = "A tenant's connected accounts."),
        (name = "signals", description = "A tenant's normalized events."),
        (name = "webhooks", description = "Deliveries of providers."),
    )
)]
pub(in crate::http) struct Skeleton;
