//! The two strategies for `X-Tenant-Id`.

use connectors_client::{InvalidTenantId, TenantId};
use sqlx::SqlitePool;
use uuid::Uuid;

use crate::{BoxError, Stage};

// ANCHOR: same
/// The recommended strategy: the Poblysh tenant id itself.
pub fn same(poblysh_tenant_id: Uuid) -> Result<TenantId, InvalidTenantId> {
    TenantId::new(poblysh_tenant_id)
}
// ANCHOR_END: same

// ANCHOR: mapped
/// The alternative: the row of the mapping table, which is made when a tenant is met for the first time.
pub async fn mapped(core: &SqlitePool, poblysh_tenant_id: &str) -> Result<TenantId, BoxError> {
    sqlx::query("INSERT INTO connectors_tenants VALUES ($1, $2) ON CONFLICT (poblysh_tenant_id) DO NOTHING")
        .bind(poblysh_tenant_id)
        .bind(Uuid::new_v4())
        .execute(core)
        .await?;
    let id = sqlx::query_scalar(
        "SELECT connectors_tenant_id FROM connectors_tenants WHERE poblysh_tenant_id = $1",
    )
    .bind(poblysh_tenant_id)
    .fetch_one(core)
    .await?;
    Ok(TenantId::new(id)?)
}
// ANCHOR_END: mapped

/// Runs it.
///
/// # Errors
/// If a statement or a call fails.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let id = Uuid::from_u128(0x6f2d_1a3e_8c47_4b7a_9c1d_0e5f_6a7b_8c9d);
    stage.show(format_args!("the same: {}", same(id)?));

    // One connection: a database in memory is gone with its last.
    let core = sqlx::sqlite::SqlitePoolOptions::new()
        .max_connections(1)
        .connect("sqlite::memory:")
        .await?;
    sqlx::raw_sql(include_str!("map_tenants.sql")).execute(&core).await?;
    let acme = mapped(&core, "tenant-0042").await?;
    stage.show(format_args!(
        "again the same row: {}",
        acme == mapped(&core, "tenant-0042").await?
    ));
    stage.show(format_args!(
        "another for another: {}",
        acme != mapped(&core, "tenant-0043").await?
    ));
    let page = stage.connectors.tenant(acme).connections().page().await?;
    stage.show(format_args!("connections of the mapped tenant: {}", page.items.len()));
    Ok(())
}
