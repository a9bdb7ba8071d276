//! How the cost of a read grows: with the payload, the keys of a set, the cookies of a request, and the sessions of an
//! application that the request does not use.

#[path = "growth/application.rs"]
mod application;

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use unjwt::bounds::{NoState, Writable};
use unjwt::{JweKey, Jwk, JwkSet, JwsKey, Session, Tokens, jose};
use unjwt_benches::claims::{Account, Encrypted, Signed, Stamped};
use unjwt_benches::family::{Family, Keys};
use unjwt_benches::{SMOKE, growth, ours};

fn all(criterion: &mut Criterion) {
    payloads(&mut group(criterion, growth::PAYLOAD));
    keys(&mut group(criterion, growth::KEYS));
    cookies(&mut group(criterion, growth::COOKIES));
    application::sessions(&mut group(criterion, growth::SESSIONS));
}

type Group<'c> = BenchmarkGroup<'c, WallTime>;

fn group<'c>(criterion: &'c mut Criterion, name: &str) -> Group<'c> {
    let mut group = criterion.benchmark_group(name);
    let smoke = std::env::var_os(SMOKE).is_some();
    group.warm_up_time(Duration::from_millis(if smoke { 1 } else { 200 }));
    group.measurement_time(Duration::from_millis(if smoke { 5 } else { 800 }));
    group.sample_size(if smoke { 10 } else { 30 });
    if smoke {
        group.nresamples(1001);
    }
    group
}

fn point(group: &mut Group<'_>, line: &str, at: usize, run: impl Fn()) {
    group.bench_function(BenchmarkId::new(line, at), |bencher| bencher.iter(&run));
}

macro_rules! in_header {
    ($name:ident, $protection:ident) => {
        /// In a header of its own, where no cookie bounds its length.
        #[derive(Clone, PartialEq, Serialize, Deserialize, Session)]
        #[session($protection, name = "sid", max_age = "7D", cookie = false, header = "x-sid")]
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

in_header!(SignedInHeader, jws);
in_header!(EncryptedInHeader, jwe);

fn payloads(group: &mut Group<'_>) {
    let [hs256, dir] = [Family::Hs256, Family::Dir].map(|family| Keys::generate(family).expect("a key"));
    let signed = SignedInHeader::config(hs256.jws()).build().expect("a sound configuration");
    let encrypted = EncryptedInHeader::config(dir.jwe()).build().expect("a sound configuration");
    for len in growth::PAYLOADS {
        // The shortest that the claims can be.
        if let Some(claims) = (len >= 200).then(|| Stamped::with_json_len(len))
            && len <= growth::LONGEST_IN_HEADER
        {
            let token = ours::now(signed.sign(&Account::of(&claims))).expect("a token").token;
            let request = header(&token);
            point(group, "HS256 session", len, || ours::read(&signed, &request));
            let token = ours::now(encrypted.seal(&Account::of(&claims))).expect("a token").token;
            let request = header(&token);
            point(group, "dir session", len, || ours::read(&encrypted, &request));
        }
        let payload = vec![b'a'; len];
        let (signing, encrypting) = (hs256.jws(), dir.jwe());
        let token = jose::sign(&payload, &signing).expect("a token");
        point(group, "HS256 jose", len, || drop(black_box(jose::verify(&token, &signing).expect("valid"))));
        let token = jose::encrypt(&payload, &encrypting).expect("a token");
        point(group, "dir jose", len, || drop(black_box(jose::decrypt(&token, &encrypting).expect("valid"))));
    }
}

fn header(token: &str) -> HeaderMap {
    let value = HeaderValue::from_str(token).expect("ASCII");
    HeaderMap::from_iter([(HeaderName::from_static("x-sid"), value)])
}

/// A service that only verifies, with a set of public keys.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "EdDSA"), name = "sid", max_age = "7D", read_only)]
struct Verified {
    sub: String,
    name: String,
    scope: String,
    admin: bool,
    visits: u64,
}

fn keys(group: &mut Group<'_>) {
    let most = growth::KEY_COUNTS.into_iter().max().expect("some");
    let pairs: Vec<Jwk> = (0..most).map(|_| Jwk::generate("EdDSA").expect("a key")).collect();
    let publics: Vec<Jwk> = pairs.iter().map(|pair| pair.public().expect("a pair")).collect();
    let data = Signed::of(&Stamped::with_json_len(200));
    for count in growth::KEY_COUNTS {
        // The last of the set: whoever looks at them one by one looks at all.
        let last = &pairs[count - 1];
        let set: JwkSet = publics[..count].iter().cloned().collect();
        let tokens =
            Verified::config(JwsKey::verify_only(set)).token_cache(0).build().expect("a sound configuration");
        let named = cookie(&Signed::config(JwsKey::from_jwk(last.clone())).build().expect("sound"), &data);
        point(group, "the token names its key", count, || ours::read(&tokens, &named));
        if count <= growth::MOST_NAMELESS {
            let nameless = JwsKey::from_jwk(without_kid(last));
            let nameless = cookie(&Signed::config(nameless).build().expect("sound"), &data);
            point(group, "the token names none", count, || ours::read(&tokens, &nameless));
        }
    }
}

fn without_kid(jwk: &Jwk) -> Jwk {
    let mut members = serde_json::to_value(jwk).expect("JSON");
    members.as_object_mut().expect("an object").remove("kid");
    Jwk::from_json(&members.to_string()).expect("a JWK")
}

fn cookie<T: Session<State = NoState> + Writable>(tokens: &Tokens<T>, data: &T) -> HeaderMap {
    HeaderMap::from_iter([(COOKIE, tokens.cookie_header(data).expect("it fits"))])
}

fn cookies(group: &mut Group<'_>) {
    let claims = Stamped::with_json_len(200);
    let signed = Signed::config(JwsKey::secret([7; 32])).build().expect("a sound configuration");
    let encrypted = Encrypted::config(JweKey::secret([7; 32])).build().expect("a sound configuration");
    for count in growth::COOKIE_COUNTS {
        let request = beside(&signed.cookie_header(&Signed::of(&claims)).expect("it fits"), count - 1);
        point(group, "HS256", count, || ours::read(&signed, &request));
        let request = beside(&encrypted.cookie_header(&Encrypted::of(&claims)).expect("it fits"), count - 1);
        point(group, "dir", count, || ours::read(&encrypted, &request));
    }
}

/// The session's cookie after so many others.
fn beside(session: &HeaderValue, others: usize) -> HeaderMap {
    let mut line: String = (0..others).map(|index| format!("other{index}=0123456789abcdef; ")).collect();
    line.push_str(session.to_str().expect("ASCII"));
    HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(line).expect("a header"))])
}

criterion_group!(benches, all);
criterion_main!(benches);
