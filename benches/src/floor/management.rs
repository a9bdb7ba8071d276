//! How a token's content key comes about (RFC 7518 §4), with the primitives of one library.

use serde::{Deserialize, Serialize};

use super::{Agreement, Gcm, KeyWrap, Library, Oaep, base64url, header_segment};
use crate::family::{Family, ITERATIONS, Keys, PASSWORD};

/// Receives a header, an encrypted key and a content key.
pub(super) type Take<'t, L> = &'t mut dyn FnMut(&str, &[u8], &<L as Library>::Gcm);

pub(super) trait Management<L: Library> {
    /// Hands over the header, the encrypted key and the content key of a new token.
    fn create(&self, take: Take<'_, L>);
    /// Hands over the content key of a token.
    fn recover(&self, header: &str, encrypted_key: &[u8], take: &mut dyn FnMut(&L::Gcm));
}

pub(super) fn of<L: Library>(keys: &Keys) -> Option<Box<dyn Management<L>>> {
    let kek = || <[u8; 32]>::try_from(keys.secret()).expect("32 bytes");
    let header = || header_segment(keys, "");
    Some(match keys.family {
        Family::Dir => Box::new(Direct::<L> { header: header(), key: L::gcm(&kek()) }),
        Family::A256Kw => Box::new(Wrapped { header: header(), key: L::key_wrap(&kek())? }),
        Family::A256GcmKw => Box::new(GcmWrapped::<L> { keys: keys.clone(), key: L::gcm(&kek()) }),
        Family::Pbes2 => {
            L::pbkdf2(b"", b"", 1)?;
            L::key_wrap(&[0; 16])?;
            Box::new(Password(keys.clone()))
        }
        Family::RsaOaep256 => Box::new(Encrypted { header: header(), key: L::oaep(keys)? }),
        Family::EcdhP256 | Family::EcdhX25519 => {
            L::key_wrap(&[0; 32])?;
            Box::new(Agreed { keys: keys.clone(), key: L::agreement(keys)? })
        }
        _ => return None,
    })
}

fn random<L: Library, const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    L::random(&mut bytes);
    bytes
}

fn encoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    base64url::encode_into(bytes, &mut text);
    text
}

fn decoded<const N: usize>(text: &str) -> [u8; N] {
    base64url::decode(text).expect("base64url").try_into().expect("its length")
}

/// The header members that a key management adds; those of the others are absent.
#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    iv: String,
    #[serde(default)]
    tag: String,
    #[serde(default)]
    p2s: String,
    #[serde(default)]
    p2c: u32,
    epk: Option<Epk>,
}

#[derive(Serialize, Deserialize)]
struct Epk {
    x: String,
    y: Option<String>,
}

impl Header {
    fn read(segment: &str) -> Self {
        serde_json::from_slice(&base64url::decode(segment).expect("base64url")).expect("a header")
    }
}

struct Direct<L: Library> {
    header: String,
    key: L::Gcm,
}

impl<L: Library> Management<L> for Direct<L> {
    fn create(&self, take: Take<'_, L>) {
        take(&self.header, &[], &self.key);
    }

    fn recover(&self, _: &str, _: &[u8], take: &mut dyn FnMut(&L::Gcm)) {
        take(&self.key);
    }
}

struct Wrapped {
    header: String,
    key: Box<dyn KeyWrap>,
}

impl<L: Library> Management<L> for Wrapped {
    fn create(&self, take: Take<'_, L>) {
        let cek = random::<L, 32>();
        take(&self.header, &self.key.wrap(&cek), &L::gcm(&cek));
    }

    fn recover(&self, _: &str, encrypted_key: &[u8], take: &mut dyn FnMut(&L::Gcm)) {
        take(&L::gcm(&self.key.unwrap(encrypted_key)));
    }
}

struct GcmWrapped<L: Library> {
    keys: Keys,
    key: L::Gcm,
}

