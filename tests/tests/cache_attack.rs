//! Attacks on the memory of tokens: it serves nothing that the session would refuse by now, and to nobody else.
#![cfg(feature = "axum")]

mod support;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use support::store::FaultyStore;
use support::{Browser, TestClock, base64_url};
use unjwt::keys::{KeyRing, RemoteKeys, RingKey, RingKeys};
use unjwt::{
    Current, ErrorKind, JweKey, Jwk, JwkSet, JwsKey, RequestContext, Session, SessionHandle, Source, Status,
    Tokens,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "signed", max_age = "1h")]
struct Signed {
    sub: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "sealed", max_age = "1h")]
struct Sealed {
    sub: String,
}

fn signed(sub: &str) -> Signed {
    Signed { sub: sub.to_owned() }
}

fn sealed(sub: &str) -> Sealed {
    Sealed { sub: sub.to_owned() }
}

fn secret() -> JwsKey {
    JwsKey::secret([7; 64])
}

fn request(name: HeaderName, value: &str) -> RequestContext {
    RequestContext::new(&HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())]))
}

/// Reads a signed token until two readings share one struct: it is remembered.
macro_rules! warm {
    ($tokens:expr, $open:ident, $token:expr) => {{
        let mut last: Option<Arc<_>> = None;
        let mut is_warm = false;
        for _ in 0..4 {
            let data = $tokens.$open($token).await.unwrap().data;
            is_warm = last.replace(Arc::clone(&data)).is_some_and(|last| Arc::ptr_eq(&last, &data));
        }
        assert!(is_warm, "the token is not remembered");
    }};
}

/// The reason why a token is refused.
macro_rules! reason {
    ($tokens:expr, $open:ident, $token:expr) => {
        $tokens.$open($token).await.err().map(|error| error.kind())
    };
}

fn es256(kid: &str) -> Jwk {
    Jwk::generate("ES256").unwrap().with_kid(kid)
}

fn ring(keys: &[&Jwk]) -> RingKeys {
    RingKeys::new(keys.iter().map(|key| RingKey::new((*key).clone()))).unwrap()
}

mod ended {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
    #[session(jwe, name = "sid", max_age = "7D", absolute = "30D", revocable(by(user)))]
    struct Login {
        user: u64,
    }

    /// Two processes that share a store, and a token that both remember.
    async fn two() -> (TestClock, [SessionHandle<Login>; 2], Current<Login>) {
        let clock = TestClock::new();
        let store = FaultyStore::new(&clock);
        let process = || {
            let config = Login::config(JweKey::secret([7; 32])).clock(clock.read()).store(store.clone());
            unjwt::install_returning_state(config, |login: SessionHandle<Login>| (axum::Router::new(), login))
                .unwrap()
                .1
        };
        let both = [process(), process()];
        let login = both[0].seal(&Login { user: 7 }).await.unwrap();
        for process in &both {
            warm!(process, unseal_without_hooks, &login.token);
        }
        (clock, both, login)
    }

    /// Reads the session of a request, and the token alone. The request comes first, since it may use the last check.
    async fn is_read(process: &Tokens<Login>, login: &Current<Login>) -> bool {
        let context = request(COOKIE, &format!("sid={}", login.token.as_str()));
        let is_read = process.get(&context).await.unwrap().is_some();
        assert_eq!(process.unseal_without_hooks(&login.token).await.is_ok(), is_read);
        is_read
    }

    #[tokio::test]
    async fn an_end_counts_here_at_once_and_elsewhere_within_recheck() {
        for way in 0..3 {
            let (clock, [here, there], login) = two().await;
            assert!(is_read(&here, &login).await && is_read(&there, &login).await);
            match way {
                0 => here.logins().end(login.login_id()).await.unwrap(),
                1 => here.logins().end_by(Login::by_user(&7)).await.unwrap(),
                _ => here.logins().end_everyone().await.unwrap(),
            }
            assert!(!is_read(&here, &login).await, "{way}");
            clock.seconds(10);
            assert!(!is_read(&there, &login).await, "{way}");
            assert!(!is_read(&here, &login).await, "{way}");
        }
    }

