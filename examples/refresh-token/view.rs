//! The two sessions as the page shows them. All times are seconds since 1970, as in the tokens.

use serde::Serialize;
use unjwt::{Current, NumericDate, Session};

use crate::sessions::{AccessToken, App, RefreshToken};

#[derive(Serialize)]
pub struct Sessions {
    /// The server's time, so that the page can count down even if the browser's clock is wrong.
    now: NumericDate,
    access: Option<View<AccessToken>>,
    refresh: Option<View<RefreshToken>>,
}

#[derive(Serialize)]
struct View<T> {
    id: String,
    created_at: Option<NumericDate>,
    expires_at: Option<NumericDate>,
    data: T,
}

impl Sessions {
    pub fn of(
        app: &App,
        access: Option<Current<AccessToken>>,
        refresh: Option<Current<RefreshToken>>,
    ) -> Self {
        Self { now: app.access.now(), access: access.map(View::of), refresh: refresh.map(View::of) }
    }
}

impl<T: Session + Clone> View<T> {
    fn of(session: Current<T>) -> Self {
        Self {
            id: session.jti().unwrap_or_default().to_owned(),
            created_at: session.iat(),
            expires_at: session.exp(),
            data: T::clone(&session.data),
        }
    }
}
