//! Every algorithm that both sides have, pinned on both sides, with either's `typ`.

use serde_json::{Value, json};
use unjwt::__private::Protection;
use unjwt::JweKey;
use unjwt::jose::{Enc, JweAlg, JwsAlg};
use unjwt_tests::told;

use crate::keys::Keys;
use crate::node::{Node, node};
use crate::pair::{BOTH_WAYS, Pair};
use crate::service::{Sealed, Signed, attribute};
use crate::support::json_segment;

/// Ours, which is bound to the session's name, and npm's.
const TYPS: [&str; 2] = ["sid+jwt", "JWT"];

const PASSWORD: &str = "correct horse battery staple";

/// A session's life, begun on either side and ended on the other, with every step seen by both.
fn walk(pair: &mut Pair, header: &Value) {
    for (one, other) in BOTH_WAYS {
        pair.forget();
        let begun = pair.begin(one);
        let wanted = |token: &str| {
            let found = json_segment(token, 0);
            for (name, value) in header.as_object().unwrap() {
                assert_eq!(found[name], *value, "{one:?} {found}");
            }
        };
        wanted(begun.token());
        assert_eq!(pair.read(other).valid().session(), begun.session(), "{one:?} begins: {header}");

        let updated = pair.update(other, &json!({ "visits": 2 }));
        wanted(updated.token());
        assert_ne!(updated.id(), begun.id());
        assert_eq!(*updated.data(), json!({ "user": "ada", "visits": 2 }));
        assert_eq!(pair.read(one).valid().session(), updated.session(), "{other:?} updates: {header}");

        let renewed = pair.rotate(one);
        assert_ne!(renewed.id(), updated.id());
        assert_eq!(renewed.data(), updated.data());
        assert_eq!(pair.read(other).valid().session(), renewed.session(), "{one:?} renews: {header}");

        pair.clear(other);
        for side in [one, other] {
            assert_eq!(pair.read(side).status, "absent", "{other:?} ends: {header}");
        }
    }
}

#[test]
fn every_signature_algorithm() {
    let Some(node) = node() else { return };
    let mut keys = Keys::new(node);
    let mut held = 0;
    for alg in JwsAlg::ALL {
        for typ in TYPS {
            let halves = keys.make(alg.name(), None);
            let npm = json!({ "family": "jws", "config": {
                "name": "sid", "maxAge": "1h", "key": halves.npm(),
                "jws": { "signOptions": { "alg": alg.name(), "protectedHeader": { "typ": typ } } },
            } });
            let ours = attribute::<Signed>(|spec| {
                spec.typ = typ;
                spec.protection = Protection::Jws { alg: Some(*alg) };
            });
            let mut pair = Pair::new(node, &npm, Signed::config(halves.jws()).__with_spec(ours)).unwrap();
            walk(&mut pair, &json!({ "alg": alg.name(), "typ": typ, "kid": halves.private["kid"] }));
            held += 1;
        }
    }
    told!("neighbour: all {held} signed combinations (alg, typ) held, begun on either side");
    assert_eq!(held, 28);
}

/// One encrypted combination: npm's key and options, and our key.
fn encrypted(
    node: &'static Node,
    (alg, enc, typ): (JweAlg, Enc, &'static str),
    npm: &Value,
    iterations: Option<u32>,
    ours: JweKey,
) {
    let npm = json!({ "family": "jwe", "config": {
        "name": "sid", "maxAge": "1h", "key": npm,
        "jwe": { "encryptOptions": {
            "alg": alg.name(), "enc": enc.name(), "protectedHeader": { "typ": typ }, "p2c": iterations,
        } },
    } });
    let attribute = attribute::<Sealed>(|spec| {
        spec.typ = typ;
        spec.protection = Protection::Jwe { alg: Some(alg), enc: Some(enc) };
    });
    let ours = Sealed::config(ours).anyone_with_the_public_key_may_write().__with_spec(attribute);
    let mut pair = Pair::new(node, &npm, ours).unwrap();
    walk(&mut pair, &json!({ "alg": alg.name(), "enc": enc.name(), "typ": typ }));
}

#[test]
fn every_encryption_with_a_key() {
    let Some(node) = node() else { return };
    let mut keys = Keys::new(node);
    let mut held = 0;
    for alg in JweAlg::ALL.iter().filter(|alg| !alg.name().starts_with("PBES2")) {
        let curves: &[Option<&str>] = if alg.name().starts_with("ECDH") {
            &[Some("P-256"), Some("P-384"), Some("P-521"), Some("X25519")]
        } else {
            &[None]
        };
        for curve in curves {
            // A key of its own for each pair of `alg` and `typ`; that of `dir` belongs to one `enc`.
            let mut of_typ = TYPS.map(|_| None);
            for enc in Enc::ALL {
                for (typ, made) in TYPS.into_iter().zip(&mut of_typ) {
                    let halves = match alg {
                        JweAlg::Dir => &*made.insert(keys.make(enc.name(), None)),
                        _ => &*made.get_or_insert_with(|| keys.make(alg.name(), *curve)),
                    };
                    encrypted(node, (*alg, *enc, typ), &halves.npm(), None, halves.jwe());
                    held += 1;
                }
            }
        }
    }
    told!("neighbour: all {held} encrypted combinations (alg, curve, enc, typ) held, begun on either side");
    assert_eq!(held, 2 * 6 * (1 + 3 + 3 + 4 + 4 * 4));
}

#[test]
fn every_encryption_with_a_password() {
    let Some(node) = node() else { return };
    let mut held = 0;
    for alg in JweAlg::ALL.iter().filter(|alg| alg.name().starts_with("PBES2")) {
        for enc in Enc::ALL {
            for typ in TYPS {
                // npm's own count of iterations once for each `alg`, and few for the rest.
                let iterations = (*enc != Enc::A128Gcm || typ != "JWT").then_some(1000);
                let key = JweKey::password(PASSWORD);
                let key = iterations.map_or(key.clone(), |count| key.iterations(count));
                encrypted(node, (*alg, *enc, typ), &json!(PASSWORD), iterations, key);
                held += 1;
            }
        }
    }
    told!("neighbour: all {held} combinations with a password (alg, enc, typ) held, begun on either side");
    assert_eq!(held, 2 * 6 * 3);
}
