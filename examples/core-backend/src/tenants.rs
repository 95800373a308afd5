//! Which `X-Tenant-Id` a Poblysh tenant has: the guide's two strategies.

use connectors_client::TenantId;
use sqlx::SqlitePool;
use uuid::Uuid;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

// ANCHOR: strategies
/// How the id is found. It is Core's to know; no frontend has a part in it.
#[derive(Debug, Clone)]
pub enum Tenants {
    /// It is the Poblysh tenant id itself.
    Same,
    /// A table of Core's maps it.
    Mapped(SqlitePool),
}
// ANCHOR_END: strategies

impl Tenants {
    /// Opens the database of the mapping table, and makes the table if it is not there.
    ///
    /// # Errors
    /// If the database can't be opened.
    pub async fn mapped(database: &str) -> Result<Self, BoxError> {
        // SQLite in memory lasts as long as its only connection.
        let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect(database).await?;
        sqlx::raw_sql(include_str!("tenants.sql")).execute(&pool).await?;
        Ok(Self::Mapped(pool))
    }

    /// The tenant's id at the service.
    pub(crate) async fn resolve(&self, poblysh_tenant_id: Uuid) -> Result<TenantId, BoxError> {
        match self {
            Self::Same => Ok(TenantId::new(poblysh_tenant_id)?),
            Self::Mapped(core) => mapped(core, poblysh_tenant_id).await,
        }
    }
}

// ANCHOR: mapped
/// The row of the mapping table, which is made when a tenant is met for the first time.
async fn mapped(core: &SqlitePool, poblysh_tenant_id: Uuid) -> Result<TenantId, BoxError> {
    sqlx::query("INSERT INTO connectors_tenants VALUES ($1, $2) ON CONFLICT (poblysh_tenant_id) DO NOTHING")
        .bind(poblysh_tenant_id.to_string())
        .bind(Uuid::new_v4())
        .execute(core)
        .await?;
    let id = sqlx::query_scalar("SELECT connectors_tenant_id FROM connectors_tenants WHERE poblysh_tenant_id = $1")
        .bind(poblysh_tenant_id.to_string())
        .fetch_one(core)
        .await?;
    Ok(TenantId::new(id)?)
}
// ANCHOR_END: mapped
