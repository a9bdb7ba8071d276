//! JWKs from and to PEM.

use super::Jwk;
use super::jwk::jwk_error;
use crate::config_error::ConfigError;
use crate::crypto::{Failed, PemError, PemForm, private_pem, public_pem, read_pem};

/// The labels that hold a key.
const FORMS: [(&str, PemForm); 5] = [
    ("PRIVATE KEY", PemForm::Private),
    ("RSA PRIVATE KEY", PemForm::Private),
    ("EC PRIVATE KEY", PemForm::Private),
    ("PUBLIC KEY", PemForm::Public),
    ("RSA PUBLIC KEY", PemForm::RsaPublic),
];

impl Jwk {
    /// Reads the one key of a PEM text: `PRIVATE KEY` (PKCS#8, RFC 5958), `PUBLIC KEY` (SPKI, RFC 5280 §4.1), and the
    /// older `RSA PRIVATE KEY`, `RSA PUBLIC KEY` (PKCS#1, RFC 8017 §A.1) and `EC PRIVATE KEY` (SEC 1, RFC 5915).
    ///
    /// RSA, EC on P-256, P-384 and P-521, Ed25519 and X25519. A PEM text names no algorithm and no `kid`: add them with
    /// [`with_alg`](Jwk::with_alg) and [`with_kid`](Jwk::with_kid).
    ///
    /// # Errors
    ///
    /// [`ConfigError::Key`] if the text holds no key, more than one, an encrypted one, or one of another type. The
    /// message never quotes the text.
    ///
    /// # Example
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use unjwt::Jwk;
    ///
    /// let pem = "-----BEGIN PUBLIC KEY-----
    /// MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
    /// -----END PUBLIC KEY-----";
    /// let jwk = Jwk::from_pem(pem)?.with_alg("EdDSA");
    /// let jwk = jwk.with_kid(jwk.thumbprint().ok_or("no thumbprint")?);
    /// assert_eq!(jwk.kid(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    /// # Ok(()) }
    /// ```
    pub fn from_pem(pem: &str) -> Result<Self, ConfigError> {
        let form = form(pem)?;
        let members = read_pem(pem.as_bytes(), form).map_err(|error| {
            jwk_error(match error {
                PemError::Malformed => "the PEM text is malformed",
                PemError::Unsupported => {
                    "the PEM text holds a key that is none of RSA, EC on P-256, P-384 or P-521, Ed25519, X25519"
                }
            })
        })?;
        Self::from_members(members).map_err(jwk_error)
    }

    /// The key as PEM: a private key as `PRIVATE KEY` (PKCS#8, RFC 5958), a public one as `PUBLIC KEY` (SPKI, RFC 5280
    /// §4.1). `kid`, `alg` and the like have no place there.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Key`] if the key is symmetric, malformed, or of another type than [`from_pem`](Jwk::from_pem)
    /// reads.
    ///
    /// # Security
    ///
    /// A private key comes out in full, in a string that is not wiped: publish [`to_public_pem`](Jwk::to_public_pem).
    pub fn to_pem(&self) -> Result<String, ConfigError> {
        if self.is_private() {
            private_pem(self.members()).map_err(|Failed| no_pem(self))
        } else {
            self.to_public_pem()
        }
    }

    /// The public half as PEM: `PUBLIC KEY` (SPKI, RFC 5280 §4.1).
    ///
    /// # Errors
    ///
    /// As [`to_pem`](Jwk::to_pem).
    pub fn to_public_pem(&self) -> Result<String, ConfigError> {
        public_pem(self.members()).map_err(|Failed| no_pem(self))
    }
}

fn no_pem(jwk: &Jwk) -> ConfigError {
    jwk_error(match jwk.kty() {
        "oct" => "a symmetric key has no PEM form: keep it as a JWK",
        "RSA" | "EC" | "OKP" => "the key is malformed, or on a curve that has no place here",
        _ => "a key of an unknown type has no PEM form",
    })
}

