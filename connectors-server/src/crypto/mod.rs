//! Secrets: sealing tokens at rest, deriving webhook secrets, comparing without a timing side channel.

mod digest;
mod random;
mod vault;

pub use digest::{hmac_sha256, same, sha256};
pub use random::random_token;
pub use vault::{Vault, VaultError, VaultKey};
