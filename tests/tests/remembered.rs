//! A token that was seen twice is not read again; everything that may change between two readings takes effect at once.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Deserializer, Serialize};
use unjwt::{JweKey, JwsKey, RequestContext, Session, Status, Tokens};

const START: u64 = 1_700_000_000;

static READINGS: AtomicU64 = AtomicU64::new(0);
static MADE: AtomicU64 = AtomicU64::new(0);

/// A field that counts how often it is read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
struct Counted(u64);

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        READINGS.fetch_add(1, Ordering::SeqCst);
        u64::deserialize(deserializer).map(Self)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "signed", max_age = "1h")]
struct Signed {
    user: Counted,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "sealed", max_age = "1h")]
struct Sealed {
    user: u64,
    #[serde(skip_serializing, default = "made")]
    made: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "plain", max_age = "1h")]
struct Plain {
    user: u64,
}

fn made() -> u64 {
    MADE.fetch_add(1, Ordering::SeqCst)
}

#[derive(Clone)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(START)))
    }

    fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    fn read(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let now = Arc::clone(&self.0);
        move || UNIX_EPOCH + Duration::from_secs(now.load(Ordering::SeqCst))
    }
}

fn request(cookie: &HeaderValue) -> RequestContext {
    RequestContext::new(&HeaderMap::from_iter([(http::header::COOKIE, cookie.clone())]))
}

/// Reads the session of a request with this cookie.
macro_rules! read {
    ($tokens:expr, $cookie:expr) => {
        $tokens.get(&request($cookie)).await.unwrap()
    };
}

#[tokio::test]
async fn the_third_reading_makes_no_struct() {
    let readings = async |tokens: &Tokens<Signed>, cookie: &HeaderValue| {
        let before = READINGS.load(Ordering::SeqCst);
        assert_eq!(read!(tokens, cookie).unwrap().data.user, Counted(7));
        READINGS.load(Ordering::SeqCst) - before
    };
    let key = JwsKey::secret([7; 32]);
    let tokens = Signed::config(key.clone()).build().unwrap();
    let cookie = tokens.cookie_header(&Signed { user: Counted(7) }).unwrap();
    let (first, second) = (readings(&tokens, &cookie).await, readings(&tokens, &cookie).await);
    assert_eq!((first, second), (1, 1), "a token that comes once takes no memory");
    assert_eq!((readings(&tokens, &cookie).await, readings(&tokens, &cookie).await), (0, 0));
    let forgetful = Signed::config(key).token_cache(0).build().unwrap();
    for _ in 0..4 {
        assert_eq!(readings(&forgetful, &cookie).await, 1);
    }
}

#[tokio::test]
async fn a_member_that_a_function_makes_is_made_anew_each_time() {
    let tokens = Sealed::config(JweKey::secret([7; 32])).build().unwrap();
    let cookie = tokens.cookie_header(&Sealed { user: 7, made: 0 }).unwrap();
    let mut last = None;
    for _ in 0..5 {
        let made = read!(tokens, &cookie).unwrap().data.made;
        assert_ne!(last.replace(made), Some(made));
    }
}

#[tokio::test]
async fn readings_share_the_struct_and_a_write_leaves_it() {
    let tokens = Plain::config(JweKey::secret([7; 32])).build().unwrap();
    let cookie = tokens.cookie_header(&Plain { user: 7 }).unwrap();
    for _ in 0..2 {
        read!(tokens, &cookie).unwrap();
    }
    let (one, two) = (read!(tokens, &cookie).unwrap(), read!(tokens, &cookie).unwrap());
    assert!(Arc::ptr_eq(&one.data, &two.data));
    // A write makes a token of its own, and leaves the one that it came from.
    let context = request(&cookie);
    let session = tokens.manager(&context).await.unwrap();
    assert_eq!(session.update_with(|plain| plain.user = 9).await.unwrap().data.user, 9);
    assert_eq!(read!(tokens, &cookie).unwrap().data.user, 7);
}

#[tokio::test]
async fn its_times_count_at_each_reading() {
    let clock = Clock::new();
    let tokens = Plain::config(JweKey::secret([7; 32])).clock(clock.read()).build().unwrap();
    let cookie = tokens.cookie_header(&Plain { user: 7 }).unwrap();
    for _ in 0..3 {
        assert!(read!(tokens, &cookie).is_some());
    }
    let status = async || tokens.manager(&request(&cookie)).await.unwrap().status();
    for (now, expected) in [
        (START + 3599, Status::Valid),
        (START - 61, Status::Rejected),
        (START - 60, Status::Valid),
        (START, Status::Valid),
        (START + 3600, Status::Expired),
        (START + 3600, Status::Expired),
        (START + 3599, Status::Valid),
    ] {
        clock.set(now);
        assert_eq!(status().await, expected, "{}", now as i64 - START as i64);
    }
}

#[tokio::test]
async fn a_changed_copy_is_refused() {
    let tokens = Plain::config(JweKey::secret([7; 32])).build().unwrap();
    let cookie = tokens.cookie_header(&Plain { user: 7 }).unwrap();
    for _ in 0..3 {
        assert!(read!(tokens, &cookie).is_some());
    }
    let good = cookie.to_str().unwrap();
    for at in "plain=".len()..good.len() {
        let mut changed = good.as_bytes().to_vec();
        changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
        let changed = HeaderValue::from_bytes(&changed).unwrap();
        for _ in 0..2 {
            assert!(changed == cookie || read!(tokens, &changed).is_none(), "{at}");
        }
    }
    // Another configuration has a memory of its own.
    let other = Plain::config(JweKey::secret([8; 32])).build().unwrap();
    assert!(read!(other, &cookie).is_none());
    assert!(read!(tokens, &cookie).is_some());
}

static DROPS: OnceLock<(Tokens<Drops>, HeaderValue)> = OnceLock::new();
static IS_WITHIN: AtomicBool = AtomicBool::new(false);

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "drops", max_age = "1h")]
struct Drops {
    text: String,
}

impl Drop for Drops {
    fn drop(&mut self) {
        if let Some((tokens, cookie)) = DROPS.get()
            && !IS_WITHIN.swap(true, Ordering::SeqCst)
        {
            drop(tokens.__read(&HeaderMap::from_iter([(http::header::COOKIE, cookie.clone())])));
            IS_WITHIN.store(false, Ordering::SeqCst);
        }
    }
}

/// A struct is forgotten without a lock: its `Drop` may ask for a session.
#[test]
fn a_struct_may_read_a_session_when_it_is_dropped() {
    let (done, is_done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let tokens = Drops::config(JweKey::secret([7; 32])).token_cache(1 << 20).build().unwrap();
        let headers = |number: u64| {
            let cookie = tokens.cookie_header(&Drops { text: number.to_string().repeat(500) }).unwrap();
            (cookie.clone(), HeaderMap::from_iter([(http::header::COOKIE, cookie)]))
        };
        let (cookie, first) = headers(0);
        for _ in 0..3 {
            drop(tokens.__read(&first));
        }
        DROPS.set((tokens.clone(), cookie)).ok();
        for number in 1..2000 {
            let (_, headers) = headers(number);
            for _ in 0..2 {
                drop(tokens.__read(&headers));
            }
        }
        done.send(()).unwrap();
    });
    assert!(is_done.recv_timeout(Duration::from_secs(120)).is_ok());
}
