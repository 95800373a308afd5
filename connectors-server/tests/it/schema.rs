//! The schema, as the engines' catalogues have it: it can be spread over machines by tenant.

use connectors_server::store::Store;

use crate::harness::{TestDatabase, on_postgres};

/// What is looked for over all tenants. It is small, and can be copied to every machine.
const GLOBAL: [&str; 4] = ["_sqlx_migrations", "account_index", "oauth_states", "upkeep"];

/// The columns of every index, each as `table index: column, column`; primary keys and constraints have one too.
const POSTGRES: &str = "
    SELECT c.relname || ' ' || i.relname || ': ' || string_agg(pg_get_indexdef(x.indexrelid, k::int, true), ', ' ORDER BY k)
    FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid,
         generate_series(1, x.indnatts) k
    WHERE c.relnamespace = 'public'::regnamespace GROUP BY c.relname, i.relname ORDER BY 1";

const SQLITE: &str = "
    SELECT t.name || ' ' || i.name || ': ' || group_concat(c.name, ', ')
    FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
    WHERE t.type = 'table' GROUP BY t.name, i.name ORDER BY 1";

async fn migrated() -> TestDatabase {
    let database = TestDatabase::create().await;
    let store = Store::open(&database.url(), 1).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    database
}

#[tokio::test]
async fn every_primary_key_and_index_of_a_tenants_table_begins_with_the_tenant() {
    let database = migrated().await;
    let mut indices = database.texts(if on_postgres() { POSTGRES } else { SQLITE }).await;
    indices.retain(|index| !GLOBAL.contains(&index.split(' ').next().unwrap()));
    for table in ["connections", "connection_tokens", "signals", "delivery_keys", "subscriptions", "webhook_secrets"] {
        let own = indices.iter().filter(|index| index.split(' ').next() == Some(table));
        assert!(own.count() >= 1, "{table} has a primary key: {indices:?}");
    }
    let elsewhere: Vec<_> = indices.iter().filter(|index| !index.contains(": tenant_id, ")).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

/// `create_distributed_table` demands a column that is never null and in every unique index, and no foreign key that leaves the
/// tenant; neither kind of table may be partitioned, inherit, or number its rows.
#[tokio::test]
async fn every_table_could_be_distributed_by_tenant_or_be_a_reference_table() {
    let database = migrated().await;
    if !on_postgres() {
        let tables = "SELECT name FROM sqlite_schema t WHERE type = 'table' AND NOT EXISTS \
                      (SELECT 1 FROM pragma_table_info(t.name) c WHERE c.name = 'tenant_id' AND c.\"notnull\" = 1)";
        assert_eq!(database.texts(tables).await, ["_sqlx_migrations"]);
        let keys = "SELECT t.name FROM sqlite_schema t, pragma_foreign_key_list(t.name)";
        assert_eq!(database.texts(keys).await, [""; 0]);
        return;
    }
    let neither = "
        SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f') AND (
            c.relkind <> 'r' OR c.relispartition OR c.relpersistence <> 'p'
            OR NOT EXISTS (SELECT 1 FROM pg_index x WHERE x.indrelid = c.oid AND x.indisprimary)
            OR EXISTS (SELECT 1 FROM pg_inherits h WHERE c.oid IN (h.inhrelid, h.inhparent))
            OR EXISTS (SELECT 1 FROM pg_constraint f WHERE f.contype IN ('f', 'x') AND c.oid IN (f.conrelid, f.confrelid))
            OR EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid)
            OR EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attidentity <> ''))";
    assert_eq!(database.texts(neither).await, [""; 0]);
    let without_tenant = "
        SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f') AND NOT EXISTS (
            SELECT 1 FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.atttypid = 'uuid'::regtype AND a.attnotnull)";
    assert_eq!(database.texts(without_tenant).await, ["_sqlx_migrations"]);
    let sequences = "SELECT relname::text FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace";
    assert_eq!(database.texts(sequences).await, [""; 0]);
}
