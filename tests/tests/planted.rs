//! Cookies of the session's name set by somebody else: up to a bound they hide no session, and their cost is
//! bounded.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use unjwt::bounds::Writable;
use unjwt::hooks::{HookError, KeyLookup};
use unjwt::{
    JweKey, Jwk, JwsKey, RequestContext, Session, SessionHandle, SessionState, Status, Tokens, build,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws(alg = "HS256"), name = "sid", max_age = "1h")]
struct Signed {
    note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws(alg = "ES256"), name = "sid", max_age = "1h")]
struct Curve {
    note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h")]
struct Sealed {
    note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe(alg = "RSA-OAEP-256"), name = "sid", max_age = "1h")]
struct Rsa {
    note: String,
}

/// Another session under the same kind of key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "other", max_age = "1h")]
struct Other {
    note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws(alg = "ES256"), name = "sid", max_age = "1h", header = "x-sid", state = Arc<Counter>, read_only, hooks(key_lookup = count))]
struct Counted {
    note: String,
}

#[derive(SessionState)]
struct Counter {
    sid: SessionHandle<Counted>,
    key: JwsKey,
    look_ups: AtomicUsize,
}

async fn count(event: KeyLookup<'_, Counted>) -> Result<Option<JwsKey>, HookError> {
    event.state().look_ups.fetch_add(1, Ordering::SeqCst);
    Ok(Some(event.state().key.clone()))
}

const SECRET: [u8; 32] = [7; 32];

fn headers(cookies: &[String]) -> HeaderMap {
    HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&cookies.join("; ")).unwrap())])
}

/// The pairs of a client that holds this session.
fn pairs<T: Session + Writable>(sessions: &Tokens<T>, data: &T) -> Vec<String> {
    let header = sessions.cookie_header(data).unwrap();
    header.to_str().unwrap().split("; ").map(str::to_owned).collect()
}

/// Copies of a token with another signature or tag each.
fn forged(genuine: &str, count: usize) -> Vec<String> {
    let last = genuine.rfind('.').unwrap() + 1;
    (0..count)
        .map(|number| {
            let mut copy = genuine.to_owned();
            copy.replace_range(last..last + 4, &format!("x{number:03}"));
            copy
        })
        .collect()
}

async fn finds<T>(sessions: &Tokens<T>, cookies: &[String]) -> bool
where
    T: Session<State = unjwt::bounds::NoState>,
{
    sessions.get(&RequestContext::new(&headers(cookies))).await.unwrap().is_some()
}

/// Returns whether `genuine` is found after the planted cookies, and before them.
async fn is_found_among<T>(sessions: &Tokens<T>, planted: &[String], genuine: &[String]) -> [bool; 2]
where
    T: Session<State = unjwt::bounds::NoState>,
{
    [finds(sessions, &[planted, genuine].concat()).await, finds(sessions, &[genuine, planted].concat()).await]
}

macro_rules! for_each_kind {
    ($check:ident) => {
        let note = || "ada".to_owned();
        $check(Signed::config(JwsKey::secret(SECRET)).build().unwrap(), Signed { note: note() }, 15).await;
        $check(Sealed::config(JweKey::secret(SECRET)).build().unwrap(), Sealed { note: note() }, 15).await;
        let password = JweKey::password("correct horse battery staple").iterations(1_000);
        $check(Sealed::config(password).build().unwrap(), Sealed { note: note() }, 3).await;
        let key = JwsKey::from_jwk(Jwk::generate("ES256").unwrap());
        $check(Curve::config(key).build().unwrap(), Curve { note: note() }, 3).await;
        let key = JweKey::from_jwk(Jwk::generate("RSA-OAEP-256").unwrap());
        $check(
            Rsa::config(key).anyone_with_the_public_key_may_write().build().unwrap(),
            Rsa { note: note() },
            3,
        )
        .await;
    };
}

