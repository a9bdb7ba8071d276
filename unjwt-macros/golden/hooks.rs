#[session(
    jws,
    max_age = "15m",
    id = new_id,
    state = Arc<App>,
    hooks(renew = hooks::renew, key_lookup = find),
)]
struct Access {
    sub: String,
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
struct AccessPatch {
    ///The new `sub`; `None` keeps the present one.
    sub: ::core::option::Option<String>,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::core::default::Default for AccessPatch {
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
    impl ::unjwt::Session for Access {
        type Key = ::unjwt::JwsKey;
        type Provenance = ::unjwt::__private::IssuedHere;
        type Lifetime = ::unjwt::__private::Limited;
        type State = Arc<App>;
        type Patch = AccessPatch;
        type OwnSignIn = ::unjwt::__private::NoSignIn;
        type Login = ::unjwt::__private::NoLogin;
        const SPEC: ::unjwt::__private::Spec = ::unjwt::__private::Spec {
            type_name: "Access",
            name: "access",
            typ: "access+jwt",
            protection: ::unjwt::__private::Protection::Jws {
                alg: ::core::option::Option::None,
            },
            read_only: false,
            elsewhere: ::core::option::Option::None,
            max_age: ::core::option::Option::Some(900u64),
            absolute: ::core::option::Option::None,
            revocable: ::core::option::Option::None,
            login: ::core::option::Option::None,
            renew_after: ::core::option::Option::None,
            extend: ::unjwt::__private::Extend::Update,
            version: ::core::option::Option::None,
            cookie: ::core::option::Option::Some(::unjwt::__private::CookieSpec {
                path: "/",
                domain: ::core::option::Option::None,
                secure: true,
                http_only: false,
                same_site: ::core::option::Option::Some(
                    ::unjwt::__private::SameSite::Lax,
                ),
                partitioned: false,
                max_age: ::core::option::Option::None,
                browser_session: false,
                chunk_max_length: 4000usize,
                max_chunks: 3usize,
            }),
            header: ::core::option::Option::Some("x-access-session"),
            sources: &[
                ::unjwt::__private::TokenSource::Cookie,
                ::unjwt::__private::TokenSource::Header,
            ],
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
            symmetric: {
                use ::unjwt::__private::Unproven as _;
                true && ::unjwt::__private::Type::<String>::SYMMETRIC
            },
            layout: &[
                (::core::mem::offset_of!(Self, sub), ::core::mem::size_of::<String>()),
            ],
        };
        const HOOKS: ::unjwt::__private::HookSet = ::unjwt::__private::HookSet {
            renew: true,
            key_lookup: true,
            ..::unjwt::__private::HookSet::NONE
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
                    ::core::result::Result::Ok(__data)
                }
                ::core::option::Option::None => {
                    ::core::result::Result::Ok(Self {
                        sub: ::unjwt::__private::required::<String>(__patch.sub, "sub")?,
                    })
                }
            }
        }
        fn __call_id_function() -> ::unjwt::__private::SessionId {
            ::unjwt::__private::call_session_id_function(new_id)
        }
        fn __call_hook_renew<'__e>(
            __event: ::unjwt::hooks::Renew<'__e, Self>,
        ) -> ::unjwt::__private::HookFuture<'__e> {
            ::unjwt::__private::call_session_hook(__event, hooks::renew)
        }
        fn __call_hook_key_lookup<'__e>(
            __event: ::unjwt::hooks::KeyLookup<'__e, Self>,
        ) -> ::unjwt::__private::LookupFuture<'__e, ::unjwt::JwsKey> {
            ::unjwt::__private::call_key_lookup_hook::<
                ::unjwt::JwsKey,
                _,
                _,
            >(__event, find)
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
    fn config(
        key: impl ::unjwt::bounds::SessionKey<::unjwt::JwsKey>,
    ) -> ::unjwt::Config<Self> {
        ::unjwt::Config::new(key)
    }
}
