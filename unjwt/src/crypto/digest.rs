use std::io;
use std::sync::OnceLock;

use aws_lc_rs::hmac;

use super::random_bytes;

/// HMAC-SHA-256 under a key that the process draws once: a fingerprint of secrets that nobody can check a
/// guess against.
pub(crate) struct KeyedDigest(hmac::Context);

impl KeyedDigest {
    pub(crate) fn new() -> Self {
        static KEY: OnceLock<hmac::Key> = OnceLock::new();
        let key = KEY.get_or_init(|| hmac::Key::new(hmac::HMAC_SHA256, &random_bytes::<32>()));
        Self(hmac::Context::with_key(key))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        let mut digest = [0; 32];
        for (to, from) in digest.iter_mut().zip(self.0.sign().as_ref()) {
            *to = *from;
        }
        digest
    }
}

impl io::Write for KeyedDigest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
