//! Requests that cost the server more than their sender.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::client::{Connection, get};
use crate::server::{DIRECT, LOOKED_UP, PASSWORD, RETIRED, RSA, SIGNED};

/// Larger than any session's cookies.
const LARGE: usize = 64 * 1024;
/// About as many as a browser holds for one host.
const MANY: usize = 50;
/// The chunks of a session, as many as the attribute allows; as many are planted for each number.
const CHUNKS: usize = 3;
const PLANTED: usize = 4;
/// The characters of a chunk that are not random.
const CHUNK: usize = 2_500;
/// The bytes of an RSA key's modulus, and of the encrypted key.
const MODULUS: usize = 256;
/// The bytes of a salt, as the library makes them.
const SALT: usize = 16;

/// A flood: one kind of request, each with random bytes where the server's work begins.
pub struct Flood {
    pub title: &'static str,
    /// The session that it is aimed at.
    pub kind: &'static str,
    /// The highest rate, in requests per second.
    pub rate: u32,
    /// The expected answers: 401, and 503 if a worker is needed.
    pub expected: &'static [u16],
    shape: Shape,
    token: Template,
}

#[derive(Clone, Copy)]
enum Shape {
    /// One well-formed token.
    Token,
    /// This number of them, each in a cookie with the session's name.
    Tokens(usize),
    /// Chunks that combine to a great many well-formed tokens.
    Chunks,
    /// One cookie of 64 KB.
    LongCookie,
    /// The same in fields of 4 KB.
    Fields,
    /// 64 KB of cookies of two characters.
    Crumbs,
}

impl Flood {
    /// One flood of each kind. The forger has a session of its own to copy from.
    pub async fn all(address: SocketAddr) -> anyhow::Result<Vec<Self>> {
        let mut connection = Connection::new(address);
        let mut floods = Vec::new();
        const REFUSED: &[u16] = &[401];
        const REFUSED_OR_LATER: &[u16] = &[401, 503];
        for (title, kind, shape, rate, expected) in [
            ("password tokens, each with a new salt", PASSWORD, Shape::Token, 1000, REFUSED_OR_LATER),
            ("RSA-OAEP tokens, each with a new key", RSA, Shape::Token, 1000, REFUSED_OR_LATER),
            ("50 signed tokens in one request", SIGNED, Shape::Tokens(MANY), 500, REFUSED),
            ("50 password tokens in one request", PASSWORD, Shape::Tokens(MANY), 500, REFUSED_OR_LATER),
            (
                "password tokens, tried with three retired passwords too",
                RETIRED,
                Shape::Token,
                1000,
                REFUSED_OR_LATER,
            ),
            ("50 tokens whose key a hook makes for each", LOOKED_UP, Shape::Tokens(MANY), 500, REFUSED),
            ("four planted chunks of each number", SIGNED, Shape::Chunks, 500, REFUSED),
            ("64 KB in one cookie", DIRECT, Shape::LongCookie, 500, REFUSED),
            ("64 KB in 16 fields", DIRECT, Shape::Fields, 500, REFUSED),
            ("64 KB of cookies of two letters", DIRECT, Shape::Crumbs, 500, REFUSED),
        ] {
            let cookie = connection.log_in(kind, 0).await?.context("no login on an idle server")?;
            let token = Template::of(&cookie)?;
            floods.push(Self { title, kind, rate, expected, shape, token });
        }
        Ok(floods)
    }

    /// The next request, for this path.
    pub fn request(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let name = self.kind;
        Ok(match self.shape {
            Shape::Token => get(path, &[format!("{name}={}", self.token.forged()?)]),
            Shape::Tokens(count) => {
                let cookies = (0..count).map(|_| Ok(format!("{name}={}", self.token.forged()?)));
                get(path, &[cookies.collect::<anyhow::Result<Vec<_>>>()?.join("; ")])
            }
            Shape::Chunks => get(path, &[self.token.chunks(name)?.join("; ")]),
            Shape::LongCookie => get(path, &[long_cookie(name, LARGE)]),
            Shape::Fields => get(path, &fields(name, 16, LARGE)),
            Shape::Crumbs => get(path, &["a=b; ".repeat(LARGE / 5) + name + "=c"]),
        })
    }
}

/// A cookie of this length.
pub fn long_cookie(name: &str, length: usize) -> String {
    format!("{name}={}", "A".repeat(length))
}

/// This number of fields, with this length together.
pub fn fields(name: &str, count: usize, length: usize) -> Vec<String> {
    vec![long_cookie(name, length / count); count]
}

/// A token with a gap for random bytes.
enum Template {
    /// The header's text before and after the salt, and what follows the header.
    Salt { before: String, after: String, rest: String },
    /// The segments before and after the encrypted key.
    Key { before: String, after: String },
    /// The signed text, and the signature's bytes.
    Signature { signed: String, length: usize },
}

impl Template {
    fn of(cookie: &str) -> anyhow::Result<Self> {
        let (name, token) = cookie.split_once('=').context("no cookie")?;
        let (header, rest) = token.split_once('.').context("no token")?;
        Ok(if name == SIGNED || name == LOOKED_UP {
            let (signed, signature) = token.rsplit_once('.').context("no signature")?;
            Self::Signature { signed: signed.to_owned(), length: BASE64.decode(signature)?.len() }
        } else if name == RSA {
            let (_, after) = rest.split_once('.').context("no encrypted key")?;
            Self::Key { before: header.to_owned(), after: after.to_owned() }
        } else {
            let header = String::from_utf8(BASE64.decode(header)?)?;
            let json: serde_json::Value = serde_json::from_str(&header)?;
            // The other floods need no forged token.
            let salt = json.get("p2s").and_then(|salt| salt.as_str()).unwrap_or("none");
            let (before, after) = header.split_once(salt).unwrap_or((&header, ""));
            Self::Salt { before: before.to_owned(), after: after.to_owned(), rest: rest.to_owned() }
        })
    }

    fn forged(&self) -> anyhow::Result<String> {
        Ok(match self {
            Self::Salt { before, after, rest } => {
                let salt = BASE64.encode(random::<SALT>()?);
                format!("{}.{rest}", BASE64.encode(format!("{before}{salt}{after}")))
            }
            Self::Key { before, after } => {
                // A number below every modulus; otherwise it would be refused unread.
                let mut key = random::<MODULUS>()?;
                key[0] = 0;
                format!("{before}.{}.{after}", BASE64.encode(key))
            }
            // As long as a signature of HS256 or ES256.
            Self::Signature { signed, length: 64 } => format!("{signed}.{}", BASE64.encode(random::<64>()?)),
            Self::Signature { signed, .. } => format!("{signed}.{}", BASE64.encode(random::<32>()?)),
        })
    }

    /// A marker and planted chunks: every combination has the form of a token.
    fn chunks(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let Self::Signature { signed, .. } = self else { bail!("only signed tokens are planted in chunks") };
        let (header, _) = signed.split_once('.').context("no payload")?;
        let mut cookies = vec![format!("{name}=__chunked__{CHUNKS}")];
        for _ in 0..PLANTED {
            for number in 1..=CHUNKS {
                let text = BASE64.encode(random::<33>()?) + &"A".repeat(CHUNK);
                let chunk = match number {
                    1 => format!("{header}.{text}"),
                    CHUNKS => format!("{text}.{}", BASE64.encode(random::<32>()?)),
                    _ => text,
                };
                cookies.push(format!("{name}.{number}={chunk}"));
            }
        }
        Ok(cookies)
    }
}

fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("no randomness")?;
    Ok(bytes)
}
