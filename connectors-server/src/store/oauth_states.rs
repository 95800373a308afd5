//! OAuth states: authorizations under way.
//!
//! A state is `open` until it is `denied` (the user said no), `refused` (the provider refused the code) or `completed`. To
//! complete it, a replica claims it in one statement, so that no two can spend the same code; a claim that runs out may be
//! taken over, but only with the code that was seen first.

use uuid::Uuid;

use super::{
    Store, StoreError, Task, connections,
    database::{Engine, Row, Statement},
};
use crate::model::{Connection, ConnectionId, TenantId, Timestamp};

/// Expired states that a new one cleans up at most.
const CLEANED_AT_ONCE: i64 = 200;

const COLUMNS: &str = "tenant_id, provider_slug, redirect_uri, scopes, sealed_verifier, expires_at, status, code_hash, \
                       claim_expires_at, sealed_grant, provider_error, connection_id";

/// A state to store.
#[derive(Debug)]
pub struct NewState<'a> {
    /// The hash of the state.
    pub hash: [u8; 32],
    /// Whom it belongs to.
    pub tenant: TenantId,
    /// The provider's slug.
    pub provider: &'a str,
    /// Where the provider sends the user back to.
    pub redirect_uri: &'a str,
    /// The scopes asked for.
    pub scopes: &'a [String],
    /// The PKCE verifier, sealed.
    pub sealed_verifier: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be completed.
    pub expires_at: Timestamp,
}

/// Where a state stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateStatus {
    /// It waits for its callback, or a replica is at it.
    Open,
    /// The provider came back with an error.
    Denied,
    /// The provider refused the code.
    Refused,
    /// It became a connection.
    Completed,
}

impl StateStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Denied => "denied",
            Self::Refused => "refused",
            Self::Completed => "completed",
        }
    }
}

/// A stored state.
#[derive(Debug)]
pub struct StateRow {
    /// Whom it belongs to.
    pub tenant: TenantId,
    /// The provider's slug.
    pub provider: String,
    /// Where the provider sends the user back to.
    pub redirect_uri: String,
    /// The scopes asked for.
    pub scopes: Vec<String>,
    /// The PKCE verifier, sealed.
    pub sealed_verifier: Vec<u8>,
    /// Until when it can be completed.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub status: StateStatus,
    /// The hash of the code that was seen first.
    pub code_hash: Option<Vec<u8>>,
    /// Until when a replica is at it.
    pub claimed_until: Option<Timestamp>,
    /// What the provider granted for the code, sealed.
    pub sealed_grant: Option<Vec<u8>>,
    /// With which error the provider came back.
    pub provider_error: Option<String>,
    /// What it became.
    pub connection_id: Option<ConnectionId>,
}

/// An attempt to claim a state.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The hash of the state.
    pub state: &'a [u8; 32],
    /// The provider that the callback names.
    pub provider: &'a str,
    /// The tenant that the caller names, if it does.
    pub tenant: Option<TenantId>,
    /// The hash of the code.
    pub code: &'a [u8; 32],
    /// Names this attempt.
    pub id: Uuid,
    /// The present.
    pub now: Timestamp,
    /// Until when nobody else may try.
    pub until: Timestamp,
}

/// Why a claim was not granted: how the state stands now, or `None` if there is no such state.
pub type ClaimRefused = Option<StateRow>;

/// A completed authorization to store.
#[derive(Debug)]
pub struct Completion<'a> {
    /// The hash of the state.
    pub state: &'a [u8; 32],
    /// The claim under which it was completed.
    pub claim: Uuid,
    /// Whom it belongs to.
    pub tenant: TenantId,
    /// The connection; its id counts only if the account is not connected yet.
    pub connection: &'a Connection,
    /// What deliveries call its account besides.
    pub names: &'a [String],
    /// What is to be done for it, and when.
    pub tasks: &'a [(Task, Timestamp)],
}