    #[tokio::test]
    async fn a_check_of_a_clock_that_was_turned_back_does_not_count() {
        let (clock, [here, there], login) = two().await;
        clock.seconds(1000);
        for _ in 0..2 {
            assert!(is_read(&there, &login).await);
        }
        clock.back(900);
        here.logins().end(login.login_id()).await.unwrap();
        assert!(!is_read(&there, &login).await);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_reading_that_begins_after_an_end_finds_the_login() {
        for _ in 0..20 {
            let (_, [here, _], login) = two().await;
            let has_ended = Arc::new(AtomicBool::new(false));
            let readers = [(); 3].map(|()| {
                let (here, has_ended) = (here.clone(), Arc::clone(&has_ended));
                let cookie = HeaderValue::from_str(&format!("sid={}", login.token.as_str())).unwrap();
                let headers = HeaderMap::from_iter([(COOKIE, cookie)]);
                tokio::spawn(async move {
                    let mut last = false;
                    while !last {
                        last = has_ended.load(Ordering::SeqCst);
                        let found = here.__read(&headers).is_some();
                        assert!(!(last && found));
                        tokio::task::yield_now().await;
                    }
                })
            });
            tokio::task::yield_now().await;
            here.logins().end(login.login_id()).await.unwrap();
            has_ended.store(true, Ordering::SeqCst);
            for reader in readers {
                reader.await.unwrap();
            }
        }
    }
}

mod expired {
    use super::*;

    static MADE: AtomicU64 = AtomicU64::new(0);

    fn made() -> u64 {
        MADE.fetch_add(1, Ordering::SeqCst)
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws(alg = "ES256"), name = "made", max_age = "1h")]
    struct Made {
        #[serde(skip_serializing, default = "made")]
        made: u64,
    }

    /// A token that was made here, or whose payload is remembered instead of its struct.
    #[tokio::test]
    async fn a_remembered_payload_ends_with_its_token() {
        let clock = TestClock::new();
        let tokens = Made::config(JwsKey::from_jwk(es256("k"))).clock(clock.read()).build().unwrap();
        let token = tokens.sign(&Made { made: 0 }).await.unwrap().token;
        for readings in [0, 4] {
            for _ in 0..readings {
                assert!(tokens.verify_without_hooks(&token).await.is_ok());
            }
            clock.seconds(3600);
            for _ in 0..2 {
                assert_eq!(reason!(tokens, verify_without_hooks, &token), Some(ErrorKind::Expired));
            }
            clock.back(3600);
        }
        clock.seconds(3599);
        assert!(tokens.verify_without_hooks(&token).await.is_ok());
    }

    mod shorter {
        use super::*;

        #[derive(Clone, Debug, Serialize, Deserialize, Session)]
        #[session(jws, name = "signed", max_age = "10m")]
        pub struct Signed {
            pub sub: String,
        }
    }

    /// A token of a longer life, under a policy that a new release made shorter.
    #[tokio::test]
    async fn a_lifetime_is_that_of_the_session_that_reads() {
        let clock = TestClock::new();
        let long = Signed::config(secret()).clock(clock.read()).build().unwrap();
        let short = shorter::Signed::config(secret()).clock(clock.read()).build().unwrap();
        let token = long.sign(&signed("ada")).await.unwrap().token;
        warm!(long, verify_without_hooks, &token);
        warm!(short, verify_without_hooks, &token);
        clock.seconds(600);
        assert!(long.verify_without_hooks(&token).await.is_ok());
        assert_eq!(reason!(short, verify_without_hooks, &token), Some(ErrorKind::Expired));
    }
}

mod keyed_anew {
    use super::*;

    #[derive(Clone, Debug, Deserialize, Session)]
    #[session(jws, read_only, issued_elsewhere, cookie = false, header = "authorization", audience = "api")]
    struct Access {
        sub: String,
    }

