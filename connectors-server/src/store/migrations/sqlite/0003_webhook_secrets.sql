-- A secret that a provider has made for a webhook of the tenant's, and handed over.
CREATE TABLE webhook_secrets (
    tenant_id BLOB NOT NULL,
    provider_slug TEXT NOT NULL,
    -- A keyed hash of the secret.
    key BLOB NOT NULL,
    sealed BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, provider_slug, key)
) WITHOUT ROWID;
