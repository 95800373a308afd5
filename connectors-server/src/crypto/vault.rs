//! Encryption at rest.
//!
//! A sealed text is `version (1) ‖ key id (8) ‖ nonce (24) ‖ ciphertext and tag` under XChaCha20-Poly1305, whose nonce is
//! long enough to be drawn at random. The associated data binds it to its row, so that a row's tokens can't be moved to
//! another tenant or connection.

use std::fmt;

use chacha20poly1305::{
    AeadCore, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, OsRng, Payload},
};
use zeroize::Zeroizing;

use super::sha256;

const VERSION: u8 = 1;
const KEY_ID: usize = 8;
const NONCE: usize = 24;

/// A key of 32 bytes with its id, which is the start of its hash.
#[derive(Clone)]
pub struct VaultKey {
    id: [u8; KEY_ID],
    cipher: XChaCha20Poly1305,
}

impl VaultKey {
    /// A key made of 32 bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&sha256(&[b"poblysh-connectors key id\0", bytes])[..KEY_ID]);
        Self { id, cipher: XChaCha20Poly1305::new(bytes.into()) }
    }
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultKey({}, …)", hex::encode(self.id))
    }
}

/// Seals with the newest key and opens with any.
#[derive(Debug, Clone)]
pub struct Vault {
    keys: Vec<VaultKey>,
}

/// Why a sealed text can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// No configured key has the id that the text was sealed with.
    #[error("the text was sealed with a key that is not configured")]
    UnknownKey,
    /// The text is damaged, or belongs to another row.
    #[error("the sealed text is damaged or belongs to another row")]
    Damaged,
}

impl Vault {
    /// A vault with these keys, newest first.
    ///
    /// # Panics
    /// Without any key: the configuration refuses that before.
    pub fn new(keys: Vec<VaultKey>) -> Self {
        assert!(!keys.is_empty(), "a vault needs a key");
        Self { keys }
    }

    /// Encrypts `plaintext`, bound to `context`.
    pub fn seal(&self, plaintext: &[u8], context: &[u8]) -> Vec<u8> {
        let key = &self.keys[0];
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let ciphertext = key
            .cipher
            .encrypt(&nonce, Payload { msg: plaintext, aad: context })
            .unwrap_or_else(|_| unreachable!("a text in memory is shorter than the cipher's limit"));
        [&[VERSION], &key.id[..], &nonce, &ciphertext].concat()
    }

    /// Decrypts what [`seal`](Self::seal) made for the same `context`.
    ///
    /// # Errors
    /// If the key is gone, or the text was altered or moved.
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (head, ciphertext) = sealed.split_at_checked(1 + KEY_ID + NONCE).ok_or(VaultError::Damaged)?;
        if head[0] != VERSION {
            return Err(VaultError::Damaged);
        }
        let key = self.keys.iter().find(|key| key.id == head[1..=KEY_ID]).ok_or(VaultError::UnknownKey)?;
        key.cipher
            .decrypt(XNonce::from_slice(&head[1 + KEY_ID..]), Payload { msg: ciphertext, aad: context })
            .map(Zeroizing::new)
            .map_err(|_| VaultError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(keys: &[u8]) -> Vault {
        Vault::new(keys.iter().map(|byte| VaultKey::new(&[*byte; 32])).collect())
    }

    #[test]
    fn opens_what_any_configured_key_sealed() {
        let old = vault(&[1]).seal(b"gho_token", b"row");
        assert_eq!(vault(&[2, 1]).open(&old, b"row").unwrap().as_slice(), b"gho_token");
        assert_eq!(vault(&[2]).open(&old, b"row"), Err(VaultError::UnknownKey));
    }

    #[test]
    fn refuses_a_text_that_was_moved_or_altered() {
        let sealed = vault(&[1]).seal(b"gho_token", b"tenant a");
        assert_eq!(vault(&[1]).open(&sealed, b"tenant b"), Err(VaultError::Damaged));
        for position in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[position] ^= 1;
            assert!(vault(&[1]).open(&altered, b"tenant a").is_err(), "byte {position}");
        }
        assert_eq!(vault(&[1]).open(&[], b""), Err(VaultError::Damaged));
    }

    #[test]
    fn never_seals_the_same_text_twice_alike() {
        let vault = vault(&[1]);
        assert_ne!(vault.seal(b"x", b""), vault.seal(b"x", b""));
    }
}