    #[tokio::test]
    async fn a_key_that_leaves_a_ring_reads_nothing_more() {
        let (old, new) = (es256("old"), es256("new"));
        let keys = KeyRing::new(ring(&[&old]));
        let tokens = Signed::config(keys.clone()).build().unwrap();
        let token = tokens.sign(&signed("ada")).await.unwrap().token;
        for _ in 0..2 {
            warm!(tokens, verify_without_hooks, &token);
            keys.replace(ring(&[&new])).unwrap();
            assert!(tokens.verify_without_hooks(&token).await.is_err());
            keys.replace(ring(&[&new, &old])).unwrap();
            warm!(tokens, verify_without_hooks, &token);
            // Another key of the same name.
            keys.replace(ring(&[&es256("old")])).unwrap();
            assert!(tokens.verify_without_hooks(&token).await.is_err());
            keys.replace(ring(&[&old])).unwrap();
        }
    }

    #[tokio::test]
    async fn a_key_that_retires_reads_nothing_more() {
        let clock = TestClock::new();
        let retires_at = unjwt::NumericDate::from_secs(clock.now() + 3660);
        let old = RingKey::new(Jwk::generate("A256KW").unwrap().with_kid("old"));
        let new = RingKey::new(Jwk::generate("A256KW").unwrap().with_kid("new"));
        let new = new.activate_at(unjwt::NumericDate::from_secs(clock.now()));
        let only_old = KeyRing::new(RingKeys::new([old.clone()]).unwrap());
        let both = KeyRing::new(RingKeys::new([new, old.retire_at(retires_at)]).unwrap());
        let tokens = Sealed::config(both).clock(clock.read()).build().unwrap();
        // By a process that does not know of the new key yet.
        clock.seconds(3600);
        let made = Sealed::config(only_old).clock(clock.read()).build().unwrap();
        let token = made.seal(&sealed("ada")).await.unwrap().token;
        warm!(tokens, unseal_without_hooks, &token);
        clock.seconds(59);
        assert!(tokens.unseal_without_hooks(&token).await.is_ok());
        clock.seconds(1);
        assert!(tokens.unseal_without_hooks(&token).await.is_err());
    }

    fn public(keys: &[&Jwk]) -> String {
        let set: Vec<_> = keys.iter().map(|key| key.public().unwrap()).collect();
        serde_json::to_string(&JwkSet::from(set)).unwrap()
    }

