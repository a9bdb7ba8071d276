//! A key of every family of key management, and what a forger has of it.

use unjwt::jose::{Enc, JweAlg};
use unjwt::{JweKey, Jwk};

pub const PASSWORD: &str = "battery staple, horse correct";

pub struct Family {
    pub name: String,
    pub enc: Enc,
    /// The session's.
    pub key: JweKey,
    /// Another of the same kind.
    pub other: JweKey,
    /// A symmetric one's bytes, to forge with; a test may know them.
    pub jwk: Option<Jwk>,
}

/// Every algorithm, with a content encryption of each kind.
pub fn families() -> Vec<Family> {
    let rsa = [(); 2].map(|()| Jwk::generate("RSA-OAEP").unwrap());
    let mut families = Vec::new();
    for enc in [Enc::A256Gcm, Enc::A256CbcHs512] {
        for &alg in JweAlg::ALL {
            for curve in curves(alg) {
                let [jwk, other] = match (alg.name(), curve) {
                    (name, _) if name.starts_with("PBES2") => {
                        let password = |text: &str| JweKey::password(text).algorithm(alg).iterations(1_000);
                        families.push(Family {
                            name: format!("{name} {}", enc.name()),
                            enc,
                            key: password(PASSWORD).encryption(enc),
                            other: password("another password than that").encryption(enc),
                            jwk: None,
                        });
                        continue;
                    }
                    (name, _) if name.starts_with("RSA") => {
                        [0, 1].map(|index: usize| rsa[index].with_alg(name))
                    }
                    ("dir", _) => [(); 2].map(|()| Jwk::generate(enc.name()).unwrap()),
                    (name, None) => [(); 2].map(|()| Jwk::generate(name).unwrap()),
                    (name, Some(curve)) => [(); 2].map(|()| Jwk::generate_on_curve(name, curve).unwrap()),
                };
                let [key, other] = [&jwk, &other].map(|jwk| JweKey::from_jwk(jwk.clone()).encryption(enc));
                let name = format!("{} {} {}", alg.name(), curve.unwrap_or_default(), enc.name());
                families.push(Family { name, enc, key, other, jwk: Some(jwk) });
            }
        }
        families.push(Family {
            name: format!("secret {}", enc.name()),
            enc,
            key: JweKey::secret([1; 32]).encryption(enc),
            other: JweKey::secret([2; 32]).encryption(enc),
            jwk: None,
        });
    }
    families
}

fn curves(alg: JweAlg) -> Vec<Option<&'static str>> {
    if alg.name().starts_with("ECDH") {
        ["P-256", "P-384", "P-521", "X25519"].map(Some).to_vec()
    } else {
        vec![None]
    }
}
