-- Whoever refreshes tokens holds a lease on their row, and the version tells whether they are still the same.
ALTER TABLE connection_tokens ADD COLUMN lease_id BLOB;
ALTER TABLE connection_tokens ADD COLUMN lease_expires_at BIGINT;

-- A name by which deliveries call the account. One of a deleted connection stays, so that later deliveries are ignored.
ALTER TABLE account_index ADD COLUMN deleted_at BIGINT;

-- What the service subscribed for a connection through its provider's API.
CREATE TABLE subscriptions (
    tenant_id BLOB NOT NULL,
    connection_id BLOB NOT NULL,
    -- The provider's id, unique within the provider.
    id TEXT NOT NULL,
    resource TEXT NOT NULL,
    sealed_secret BLOB,
    expires_at BIGINT,
    PRIMARY KEY (tenant_id, connection_id, id)
) WITHOUT ROWID;

-- What is to be done for a connection while nobody waits, one row a task.
CREATE TABLE upkeep (
    tenant_id BLOB NOT NULL,
    connection_id BLOB NOT NULL,
    -- refresh, subscribe or fetch
    task TEXT NOT NULL,
    provider_slug TEXT NOT NULL,
    -- When it is due; while a replica is at it, when that replica counts as dead. NULL: not before the user connects again.
    due_at BIGINT,
    -- The replica that is at it.
    lease_id BLOB,
    -- Counts what asked for it: if that happens while a replica is at it, it is due again afterwards.
    rings BIGINT NOT NULL,
    -- How often it failed in a row.
    failures BIGINT NOT NULL,
    -- fetch: where the next page begins.
    position TEXT,
    PRIMARY KEY (tenant_id, connection_id, task)
) WITHOUT ROWID;

CREATE INDEX upkeep_by_time ON upkeep (due_at);
