//! The error of a full lane of slow operations.

use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use serde::{Deserialize, Serialize};
use unjwt::{Error, ErrorKind, JweKey, Session};

use super::craft::forged_for_a_password;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "user")]
struct Slow {}

/// The error of a password session under load, which a client can provoke.
pub fn overload() -> Error {
    static OVERLOAD: LazyLock<Error> = LazyLock::new(|| {
        let tokens = Slow::config(JweKey::password("correct horse battery staple")).build().unwrap();
        let mut begun = Vec::new();
        for salt in 0..=u8::MAX {
            let (tokens, token) =
                (tokens.clone(), forged_for_a_password("PBES2-HS256+A128KW", 600_000, salt));
            let mut opening = Box::pin(async move { tokens.unseal_without_hooks(&token).await.map(drop) });
            match opening.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(end) => return end.unwrap_err(),
                Poll::Pending => begun.push(opening),
            }
        }
        panic!("no end of derivations may wait");
    });
    assert_eq!(OVERLOAD.kind(), ErrorKind::Overloaded);
    OVERLOAD.clone()
}
