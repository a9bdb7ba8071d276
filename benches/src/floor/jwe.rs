//! An encrypted token with A256GCM (RFC 7516 §7.1).

use std::hint::black_box;
use std::rc::Rc;

use super::management::Management;
use super::{Gcm as _, Library, base64url};
use crate::claims::Stamped;
use crate::family::Family;
use crate::subject::Subject;

const NONCE: usize = 12;
const TAG: usize = 16;

pub(super) fn subject<L: Library>(family: Family, keys: Box<dyn Management<L>>, claims: &Stamped) -> Subject {
    let keys: Rc<dyn Management<L>> = Rc::from(keys);
    let claims = claims.clone();
    let token = write(&*keys, &claims);
    assert_eq!(read(&*keys, &token), claims, "{family:?} with {}", L::NAME);
    let reader = Rc::clone(&keys);
    Subject::new(
        L::NAME,
        move || drop(black_box(read(&*reader, &token))),
        move || drop(black_box(write(&*keys, &claims))),
    )
}

fn write<L: Library>(keys: &dyn Management<L>, claims: &Stamped) -> String {
    let mut data = Vec::with_capacity(2048);
    serde_json::to_writer(&mut data, claims).expect("claims are JSON");
    let mut nonce = [0; NONCE];
    L::random(&mut nonce);
    let mut token = String::with_capacity(data.len() * 4 / 3 + 1024);
    keys.create(&mut |header, encrypted_key, gcm| {
        token.push_str(header);
        gcm.seal(nonce, header.as_bytes(), &mut data);
        token.push('.');
        base64url::encode_into(encrypted_key, &mut token);
    });
    let (ciphertext, tag) = data.split_at(data.len() - TAG);
    for segment in [&nonce, ciphertext, tag] {
        token.push('.');
        base64url::encode_into(segment, &mut token);
    }
    token
}

fn read<L: Library>(keys: &dyn Management<L>, token: &str) -> Stamped {
    let mut segments = token.split('.');
    let mut next = || segments.next().expect("five segments");
    let (header, encrypted_key, nonce, ciphertext, tag) = (next(), next(), next(), next(), next());
    let decode = |segment| base64url::decode(segment).expect("base64url");
    let nonce: [u8; NONCE] = decode(nonce).try_into().expect("a nonce");
    let mut data = decode(ciphertext);
    data.extend_from_slice(&decode(tag));
    keys.recover(header, &decode(encrypted_key), &mut |gcm| {
        assert!(gcm.open(nonce, header.as_bytes(), &mut data));
    });
    serde_json::from_slice(&data).expect("the claims")
}
