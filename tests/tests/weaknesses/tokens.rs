//! Requirements on tokens.

use std::cell::RefCell;

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use unjwt::hooks::{Failure, HookResult};
use unjwt::{ErrorKind, JweKey, Jwk, JwsKey, RequestContext, Session, Status, Tokens};

use super::craft::{HMAC_KEY, encode, oct, sealed, signed, signed_unencoded};
use super::support::{START, TestClock, json_segment};
use super::{admin, cookie_request, finish, holding, users};

thread_local! {
    static CODES: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "note", hooks(on_error = signed_failed))]
struct SignedNote {
    n: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "note", hooks(on_error = sealed_failed))]
struct SealedNote {
    n: u32,
}

async fn signed_failed(event: Failure<'_, SignedNote>) -> HookResult {
    CODES.with_borrow_mut(|codes| codes.push(event.error().code()));
    Ok(())
}

async fn sealed_failed(event: Failure<'_, SealedNote>) -> HookResult {
    CODES.with_borrow_mut(|codes| codes.push(event.error().code()));
    Ok(())
}

fn signing() -> Tokens<SignedNote> {
    SignedNote::config(JwsKey::secret(HMAC_KEY)).clock(TestClock::new().read()).build().unwrap()
}

fn sealing() -> Tokens<SealedNote> {
    SealedNote::config(JweKey::from_jwk(oct("dir"))).clock(TestClock::new().read()).build().unwrap()
}

/// Through a request: what the session is, and the code that `on_error` was told.
async fn read<T: Session<State = unjwt::bounds::NoState>>(
    sessions: &Tokens<T>,
    token: &str,
) -> (Status, Option<&'static str>) {
    CODES.take();
    let context = RequestContext::new(&cookie_request(&format!("note={token}")));
    let manager = sessions.manager(&context).await.unwrap();
    assert_eq!(manager.current().is_some(), manager.status() == Status::Valid);
    assert_eq!(manager.token().is_some(), manager.status() == Status::Valid);
    let codes = CODES.take();
    assert!(codes.len() <= 1, "{codes:?}");
    (manager.status(), codes.first().copied())
}

fn jws_header(more: Value) -> Value {
    with(json!({"alg": "HS256", "typ": "note+jwt"}), more)
}

fn jwe_header(more: Value) -> Value {
    with(json!({"alg": "dir", "enc": "A256GCM", "typ": "note+jwt"}), more)
}

fn with(mut header: Value, more: Value) -> Value {
    for (name, value) in more.as_object().into_iter().flatten() {
        header[name] = value.clone();
    }
    header
}

fn claims() -> String {
    json!({"n": 1, "jti": "x", "iat": START}).to_string()
}

#[tokio::test]
async fn w11_a_token_of_another_kind_is_no_session_though_the_key_is_the_same() {
    for typ in ["JWT", "password-reset+jwt", "note", "NOTE+JWT", "note+jwt ", ""] {
        let typ = json!({"typ": typ});
        let jws = signed(&jws_header(typ.clone()), claims());
        assert_eq!(read(&signing(), &jws).await, (Status::Rejected, Some("ERR_JWS_INVALID")), "{typ}");
        let jwe = sealed(&jwe_header(typ.clone()), claims());
        assert_eq!(read(&sealing(), &jwe).await, (Status::Rejected, Some("ERR_JWE_INVALID")), "{typ}");
    }
    for (header, typed) in [(json!({"alg": "dir", "enc": "A256GCM"}), false), (jwe_header(json!({})), true)] {
        let valid = read(&sealing(), &sealed(&header, claims())).await.0 == Status::Valid;
        assert_eq!(valid, typed);
    }
    assert_eq!(read(&signing(), &signed(&jws_header(json!({})), claims())).await.0, Status::Valid);
}

