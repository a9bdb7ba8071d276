#[session(jwe, read_only)]
struct Page<T: Item> {
    items: Vec<T>,
    #[serde(skip)]
    cache: Option<T>,
}

///Changes of a `Page`: what is `None` stays as it is.
#[allow(
    deprecated,
    dead_code,
    non_camel_case_types,
    non_snake_case,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
struct PagePatch<T: Item> {
    ///The new `items`; `None` keeps the present one.
    items: ::core::option::Option<Vec<T>>,
}
#[automatically_derived]
#[allow(deprecated)]
impl<T: Item> ::core::default::Default for PagePatch<T> {
    fn default() -> Self {
        Self {
            items: ::core::option::Option::None,
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
    impl<T: Item> ::unjwt::Session for Page<T>
    where
        Page<
            T,
        >: ::unjwt::__private::SessionData<::unjwt::__private::IssuedHere>
            + ::core::marker::Send + ::core::marker::Sync + 'static,
        PagePatch<T>: ::core::marker::Send,
        Option<T>: ::core::default::Default,
    {
        type Key = ::unjwt::JweKey;
        type Provenance = ::unjwt::__private::IssuedHere;
        type Lifetime = ::unjwt::__private::Unlimited;
        type State = ::unjwt::bounds::NoState;
        type Patch = PagePatch<T>;
        type OwnSignIn = ::unjwt::__private::NoSignIn;
        type Login = ::unjwt::__private::NoLogin;
        const SPEC: ::unjwt::__private::Spec = ::unjwt::__private::Spec {
            type_name: "Page",
            name: "page",
            typ: "page+jwt",
            protection: ::unjwt::__private::Protection::Jwe {
                alg: ::core::option::Option::None,
                enc: ::core::option::Option::None,
            },
            read_only: true,
            elsewhere: ::core::option::Option::None,
            max_age: ::core::option::Option::None,
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
            header: ::core::option::Option::Some("x-page-session"),
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
            members: &["items"],
            csrf: true,
            bound: false,
            symmetric: false,
            layout: &[],
        };
        fn __merge(
            __current: ::core::option::Option<&Self>,
            __patch: PagePatch<T>,
        ) -> ::unjwt::__private::Merged<Self> {
            match __current {
                ::core::option::Option::Some(__current) => {
                    let mut __data = ::unjwt::__private::copy_session(__current);
                    ::unjwt::__private::overwrite::<
                        Vec<T>,
                    >(&mut __data.items, __patch.items);
                    ::core::result::Result::Ok(__data)
                }
                ::core::option::Option::None => {
                    ::core::result::Result::Ok(Self {
                        items: ::unjwt::__private::required::<
                            Vec<T>,
                        >(__patch.items, "items")?,
                        cache: <Option<T> as ::core::default::Default>::default(),
                    })
                }
            }
        }
    }
    #[automatically_derived]
    impl<T: Item> ::unjwt::bounds::Encrypted for Page<T>
    where
        Page<T>: ::unjwt::Session,
    {}
    #[automatically_derived]
    impl<T: Item, __S> ::unjwt::__private::FromRequestParts<__S> for Page<T>
    where
        Page<T>: ::unjwt::Session,
        __S: ::unjwt::HasSession<Page<T>>,
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
    impl<T: Item, __S> ::unjwt::__private::OptionalFromRequestParts<__S> for Page<T>
    where
        Page<T>: ::unjwt::Session,
        __S: ::unjwt::HasSession<Page<T>>,
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
impl<T: Item> Page<T>
where
    Page<T>: ::unjwt::Session<Key = ::unjwt::JweKey>,
{
    /// The configuration of this session: give it to `install`, or `build` it.
    #[must_use]
    fn config(
        key: impl ::unjwt::bounds::SessionKey<::unjwt::JweKey>,
    ) -> ::unjwt::Config<Self> {
        ::unjwt::Config::new(key)
    }
}
