#![deny(warnings)]

pub mod sessions {
    use serde::{Deserialize, Serialize};
    use unjwt::Session;

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe)]
    pub(crate) struct Inner {
        pub(crate) sub: String,
        pub(super) scope: String,
        secret: String,
    }

    impl Inner {
        pub(super) fn secret(&self) -> &str {
            &self.secret
        }
    }
}

fn main() {
    let _ = sessions::Inner::config(unjwt::JweKey::password("a password"));
    let mut patch = sessions::InnerPatch::default();
    patch.sub = Some(String::new());
    let _ = (patch.scope, sessions::Inner::secret);
}