#[tokio::test]
async fn w12_no_payload_and_no_header_skips_the_checks_of_claims() {
    for payload in
        [r#""hello""#, "hello", "42", "null", "", "[]", r#"[{"n":1}]"#, r#"{"n":1,"jti":"x","iat":1"#]
    {
        let jws = signed(&jws_header(json!({})), payload);
        assert_eq!(
            read(&signing(), &jws).await,
            (Status::Rejected, Some("ERR_JWT_PAYLOAD_INVALID")),
            "{payload}"
        );
        let jwe = sealed(&jwe_header(json!({})), payload);
        assert_eq!(
            read(&sealing(), &jwe).await,
            (Status::Rejected, Some("ERR_JWT_PAYLOAD_INVALID")),
            "{payload}"
        );
    }
    for more in [json!({"zip": "DEF"}), json!({"zip": "GZ"}), json!({"b64": false}), json!({"b64": true})] {
        let jws = signed(&jws_header(more.clone()), claims());
        assert_eq!(read(&signing(), &jws).await, (Status::Rejected, Some("ERR_JWS_INVALID")), "{more}");
        let jwe = sealed(&jwe_header(more.clone()), claims());
        assert_eq!(read(&sealing(), &jwe).await, (Status::Rejected, Some("ERR_JWE_INVALID")), "{more}");
    }
    let unencoded = signed_unencoded(&jws_header(json!({"b64": false, "crit": ["b64"]})), "n");
    assert_eq!(read(&signing(), &unencoded).await, (Status::Rejected, Some("ERR_JWS_INVALID")));
}

#[tokio::test]
async fn w13_a_token_has_one_encoding() {
    let jws = signed(&jws_header(json!({})), claims());
    let jwe = sealed(&jwe_header(json!({})), claims());
    assert_eq!(read(&signing(), &jws).await.0, Status::Valid);
    assert_eq!(read(&sealing(), &jwe).await.0, Status::Valid);
    let looser = |token: &str| {
        let (start, last) = token.split_at(token.len() - 1);
        let mut variants = vec![format!("{token}="), format!("{token}!"), format!("{start}\u{20}{last}")];
        // The same bytes: the bits that the last character has too many are set.
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let index = alphabet.iter().position(|symbol| *symbol == last.as_bytes()[0]).unwrap();
        variants.push(format!("{start}{}", alphabet[index + 1] as char));
        variants.extend([token.replacen('.', "=.", 1), token.replace('-', "+").replace('_', "/") + "#"]);
        variants
    };
    for variant in looser(&jws) {
        assert_eq!(read(&signing(), &variant).await.0, Status::Rejected, "{variant}");
    }
    for variant in looser(&jwe) {
        assert_eq!(read(&sealing(), &variant).await.0, Status::Rejected, "{variant}");
    }

    let segments: Vec<&str> = jwe.split('.').collect();
    let (text, tag) = (super::support::base64_url(segments[3]), super::support::base64_url(segments[4]));
    let (iv, header) = (segments[2], segments[0]);
    let joined: Vec<u8> = text.iter().chain(&tag).copied().collect();
    for at in [0, text.len() - 1, text.len() + 1, text.len() + 4, joined.len()] {
        let (text, tag) = joined.split_at(at);
        let shifted = format!("{header}..{iv}.{}.{}", encode(text), encode(tag));
        assert_eq!(read(&sealing(), &shifted).await.0, Status::Rejected, "the tag moved to {at}");
    }
    let with_a_key = format!("{header}.{}.{iv}.{}.{}", encode([1; 16]), segments[3], segments[4]);
    assert_eq!(read(&sealing(), &with_a_key).await.0, Status::Rejected, "`dir` has no encrypted key");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "magic-link", max_age = "15m", cookie = false, header = false, extract = false)]
struct MagicLink {
    email: String,
}