    #[tokio::test]
    async fn a_key_that_an_issuer_withdraws_reads_nothing_more() {
        let (old, new) = (es256("old"), es256("new"));
        let published = Arc::new(Mutex::new(public(&[&old])));
        let (body, fetches) = (Arc::clone(&published), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&fetches);
        let remote = RemoteKeys::jwks_with("https://a.example/jwks", move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            let body = body.lock().unwrap().clone();
            async move { Ok::<_, std::io::Error>(body) }
        });
        let remote = remote.cooldown(std::time::Duration::ZERO).await.unwrap();
        let tokens = Access::config(remote).issuer("https://a.example").build().unwrap();
        let now = unjwt::NumericDate::from(std::time::SystemTime::now()).as_secs();
        let token = |key: &Jwk| {
            let claims = serde_json::json!({
                "iss": "https://a.example", "aud": "api", "sub": "ada", "iat": now, "exp": now + 600, "jti": "j",
            });
            unjwt::jose::sign(claims.to_string().as_bytes(), &JwsKey::from_jwk(key.clone())).unwrap()
        };
        let [by_old, by_new] = [&old, &new].map(token);
        warm!(tokens, verify_without_hooks, &by_old);
        *published.lock().unwrap() = public(&[&new]);
        // A token that names the new key asks the issuer.
        assert!(tokens.verify_without_hooks(&by_new).await.is_ok());
        assert_eq!(fetches.load(Ordering::SeqCst), 2);
        assert!(tokens.verify_without_hooks(&by_old).await.is_err());
        assert!(tokens.verify_without_hooks(&by_new).await.is_ok());
    }

    /// A token that was refused before its key was there.
    #[tokio::test]
    async fn a_key_that_joins_a_ring_reads_at_once() {
        let (one, other) = (es256("one"), es256("other"));
        let token = Signed::config(JwsKey::from_jwk(other.clone())).build().unwrap();
        let token = token.sign(&signed("ada")).await.unwrap().token;
        let keys = KeyRing::new(ring(&[&one]));
        let tokens = Signed::config(keys.clone()).build().unwrap();
        for _ in 0..4 {
            assert!(tokens.verify_without_hooks(&token).await.is_err());
        }
        keys.replace(ring(&[&one, &other])).unwrap();
        assert!(tokens.verify_without_hooks(&token).await.is_ok());
    }

    /// The states of a ring, as a thread announces them after it made them and withdraws them before it ends them.
    const PRESENT: usize = 0;
    const ABSENT: usize = 2;

    #[test]
    fn threads_read_with_the_keys_of_the_time() {
        let (old, new) = (es256("old"), es256("new"));
        let keys = KeyRing::new(ring(&[&new, &old]));
        let tokens = Signed::config(keys.clone()).build().unwrap();
        let made = Signed::config(JwsKey::from_jwk(old.clone())).build().unwrap();
        let cookie = made.cookie_header(&signed("ada")).unwrap();
        let headers = HeaderMap::from_iter([(COOKIE, cookie)]);
        let (era, done) = (AtomicUsize::new(PRESENT), AtomicBool::new(false));
        let counts: Mutex<HashMap<usize, u64>> = Mutex::default();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(Ordering::SeqCst) {
                        let before = era.load(Ordering::SeqCst);
                        let found = tokens.__read(&headers).is_some();
                        if era.load(Ordering::SeqCst) == before && before % 2 == 0 {
                            assert_eq!(found, before % 4 == PRESENT, "{before}");
                            *counts.lock().unwrap().entry(before % 4).or_default() += 1;
                        }
                    }
                });
            }
            for _ in 0..100 {
                for set in [ring(&[&new]), ring(&[&new, &old])] {
                    era.fetch_add(1, Ordering::SeqCst);
                    keys.replace(set).unwrap();
                    era.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(std::time::Duration::from_millis(2));
                }
            }
            done.store(true, Ordering::SeqCst);
        });
        let counts = counts.into_inner().unwrap();
        assert!(counts[&PRESENT] > 0 && counts[&ABSENT] > 0, "{counts:?}");
    }
}

mod configured_otherwise {
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "other", max_age = "1h")]
    struct OtherName {
        sub: String,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "signed", typ = "other", max_age = "1h")]
    struct OtherTyp {
        sub: String,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "signed", max_age = "1h")]
    struct OtherStruct {
        sub: u64,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws(alg = "HS512"), name = "signed", max_age = "1h")]
    struct OtherAlgorithm {
        sub: String,
    }

    /// One token, before sessions that refuse it, between the readings of the one that remembers it.
    #[tokio::test]
    async fn another_session_refuses_what_this_one_remembers() {
        let config = || Signed::config(secret()).issuer("https://a.example").audience(["a"]);
        let tokens = config().build().unwrap();
        let token = tokens.sign(&signed("ada")).await.unwrap().token;
        macro_rules! refuses {
            ($config:expr) => {
                let other = $config.build().unwrap();
                for _ in 0..3 {
                    warm!(tokens, verify_without_hooks, &token);
                    assert!(other.verify_without_hooks(&token).await.is_err(), stringify!($config));
                }
            };
        }
        refuses!(config().audience(["b"]));
        refuses!(config().issuer("https://b.example"));
        refuses!(Signed::config(JwsKey::secret([8; 64])).issuer("https://a.example").audience(["a"]));
        refuses!(OtherName::config(secret()).issuer("https://a.example").audience(["a"]));
        refuses!(OtherTyp::config(secret()).issuer("https://a.example").audience(["a"]));
        refuses!(OtherStruct::config(secret()).issuer("https://a.example").audience(["a"]));
        refuses!(OtherAlgorithm::config(secret()).issuer("https://a.example").audience(["a"]));
    }

    static RATE: AtomicU64 = AtomicU64::new(1);

    mod v1 {
        use super::*;

        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
        #[session(jwe, name = "cart", max_age = "7D", version = 1)]
        pub struct Cart {
            pub euros: u64,
        }
    }

    mod v2 {
        use super::*;

        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
        #[session(jwe, name = "cart", max_age = "7D", version = 2, migrate(CartV1))]
        pub struct Cart {
            pub cents: u64,
        }

        #[derive(Serialize, Deserialize)]
        pub struct CartV1 {
            euros: u64,
        }

        impl From<CartV1> for Cart {
            fn from(old: CartV1) -> Self {
                Self { cents: old.euros * RATE.load(Ordering::SeqCst) }
            }
        }
    }

    #[tokio::test]
    async fn a_payload_is_migrated_anew_at_each_reading() {
        let [one, two] = [(); 2].map(|()| JweKey::secret([7; 32]));
        let (one, two) = (v1::Cart::config(one).build().unwrap(), v2::Cart::config(two).build().unwrap());
        let old = one.seal(&v1::Cart { euros: 5 }).await.unwrap().token;
        warm!(one, unseal_without_hooks, &old);
        for rate in [1, 100, 100, 10, 10, 3] {
            RATE.store(rate, Ordering::SeqCst);
            assert_eq!(two.unseal_without_hooks(&old).await.unwrap().data.cents, 5 * rate);
        }
        assert_eq!(one.unseal_without_hooks(&old).await.unwrap().data.euros, 5);
        let new = two.seal(&v2::Cart { cents: 5 }).await.unwrap().token;
        warm!(two, unseal_without_hooks, &new);
        for _ in 0..4 {
            assert_eq!(reason!(one, unseal_without_hooks, &new), Some(ErrorKind::NewerVersion));
        }
    }
}

