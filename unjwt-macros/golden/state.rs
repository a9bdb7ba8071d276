struct App {
    access: SessionHandle<Access>,
    visitor: SessionHandle<Visitor>,
}

#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
impl ::unjwt::HasSession<Access> for App {
    fn handle(&self) -> &::unjwt::SessionHandle<Access> {
        &self.access
    }
}
#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
impl ::unjwt::HasSession<Visitor> for App {
    fn handle(&self) -> &::unjwt::SessionHandle<Visitor> {
        &self.visitor
    }
}
#[allow(deprecated, unused_qualifications)]
const _: () = ::core::assert!(
    ! < Access as ::unjwt::Session > ::SPEC.cookies_clash(& < Visitor as ::unjwt::Session
    > ::SPEC),
    "sessions `Access` and `Visitor` share a cookie name: give one of them another `name = \"..\"`"
);
#[allow(deprecated, unused_qualifications)]
const _: () = ::core::assert!(
    < Access as ::unjwt::Session > ::SPEC.cookies_clash(& < Visitor as ::unjwt::Session >
    ::SPEC) || ! < Access as ::unjwt::Session > ::SPEC.headers_clash(& < Visitor as
    ::unjwt::Session > ::SPEC),
    "sessions `Access` and `Visitor` share a header: give one of them another `header = \"..\"`"
);