/// What the text calls its one key.
fn form(pem: &str) -> Result<PemForm, ConfigError> {
    if pem.lines().any(|line| line.starts_with("Proc-Type:") && line.contains("ENCRYPTED")) {
        return Err(encrypted());
    }
    let labels =
        pem.lines().filter_map(|line| line.trim().strip_prefix("-----BEGIN ")?.strip_suffix("-----"));
    let mut found = None;
    let mut other = None;
    for label in labels {
        match FORMS.iter().find(|(known, _)| *known == label) {
            Some(_) if found.is_some() => return Err(jwk_error("the PEM text holds more than one key")),
            Some((_, form)) => found = Some(*form),
            None if label == "ENCRYPTED PRIVATE KEY" => return Err(encrypted()),
            // `openssl ecparam -genkey` writes the curve's name before the key.
            None if label == "EC PARAMETERS" => {}
            None => other = Some(label),
        }
    }
    match (found, other) {
        (Some(form), None) => Ok(form),
        (_, Some("CERTIFICATE")) => Err(jwk_error(
            "the PEM text holds a certificate: take its key out with `openssl x509 -pubkey -noout`",
        )),
        (_, Some(_)) => Err(jwk_error("the PEM text holds something else than a key")),
        (None, None) => Err(jwk_error("the text is no PEM: it has no line `-----BEGIN ..-----` of a key")),
    }
}

