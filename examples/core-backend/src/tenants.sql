CREATE TABLE IF NOT EXISTS connectors_tenants (
    poblysh_tenant_id    TEXT NOT NULL PRIMARY KEY,
    connectors_tenant_id UUID NOT NULL UNIQUE
);
