//! RSA signatures of deliveries.

use aws_lc_rs::{
    rsa::PublicEncryptingKey,
    signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};

/// Whether the text is a public key that deliveries can be checked with.
pub fn is_public_key(text: &str) -> bool {
    // It reads no key that is shorter than what a signature is checked with.
    der(text.as_bytes()).is_some_and(|der| PublicEncryptingKey::from_der(&der).is_ok())
}

/// Whether it is the signature of `body` by the key whose public half is this text.
pub(super) fn is_good(key: &[u8], body: &[u8], signature: &[u8]) -> bool {
    parse(key).is_some_and(|key| key.verify_sig(body, signature).is_ok())
}

fn parse(text: &[u8]) -> Option<ParsedPublicKey> {
    ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der(text)?).ok()
}

/// The public key, in PEM or as the Base64 that stands in one; Zoho's console shows the latter.
fn der(text: &[u8]) -> Option<Vec<u8>> {
    if text.trim_ascii_start().starts_with(b"-----BEGIN") {
        Some(SubjectPublicKeyInfoDer::from_pem_slice(text).ok()?.to_vec())
    } else {
        let digits: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        STANDARD.decode(digits).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `openssl genrsa` of 2048 and 1024 bits and `openssl rsa -pubout`, and `printf 'Hello, World!' | openssl dgst -sha256
    /// -sign … | base64`.
    const KEY: &str = include_str!("rsa/key.pem");
    const SHORT_KEY: &str = include_str!("rsa/short_key.pem");
    const SIGNATURE: &str = include_str!("rsa/signature.base64");

    fn base64_of(pem: &str) -> String {
        pem.lines().filter(|line| !line.starts_with("-----")).collect()
    }

    #[test]
    fn a_signature_is_good_for_its_body_and_key_alone() {
        let signature = STANDARD.decode(SIGNATURE.trim()).unwrap();
        for key in [KEY, &base64_of(KEY)] {
            assert!(is_good(key.as_bytes(), b"Hello, World!", &signature));
            assert!(!is_good(key.as_bytes(), b"Hello, World?", &signature));
            assert!(!is_good(key.as_bytes(), b"Hello, World!", &signature[1..]));
            assert!(!is_good(key.as_bytes(), b"Hello, World!", b""));
        }
        assert!(!is_good(SHORT_KEY.as_bytes(), b"Hello, World!", &signature));
        assert!(!is_good(b"", b"Hello, World!", &signature));
    }

    #[test]
    fn what_is_no_key_or_too_short_a_one_is_told_from_one() {
        assert!(is_public_key(KEY) && is_public_key(&base64_of(KEY)) && is_public_key(&format!("\n{KEY}\n")));
        for none in ["", "secret", "-----BEGIN PUBLIC KEY-----", "AAAA", SHORT_KEY, &base64_of(SHORT_KEY)] {
            assert!(!is_public_key(none), "{none}");
        }
    }
}
