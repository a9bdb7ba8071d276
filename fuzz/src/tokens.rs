//! What the targets of signed and encrypted tokens ask of a reader: it accepts what was made for it, with exactly the
//! content that it was made with, and nothing else.

use unjwt::{Error, ErrorKind};

use crate::edits;
use crate::input::choice;
use crate::material::Named;

/// What a reader says of a token that it accepts.
pub type Opened = Result<Vec<u8>, Error>;

/// One key, or one session with its keys.
pub struct Reader {
    open: Box<dyn Fn(&str) -> Opened + Send + Sync>,
    /// The tokens that it accepts, with what it says of each.
    valid: Named<Vec<u8>>,
    tokens: Vec<String>,
    /// What holds for a token that [`Sealer`] made, if it is accepted; none if it never may be.
    sealed: Option<Sealed>,
}

/// Looks at header, payload and what the reader made of them.
pub type Sealed = fn(header: &str, payload: &str, opened: &[u8]);

/// Makes a token of any header and payload: the key is the reader's own, or a guess of an attacker.
pub type Sealer = fn(reader: usize, header: &str, payload: &str) -> Option<String>;

impl Reader {
    /// A reader and what was made for it.
    pub fn new(
        open: impl Fn(&str) -> Opened + Send + Sync + 'static,
        tokens: Vec<String>,
        sealed: Option<Sealed>,
    ) -> Self {
        let valid = tokens.iter().map(|token| {
            let opened = open(token).unwrap_or_else(|error| panic!("{error}: {token}"));
            (token.clone(), opened)
        });
        Self { valid: valid.collect(), open: Box::new(open), tokens, sealed }
    }

    #[cfg(test)]
    pub fn accepts(&self, token: &str) -> bool {
        (self.open)(token).is_ok()
    }
}

/// The first byte names the reader, the second what the rest is: `a` a token, `b` changes to a valid one, `c` a header
/// and, in the next line, a payload, which get a good seal.
pub fn run(readers: &[Reader], sealer: Sealer, data: &[u8]) {
    let Some((index, data)) = choice(data, readers.len()) else { return };
    let Some((form, data)) = choice(data, 3) else { return };
    let reader = &readers[index];
    match form {
        0 => check(reader, data),
        1 => {
            let Some((nth, changes)) = choice(data, reader.tokens.len()) else { return };
            // Parts of every other reader's tokens.
            let others = &readers[(index + nth) % readers.len()].tokens;
            check(reader, &edits::apply(&reader.tokens[nth], changes, others));
        }
        _ => {
            let Ok(text) = std::str::from_utf8(data) else { return };
            let (header, payload) = text.split_once('\n').unwrap_or((text, ""));
            let Some(token) = sealer(index, header, payload) else { return };
            match (reader.open)(&token) {
                Err(error) => refused(&error),
                Ok(opened) => {
                    let sealed =
                        reader.sealed.unwrap_or_else(|| panic!("accepted with a guessed key: {token}"));
                    sealed(header, payload, &opened);
                }
            }
        }
    }
}

fn check(reader: &Reader, token: &[u8]) {
    let Ok(token) = std::str::from_utf8(token) else { return };
    match ((reader.open)(token), reader.valid.get(token)) {
        (Ok(opened), Some(expected)) => assert_eq!(opened, *expected, "{token}"),
        (Ok(_), None) => panic!("accepted, and nobody made it: {token}"),
        (Err(error), Some(_)) => panic!("refused ({error}), and it is valid: {token}"),
        (Err(error), None) => refused(&error),
    }
}

/// A refusal is the token's fault.
fn refused(error: &Error) {
    let ours = [ErrorKind::Crypto, ErrorKind::KeyUnusable, ErrorKind::Overloaded, ErrorKind::NotInstalled];
    assert!(!ours.contains(&error.kind()), "{error}");
}
