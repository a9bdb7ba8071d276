//! The code that `#[derive(Session)]` and `#[derive(SessionState)]` generate for a struct.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use unjwt::__private::{ClaimMapping, Extend, Protection, SameSite, TokenSource};
use unjwt::bounds::{Encrypted, Signed, Writable};
use unjwt::hooks::{Clear, Expire, Failure, HookError, HookResult, KeyLookup, Read, Renew, Update};
use unjwt::jose::{Enc, JweAlg, JwsAlg};
use unjwt::{HasSession, JweKey, JwsKey, NumericDate, Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct RefreshToken {
    sub: String,
    scope: Vec<String>,
}

#[test]
fn defaults_are_those_of_the_design() {
    let spec = RefreshToken::SPEC;
    assert_eq!(spec.type_name, "RefreshToken");
    assert_eq!(spec.name, "refresh_token");
    assert_eq!(spec.typ, "refresh_token+jwt");
    assert_eq!(spec.header, Some("x-refresh_token-session"));
    assert_eq!(spec.sources, [TokenSource::Cookie, TokenSource::Header]);
    assert!(matches!(spec.protection, Protection::Jwe { alg: None, enc: None }));
    assert_eq!((spec.max_age, spec.extend, spec.read_only), (None, Extend::Update, false));
    assert_eq!(spec.mapping, ClaimMapping::Direct);
    let cookie = spec.cookie.unwrap();
    assert_eq!((cookie.path, cookie.domain, cookie.secure, cookie.http_only), ("/", None, true, true));
    assert_eq!((cookie.same_site, cookie.partitioned, cookie.max_age), (Some(SameSite::Lax), false, None));
    assert_eq!((cookie.chunk_max_length, cookie.max_chunks), (4000, 3));
    assert!(!RefreshToken::HOOKS.any());
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws(alg = "RS256"),
    name = "__Host-Access",
    max_age = "15m",
    extend = "rotate",
    header = "Authorization"
)]
#[session(sources(header, cookie), typ = "at+jwt", issuer = "me", audience("a", "b"), subject = "login")]
#[session(
    clock_tolerance = "30s",
    required_claims("scope"),
    cookie(same_site = "Strict", max_age = "1D", partitioned)
)]
struct AccessToken {
    scope: String,
}

#[test]
fn every_setting_reaches_the_specification() {
    let spec = AccessToken::SPEC;
    assert_eq!((spec.name, spec.typ, spec.header), ("__Host-Access", "at+jwt", Some("authorization")));
    assert!(matches!(spec.protection, Protection::Jws { alg: Some(JwsAlg::Rs256) }));
    assert_eq!((spec.max_age, spec.extend), (Some(900), Extend::Rotate));
    assert_eq!(spec.sources, [TokenSource::Header, TokenSource::Cookie]);
    assert_eq!(
        (spec.policy.issuer, spec.policy.audience, spec.policy.subject),
        (Some("me"), &["a", "b"][..], Some("login"))
    );
    assert_eq!((spec.policy.clock_tolerance, spec.policy.required_claims), (30, &["scope"][..]));
    let cookie = spec.cookie.unwrap();
    assert_eq!(
        (cookie.http_only, cookie.same_site, cookie.max_age),
        (false, Some(SameSite::Strict), Some(86_400))
    );
    assert!(cookie.partitioned);
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "PBES2-HS256+A128KW", enc = "A128GCM"), cookie = false, max_age = 60)]
struct ApiToken {}

#[test]
fn a_cookie_that_is_off_is_neither_written_nor_read() {
    assert!(ApiToken::SPEC.cookie.is_none());
    assert_eq!(ApiToken::SPEC.sources, [TokenSource::Header]);
    let Protection::Jwe { alg, enc } = ApiToken::SPEC.protection else { panic!("a jwe session") };
    assert_eq!((alg, enc), (Some(JweAlg::Pbes2Hs256A128Kw), Some(Enc::A128Gcm)));
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, read_only)]
struct ReadOnly {}