/// What is refused without a key, and the tokens of other sessions and algorithms.
async fn garbage_hides_nothing<T>(sessions: Tokens<T>, data: T, _: usize)
where
    T: Session<State = unjwt::bounds::NoState> + Writable,
{
    let genuine = pairs(&sessions, &data);
    let garbage: Vec<_> = (0..50).map(|number| format!("sid={number}")).collect();
    assert_eq!(is_found_among(&sessions, &garbage, &genuine).await, [true; 2]);
    let dots: Vec<_> = (0..50).map(|number| format!("sid=a.b.c{number}.d.e")).collect();
    assert_eq!(is_found_among(&sessions, &dots[..14], &genuine).await, [true; 2]);

    let others = Other::config(JweKey::secret(SECRET)).build().unwrap();
    let others: Vec<_> = (0..14)
        .map(|number| pairs(&others, &Other { note: number.to_string() })[0].replace("other=", "sid="))
        .collect();
    assert_eq!(is_found_among(&sessions, &others, &genuine).await, [true; 2]);
    let markers = ["sid=__chunked__9", "sid=__chunked__", "sid=__chunked__2", "sid=__chunked__3"];
    assert_eq!(is_found_among(&sessions, &markers.map(str::to_owned), &genuine).await, [true; 2]);
}

#[tokio::test]
async fn what_is_refused_without_a_key_hides_no_session() {
    for_each_kind!(garbage_hides_nothing);
}

/// `most` forgeries hide nothing, and one more does.
async fn forgeries_hide_nothing<T>(sessions: Tokens<T>, data: T, most: usize)
where
    T: Session<State = unjwt::bounds::NoState> + Writable,
{
    let genuine = pairs(&sessions, &data);
    let forged = forged(&genuine[0], 60);
    assert_eq!(is_found_among(&sessions, &forged[..most], &genuine).await, [true; 2], "{most}");
    assert_eq!(is_found_among(&sessions, &forged, &genuine).await, [false, true], "{most}");
    assert_eq!(is_found_among(&sessions, &forged[..=most], &genuine).await, [false, true], "{most}");
    // One planted over and over is one.
    let again = vec![forged[0].clone(); 50];
    assert_eq!(is_found_among(&sessions, &again, &genuine).await, [true; 2]);
}

#[tokio::test]
async fn a_number_of_forgeries_hides_no_session() {
    for_each_kind!(forgeries_hide_nothing);
}

async fn planted_chunks_hide_nothing<T>(sessions: Tokens<T>, genuine: &[String])
where
    T: Session<State = unjwt::bounds::NoState>,
{
    assert_eq!(genuine.len(), 4, "three chunks");
    let plant = |text: &str| text.split(' ').map(|pair| format!("sid{pair}")).collect::<Vec<_>>();
    for planted in [
        ".1=x",
        ".2=x",
        ".3=x",
        ".1=eyJhbGciOiJkaXIifQ.x.y",
        ".1=x .2=y .3=z",
        ".1=x .1=y .1=z",
        ".1= .2= .3=",
        "=__chunked__2 .1=x .2=y",
        "=__chunked__1",
        "=__chunked__999 .999=x",
        "=x .1=x",
    ] {
        let found = is_found_among(&sessions, &plant(planted), genuine).await;
        assert_eq!(found, [true; 2], "{planted}");
    }
    // One planted chunk before the genuine ones, others behind.
    let around = [&plant(".2=x")[..], genuine, &plant(".1=y .3=z")].concat();
    assert!(finds(&sessions, &around).await);
    // A planted chunk does not make up for a missing one.
    let without = [&genuine[..1], &genuine[2..], &plant(".1=x")].concat();
    assert!(!finds(&sessions, &without).await);
}

#[tokio::test]
async fn a_planted_chunk_hides_no_session() {
    let note = || "x".repeat(6_000);
    let sessions = Sealed::config(JweKey::secret(SECRET)).build().unwrap();
    let genuine = pairs(&sessions, &Sealed { note: note() });
    planted_chunks_hide_nothing(sessions, &genuine).await;
    let sessions = Signed::config(JwsKey::secret(SECRET)).build().unwrap();
    let genuine = pairs(&sessions, &Signed { note: note() });
    planted_chunks_hide_nothing(sessions, &genuine).await;
    let sessions = Curve::config(JwsKey::from_jwk(Jwk::generate("ES256").unwrap())).build().unwrap();
    let genuine = pairs(&sessions, &Curve { note: note() });
    planted_chunks_hide_nothing(sessions, &genuine).await;
}

