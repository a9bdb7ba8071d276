//! A key that is exchanged on both sides while people are signed in.

use serde_json::{Value, json};
use unjwt::Config;
use unjwt_tests::told;

use crate::keys::{Halves, Keys};
use crate::node::{Node, node};
use crate::pair::{BOTH_WAYS, Npm, Ours, Pair, Side};
use crate::service::{Sealed, Service, Signed};
use crate::setup;
use crate::support::json_segment;

/// npm's side: writes with one key and reads with a set.
type NpmConfig = fn(write: &Halves, read: &[&Halves]) -> Value;

/// A set of keys that npm's key look-up hook answers with, which is its only way for secrets and encryption.
fn looked_up(family: &str, write: &Halves, read: &[&Halves]) -> Value {
    let mut npm = setup::npm(family, &write.npm(), &Value::Null);
    let keys: Vec<&Value> = read.iter().map(|halves| &halves.private).collect();
    npm["lookup"] = json!({ "keys": keys });
    npm
}

/// For signatures with a key pair it takes several public keys.
fn public_keys(write: &Halves, read: &[&Halves]) -> Value {
    let keys: Vec<_> = read.iter().map(|halves| halves.public.clone().unwrap()).collect();
    setup::npm("jws", &json!({ "privateKey": write.private, "publicKey": { "keys": keys } }), &Value::Null)
}

fn kid(token: &str) -> String {
    json_segment(token, 0)["kid"].as_str().unwrap().to_owned()
}

fn roll<T: Service>(
    node: &'static Node,
    [old, new]: [&Halves; 2],
    npm: NpmConfig,
    key: fn(&Halves) -> T::Key,
    config: fn(T::Key) -> Config<T>,
) {
    let ours = |write: &Halves, read: &Halves| config(key(write)).also_reads(key(read));
    for (one, other) in BOTH_WAYS {
        let mut pair = Pair::new(node, &npm(old, &[old]), config(key(old))).unwrap();
        let begun = pair.begin(one);
        assert_eq!(kid(begun.token()), old.kid());

        // Each side learns of the new key before any writes with it.
        pair.set_npm(&npm(old, &[old, new]));
        pair.set_ours(ours(old, new));
        let seen_by_both = |pair: &mut Pair, session: Value, writer: Side| {
            for (side, _) in BOTH_WAYS {
                assert_eq!(pair.read(side).valid().session(), session, "{writer:?} wrote, {side:?} reads");
            }
        };
        seen_by_both(&mut pair, begun.session(), one);

        // One side writes with the new key, while the other still has the old one.
        match one {
            Npm => pair.set_npm(&npm(new, &[old, new])),
            Ours => pair.set_ours(ours(new, old)),
        }
        let moved = pair.rotate(one);
        assert_eq!(kid(moved.token()), new.kid());
        seen_by_both(&mut pair, moved.session(), one);
        let back = pair.rotate(other);
        assert_eq!(kid(back.token()), old.kid());
        seen_by_both(&mut pair, back.session(), other);

        // Both write with the new one, and then the old one is gone.
        pair.set_npm(&npm(new, &[new, old]));
        pair.set_ours(ours(new, old));
        let moved = pair.rotate(other);
        assert_eq!(kid(moved.token()), new.kid());
        pair.set_npm(&npm(new, &[new]));
        pair.set_ours(config(key(new)));
        seen_by_both(&mut pair, moved.session(), other);
        for (side, _) in BOTH_WAYS {
            assert_eq!(pair.read_header(side, "x-sid-session", back.token()).status, "rejected", "{side:?}");
        }
    }
}

#[test]
fn a_key_is_rolled_on_both_sides_and_nobody_is_logged_out() {
    let Some(node) = node() else { return };
    let mut keys = Keys::new(node);
    let mut two = |alg: &str| [(); 2].map(|()| keys.make(alg, None));
    let mut held = 0;

    for alg in ["A256KW", "A256GCMKW", "RSA-OAEP-256", "ECDH-ES+A256KW"] {
        let [old, new] = two(alg);
        roll::<Sealed>(
            node,
            [&old, &new],
            |write, read| looked_up("jwe", write, read),
            Halves::jwe,
            |key| Sealed::config(key).anyone_with_the_public_key_may_write(),
        );
        held += 1;
    }
    let [old, new] = two("HS256");
    roll::<Signed>(
        node,
        [&old, &new],
        |write, read| looked_up("jws", write, read),
        Halves::jws,
        Signed::config,
    );
    held += 1;
    for alg in ["RS256", "ES256", "EdDSA"] {
        let [old, new] = two(alg);
        roll::<Signed>(node, [&old, &new], public_keys, Halves::jws, Signed::config);
        held += 1;
    }
    told!("neighbour: {held} kinds of keys were rolled on both sides, one side first and the other first");
}