#[test]
fn markers_and_times_follow_the_attribute() {
    fn encrypted<T: Session<Key = JweKey> + Encrypted + Writable>() {}
    fn signed<T: Session<Key = JwsKey> + Signed>() {}
    fn ends<T: Session>(at: <T::Lifetime as Ends>::ExpiresAt) -> <T::Lifetime as Ends>::ExpiresAt
    where
        T::Lifetime: Ends,
    {
        at
    }
    trait Ends {
        type ExpiresAt;
    }
    impl Ends for unjwt::__private::Limited {
        type ExpiresAt = NumericDate;
    }
    impl Ends for unjwt::__private::Unlimited {
        type ExpiresAt = Option<NumericDate>;
    }
    encrypted::<RefreshToken>();
    signed::<AccessToken>();
    signed::<ReadOnly>();
    let at: NumericDate = ends::<AccessToken>(NumericDate::from_secs(1));
    let maybe: Option<NumericDate> = ends::<ReadOnly>(Some(at));
    assert_eq!(maybe, Some(at));
    let spec = ReadOnly::SPEC;
    assert!(spec.read_only);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Profile {
    name: String,
    nickname: Option<String>,
    #[serde(default)]
    visits: u32,
    #[serde(default = "berlin")]
    city: String,
    #[serde(skip)]
    cache: Vec<u8>,
    r#type: String,
}

fn berlin() -> String {
    "Berlin".into()
}

#[test]
fn a_patch_overwrites_what_it_has() {
    let before = Profile {
        name: "Ann".into(),
        nickname: Some("A".into()),
        visits: 3,
        city: "Rome".into(),
        cache: vec![1],
        r#type: "user".into(),
    };
    let patch = ProfilePatch { visits: Some(4), nickname: Some(None), ..ProfilePatch::default() };
    let after = Profile::__merge(Some(&before), patch).unwrap();
    assert_eq!(after, Profile { visits: 4, nickname: None, ..before });
}

#[test]
fn a_patch_without_data_takes_the_defaults_of_serde() {
    let patch = ProfilePatch { name: Some("Ann".into()), r#type: Some("user".into()), ..Default::default() };
    let new = Profile::__merge(None, patch).unwrap();
    let expected = Profile {
        name: "Ann".into(),
        nickname: None,
        visits: 0,
        city: "Berlin".into(),
        cache: Vec::new(),
        r#type: "user".into(),
    };
    assert_eq!(new, expected);
}

#[test]
fn a_patch_without_data_names_the_field_that_is_missing() {
    let missing = ProfilePatch { name: Some("Ann".into()), ..Default::default() };
    assert_eq!(Profile::__merge(None, missing), Err("type"));
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[serde(default)]
#[session(jwe)]
struct Settings {
    theme: String,
    size: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self { theme: "dark".into(), size: 12 }
    }
}

#[test]
fn a_patch_without_data_takes_the_default_of_the_struct() {
    let new = Settings::__merge(None, SettingsPatch { size: Some(14), ..Default::default() });
    assert_eq!(new, Ok(Settings { theme: "dark".into(), size: 14 }));
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws)]
struct Open {
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[serde(deny_unknown_fields)]
#[session(jws, name = "strict")]
struct Strict {
    sub: String,
}

#[test]
fn registered_claims_are_kept_from_structs_that_would_take_them() {
    assert_eq!(Open::SPEC.mapping, ClaimMapping::Filtered);
    assert_eq!(Strict::SPEC.mapping, ClaimMapping::Filtered);
}

/// Generic, with bounds in both places, a constant, and a parameter that only a skipped field uses.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "basket", max_age = "1h")]
struct Basket<T: Clone, M, const N: usize>
where
    M: Clone,
{
    items: Vec<T>,
    #[serde(default)]
    parent: Option<Box<Self>>,
    #[serde(skip)]
    marker: std::marker::PhantomData<M>,
}

#[test]
fn generic_structs_are_sessions() {
    fn session<T: Session + Encrypted + Writable + DeserializeOwned>() -> &'static str {
        T::SPEC.name
    }
    assert_eq!(session::<Basket<u8, String, 3>>(), "basket");
    let patch = BasketPatch::<u8, String, 3> { items: Some(vec![1]), ..Default::default() };
    assert_eq!(Basket::__merge(None, patch).unwrap().items, [1]);
    let _ = Basket::<u8, String, 3>::config(JweKey::password("correct horse battery staple, correct horse"));
}

mod with_hooks {
    use super::*;

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(
        jws,
        name = "hooked",
        state = Arc<State>,
        id = new_id,
        hooks(
            on_read = on_read,
            on_update = on_update,
            on_clear = on_clear,
            on_expire = self::on_expire,
            on_error = on_error,
            renew = renew,
            key_lookup = key_lookup,
        )
    )]
    pub(super) struct Hooked {
        n: u8,
    }

    pub(super) struct State {
        key: JwsKey,
    }

    fn new_id() -> &'static str {
        "id-1"
    }

    async fn on_read(event: Read<'_, Hooked>) -> HookResult {
        if event.current().data.n == 0 {
            event.refuse();
        }
        Ok(())
    }
    async fn on_update(_: Update<'_, Hooked>) -> HookResult {
        Ok(())
    }
    async fn on_clear(_: Clear<'_, Hooked>) -> HookResult {
        Ok(())
    }
    async fn on_expire(_: Expire<'_, Hooked>) -> HookResult {
        Ok(())
    }
    async fn on_error(_: Failure<'_, Hooked>) -> HookResult {
        Ok(())
    }
    async fn renew(event: Renew<'_, Hooked>) -> HookResult {
        event.session().replace(Hooked { n: 1 }).await?;
        Ok(())
    }
    async fn key_lookup(event: KeyLookup<'_, Hooked>) -> Result<Option<JwsKey>, HookError> {
        Ok(Some(event.state().key.clone()))
    }
}

#[test]
fn hooks_and_ids_are_dispatched() {
    let hooks = with_hooks::Hooked::HOOKS;
    assert!(hooks.on_read && hooks.on_update && hooks.on_clear && hooks.on_expire && hooks.on_error);
    assert!(hooks.renew && hooks.key_lookup);
    assert_eq!(with_hooks::Hooked::__call_id_function().as_ref(), "id-1");
}

#[derive(SessionState)]
struct App {
    refresh: SessionHandle<RefreshToken>,
    access: unjwt::SessionHandle<AccessToken>,
    _other: String,
}

#[derive(SessionState)]
struct Pair(SessionHandle<RefreshToken>, SessionHandle<with_hooks::Hooked>);

#[derive(SessionState)]
struct Generic<T: Session, D: Send + Sync> {
    handle: SessionHandle<T>,
    _db: D,
}

#[test]
fn a_state_has_the_sessions_of_its_handles() {
    fn has<S: HasSession<T>, T: Session>() {}
    has::<App, RefreshToken>();
    has::<Arc<App>, AccessToken>();
    has::<Pair, RefreshToken>();
    has::<Pair, with_hooks::Hooked>();
    has::<Generic<RefreshToken, String>, RefreshToken>();
}
