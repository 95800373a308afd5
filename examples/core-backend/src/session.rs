//! Who is there: end-user authentication, which is Core's concern alone.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{StatusCode, request::Parts},
};
use tower_sessions::Session;

use crate::{Core, failure::Failure, users::User};

/// Where the session keeps the user's login.
const LOGIN: &str = "login";

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct Member {
    /// The user.
    pub user: &'static User,
    /// Their session. What is in it stays on the server; the browser has its id.
    pub session: Session,
}

// ANCHOR: tenant
/// Somebody who is logged in, with the handle to their tenant's connections and signals.
#[derive(Debug, Clone)]
pub struct TenantMember {
    /// Who it is.
    pub member: Member,
    /// The client, bound to the tenant of the session: nothing that a browser sends has a part in the choice.
    pub tenant: connectors_client::Tenant,
}

impl<S: Send + Sync> FromRequestParts<S> for TenantMember
where
    Core: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let core = Core::from_ref(state);
        let member = Member::from_request_parts(parts, state).await?;
        let id = core.tenants.resolve(member.user.poblysh_tenant_id).await.map_err(Failure::internal)?;
        Ok(Self { tenant: core.connectors.tenant(id), member })
    }
}
// ANCHOR_END: tenant

impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let session =
            Session::from_request_parts(parts, state).await.map_err(|(_, problem)| Failure::internal(problem))?;
        let login: Option<String> = session.get(LOGIN).await.map_err(Failure::internal)?;
        let user = login.and_then(|login| User::find(&login));
        let user = user.ok_or_else(|| Failure::new(StatusCode::UNAUTHORIZED, "Please log in."))?;
        Ok(Self { user, session })
    }
}

/// Begins the user's session, under a new id: one that was known before is worth nothing.
pub(crate) async fn log_in(session: &Session, user: &User) -> Result<(), Failure> {
    session.cycle_id().await.map_err(Failure::internal)?;
    session.clear().await;
    session.insert(LOGIN, user.login).await.map_err(Failure::internal)
}

/// Ends it.
pub(crate) async fn log_out(session: &Session) -> Result<(), Failure> {
    session.flush().await.map_err(Failure::internal)
}
