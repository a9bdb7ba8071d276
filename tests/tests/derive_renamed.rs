//! The derives where the dependency has another name.

/// No `unjwt` can be found from here but under the name `renamed`.
mod app {
    pub(crate) mod vendor {
        pub(crate) use ::unjwt as renamed;
    }

    #[derive(Clone, serde::Serialize, serde::Deserialize, vendor::renamed::Session)]
    #[session(crate = crate::app::vendor::renamed, jwe, max_age = "1h", id = id, hooks(renew = renew))]
    #[session(revocable(by(sub), max_logins(5, "end_oldest")))]
    pub(crate) struct Token {
        pub(crate) sub: String,
    }

    fn id() -> String {
        "id".into()
    }

    async fn renew(_: vendor::renamed::hooks::Renew<'_, Token>) -> vendor::renamed::hooks::HookResult {
        Ok(())
    }

    #[derive(vendor::renamed::SessionState)]
    #[session_state(crate = crate::app::vendor::renamed)]
    pub(crate) struct App {
        pub(crate) token: vendor::renamed::SessionHandle<Token>,
    }
}

#[test]
fn a_renamed_dependency_is_named_in_the_attribute() {
    use app::vendor::renamed::{HasSession, Session, SessionHandle};

    fn name<S: HasSession<T>, T: Session>(_: fn(&S) -> &SessionHandle<T>) -> &'static str {
        T::SPEC.name
    }
    assert_eq!(name::<app::App, app::Token>(|app| &app.token), "token");
    let _: app::vendor::renamed::LoginGroup<app::Token> = app::Token::by_sub("ada");
}