mod presented_otherwise {
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "both", max_age = "1h", header = "authorization")]
    struct Both {
        text: String,
    }

    /// Texts that decode to the token's bytes, or nearly.
    fn variants(token: &str) -> Vec<String> {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut all = Vec::new();
        for (index, segment) in token.split('.').enumerate() {
            let replace = |with: String| {
                let mut segments: Vec<&str> = token.split('.').collect();
                segments[index] = &with;
                segments.join(".")
            };
            for padding in ["=", "==", "A", " ", "\t"] {
                all.push(replace(format!("{segment}{padding}")));
            }
            let Some(last) = segment.bytes().last() else { continue };
            let start = &segment[..segment.len() - 1];
            let same = |digit: &u8| base64_url(&format!("{start}{}", *digit as char)) == base64_url(segment);
            let others = DIGITS.iter().filter(|digit| **digit != last && same(digit));
            all.extend(others.map(|digit| replace(format!("{start}{}", *digit as char))));
            all.push(replace(start.to_owned()));
        }
        let extended = [".", "..", ".A", "\0", "\n", "%20", ";", ","].map(|end| format!("{token}{end}"));
        all.extend(extended);
        all.extend([
            format!(" {token}"),
            format!(".{token}"),
            format!("{token}{token}"),
            token.to_lowercase(),
        ]);
        all.push(token[..token.len() - 1].to_owned());
        all.push(token[1..].to_owned());
        all
    }

    #[tokio::test]
    async fn a_text_that_nearly_is_a_remembered_token_is_refused() {
        let tokens = Signed::config(secret()).build().unwrap();
        let long = "x".repeat(200);
        let token = tokens.sign(&signed(&long)).await.unwrap().token;
        warm!(tokens, verify_without_hooks, &token);
        let all = variants(&token);
        assert!(all.len() > 30);
        for variant in all {
            for _ in 0..3 {
                assert!(tokens.verify_without_hooks(&variant).await.is_err(), "{variant:?}");
            }
        }
        let tokens = Sealed::config(JweKey::secret([7; 32])).build().unwrap();
        let token = tokens.seal(&sealed(&long)).await.unwrap().token;
        warm!(tokens, unseal_without_hooks, &token);
        for variant in variants(&token) {
            for _ in 0..3 {
                assert!(tokens.unseal_without_hooks(&variant).await.is_err(), "{variant:?}");
            }
        }
        warm!(tokens, unseal_without_hooks, &token);
    }

    #[tokio::test]
    async fn its_source_is_that_of_the_request() {
        let tokens = Both::config(secret()).build().unwrap();
        let token = tokens.sign(&Both { text: "a".to_owned() }).await.unwrap().token;
        let by_header = async || {
            let context = request(AUTHORIZATION, &format!("Bearer {}", token.as_str()));
            tokens.get(&context).await.unwrap().unwrap()
        };
        let by_cookie = async || {
            let context = request(COOKIE, &format!("both={}", token.as_str()));
            tokens.get(&context).await.unwrap().unwrap()
        };
        for _ in 0..3 {
            let [one, other] = [by_header().await, by_cookie().await];
            assert_eq!((one.source, other.source), (Source::Header, Source::Cookie));
            assert_eq!((&one.token, &other.token), (&token, &token));
        }
        assert!(Arc::ptr_eq(&by_header().await.data, &by_cookie().await.data));
    }

    /// The chunks of a long token in other orders, other numbers and as one cookie.
    #[tokio::test]
    async fn chunks_are_judged_as_ever() {
        let tokens = Both::config(secret()).build().unwrap();
        let cookie = tokens.cookie_header(&Both { text: "x".repeat(6000) }).unwrap();
        let browser = Browser::with(&cookie);
        let pairs: Vec<_> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert!(pairs.len() > 1);
        let is_read =
            async |pairs: &[String]| tokens.get(&request(COOKIE, &pairs.join("; "))).await.unwrap().is_some();
        for _ in 0..4 {
            assert!(is_read(&pairs).await);
        }
        for missing in 0..pairs.len() {
            let mut others = pairs.clone();
            others.remove(missing);
            assert!(!is_read(&others).await, "{missing}");
        }
        let mut swapped = pairs.clone();
        let (one, other) =
            (&browser.cookies.values().next().unwrap(), &browser.cookies.values().nth(1).unwrap());
        let names: Vec<_> = browser.cookies.keys().collect();
        swapped[0] = format!("{}={other}", names[0]);
        swapped[1] = format!("{}={one}", names[1]);
        assert!(!is_read(&swapped).await);
        assert!(is_read(&pairs).await);
    }
}