fn encrypted() -> ConfigError {
    jwk_error(
        "the PEM text is encrypted with a passphrase: decrypt it with `openssl pkey`, or mount it decrypted",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALGS: [(&str, &str); 8] = [
        ("RS256", ""),
        ("ES256", "P-256"),
        ("ES384", "P-384"),
        ("ES512", "P-521"),
        ("EdDSA", "Ed25519"),
        ("ECDH-ES", "P-521"),
        ("ECDH-ES", "X25519"),
        ("RSA-OAEP", ""),
    ];

    fn generate((alg, curve): (&str, &str)) -> Jwk {
        if curve.is_empty() { Jwk::generate(alg) } else { Jwk::generate_on_curve(alg, curve) }.unwrap()
    }

    fn same(read: &Jwk, written: &Jwk) {
        let names = written.members().names().filter(|name| !matches!(*name, "alg" | "kid" | "use"));
        let expected = written.members().select(&names.collect::<Vec<_>>());
        assert!(*read.members() == expected, "{:?} {expected:?}", read.members());
    }

    fn reason(pem: &str) -> String {
        Jwk::from_pem(pem).unwrap_err().to_string()
    }

    #[test]
    fn both_halves_pass_through_pem() {
        for key in ALGS {
            let jwk = generate(key);
            let pem = jwk.to_pem().unwrap();
            assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{key:?}");
            same(&Jwk::from_pem(&pem).unwrap(), &jwk);

            let public = jwk.public().unwrap();
            let pem = public.to_pem().unwrap();
            assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{key:?}");
            assert_eq!(pem, jwk.to_public_pem().unwrap());
            same(&Jwk::from_pem(&pem).unwrap(), &public);
        }
    }

    #[test]
    fn older_forms_are_read() {
        // Whitespace and text around the block are as common as they are harmless.
        let rsa = generate(("RS256", ""));
        let key = openssl::rsa::Rsa::private_key_from_pem(rsa.to_pem().unwrap().as_bytes()).unwrap();
        let private = String::from_utf8(key.private_key_to_pem().unwrap()).unwrap();
        assert!(private.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
        same(&Jwk::from_pem(&format!("# our key\n\n{private}\n\n")).unwrap(), &rsa);
        let public = String::from_utf8(key.public_key_to_pem_pkcs1().unwrap()).unwrap();
        assert!(public.starts_with("-----BEGIN RSA PUBLIC KEY-----"));
        same(&Jwk::from_pem(&public).unwrap(), &rsa.public().unwrap());

        for curve in ["P-256", "P-384", "P-521"] {
            let ec = generate(("ECDH-ES", curve));
            let key = openssl::ec::EcKey::private_key_from_pem(ec.to_pem().unwrap().as_bytes()).unwrap();
            let pem = String::from_utf8(key.private_key_to_pem().unwrap()).unwrap();
            assert!(pem.starts_with("-----BEGIN EC PRIVATE KEY-----"));
            let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
            same(&Jwk::from_pem(&pem).unwrap(), &ec);
            if curve == "P-256" {
                same(&Jwk::from_pem(&format!("{parameters}{pem}")).unwrap(), &ec);
            }
        }
    }

    #[test]
    fn encrypted_keys_are_refused_with_what_to_do() {
        let jwk = generate(("RS256", ""));
        let key = openssl::pkey::PKey::private_key_from_pem(jwk.to_pem().unwrap().as_bytes()).unwrap();
        let cipher = openssl::symm::Cipher::aes_128_cbc();
        for pem in [
            key.private_key_to_pem_pkcs8_passphrase(cipher, b"secret").unwrap(),
            key.rsa().unwrap().private_key_to_pem_passphrase(cipher, b"secret").unwrap(),
        ] {
            assert!(reason(&String::from_utf8(pem).unwrap()).contains("`openssl pkey`"));
        }
    }

    #[test]
    fn halves_that_contradict_are_refused() {
        let [one, other] = [0; 2].map(|_| {
            let pem = generate(("ES256", "P-256")).to_pem().unwrap();
            openssl::ec::EcKey::private_key_from_pem(pem.as_bytes()).unwrap()
        });
        let mixed =
            openssl::ec::EcKey::from_private_components(one.group(), one.private_key(), other.public_key());
        let pem = mixed.unwrap().private_key_to_pem().unwrap();
        assert!(reason(&String::from_utf8(pem).unwrap()).contains("malformed"));
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_quoted() {
        let pem = generate(("EdDSA", "Ed25519")).to_pem().unwrap();
        assert!(reason(&format!("{pem}{pem}")).contains("more than one"));
        assert!(reason("").contains("no PEM"));
        assert!(reason("s3cr3t").contains("no PEM"));
        assert!(reason("-----BEGIN CERTIFICATE-----\ns3cr3t\n-----END CERTIFICATE-----").contains("x509"));
        assert!(reason("-----BEGIN OPENSSH PRIVATE KEY-----\ns3cr3t").contains("something else"));
        for (label, _) in FORMS {
            for body in ["s3cr3t", "", "AAAA", "MAA="] {
                let text = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
                assert_eq!(reason(&text), "Jwk: the key cannot be used: the PEM text is malformed", "{text}");
            }
        }
        for id in ["ed448", "x448", "secp256k1"] {
            let key = match id {
                "ed448" => openssl::pkey::PKey::generate_ed448().unwrap(),
                "x448" => openssl::pkey::PKey::generate_x448().unwrap(),
                _ => openssl::pkey::PKey::ec_gen("secp256k1").unwrap(),
            };
            for pem in [key.private_key_to_pem_pkcs8().unwrap(), key.public_key_to_pem().unwrap()] {
                assert!(reason(&String::from_utf8(pem).unwrap()).contains("none of RSA"), "{id}");
            }
        }
    }

    #[test]
    fn keys_without_a_pem_form_are_refused() {
        assert!(Jwk::generate("HS256").unwrap().to_pem().unwrap_err().to_string().contains("symmetric"));
        let broken = generate(("ES256", "P-256")).with("x", "AQAB".to_owned());
        assert!(broken.to_pem().is_err() && broken.to_public_pem().is_err());
        for key in [("ES256", "P-256"), ("EdDSA", "Ed25519"), ("ECDH-ES", "X25519")] {
            let mixed = generate(key).with("d", generate(key).text("d").unwrap().to_owned());
            assert!(mixed.to_pem().is_err(), "{key:?}");
        }
    }
}