impl<L: Library> Management<L> for GcmWrapped<L> {
    fn create(&self, take: Take<'_, L>) {
        let (cek, iv) = (random::<L, 32>(), random::<L, 12>());
        let mut wrapped = cek.to_vec();
        self.key.seal(iv, &[], &mut wrapped);
        let (encrypted_key, tag) = wrapped.split_at(cek.len());
        let members = format!(r#""iv":"{}","tag":"{}","#, encoded(&iv), encoded(tag));
        take(&header_segment(&self.keys, &members), encrypted_key, &L::gcm(&cek));
    }

    fn recover(&self, header: &str, encrypted_key: &[u8], take: &mut dyn FnMut(&L::Gcm)) {
        let header = Header::read(header);
        let mut wrapped = encrypted_key.to_vec();
        wrapped.extend_from_slice(&decoded::<16>(&header.tag));
        assert!(self.key.open(decoded(&header.iv), &[], &mut wrapped));
        take(&L::gcm(&wrapped.try_into().expect("32 bytes")));
    }
}

struct Password(Keys);

impl Password {
    /// RFC 7518 §4.8.1.1: the salt is the algorithm's name, a zero byte and `p2s`.
    fn key<L: Library>(p2s: &[u8], p2c: u32) -> Box<dyn KeyWrap> {
        let salt = [Family::Pbes2.alg().as_bytes(), &[0], p2s].concat();
        let kek = L::pbkdf2(PASSWORD.as_bytes(), &salt, p2c).expect("asked for before");
        L::key_wrap(&kek).expect("asked for before")
    }
}

impl<L: Library> Management<L> for Password {
    fn create(&self, take: Take<'_, L>) {
        let (cek, p2s) = (random::<L, 32>(), random::<L, 16>());
        let members = format!(r#""p2c":{ITERATIONS},"p2s":"{}","#, encoded(&p2s));
        let wrapped = Self::key::<L>(&p2s, ITERATIONS).wrap(&cek);
        take(&header_segment(&self.0, &members), &wrapped, &L::gcm(&cek));
    }

    fn recover(&self, header: &str, encrypted_key: &[u8], take: &mut dyn FnMut(&L::Gcm)) {
        let header = Header::read(header);
        let key = Self::key::<L>(&decoded::<16>(&header.p2s), header.p2c);
        take(&L::gcm(&key.unwrap(encrypted_key)));
    }
}

struct Encrypted {
    header: String,
    key: Box<dyn Oaep>,
}

impl<L: Library> Management<L> for Encrypted {
    fn create(&self, take: Take<'_, L>) {
        let cek = random::<L, 32>();
        take(&self.header, &self.key.encrypt(&cek), &L::gcm(&cek));
    }

    fn recover(&self, _: &str, encrypted_key: &[u8], take: &mut dyn FnMut(&L::Gcm)) {
        take(&L::gcm(&self.key.decrypt(encrypted_key)));
    }
}

struct Agreed {
    keys: Keys,
    key: Box<dyn Agreement>,
}

impl Agreed {
    /// Concat KDF (RFC 7518 §4.6.2) without party information: one round gives 256 bits.
    fn kek<L: Library>(shared: &[u8; 32]) -> Box<dyn KeyWrap> {
        const ALGORITHM: &[u8] = b"ECDH-ES+A256KW";
        let field = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes(), bytes].concat();
        let input = [
            &1u32.to_be_bytes(),
            shared.as_slice(),
            &field(ALGORITHM),
            &field(b""),
            &field(b""),
            &256u32.to_be_bytes(),
        ]
        .concat();
        L::key_wrap(&L::sha256(&input)).expect("asked for before")
    }
}

impl<L: Library> Management<L> for Agreed {
    fn create(&self, take: Take<'_, L>) {
        let cek = random::<L, 32>();
        let (public, shared) = self.key.ephemeral();
        let epk = match public.strip_prefix(&[4]) {
            Some(point) if self.keys.family == Family::EcdhP256 => {
                let (x, y) = point.split_at(32);
                format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}"#, encoded(x), encoded(y))
            }
            _ => format!(r#"{{"kty":"OKP","crv":"X25519","x":"{}"}}"#, encoded(&public)),
        };
        let header = header_segment(&self.keys, &format!(r#""epk":{epk},"#));
        take(&header, &Self::kek::<L>(&shared).wrap(&cek), &L::gcm(&cek));
    }

    fn recover(&self, header: &str, encrypted_key: &[u8], take: &mut dyn FnMut(&L::Gcm)) {
        let Epk { x, y } = Header::read(header).epk.expect("an `epk`");
        let x = decoded::<32>(&x);
        let shared = match y {
            Some(y) => self.key.agree(&[&[4], x.as_slice(), &decoded::<32>(&y)].concat()),
            None => self.key.agree(&x),
        };
        take(&L::gcm(&Self::kek::<L>(&shared).unwrap(encrypted_key)));
    }
}