mod flooded {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
    #[session(jwe(alg = "RSA-OAEP-256"), name = "costly", max_age = "1h")]
    struct Costly {
        sub: String,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
    #[session(jws, name = "listed", max_age = "1h")]
    struct Listed {
        values: Vec<serde_json::Value>,
    }

    /// A short text of many values, of which each takes several times as much in memory.
    #[tokio::test]
    async fn a_long_list_of_short_values_is_remembered_as_text() {
        let tokens = Listed::config(secret()).build().unwrap();
        for (values, is_shared) in [(10, true), (1_000, false)] {
            let listed = Listed { values: vec![0.into(); values] };
            let token = tokens.sign(&listed).await.unwrap().token;
            let mut readings = Vec::new();
            for _ in 0..4 {
                readings.push(tokens.verify_without_hooks(&token).await.unwrap().data);
                assert_eq!(**readings.last().unwrap(), listed);
            }
            assert_eq!(Arc::ptr_eq(&readings[2], &readings[3]), is_shared, "{values}");
        }
    }

    /// Genuine tokens that come once, and forged ones that come often.
    #[tokio::test]
    async fn tokens_that_come_once_displace_nobody() {
        let tokens = Signed::config(secret()).token_cache(64 << 10).build().unwrap();
        let token = tokens.sign(&signed("ada")).await.unwrap().token;
        warm!(tokens, verify_without_hooks, &token);
        let first = tokens.verify_without_hooks(&token).await.unwrap().data;
        // Made elsewhere: a token that was made here has come once.
        let others = Signed::config(secret()).build().unwrap();
        for number in 0..5_000 {
            let other = others.sign(&signed(&number.to_string())).await.unwrap().token;
            assert!(tokens.verify_without_hooks(&other).await.is_ok());
            for _ in 0..3 {
                assert!(tokens.verify_without_hooks(&other[..other.len() - 1]).await.is_err());
            }
        }
        let last = tokens.verify_without_hooks(&token).await.unwrap().data;
        assert!(Arc::ptr_eq(&first, &last));
    }

