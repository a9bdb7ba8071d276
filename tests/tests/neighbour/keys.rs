//! Keys that both sides use as their maker wrote them.

use serde_json::{Value, json};
use unjwt::{JweKey, Jwk, JwsKey};

use crate::client::Client;
use crate::node::Node;

/// A key pair, or one key in the place of both halves.
pub struct Halves {
    pub private: Value,
    pub public: Option<Value>,
}

impl Halves {
    fn ours(made: &Jwk) -> Self {
        let public = made.public().map(|public| serde_json::to_value(public).unwrap());
        Self { private: serde_json::to_value(made).unwrap(), public }
    }

    /// As npm's configuration wants it.
    pub fn npm(&self) -> Value {
        match &self.public {
            Some(public) => json!({ "privateKey": self.private, "publicKey": public }),
            None => self.private.clone(),
        }
    }

    pub fn jws(&self) -> JwsKey {
        match self.public() {
            Some(public) => JwsKey::from_pair(self.private(), public),
            None => JwsKey::from_jwk(self.private()),
        }
    }

    pub fn jwe(&self) -> JweKey {
        match self.public() {
            Some(public) => JweKey::from_pair(self.private(), public),
            None => JweKey::from_jwk(self.private()),
        }
    }

    pub fn kid(&self) -> &str {
        self.private["kid"].as_str().unwrap()
    }

    fn private(&self) -> Jwk {
        serde_json::from_value(self.private.clone()).unwrap()
    }

    fn public(&self) -> Option<Jwk> {
        self.public.clone().map(|public| serde_json::from_value(public).unwrap())
    }
}

/// Makes every other key here and the rest with npm's `generateJWK`.
pub struct Keys {
    node: &'static Node,
    by_npm: bool,
}

impl Keys {
    pub fn new(node: &'static Node) -> Self {
        Self { node, by_npm: false }
    }

    pub fn make(&mut self, alg: &str, curve: Option<&str>) -> Halves {
        self.by_npm = !self.by_npm;
        // For `ES512` npm asks Node for a curve `P-512`, and fails.
        if self.by_npm && alg != "ES512" {
            by_npm(self.node, alg, curve)
        } else {
            Halves::ours(&match curve {
                Some(curve) => Jwk::generate_on_curve(alg, curve).unwrap(),
                None => Jwk::generate(alg).unwrap(),
            })
        }
    }
}

/// Makes a key with npm's `generateJWK`.
pub fn by_npm(node: &Node, alg: &str, curve: Option<&str>) -> Halves {
    let options = curve.map_or(json!({}), |curve| json!({ "namedCurve": curve }));
    let answer =
        Client::new(&node.url).post_json("/key", &json!({ "alg": alg, "options": options })).unwrap();
    assert_eq!(answer.status, 200, "{alg}: {answer:?}");
    let mut made = answer.json().unwrap();
    if made["privateKey"].is_object() {
        Halves { private: made["privateKey"].take(), public: Some(made["publicKey"].take()) }
    } else {
        Halves { private: made, public: None }
    }
}
