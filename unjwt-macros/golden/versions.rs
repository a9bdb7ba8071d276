#[session(jwe, version = 4, migrate(LoginV1, _, old::LoginV3), readable_by = 3)]
struct Login {
    user: u64,
}

///Changes of a `Login`: what is `None` stays as it is.
#[allow(
    deprecated,
    dead_code,
    non_camel_case_types,
    non_snake_case,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
struct LoginPatch {
    ///The new `user`; `None` keeps the present one.
    user: ::core::option::Option<u64>,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::core::default::Default for LoginPatch {
    fn default() -> Self {
        Self {
            user: ::core::option::Option::None,
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
    impl ::unjwt::Session for Login {
        type Key = ::unjwt::JweKey;
        type Provenance = ::unjwt::__private::IssuedHere;
        type Lifetime = ::unjwt::__private::Unlimited;
        type State = ::unjwt::bounds::NoState;
        type Patch = LoginPatch;
        type OwnSignIn = ::unjwt::__private::NoSignIn;
        type Login = ::unjwt::__private::NoLogin;
        const SPEC: ::unjwt::__private::Spec = ::unjwt::__private::Spec {
            type_name: "Login",
            name: "login",
            typ: "login+jwt",
            protection: ::unjwt::__private::Protection::Jwe {
                alg: ::core::option::Option::None,
                enc: ::core::option::Option::None,
            },
            read_only: false,
            elsewhere: ::core::option::Option::None,
            max_age: ::core::option::Option::None,
            absolute: ::core::option::Option::None,
            revocable: ::core::option::Option::None,
            login: ::core::option::Option::None,
            renew_after: ::core::option::Option::None,
            extend: ::unjwt::__private::Extend::Update,
            version: ::core::option::Option::Some(::unjwt::__private::VersionSpec {
                own: 4u32,
                readable_by: 3u32,
            }),
            cookie: ::core::option::Option::Some(::unjwt::__private::CookieSpec {
                path: "/",
                domain: ::core::option::Option::None,
                secure: true,
                http_only: true,
                same_site: ::core::option::Option::Some(
                    ::unjwt::__private::SameSite::Lax,
                ),
                partitioned: false,
                max_age: ::core::option::Option::None,
                browser_session: false,
                chunk_max_length: 4000usize,
                max_chunks: 3usize,
            }),
            header: ::core::option::Option::Some("x-login-session"),
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
            members: &["user"],
            csrf: true,
            bound: false,
            symmetric: {
                use ::unjwt::__private::Unproven as _;
                true && ::unjwt::__private::Type::<u64>::SYMMETRIC
            },
            layout: &[
                (::core::mem::offset_of!(Self, user), ::core::mem::size_of::<u64>()),
            ],
        };
        fn __merge(
            __current: ::core::option::Option<&Self>,
            __patch: LoginPatch,
        ) -> ::unjwt::__private::Merged<Self> {
            match __current {
                ::core::option::Option::Some(__current) => {
                    let mut __data = ::unjwt::__private::copy_session(__current);
                    ::unjwt::__private::overwrite::<u64>(&mut __data.user, __patch.user);
                    ::core::result::Result::Ok(__data)
                }
                ::core::option::Option::None => {
                    ::core::result::Result::Ok(Self {
                        user: ::unjwt::__private::required::<u64>(__patch.user, "user")?,
                    })
                }
            }
        }
        fn __migrate(
            __payload: ::unjwt::__private::OldPayload<'_>,
        ) -> ::unjwt::__private::Migrated<Self> {
            let __from_v3 = |__old: old::LoginV3| -> ::unjwt::__private::Migrated<Self> {
                ::unjwt::__private::step::<old::LoginV3, Self>(__old)
            };
            let __from_v1 = |__old: LoginV1| -> ::unjwt::__private::Migrated<Self> {
                __from_v3(::unjwt::__private::step::<LoginV1, old::LoginV3>(__old)?)
            };
            match __payload.version() {
                1u32 => __from_v1(::unjwt::__private::read_old::<LoginV1>(__payload)?),
                3u32 => {
                    __from_v3(::unjwt::__private::read_old::<old::LoginV3>(__payload)?)
                }
                _ => ::core::result::Result::Err(__payload.dropped()),
            }
        }
    }
    #[automatically_derived]
    impl ::unjwt::bounds::Encrypted for Login {}
    #[automatically_derived]
    impl ::unjwt::bounds::Writable for Login {}
    #[automatically_derived]
    impl ::unjwt::bounds::HasVersion<LoginV1> for Login {
        const VERSION: u32 = 1u32;
    }
    #[automatically_derived]
    impl ::unjwt::bounds::HasVersion<old::LoginV3> for Login {
        const VERSION: u32 = 3u32;
    }
    #[automatically_derived]
    impl<__S> ::unjwt::__private::FromRequestParts<__S> for Login
    where
        __S: ::unjwt::HasSession<Login>,
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
    impl<__S> ::unjwt::__private::OptionalFromRequestParts<__S> for Login
    where
        __S: ::unjwt::HasSession<Login>,
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
impl Login {
    /// The configuration of this session: give it to `install`, or `build` it.
    #[must_use]
    fn config(
        key: impl ::unjwt::bounds::SessionKey<::unjwt::JweKey>,
    ) -> ::unjwt::Config<Self> {
        ::unjwt::Config::new(key)
    }
}
