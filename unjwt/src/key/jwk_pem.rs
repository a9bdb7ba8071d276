//! JWKs from and to PEM.

use super::Jwk;
use super::jwk::jwk_error;
use super::key_type::KeyType;
use super::pem::{self, Block};
use crate::config_error::ConfigError;
use crate::crypto::{DerError, Failed, read_private, read_public, write_private, write_public};

/// The content of a block, by its label (RFC 7468 §10 and §13, RFC 8017 §A.1, RFC 5915 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Private,
    Public,
    Certificate,
    /// A curve's name, which `openssl ecparam -genkey` writes before the key.
    Parameters,
    Encrypted,
    OpenSsh,
    Other,
}

impl Content {
    fn of(label: &str) -> Self {
        match label {
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => Self::Private,
            "PUBLIC KEY" | "RSA PUBLIC KEY" => Self::Public,
            "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => Self::Certificate,
            "EC PARAMETERS" => Self::Parameters,
            "ENCRYPTED PRIVATE KEY" => Self::Encrypted,
            "OPENSSH PRIVATE KEY" => Self::OpenSsh,
            _ => Self::Other,
        }
    }
}

impl Jwk {
    /// Reads the one key of a PEM text: `PRIVATE KEY` (PKCS#8, RFC 5958), `PUBLIC KEY` (SPKI, RFC 5280 §4.1),
    /// and the older `RSA PRIVATE KEY`, `RSA PUBLIC KEY` (PKCS#1, RFC 8017 §A.1) and `EC PRIVATE KEY` (SEC 1,
    /// RFC 5915).
    ///
    /// A byte-order mark, indentation, a line break written as the two characters `\\n`, certificates and
    /// words around the key are passed over.
    ///
    /// RSA, EC on P-256, P-384 and P-521, Ed25519 and X25519. A PEM text names no algorithm and no `kid`: add
    /// them with [`with_alg`](Jwk::with_alg) and [`with_kid`](Jwk::with_kid).
    ///
    /// # Errors
    ///
    /// [`ConfigError::Key`] if the text holds no key, more than one, an encrypted one, or one of another
    /// type. The message never quotes the text.
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
        let (content, block) = only_key(pem)?;
        if block.is_encrypted() {
            return Err(jwk_error(ENCRYPTED));
        }
        if block.is_cut() {
            return Err(jwk_error("the PEM text is cut off: it has no `-----END ..-----` for its key"));
        }
        let der =
            block.decode().ok_or_else(|| jwk_error("the PEM text is malformed: its body is not base64"))?;
        let members = if content == Content::Private { read_private(&der) } else { read_public(&der) };
        Self::from_members(members.map_err(|error| jwk_error(reason(error)))?).map_err(jwk_error)
    }

    /// The key as PEM: a private key as `PRIVATE KEY` (PKCS#8, RFC 5958), a public one as `PUBLIC KEY` (SPKI,
    /// RFC 5280 §4.1). `kid`, `alg` and the like have no place there.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Key`] if the key is symmetric, malformed, or of another type than
    /// [`from_pem`](Jwk::from_pem) reads.
    ///
    /// # Security
    ///
    /// A private key comes out in full, in a string that is not wiped: publish
    /// [`to_public_pem`](Jwk::to_public_pem).
    pub fn to_pem(&self) -> Result<String, ConfigError> {
        if self.is_private() {
            let der = write_private(self.members()).map_err(|Failed| no_pem(self))?;
            Ok(pem::encode("PRIVATE KEY", &der))
        } else {
            self.to_public_pem()
        }
    }

    /// The public half as PEM: `PUBLIC KEY` (SPKI, RFC 5280 §4.1).
    ///
    /// # Errors
    ///
    /// The same as for [`to_pem`](Jwk::to_pem).
    pub fn to_public_pem(&self) -> Result<String, ConfigError> {
        let der = write_public(self.members()).map_err(|Failed| no_pem(self))?;
        Ok(pem::encode("PUBLIC KEY", &der))
    }
}

fn no_pem(jwk: &Jwk) -> ConfigError {
    jwk_error(match KeyType::of(jwk) {
        Some(KeyType::Oct) => "a symmetric key has no PEM form: keep it as a JWK",
        Some(KeyType::Rsa | KeyType::Ec | KeyType::Okp) => "the key is malformed or on an unsupported curve",
        None => "a key of an unknown type has no PEM form",
    })
}

