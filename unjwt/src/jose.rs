//! Tokens that are no session: signing, verifying, encrypting and decrypting bytes.
