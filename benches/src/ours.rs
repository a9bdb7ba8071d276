//! `unjwt`, from a request's headers to the struct and from the struct to the `Set-Cookie` line.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use unjwt::bounds::{NoLogin, NoState, Writable};
use unjwt::{Config, RequestContext, Session, Tokens};

use crate::claims::{Account, Encrypted, EncryptedReadBack, Signed, SignedReadBack, Stamped};
use crate::family::{Family, Keys};
use crate::subject::Subject;

/// A read without help from an earlier one, and a write.
pub const FIRST: &str = "unjwt";

/// A read of a token that was read before, with what the library remembers unless told otherwise.
pub const AGAIN: &str = "unjwt again";

/// A write that reads back what it wrote: the struct does not prove that it need not.
pub const READ_BACK: &str = "unjwt read back";

/// Without the memory of verified tokens: every read is a first one.
fn forgetful<T: Session>(config: Config<T>) -> Config<T> {
    config.token_cache(0)
}

/// The first read of a token and a repeated one.
///
/// # Panics
///
/// If a configuration is refused.
pub fn subjects(keys: &Keys, claims: &Stamped) -> Vec<Subject> {
    let keys = keys.clone();
    let mut subjects = Vec::new();
    if keys.family.is_signed() {
        subjects.push(read_back(claims, SignedReadBack::config(keys.jws())));
        subjects.extend(both(keys.family, claims, move || Signed::config(keys.jws())));
    } else {
        let config = EncryptedReadBack::config(keys.jwe()).anyone_with_the_public_key_may_write();
        subjects.push(read_back(claims, config));
        subjects.extend(both(keys.family, claims, move || {
            Encrypted::config(keys.jwe()).anyone_with_the_public_key_may_write()
        }));
    }
    subjects
}

fn read_back<T>(claims: &Stamped, config: Config<T>) -> Subject
where
    T: Session<State = NoState, Login = NoLogin> + Writable + Account,
{
    let (tokens, data) = (forgetful(config).build().expect("a sound configuration"), T::of(claims));
    Subject { name: READ_BACK, read: None, write: Some(Box::new(move || write(&tokens, data.clone()))) }
}

fn both<T>(family: Family, claims: &Stamped, config: impl Fn() -> Config<T> + 'static) -> Vec<Subject>
where
    T: Session<State = NoState, Login = NoLogin> + Writable + Account,
{
    let data = T::of(claims);
    let remembering = config().build().expect("a sound configuration");
    let build = move || forgetful(config()).build().expect("a sound configuration");
    let tokens = build();
    let request = request(&remembering, &data);
    // The keys of JWKs are made anew only for a password, whose derivations a key remembers.
    let repeated = {
        let (tokens, request) = (remembering.clone(), request.clone());
        move || read(&tokens, &request)
    };
    let first: Box<dyn Fn()> = if family == Family::Pbes2 {
        Box::new(move || read(&build(), &request))
    } else {
        let tokens = tokens.clone();
        Box::new(move || read(&tokens, &request))
    };
    let write = move || write(&tokens, data.clone());
    vec![
        Subject { name: FIRST, read: Some(first), write: Some(Box::new(write)) },
        Subject { name: AGAIN, read: Some(Box::new(repeated)), write: None },
    ]
}

const OTHER: &str = "theme=dark";

/// A request with the session's cookie and another one.
pub fn request<T: Session<State = NoState, Login = NoLogin> + Writable>(
    tokens: &Tokens<T>,
    data: &T,
) -> HeaderMap {
    let session = tokens.cookie_header(data).expect("it fits into a cookie");
    let session = session.to_str().expect("ASCII");
    let line = HeaderValue::try_from(format!("{OTHER}; {session}")).expect("a header");
    HeaderMap::from_iter([(COOKIE, line)])
}

/// The core alone, or with a worker thread where the library leaves a token to one.
///
/// # Panics
///
/// If the request has no valid session.
pub fn read<T: Session<State = NoState, Login = NoLogin>>(tokens: &Tokens<T>, request: &HeaderMap) {
    if let Some(data) = tokens.__read(request) {
        black_box(data);
        return;
    }
    let context = RequestContext::new(request);
    let current = now(tokens.get(&context)).expect("no hook").expect("a session");
    black_box(&*current.data);
}

fn write<T: Session<State = NoState, Login = NoLogin> + Writable>(tokens: &Tokens<T>, data: T) {
    black_box(tokens.__write(data).expect("a session"));
}

/// What waits for nothing is ready at once; only password derivations are not.
pub fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => pollster::block_on(future),
    }
}
