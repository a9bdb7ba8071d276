#[session(
    jws(alg = "RS256"),
    read_only,
    issued_elsewhere(typ = "at+jwt", untyped),
    header = "authorization",
    cookie = false,
    extract = false,
)]
struct AccessToken {
    sub: String,
}

///Changes of a `AccessToken`: what is `None` stays as it is.
#[allow(
    deprecated,
    dead_code,
    non_camel_case_types,
    non_snake_case,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
struct AccessTokenPatch {
    ///The new `sub`; `None` keeps the present one.
    sub: ::core::option::Option<String>,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::core::default::Default for AccessTokenPatch {
    fn default() -> Self {
        Self {
            sub: ::core::option::Option::None,
        }
    }
}
#[allow(
    deprecated,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
const _: () = {
    #[automatically_derived]
    impl ::unjwt::Session for AccessToken {
        type Key = ::unjwt::JwsKey;
        type Provenance = ::unjwt::__private::IssuedElsewhere;
        type Lifetime = ::unjwt::__private::Limited;
        type State = ::unjwt::bounds::NoState;
        type Patch = AccessTokenPatch;
        type OwnSignIn = ::unjwt::__private::NoSignIn;
        type Login = ::unjwt::__private::NoLogin;
        const SPEC: ::unjwt::__private::Spec = ::unjwt::__private::Spec {
            type_name: "AccessToken",
            name: "access_token",
            typ: "access_token+jwt",
            protection: ::unjwt::__private::Protection::Jws {
                alg: ::core::option::Option::Some(::unjwt::__private::JwsAlg::Rs256),
            },
            read_only: true,
            elsewhere: ::core::option::Option::Some(::unjwt::__private::ElsewhereSpec {
                types: &["at+jwt"],
                untyped: true,
                audience_claim: ::core::option::Option::None,
            }),
            max_age: ::core::option::Option::None,
            absolute: ::core::option::Option::None,
            revocable: ::core::option::Option::None,
            login: ::core::option::Option::None,
            renew_after: ::core::option::Option::None,
            extend: ::unjwt::__private::Extend::Update,
            version: ::core::option::Option::None,
            cookie: ::core::option::Option::None,
            header: ::core::option::Option::Some("authorization"),
            sources: &[::unjwt::__private::TokenSource::Header],
            policy: ::unjwt::__private::PolicySpec {
                issuer: ::core::option::Option::None,
                audience: &[],
                subject: ::core::option::Option::None,
                clock_tolerance: 0u64,
                required_claims: &[],
            },
            mapping: ::unjwt::__private::ClaimMapping::Direct,
            fresh_members: false,
            members: &["sub"],
            csrf: true,
            bound: false,
            symmetric: false,
            layout: &[],
        };
        fn __merge(
            __current: ::core::option::Option<&Self>,
            __patch: AccessTokenPatch,
        ) -> ::unjwt::__private::Merged<Self> {
            match __current {
                ::core::option::Option::Some(__current) => {
                    let mut __data = ::unjwt::__private::copy_session(__current);
                    ::unjwt::__private::overwrite::<
                        String,
                    >(&mut __data.sub, __patch.sub);
                    ::core::result::Result::Ok(__data)
                }
                ::core::option::Option::None => {
                    ::core::result::Result::Ok(Self {
                        sub: ::unjwt::__private::required::<String>(__patch.sub, "sub")?,
                    })
                }
            }
        }
    }
    #[automatically_derived]
    impl ::unjwt::bounds::Signed for AccessToken {}
};
#[automatically_derived]
#[allow(
    deprecated,
    dead_code,
    non_snake_case,
    private_bounds,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
impl AccessToken {
    /// The configuration of this session: give it to `install`, or `build` it.
    #[must_use]
    fn config(
        key: impl ::unjwt::bounds::SessionKey<::unjwt::JwsKey>,
    ) -> ::unjwt::Config<Self> {
        ::unjwt::Config::new(key)
    }
}
