//! The first half of a deployment in two: the new program writes what the old one reads.

use serde::{Deserialize, Serialize};
use unjwt::{ErrorKind, JwsKey, Session};

use crate::programs::{finish, jwe, jws, key, request};
use crate::support::{Browser, TestClock, json_segment};

#[tokio::test]
async fn the_older_version_is_written_and_every_version_is_read() {
    let clock = TestClock::new();
    let (v1, v2, new) = (jwe::v1::tokens(&clock), jwe::v2::tokens(&clock), jwe::v2::two_phase(&clock));
    let mut browser =
        Browser::with(&v2.cookie_header(&jwe::v2::Login { user: 7, org: "a".to_owned() }).unwrap());
    let writing = request(&browser);
    let manager = new.manager(&writing).await.unwrap();
    assert_eq!(manager.require().unwrap().version(), 2);
    let written = manager.update_with(|login| login.user = 8).await.unwrap();
    assert_eq!(
        (written.version(), &*written.data.org),
        (2, "a"),
        "no program of version 1 can read it any more"
    );
    finish(&writing, &mut browser);
    assert_eq!(v2.get(&request(&browser)).await.unwrap().unwrap().data.org, "a");

    let mut browser = Browser::with(&v1.cookie_header(&jwe::v1::Login { user: 7 }).unwrap());
    let writing = request(&browser);
    let written =
        new.manager(&writing).await.unwrap().update_with(|login| login.org = "b".to_owned()).await.unwrap();
    assert_eq!((written.version(), &*written.data.org), (1, "b"), "the request keeps what it has");
    finish(&writing, &mut browser);
    assert_eq!(v1.get(&request(&browser)).await.unwrap().unwrap().data.user, 7);
    assert_eq!(new.get(&request(&browser)).await.unwrap().unwrap().data.org, "of 7");

    let claims =
        jws::v2::two_phase(&clock).sign(&jws::v2::Login { user: 7, org: "a".to_owned() }).await.unwrap();
    let claims = json_segment(&claims.token, 1);
    assert_eq!((claims.get("v"), claims.get("vr"), claims.get("org")), (None, None, None));
    assert_eq!(claims["user"], 7);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "login", max_age = "7D", renew_after = "half", version = 2, migrate(SlidingV1))]
struct Sliding {
    user: u64,
    org: u64,
}

#[derive(Serialize, Deserialize)]
struct SlidingV1 {
    user: u64,
}

impl From<SlidingV1> for Sliding {
    fn from(SlidingV1 { user }: SlidingV1) -> Self {
        Self { user, org: 0 }
    }
}

impl From<Sliding> for SlidingV1 {
    fn from(Sliding { user, .. }: Sliding) -> Self {
        Self { user }
    }
}

/// A rollback to the first step, or a deployment of the second one, loses nothing.
#[tokio::test]
async fn a_session_in_the_new_version_is_written_in_that_one() {
    let clock = TestClock::new();
    let config = || Sliding::config(key()).clock(clock.read());
    let (first, second) =
        (config().writes_version::<SlidingV1>().build().unwrap(), config().build().unwrap());
    let mut browser = Browser::with(&second.cookie_header(&Sliding { user: 7, org: 99 }).unwrap());
    let read = async |browser: &Browser| {
        let read = second.get(&request(browser)).await.unwrap().unwrap();
        (read.version(), read.data.user, read.data.org)
    };

    clock.seconds(4 * 24 * 3600);
    let reading = request(&browser);
    assert_eq!(first.get(&reading).await.unwrap().unwrap().data.org, 99);
    reading.renew(&http::HeaderMap::new()).await;
    assert_eq!(finish(&reading, &mut browser).len(), 1);
    assert_eq!(read(&browser).await, (2, 7, 99), "a renewal");

    let writing = request(&browser);
    let manager = first.manager(&writing).await.unwrap();
    manager.rotate().await.unwrap();
    assert_eq!(finish(&writing, &mut browser).len(), 1);
    assert_eq!(read(&browser).await, (2, 7, 99), "a rotation");

    let writing = request(&browser);
    let manager = first.manager(&writing).await.unwrap();
    manager.update_with(|sliding| sliding.user = 8).await.unwrap();
    assert_eq!(finish(&writing, &mut browser).len(), 1);
    assert_eq!(read(&browser).await, (2, 8, 99), "an update");

    // A login is a session of its own.
    let writing = request(&browser);
    first.replace(&writing, Sliding { user: 9, org: 99 }).await.unwrap();
    finish(&writing, &mut browser);
    assert_eq!(read(&browser).await, (1, 9, 0));
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, version = 2, migrate(NarrowV1))]
pub struct Narrow {
    user: u64,
    sure: bool,
}

#[derive(Serialize, Deserialize)]
struct NarrowV1 {
    user: u64,
    /// Not the session's to write.
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
}

impl TryFrom<NarrowV1> for Narrow {
    type Error = &'static str;

    fn try_from(old: NarrowV1) -> Result<Self, &'static str> {
        if old.user > 99 { Err("too many") } else { Ok(Self { user: old.user, sure: false }) }
    }
}

impl From<Narrow> for NarrowV1 {
    fn from(new: Narrow) -> Self {
        Self { user: new.user, jti: new.sure.then(|| "mine".to_owned()) }
    }
}

#[tokio::test]
async fn what_could_not_be_read_again_is_not_written() {
    let tokens = Narrow::config(JwsKey::secret([7; 32])).writes_version::<NarrowV1>().build().unwrap();
    tokens.sign(&Narrow { user: 99, sure: false }).await.unwrap();
    let error = tokens.sign(&Narrow { user: 100, sure: false }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unserializable);
    assert!(error.to_string().contains("`NarrowV1` did not become `Narrow`"), "{error}");
    let error = tokens.sign(&Narrow { user: 1, sure: true }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unserializable);
    assert!(error.to_string().contains("a reserved claim name"), "{error}");
}
