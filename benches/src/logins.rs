//! The cost of logins that can be ended: a read within `recheck`, beside the same session without `revocable`.

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use unjwt::bounds::{NoLogin, NoState, Writable};
use unjwt::{Config, JweKey, JwsKey, Session, Tokens};
use unjwt_store::MemoryStore;

use crate::claims::{Account, Stamped};
use crate::ours;

/// The groups of benchmarks, by the algorithm of their tokens.
pub const GROUPS: [&str; 2] = ["logins-dir", "logins-hs256"];

/// The same session without `revocable`.
pub const PLAIN: &str = "plain";

/// The same session without `revocable`, and as many bytes more as the claims of a login are.
pub const AS_LONG: &str = "as long";

/// `revocable`, and `by(..)` with one and with two fields.
pub const REVOCABLE: [&str; 3] = ["revocable", "by one", "by two"];

/// The length of the claims in bytes of JSON.
const LEN: usize = 200;

macro_rules! session {
    ($name:ident, $($attribute:tt)+) => {
        #[derive(Clone, PartialEq, Serialize, Deserialize, Session)]
        #[session($($attribute)+, name = "sid", max_age = "7D")]
        struct $name {
            sub: String,
            name: String,
            scope: String,
            admin: bool,
            visits: u64,
        }

        impl Account for $name {
            fn of(stamped: &Stamped) -> Self {
                let Stamped { sub, name, scope, admin, visits, .. } = stamped.clone();
                Self { sub, name, scope, admin, visits }
            }
        }
    };
}

session!(Dir, jwe(alg = "dir"));
session!(RevocableDir, jwe(alg = "dir"), revocable);
session!(DirByOne, jwe(alg = "dir"), revocable(by(sub)));
session!(DirByTwo, jwe(alg = "dir"), revocable(by(sub, visits)));
session!(Hs256, jws(alg = "HS256"));
session!(RevocableHs256, jws(alg = "HS256"), revocable);
session!(Hs256ByOne, jws(alg = "HS256"), revocable(by(sub)));
session!(Hs256ByTwo, jws(alg = "HS256"), revocable(by(sub, visits)));

/// A read, by its name.
pub type Read = (&'static str, Box<dyn Fn()>);

/// The reads of a group. Must be called within a tokio runtime of several threads, which ask the store for each login
/// once in a while.
///
/// # Panics
///
/// If a configuration is refused.
pub fn reads(group: &str) -> Vec<Read> {
    let [signs_in, by_one, by_two] = REVOCABLE;
    let store = MemoryStore::volatile;
    if group == GROUPS[0] {
        let key = || JweKey::secret([7; 32]);
        let ends = [
            (signs_in, Login::new(RevocableDir::config(key()).store(store()))),
            (by_one, Login::new(DirByOne::config(key()).store(store()))),
            (by_two, Login::new(DirByTwo::config(key()).store(store()))),
        ];
        beside(&Dir::config(key()).build().expect("a sound configuration"), ends)
    } else {
        let key = || JwsKey::secret([7; 32]);
        let ends = [
            (signs_in, Login::new(RevocableHs256::config(key()).store(store()))),
            (by_one, Login::new(Hs256ByOne::config(key()).store(store()))),
            (by_two, Login::new(Hs256ByTwo::config(key()).store(store()))),
        ];
        beside(&Hs256::config(key()).build().expect("a sound configuration"), ends)
    }
}

/// A read of a login that can be ended, and the length of its `Cookie` line.
struct Login {
    read: Box<dyn Fn()>,
    len: usize,
}

impl Login {
    fn new<T>(config: Config<T>) -> Self
    where
        T: Session<State = NoState, Login = NoLogin> + Writable + Account,
    {
        let tokens = config.build().expect("a sound configuration");
        let request = ours::request(&tokens, &T::of(&Stamped::with_json_len(LEN)));
        let len = line_len(&request);
        Self { read: reading(tokens, request), len }
    }
}

fn beside<T>(tokens: &Tokens<T>, ends: [(&'static str, Login); 3]) -> Vec<Read>
where
    T: Session<State = NoState, Login = NoLogin> + Writable + Account,
{
    let request = |len| ours::request(tokens, &T::of(&Stamped::with_json_len(len)));
    let longest = ends.iter().map(|(_, login)| login.len).max().unwrap_or_default();
    let as_long = (LEN..).map(request).find(|request| line_len(request) >= longest).expect("some length");
    let mut reads =
        vec![(PLAIN, reading(tokens.clone(), request(LEN))), (AS_LONG, reading(tokens.clone(), as_long))];
    reads.extend(ends.into_iter().map(|(name, login)| (name, login.read)));
    reads
}

fn line_len(request: &HeaderMap) -> usize {
    request.values().map(|value| value.len()).sum()
}

fn reading<T: Session<State = NoState, Login = NoLogin>>(
    tokens: Tokens<T>,
    request: HeaderMap,
) -> Box<dyn Fn()> {
    Box::new(move || ours::read(&tokens, &request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_read_finds_its_session() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let _inside = runtime.enter();
        for group in GROUPS {
            let reads = reads(group);
            assert_eq!(reads.len(), 2 + REVOCABLE.len());
            // A second one is within `recheck`.
            reads.iter().for_each(|(_, read)| (read(), read()).1);
        }
    }
}
