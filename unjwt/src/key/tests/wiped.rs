//! Everything that holds a secret wipes it when it is dropped.

use zeroize::ZeroizeOnDrop;

use super::super::{jwe_key, jwk, jws_key};
use super::*;
use crate::crypto::{Kek, StackBytes};

/// Only the compiler needs to see it.
fn wiped<T: ZeroizeOnDrop>(_: &T) {}

#[test]
fn the_types_that_hold_secrets_wipe_them() {
    wiped(&StackBytes::<64>::EMPTY);
    wiped(&Kek::new(&[7; 16]).unwrap());
    match &jws_key::KeyInput::Secret(vec![7; 32].into()) {
        jws_key::KeyInput::Secret(secret) => wiped(secret),
        // Their JWKs are looked at below.
        jws_key::KeyInput::Changing(_) => {}
        jws_key::KeyInput::Jwk(_) | jws_key::KeyInput::Pair { .. } | jws_key::KeyInput::VerifyOnly(_) => {}
    }
    let password = "0123456789abcdef".to_owned().into();
    for source in [
        jwe_key::KeyInput::Secret(vec![7; 32].into()),
        jwe_key::KeyInput::Password { password, iterations: 1, accepted: None, derived: Arc::default() },
    ] {
        match &source {
            jwe_key::KeyInput::Secret(secret) => wiped(secret),
            jwe_key::KeyInput::Password { password, .. } => wiped(password),
            jwe_key::KeyInput::Changing(_) | jwe_key::KeyInput::Jwk(_) | jwe_key::KeyInput::Pair { .. } => {}
        }
    }
}

/// A key counts as private by the names of its members.
#[test]
fn every_member_that_is_not_published_makes_a_key_private() {
    let names = JwsAlg::ALL.iter().map(|alg| alg.name());
    let names =
        names.chain(JweAlg::ALL.iter().map(|alg| alg.name())).chain(Enc::ALL.iter().map(|enc| enc.name()));
    for name in names.filter(|name| !name.starts_with("PBES2")) {
        let jwk = Jwk::generate(name).unwrap();
        let public = jwk.public();
        let published = |member: &str| match &public {
            Some(public) => public.get(member).is_some(),
            None => ["kty", "kid", "alg", "enc"].contains(&member),
        };
        let private: Vec<&str> = jwk.members().names().filter(|member| !published(member)).collect();
        assert!(!private.is_empty(), "{name}");
        assert!(private.iter().all(|member| jwk::SECRET.contains(member)), "{name}: {private:?}");
    }
}