/// The one key of the text.
fn only_key(text: &str) -> Result<(Content, Block<'_>), ConfigError> {
    let mut keys = Vec::new();
    let mut others = Vec::new();
    for block in pem::blocks(text) {
        match Content::of(block.label) {
            content @ (Content::Private | Content::Public) => keys.push((content, block)),
            content => others.push(content),
        }
    }
    if keys.len() > 1 {
        return Err(jwk_error(
            "the PEM text holds more than one key: keep the one that is meant (a private key has its public half in it)",
        ));
    }
    keys.pop().ok_or_else(|| {
        let holds = |content| others.contains(&content);
        jwk_error(if holds(Content::Encrypted) {
            ENCRYPTED
        } else if holds(Content::OpenSsh) {
            "the PEM text holds a key in OpenSSH's own format: convert it with `ssh-keygen -p -m PKCS8 -f FILE`"
        } else if holds(Content::Certificate) {
            "the PEM text holds a certificate, not a key: extract its public key with \
             `openssl x509 -pubkey -noout`, or use the file of its private key"
        } else if !others.is_empty() {
            "the PEM text holds something other than a key"
        } else if text.trim_start().starts_with(BASE64_OF_DASHES) {
            "the text is the base64 of a PEM text: decode it first"
        } else {
            "the text is not PEM: it has no `-----BEGIN ..-----` of a key"
        })
    })
}

/// `-----BEGIN`, as it stands in a Kubernetes secret that was not decoded.
const BASE64_OF_DASHES: &str = "LS0tLS1CRUdJ";

const ENCRYPTED: &str =
    "the PEM text is encrypted with a passphrase: decrypt it with `openssl pkey`, or mount it decrypted";

fn reason(error: DerError) -> &'static str {
    match error {
        DerError::Malformed => "the PEM text is malformed: what it holds is not a key",
        DerError::Unsupported => {
            "the PEM text holds a key of an unsupported type: use RSA, EC on P-256, P-384 or P-521, Ed25519 or X25519"
        }
        DerError::RestrictedToPss => {
            "the PEM text holds an RSA key of the type `RSASSA-PSS`: generate one with `openssl genpkey -algorithm RSA`, \
             which the algorithm `PS256` takes"
        }
        DerError::MorePrimes => {
            "the PEM text holds an RSA key of more than two primes: generate one with `openssl genpkey -algorithm RSA`"
        }
        DerError::DescribedCurve => {
            "the PEM text describes its curve instead of naming it: rewrite it with \
             `openssl pkey -ec_param_enc named_curve`"
        }
        DerError::Contradiction => "the two halves of the key in the PEM text do not belong together",
    }
}

#[cfg(test)]
mod tests {
    use base64_simd::STANDARD;

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
    fn a_number_without_a_byte_has_no_pem() {
        for json in [r#"{"kty":"RSA","n":"vPaH_5sn0Rpx","e":""}"#, r#"{"kty":"RSA","n":"","e":"AQAB"}"#] {
            let jwk = Jwk::from_json(json).unwrap();
            assert!(jwk.to_pem().is_err() && jwk.to_public_pem().is_err(), "{json}");
        }
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            let mut members = serde_json::to_value(Jwk::generate("RS256").unwrap()).unwrap();
            members[name] = "".into();
            assert!(Jwk::from_json(&members.to_string()).unwrap().to_pem().is_err(), "{name}");
        }
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

    /// The body of a PEM text.
    fn der(pem: &str) -> Vec<u8> {
        pem::blocks(pem)[0].decode().unwrap().to_vec()
    }

    fn changed(pem: &str, label: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut der = der(pem);
        change(&mut der);
        pem::encode(label, &der)
    }

