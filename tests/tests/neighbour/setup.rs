//! The usual configurations of both sides.

use serde_json::{Value, json};
use unjwt::__private::Spec;
use unjwt::{JweKey, Jwk, JwsKey};

use crate::node::Node;
use crate::pair::Pair;
use crate::service::{Sealed, Signed, attribute};

/// npm's side of [`Sealed`] (`jwe`) or [`Signed`] (`jws`), with more members of its configuration.
pub fn npm(family: &str, key: &Value, more: &Value) -> Value {
    let write = if family == "jwe" { "encryptOptions" } else { "signOptions" };
    let mut config = json!({
        "name": "sid",
        "maxAge": "1h",
        "key": key,
        family: { write: { "protectedHeader": { "typ": "sid+jwt" } } },
    });
    if !more.is_null() {
        merge(&mut config, more);
    }
    json!({ "family": family, "config": config })
}

/// Members of `more` go over those of `base`, at every depth.
fn merge(base: &mut Value, more: &Value) {
    match (base, more) {
        (Value::Object(base), Value::Object(more)) => {
            for (name, value) in more {
                merge(base.entry(name).or_insert(Value::Null), value);
            }
        }
        (base, more) => *base = more.clone(),
    }
}

/// An encrypted session with one key on both sides.
pub fn sealed(node: &'static Node, more: &Value, change: impl FnOnce(&mut Spec)) -> Pair {
    let jwk = Jwk::generate("A256GCM").unwrap();
    let npm = npm("jwe", &serde_json::to_value(&jwk).unwrap(), more);
    let config = Sealed::config(JweKey::from_jwk(jwk)).__with_spec(attribute::<Sealed>(change));
    Pair::new(node, &npm, config).unwrap()
}

/// A signed session with one key on both sides.
pub fn signed(node: &'static Node, more: &Value, change: impl FnOnce(&mut Spec)) -> Pair {
    let jwk = Jwk::generate("HS256").unwrap();
    let npm = npm("jws", &serde_json::to_value(&jwk).unwrap(), more);
    let config = Signed::config(JwsKey::from_jwk(jwk)).__with_spec(attribute::<Signed>(change));
    Pair::new(node, &npm, config).unwrap()
}

/// One of each family.
pub fn families(node: &'static Node, more: &Value, change: impl Fn(&mut Spec) + Copy) -> [Pair; 2] {
    [sealed(node, more, change), signed(node, more, change)]
}