    /// A browser's token, read between any two of a flood, stays however many tokens come twice.
    /// Guests who get a session and never show it.
    #[tokio::test]
    async fn sessions_that_never_come_back_displace_nobody() {
        let key = JweKey::from_jwk(Jwk::generate("RSA-OAEP-256").unwrap());
        let tokens = Costly::config(key).anyone_with_the_public_key_may_write().build().unwrap();
        let token = tokens.seal(&Costly { sub: "ada".to_owned() }).await.unwrap().token;
        let cookie = HeaderValue::from_str(&format!("costly={}", token.as_str())).unwrap();
        let headers = HeaderMap::from_iter([(COOKIE, cookie)]);
        // Without a worker, which `__read` does not have.
        assert!(tokens.__read(&headers).is_some());
        for guest in 0..10_000 {
            tokens.seal(&Costly { sub: guest.to_string() }).await.unwrap();
        }
        assert!(tokens.__read(&headers).is_some());
    }

    #[tokio::test]
    async fn a_token_in_use_stays() {
        let tokens = Signed::config(secret()).token_cache(256 << 10).build().unwrap();
        let token = tokens.sign(&signed("ada")).await.unwrap().token;
        warm!(tokens, verify_without_hooks, &token);
        let first = tokens.verify_without_hooks(&token).await.unwrap().data;
        for number in 0..3_000 {
            let other = tokens.sign(&signed(&number.to_string())).await.unwrap().token;
            for _ in 0..2 {
                assert!(tokens.verify_without_hooks(&other).await.is_ok());
            }
            let data = tokens.verify_without_hooks(&token).await.unwrap().data;
            assert!(Arc::ptr_eq(&first, &data), "{number}");
        }
    }
}

mod shared {
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "counting", max_age = "1h")]
    struct Counting {
        sub: String,
        #[serde(skip)]
        count: Arc<AtomicU64>,
    }

    /// The interior mutability of `Config::token_cache`.
    #[tokio::test]
    async fn readings_share_what_they_change_unless_nothing_is_remembered() {
        let count = async |tokens: &Tokens<Counting>, token: &str| {
            let data = tokens.verify_without_hooks(token).await.unwrap().data;
            data.count.fetch_add(1, Ordering::SeqCst)
        };
        let remembers = Counting::config(secret()).build().unwrap();
        let forgets = Counting::config(secret()).token_cache(0).build().unwrap();
        let data = |sub: &str| Counting { sub: sub.to_owned(), count: Arc::default() };
        let [ada, bob] = [remembers.sign(&data("ada")).await, remembers.sign(&data("bob")).await];
        let [ada, bob] = [ada.unwrap().token, bob.unwrap().token];
        for _ in 0..5 {
            assert_eq!(count(&forgets, &ada).await, 0);
        }
        for _ in 0..5 {
            count(&remembers, &ada).await;
        }
        assert!(count(&remembers, &ada).await > 1);
        assert_eq!(count(&remembers, &bob).await, 0, "another token's struct is another");
    }
}

#[tokio::test]
async fn no_debug_output_shows_a_remembered_token() {
    let tokens = Signed::config(secret()).build().unwrap();
    let token = tokens.sign(&signed("ada lovelace")).await.unwrap().token;
    warm!(tokens, verify_without_hooks, &token);
    let current = tokens.verify_without_hooks(&token).await.unwrap();
    let context = request(COOKIE, &format!("signed={}", token.as_str()));
    let manager = tokens.manager(&context).await.unwrap();
    assert_eq!(manager.status(), Status::Valid);
    let shown = format!("{tokens:?} {current:?} {:?} {manager:?} {context:?}", current.token);
    for part in token.split('.').chain(["ada lovelace"]) {
        assert!(!shown.contains(part), "{shown}");
    }
}