    #[test]
    fn the_text_around_a_key_is_passed_over() {
        let ec = generate(("ES256", "P-256"));
        let pem = ec.to_pem().unwrap();
        let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
        let certificate = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        for text in [
            format!("# our key\n\n{pem}\n\n"),
            format!("{parameters}{pem}"),
            format!("{certificate}{pem}"),
            format!("{pem}{certificate}{certificate}"),
            format!("\u{feff}{}", pem.replace('\n', "\r\n")),
            format!("KEY=\"{}\"", pem.trim_end().replace('\n', "\\n")),
            pem.replace('\n', "\n      "),
        ] {
            same(&Jwk::from_pem(&text).unwrap(), &ec);
        }
    }

    /// The label of a text does not matter beyond private and public.
    #[test]
    fn a_wrong_label_is_no_obstacle() {
        for key in ALGS {
            let jwk = generate(key);
            for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"] {
                same(&Jwk::from_pem(&changed(&jwk.to_pem().unwrap(), label, |_| ())).unwrap(), &jwk);
            }
            let public = jwk.public().unwrap();
            for label in ["PUBLIC KEY", "RSA PUBLIC KEY"] {
                same(
                    &Jwk::from_pem(&changed(&jwk.to_public_pem().unwrap(), label, |_| ())).unwrap(),
                    &public,
                );
            }
            let crossed = changed(&jwk.to_pem().unwrap(), "PUBLIC KEY", |_| ());
            assert!(reason(&crossed).contains("malformed"), "{crossed}");
        }
    }

    #[test]
    fn halves_that_contradict_are_refused() {
        let [one, other] = [(); 2].map(|()| generate(("ES256", "P-256")).to_pem().unwrap());
        // PKCS#8 of an EC key ends with the public point.
        let point = der(&other)[der(&other).len() - 65..].to_vec();
        let mixed = changed(&one, "PRIVATE KEY", |der| {
            let at = der.len() - 65;
            der[at..].copy_from_slice(&point);
        });
        assert!(reason(&mixed).contains("do not belong together"));
        // Not a point of the curve.
        let off = changed(&one, "PRIVATE KEY", |der| *der.last_mut().unwrap() ^= 1);
        assert!(reason(&off).contains("malformed"));
        let off = generate(("ES256", "P-256")).to_public_pem().unwrap();
        assert!(
            reason(&changed(&off, "PUBLIC KEY", |der| *der.last_mut().unwrap() ^= 1)).contains("malformed")
        );
    }

    #[test]
    fn no_change_of_a_byte_panics_or_passes_for_another_public_key() {
        for key in [("ES256", "P-256"), ("EdDSA", "Ed25519"), ("ECDH-ES", "X25519")] {
            let jwk = generate(key);
            let pem = jwk.to_pem().unwrap();
            for at in 0..der(&pem).len() {
                for bit in [1, 0x80] {
                    let _ = Jwk::from_pem(&changed(&pem, "PRIVATE KEY", |der| der[at] ^= bit));
                }
                let _ = Jwk::from_pem(&changed(&pem, "PRIVATE KEY", |der| der.truncate(at)));
            }
        }
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_quoted() {
        let pem = generate(("EdDSA", "Ed25519")).to_pem().unwrap();
        assert!(reason(&format!("{pem}{pem}")).contains("more than one"));
        assert!(reason("").contains("not PEM"));
        assert!(reason("s3cr3t").contains("not PEM"));
        let twice = STANDARD.encode_to_string(&pem);
        assert!(reason(&twice).contains("decode it first"));
        assert!(reason(&pem[..pem.len() - 9]).contains("cut off"));
        assert!(reason("-----BEGIN CERTIFICATE-----\ns3cr3t\n-----END CERTIFICATE-----").contains("x509"));
        assert!(reason("-----BEGIN OPENSSH PRIVATE KEY-----\ns3cr3t").contains("ssh-keygen"));
        assert!(reason("-----BEGIN DH PARAMETERS-----\ns3cr3t").contains("something other than"));
        assert!(reason("-----BEGIN ENCRYPTED PRIVATE KEY-----\ns3cr3t").contains("`openssl pkey`"));
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "PUBLIC KEY", "RSA PUBLIC KEY"] {
            for body in ["s3cr3t", "", "AAAA", "MAA="] {
                let text = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
                let reason = reason(&text);
                assert!(
                    reason.starts_with("Jwk: the key cannot be used: the PEM text is malformed: "),
                    "{reason}"
                );
                assert!(!reason.contains("s3cr3t"));
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
