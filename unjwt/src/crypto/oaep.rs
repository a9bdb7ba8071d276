use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use zeroize::Zeroizing;

use super::der;
use super::{Failed, StackBytes};
use crate::alg::{Hash, OaepHash};
use crate::util::json::Object;

/// Encrypts a key with RSAES-OAEP (RFC 7518 §4.3).
pub(crate) struct OaepPublicKey {
    key: OaepPublicEncryptingKey,
    algorithm: &'static OaepAlgorithm,
}

/// Decrypts it.
pub(crate) struct OaepPrivateKey {
    key: OaepPrivateDecryptingKey,
    algorithm: &'static OaepAlgorithm,
}

impl OaepPublicKey {
    /// From the members of a checked public JWK.
    pub(crate) fn new(hash: OaepHash, members: &Object) -> Result<Self, Failed> {
        let der = der::write_public(members)?;
        let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&der)?)?;
        Ok(Self { key, algorithm: algorithm(hash) })
    }

    pub(crate) fn encrypt(&self, cek: &[u8]) -> Result<Vec<u8>, Failed> {
        let mut encrypted = vec![0; self.key.ciphertext_size()];
        let len = self.key.encrypt(self.algorithm, cek, &mut encrypted, None)?.len();
        if len == encrypted.len() { Ok(encrypted) } else { Err(Failed) }
    }
}

impl OaepPrivateKey {
    /// From the members of a checked private JWK.
    pub(crate) fn new(hash: OaepHash, members: &Object) -> Result<Self, Failed> {
        let der = der::write_private(members)?;
        let key = OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(&der)?)?;
        Ok(Self { key, algorithm: algorithm(hash) })
    }

    /// The encrypted key of exactly `len` bytes, or a random one of that length where there is none: whether
    /// the padding was right shows nowhere (RFC 7516 §11.5).
    pub(crate) fn decrypt(&self, encrypted: &[u8], len: usize) -> Result<StackBytes<64>, Failed> {
        let random = StackBytes::random(len).ok_or(Failed)?;
        let mut buffer = Zeroizing::new(vec![0; self.key.min_output_size()]);
        match self.key.decrypt(self.algorithm, encrypted, &mut buffer, None) {
            Ok(cek) if cek.len() == len => StackBytes::from_slice(cek).ok_or(Failed),
            _ => Ok(random),
        }
    }
}

fn algorithm(hash: OaepHash) -> &'static OaepAlgorithm {
    match hash {
        OaepHash::Sha1 => &OAEP_SHA1_MGF1SHA1,
        OaepHash::Sha2(Hash::Sha256) => &OAEP_SHA256_MGF1SHA256,
        OaepHash::Sha2(Hash::Sha384) => &OAEP_SHA384_MGF1SHA384,
        OaepHash::Sha2(Hash::Sha512) => &OAEP_SHA512_MGF1SHA512,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::generate_rsa;

    #[test]
    fn what_does_not_decrypt_yields_a_random_key() {
        let members = generate_rsa().unwrap();
        for hash in Hash::ALL.map(OaepHash::Sha2).into_iter().chain([OaepHash::Sha1]) {
            let public = OaepPublicKey::new(hash, &members).unwrap();
            let private = OaepPrivateKey::new(hash, &members).unwrap();
            let mut encrypted = public.encrypt(&[7; 32]).unwrap();
            assert_eq!(encrypted.len(), 256);
            assert_eq!(private.decrypt(&encrypted, 32).unwrap().as_slice(), [7; 32]);
            // The right key, and not of the length that the token needs.
            assert_ne!(private.decrypt(&encrypted, 16).unwrap().as_slice(), [7; 16]);
            encrypted[100] ^= 1;
            let [a, b] = [(); 2].map(|()| private.decrypt(&encrypted, 32).unwrap());
            assert_eq!(a.as_slice().len(), 32);
            assert_ne!(a.as_slice(), b.as_slice());
        }
    }
}
