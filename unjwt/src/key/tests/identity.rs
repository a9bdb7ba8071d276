use std::sync::{Arc, Weak};

use super::*;
use crate::clock::NumericDate;
use crate::session::tokens::cache::{Content, TokenCache};
use crate::token::Identity;

const NOW: NumericDate = NumericDate::from_secs(1_700_000_000);

#[test]
fn a_remembered_token_keeps_no_key_alive() {
    let tokens = TokenCache::<()>::new(8 << 20);
    let profile = Profile { read_only: true, ..Profile::default() };
    let mut materials: Vec<Weak<_>> = Vec::new();
    for number in 0..1_000_u32 {
        // As a `key_lookup` does that makes its key for each request.
        let key = JwsKey::secret([&number.to_le_bytes()[..], &[7; 28]].concat());
        materials.push(Arc::downgrade(&key.material(None, false, Whose::Ours).unwrap()));
        let identity = key.prepare(&[], &profile).unwrap().identity();
        let slot = tokens.slot(&["token"], &identity).unwrap();
        assert!(slot.get(NOW).is_none(), "another key has the same token");
        slot.put(Content::Payload(number.to_le_bytes().to_vec().into(), None), true);
    }
    assert_eq!(materials.iter().filter(|material| material.strong_count() > 0).count(), 0);
}

/// The identities of a key that is made twice.
fn twice<K: KeyFamily>(key: impl Fn() -> K) -> [Identity; 2] {
    let profile = read_only();
    [(); 2].map(|()| key().prepare(&[], &profile).unwrap().identity())
}

#[test]
fn a_key_is_the_same_however_often_it_is_made() {
    let [ec, other_ec] = [(); 2].map(|()| Jwk::generate("ES256").unwrap().with_kid("k"));
    let public = |jwk: &Jwk| JwsKey::verify_only(jwk.public().unwrap());
    let [rsa, other_rsa] = [(); 2].map(|()| Jwk::generate("RSA-OAEP").unwrap().with_kid("k"));
    let password = || JweKey::password("correct horse battery staple").iterations(1_000);
    let secret = |byte| JwsKey::secret([byte; 64]);
    let all = [
        twice(|| public(&ec)),
        twice(|| public(&other_ec)),
        twice(|| JwsKey::from_jwk(ec.clone())),
        twice(|| JwsKey::verify_only(JwkSet::from([ec.public().unwrap(), other_ec.clone().with_kid("l")]))),
        twice(|| secret(1)),
        twice(|| secret(2)),
        twice(|| secret(2).algorithm(crate::jose::JwsAlg::Hs512)),
        twice(|| JweKey::secret([1; 64])),
        twice(password),
        twice(|| password().accept_iterations(1_000..=2_000)),
        twice(|| password().algorithm(crate::jose::JweAlg::Pbes2Hs512A256Kw)),
        twice(|| password().encryption(crate::jose::Enc::A128Gcm)),
        twice(|| JweKey::from_jwk(rsa.clone())),
        twice(|| JweKey::from_jwk(other_rsa.clone())),
        twice(|| JweKey::from_pair(rsa.clone(), rsa.public())),
    ];
    for (nth, [one, again]) in all.iter().enumerate() {
        assert!(one == again, "{nth}");
        assert!(all.iter().skip(nth + 1).all(|[other, _]| other != one), "{nth}");
    }
}

#[test]
fn a_retired_key_is_part_of_what_reads() {
    let profile = Profile::default();
    let [own, old] = [1, 2].map(|byte| JweKey::secret([byte; 32]));
    let identity = |also: &[JweKey]| own.prepare(also, &profile).unwrap().identity();
    assert!(identity(&[]) == identity(&[]));
    assert!(identity(&[]) != identity(std::slice::from_ref(&old)));
    assert!(identity(&[old.clone(), own.clone()]) != identity(&[own.clone(), old.clone()]));
}