impl Store {
    /// Stores a state, and removes some that have expired.
    ///
    /// # Errors
    /// If the database does.
    pub async fn insert_state(&self, state: NewState<'_>) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        let insert = Statement::new(
            "INSERT INTO oauth_states (state_hash, tenant_id, provider_slug, redirect_uri, scopes, sealed_verifier, \
             expires_at, status) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&state.hash[..])
        .bind(state.tenant.0)
        .bind(state.provider)
        .bind(state.redirect_uri)
        .bind(state.scopes.join(" "))
        .bind(state.sealed_verifier)
        .bind(state.expires_at)
        .bind(StateStatus::Open.as_str());
        transaction.write(insert).await?;
        let forget = Statement::new(
            "DELETE FROM oauth_states WHERE state_hash IN \
             (SELECT state_hash FROM oauth_states WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        )
        // Two that clean up at once don't wait for each other.
        .only(Engine::Postgres, " FOR UPDATE SKIP LOCKED")
        .text(")")
        .bind(state.created_at)
        .bind(CLEANED_AT_ONCE);
        transaction.write(forget).await?;
        transaction.commit().await
    }

    /// The state with this hash.
    ///
    /// # Errors
    /// If the database does.
    pub async fn state(&self, hash: &[u8; 32]) -> Result<Option<StateRow>, StoreError> {
        let statement = Statement::new("SELECT ").text(COLUMNS).text(" FROM oauth_states WHERE state_hash = $1");
        // Read where it is written: a claim that was refused must not be explained by what stood there before it.
        let row = self.database.write_one(statement.bind(&hash[..])).await?;
        row.as_ref().map(state_row).transpose()
    }

    /// Claims a state for one attempt to complete it, in one statement.
    ///
    /// # Errors
    /// If the database does.
    pub async fn claim_state(&self, claim: Claim<'_>) -> Result<Result<StateRow, ClaimRefused>, StoreError> {
        let statement = Statement::new(
            "UPDATE oauth_states SET claim_id = $1, claim_expires_at = $2, code_hash = $3 \
             WHERE state_hash = $4 AND provider_slug = $5 AND ($6 IS NULL OR tenant_id = $6) \
             AND expires_at > $7 AND status = 'open' AND (code_hash IS NULL OR code_hash = $3) \
             AND (claim_expires_at IS NULL OR claim_expires_at <= $7) RETURNING ",
        )
        .text(COLUMNS)
        .bind(claim.id)
        .bind(claim.until)
        .bind(&claim.code[..])
        .bind(&claim.state[..])
        .bind(claim.provider)
        .bind(claim.tenant.map(|tenant| tenant.0))
        .bind(claim.now);
        match self.database.write_one(statement).await? {
            Some(row) => Ok(Ok(state_row(&row)?)),
            None => Ok(Err(self.state(claim.state).await?)),
        }
    }

    /// Keeps what the provider granted, so that the code's one use is not lost when the rest fails.
    ///
    /// # Errors
    /// If the database does.
    pub async fn keep_grant(&self, state: &[u8; 32], claim: Uuid, sealed: &[u8]) -> Result<(), StoreError> {
        let keep = Statement::new("UPDATE oauth_states SET sealed_grant = $1 WHERE state_hash = $2 AND claim_id = $3");
        self.database.write(keep.bind(sealed).bind(&state[..]).bind(claim)).await.map(drop)
    }

    /// Gives a claim up: the same code may be tried again.
    ///
    /// # Errors
    /// If the database does; then the claim runs out by itself.
    pub async fn release_state(&self, state: &[u8; 32], claim: Uuid) -> Result<(), StoreError> {
        let release = Statement::new(
            "UPDATE oauth_states SET claim_id = NULL, claim_expires_at = NULL WHERE state_hash = $1 AND claim_id = $2",
        );
        self.database.write(release.bind(&state[..]).bind(claim)).await.map(drop)
    }

    /// Spends a state whose code the provider refused.
    ///
    /// # Errors
    /// If the database does.
    pub async fn refuse_state(&self, state: &[u8; 32], claim: Uuid) -> Result<(), StoreError> {
        let refuse =
            Statement::new("UPDATE oauth_states SET status = 'refused' WHERE state_hash = $1 AND claim_id = $2");
        self.database.write(refuse.bind(&state[..]).bind(claim)).await.map(drop)
    }

    /// Spends an open state that nobody is completing, because the provider came back with an error.
    ///
    /// # Errors
    /// If the database does.
    pub async fn deny_state(&self, hash: &[u8; 32], error: &str, now: Timestamp) -> Result<(), StoreError> {
        let deny = Statement::new(
            "UPDATE oauth_states SET status = 'denied', provider_error = $1 \
             WHERE state_hash = $2 AND status = 'open' AND expires_at > $3 \
             AND (claim_expires_at IS NULL OR claim_expires_at <= $3)",
        );
        self.database.write(deny.bind(error).bind(&hash[..]).bind(now)).await.map(drop)
    }

    /// Turns a claimed state into a connection, all at once; with it come the sealed tokens that it replaced, if the account
    /// was connected before. `None` if the claim was lost meanwhile.
    ///
    /// # Errors
    /// If the database does; then nothing changed.
    pub async fn complete_state(
        &self,
        completion: Completion<'_>,
        seal: impl FnOnce(ConnectionId) -> Vec<u8>,
    ) -> Result<Option<(ConnectionId, Option<Vec<u8>>)>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let (id, replaced) = connections::upsert(
            &mut transaction,
            completion.tenant.0,
            completion.connection,
            completion.names,
            completion.tasks,
            seal,
        )
        .await?;
        let complete = Statement::new(
            "UPDATE oauth_states SET status = 'completed', connection_id = $1, claim_id = NULL, sealed_grant = NULL \
             WHERE state_hash = $2 AND claim_id = $3 AND status = 'open'",
        );
        let complete = complete.bind(id.0).bind(&completion.state[..]).bind(completion.claim);
        if transaction.write(complete).await? == 0 {
            transaction.rollback().await?;
            return Ok(None);
        }
        transaction.commit().await?;
        Ok(Some((id, replaced)))
    }
}

fn state_row(row: &Row) -> Result<StateRow, StoreError> {
    let (status, scopes): (String, String) = (row.get(6)?, row.get(3)?);
    let all = [StateStatus::Open, StateStatus::Denied, StateStatus::Refused, StateStatus::Completed];
    let status = all.into_iter().find(|known| known.as_str() == status);
    Ok(StateRow {
        tenant: TenantId(row.get(0)?),
        provider: row.get(1)?,
        redirect_uri: row.get(2)?,
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        sealed_verifier: row.get(4)?,
        expires_at: Timestamp::from_micros(row.get(5)?),
        status: status.ok_or(StoreError::Damaged { table: "oauth_states" })?,
        code_hash: row.get(7)?,
        claimed_until: row.get::<Option<i64>>(8)?.map(Timestamp::from_micros),
        sealed_grant: row.get(9)?,
        provider_error: row.get(10)?,
        connection_id: row.get::<Option<Uuid>>(11)?.map(ConnectionId),
    })
}
