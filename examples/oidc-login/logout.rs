//! The user's logout: here first, then at the provider (OpenID Connect RP-Initiated Logout 1.0).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use unjwt::{Error, Logout};

use crate::sessions::{App, User};

/// Ends the login and sends the browser to the provider, which asks whether the user leaves it too, and tells its
/// other services.
///
/// A POST only: a link or an image of another site must not log anybody out. If the provider is out, the user is
/// logged out here all the same.
pub async fn log_out(user: Logout<User>, State(app): State<Arc<App>>) -> Result<Redirect, Error> {
    user.clear().await?;
    Ok(Redirect::to(app.provider.end_session().as_ref().map_or("/", |url| url.as_str())))
}
