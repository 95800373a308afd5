-- Primary keys and indices of a tenant's tables begin with the tenant, so that the schema can be sharded by it.
-- Times are microseconds since 1970. What is global can be a reference table.

CREATE TABLE connections (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    provider_slug TEXT NOT NULL,
    status TEXT NOT NULL,
    account_id TEXT NOT NULL,
    account_name TEXT NOT NULL,
    account_url TEXT,
    scopes TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_error TEXT,
    -- A deleted connection stays as a tombstone, so that later deliveries for its account are ignored.
    deleted_at BIGINT,
    PRIMARY KEY (tenant_id, id)
);

CREATE UNIQUE INDEX connections_by_account ON connections (tenant_id, provider_slug, account_id)
    WHERE deleted_at IS NULL;
CREATE INDEX connections_by_tombstone ON connections (tenant_id, provider_slug, account_id, deleted_at);
CREATE INDEX connections_by_age ON connections (tenant_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX connections_by_provider ON connections (tenant_id, provider_slug, created_at, id)
    WHERE deleted_at IS NULL;
CREATE INDEX connections_by_status ON connections (tenant_id, status, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX connections_by_provider_and_status ON connections (tenant_id, provider_slug, status, created_at, id)
    WHERE deleted_at IS NULL;

CREATE TABLE connection_tokens (
    tenant_id UUID NOT NULL,
    connection_id UUID NOT NULL,
    sealed BYTEA NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, connection_id)
);

CREATE TABLE signals (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    provider_slug TEXT NOT NULL,
    connection_id UUID,
    kind TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    title TEXT NOT NULL,
    url TEXT,
    actor_id TEXT,
    actor_name TEXT,
    actor_url TEXT,
    source_id TEXT,
    source_name TEXT,
    source_url TEXT,
    payload TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE INDEX signals_by_time ON signals (tenant_id, occurred_at, id);
CREATE INDEX signals_by_provider ON signals (tenant_id, provider_slug, occurred_at, id);
CREATE INDEX signals_by_connection ON signals (tenant_id, connection_id, occurred_at, id);
CREATE INDEX signals_by_kind ON signals (tenant_id, kind, occurred_at, id);
CREATE INDEX signals_by_provider_and_kind ON signals (tenant_id, provider_slug, kind, occurred_at, id);
CREATE INDEX signals_by_connection_and_kind ON signals (tenant_id, connection_id, kind, occurred_at, id);

-- The ids and body hashes of accepted deliveries.
CREATE TABLE delivery_keys (
    tenant_id UUID NOT NULL,
    provider_slug TEXT NOT NULL,
    key BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, provider_slug, key)
);

CREATE INDEX delivery_keys_by_age ON delivery_keys (tenant_id, received_at);

-- Global: which tenants have connected an account, to route an app's deliveries.
CREATE TABLE account_index (
    provider_slug TEXT NOT NULL,
    account_id TEXT NOT NULL,
    tenant_id UUID NOT NULL,
    connection_id UUID NOT NULL,
    PRIMARY KEY (provider_slug, account_id, tenant_id, connection_id)
);

CREATE INDEX account_index_by_connection ON account_index (connection_id);

-- Global: OAuth states under way, found by the hash of the state.
CREATE TABLE oauth_states (
    state_hash BYTEA NOT NULL PRIMARY KEY,
    tenant_id UUID NOT NULL,
    provider_slug TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    sealed_verifier BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    -- open, denied, refused or completed
    status TEXT NOT NULL,
    code_hash BYTEA,
    claim_id UUID,
    claim_expires_at BIGINT,
    -- What the provider granted for the code, between the exchange and the completion.
    sealed_grant BYTEA,
    provider_error TEXT,
    connection_id UUID
);

CREATE INDEX oauth_states_by_age ON oauth_states (expires_at);
