//! A signed token (RFC 7515 §7.1).

use std::hint::black_box;
use std::rc::Rc;

use super::{Signature, base64url, header_segment};
use crate::claims::Stamped;
use crate::family::Keys;
use crate::subject::Subject;

pub(super) fn subject(name: &'static str, keys: &Keys, key: Box<dyn Signature>, claims: &Stamped) -> Subject {
    let key: Rc<dyn Signature> = Rc::from(key);
    let header = header_segment(keys, "");
    let claims = claims.clone();
    let token = write(&*key, &header, &claims);
    assert_eq!(read(&*key, &token), claims, "{name}");
    let reader = Rc::clone(&key);
    Subject::new(
        name,
        move || drop(black_box(read(&*reader, &token))),
        move || drop(black_box(write(&*key, &header, &claims))),
    )
}

fn write(key: &dyn Signature, header: &str, claims: &Stamped) -> String {
    let payload = claims.to_json();
    let mut token = String::with_capacity(header.len() + payload.len() * 4 / 3 + 512);
    token.push_str(header);
    token.push('.');
    base64url::encode_into(&payload, &mut token);
    let mut encoded = String::new();
    key.sign(token.as_bytes(), &mut |signature| base64url::encode_into(signature, &mut encoded));
    token.push('.');
    token.push_str(&encoded);
    token
}

fn read(key: &dyn Signature, token: &str) -> Stamped {
    let (input, signature) = token.rsplit_once('.').expect("three segments");
    let (_, payload) = input.split_once('.').expect("three segments");
    assert!(key.verify(input.as_bytes(), &base64url::decode(signature).expect("base64url")));
    serde_json::from_slice(&base64url::decode(payload).expect("base64url")).expect("the claims")
}