#[tokio::test]
async fn w16_a_minted_token_has_an_id_and_nothing_of_the_visitors_session() {
    let links = MagicLink::config(JwsKey::secret(HMAC_KEY)).build().unwrap();
    let link = MagicLink { email: "ada@example.org".to_owned() };
    let (one, two) = (links.sign(&link).await.unwrap().token, links.sign(&link).await.unwrap().token);
    let claims = json_segment(&one, 1);
    let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["email", "jti", "iat", "exp"]);
    assert!(!claims["jti"].as_str().unwrap().is_empty());
    assert_ne!(claims["jti"], json_segment(&two, 1)["jti"]);
    assert_eq!(*links.verify_without_hooks(&one).await.unwrap().data, link);

    // Made beside a visitor's session, it neither contains it nor changes it.
    let clock = TestClock::new();
    let sessions = users(&clock);
    let context = RequestContext::new(&holding(&clock, &admin()).request_headers());
    assert!(sessions.get(&context).await.unwrap().is_some());
    let sealed = sessions.seal(&super::user("bob")).await.unwrap().token;
    assert_eq!(*sessions.unseal_without_hooks(&sealed).await.unwrap().data, super::user("bob"));
    assert_eq!(*sessions.get(&context).await.unwrap().unwrap().data, admin());
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn w17_no_refusal_is_without_its_code() {
    let good = signed(&jws_header(json!({})), claims());
    let (other, expired) = (json!({"alg": "HS512"}), json!({"n": 1, "jti": "x", "iat": START, "exp": START}));
    let cases = [
        ("a.b".to_owned(), Status::Rejected, Some("ERR_JWS_INVALID")),
        (format!("{good}AAAA"), Status::Rejected, Some("ERR_JWS_SIGNATURE_INVALID")),
        (signed(&jws_header(other), claims()), Status::Rejected, Some("ERR_JWS_ALG_NOT_ALLOWED")),
        (
            signed(&jws_header(json!({})), r#"{"n":1,"iat":1}"#),
            Status::Rejected,
            Some("ERR_JWT_CLAIM_MISSING"),
        ),
        (signed(&jws_header(json!({})), expired.to_string()), Status::Expired, None),
    ];
    for (token, status, code) in cases {
        assert_eq!(read(&signing(), &token).await, (status, code), "{token}");
        let error = signing().verify_without_hooks(&token).await.unwrap_err();
        assert_eq!(error.code(), code.unwrap_or("ERR_JWT_EXPIRED"));
    }
    let good = sealed(&jwe_header(json!({})), claims());
    let (start, _) = good.rsplit_once('.').unwrap();
    let cases = [
        ("a.b.c".to_owned(), "ERR_JWE_INVALID"),
        (format!("{start}.{}", encode([0; 16])), "ERR_JWE_DECRYPTION_FAILED"),
        (sealed(&jwe_header(json!({"alg": "RSA1_5"})), claims()), "ERR_JWE_ALG_NOT_ALLOWED"),
        (sealed(&jwe_header(json!({"enc": "A128GCM"})), claims()), "ERR_JWE_ENC_NOT_ALLOWED"),
    ];
    for (token, code) in cases {
        assert_eq!(read(&sealing(), &token).await, (Status::Rejected, Some(code)), "{token}");
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "note")]
struct Anything {
    role: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[tokio::test]
async fn w21_the_names_that_javascript_minds_are_data_like_any_other() {
    let payload = r#"{"n":1,"jti":"x","iat":1,"__proto__":{"role":"admin"},"constructor":{"role":"admin"},"prototype":1}"#;
    let token = signed(&jws_header(json!({})), payload);
    let note = signing().verify_without_hooks(&token).await.unwrap();
    assert_eq!(*note.data, SignedNote { n: 1 }, "a struct without such fields ignores them");

    let sessions = Anything::config(JwsKey::secret(HMAC_KEY)).build().unwrap();
    let read = sessions.verify_without_hooks(&token).await.unwrap();
    assert_eq!(read.data.role, None, "and they give nobody a role");
    let names: Vec<_> = read.data.rest.keys().map(String::as_str).collect();
    assert_eq!(names, ["n", "__proto__", "constructor", "prototype"]);
    let context = RequestContext::new(&HeaderMap::new());
    let written = sessions.replace(&context, (*read.data).clone()).await.unwrap();
    assert_eq!(json_segment(&written.token, 1)["constructor"]["role"], "admin", "none is lost on the way");
    assert_eq!(*sessions.verify_without_hooks(&written.token).await.unwrap().data, *read.data);
}

#[tokio::test]
async fn w26_nothing_but_a_non_empty_string_is_an_id() {
    for jti in [json!(null), json!(""), json!(7), json!(0.5), json!(true), json!({"a": 1}), json!(["x"])] {
        let payload = json!({"n": 1, "jti": jti, "iat": START}).to_string();
        let jws = signed(&jws_header(json!({})), &payload);
        let jwe = sealed(&jwe_header(json!({})), &payload);
        assert_eq!(read(&signing(), &jws).await, (Status::Rejected, Some("ERR_JWT_CLAIM_INVALID")), "{jti}");
        assert_eq!(read(&sealing(), &jwe).await, (Status::Rejected, Some("ERR_JWT_CLAIM_INVALID")), "{jti}");
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "empty-id", id = no_id)]
struct WithoutId {
    n: u32,
}

fn no_id() -> String {
    String::new()
}

#[tokio::test]
async fn w26_no_token_without_an_id_is_made_either() {
    let key = Jwk::generate("HS256").unwrap();
    let sessions = WithoutId::config(JwsKey::from_jwk(key)).build().unwrap();
    assert_eq!(sessions.sign(&WithoutId { n: 1 }).await.unwrap_err().kind(), ErrorKind::Unserializable);
}