#[tokio::test]
async fn two_whole_sets_of_chunks_are_two_sessions() {
    let sessions = Sealed::config(JweKey::secret(SECRET)).build().unwrap();
    let old = Sealed::config(JweKey::secret([8; 32])).build().unwrap();
    let data = Sealed { note: "x".repeat(6_000) };
    for (one, other) in [(&old, &sessions), (&sessions, &old)] {
        let (one, other) = (pairs(one, &data), pairs(other, &data));
        // As a browser sends those of two paths: number by number in one order.
        let mixed: Vec<_> =
            one.iter().zip(&other).flat_map(|(one, other)| [one.clone(), other.clone()]).collect();
        assert!(finds(&sessions, &mixed).await);
        assert!(finds(&sessions, &[one, other].concat()).await);
    }
}

#[tokio::test]
async fn planted_tokens_cost_a_bounded_number_of_look_ups() {
    let jwk = Jwk::generate("ES256").unwrap();
    let issuer = Curve::config(JwsKey::from_jwk(jwk.clone())).build().unwrap();
    let genuine = pairs(&issuer, &Curve { note: "ada".to_owned() });
    let public = JwsKey::verify_only(jwk.public().unwrap());
    let counter = build(Counted::config(public.clone()), |sid| {
        Arc::new(Counter { sid, key: public, look_ups: AtomicUsize::new(0) })
    })
    .unwrap();
    let ask = async |headers: &HeaderMap| {
        counter.look_ups.store(0, Ordering::SeqCst);
        let context = RequestContext::with_state(headers, Arc::clone(&counter));
        let status = counter.sid.manager(&context).await.unwrap().status();
        (status, counter.look_ups.load(Ordering::SeqCst))
    };
    let forged = forged(&genuine[0], 50);
    assert_eq!(ask(&headers(&forged)).await, (Status::Rejected, 4));
    // Each source has its own.
    let mut both = headers(&forged);
    for token in &forged {
        both.append("x-sid", token.strip_prefix("sid=").unwrap().parse().unwrap());
    }
    assert_eq!(ask(&both).await, (Status::Rejected, 8));
    both.insert("x-sid", genuine[0].strip_prefix("sid=").unwrap().parse().unwrap());
    assert_eq!(ask(&both).await, (Status::Valid, 5));
    // Tokens that do not belong to the session are not looked up.
    let others = Other::config(JweKey::secret(SECRET)).build().unwrap();
    let other = pairs(&others, &Other { note: String::new() })[0].replace("other=", "sid=");
    let garbage: Vec<_> = (0..50).map(|number| format!("{other}{number:03}")).chain(genuine).collect();
    assert_eq!(ask(&headers(&garbage)).await, (Status::Valid, 1));
}

#[tokio::test]
async fn a_logout_answers_the_chunks_that_a_session_may_have_and_no_others() {
    let sessions = Sealed::config(JweKey::secret(SECRET)).build().unwrap();
    let genuine = pairs(&sessions, &Sealed { note: "ada".to_owned() });
    let invented = (1..=50).map(|number| format!("sid.{number}=x"));
    for logs_out in [true, false] {
        let context =
            RequestContext::new(&headers(&invented.clone().chain(genuine.clone()).collect::<Vec<_>>()));
        let manager = sessions.manager(&context).await.unwrap();
        assert_eq!(manager.status(), Status::Valid);
        if logs_out {
            manager.clear().await.unwrap();
        } else {
            manager.replace(Sealed { note: "eve".to_owned() }).await.unwrap();
        }
        let mut answer = HeaderMap::new();
        context.finish(&mut answer);
        let lines: Vec<_> = answer.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect();
        let names: Vec<_> = lines.iter().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        assert_eq!(names, ["sid", "sid.1", "sid.2", "sid.3"]);
        assert!(lines[1..].iter().all(|line| line.contains("Max-Age=0")), "{lines:?}");
    }
}
