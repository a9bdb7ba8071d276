#[session(
    jws(alg = "ES256"),
    name = "__Host-access",
    max_age = "15m",
    extend = "rotate",
    cookie(same_site = "strict", max_age = "7D"),
    header = "authorization",
    sources(header, cookie),
    issuer = "https://id.example",
    audience("web", "app"),
    clock_tolerance = "30s",
)]
pub struct Access {
    pub sub: String,
    #[serde(default)]
    pub scope: Vec<String>,
}

///Changes of a `Access`: what is `None` stays as it is.
#[allow(
    deprecated,
    dead_code,
    non_camel_case_types,
    non_snake_case,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
pub struct AccessPatch {
    ///The new `sub`; `None` keeps the present one.
    pub sub: ::core::option::Option<String>,
    ///The new `scope`; `None` keeps the present one.
    pub scope: ::core::option::Option<Vec<String>>,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::core::default::Default for AccessPatch {
    fn default() -> Self {
        Self {
            sub: ::core::option::Option::None,
            scope: ::core::option::Option::None,
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
    impl ::unjwt::Session for Access {
        type Key = ::unjwt::JwsKey;
        type Provenance = ::unjwt::__private::IssuedHere;
        type Lifetime = ::unjwt::__private::Limited;
        type State = ::unjwt::bounds::NoState;
        type Patch = AccessPatch;
        type OwnSignIn = ::unjwt::__private::NoSignIn;
        type Login = ::unjwt::__private::NoLogin;
        const SPEC: ::unjwt::__private::Spec = ::unjwt::__private::Spec {
            type_name: "Access",
            name: "__Host-access",
            typ: "access+jwt",
            protection: ::unjwt::__private::Protection::Jws {
                alg: ::core::option::Option::Some(::unjwt::__private::JwsAlg::Es256),
            },
            read_only: false,
            elsewhere: ::core::option::Option::None,
            max_age: ::core::option::Option::Some(900u64),
            absolute: ::core::option::Option::None,
            revocable: ::core::option::Option::None,
            login: ::core::option::Option::None,
            renew_after: ::core::option::Option::None,
            extend: ::unjwt::__private::Extend::Rotate,
            version: ::core::option::Option::None,
            cookie: ::core::option::Option::Some(::unjwt::__private::CookieSpec {
                path: "/",
                domain: ::core::option::Option::None,
                secure: true,
                http_only: false,
                same_site: ::core::option::Option::Some(
                    ::unjwt::__private::SameSite::Strict,
                ),
                partitioned: false,
                max_age: ::core::option::Option::Some(604800u64),
                browser_session: false,
                chunk_max_length: 4000usize,
                max_chunks: 3usize,
            }),
            header: ::core::option::Option::Some("authorization"),
            sources: &[
                ::unjwt::__private::TokenSource::Header,
                ::unjwt::__private::TokenSource::Cookie,
            ],
            policy: ::unjwt::__private::PolicySpec {
                issuer: ::core::option::Option::Some("https://id.example"),
                audience: &["web", "app"],
                subject: ::core::option::Option::None,
                clock_tolerance: 30u64,
                required_claims: &[],
            },
            mapping: ::unjwt::__private::ClaimMapping::Direct,
            fresh_members: false,
            members: &["sub", "scope"],
            csrf: true,
            bound: false,
            symmetric: false,
            layout: &[],
        };
        fn __merge(
            __current: ::core::option::Option<&Self>,
            __patch: AccessPatch,
        ) -> ::unjwt::__private::Merged<Self> {
            match __current {
                ::core::option::Option::Some(__current) => {
                    let mut __data = ::unjwt::__private::copy_session(__current);
                    ::unjwt::__private::overwrite::<
                        String,
                    >(&mut __data.sub, __patch.sub);
                    ::unjwt::__private::overwrite::<
                        Vec<String>,
                    >(&mut __data.scope, __patch.scope);
                    ::core::result::Result::Ok(__data)
                }
                ::core::option::Option::None => {
                    ::core::result::Result::Ok(Self {
                        sub: ::unjwt::__private::required::<String>(__patch.sub, "sub")?,
                        scope: match __patch.scope {
                            ::core::option::Option::Some(__value) => __value,
                            ::core::option::Option::None => {
                                <Vec<String> as ::core::default::Default>::default()
                            }
                        },
                    })
                }
            }
        }
    }
    #[automatically_derived]
    impl ::unjwt::bounds::Signed for Access {}
    #[automatically_derived]
    impl ::unjwt::bounds::Writable for Access {}
    #[automatically_derived]
    impl<__S> ::unjwt::__private::FromRequestParts<__S> for Access
    where
        __S: ::unjwt::HasSession<Access>,
    {
        type Rejection = ::unjwt::SessionRejection;
        fn from_request_parts(
            __parts: &mut ::unjwt::__private::Parts,
            __state: &__S,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<Self, ::unjwt::SessionRejection>,
        > + ::core::marker::Send {
            ::unjwt::__private::extract::<Self, __S>(__parts, __state)
        }
    }
    #[automatically_derived]
    impl<__S> ::unjwt::__private::OptionalFromRequestParts<__S> for Access
    where
        __S: ::unjwt::HasSession<Access>,
    {
        type Rejection = ::unjwt::SessionRejection;
        fn from_request_parts(
            __parts: &mut ::unjwt::__private::Parts,
            __state: &__S,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<
                ::core::option::Option<Self>,
                ::unjwt::SessionRejection,
            >,
        > + ::core::marker::Send {
            ::unjwt::__private::extract_optional::<Self, __S>(__parts, __state)
        }
    }
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
impl Access {
    /// The configuration of this session: give it to `install`, or `build` it.
    #[must_use]
    pub fn config(
        key: impl ::unjwt::bounds::SessionKey<::unjwt::JwsKey>,
    ) -> ::unjwt::Config<Self> {
        ::unjwt::Config::new(key)
    }
}
