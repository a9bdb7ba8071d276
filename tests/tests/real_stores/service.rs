//! The session of these tests, and how long they wait.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout};
use unjwt::{Current, ErrorKind, JwsKey, Session, Tokens};
use unjwt_store::Store;
use unjwt_store_redis::RedisStore;

/// Checked at each reading, so that the store is what is tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "strict", max_age = "7D", revocable(by(user), recheck = 0))]
pub struct Strict {
    pub user: u64,
}

/// Checked so rarely that only a hint of the store explains an end that is noticed sooner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "watched", max_age = "7D", revocable(by(user), recheck = "1h"))]
pub struct Watched {
    pub user: u64,
}

pub fn key() -> JwsKey {
    JwsKey::secret([7; 32])
}

/// A process, as far as its memory goes.
pub fn process(store: impl Store) -> Tokens<Strict> {
    Strict::config(key()).store(store).store_timeout(Duration::from_secs(1)).build().unwrap()
}

pub async fn connect(url: String) -> RedisStore {
    RedisStore::connect(url).deadline(Duration::from_millis(500)).await.unwrap()
}

/// Returns what a process says of a token. Nothing takes longer than this, whatever the server does.
pub async fn verdict<T: Session + unjwt::bounds::Signed>(
    process: &Tokens<T>,
    current: &Current<T>,
) -> Result<(), ErrorKind> {
    let verified =
        timeout(Duration::from_secs(60), process.verify_without_hooks(&current.token).into_future());
    verified.await.expect("it hangs").map(|_| ()).map_err(|error| error.kind())
}

/// Waits until a process says this.
pub async fn until<T: Session + unjwt::bounds::Signed>(
    process: &Tokens<T>,
    current: &Current<T>,
    expected: Result<(), ErrorKind>,
) {
    let end = Instant::now() + Duration::from_secs(120);
    loop {
        let said = verdict(process, current).await;
        if said == expected {
            return;
        }
        assert!(Instant::now() < end, "it still says {said:?}, not {expected:?}");
        sleep(Duration::from_millis(20)).await;
    }
}
